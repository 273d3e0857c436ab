//! When to stop adding replicates: `half_width(employees@2040, kobe) <= 2%`.

use std::fmt;

/// How narrow the interval must become.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Limit {
    /// In the unit of the metric.
    Absolute(f64),
    /// As a share of the baseline's mean.
    Relative(f64),
}

/// A stopping rule as typed, checked for its form only; `statistics` says when it is met.
#[derive(Debug, Clone, PartialEq)]
pub struct StoppingRule {
    /// Name of the metric.
    pub metric: String,
    /// Calendar year.
    pub year: i32,
    /// Id of the cluster, or `all`.
    pub cluster: String,
    /// Half of the width of the interval must not be above this.
    pub limit: Limit,
}

/// Before this many values nothing is said: normal values would not need it, but the early variances of skewed values
/// are often far too small, and that is when an interval that is looked at would miss.
pub const FIRST_LOOK: usize = 20;

/// A rule as an example.
pub(super) const FORM: &str = "half_width(employees@2040, kobe) <= 2%";

impl StoppingRule {
    /// Reads a rule of the form `half_width(METRIC@YEAR, CLUSTER) <= VALUE`, the value with `%` for a share of the
    /// baseline's mean and without for the unit of the metric.
    ///
    /// # Errors
    /// What is wrong, and the form that is expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = |what: String| format!("{what}; expected a rule such as `{FORM}`");
        let rest = text.trim().strip_prefix("half_width").map(str::trim_start).and_then(|rest| rest.strip_prefix('('));
        let rest = rest.ok_or_else(|| wrong("the rule does not begin with `half_width(`".to_owned()))?;
        let (inside, rest) = rest.split_once(')').ok_or_else(|| wrong("`)` is missing".to_owned()))?;
        let (what, cluster) =
            inside.split_once(',').ok_or_else(|| wrong(format!("`{inside}` names no cluster after a comma")))?;
        let (metric, year) =
            what.split_once('@').ok_or_else(|| wrong(format!("`{}` names no year after `@`", what.trim())))?;
        let year = year.trim();
        let year = year.parse().map_err(|_| wrong(format!("`{year}` is not a year")))?;
        let limit = rest.trim_start().strip_prefix("<=").ok_or_else(|| wrong("`<=` is missing".to_owned()))?.trim();
        let (number, percent) = match limit.strip_suffix('%') {
            Some(number) => (number.trim_end(), true),
            None => (limit, false),
        };
        let value: f64 = number.parse().map_err(|_| wrong(format!("`{limit}` is not a number")))?;
        if !(value > 0.0 && value.is_finite()) {
            return Err(wrong(format!("`{limit}` is not above 0: no number of replicates is enough")));
        }
        let limit = if percent { Limit::Relative(value / 100.0) } else { Limit::Absolute(value) };
        let (metric, cluster) = (metric.trim().to_owned(), cluster.trim().to_owned());
        if metric.is_empty() || cluster.is_empty() {
            return Err(wrong("the metric or the cluster is missing".to_owned()));
        }
        Ok(Self { metric, year, cluster, limit })
    }
}

/// The rule in one spelling, which [`StoppingRule::parse`] reads back.
impl fmt::Display for StoppingRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "half_width({}@{}, {}) <= ", self.metric, self.year, self.cluster)?;
        match self.limit {
            Limit::Absolute(value) => write!(f, "{value}"),
            Limit::Relative(share) => write!(f, "{}%", share * 100.0),
        }
    }
}
