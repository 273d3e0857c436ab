//! Which of the varied parameters matter: the outcome where a parameter is low against where it is high.

use crate::math::sqrt;

use super::comparison::CONFIDENCE;
use super::distributions::student_t_quantile;
use super::sample::Sample;

/// The outcome in the lower and in the upper half of the design points, by one parameter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Swing {
    /// Mean of the parameter over the lower half.
    pub low_at: f64,
    /// Mean of the parameter over the upper half.
    pub high_at: f64,
    /// Mean outcome over the lower half.
    pub low: f64,
    /// Mean outcome over the upper half.
    pub high: f64,
    /// Upper less lower.
    pub swing: f64,
    /// Lower bound of its 95 % interval.
    pub swing_low: f64,
    /// Upper bound of it.
    pub swing_high: f64,
}

/// Splits design points by the value of a parameter, `values`, at its median; points at the median are left out. The
/// other parameters vary in both halves, so what is found holds on average over them. `None` if a half has fewer than
/// two points.
///
/// # Source
/// The interval is Welch's (1947), "The generalization of Student's problem", Biometrika 34, 28-35.
///
/// # Panics
/// If there is not one outcome for each value.
#[must_use]
pub fn swing(values: &[f64], outcomes: &[f64]) -> Option<Swing> {
    assert_eq!(values.len(), outcomes.len(), "one outcome for each design point");
    let mut sorted: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let middle = crate::math::quantile_sorted(&sorted, 0.5)?;
    let half = |above: bool| -> (Vec<f64>, Vec<f64>) {
        let inside = |value: f64| if above { value > middle } else { value < middle };
        values.iter().zip(outcomes).filter(|(value, _)| inside(**value)).unzip()
    };
    let ((low_at, low), (high_at, high)) = (half(false), half(true));
    if low.len() < 2 || high.len() < 2 {
        return None;
    }
    let (a, b) = (Sample::of(&low), Sample::of(&high));
    let (part_a, part_b) = (a.variance / a.n as f64, b.variance / b.n as f64);
    let both = part_a + part_b;
    let swing = b.mean - a.mean;
    let reach = if both == 0.0 {
        0.0
    } else {
        let freedom = both * both / (part_a * part_a / (a.n as f64 - 1.0) + part_b * part_b / (b.n as f64 - 1.0));
        student_t_quantile(0.5 + CONFIDENCE / 2.0, freedom) * sqrt(both)
    };
    Some(Swing {
        low_at: Sample::of(&low_at).mean,
        high_at: Sample::of(&high_at).mean,
        low: a.mean,
        high: b.mean,
        swing,
        swing_low: swing - reach,
        swing_high: swing + reach,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_split_at_the_median() {
        let found = swing(&[1.0, 2.0, 3.0, 4.0, 5.0], &[10.0, 12.0, 99.0, 20.0, 22.0]).unwrap();
        assert_eq!((found.low_at, found.high_at, found.low, found.high, found.swing), (1.5, 4.5, 11.0, 21.0, 10.0));
        // Two and two values with variance 2 each: standard error sqrt(2), two degrees of freedom, t = 4.303.
        assert!((found.swing_high - 10.0 - 4.302_653 * 2.0_f64.sqrt()).abs() < 1e-4, "{found:?}");
        assert!(swing(&[1.0, 1.0, 1.0, 2.0], &[1.0, 2.0, 3.0, 4.0]).is_none());
    }
}
