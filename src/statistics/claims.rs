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

/// On which side of the value the mean must lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `>` or `>=`.
    Above,
    /// `<` or `<=`.
    Below,
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
    /// As typed: `>`, `>=`, `<` or `<=`.
    pub op: String,
    /// Side.
    pub operator: Operator,
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

impl Claim {
    /// Judges the claim by the values of its quantity over the replicates.
    #[must_use]
    pub fn judge(&self, values: &[f64], look: Look) -> Statement {
        let sample = Sample::of(values);
        // Two bounds, each of which may be wrong with probability 1 - confidence; the sequential interval is two-sided
        // already, and wide enough for either side.
        let multiplier = match look {
            Look::Once => look.multiplier(sample.n, 2.0 * self.confidence - 1.0),
            Look::AfterEvery => look.multiplier(sample.n, self.confidence),
        };
        let half = if sample.variance == 0.0 { 0.0 } else { multiplier * sample.error() };
        let half = if half.is_nan() { f64::INFINITY } else { half };
        let (low, high) = (sample.mean - half, sample.mean + half);
        let strict = !self.op.ends_with('=');
        let above = |bound: f64| if strict { bound > self.value } else { bound >= self.value };
        let below = |bound: f64| if strict { bound < self.value } else { bound <= self.value };
        let (holds, fails) = match self.operator {
            Operator::Above => (above(low), !above(high)),
            Operator::Below => (below(high), !below(low)),
        };
        let verdict = match (holds, fails) {
            (true, _) => Verdict::Pass,
            (_, true) => Verdict::Fail,
            _ => Verdict::Inconclusive,
        };
        Statement { verdict, mean: sample.mean, low, high }
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
        let quantity = match written.of.as_ref().map_or("difference", |of| of.get_ref()) {
            "difference" => Some(Quantity::Difference),
            "policy" => Some(Quantity::Policy),
            "baseline" => Some(Quantity::Baseline),
            _ => None,
        };
        let operator = match written.op.get_ref().as_str() {
            ">" | ">=" => Some(Operator::Above),
            "<" | "<=" => Some(Operator::Below),
            _ => None,
        };
        if let (None, Some(of)) = (quantity, &written.of) {
            let what = format!("`{}`: expected \"difference\", \"policy\" or \"baseline\"", of.get_ref());
            problems.push(at(of.span().start, &what));
        }
        if operator.is_none() {
            let what = format!("`{}`: expected \">\", \">=\", \"<\" or \"<=\"", written.op.get_ref());
            problems.push(at(written.op.span().start, &what));
        }
        if !written.value.get_ref().is_finite() {
            problems.push(at(written.value.span().start, "expected a finite number"));
        }
        let confidence = written.confidence.as_ref().map_or(0.95, |confidence| *confidence.get_ref());
        if let Some(typed) = &written.confidence
            && !(0.5..1.0).contains(&confidence)
        {
            let what = format!("confidence {confidence}: expected a probability from 0.5 to below 1");
            problems.push(at(typed.span().start, &what));
        }
        if let (Some(quantity), Some(operator)) = (quantity, operator) {
            claims.push(Claim {
                name: written.name,
                policy: written.policy,
                metric: written.metric,
                cluster: written.cluster,
                year: written.at,
                quantity,
                op: written.op.into_inner(),
                operator,
                value: written.value.into_inner(),
                confidence,
                line,
            });
        }
    }
    if problems.is_empty() { Ok(claims) } else { Err(problems) }
}

fn line_of(text: &str, offset: usize) -> usize {
    text.get(..offset).unwrap_or(text).matches('\n').count() + 1
}
