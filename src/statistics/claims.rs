//! Whether expectations hold: what a user said of the results before they were there, against the replicates.

use crate::study::{Expectation, Quantity};

use super::comparison::Runs;
use super::paired::Look;
use super::sample::Sample;
use super::yearly::{Layout, Place};

/// Whether an expectation holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The whole one-sided interval lies on the claimed side.
    Pass,
    /// The whole one-sided interval lies on the other side.
    Fail,
    /// The value lies inside: more replicates are needed.
    Inconclusive,
}

/// What was found of an expectation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Statement {
    /// Whether it holds.
    pub verdict: Verdict,
    /// Mean of the sample.
    pub mean: f64,
    /// Lower one-sided bound at the expectation's confidence.
    pub low: f64,
    /// Upper one-sided bound at the expectation's confidence.
    pub high: f64,
}

/// A scenario, the policies laid over it, and where the values of their runs stand.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    /// Name of the scenario.
    pub scenario: String,
    /// Names of the policies, in the order of [`Runs::policies`].
    pub policies: Vec<String>,
    /// Ids of the clusters in the order of the rows; the row of all of them follows.
    pub clusters: Vec<String>,
    /// What is kept of every run.
    pub layout: Layout,
}

/// An expectation that was judged for one scenario and, unless it is about the scenario alone, one policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// Name of the scenario.
    pub scenario: String,
    /// Name of the policy.
    pub policy: Option<String>,
    /// The expectation.
    pub expectation: Expectation,
    /// Unit of its metric.
    pub unit: &'static str,
    /// What was found.
    pub statement: Statement,
}

impl Verdict {
    /// The verdict in a word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Inconclusive => "inconclusive",
        }
    }
}

/// Judges whether the mean behind `values` lies where `op` (`>`, `>=`, `<` or `<=`) and `value` say.
///
/// Pass and fail are each wrong with probability at most `1 - confidence`, however often `look` allows to look.
#[must_use]
pub fn judge(values: &[f64], op: &str, value: f64, confidence: f64, look: Look) -> Statement {
    let sample = Sample::of(values);
    // Two bounds, each of which may be wrong with probability 1 - confidence; the sequential interval is two-sided
    // already, and wide enough for either side.
    let (low, high) = match look {
        Look::Once => look.interval(values, &sample, 2.0 * confidence - 1.0),
        Look::AfterEvery => look.interval(values, &sample, confidence),
    };
    let meets = |bound: f64| match op {
        ">" => bound > value,
        ">=" => bound >= value,
        "<" => bound < value,
        _ => bound <= value,
    };
    let verdict = match (meets(low), meets(high)) {
        (true, true) => Verdict::Pass,
        (false, false) => Verdict::Fail,
        _ => Verdict::Inconclusive,
    };
    Statement { verdict, mean: sample.mean, low, high }
}

impl Subject {
    /// Where a metric of a year and a cluster (`all` for all of them) stands; `None` if there are no such values.
    #[must_use]
    pub fn place(&self, metric: &str, year: i32, cluster: &str) -> Option<Place> {
        let row = self.clusters.iter().position(|id| id == cluster);
        let row = row.or_else(|| (cluster == "all").then_some(self.layout.rows - 1))?;
        Some(Place { metric: self.layout.metric(metric)?, year: self.layout.year(year)?, row })
    }
}

/// Judges every expectation for every scenario and policy that it is about. Names that fit nothing are passed over: the
/// reader of expectations tells them.
#[must_use]
pub fn judge_all(expectations: &[Expectation], subjects: &[Subject], runs: &[Runs], look: Look) -> Vec<Judged> {
    let mut judged = Vec::new();
    for expectation in expectations {
        for (subject, runs) in subjects.iter().zip(runs) {
            if expectation.scenario.as_ref().is_some_and(|named| *named != subject.scenario) {
                continue;
            }
            let Some(place) = subject.place(&expectation.metric, expectation.year, &expectation.cluster) else {
                continue;
            };
            let mut add = |policy: Option<&String>, values: &[f64]| {
                judged.push(Judged {
                    scenario: subject.scenario.clone(),
                    policy: policy.cloned(),
                    unit: subject.layout.metrics[place.metric].unit,
                    statement: judge(values, expectation.op, expectation.value, expectation.confidence, look),
                    expectation: expectation.clone(),
                });
            };
            if expectation.quantity == Quantity::Baseline {
                add(None, &subject.layout.gather(&runs.baseline, place));
                continue;
            }
            for (at, policy) in subject.policies.iter().enumerate() {
                if expectation.policy.as_ref().is_some_and(|named| named != policy) {
                    continue;
                }
                let (baseline, mut values) = runs.pair(&subject.layout, at, place);
                if expectation.quantity == Quantity::Difference {
                    values.iter_mut().zip(&baseline).for_each(|(value, baseline)| *value -= baseline);
                }
                add(Some(policy), &values);
            }
        }
    }
    judged
}
