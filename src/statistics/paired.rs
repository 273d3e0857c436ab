//! Policy less baseline, pair by pair: both runs of a pair share their random numbers, so only the policy differs.

use crate::math::{normal_quantile, sqrt};

use super::distributions::{student_t_quantile, student_t_tails};
use super::sample::Sample;
use super::sequential::{anytime_interval, anytime_multiplier, anytime_p_value};

/// When an interval is looked at, which decides how wide it must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// Once, at a number of replicates chosen beforehand: Student's interval.
    Once,
    /// After every replicate, to stop when it suits: [`anytime_interval`].
    AfterEvery,
}

impl Look {
    /// By how many standard errors the two-sided interval for normal values reaches to each side after `n` of them.
    #[must_use]
    pub fn multiplier(self, n: usize, confidence: f64) -> f64 {
        match self {
            Self::Once if n < 2 => f64::INFINITY,
            Self::Once => student_t_quantile(0.5 + confidence / 2.0, n as f64 - 1.0),
            Self::AfterEvery => anytime_multiplier(n, confidence),
        }
    }

    /// The two-sided interval for the mean of values whose moments are `sample`; without end where nothing can be said.
    #[must_use]
    pub fn interval(self, values: &[f64], sample: &Sample, confidence: f64) -> (f64, f64) {
        if self == Self::AfterEvery {
            return anytime_interval(values, confidence);
        }
        if sample.n < 2 {
            return (f64::NEG_INFINITY, f64::INFINITY);
        }
        let multiplier = self.multiplier(sample.n, confidence);
        // Equal values leave no width, even of an interval that is infinitely many errors wide.
        let half = if sample.error() == 0.0 { 0.0 } else { multiplier * sample.error() };
        let half = if half.is_nan() { f64::INFINITY } else { half };
        (sample.mean - half, sample.mean + half)
    }

    /// Two-sided p-value of the mean of these values against 0.
    fn p_value(self, values: &[f64], sample: &Sample) -> f64 {
        let distance = if sample.mean == 0.0 { 0.0 } else { sample.mean.abs() / sample.error() };
        match self {
            _ if sample.n < 2 || distance.is_nan() => 1.0,
            Self::Once => student_t_tails(distance, sample.n as f64 - 1.0),
            Self::AfterEvery => anytime_p_value(values),
        }
    }
}

/// A share with a 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share {
    /// The share, in [0, 1].
    pub share: f64,
    /// Lower bound.
    pub low: f64,
    /// Upper bound.
    pub high: f64,
}

/// A policy against its baseline in one metric, cluster and year; all in the unit of the metric unless said otherwise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Paired {
    /// Number of pairs.
    pub n: usize,
    /// Mean of the baseline.
    pub baseline: f64,
    /// Mean difference, policy less baseline.
    pub mean: f64,
    /// Its Monte Carlo standard error.
    pub error: f64,
    /// Lower bound of its interval.
    pub low: f64,
    /// Upper bound of its interval.
    pub high: f64,
    /// Two-sided p-value against no difference.
    pub p_value: f64,
    /// Share of pairs in which the policy is above the baseline; a tie counts half.
    pub above: Share,
    /// How many times the replicates that independent seeds would need for the same error: the sum of both variances
    /// over the variance of the difference. Infinite if all differences are equal, not a number if nothing varies.
    pub variance_reduction: f64,
}

impl Paired {
    /// Compares values in step, with intervals of this confidence.
    ///
    /// # Panics
    /// If the samples differ in length.
    #[must_use]
    pub fn of(baseline: &[f64], policy: &[f64], look: Look, confidence: f64) -> Self {
        assert_eq!(baseline.len(), policy.len(), "pairs need two values each");
        let n = baseline.len();
        let differences: Vec<f64> = policy.iter().zip(baseline).map(|(policy, baseline)| policy - baseline).collect();
        let (a, b, difference) = (Sample::of(baseline), Sample::of(policy), Sample::of(&differences));
        let (low, high) = look.interval(&differences, &difference, confidence);
        let wins: f64 =
            differences.iter().map(|d| if *d > 0.0 { 1.0 } else { f64::from(u8::from(*d == 0.0)) / 2.0 }).sum();
        Self {
            n,
            baseline: a.mean,
            mean: difference.mean,
            error: difference.error(),
            low,
            high,
            p_value: look.p_value(&differences, &difference),
            above: wilson(wins, n),
            variance_reduction: (a.variance + b.variance) / difference.variance,
        }
    }

    /// Whether the interval holds 0, so that the sign of the difference cannot be told.
    #[must_use]
    pub fn holds_zero(&self) -> bool {
        self.low <= 0.0 && self.high >= 0.0
    }

    /// Whether every pair gave the same difference: the interval then has no width and says nothing of rare cases.
    #[must_use]
    pub fn never_varies(&self) -> bool {
        self.error == 0.0
    }
}

/// A share of `n` trials with its 95 % interval. With ties counted half it is too wide rather than too narrow.
///
/// # Source
/// Wilson (1927), "Probable inference, the law of succession, and statistical inference", JASA 22, 209-212.
#[must_use]
pub fn wilson(successes: f64, n: usize) -> Share {
    if n == 0 {
        return Share { share: f64::NAN, low: 0.0, high: 1.0 };
    }
    let size = n as f64;
    let share = successes / size;
    let z = normal_quantile(0.975);
    let shrink = 1.0 + z * z / size;
    let middle = (share + z * z / (2.0 * size)) / shrink;
    let half = z / shrink * sqrt(share * (1.0 - share) / size + z * z / (4.0 * size * size));
    let low = if successes <= 0.0 { 0.0 } else { (middle - half).max(0.0) };
    let high = if successes >= size { 1.0 } else { (middle + half).min(1.0) };
    Share { share, low, high }
}
