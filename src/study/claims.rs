//! What is expected of results, `[[expect]]`, and when enough replicates are done, `[stop]`: one spelling for studies and
//! for the files that `compare --expect` reads. `statistics` judges both.

use std::ops::Range;
use std::path::Path;

use serde_json::{Value, json};
use toml::de::DeTable;

use crate::record::METRICS;
use crate::scenario::{Judge, Problems, near_names, read_file};

use super::fields::Fields;
use super::rule::{FIRST_LOOK, StoppingRule};

/// What an expectation is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    /// Policy less baseline, pair by pair.
    Difference,
    /// The mean under the policy.
    Policy,
    /// The mean of the baseline: the scenario without a policy.
    Baseline,
}

/// One `[[expect]]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Expectation {
    /// Title for reports, if any.
    pub name: Option<String>,
    /// Name of the scenario; every scenario without a policy if there is none.
    pub scenario: Option<String>,
    /// Name of the policy; every policy if there is none.
    pub policy: Option<String>,
    /// Difference or level.
    pub quantity: Quantity,
    /// Name of the metric: a column of the records, or `approvals` for full and conditional ones together.
    pub metric: String,
    /// Id of a cluster, or `all`.
    pub cluster: String,
    /// Calendar year.
    pub year: i32,
    /// How the mean compares with the value: `<`, `<=`, `>` or `>=`.
    pub op: &'static str,
    /// What the mean is compared with, in the unit of the metric.
    pub value: f64,
    /// Probability with which pass and fail must be right, in [0.5, 1).
    pub confidence: f64,
    span: Range<usize>,
}

/// A stopping rule of a study: `[stop]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Stopping {
    /// The rule.
    pub rule: StoppingRule,
    /// Replicates at most.
    pub most: u32,
    span: Range<usize>,
}

/// Replicates at most if nothing else is said.
pub const REPLICATES_AT_MOST: u32 = 512;

const OPERATIONS: [&str; 4] = ["<", "<=", ">", ">="];
const QUANTITIES: [(&str, Quantity); 3] =
    [("difference", Quantity::Difference), ("policy", Quantity::Policy), ("baseline", Quantity::Baseline)];

/// The names that an expectation may use.
#[derive(Debug, Clone, Copy)]
pub struct Ground<'a> {
    /// Scenarios without a policy.
    pub scenarios: &'a [&'a str],
    /// Policies.
    pub policies: &'a [&'a str],
    /// Ids of clusters; `all` is always one.
    pub clusters: &'a [&'a str],
    /// First and last simulated year with a value.
    pub years: (i32, i32),
    /// Metrics with values.
    pub metrics: &'a [&'a str],
    /// How a metric gets a value, such as "add it to `metrics`".
    pub more_metrics: &'a str,
}

