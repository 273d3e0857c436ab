//! An interval for a mean that may be looked at after every value.
//!
//! A t interval holds its 95 % at one size chosen beforehand. Whoever looks after every replicate and stops when it suits
//! sees it miss far more often. The interval here holds at all sizes at once: over endless looking the probability of
//! ever missing is at most `1 - confidence`.
//!
//! It collects the means that a sequential t-test does not reject: the likelihood ratio of the t statistic under effects
//! drawn from a normal distribution, in units of the unknown standard deviation, against the effect 0. That ratio is a
//! martingale, which by Ville's inequality exceeds `1 / alpha` with probability at most `alpha`. This is exact for
//! normal values of any unknown variance.
//!
//! Skewed values and rare events break it in one way: the long tail has not shown up yet, so both the mean and its error
//! come out too small together. Against that each bound is also taken from the sample to which its most extreme value
//! on that side has been added [`GUARD`] times more, and the wider one counts: what has been seen once might have been
//! seen a few times more by now. It keeps the promise for normal values, as the interval only grows, and its cost fades
//! with the number of values. `tests/statistics.rs` measures how often the truth stays inside.

use crate::math::{exp, ln, sqrt};
pub use crate::study::FIRST_LOOK;

use super::sample::Sample;

/// Inverse variance of the effects that the test expects, in standard deviations: the interval is tightest, compared
/// with that of a fixed size, near 65 values. A smaller number would allow earlier verdicts, but skewed values would
/// then be covered less often.
const PRECISION: f64 = 8.0;

/// How often the most extreme value is added. With none, rare events are covered at 90 % in place of 95 %; with one,
/// values with a skewness of six at 91 %; with two, all that were tried at more than 94 %.
pub const GUARD: usize = 2;

/// The interval for the mean of these values, without end below [`FIRST_LOOK`].
///
/// Values that are all equal give an interval of no width: they say nothing of the cases in which they would differ.
///
/// ```
/// use trihelix::statistics::anytime_interval;
/// let rare = [[0.0; 39].as_slice(), &[1.0]].concat();
/// let (low, high) = anytime_interval(&rare, 0.95);
/// // One case in forty: the plain interval would end at 0.106.
/// assert!(low < 0.0 && high > 0.15);
/// ```
#[must_use]
pub fn anytime_interval(values: &[f64], confidence: f64) -> (f64, f64) {
    let sample = Sample::of(values);
    if sample.n < FIRST_LOOK {
        return (f64::NEG_INFINITY, f64::INFINITY);
    }
    let (least, most) = extremes(values);
    let half = |sample: &Sample| match sample.error() {
        0.0 => 0.0,
        error => anytime_multiplier(sample.n, confidence) * error,
    };
    let (low, high) = (sample.with(least, GUARD), sample.with(most, GUARD));
    let half_plain = half(&sample);
    ((sample.mean - half_plain).min(low.mean - half(&low)), (sample.mean + half_plain).max(high.mean + half(&high)))
}

/// The smallest `alpha` at which [`anytime_interval`] leaves 0 out: a p-value that may be looked at after every value.
#[must_use]
pub fn anytime_p_value(values: &[f64]) -> f64 {
    let sample = Sample::of(values);
    if sample.n < FIRST_LOOK || sample.mean == 0.0 {
        return 1.0;
    }
    let (least, most) = extremes(values);
    let side = if sample.mean > 0.0 { least } else { most };
    let guarded = sample.with(side, GUARD);
    if guarded.mean == 0.0 || (guarded.mean > 0.0) != (sample.mean > 0.0) {
        return 1.0;
    }
    let of = |sample: &Sample| likelihood_p_value(sample.n, sample.mean.abs() / sample.error());
    of(&sample).max(of(&guarded))
}

fn extremes(values: &[f64]) -> (f64, f64) {
    values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(*value), high.max(*value)))
}

/// By how many standard errors the interval for normal values reaches to each side after `n` of them; infinite below
/// [`FIRST_LOOK`], and at high confidence also a little above it.
///
/// # Source
/// Lindon, Ham, Tingley and Bojinov (2022), "Anytime-valid linear models and regression adjusted causal inference in
/// randomized experiments", arXiv:2210.08589; Wang and Ramdas (2023), "Anytime-valid t-tests and confidence sequences
/// for Gaussian means with unknown variance", arXiv:2310.03722.
///
/// ```
/// use trihelix::statistics::anytime_multiplier;
/// assert!(anytime_multiplier(10, 0.95).is_infinite());
/// assert!(anytime_multiplier(1000, 0.95) < 4.0);
/// ```
#[must_use]
pub fn anytime_multiplier(n: usize, confidence: f64) -> f64 {
    if n < FIRST_LOOK {
        return f64::INFINITY;
    }
    let alpha = 1.0 - confidence;
    let size = n as f64;
    let shrink = PRECISION / (PRECISION + size);
    // The ratio equals 1/alpha where (1 + x) / (1 + shrink x) equals this bound; x is the squared t over n - 1.
    let bound = exp(-(2.0 * ln(alpha) + ln(shrink)) / size);
    let slope = 1.0 - bound * shrink;
    if slope <= 0.0 { f64::INFINITY } else { sqrt((size - 1.0) * (bound - 1.0) / slope) }
}

/// The smallest `alpha` at which `distance` standard errors are beyond [`anytime_multiplier`] after `n` values.
#[must_use]
pub fn likelihood_p_value(n: usize, distance: f64) -> f64 {
    if n < FIRST_LOOK {
        return 1.0;
    }
    let size = n as f64;
    let shrink = PRECISION / (PRECISION + size);
    let x = distance * distance / (size - 1.0);
    let ratio = if x.is_finite() { (1.0 + x) / (1.0 + shrink * x) } else { 1.0 / shrink };
    exp(-(0.5 * ln(shrink) + 0.5 * size * ln(ratio))).min(1.0)
}
