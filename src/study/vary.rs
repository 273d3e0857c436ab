//! `[[vary]]`: what is varied, between which values, and how a coordinate becomes a value.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::de::DeValue;

use crate::scenario::registry::{Kind, registry};
use crate::scenario::{Judge, Uncertain, near_names};
use crate::units::CalendarMonth;

use super::distribution::Distribution;
use super::fields::{Fields, Value, number_of};

/// One dimension of a design.
#[derive(Debug, Clone, PartialEq)]
pub struct Vary {
    /// Path of the parameter, rule coefficient or event field.
    pub path: String,
    /// What it may be.
    pub range: Spread,
    /// Place in the study file; empty for what a scenario declares.
    pub span: Range<usize>,
}

/// The values of a dimension.
#[derive(Debug, Clone, PartialEq)]
pub enum Spread {
    /// These, as written.
    Values(Vec<String>),
    /// Numbers in a unit.
    Numbers {
        /// How they are spread.
        distribution: Distribution,
        /// Unit as written; empty for the registry's own.
        unit: String,
        /// Whole numbers only.
        whole: bool,
        /// Values of a grid.
        levels: Option<u32>,
        /// Least and greatest value that the parameter may have, in the same unit, where that is known.
        bounds: Option<[f64; 2]>,
    },
    /// Every month from the first to the last alike.
    Months {
        /// First.
        low: CalendarMonth,
        /// Last.
        high: CalendarMonth,
        /// Values of a grid.
        levels: Option<u32>,
    },
}

const DISTRIBUTIONS: [&str; 6] = ["uniform", "loguniform", "triangular", "normal", "lognormal", "beta"];

impl Vary {
    /// Reads one `[[vary]]`.
    pub(super) fn read(mut fields: Fields<'_>, judge: &mut Judge) -> Option<Self> {
        let path = fields.needed_text("path", judge);
        let values = fields.get("values");
        let (low, high) = (fields.get("low"), fields.get("high"));
        let levels = fields.whole("levels", [2, 100_000], judge).map(|n| n as u32);
        let dist = fields.text("dist", judge);
        let mut numbers = BTreeMap::new();
        for key in ["mode", "mean", "sd", "median", "sigma", "alpha", "beta"] {
            numbers.extend(fields.number(key, judge).map(|number| (key.to_owned(), number)));
        }
        let unit = fields.text("unit", judge).map(|(unit, _)| unit);
        let place = fields.place.clone();
        fields.finish(judge);
        let (path, span) = path?;
        if ["time.", "source.", "rate.", "currency."].iter().any(|form| path.starts_with(form)) {
            let fix = "vary a parameter, a rule's coefficient or an event's field; write the length as `months`";
            judge.error(span, format!("`{path}` cannot be varied"), "", fix);
            return None;
        }
        let range = match (values, low, high) {
            (Some(values), None, None) => Spread::Values(listed(values, judge)?),
            (None, Some(low), Some(high)) if month(low).is_some() => months(low, high, levels, judge)?,
            (None, low, high) => {
                for (key, value) in [("low", low), ("high", high)] {
                    if let Some(value) = value {
                        numbers.insert(key.to_owned(), bound(value, key, &unit, judge)?.0);
                    }
                }
                let own_unit = low.and_then(|low| bound(low, "low", &unit, judge)).map(|(_, unit)| unit);
                let unit = own_unit.or(unit).unwrap_or_default();
                let dist = dist.unwrap_or_else(|| ("uniform".to_owned(), place.clone()));
                let distribution =
                    distribution(&dist.0, &numbers, None).map_err(|m| judge_dist(judge, &dist, m)).ok()?;
                Spread::Numbers { distribution, whole: is_whole(&path), bounds: bounds(&path, &unit), unit, levels }
            }
            _ => {
                let fix = "write either `values = [...]`, or `low` and `high`";
                judge.error(place, "this table both lists values and gives a range", "", fix);
                return None;
            }
        };
        Some(Self { path, range, span })
    }

