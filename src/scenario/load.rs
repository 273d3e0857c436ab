//! From files to a [`Scenario`].

use super::build;
use super::checks;
use super::code;
use super::epoch;
use super::event;
use super::event::Setup;
use super::files::Part;
use super::files::Reader;
use super::problem::Gathered;
use super::problem::Place;
use super::problem::Problem;
use super::problem::Problems;
use super::range;
use super::range::End;
use super::resolve;
use super::resolve::Flat;
use super::resolve::Settings;
use super::resolved::Resolved;
use super::sets;
use super::spec::ClusterId;
use super::spec::Spec;
use super::tree::Data;
use super::tree::Table;
use super::value::Value;
use crate::units::CalendarMonth;
use crate::units::Month;
use crate::units::Yen;
use std::path::Path;
use std::path::PathBuf;

/// One value that a dated event changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Id of the event; several, joined by `+`, if they change one value in one month.
    pub event: String,
    /// Path of the value.
    pub path: String,
    /// Before, in the working unit; `None` if it had no value.
    pub before: Option<Value>,
    /// After, in the working unit.
    pub after: Option<Value>,
}

/// A stretch of months in which nothing in the scenario changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Epoch {
    /// Its first month.
    pub from: Month,
    /// What the rules read in it.
    pub spec: Spec,
    /// What is different from the epoch before, by path.
    pub changes: Vec<Change>,
}

/// Money that a dated event costs in one month.
#[derive(Debug, Clone, PartialEq)]
pub struct Charge {
    /// The month it is paid.
    pub month: Month,
    /// Id of the event.
    pub event: String,
    /// The amount.
    pub amount: Yen,
    /// Who pays: one of the registry's `payer` choices.
    pub payer: String,
    /// The cluster it is booked to.
    pub cluster: Option<ClusterId>,
}

/// A checked and resolved scenario, policies and `--set` options included.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// Short name, without spaces.
    pub name: String,
    /// Title for reports; the name if there is none.
    pub title: String,
    /// The same in Japanese.
    pub title_ja: Option<String>,
    /// Names of the policies laid over it, in order.
    pub policies: Vec<String>,
    /// Their titles, in English (the name if there is none) and in Japanese.
    pub policy_titles: Vec<(String, Option<String>)>,
    /// First month.
    pub start: CalendarMonth,
    /// Number of months.
    pub months: u16,
    /// At least one; the first begins in month 0.
    pub epochs: Vec<Epoch>,
    /// By month, then event.
    pub charges: Vec<Charge>,
    /// BLAKE3, in hexadecimal, of everything that can change a result; the same for two spellings of one scenario.
    pub digest: String,
    /// Every value before the events, with its origin.
    pub resolved: Resolved,
    /// Name and BLAKE3 digest of every file, in the order of reading.
    pub files: Vec<(String, String)>,
    /// The `--set` options, as path and value.
    pub overrides: Vec<(String, String)>,
}

impl Scenario {
    /// Reads a scenario, lays `policies` over it in order, then the `sets` (each `PATH=VALUE`).
    ///
    /// The second part of the result holds the warnings.
    ///
    /// # Errors
    /// Every problem of every file, errors and warnings; [`Problems::exit_code`] is 1 if the machine failed, 2 if
    /// the input is wrong.
    pub fn load(base: &Path, policies: &[PathBuf], sets: &[String]) -> Result<(Self, Vec<Problem>), Problems> {
        Prepared::read(base, policies).scenario(sets)
    }

    /// What the rules read in a month.
    #[must_use]
    pub fn spec_at(&self, month: Month) -> &Spec {
        let after = self.epochs.partition_point(|epoch| epoch.from <= month);
        &self.epochs[after.saturating_sub(1)].spec
    }

    /// Every entity that has rows in the world, as `table.id`, in the order of the rows. Startups of the first month and
    /// rules have none: nothing refers to them by number.
    #[must_use]
    pub fn entities(&self) -> Vec<String> {
        let tables = self.resolved.ids.iter().filter(|(table, _)| !["rule", "startup"].contains(&table.as_str()));
        tables.flat_map(|(table, ids)| ids.iter().map(move |id| format!("{table}.{id}"))).collect()
    }

