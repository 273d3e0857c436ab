//! The expectations of a comparison: read, placed, judged.

use std::fs;
use std::io::{ErrorKind, Read};
use std::path::Path;

use serde_json::{Value, json};

use crate::statistics::{Case, Claim, Layout, Place, Quantity, Runs, Statement, Verdict, claims_from_toml};

use super::super::engine::Loaded;
use super::super::failure::Failure;
use super::{Plan, place_of, policy_name, text};

/// More bytes than any file of expectations has.
const BYTES_MAX: u64 = 16 << 20;

/// Expectations with the places they name.
#[derive(Default)]
pub(super) struct Claims {
    list: Vec<(Claim, Place)>,
}

/// An expectation that was judged for one policy.
pub(super) struct Judged {
    pub(super) policy: String,
    pub(super) name: String,
    pub(super) claim: Claim,
    pub(super) unit: &'static str,
    pub(super) statement: Statement,
}

impl Claims {
    /// Reads a file of expectations and finds what they name.
    ///
    /// # Errors
    /// Every problem of the file.
    pub(super) fn read(path: &Path, layout: &Layout, scenarios: &[Loaded]) -> Result<Self, Failure> {
        let text = text_of(path)?;
        let file = path.display().to_string();
        let claims = claims_from_toml(&text, &file).map_err(|problems| Failure::Input(problems.join("\n")))?;
        let mut problems = Vec::new();
        let mut list = Vec::new();
        for claim in claims {
            let by = format!("{file}:{}", claim.line);
            let policies: Vec<&str> = scenarios[1..].iter().map(policy_name).collect();
            if let Some(policy) = &claim.policy
                && !policies.contains(&policy.as_str())
            {
                problems.push(format!("{by}: there is no policy `{policy}`; there are {}", policies.join(", ")));
            }
            match place_of(layout, &scenarios[0], &claim.metric, claim.year, &claim.cluster, &by) {
                Ok(place) => list.push((claim, place)),
                Err(Failure::Input(problem)) => problems.push(problem),
                Err(failure) => return Err(failure),
            }
        }
        if problems.is_empty() { Ok(Self { list }) } else { Err(Failure::Input(problems.join("\n"))) }
    }

    /// Judges every expectation for every policy that it is about.
    pub(super) fn judge(&self, plan: &Plan, runs: &Runs) -> Vec<Judged> {
        let mut judged = Vec::new();
        for (claim, place) in &self.list {
            for (at, loaded) in plan.policies().iter().enumerate() {
                let policy = policy_name(loaded);
                // What is said of the baseline is the same under every policy.
                let elsewhere = claim.quantity == Quantity::Baseline && at > 0 && claim.policy.is_none();
                if elsewhere || claim.policy.as_deref().is_some_and(|named| named != policy) {
                    continue;
                }
                let (baseline, with_policy) = runs.pair(&plan.layout, at, *place);
                let values: Vec<f64> = match claim.quantity {
                    Quantity::Baseline => baseline,
                    Quantity::Policy => with_policy,
                    Quantity::Difference => with_policy.iter().zip(&baseline).map(|(p, b)| p - b).collect(),
                };
                judged.push(Judged {
                    policy: policy.to_owned(),
                    name: claim.name.clone().unwrap_or_else(|| claim.text()),
                    unit: plan.layout.metrics[place.metric].unit,
                    statement: claim.judge(&values, plan.look()),
                    claim: claim.clone(),
                });
            }
        }
        judged
    }
}

impl Judged {
    /// What was found, in words: `mean 12 persons, one-sided 95 % bounds 8 and 16`.
    pub(super) fn found(&self) -> String {
        let Statement { mean, low, high, .. } = self.statement;
        let (mean, unit) = (text::figure(mean), self.unit);
        let percent = text::figure(self.claim.confidence * 100.0);
        if low.is_infinite() {
            format!("mean {mean} {unit}, too few replicates for {percent} % bounds")
        } else if low == high {
            format!("{mean} {unit} in every replicate")
        } else {
            let (low, high) = (text::figure(low), text::figure(high));
            format!("mean {mean} {unit}, one-sided {percent} % bounds {low} and {high}")
        }
    }

    pub(super) fn case(&self) -> Case {
        let message = format!("expected {}; found {}", self.claim.text(), self.found());
        Case { group: self.policy.clone(), name: self.name.clone(), verdict: self.statement.verdict, message }
    }

    pub(super) fn to_json(&self) -> Value {
        let finite = |value: f64| if value.is_finite() { json!(value) } else { Value::Null };
        json!({
            "name": self.name,
            "policy": self.policy,
            "claim": self.claim.text(),
            "confidence": self.claim.confidence,
            "mean": finite(self.statement.mean),
            "low": finite(self.statement.low),
            "high": finite(self.statement.high),
            "verdict": self.statement.verdict.as_str(),
        })
    }
}

/// Whether any expectation failed.
pub(super) fn any_failed(judged: &[Judged]) -> bool {
    judged.iter().any(|judged| judged.statement.verdict == Verdict::Fail)
}

fn text_of(path: &Path) -> Result<String, Failure> {
    let place = path.display();
    let mut text = String::new();
    let read = fs::File::open(path).and_then(|file| file.take(BYTES_MAX + 1).read_to_string(&mut text));
    match read {
        Ok(_) if text.len() as u64 > BYTES_MAX => {
            Err(Failure::Input(format!("{place}: is too large for a file of expectations")))
        }
        Ok(_) => Ok(text),
        Err(cause) if cause.kind() == ErrorKind::NotFound => {
            Err(Failure::Input(format!("{place}: there is no such file; name a file with [[expect]] tables")))
        }
        Err(cause) if cause.kind() == ErrorKind::InvalidData => {
            Err(Failure::Input(format!("{place}: is not UTF-8 text; save it as UTF-8")))
        }
        Err(cause) if cause.kind() == ErrorKind::IsADirectory => {
            Err(Failure::Input(format!("{place}: is a folder; name a file with [[expect]] tables")))
        }
        Err(cause) => Err(Failure::Machine(format!("{place}: cannot be read: {cause}"))),
    }
}
