//! What one more of something costs: the ratio of two mean differences.

use crate::math::sqrt;

use super::sample::{Sample, covariance};

/// A ratio of means, as far as the pairs can tell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Ratio {
    /// The denominator is above 0 beyond doubt.
    Known {
        /// Ratio of the means.
        value: f64,
        /// Lower bound.
        low: f64,
        /// Upper bound.
        high: f64,
    },
    /// The interval of the denominator holds 0: there may be nothing to divide by.
    CannotTell,
    /// The denominator is below 0 beyond doubt: there is less of it, not more.
    Falls,
}

/// Mean of `over` by mean of `under`, in step; `multiplier` is that of the interval of the means.
///
/// The interval takes into account that both vary together, and may be lopsided.
///
/// # Source
/// Fieller (1954), "Some problems in interval estimation", Journal of the Royal Statistical Society B 16, 175-185.
#[must_use]
pub fn ratio_of_means(over: &[f64], under: &[f64], multiplier: f64) -> Ratio {
    let (top, bottom) = (Sample::of(over), Sample::of(under));
    let n = over.len() as f64;
    // Equal values say nothing about the pairs in which they would differ, except that they are not 0.
    let reach = if bottom.variance == 0.0 { 0.0 } else { multiplier * bottom.error() };
    if bottom.mean + reach < 0.0 {
        return Ratio::Falls;
    }
    if bottom.mean - reach > 0.0 && multiplier.is_finite() {
        let square = multiplier * multiplier;
        let (var_top, var_bottom, both) = (top.variance / n, bottom.variance / n, covariance(over, under) / n);
        let a = bottom.mean * bottom.mean - square * var_bottom;
        let b = top.mean * bottom.mean - square * both;
        let c = top.mean * top.mean - square * var_top;
        let root = sqrt((b * b - a * c).max(0.0));
        return Ratio::Known { value: top.mean / bottom.mean, low: (b - root) / a, high: (b + root) / a };
    }
    // Not a number ends here too: a single pair, or an interval without end.
    Ratio::CannotTell
}
