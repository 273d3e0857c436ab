//! Where the preference for a policy ends: a parameter is moved, and baseline and policy are run again at every value.

use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde_json::{Value, json};

use crate::output::ALL;
use crate::statistics::{Look, Paired, Place, best_first, ranks};

use super::super::engine::{self, Loaded};
use super::super::failure::Failure;
use super::super::options::ChanceOptions;
use super::Plan;
use super::pairs::Pairs;

/// Halvings of the range: the value is then known to a thirty-second of it.
const HALVINGS: usize = 5;

/// A parameter and the range over which it is moved, in one unit.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Switch {
    path: String,
    low: f64,
    high: f64,
    unit: String,
}

/// What a probe found.
struct Probe {
    value: f64,
    paired: Paired,
}

impl Switch {
    /// Reads `PATH=LOW..HIGH UNIT`; the unit may be left away.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let wrong =
            || "expected PATH=LOW..HIGH, for example finance.hurdle=0.8..1.6 or 'ties.search=3..12 %/month'".to_owned();
        let (path, range) = text.split_once('=').ok_or_else(wrong)?;
        let (low, rest) = range.split_once("..").ok_or_else(wrong)?;
        let (high, unit) = rest.trim().split_once(' ').unwrap_or((rest.trim(), ""));
        let (low, high): (f64, f64) = (low.trim().parse().map_err(|_| wrong())?, high.parse().map_err(|_| wrong())?);
        let usable = low.is_finite() && high.is_finite() && low < high && !path.trim().is_empty();
        if !usable {
            return Err(wrong());
        }
        Ok(Self { path: path.trim().to_owned(), low, high, unit: unit.trim().to_owned() })
    }

    /// The parameter and range of what was found, as the manifest has it.
    pub(super) fn of_json(found: &Value) -> Option<Self> {
        let text = |key: &str| found[key].as_str().map(str::to_owned);
        Some(Self {
            path: text("path")?,
            low: found["least"].as_f64()?,
            high: found["most"].as_f64()?,
            unit: text("unit")?,
        })
    }

    /// The setting of a value, as `--set` takes it.
    fn set(&self, value: f64) -> String {
        if self.unit.is_empty() {
            format!("{}={value}", self.path)
        } else {
            format!("{}=\"{value} {}\"", self.path, self.unit)
        }
    }
}

/// The files and options that a probe is loaded from.
pub(super) struct Source<'a> {
    pub(super) base: &'a Path,
    pub(super) policies: &'a [PathBuf],
    pub(super) seed: u64,
    pub(super) months: Option<u16>,
    pub(super) sets: &'a [String],
}

/// Moves each parameter, for the policy that is most often the best in the first metric of all clusters at the end.
///
/// # Errors
/// Those of loading and running; a value that the registry refuses is an error of the command line.
pub(super) fn search(
    switches: &[Switch],
    plan: &Plan,
    pairs: &Pairs,
    source: &Source<'_>,
) -> Result<Vec<Value>, Failure> {
    let layout = &plan.layout;
    let place = Place { metric: 0, year: layout.years.len() - 1, row: layout.rows - 1 };
    let runs = &pairs.runs;
    let options: Vec<Vec<f64>> =
        std::iter::once(&runs.baseline).chain(&runs.policies).map(|runs| layout.gather(runs, place)).collect();
    let Some(&preferred) = best_first(&ranks(&options, layout.metrics[place.metric].better)).first() else {
        return Ok(Vec::new());
    };
    let policy = &source.policies[preferred - 1];
    let name = super::policy_name(&plan.scenarios[preferred]);
    switches
        .iter()
        .map(|switch| {
            let probe = |value: f64| probe(switch, value, policy, plan, place, pairs.runs.pairs(), source);
            let (bracket, mut probes) = bisect(switch, &probe)?;
            probes.sort_by(|a, b| a.value.total_cmp(&b.value));
            let probes: Vec<Value> = probes
                .iter()
                .map(|Probe { value, paired }| {
                    json!({
                        "value": value, "mean": paired.mean, "low": paired.low, "high": paired.high, "pairs": paired.n,
                    })
                })
                .collect();
            let (below, above) =
                bracket.map_or((Value::Null, Value::Null), |(below, above)| (json!(below), json!(above)));
            Ok(json!({
                "path": switch.path, "unit": switch.unit, "policy": name, "metric": layout.metrics[place.metric].name,
                "cluster": ALL, "year": layout.years[place.year].0, "least": switch.low, "most": switch.high,
                "below": below, "above": above, "probes": probes,
            }))
        })
        .collect()
}

