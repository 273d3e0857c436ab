//! When to stop adding replicates: `half_width(employees@2040, kobe) <= 2%`.

use super::paired::Paired;

/// How narrow the interval must become.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Limit {
    /// In the unit of the metric.
    Absolute(f64),
    /// As a share of the baseline's mean.
    Relative(f64),
}

/// A stopping rule as typed, checked for its form only.
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

const FORM: &str = "half_width(employees@2040, kobe) <= 2%";

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

    /// Whether the interval is narrow enough. Differences that are all equal have no width to judge: more are needed.
    #[must_use]
    pub fn is_met(&self, paired: &Paired) -> bool {
        let limit = match self.limit {
            Limit::Absolute(limit) => limit,
            Limit::Relative(share) => share * paired.baseline.abs(),
        };
        !paired.never_varies() && (paired.high - paired.low) / 2.0 <= limit
    }
}
