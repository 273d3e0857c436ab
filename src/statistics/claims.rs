//! Claims: what a user expects of a comparison, stated before it is run, and whether the replicates bear it out.

use serde::Deserialize;
use toml::Spanned;

use super::paired::Look;
use super::sample::Sample;

/// What a claim is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    /// Policy less baseline, pair by pair.
    Difference,
    /// The mean under the policy.
    Policy,
    /// The mean of the baseline.
    Baseline,
}

/// One `[[expect]]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// Title for reports, if any.
    pub name: Option<String>,
    /// Name of the policy; every policy if there is none.
    pub policy: Option<String>,
    /// Name of the metric.
    pub metric: String,
    /// Id of the cluster, or `all`.
    pub cluster: String,
    /// Calendar year.
    pub year: i32,
    /// Difference or level.
    pub quantity: Quantity,
    /// How the mean compares with the value: `>`, `>=`, `<` or `<=`.
    pub op: String,
    /// The value, in the unit of the metric.
    pub value: f64,
    /// Probability with which pass and fail must be right, in [0.5, 1).
    pub confidence: f64,
    /// Line of the file.
    pub line: usize,
}

/// Whether a claim holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The whole one-sided interval lies on the claimed side.
    Pass,
    /// The whole one-sided interval lies on the other side.
    Fail,
    /// The value lies inside: more replicates are needed.
    Inconclusive,
}

/// A claim that was judged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Statement {
    /// Whether it holds.
    pub verdict: Verdict,
    /// Mean of the sample.
    pub mean: f64,
    /// Lower one-sided bound at the claim's confidence.
    pub low: f64,
    /// Upper one-sided bound at the claim's confidence.
    pub high: f64,
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
    let multiplier = match look {
        Look::Once => look.multiplier(sample.n, 2.0 * confidence - 1.0).max(0.0),
        Look::AfterEvery => look.multiplier(sample.n, confidence),
    };
    let half = if sample.variance == 0.0 { 0.0 } else { multiplier * sample.error() };
    let half = if half.is_nan() { f64::INFINITY } else { half };
    let (low, high) = (sample.mean - half, sample.mean + half);
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

impl Claim {
    /// Judges the claim by the values of its quantity over the replicates.
    #[must_use]
    pub fn judge(&self, values: &[f64], look: Look) -> Statement {
        judge(values, &self.op, self.value, self.confidence, look)
    }

    /// The claim in one line, for reports that give it no title.
    #[must_use]
    pub fn text(&self) -> String {
        let of = match self.quantity {
            Quantity::Difference => "change of ",
            Quantity::Policy => "",
            Quantity::Baseline => "baseline ",
        };
        format!("{of}{}@{}, {} {} {}", self.metric, self.year, self.cluster, self.op, self.value)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    expect: Vec<Spanned<Written>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: Option<String>,
    policy: Option<String>,
    metric: String,
    cluster: String,
    at: i32,
    of: Option<Spanned<String>>,
    op: Spanned<String>,
    value: Spanned<f64>,
    confidence: Option<Spanned<f64>>,
}

/// Reads the claims of a file. `file` is its name in messages.
///
/// # Errors
/// Every problem, each as `file:line:column: what, and what was expected`.
pub fn claims_from_toml(text: &str, file: &str) -> Result<Vec<Claim>, Vec<String>> {
    let at = |offset: usize, what: &str| {
        let before = text.get(..offset).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        format!("{file}:{}:{}: {what}", line_of(text, offset), before[line_start..].chars().count() + 1)
    };
    let parsed: File = toml::from_str(text).map_err(|error| {
        let offset = error.span().map_or(0, |span| span.start);
        vec![at(offset, error.message().trim_end())]
    })?;
    let mut problems = Vec::new();
    if parsed.expect.is_empty() {
        problems.push(at(0, "no claim; expected at least one [[expect]] with metric, cluster, at, op and value"));
    }
    let mut claims = Vec::new();
    for written in parsed.expect {
        let line = line_of(text, written.span().start);
        let written = written.into_inner();
        problems.extend(problems_of(&written).into_iter().map(|(offset, what)| at(offset, &what)));
        claims.push(Claim {
            quantity: written.quantity().unwrap_or(Quantity::Difference),
            name: written.name,
            policy: written.policy,
            metric: written.metric,
            cluster: written.cluster,
            year: written.at,
            op: written.op.into_inner(),
            value: written.value.into_inner(),
            confidence: written.confidence.map_or(0.95, Spanned::into_inner),
            line,
        });
    }
    if problems.is_empty() { Ok(claims) } else { Err(problems) }
}

impl Written {
    fn quantity(&self) -> Option<Quantity> {
        match self.of.as_ref().map_or("difference", |of| of.get_ref()) {
            "difference" => Some(Quantity::Difference),
            "policy" => Some(Quantity::Policy),
            "baseline" => Some(Quantity::Baseline),
            _ => None,
        }
    }
}

/// What is wrong with a claim, each with its place in the file.
fn problems_of(written: &Written) -> Vec<(usize, String)> {
    let mut problems = Vec::new();
    if let (None, Some(of)) = (written.quantity(), &written.of) {
        let what = format!("`{}`: expected \"difference\", \"policy\" or \"baseline\"", of.get_ref());
        problems.push((of.span().start, what));
    }
    let op = written.op.get_ref();
    if ![">", ">=", "<", "<="].contains(&op.as_str()) {
        problems.push((written.op.span().start, format!("`{op}`: expected \">\", \">=\", \"<\" or \"<=\"")));
    }
    if !written.value.get_ref().is_finite() {
        problems.push((written.value.span().start, "expected a finite number".to_owned()));
    }
    if let Some(confidence) = &written.confidence
        && !(0.5..1.0).contains(confidence.get_ref())
    {
        let what = format!("confidence {}: expected a probability from 0.5 to below 1", confidence.get_ref());
        problems.push((confidence.span().start, what));
    }
    problems
}

fn line_of(text: &str, offset: usize) -> usize {
    text.get(..offset).unwrap_or(text).matches('\n').count() + 1
}
