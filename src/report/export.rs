//! The differences and costs of a study as data for other programs: what `compare --format json` prints, from any stored
//! comparison or sweep, of every metric that was recorded and of the last year.

use serde_json::{Value, json};

use crate::output::{ALL, StoredStudy, cost_json, paired_json};
use crate::statistics::{Look, Place, costs};

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
    let mut differences = Vec::new();
    for (policy, name) in study.scenarios[1..].iter().enumerate() {
        for (row, cluster) in clusters.iter().enumerate() {
            for metric in 0..layout.metrics.len() {
                let place = Place { metric, year, row };
                let paired = runs.compare(&layout, policy, place, look);
                differences.push(paired_json(&paired, name, cluster, &layout, place));
            }
        }
    }
    let paid =
        costs(&layout, &runs, look.multiplier(units, CONFIDENCE)).into_iter().filter(|cost| cost.place.year == year);
    let costs: Vec<Value> = paid
        .map(|cost| cost_json(&cost, &study.scenarios[1 + cost.policy], clusters[cost.place.row], &layout))
        .collect();
    Ok(json!({
        "baseline": study.scenarios[0], "seed": study.manifest["seed"], "pairs": units,
        "behaviour": study.manifest["behaviour"], "differences": differences, "public_cost_per_additional": costs,
    }))
}
