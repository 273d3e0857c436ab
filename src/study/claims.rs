//! What a study claims of its results, and when a sequential comparison may stop; `statistics` judges both.

use crate::record::METRICS;
use crate::scenario::{Judge, near_names};

use super::fields::Fields;

/// A claim: `[[expect]]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Expectation {
    /// The scenario it is about; the first of the study if none is named.
    pub scenario: Option<String>,
    /// The scenario whose value is subtracted, for claims about differences.
    pub against: Option<String>,
    /// Column of [`METRICS`].
    pub metric: usize,
    /// Id of a cluster, or `all`.
    pub cluster: String,
    /// Calendar year.
    pub at: i32,
    /// `<`, `<=`, `>` or `>=`.
    pub op: &'static str,
    /// What the metric is compared with, in its unit.
    pub value: f64,
    /// Confidence at which it has to hold, strictly between 0 and 1.
    pub confidence: f64,
}

/// A stopping rule: `[stop]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Stopping {
    /// Such as `half_width(employees@2040, kobe) <= 2%`.
    pub until: String,
    /// Replicates at most.
    pub most: Option<u32>,
}

const OPERATIONS: [&str; 4] = ["<", "<=", ">", ">="];

impl Expectation {
    pub(super) fn read(mut fields: Fields<'_>, judge: &mut Judge) -> Option<Self> {
        let metric = fields.needed_text("metric", judge);
        let cluster = fields.text("cluster", judge).map_or_else(|| "all".to_owned(), |(cluster, _)| cluster);
        let at = fields.whole("at", [1900, 2300], judge);
        let op = fields.needed_text("op", judge);
        let value = fields.number("value", judge);
        let confidence = fields.number("confidence", judge).unwrap_or(0.95);
        let scenario = fields.text("scenario", judge).map(|(name, _)| name);
        let against = fields.text("against", judge).map(|(name, _)| name);
        let place = fields.place.clone();
        fields.finish(judge);
        if at.is_none() || value.is_none() {
            let fix = "add `at = 2040` and `value = ...`";
            judge.error(place.clone(), "this `[[expect]]` lacks `at` or `value`", "", fix);
        }
        if !(confidence > 0.0 && confidence < 1.0) {
            judge.error(place, "`confidence` is no share", "a number between 0 and 1", "write `confidence = 0.95`");
            return None;
        }
        let (name, span) = metric?;
        let Some(column) = METRICS.iter().position(|metric| metric.name == name) else {
            let names: Vec<&str> = METRICS.iter().map(|metric| metric.name).collect();
            judge.error(span, format!("unknown metric `{name}`"), "", near_names(&name, &names));
            return None;
        };
        let (word, span) = op?;
        let Some(op) = OPERATIONS.into_iter().find(|op| *op == word) else {
            judge.error(span, format!("unknown comparison \"{word}\""), "", near_names(&word, &OPERATIONS));
            return None;
        };
        let at = i32::try_from(at?).ok()?;
        Some(Self { scenario, against, metric: column, cluster, at, op, value: value?, confidence })
    }
}

impl Stopping {
    pub(super) fn read(mut fields: Fields<'_>, judge: &mut Judge) -> Option<Self> {
        let until = fields.needed_text("until", judge);
        let most = fields.whole("most", [2, 1_000_000], judge).map(|n| n as u32);
        fields.finish(judge);
        Some(Self { until: until?.0, most })
    }
}
