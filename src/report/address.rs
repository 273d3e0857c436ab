//! Where a shown number stands in the results: `difference/qross-hub/employees/kobe/2040/mean`.
//!
//! The page can show a number only by its address, and `report lint` looks the same address up again.
//!
//! ```text
//! difference/POLICY/METRIC/CLUSTER/YEAR/  baseline mean low high better holm relative
//! band/METRIC/CLUSTER/YEAR/               mean q025 q100 q250 q500 q750 q900 q975   of the baseline
//! past/METRIC/CLUSTER/YEAR/               the same of the hindcast, and miss (relative error of its median)
//! observed/METRIC/CLUSTER/YEAR            the record
//! rank/SCENARIO/                          best low high mean
//! lead/                                   mean low high                             preferred less second
//! cost/POLICY/METRIC/CLUSTER/             value low high value_usd low_usd high_usd in the last year
//! flow/POLICY/KIND/FROM/TO/               baseline mean low high                    in a year
//! regret/SCENARIO/                        mean most low high future; regret/SCENARIO/in/FUTURE
//! swing/PATH/                             low_at high_at low high swing swing_low swing_high
//! switch/NUMBER/                          see `switching`
//! alignment/POLICY/                       score reduction
//! set/PATH                                a value of the resolved baseline
//! grade/GRADE, grade/GRADE/TABLE          how many values have this grade of evidence
//! varied/NUMBER/                          least most  of a varied parameter
//! run/                                    seed pairs replicates months points policies family left_out ...
//! ```
//!
//! Names are escaped so that `/` and `%` may stand in them.

use crate::statistics::{Band, Better, Place, Ratio};

use super::evidence::Evidence;

/// Joins the parts of an address.
pub(super) fn join(parts: &[&str]) -> String {
    let escaped: Vec<String> = parts.iter().map(|part| part.replace('%', "%25").replace('/', "%2F")).collect();
    escaped.join("/")
}

impl Evidence {
    /// The number of an address; `None` if there is no such place.
    pub(super) fn number(&self, address: &str) -> Option<f64> {
        let parts: Vec<String> = address.split('/').map(|part| part.replace("%2F", "/").replace("%25", "%")).collect();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        match parts.as_slice() {
            ["difference", policy, metric, cluster, year, field] => {
                self.difference_field(self.policy(policy)?, self.place(metric, cluster, year)?, field)
            }
            ["band", metric, cluster, year, field] => {
                band_field(&self.band(self.place(metric, cluster, year)?)?.band, field)
            }
            ["past", metric, cluster, year, field] => {
                let (metric, row, year) = (self.wide.metric(metric)?, self.row(cluster)?, year.parse().ok()?);
                let band = &self.past(metric, row, year)?.band;
                match *field {
                    "miss" => {
                        let target = self.observed_value(metric, row, year)?;
                        Some(band.median() / target - 1.0)
                    }
                    field => band_field(band, field),
                }
            }
            ["observed", metric, cluster, year] => {
                self.observed_value(self.wide.metric(metric)?, self.row(cluster)?, year.parse().ok()?)
            }
            ["rank", scenario, field] => {
                let rank = self.ranks.get(self.scenario(scenario)?)?;
                match *field {
                    "best" => Some(rank.best.share),
                    "low" => Some(rank.best.low),
                    "high" => Some(rank.best.high),
                    "mean" => Some(rank.mean),
                    _ => None,
                }
            }
            ["lead", field] => {
                let lead = self.lead()?;
                match *field {
                    "mean" => Some(lead.mean),
                    "low" => Some(lead.low),
                    "high" => Some(lead.high),
                    _ => None,
                }
            }
            ["cost", policy, metric, cluster, field] => self.cost_field(self.policy(policy)?, metric, cluster, field),
            ["flow", policy, kind, from, to, field] => {
                let (kind, from, to) = (Self::flow_kind(kind)?, self.row(from)?, self.row(to)?);
                let paired = self.flow(self.scenario(policy)?, kind, from, to)?;
                match *field {
                    "baseline" => Some(paired.baseline),
                    "mean" => Some(paired.mean),
                    "low" => Some(paired.low),
                    "high" => Some(paired.high),
                    _ => None,
                }
            }
            ["regret", scenario, "in", future] => {
                self.regret_by_future.get(self.scenario(scenario)?)?.get(future.parse::<usize>().ok()?).copied()
            }
            ["regret", scenario, field] => self.regret_field(self.scenario(scenario)?, field),
            ["swing", path, field] => {
                let (_, swing) = self.swings.iter().find(|(known, _)| known == path)?;
                match *field {
                    "low_at" => Some(swing.low_at),
                    "high_at" => Some(swing.high_at),
                    "low" => Some(swing.low),
                    "high" => Some(swing.high),
                    "swing" => Some(swing.swing),
                    "swing_low" => Some(swing.swing_low),
                    "swing_high" => Some(swing.swing_high),
                    _ => None,
                }
            }
            ["switch", number, field] => self.switch_field(number.parse().ok()?, field),
            ["alignment", policy, field] => self.alignment_field(self.policy(policy)?, field),
            ["set", path] => self.study.manifest["scenario"]["resolved"][*path]["value"].as_f64(),
            ["grade", grade] => Some(self.graded(grade).count() as f64),
            ["grade", grade, table] => {
                let inside = |path: &&str| path.split('.').next() == Some(*table);
                Some(self.graded(grade).filter(inside).count() as f64)
            }
            ["varied", number, end] => {
                let (_, values) = self.study.varied.get(number.parse::<usize>().ok()?)?;
                match *end {
                    "least" => values.iter().copied().reduce(f64::min),
                    "most" => values.iter().copied().reduce(f64::max),
                    _ => None,
                }
            }
            ["run", field] => self.run_field(field),
            _ => None,
        }
    }

