//! From emulators and a record to the parameters that agree with it.
//!
//! The likelihood is normal on the scale of the targets (logarithms for counts and money). Three errors add up: what the
//! record may be off from what the model can mean by it (the tolerance, alike within a series in neighbouring years),
//! the luck of one history (from the spread of replicates, which the record is one of), and what the emulator does not
//! know. The posterior over the unit cube is sampled by sequential Monte Carlo: particles move from the prior to the
//! posterior in steps of temperature, with random walks between them.
//!
//! # Source
//! Kennedy and O'Hagan (2001), Journal of the Royal Statistical Society B 63(3), 425-464 (the errors); Del Moral,
//! Doucet and Jasra (2006), the same 68(3), 411-436 (the sampler); Craig et al. (1997) and Vernon, Goldstein and Bower
//! (2010), Bayesian Analysis 5(4), 619-669 (implausibility).

use rayon::prelude::*;

use crate::math::{exp, ln, normal_quantile, pow, sqrt};
use crate::rng::{Key, Purpose, Streams, sample};

use super::emulator::Emulator;
use super::matrix::{Cholesky, dot};

/// Share of the particles that a step of temperature leaves effective.
const EFFECTIVE: f64 = 0.6;
/// Random-walk moves of every particle at each temperature.
const MOVES: u32 = 8;
/// Steps of temperature at most.
const STEPS: u32 = 200;

/// One number of the record, on the scale on which it is compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Datum {
    /// The record.
    pub value: f64,
    /// Standard deviation of what the record and the model's meaning of it may differ by.
    pub tolerance: f64,
    /// Which series it belongs to.
    pub series: usize,
    /// Year.
    pub year: i32,
}

/// The half-width within which 90 % of a normal variable lies, in standard deviations.
#[must_use]
pub fn ninety() -> f64 {
    normal_quantile(0.95)
}

/// What a record says of parameters, through emulators.
#[derive(Debug, Clone)]
pub struct Likelihood<'a> {
    /// One for each datum.
    pub emulators: &'a [Emulator],
    /// The record.
    pub data: &'a [Datum],
    /// Covariance of one history about the mean of the replicates, `n x n`.
    pub luck: &'a [f64],
    /// Correlation of the tolerance between neighbouring years of a series, 0 to 1.
    pub correlation: f64,
    /// Factor on the tolerances: above 1 where no parameters agree with the record.
    pub inflation: f64,
}

impl Likelihood<'_> {
    /// Squared distance of the record from the prediction at a point in standard deviations, and the logarithm of the
    /// density up to a constant.
    #[must_use]
    pub fn at(&self, point: &[f64]) -> (f64, f64) {
        let n = self.data.len();
        let mut covariance = self.luck.to_vec();
        let mut off = vec![0.0; n];
        for (row, datum) in self.data.iter().enumerate() {
            let (mean, variance) = self.emulators[row].predict(point);
            off[row] = datum.value - mean;
            covariance[row * n + row] += variance;
            for (column, other) in self.data.iter().enumerate().filter(|(_, other)| other.series == datum.series) {
                let apart = f64::from((datum.year - other.year).abs());
                let alike = if row == column { 1.0 } else { pow(self.correlation, apart) };
                let wider = self.inflation * self.inflation;
                covariance[row * n + column] += datum.tolerance * other.tolerance * alike * wider;
            }
        }
        let Some(factor) = Cholesky::of(&covariance, n) else { return (f64::INFINITY, f64::NEG_INFINITY) };
        factor.solve_lower(&mut off);
        let distance = dot(&off, &off);
        (distance, -0.5 * distance - 0.5 * factor.ln_determinant())
    }

    /// Implausibility of a point: the second-greatest distance of a datum from its prediction in standard deviations
    /// (the greatest, if there is only one), so that one odd number rules nothing out.
    #[must_use]
    pub fn implausibility(&self, point: &[f64]) -> f64 {
        let n = self.data.len();
        let mut distances: Vec<f64> = (0..n)
            .map(|row| {
                let (mean, variance) = self.emulators[row].predict(point);
                let tolerance = self.data[row].tolerance * self.inflation;
                (self.data[row].value - mean).abs() / sqrt(variance + tolerance * tolerance + self.luck[row * n + row])
            })
            .collect();
        distances.sort_by(|a, b| b.total_cmp(a));
        distances.get(1).or(distances.first()).copied().unwrap_or(0.0)
    }
}