    /// What a scenario declares uncertain.
    pub(super) fn declared(declared: &Uncertain) -> Result<Self, String> {
        let distribution = distribution(&declared.dist, &declared.numbers, Some(declared.value))?;
        let (path, unit) = (declared.path.clone(), declared.unit.clone());
        let range =
            Spread::Numbers { distribution, whole: is_whole(&path), bounds: bounds(&path, &unit), unit, levels: None };
        Ok(Self { path, range, span: 0..0 })
    }

    /// The value at a coordinate strictly between 0 and 1, as TOML.
    #[must_use]
    pub fn at(&self, u: f64) -> String {
        let part = |n: usize| ((u * n as f64) as usize).min(n - 1);
        match &self.range {
            Spread::Values(values) => values[part(values.len())].clone(),
            Spread::Months { low, high, .. } => {
                let months = high.months_since(*low).max(0);
                let step = part(usize::try_from(months).unwrap_or(0) + 1);
                low.plus(i32::try_from(step).unwrap_or(0)).to_string()
            }
            Spread::Numbers { distribution, unit, whole, bounds, .. } => {
                let number = match distribution {
                    // Every whole number between the bounds has the same share.
                    Distribution::Uniform { low, high } if *whole => (low + u * (high - low + 1.0)).floor().min(*high),
                    _ if *whole => distribution.quantile(u).round(),
                    _ => distribution.quantile(u),
                };
                let [low, high] = bounds.unwrap_or([f64::NEG_INFINITY, f64::INFINITY]);
                written(number.clamp(low, high), unit, *whole)
            }
        }
    }

    /// The values of a grid; `None` if the study does not say how many.
    #[must_use]
    pub fn grid(&self) -> Option<Vec<String>> {
        match &self.range {
            Spread::Values(values) => Some(values.clone()),
            Spread::Months { low, high, levels } => {
                let months = high.months_since(*low).max(0) as f64;
                let at =
                    |i: u32, n: u32| low.plus((months * f64::from(i) / f64::from(n - 1)).round() as i32).to_string();
                levels.map(|n| (0..n).map(|i| at(i, n)).collect())
            }
            Spread::Numbers { distribution, unit, whole, levels, .. } => {
                let n = (*levels)?;
                let at = |i: u32| {
                    let share = f64::from(i) / f64::from(n - 1);
                    let number = match *distribution {
                        // The ends are exact: points come from their index, not from repeated addition.
                        Distribution::Uniform { low, high } => low * (1.0 - share) + high * share,
                        Distribution::Loguniform { low, .. } if i == 0 => low,
                        Distribution::Loguniform { high, .. } if i + 1 == n => high,
                        Distribution::Loguniform { .. } => distribution.quantile(share),
                        // Middles of parts of equal probability.
                        _ => distribution.quantile((f64::from(i) + 0.5) / f64::from(n)),
                    };
                    written(if *whole { number.round() } else { number }, unit, *whole)
                };
                Some((0..n).map(at).collect())
            }
        }
    }

    /// Values that show whether the scenario takes this dimension at all.
    pub(super) fn probes(&self) -> Vec<String> {
        match &self.range {
            Spread::Values(values) => values.clone(),
            _ => vec![self.at(1e-9), self.at(1.0 - 1e-9)],
        }
    }
}

fn judge_dist(judge: &mut Judge, dist: &(String, Range<usize>), message: String) {
    let fix = if DISTRIBUTIONS.contains(&dist.0.as_str()) {
        "uniform and loguniform need `low` and `high`, triangular also `mode`, normal `mean` and `sd`, lognormal \
         `median` and `sigma`, beta `alpha` and `beta`"
            .to_owned()
    } else {
        near_names(&dist.0, &DISTRIBUTIONS)
    };
    judge.error(dist.1.clone(), message, "", fix);
}