    /// The same scenario with an epoch that begins in `month`, so that the world follows all its values then.
    #[must_use]
    pub fn with_epoch_at(mut self, month: Month) -> Self {
        let after = self.epochs.partition_point(|epoch| epoch.from <= month);
        if self.epochs.get(after.saturating_sub(1)).is_some_and(|epoch| epoch.from != month) {
            let epoch = Epoch { from: month, spec: self.spec_at(month).clone(), changes: Vec::new() };
            self.epochs.insert(after, epoch);
        }
        self
    }

    /// What `check --strict` demands beyond correctness: a unit, a source and a grade for every number a file sets.
    #[must_use]
    pub fn strict(&self) -> Vec<Problem> {
        checks::strict(&self.resolved, 0)
    }

    /// The same scenario, cut to its first `months`; a longer run needs `--set time.months=N` when loading.
    #[must_use]
    pub fn with_months(mut self, months: u16) -> Self {
        self.months = self.months.min(months.max(1));
        self.epochs.retain(|epoch| epoch.from.0 < self.months);
        self.charges.retain(|charge| charge.month.0 < self.months);
        self.digest = super::digest::digest(&self);
        self
    }
}

/// The files of a scenario and its policies, read and laid over one another once, to be resolved with many sets of
/// `PATH=VALUE` without reading them again.
#[derive(Debug, Clone)]
pub struct Prepared {
    header: super::files::Header,
    policies: Vec<super::files::Header>,
    pub(super) tree: Table,
    pub(super) declared: u16,
    found: Gathered,
    /// For each policy the tree before and after it, and its file: a policy that changes nothing is worth a word.
    layers: Vec<(Table, Table, usize)>,
    /// Whether a policy stands at an end of its ranges, where doing nothing is meant.
    at_ends: bool,
}

impl Prepared {
    /// Reads a scenario and lays `policies` over it in order. Problems are kept until a scenario is asked for, so
    /// that all of them can be told at once.
    #[must_use]
    pub fn read(base: &Path, policies: &[PathBuf]) -> Self {
        let stated: Vec<(PathBuf, End)> = policies.iter().map(|policy| (policy.clone(), End::Stated)).collect();
        Self::read_at(base, &stated)
    }

    /// The same with the numbers of each policy that have a range as written, or at one end of it.
    #[must_use]
    pub fn read_at(base: &Path, policies: &[(PathBuf, End)]) -> Self {
        let mut found = Gathered::default();
        let mut tree = Table::default();
        let mut reader = Reader::new(&mut found);
        let header = reader.read(base, Part::Scenario, &mut tree);
        let mut headers = Vec::new();
        let mut layers = Vec::new();
        for (policy, end) in policies {
            let before = tree.clone();
            let file = reader.found.sources.len();
            let header = reader.read_at(policy, Part::Policy, *end, &mut tree);
            headers.push(header);
            layers.push((before, tree.clone(), file));
        }
        let declared = months_of(&tree);
        let at_ends = policies.iter().any(|(_, end)| *end != End::Stated);
        Self { header, policies: headers, tree, declared, found, layers, at_ends }
    }

    /// The scenario with these `PATH=VALUE` laid over it, and the warnings.
    ///
    /// # Errors
    /// Those of [`Scenario::load`].
    pub fn scenario(&self, sets: &[String]) -> Result<(Scenario, Vec<Problem>), Problems> {
        let mut found = self.found.clone();
        let mut tree = self.tree.clone();
        let overrides = sets::lay_over(&mut tree, sets, &mut found);
        // A file that could not be read leaves everything else missing: its own problem says enough.
        if found.list.iter().any(|p| p.severity == super::problem::Severity::Error && hides_the_rest(p.code)) {
            return Err(found.finish());
        }
        let flat = resolve::resolve(&tree, &mut found);
        checks::check(&tree, &flat.settings, &mut found);
        let (header, policies) = (self.header.clone(), self.policies.clone());
        let Some(scenario) = assemble(header, policies, flat, &tree, self.declared, overrides, &mut found) else {
            return Err(found.finish());
        };
        if found.has_errors() {
            return Err(found.finish());
        }
        for (before, after, file) in &self.layers {
            warn_if_idle(before, after, *file, &mut found);
        }
        if self.at_ends {
            found.list.retain(|problem| ![code::IDLE_EVENT, code::IDLE_POLICY].contains(&problem.code));
        }
        Ok((scenario, found.finish().list))
    }
}

