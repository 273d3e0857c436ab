//! What the verbs ask of the scenario and the simulation, in the words of the command line.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::output::{ClusterLabel, InputFile, Role, in_display_order, places};
use crate::rules::Breach;
use crate::scenario;
use crate::scenario::spec::{ClusterId, Spec};
use crate::scenario::{Problem, Problems, Scenario, Source, Strictness};
use crate::simulate::{Outcome, Run};
use crate::study::{Overrides, Study};
use crate::units::{CalendarMonth, Month};

use super::failure::Failure;
use super::options::ChanceOptions;
use super::terminal;

/// A scenario that can be run.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) name: String,
    /// Names of the policies laid over it.
    pub(super) policies: Vec<String>,
    pub(super) title: String,
    pub(super) title_ja: Option<String>,
    /// Titles of the policies, in English and in Japanese.
    pub(super) policy_titles: Vec<(String, Option<String>)>,
    pub(super) digest: String,
    pub(super) resolved: Value,
    pub(super) start: CalendarMonth,
    pub(super) months: u16,
    pub(super) clusters: Vec<ClusterLabel>,
    pub(super) inputs: Vec<InputFile>,
    /// Values set on the command line, as `path=value`.
    pub(super) overrides: Vec<String>,
    /// Rendered; empty if there are none.
    pub(super) warnings: String,
    pub(super) scenario: Scenario,
}

/// An answer for people and for programs.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) text: String,
    pub(super) json: Value,
    pub(super) exit_code: u8,
}

/// Reads and resolves a scenario with policies and overrides.
///
/// # Errors
/// Every problem of every file, rendered.
pub(super) fn load(base: &Path, policies: &[PathBuf], chance: &ChanceOptions) -> Result<Loaded, Failure> {
    let mut sets = chance.sets.clone();
    // Recorded like any other override: a run of another length is another scenario.
    sets.extend(chance.months.map(|months| format!("time.months={months}")));
    let (scenario, warnings) = Scenario::load(base, policies, &sets)
        .map_err(|problems| Failure::Problems(problems.render(terminal::stderr_is_coloured()), problems.exit_code()))?;
    let overrides = scenario.overrides.iter().map(|(path, value)| format!("{path}={value}")).collect();
    let inputs = inputs_of(&scenario, policies);
    Ok(Loaded {
        name: scenario.name.clone(),
        policies: scenario.policies.clone(),
        title: scenario.title.clone(),
        title_ja: scenario.title_ja.clone(),
        policy_titles: scenario.policy_titles.clone(),
        digest: scenario.digest.clone(),
        resolved: scenario.resolved.to_json(),
        start: scenario.start,
        months: scenario.months,
        clusters: labels_of(scenario.spec_at(Month(0))),
        inputs,
        overrides,
        warnings: rendered(warnings),
        scenario,
    })
}

/// Every file read, with what it was and where its copy goes.
fn inputs_of(scenario: &Scenario, policies: &[PathBuf]) -> Vec<InputFile> {
    let sources: Vec<&Source> = scenario.resolved.sources.iter().filter(|source| source.name != "--set").collect();
    let mut left = policies.iter().zip(&scenario.policies).peekable();
    // Files are read from the first named to the last, each followed by the files that it extends.
    let mut groups: Vec<(String, Vec<PathBuf>)> = Vec::new();
    let mut roles = Vec::new();
    for source in &sources {
        let policy = left.next_if(|(path, _)| source.shown == path.display().to_string());
        roles.push(match (&policy, groups.is_empty()) {
            (Some(_), _) => Role::Policy,
            (None, true) => Role::Base,
            (None, false) => Role::Part,
        });
        if policy.is_some() || groups.is_empty() {
            groups.push((policy.map_or(&scenario.name, |(_, name)| name).clone(), Vec::new()));
        }
        if let Some((_, files)) = groups.last_mut() {
            files.push(PathBuf::from(&source.shown));
        }
    }
    let copies = places(&groups).into_iter().flatten();
    let each = sources.into_iter().zip(roles).zip(copies);
    each.map(|((source, role), copy)| InputFile {
        name: source.name.clone(),
        digest: source.digest.clone(),
        role,
        copy,
        text: source.text().to_owned(),
    })
    .collect()
}

/// The clusters in the order of the rows of the records: by display order, then by row.
fn labels_of(spec: &Spec) -> Vec<ClusterLabel> {
    let mut rows: Vec<(u32, u16)> = (0..).zip(&spec.cluster).map(|(row, cluster)| (cluster.order, row)).collect();
    rows.sort_unstable();
    rows.into_iter()
        .map(|(_, row)| {
            let cluster = &spec.cluster[usize::from(row)];
            ClusterLabel {
                row: ClusterId(row),
                id: cluster.id.clone(),
                name: cluster.name.clone(),
                focus: cluster.focus,
            }
        })
        .collect()
}

/// Warnings as text; nothing if there are none.
fn rendered(warnings: Vec<Problem>) -> String {
    if warnings.is_empty() {
        return String::new();
    }
    Problems { list: warnings, machine_fault: false }.render(terminal::stderr_is_coloured())
}

/// Simulates any replicate; `progress` hears of every month that is done.
///
/// # Errors
/// [`Failure::Machine`] if the books of a month do not add up: a fault of the program.
pub(super) fn simulate_replicate(
    loaded: &Loaded,
    seed: u64,
    replicate: u32,
    progress: &mut dyn FnMut(Month),
) -> Result<Outcome, Failure> {
    let run = Run::new(&loaded.scenario, seed, replicate);
    simulate(loaded, (seed, replicate), run, &mut |_, month| {
        progress(month);
        Ok(())
    })
}

