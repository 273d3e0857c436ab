//! What the verbs ask of the scenario and the simulation, in the words of the command line.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::output::{ClusterLabel, InputFile, in_display_order};
use crate::scenario::spec::{ClusterId, Spec};
use crate::scenario::{Problem, Problems, Scenario};
use crate::simulate::{self, Outcome};
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
    scenario: Scenario,
}

/// How much `check` demands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Strictness {
    Usual,
    Strict,
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
    let files = scenario.files.iter().cloned();
    Ok(Loaded {
        name: scenario.name.clone(),
        policies: scenario.policies.clone(),
        title: scenario.title.clone(),
        digest: scenario.digest.clone(),
        resolved: scenario.resolved.to_json(),
        start: scenario.start,
        months: scenario.months,
        clusters: labels_of(scenario.spec_at(Month(0))),
        inputs: files.map(|(name, digest)| InputFile { name, digest }).collect(),
        overrides,
        warnings: rendered(warnings),
        scenario,
    })
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

/// Simulates one replicate; `progress` hears of every month that is done.
///
/// # Errors
/// [`Failure::Machine`] if the books of a month do not add up: a fault of the program.
pub(super) fn simulate(
    loaded: &Loaded,
    chance: &ChanceOptions,
    progress: &mut dyn FnMut(Month),
) -> Result<Outcome, Failure> {
    simulate_replicate(loaded, chance.seed, chance.replicate, progress)
}

/// The same for any replicate.
///
/// # Errors
/// Those of [`simulate`].
pub(super) fn simulate_replicate(
    loaded: &Loaded,
    seed: u64,
    replicate: u32,
    progress: &mut dyn FnMut(Month),
) -> Result<Outcome, Failure> {
    let outcome = simulate::simulate(&loaded.scenario, seed, replicate, progress).map_err(|breach| {
        Failure::Machine(format!(
            "the run stopped, as its books no longer add up: {breach}\n  \
             nothing was written; please report this with the scenario and the seed, {seed}, replicate {replicate}"
        ))
    })?;
    Ok(Outcome { records: in_display_order(outcome.records, &loaded.clusters), ..outcome })
}

/// Every problem of the files, each taken as a scenario of its own.
///
/// # Errors
/// None for wrong files: their problems are the answer.
pub(super) fn check(files: &[PathBuf], strictness: Strictness) -> Result<Answer, Failure> {
    if strictness == Strictness::Strict {
        return Err(unfinished("check --strict"));
    }
    let mut found = Problems::default();
    for file in files {
        let problems = match Scenario::load(file, &[], &[]) {
            Ok((_, warnings)) => Problems { list: warnings, machine_fault: false },
            Err(problems) => problems,
        };
        found.list.extend(problems.list);
        found.machine_fault |= problems.machine_fault;
    }
    let exit_code = if found.errors() == 0 { 0 } else { found.exit_code() };
    let mut text = found.render(terminal::stdout_is_coloured());
    text.push('\n');
    Ok(Answer { text, json: found.to_json(), exit_code })
}

/// One parameter with its evidence and the file that set it.
pub(super) fn explain_parameter(_: &Path, _: &str) -> Result<String, Failure> {
    Err(unfinished("explain"))
}

/// What a problem's code means.
pub(super) fn explain_code(_: &str) -> Result<String, Failure> {
    Err(unfinished("explain"))
}

/// What differs between two resolved scenarios.
pub(super) fn diff(_: &Path, _: &Path) -> Result<Answer, Failure> {
    Err(unfinished("diff"))
}

/// The JSON Schema of scenario files.
pub(super) fn schema() -> Result<Value, Failure> {
    Err(unfinished("schema"))
}

fn unfinished(verb: &str) -> Failure {
    Failure::Machine(format!("{verb}: this build cannot do it yet"))
}
