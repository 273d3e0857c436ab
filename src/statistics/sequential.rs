//! An interval for a mean that may be looked at after every value.
//!
//! A t interval holds its 95 % at one size chosen beforehand. Whoever looks after every replicate and stops when it suits
//! sees it miss far more often. The interval here holds at all sizes at once: over endless looking the probability of
//! ever missing is at most `1 - confidence`.
//!
//! It collects the means that a sequential t-test does not reject: the likelihood ratio of the t statistic under effects
//! drawn from a normal distribution, in units of the unknown standard deviation, against the effect 0. That ratio is a
//! martingale, which by Ville's inequality exceeds `1 / alpha` with probability at most `alpha`. This is exact for
//! normal values of any unknown variance and approximate for others; strongly skewed values and rare events are covered
//! less often, as `tests/statistics.rs` measures.

use crate::math::{exp, ln, sqrt};

/// Inverse variance of the effects that the test expects, in standard deviations: the interval is tightest, compared
/// with that of a fixed size, near 65 values. A smaller number would allow earlier verdicts, but skewed values would
/// then be covered less often.
const PRECISION: f64 = 8.0;

/// Before this many values nothing is said: normal values would not need it, but the early variances of skewed values
/// are often far too small, and that is when the interval would miss.
pub const FIRST_LOOK: usize = 16;

/// By how many standard errors the interval reaches to each side after `n` values; infinite below
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

/// The smallest `alpha` at which the interval after `n` values, whose mean lies `distance` standard errors from 0,
/// leaves 0 out: a p-value that may be looked at after every value.
#[must_use]
pub fn anytime_p_value(n: usize, distance: f64) -> f64 {
    if n < FIRST_LOOK {
        return 1.0;
    }
    let size = n as f64;
    let shrink = PRECISION / (PRECISION + size);
    let x = distance * distance / (size - 1.0);
    let ratio = if x.is_finite() { (1.0 + x) / (1.0 + shrink * x) } else { 1.0 / shrink };
    exp(-(0.5 * ln(shrink) + 0.5 * size * ln(ratio))).min(1.0)
}