/// Takes a run to its end; `after` sees it after every month, and may end it.
///
/// # Errors
/// Those of [`simulate_replicate`] and of `after`.
pub(super) fn simulate(
    loaded: &Loaded,
    (seed, replicate): (u64, u32),
    mut run: Run<'_>,
    after: &mut dyn FnMut(&Run<'_>, Month) -> Result<(), Failure>,
) -> Result<Outcome, Failure> {
    while let Some(month) = run.month() {
        run.advance().map_err(|breach| stopped(&breach, seed, replicate))?;
        after(&run, month)?;
    }
    let outcome = run.finish();
    Ok(Outcome { records: in_display_order(outcome.records, &loaded.clusters), ..outcome })
}

/// A run that cannot be believed.
pub(super) fn stopped(breach: &Breach, seed: u64, replicate: u32) -> Failure {
    match breach {
        Breach::Hazard { .. } => Failure::Input(format!("the run stopped: {breach}\n  nothing was written")),
        Breach::Ledger(_) | Breach::Headcount { .. } => Failure::Machine(format!(
            "the run stopped, as its books no longer add up: {breach}\n  \
             nothing was written; please report this with the scenario and the seed, {seed}, replicate {replicate}"
        )),
    }
}

/// Every problem of the files: scenarios as they stand, policies over a scenario, studies with all that they name.
#[must_use]
pub(super) fn check(files: &[PathBuf], over: Option<&Path>, strictness: Strictness) -> Answer {
    let (studies, files): (Vec<PathBuf>, Vec<PathBuf>) =
        files.iter().cloned().partition(|file| scenario::is_study(file));
    let mut checked = scenario::check(&files, over, strictness);
    for study in &studies {
        let (list, machine_fault) = match Study::load(study, Overrides::default()) {
            Ok(study) => (study.warnings, false),
            Err(problems) => (problems.list, problems.machine_fault),
        };
        checked.adopt(list, machine_fault);
    }
    let found = &checked.problems;
    let mut text = found.render(terminal::stdout_is_coloured());
    text.push('\n');
    for same in checked.over.chunk_by(|(_, a), (_, b)| a == b) {
        if let [(policy, base), rest @ ..] = same {
            text.push_str(&match rest.len() {
                0 => format!("{} was laid over {}\n", policy.display(), base.display()),
                more => format!("{} policies were laid over {}, each alone\n", more + 1, base.display()),
            });
        }
    }
    let mut json = found.to_json();
    let over = checked.over.iter().map(
        |(policy, base)| json!({ "policy": policy.display().to_string(), "scenario": base.display().to_string() }),
    );
    if let Some(document) = json.as_object_mut() {
        document.insert("over".to_owned(), over.collect());
    }
    Answer { text, json, exit_code: if found.errors() == 0 { 0 } else { found.exit_code() } }
}

/// A scenario with policies, or a first policy with the scenario it is meant for.
fn read(files: &[PathBuf]) -> Result<Scenario, Failure> {
    let failure =
        |problems: Problems| Failure::Problems(problems.render(terminal::stderr_is_coloured()), problems.exit_code());
    let Some(first) = files.first() else { return Err(Failure::Input("no scenario was named".to_owned())) };
    let loaded = if scenario::is_policy(first) {
        let base = scenario::scenario_for(first).map_err(failure)?;
        Scenario::load(&base, files, &[])
    } else {
        Scenario::load(first, &files[1..], &[])
    };
    let (scenario, warnings) = loaded.map_err(failure)?;
    if !warnings.is_empty() {
        terminal::note(&rendered(warnings));
    }
    Ok(scenario)
}

/// One parameter with its evidence and the file that set it, everything under a path, or the rules of a decision.
///
/// # Errors
/// The problems of the files, or the nearest path if there is none of this name.
pub(super) fn explain_parameter(files: &[PathBuf], path: &str) -> Result<Answer, Failure> {
    let scenario = read(files)?;
    let text = scenario.explain(path).map_err(|message| Failure::Input(format!("explain: {message}")))?;
    let json = match scenario.explanation(path) {
        Some(explanation) => json!({ "explanation": explanation }),
        None => json!({ "explanation": null, "text": text }),
    };
    Ok(Answer { text, json, exit_code: 0 })
}

/// What a problem's code means.
///
/// # Errors
/// [`Failure::Input`] if there is no such code.
pub(super) fn explain_code(code: &str) -> Result<Answer, Failure> {
    let code = code.to_ascii_uppercase();
    let (Some(text), Some(meaning)) = (scenario::explain_code(&code), scenario::codes().get(&code)) else {
        let known: Vec<&str> = scenario::codes().keys().map(String::as_str).collect();
        return Err(Failure::Input(format!("explain: there is no code {code}\n  the codes are {}", known.join(", "))));
    };
    let json = json!({ "code": code, "title": meaning.title, "text": meaning.text, "wrong": meaning.wrong, "right": meaning.right });
    Ok(Answer { text, json, exit_code: 0 })
}

/// What differs between two scenarios; a policy as the second is laid over the first.
///
/// # Errors
/// The problems of the files.
pub(super) fn diff(a: &Path, b: &Path) -> Result<Answer, Failure> {
    let one = [a.to_path_buf()];
    let left = read(&one)?;
    let over_left = scenario::is_policy(b) && !scenario::is_policy(a);
    let right = if over_left { read(&[a.to_path_buf(), b.to_path_buf()])? } else { read(&[b.to_path_buf()])? };
    let differences = scenario::diff(&left, &right);
    let text = match differences.as_slice() {
        [] => "no difference\n".to_owned(),
        differences => scenario::diff_text(differences),
    };
    Ok(Answer { text, json: json!({ "differences": differences }), exit_code: 0 })
}

/// The JSON Schema of scenario files.
#[must_use]
pub(super) fn schema() -> Value {
    scenario::json_schema()
}