impl Expectation {
    pub(super) fn read(mut fields: Fields<'_>, judge: &mut Judge) -> Option<Self> {
        let name = fields.text("name", judge).map(|(name, _)| name);
        let scenario = fields.text("scenario", judge).map(|(name, _)| name);
        let policy = fields.text("policy", judge).map(|(name, _)| name);
        let of = fields.text("of", judge);
        let metric = fields.needed_text("metric", judge);
        let cluster = fields.text("cluster", judge).map_or_else(|| "all".to_owned(), |(cluster, _)| cluster);
        let year = fields.whole("at", [1900, 2300], judge);
        let op = fields.needed_text("op", judge);
        let value = fields.number("value", judge);
        let confidence = fields.number("confidence", judge).unwrap_or(0.95);
        let (lacks_at, lacks_value) = (fields.get("at").is_none(), fields.get("value").is_none());
        let place = fields.get("confidence").map_or_else(|| fields.place.clone(), toml::Spanned::span);
        let span = fields.place.clone();
        fields.finish(judge);
        for (lacks, word, example) in [(lacks_at, "at", "2040"), (lacks_value, "value", "...")] {
            if lacks {
                let message = format!("this `[[expect]]` lacks `{word}`");
                judge.error(span.clone(), message, "", format!("add `{word} = {example}`"));
            }
        }
        if !(0.5..1.0).contains(&confidence) {
            let fix = "write `confidence = 0.95`";
            judge.error(
                place,
                format!("`confidence` cannot be {confidence}"),
                "a probability from 0.5 to below 1",
                fix,
            );
        }
        let word_of = |found: Option<(String, Range<usize>)>, known: &[&'static str], judge: &mut Judge| {
            let (word, span) = found?;
            let hit = known.iter().copied().find(|one| *one == word);
            if hit.is_none() {
                judge.error(span, format!("\"{word}\" is none of the words here"), "", near_names(&word, known));
            }
            hit
        };
        let quantity = match of {
            None => Some(Quantity::Difference),
            given => {
                let word = word_of(given, &QUANTITIES.map(|(word, _)| word), judge);
                word.and_then(|word| QUANTITIES.into_iter().find(|(one, _)| *one == word)).map(|(_, quantity)| quantity)
            }
        };
        let metrics: Vec<&'static str> = METRICS.iter().map(|metric| metric.name).chain(["approvals"]).collect();
        let metric = word_of(metric, &metrics, judge).map(str::to_owned);
        let op = word_of(op, &OPERATIONS, judge);
        Some(Self {
            name,
            scenario,
            policy,
            quantity: quantity?,
            metric: metric?,
            cluster,
            year: i32::try_from(year?).ok()?,
            op: op?,
            value: value?,
            confidence,
            span,
        })
    }

    /// What the names in it do not fit; `None` if they all do.
    #[must_use]
    pub fn misfit(&self, ground: &Ground<'_>) -> Option<(String, String)> {
        if let Some(found) = misplaced(&self.metric, self.year, &self.cluster, ground) {
            return Some(found);
        }
        let unknown = |what: &str, name: &str, known: &[&str]| {
            (!known.contains(&name)).then(|| (format!("there is no {what} `{name}`"), near_names(name, known)))
        };
        if let Some(scenario) = &self.scenario
            && let Some(found) = unknown("scenario", scenario, ground.scenarios)
        {
            return Some(found);
        }
        if self.quantity != Quantity::Baseline && ground.policies.is_empty() {
            let fix = "write `of = \"baseline\"` for the level without a policy";
            return Some(("there is no policy to tell a difference of".to_owned(), fix.to_owned()));
        }
        let policy = self.policy.as_deref()?;
        unknown("policy", policy, ground.policies)
    }

    /// The expectation in one line, for reports that give it no title.
    #[must_use]
    pub fn text(&self) -> String {
        let of = match self.quantity {
            Quantity::Difference => "change of ",
            Quantity::Policy => "",
            Quantity::Baseline => "baseline ",
        };
        format!("{of}{}@{}, {} {} {}", self.metric, self.year, self.cluster, self.op, self.value)
    }

    /// For the sheet of a study.
    pub(super) fn to_json(&self) -> Value {
        let of = QUANTITIES.into_iter().find(|(_, one)| *one == self.quantity).map(|(word, _)| word);
        json!({
            "name": self.name, "scenario": self.scenario, "policy": self.policy, "of": of, "metric": self.metric,
            "cluster": self.cluster, "at": self.year, "op": self.op, "value": self.value, "confidence": self.confidence,
        })
    }

    /// Reads [`Expectation::to_json`] back.
    pub(super) fn from_json(json: &Value) -> Option<Self> {
        let word = |key: &str| json[key].as_str().map(str::to_owned);
        Some(Self {
            name: word("name"),
            scenario: word("scenario"),
            policy: word("policy"),
            quantity: QUANTITIES.into_iter().find(|(word, _)| json["of"] == *word)?.1,
            metric: word("metric")?,
            cluster: word("cluster")?,
            year: i32::try_from(json["at"].as_i64()?).ok()?,
            op: OPERATIONS.into_iter().find(|op| json["op"] == *op)?,
            value: json["value"].as_f64()?,
            confidence: json["confidence"].as_f64()?,
            span: 0..0,
        })
    }
}