/// Problems of a file after which its values cannot be judged.
fn hides_the_rest(code: code::Code) -> bool {
    code <= code::EXTENDS
}

fn months_of(tree: &Table) -> u16 {
    match tree.table("time").and_then(|time| time.get("months")).map(|node| &node.data) {
        Some(Data::Number { text, .. }) => text.parse().unwrap_or(0),
        _ => 0,
    }
}

fn assemble(
    header: super::files::Header,
    policies: Vec<super::files::Header>,
    flat: Flat,
    tree: &Table,
    declared: u16,
    overrides: Vec<(String, String)>,
    found: &mut Gathered,
) -> Option<Scenario> {
    let Value::Date(start) = flat.settings.get("time.start")?.value else { return None };
    let Value::Number(months) = flat.settings.get("time.months")?.value else { return None };
    let months = months as u16;
    let ids = build::ids(&flat.settings);
    // A shorter run than the file declares still has the file's events, of which it sees the first.
    let horizon = declared.max(months);
    let setup = Setup {
        settings: &flat.settings,
        ids: &ids,
        rates: &flat.rates,
        sources: &flat.sources,
        start,
        months: horizon,
    };
    let plan = event::plan(tree, &setup, found);
    epoch::conflicts(&plan.edits, found);
    if found.has_errors() {
        return None;
    }
    let mut epochs = epoch::epochs(plan.edits, &flat.settings, &ids, &flat.rates, horizon, found)?;
    epochs.retain(|epoch| epoch.from.0 < months);
    let mut charges = plan.charges;
    charges.retain(|charge| charge.month.0 < months);
    let files =
        found.sources.iter().filter(|s| s.name != "--set").map(|s| (s.name.clone(), s.digest.clone())).collect();
    let name = header.name?;
    let policy_titles = policies
        .iter()
        .map(|policy| {
            let title = policy.title.as_ref().or(policy.name.as_ref()).cloned().unwrap_or_default();
            (title, policy.title_ja.clone())
        })
        .collect();
    let mut scenario = Scenario {
        title: header.title.unwrap_or_else(|| name.clone()),
        title_ja: header.title_ja,
        name,
        policies: policies.into_iter().map(|policy| policy.name.unwrap_or_default()).collect(),
        policy_titles,
        start,
        months,
        epochs,
        charges,
        digest: String::new(),
        resolved: Resolved {
            settings: flat.settings,
            sources: found.sources.clone(),
            ids,
            bare_in_events: plan.bare,
            unproven_events: plan.unproven,
            assumptions: range::assumptions(tree),
        },
        files,
        overrides,
    };
    scenario.digest = super::digest::digest(&scenario);
    Some(scenario)
}

/// Warns of a policy after which every value is what it was before.
fn warn_if_idle(before: &Table, after: &Table, file: usize, found: &mut Gathered) {
    let values = |tree: &Table| {
        let mut quiet = Gathered::default();
        let settings: Settings = resolve::resolve(tree, &mut quiet).settings;
        settings.into_iter().map(|(path, setting)| (path, setting.value, setting.evidence)).collect::<Vec<_>>()
    };
    let events = |tree: &Table| -> Vec<Place> {
        tree.table("event").into_iter().flat_map(|t| t.entries.values()).map(|e| e.key).collect()
    };
    if found.sources.len() > file && events(before) == events(after) && values(before) == values(after) {
        let place = Place { file: u16::try_from(file).unwrap_or(0), start: 0, end: 0 };
        found
            .warning(code::IDLE_POLICY, place, "this policy changes nothing in the scenario it is laid over")
            .fix("compare its values with `trihelix explain SCENARIO PATH`");
    }
}