    fn scenario(&self, id: &str) -> Option<usize> {
        self.scenarios.iter().position(|scenario| scenario.id == id)
    }

    fn policy(&self, id: &str) -> Option<usize> {
        self.scenario(id).filter(|scenario| *scenario > 0)
    }

    fn row(&self, id: &str) -> Option<usize> {
        self.rows.iter().position(|row| row.id == id)
    }

    fn place(&self, metric: &str, cluster: &str, year: &str) -> Option<Place> {
        Some(Place {
            metric: self.wide.metric(metric)?,
            year: self.wide.year(year.parse().ok()?)?,
            row: self.row(cluster)?,
        })
    }

    fn difference_field(&self, policy: usize, place: Place, field: &str) -> Option<f64> {
        let paired = self.difference(policy, place);
        match field {
            "baseline" => Some(paired.baseline),
            "mean" => Some(paired.mean),
            "low" => Some(paired.low),
            "high" => Some(paired.high),
            "better" => {
                let above = paired.above.share;
                Some(if self.wide.metrics[place.metric].better == (Better::Higher) { above } else { 1.0 - above })
            }
            "holm" => self.p_holm(policy, place),
            "relative" => Some((paired.high - paired.low) / 2.0 / paired.baseline.abs()),
            _ => None,
        }
    }

    fn cost_field(&self, policy: usize, metric: &str, cluster: &str, field: &str) -> Option<f64> {
        let place = Place { metric: self.wide.metric(metric)?, year: self.last_year(), row: self.row(cluster)? };
        let Ratio::Known { value, low, high } = self.cost(policy, place)? else { return None };
        let (field, rate) = match field.strip_suffix("_usd") {
            Some(field) => (field, self.yen_per_dollar()?),
            None => (field, 1.0),
        };
        match field {
            "value" => Some(value / rate),
            "low" => Some(low / rate),
            "high" => Some(high / rate),
            _ => None,
        }
    }

    fn regret_field(&self, scenario: usize, field: &str) -> Option<f64> {
        let regret = self.regrets.get(scenario)?;
        match field {
            "mean" => Some(regret.mean),
            "most" => Some(regret.most),
            "low" => Some(regret.low),
            "high" => Some(regret.high),
            // Futures are counted from 1 for people.
            "future" => Some(regret.future as f64 + 1.0),
            _ => None,
        }
    }

    pub(super) fn observed_value(&self, metric: usize, row: usize, year: i32) -> Option<f64> {
        let name = &self.wide.metrics[metric].name;
        let here = |value: &&super::history::Observed| value.metric == name && value.row == row && value.year == year;
        self.observed.iter().find(here).map(|value| value.value)
    }

    fn alignment_field(&self, policy: usize, field: &str) -> Option<f64> {
        match field {
            "score" => {
                let counts = &self.study.manifest["policies"][policy - 1]["alignment"];
                Some(counts["identical"].as_f64()? / counts["founded_in_both"].as_f64()?)
            }
            "reduction" => Some(self.comparison.variance_reduction(policy - 1, self.last_year()).0),
            _ => None,
        }
    }

    /// Paths of the resolved baseline with a grade of evidence.
    pub(super) fn graded(&self, grade: &str) -> impl Iterator<Item = &str> {
        let resolved = self.study.manifest["scenario"]["resolved"].as_object();
        let wanted = grade.to_owned();
        resolved
            .into_iter()
            .flatten()
            .filter(move |(_, entry)| entry["grade"].as_str() == Some(wanted.as_str()))
            .map(|(path, _)| path.as_str())
    }

    fn run_field(&self, field: &str) -> Option<f64> {
        let study = &self.study;
        let told = |wanted: bool| {
            let last = self.last_year();
            let differences = self.comparison.differences.iter().filter(|difference| difference.place.year == last);
            differences.filter(|difference| difference.paired.holds_zero() != wanted).count() as f64
        };
        match field {
            "seed" => study.manifest["seed"].as_f64(),
            "behaviour" => study.manifest["behaviour"].as_f64(),
            "pairs" => Some(self.units as f64),
            "replicates" => Some(study.replicates as f64),
            "runs" => Some((study.replicates * study.points * study.scenarios.len()) as f64),
            "months" => Some(f64::from(study.months)),
            "points" => Some(study.points as f64),
            "policies" => Some(study.scenarios.len() as f64 - 1.0),
            "family" => Some(self.comparison.family as f64),
            "left_out" => Some(self.left_out as f64),
            "told" => Some(told(true)),
            "untold" => Some(told(false)),
            "yen_per_dollar" => self.yen_per_dollar(),
            _ => None,
        }
    }
}

fn band_field(band: &Band, field: &str) -> Option<f64> {
    const FIELDS: [&str; 7] = ["q025", "q100", "q250", "q500", "q750", "q900", "q975"];
    if field == "mean" {
        return Some(band.mean);
    }
    Some(band.quantiles[FIELDS.iter().position(|known| *known == field)?])
}
