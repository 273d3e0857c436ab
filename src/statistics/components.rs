//! How much of the spread comes from the parameters and how much from chance.

use crate::math::sum_in_order;

use super::distributions::f_quantile;
use super::sample::Sample;

/// Variance between design points and variance between the replicates of a point, in the squared unit of the values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Components {
    /// Number of design points.
    pub points: usize,
    /// Number of values.
    pub values: usize,
    /// Variance that the parameters cause; never below 0.
    pub parameters: f64,
    /// Variance that chance causes at a point.
    pub chance: f64,
    /// Share of the parameters in the whole, in [0, 1]; not a number if nothing varies.
    pub share: f64,
    /// Lower bound of its 95 % interval.
    pub share_low: f64,
    /// Upper bound of its 95 % interval.
    pub share_high: f64,
    /// F statistic: mean square between points over mean square within.
    pub f: f64,
}

/// Splits the variance of replicates at design points by a one-way analysis of variance with random effects.
///
/// Points may have different numbers of replicates; the interval is exact for equal numbers and normal values, and
/// approximate otherwise. `None` below two points, or if no point has two replicates.
///
/// # Source
/// Searle, Casella and McCulloch (1992), "Variance Components", chapter 3.
#[must_use]
pub fn components(points: &[Vec<f64>]) -> Option<Components> {
    let groups: Vec<Sample> = points.iter().filter(|p| !p.is_empty()).map(|p| Sample::of(p)).collect();
    let count = groups.len();
    let values: usize = groups.iter().map(|group| group.n).sum();
    if count < 2 || values <= count {
        return None;
    }
    let sizes: Vec<f64> = groups.iter().map(|group| group.n as f64).collect();
    let total = values as f64;
    let weighted: Vec<f64> = groups.iter().map(|group| group.n as f64 * group.mean).collect();
    let mean = sum_in_order(&weighted) / total;
    let between: Vec<f64> =
        groups.iter().map(|group| group.n as f64 * (group.mean - mean) * (group.mean - mean)).collect();
    let within: Vec<f64> =
        groups.iter().filter(|group| group.n > 1).map(|group| (group.n as f64 - 1.0) * group.variance).collect();
    let (over, under) = (count as f64 - 1.0, total - count as f64);
    let (mean_between, chance) = (sum_in_order(&between) / over, sum_in_order(&within) / under);
    let squares: Vec<f64> = sizes.iter().map(|size| size * size).collect();
    // The size that equal points would have; equal to the mean size if they are equal.
    let size = (total - sum_in_order(&squares) / total) / over;
    let parameters = ((mean_between - chance) / size).max(0.0);
    let f = mean_between / chance;
    let share_at = |quantile: f64| {
        let ratio = f / f_quantile(quantile, over, under);
        if ratio.is_infinite() { 1.0 } else { ((ratio - 1.0) / (ratio - 1.0 + size)).clamp(0.0, 1.0) }
    };
    Some(Components {
        points: count,
        values,
        parameters,
        chance,
        share: parameters / (parameters + chance),
        share_low: share_at(0.975),
        share_high: share_at(0.025),
        f,
    })
}