/// A sample of the posterior under a uniform prior over the unit cube: points of equal weight.
#[must_use]
pub fn sample_posterior(likelihood: &Likelihood, start: &[Vec<f64>], streams: &Streams) -> Vec<Vec<f64>> {
    let mut particles: Vec<Vec<f64>> = start.to_vec();
    let mut densities: Vec<f64> = particles.par_iter().map(|point| likelihood.at(point).1).collect();
    let (mut temperature, mut width) = (0.0, 1.0);
    for step in 0..STEPS {
        let next = next_temperature(&densities, temperature);
        let weights = weights_of(&densities, next - temperature);
        let chosen = systematic(&weights, sample::unit(&mut streams.at(Purpose::Calibration, Key(u64::MAX), step)));
        particles = chosen.iter().map(|row| particles[*row].clone()).collect();
        densities = chosen.iter().map(|row| densities[*row]).collect();
        temperature = next;
        let walk = walk_of(&particles);
        let last = temperature >= 1.0;
        // At the end longer walks make the particles forget which of them they descend from.
        let moves = if last { 4 * MOVES } else { MOVES };
        for occasion in 0..moves {
            let at = step * 4 * MOVES + occasion;
            let moved: Vec<Option<(Vec<f64>, f64)>> = particles
                .par_iter()
                .enumerate()
                .map(|(row, from)| {
                    let mut rng = streams.at(Purpose::Calibration, Key(row as u64), at);
                    let luck: Vec<f64> = (0..from.len()).map(|_| sample::normal(&mut rng)).collect();
                    let accept = sample::unit_open(&mut rng);
                    let to: Vec<f64> =
                        from.iter().zip(walk.times(&luck)).map(|(x, by)| reflected(x + width * by)).collect();
                    let density = likelihood.at(&to).1;
                    (ln(accept) < temperature * (density - densities[row])).then_some((to, density))
                })
                .collect();
            let accepted = moved.iter().flatten().count() as f64 / moved.len() as f64;
            width = (width * exp(0.5 * (accepted - 0.25))).clamp(0.05, 3.0);
            for (row, moved) in moved.into_iter().enumerate() {
                if let Some((point, density)) = moved {
                    (particles[row], densities[row]) = (point, density);
                }
            }
        }
        if last {
            break;
        }
    }
    particles
}

/// The next temperature at which enough particles stay effective, by halving.
fn next_temperature(densities: &[f64], now: f64) -> f64 {
    let enough = |next: f64| {
        let weights = weights_of(densities, next - now);
        1.0 / dot(&weights, &weights) >= EFFECTIVE * densities.len() as f64
    };
    if enough(1.0) {
        return 1.0;
    }
    let (mut low, mut high) = (now, 1.0);
    for _ in 0..40 {
        let middle = (low + high) / 2.0;
        if enough(middle) { low = middle } else { high = middle }
    }
    // A step is never nothing, or the sampler would not end.
    low.max(now + 1e-6).min(1.0)
}

fn weights_of(densities: &[f64], step: f64) -> Vec<f64> {
    let most = densities.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let weights: Vec<f64> = densities.iter().map(|density| exp(step * (density - most))).collect();
    let sum: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / sum).collect()
}

/// Rows chosen in proportion to their weights, each as often as its share to within one.
fn systematic(weights: &[f64], offset: f64) -> Vec<usize> {
    let n = weights.len();
    let (mut reached, mut row) = (weights[0], 0);
    (0..n)
        .map(|place| {
            let mark = (place as f64 + offset) / n as f64;
            while reached < mark && row + 1 < n {
                row += 1;
                reached += weights[row];
            }
            row
        })
        .collect()
}

/// The factor of a covariance for random walks: that of the particles, times 2.38 squared over their dimensions.
fn walk_of(particles: &[Vec<f64>]) -> Cholesky {
    let (n, d) = (particles.len() as f64, particles[0].len());
    let means: Vec<f64> = (0..d).map(|j| particles.iter().map(|p| p[j]).sum::<f64>() / n).collect();
    let mut covariance = vec![0.0; d * d];
    for particle in particles {
        for a in 0..d {
            for b in 0..d {
                covariance[a * d + b] += (particle[a] - means[a]) * (particle[b] - means[b]) / n;
            }
        }
    }
    let factor = 2.38 * 2.38 / d as f64;
    covariance.iter_mut().for_each(|value| *value *= factor);
    for row in 0..d {
        covariance[row * d + row] += 1e-8;
    }
    let diagonal = |at: usize| if at.is_multiple_of(d + 1) { covariance[at].max(1e-8) } else { 0.0 };
    Cholesky::of(&covariance, d).unwrap_or_else(|| {
        // Rounding can leave a covariance of few distinct particles without a factor; its diagonal always has one.
        let matrix: Vec<f64> = (0..d * d).map(diagonal).collect();
        Cholesky::of(&matrix, d).unwrap_or_else(|| unreachable!("a positive diagonal has a factor"))
    })
}

/// Back into the unit interval by reflection at its ends.
fn reflected(x: f64) -> f64 {
    let folded = x.rem_euclid(2.0);
    if folded > 1.0 { 2.0 - folded } else { folded }
}
