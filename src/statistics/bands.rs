//! Medians and central bands over replicates, selected exactly, each with its Monte Carlo error.

use crate::math::{quantile_sorted, sqrt, sum_in_order};

use super::distributions::incomplete_beta;
use super::sample::Sample;

/// Shares of the replicates that the central bands hold.
pub const LEVELS: [f64; 3] = [0.5, 0.8, 0.95];
/// The quantiles of a band in their order: lower edges from the outermost, median, upper edges to the outermost.
const QUANTILES: [f64; 7] = [0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975];

/// Mean, median and bands of one quantity over replicates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Band {
    /// Number of replicates.
    pub n: usize,
    /// Mean.
    pub mean: f64,
    /// Standard error of the mean.
    pub mean_error: f64,
    /// Quantiles 2.5, 10, 25, 50, 75, 90 and 97.5 %.
    pub quantiles: [f64; 7],
    /// Their standard errors; not a number where fewer than one replicate is expected beyond the quantile, and the
    /// sample therefore cannot tell.
    pub errors: [f64; 7],
}

impl Band {
    /// Median.
    #[must_use]
    pub fn median(&self) -> f64 {
        self.quantiles[3]
    }

    /// Standard error of the median.
    #[must_use]
    pub fn median_error(&self) -> f64 {
        self.errors[3]
    }

    /// Lower and upper edge of the band of [`LEVELS`]`[level]`.
    ///
    /// # Panics
    /// If there is no such level.
    #[must_use]
    pub fn edges(&self, level: usize) -> (f64, f64) {
        (self.quantiles[2 - level], self.quantiles[4 + level])
    }
}

impl Band {
    /// The band of replicates at several design points, which share their chance: replicate `k` of every point draws from
    /// the same streams, so the cells are not independent. The error of the mean is then that of the means of the
    /// replicates over the points, and the errors of the quantiles grow as that of the mean does (never shrink).
    ///
    /// With one replicate there is nothing to tell chance by: the cells count as independent.
    ///
    /// # Source
    /// Kish (1965), "Survey Sampling": the design effect, here on standard errors.
    #[must_use]
    pub fn with_shared_chance(mut self, points: usize, by_replicate: &[f64]) -> Self {
        if points < 2 || by_replicate.len() < 2 {
            return self;
        }
        let error = Sample::of(by_replicate).error();
        let effect = error / self.mean_error;
        self.mean_error = error;
        if effect > 1.0 && effect.is_finite() {
            self.errors.iter_mut().for_each(|own| *own *= effect);
        }
        self
    }
}

/// Computes [`Band`]s of samples of one size; the weights behind the errors are computed once.
#[derive(Debug, Clone)]
pub struct Bands {
    /// Per quantile the weight of each order statistic; empty where the sample is too small.
    weights: [Vec<f64>; 7],
    n: usize,
}

impl Bands {
    /// For samples of `n` values.
    #[must_use]
    pub fn new(n: usize) -> Self {
        Self { weights: QUANTILES.map(|q| weights(n, q)), n }
    }

    /// The band of a sample of the size that was announced.
    ///
    /// Quantiles interpolate between order statistics (definition 7 of Hyndman and Fan, as in R and `NumPy`). Their
    /// errors are those of the Harrell-Davis weights: the spread that the quantile would have over resamples.
    ///
    /// # Source
    /// Maritz and Jarrett (1978), "A note on estimating the variance of the sample median", JASA 73, 194-196;
    /// weights of Harrell and Davis (1982), "A new distribution-free quantile estimator", Biometrika 69, 635-640.
    ///
    /// # Panics
    /// If the sample is empty or has another size.
    #[must_use]
    pub fn of(&self, values: &[f64]) -> Band {
        assert!(values.len() == self.n && self.n > 0, "a band of {} values, announced were {}", values.len(), self.n);
        let mut ascending = values.to_vec();
        ascending.sort_by(f64::total_cmp);
        let sample = Sample::of(values);
        let mut band = Band {
            n: self.n,
            mean: sample.mean,
            mean_error: sample.error(),
            quantiles: [0.0; 7],
            errors: [f64::NAN; 7],
        };
        for (at, q) in QUANTILES.iter().enumerate() {
            band.quantiles[at] = quantile_sorted(&ascending, *q).unwrap_or(f64::NAN);
            if !self.weights[at].is_empty() {
                band.errors[at] = weighted_deviation(&self.weights[at], &ascending);
            }
        }
        band
    }
}

fn weights(n: usize, q: f64) -> Vec<f64> {
    if n as f64 * q.min(1.0 - q) < 1.0 {
        return Vec::new();
    }
    let (a, b) = ((n as f64 + 1.0) * q, (n as f64 + 1.0) * (1.0 - q));
    let below: Vec<f64> = (0..=n).map(|rank| incomplete_beta(a, b, rank as f64 / n as f64)).collect();
    below.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

fn weighted_deviation(weights: &[f64], values: &[f64]) -> f64 {
    let terms: Vec<f64> = weights.iter().zip(values).map(|(weight, value)| weight * value).collect();
    let mean = sum_in_order(&terms);
    let squares: Vec<f64> =
        weights.iter().zip(values).map(|(weight, value)| weight * (value - mean) * (value - mean)).collect();
    sqrt(sum_in_order(&squares).max(0.0))
}
