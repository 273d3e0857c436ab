//! The differences and costs of a study as data for other programs: what `compare --format json` prints, from any stored
//! comparison or sweep, of every metric that was recorded and of the last year.

use serde_json::{Value, json};

use crate::output::{ALL, StoredStudy};
use crate::statistics::{Look, Place, Ratio, ratio_of_means};

use super::ReportError;
use super::evidence::{Gathered, every_metric};

const CONFIDENCE: f64 = 0.95;

/// What each policy (each further scenario) changes by the end, in every cluster.
///
/// # Errors
/// [`ReportError::Study`] if there is nothing to compare.
pub fn numbers(study: &StoredStudy) -> Result<Value, ReportError> {
    let layout = study.layout(every_metric(study)?);
    let Gathered { runs, units, .. } = Gathered::of(study, &layout);
    if study.scenarios.len() < 2 || units < 2 || layout.years.is_empty() {
        let problem = "it has no two scenarios with two complete replicates each, which give no interval";
        return Err(ReportError::Study(problem.to_owned()));
    }
    let look = if study.manifest["until"].is_null() { Look::Once } else { Look::AfterEvery };
    let year = layout.years.len() - 1;
    let clusters: Vec<&str> = study.clusters.iter().map(|cluster| cluster.id.as_str()).chain([ALL]).collect();
    let (mut differences, mut costs) = (Vec::new(), Vec::new());
    let less = |policy: usize, place: Place| -> Vec<f64> {
        let (baseline, with) = runs.pair(&layout, policy, place);
        with.iter().zip(&baseline).map(|(policy, baseline)| policy - baseline).collect()
    };
    let money = layout.metric("public_cost_jpy");
    for (policy, name) in study.scenarios[1..].iter().enumerate() {
        for (row, cluster) in clusters.iter().enumerate() {
            for (metric, wanted) in layout.metrics.iter().enumerate() {
                let paired = runs.compare(&layout, policy, Place { metric, year, row }, look);
                differences.push(json!({
                    "policy": name, "cluster": cluster, "metric": wanted.name, "year": layout.years[year].0,
                    "baseline": number(paired.baseline), "mean": number(paired.mean), "error": number(paired.error),
                    "low": number(paired.low), "high": number(paired.high), "holds_zero": paired.holds_zero(),
                    "never_varies": paired.never_varies(), "p_value": number(paired.p_value),
                    "variance_reduction": number(paired.variance_reduction),
                }));
            }
            for bought in ["employees", "approvals"] {
                let (Some(money), Some(metric)) = (money, layout.metric(bought)) else { continue };
                let paid = less(policy, Place { metric: money, year, row: clusters.len() - 1 });
                let gained = less(policy, Place { metric, year, row });
                let (value, low, high, verdict) =
                    match ratio_of_means(&paid, &gained, look.multiplier(units, CONFIDENCE)) {
                        Ratio::Known { value, low, high } => (json!(value), json!(low), json!(high), "known"),
                        Ratio::CannotTell => (Value::Null, Value::Null, Value::Null, "cannot tell"),
                        Ratio::Falls => (Value::Null, Value::Null, Value::Null, "falls"),
                    };
                costs.push(json!({
                    "policy": name, "cluster": cluster, "per_additional": bought, "year": layout.years[year].0,
                    "public_cost_jpy": value, "low": low, "high": high, "verdict": verdict,
                }));
            }
        }
    }
    Ok(json!({
        "baseline": study.scenarios[0], "seed": study.manifest["seed"], "pairs": units,
        "behaviour": study.manifest["behaviour"], "differences": differences, "public_cost_per_additional": costs,
    }))
}

/// A number of JSON, which has no infinity: `null` for that and for what is not a number.
fn number(value: f64) -> Value {
    if value.is_finite() { json!(value + 0.0) } else { Value::Null }
}
