//! Several files checked in one pass, and the scenario that a policy is meant for when nobody names one.

use super::checks;
use super::code;
use super::files::Reader;
use super::load::Scenario;
use super::near;
use super::problem::Gathered;
use super::problem::Place;
use super::problem::Problem;
use super::problem::Problems;
use super::source::Source;
use super::tree;
use super::tree::Data;
use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;

/// What was found in several files.
#[derive(Debug, Clone, Default)]
pub struct Checked {
    /// Every problem, each once.
    pub problems: Problems,
    /// Each policy that was checked, and the scenario it was laid over.
    pub over: Vec<(PathBuf, PathBuf)>,
}

/// How much is demanded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strictness {
    /// That the files can be used.
    Usual,
    /// Also a unit, a source and a grade for every number and every dated event that a file sets.
    Strict,
}

/// Checks every file: a scenario as it stands, a policy alone over a scenario.
///
/// That scenario is `over`; if there is none, the first scenario among `files`; if there is none, the one
/// that [`scenario_for`] finds near the policy.
#[must_use]
pub fn check(files: &[PathBuf], over: Option<&Path>, strictness: Strictness) -> Checked {
    let mut checked = Checked::default();
    let named = over.or_else(|| files.iter().find(|file| !is_policy(file)).map(PathBuf::as_path));
    for file in files {
        if !is_policy(file) {
            checked.add(file, None, strictness);
            continue;
        }
        match named.map_or_else(|| scenario_for(file), |base| Ok(base.to_path_buf())) {
            Ok(base) => {
                checked.add(&base, Some(file), strictness);
                checked.over.push((file.clone(), base));
            }
            Err(problems) => checked.adopt(problems.list, false),
        }
    }
    checked
}

impl Checked {
    /// Checks one scenario, or one policy over it; in a policy, only what the policy adds is judged strictly.
    fn add(&mut self, scenario: &Path, policy: Option<&PathBuf>, strictness: Strictness) {
        match Scenario::load(scenario, policy.map(std::slice::from_ref).unwrap_or_default(), &[]) {
            Err(problems) => self.adopt(problems.list, problems.machine_fault),
            Ok((loaded, warnings)) => {
                self.adopt(warnings, false);
                if strictness == Strictness::Strict {
                    let below = policy.map_or(0, |policy| first_source_of(&loaded, policy));
                    self.adopt(checks::strict(&loaded.resolved, below), false);
                }
            }
        }
    }

    /// Adds problems; a file that several others extend has its problems once.
    pub fn adopt(&mut self, problems: Vec<Problem>, machine_fault: bool) {
        for problem in problems {
            if !self.problems.list.contains(&problem) {
                self.problems.list.push(problem);
            }
        }
        self.problems.machine_fault |= machine_fault;
    }
}

/// Number of the first file that was read for a policy: it and what it extends come after all of the scenario's.
fn first_source_of(scenario: &Scenario, policy: &Path) -> usize {
    let shown = policy.display().to_string();
    // What a policy extends is read before it is laid down, but after it was opened.
    scenario.resolved.sources.iter().rposition(|source| source.shown == shown).unwrap_or(0)
}

/// Whether a file says of itself that it is a policy. A file that cannot be read says nothing.
#[must_use]
pub fn is_policy(path: &Path) -> bool {
    peek(path).is_some_and(|file| file.policy.is_some())
}

/// Whether a file is a study: it lists scenarios, or what varies in them.
#[must_use]
pub fn is_study(path: &Path) -> bool {
    peek(path).is_some_and(|file| file.study)
}

/// What the head of a file says.
struct Head {
    /// Place of `policy = true`.
    policy: Option<Place>,
    /// Whether it has what a scenario has: a schema, a name, and something below it or a time.
    scenario: bool,
    study: bool,
    found: Gathered,
}

fn peek(path: &Path) -> Option<Head> {
    let mut found = Gathered::default();
    let text = Reader::new(&mut found).text(path, None)?;
    found.sources.push(Source::new(path.display().to_string(), String::new(), text));
    let (table, _) = tree::parse(0, &mut found);
    let policy = match (table.get("policy"), table.get("kind")) {
        (Some(node), _) if matches!(node.data, Data::Flag(true)) => Some(node.place),
        (_, Some(node)) if node.text() == Some("policy") => Some(node.place),
        _ => None,
    };
    let study = policy.is_none() && ["scenario", "design", "vary"].iter().any(|key| table.get(key).is_some());
    let scenario = policy.is_none()
        && !study
        && table.get("schema").is_some()
        && table.get("name").is_some()
        && (table.get("extends").is_some() || table.get("time").is_some());
    found.list.clear();
    Some(Head { policy, scenario, study, found })
}

/// The scenario that a policy is laid over when none is named: of the scenarios in the policy's folder, or else in the
/// nearest of the three folders above it, the only one, or the only one whose file name begins with `no-policy`.
///
/// # Errors
/// One problem at the policy's head, if there is no such scenario or several.
pub fn scenario_for(policy: &Path) -> Result<PathBuf, Problems> {
    let mut folder = policy.parent().unwrap_or(Path::new("")).to_path_buf();
    let mut candidates = Vec::new();
    for _ in 0..4 {
        candidates = scenarios_in(&folder);
        if !candidates.is_empty() {
            break;
        }
        folder = above(&folder);
    }
    let neutral = |path: &&PathBuf| path.file_name().is_some_and(|n| n.to_string_lossy().starts_with("no-policy"));
    let mut plain = candidates.iter().filter(neutral);
    match (candidates.as_slice(), plain.next(), plain.next()) {
        ([only], _, _) | (_, Some(only), None) => return Ok(only.clone()),
        _ => {}
    }
    let mut found = peek(policy).map(|head| head.found).unwrap_or_default();
    let place = peek(policy).and_then(|head| head.policy).unwrap_or(Place { file: 0, start: 0, end: 0 });
    let names: Vec<String> = candidates.iter().map(|path| path.display().to_string()).collect();
    let what = match names.as_slice() {
        [] => "no scenario beside it or in the three folders above".to_owned(),
        names => format!("several: {}", near::listed(names.iter().map(String::as_str), 6)),
    };
    let example = names.first().map_or("scenario.toml", String::as_str);
    found
        .error(code::KIND_OF_FILE, place, "a policy is laid over a scenario, and none was named")
        .found(what)
        .fix(format!("name one: `--over {example}`"));
    Err(found.finish())
}

fn above(folder: &Path) -> PathBuf {
    match folder.components().next_back() {
        Some(std::path::Component::Normal(_)) => folder.parent().unwrap_or(Path::new("")).to_path_buf(),
        _ => folder.join(".."),
    }
}

/// The scenarios of a folder, in the order of their names. A crowd of files is no folder of scenarios.
fn scenarios_in(folder: &Path) -> Vec<PathBuf> {
    let shown = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let Ok(entries) = std::fs::read_dir(shown) else { return Vec::new() };
    let names: BTreeSet<_> = entries
        .take(1000)
        .filter_map(|entry| Some(entry.ok()?.file_name()))
        .filter(|name| Path::new(name).extension().is_some_and(|extension| extension == "toml"))
        .collect();
    let paths = names.into_iter().take(200).map(|name| folder.join(name));
    paths.filter(|path| peek(path).is_some_and(|head| head.scenario)).collect()
}
