//! Mean and spread of one sample, with the Monte Carlo error of the mean.

use crate::math::{sqrt, sum_in_order};

/// Moments of a sample, in the unit of its values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// Number of values.
    pub n: usize,
    /// Arithmetic mean; not a number of an empty sample.
    pub mean: f64,
    /// Variance with `n - 1` in the denominator; not a number below two values.
    pub variance: f64,
}

impl Sample {
    /// Moments of values in their order, in two passes: no digits are lost when the mean is large.
    #[must_use]
    pub fn of(values: &[f64]) -> Self {
        let n = values.len();
        if n == 0 {
            return Self { n, mean: f64::NAN, variance: f64::NAN };
        }
        let first = values[0];
        if values.iter().all(|value| *value == first) {
            // The mean of equal values is that value, to the last bit, and their spread is nothing at all.
            return Self { n, mean: first, variance: if n < 2 { f64::NAN } else { 0.0 } };
        }
        let mean = sum_in_order(values) / n as f64;
        let squares: Vec<f64> = values.iter().map(|value| (value - mean) * (value - mean)).collect();
        Self { n, mean, variance: sum_in_order(&squares) / (n as f64 - 1.0) }
    }

    /// The moments after `value` has been added `copies` times more.
    #[must_use]
    pub(super) fn with(&self, value: f64, copies: usize) -> Self {
        let (old, new) = (self.n as f64, copies as f64);
        let n = self.n + copies;
        let mean = (old * self.mean + new * value) / n as f64;
        let (shift, beyond) = (self.mean - mean, value - mean);
        let squares = (old - 1.0) * self.variance + old * shift * shift + new * beyond * beyond;
        // Equal values stay equal to the last bit.
        if self.variance == 0.0 && value == self.mean {
            return Self { n, ..*self };
        }
        Self { n, mean, variance: squares / (n as f64 - 1.0) }
    }

    /// Standard deviation.
    #[must_use]
    pub fn deviation(&self) -> f64 {
        sqrt(self.variance)
    }

    /// Monte Carlo standard error of the mean.
    #[must_use]
    pub fn error(&self) -> f64 {
        sqrt(self.variance / self.n as f64)
    }
}

/// Covariance with `n - 1` in the denominator of two samples in step; not a number below two values.
pub(super) fn covariance(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len(), "samples in step have the same length");
    let (mean_a, mean_b) = (Sample::of(a).mean, Sample::of(b).mean);
    let products: Vec<f64> = a.iter().zip(b).map(|(a, b)| (a - mean_a) * (b - mean_b)).collect();
    if a.len() < 2 { f64::NAN } else { sum_in_order(&products) / (a.len() as f64 - 1.0) }
}