/// `value` stands in for the mean or median of what a scenario declares.
fn distribution(name: &str, numbers: &BTreeMap<String, f64>, value: Option<f64>) -> Result<Distribution, String> {
    let of = |key: &str| numbers.get(key).copied().ok_or_else(|| format!("the {name} distribution lacks `{key}`"));
    let centre = |key: &str| value.map_or_else(|| of(key), Ok);
    let made = match name {
        "uniform" => Distribution::Uniform { low: of("low")?, high: of("high")? },
        "loguniform" => Distribution::Loguniform { low: of("low")?, high: of("high")? },
        "triangular" => Distribution::Triangular { low: of("low")?, mode: of("mode")?, high: of("high")? },
        "normal" => Distribution::Normal { mean: centre("mean")?, sd: of("sd")? },
        "lognormal" => Distribution::Lognormal { median: centre("median")?, sigma: of("sigma")? },
        "beta" => Distribution::Beta { alpha: of("alpha")?, beta: of("beta")? },
        _ => return Err(format!("unknown distribution `{name}`")),
    };
    made.fault().map_or(Ok(made), |fault| Err(format!("the {name} distribution is wrong: {fault}")))
}

fn is_whole(path: &str) -> bool {
    registry().find(path).is_some_and(|parameter| parameter.kind.is_whole())
}

/// The registry's range, where the value is in the registry's own unit; elsewhere a value outside is a failed point.
fn bounds(path: &str, unit: &str) -> Option<[f64; 2]> {
    let parameter = registry().find(path).filter(|p| p.kind.is_numeric() && p.kind != Kind::Any)?;
    (unit.is_empty() || unit == parameter.unit).then_some(parameter.range).flatten()
}

/// As TOML: a bare number, or a text with its unit.
fn written(number: f64, unit: &str, whole: bool) -> String {
    let number = number + 0.0;
    let digits = if whole { format!("{number:.0}") } else { format!("{number:?}") };
    if unit.is_empty() { digits } else { format!("\"{digits} {unit}\"") }
}

/// A bound as number and unit.
fn bound(value: Value<'_>, key: &str, unit: &Option<String>, judge: &mut Judge) -> Option<(f64, String)> {
    if let Some(number) = number_of(value) {
        return Some((number, unit.clone().unwrap_or_default()));
    }
    if let DeValue::String(text) = value.get_ref()
        && let Some((digits, rest)) = text.trim().split_once(' ')
        && let Ok(number) = digits.replace('_', "").parse::<f64>()
        && number.is_finite()
    {
        return Some((number, rest.trim().to_owned()));
    }
    super::fields::wrong(value, key, "a number, a number with a unit such as \"6 %/year\", or a month", judge);
    None
}

fn month(value: Value<'_>) -> Option<CalendarMonth> {
    match value.get_ref() {
        DeValue::Datetime(date) => date.to_string().parse().ok(),
        DeValue::String(text) => text.parse().ok(),
        _ => None,
    }
}

fn months(low: Value<'_>, high: Value<'_>, levels: Option<u32>, judge: &mut Judge) -> Option<Spread> {
    match (month(low), month(high)) {
        (Some(first), Some(last)) if first < last => Some(Spread::Months { low: first, high: last, levels }),
        _ => {
            super::fields::wrong(high, "high", "a later month such as 2030-04-01", judge);
            None
        }
    }
}

/// The values of a list as TOML.
fn listed(values: Value<'_>, judge: &mut Judge) -> Option<Vec<String>> {
    let DeValue::Array(items) = values.get_ref() else {
        super::fields::wrong(values, "values", "a list of values", judge);
        return None;
    };
    if items.is_empty() {
        super::fields::wrong(values, "values", "a list of at least one value", judge);
        return None;
    }
    let texts = items.iter().map(|item| match item.get_ref() {
        DeValue::String(text) => Some(toml::Value::String(text.to_string()).to_string()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix()).ok().map(|n| n.to_string()),
        DeValue::Float(number) => Some(number.as_str().to_owned()),
        DeValue::Boolean(flag) => Some(flag.to_string()),
        DeValue::Datetime(date) => Some(date.to_string()),
        DeValue::Array(_) | DeValue::Table(_) => None,
    });
    let texts: Option<Vec<String>> = texts.collect();
    if texts.is_none() {
        super::fields::wrong(values, "values", "numbers, texts, dates or flags", judge);
    }
    texts
}
