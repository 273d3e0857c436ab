//! Many comparisons at once.

/// Holm's adjusted p-values, in the order given: those at or below `alpha` may all be claimed, and the probability that
/// any of these claims is wrong is at most `alpha`, however the comparisons depend on each other.
///
/// Never larger than Bonferroni's. Values that are not numbers count as 1.
///
/// # Source
/// Holm (1979), "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6, 65-70.
///
/// ```
/// assert_eq!(trihelix::statistics::holm(&[0.01, 0.5, 0.02]), [0.03, 0.5, 0.04]);
/// ```
#[must_use]
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let value = |at: usize| if p_values[at].is_nan() { 1.0 } else { p_values[at] };
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|a, b| value(*a).total_cmp(&value(*b)).then(a.cmp(b)));
    let mut adjusted = vec![1.0; p_values.len()];
    let mut least = 0.0_f64;
    for (rank, &at) in order.iter().enumerate() {
        least = least.max((p_values.len() - rank) as f64 * value(at)).min(1.0);
        adjusted[at] = least;
    }
    adjusted
}