/// The values between which the mean difference changes its sign, if it does, and every probe.
#[expect(clippy::type_complexity, reason = "a bracket, or none, and the probes; used once")]
fn bisect(
    switch: &Switch,
    probe: &dyn Fn(f64) -> Result<Probe, Failure>,
) -> Result<(Option<(f64, f64)>, Vec<Probe>), Failure> {
    let (first, last) = (probe(switch.low)?, probe(switch.high)?);
    let positive = |probe: &Probe| probe.paired.mean > 0.0;
    let rises = (positive(&first), positive(&last));
    let mut probes = vec![first, last];
    if rises.0 == rises.1 {
        return Ok((None, probes));
    }
    let (mut low, mut high) = (switch.low, switch.high);
    for _ in 0..HALVINGS {
        let middle = probe(f64::midpoint(low, high))?;
        if positive(&middle) == rises.0 {
            low = middle.value;
        } else {
            high = middle.value;
        }
        probes.push(middle);
    }
    Ok((Some((low, high)), probes))
}

/// Baseline and policy at one value, on the random numbers of the comparison.
fn probe(
    switch: &Switch,
    value: f64,
    policy: &Path,
    plan: &Plan,
    place: Place,
    pairs: usize,
    source: &Source<'_>,
) -> Result<Probe, Failure> {
    let sets = source.sets.iter().cloned().chain([switch.set(value)]).collect();
    let chance = ChanceOptions { seed: source.seed, replicate: 0, months: source.months, sets };
    let base = engine::load(source.base, &[], &chance)?;
    let with_policy = engine::load(source.base, &[policy.to_path_buf()], &chance)?;
    let values = |loaded: &Loaded| -> Result<Vec<f64>, Failure> {
        let all: Vec<Result<f64, Failure>> = (0..u32::try_from(pairs).unwrap_or(u32::MAX))
            .into_par_iter()
            .map(|replicate| {
                let outcome = engine::simulate_replicate(loaded, source.seed, replicate, &mut |_| {})?;
                Ok(plan.layout.value(&plan.layout.keep(&outcome.records), place))
            })
            .collect();
        all.into_iter().collect()
    };
    let (baseline, with_policy) = (values(&base)?, values(&with_policy)?);
    Ok(Probe { value, paired: Paired::of(&baseline, &with_policy, Look::Once, 0.95) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn probe_of(mean: f64, value: f64) -> Result<Probe, Failure> {
        let look = Look::Once;
        let paired = Paired::of(&[0.0, 0.0], &[mean, mean], look, 0.95);
        Ok(Probe { value, paired })
    }

    #[test]
    fn ranges_are_read_with_and_without_a_unit() {
        let switch = Switch::parse("ties.search=3..12 %/month").unwrap();
        assert_eq!(switch.set(4.5), "ties.search=\"4.5 %/month\"");
        assert_eq!(Switch::parse("finance.hurdle=0.8..1.6").unwrap().set(1.2), "finance.hurdle=1.2");
        for wrong in ["finance.hurdle", "finance.hurdle=1", "finance.hurdle=2..1", "=1..2", "a=x..2"] {
            assert!(Switch::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_change_of_sign_is_found_to_a_thirty_second_of_the_range() {
        let switch = Switch::parse("a=0..32").unwrap();
        let (bracket, probes) = bisect(&switch, &|value| probe_of(10.5 - value, value)).unwrap();
        assert_eq!(bracket, Some((10.0, 11.0)));
        assert_eq!(probes.len(), 2 + HALVINGS);
        let (bracket, probes) = bisect(&switch, &|value| probe_of(1.0, value)).unwrap();
        assert_eq!((bracket, probes.len()), (None, 2));
    }
}