/// What a metric, year or cluster does not fit, and what to do.
fn misplaced(metric: &str, year: i32, cluster: &str, ground: &Ground<'_>) -> Option<(String, String)> {
    if !ground.metrics.contains(&metric) {
        let known = ground.metrics.join(", ");
        let fix = format!("{}; there are {known}", ground.more_metrics);
        return Some((format!("`{metric}` has no values here"), fix));
    }
    if cluster != "all" && !ground.clusters.contains(&cluster) {
        let known = ground.clusters.iter().copied().chain(["all"]).collect::<Vec<_>>().join(", ");
        return Some((format!("there is no cluster `{cluster}`; there are {known}"), "name one of these".to_owned()));
    }
    let (first, last) = ground.years;
    (!(first..=last).contains(&year)).then(|| {
        let fix = format!("name a year from {first} to {last}");
        (format!("{year} is not simulated; there are values from {first} to {last}"), fix)
    })
}

impl StoppingRule {
    /// What the names in it do not fit; `None` if they all do.
    #[must_use]
    pub fn misfit(&self, ground: &Ground<'_>) -> Option<(String, String)> {
        misplaced(&self.metric, self.year, &self.cluster, ground)
    }
}

impl Stopping {
    pub(super) fn read(mut fields: Fields<'_>, judge: &mut Judge) -> Option<Self> {
        let until = fields.needed_text("until", judge);
        let most = fields.whole("most", [FIRST_LOOK as u64, 1_000_000], judge).map(|n| n as u32);
        let span = fields.place.clone();
        fields.finish(judge);
        let (text, place) = until?;
        match StoppingRule::parse(&text) {
            Ok(rule) => Some(Self { rule, most: most.unwrap_or(REPLICATES_AT_MOST), span }),
            Err(message) => {
                judge.error(place, message, "", format!("write `until = \"{}\"`", super::rule::FORM));
                None
            }
        }
    }

    /// For the sheet of a study.
    pub(super) fn to_json(&self) -> Value {
        json!({ "until": self.rule.to_string(), "most": self.most })
    }

    /// Reads [`Stopping::to_json`] back.
    pub(super) fn from_json(json: &Value) -> Option<Self> {
        let rule = StoppingRule::parse(json["until"].as_str()?).ok()?;
        Some(Self { rule, most: u32::try_from(json["most"].as_u64()?).ok()?, span: 0..0 })
    }
}

/// Tells what the names of a study's expectations and rule do not fit.
pub(super) fn check(expectations: &[Expectation], stopping: Option<&Stopping>, ground: &Ground<'_>, judge: &mut Judge) {
    for expectation in expectations {
        if let Some((message, fix)) = expectation.misfit(ground) {
            judge.error(expectation.span.clone(), message, "", fix);
        }
    }
    if let Some(stopping) = stopping
        && let Some((message, fix)) = stopping.rule.misfit(ground)
    {
        judge.error(stopping.span.clone(), message, "", fix);
    }
}

/// Reads a file of expectations: `[[expect]]` tables and nothing else.
///
/// # Errors
/// Every problem of the file, names that do not fit included.
pub fn read_expectations(path: &Path, ground: &Ground<'_>) -> Result<Vec<Expectation>, Problems> {
    let (text, mut judge) = read_file(path)?;
    let (root, errors) = DeTable::parse_recoverable(&text);
    for error in &errors {
        judge.syntax(error.span().unwrap_or(0..0), error.message());
    }
    if !errors.is_empty() {
        return Err(judge.finish());
    }
    let mut fields = Fields::new(root.get_ref(), 0..0, "the file");
    let tables = fields.tables("expect", "this `[[expect]]`", &mut judge);
    if tables.is_empty() {
        let fix = "add `[[expect]]` with `metric`, `cluster`, `at`, `op` and `value`";
        judge.error(0..0, "the file states no expectation", "", fix);
    }
    let list: Vec<Expectation> = tables.into_iter().filter_map(|table| Expectation::read(table, &mut judge)).collect();
    fields.finish(&mut judge);
    check(&list, None, ground, &mut judge);
    if judge.has_errors() { Err(judge.finish()) } else { Ok(list) }
}
