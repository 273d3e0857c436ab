//! A statistical emulator: what a simulation would give at parameters that were not tried, and how sure that is.
//!
//! A Gaussian process over the unit cube, one for each target: a linear trend, a smooth departure from it with a length
//! of its own in every dimension, and a nugget for what luck is left in the mean of the replicates. Lengths, departure
//! and nugget are those of the greatest posterior density, found by search along one coordinate after another.
//!
//! # Source
//! Rasmussen and Williams (2006), "Gaussian Processes for Machine Learning", algorithm 2.1 and section 5.4.

use crate::math::{exp, ln, sqrt};
use crate::statistics::Sample;

use super::matrix::{Cholesky, dot};

/// Prior variance of the trend's slope in a dimension, on the scale of standardised values.
const SLOPE: f64 = 4.0;
/// Rounds of the search over all coordinates, each with half the step of the one before.
const ROUNDS: u32 = 4;

/// An emulator of one output.
#[derive(Debug, Clone, PartialEq)]
pub struct Emulator {
    centre: f64,
    scale: f64,
    points: Vec<Vec<f64>>,
    shape: Shape,
    factor: Option<Cholesky>,
    weights: Vec<f64>,
}

/// Logarithms of the lengths, of the variance of the departure and of that of the nugget.
#[derive(Debug, Clone, PartialEq)]
struct Shape {
    lengths: Vec<f64>,
    departure: f64,
    nugget: f64,
}

impl Emulator {
    /// Fits values at points of the unit cube.
    ///
    /// # Panics
    /// If there are no points, or not one value for each.
    #[must_use]
    pub fn fit(points: &[Vec<f64>], values: &[f64]) -> Self {
        assert!(!points.is_empty() && points.len() == values.len(), "one value for each of at least one point");
        let sample = Sample::of(values);
        let scale = sample.deviation();
        let dimensions = points[0].len();
        let mut shape = Shape { lengths: vec![0.0; dimensions], departure: ln(0.5), nugget: ln(0.02) };
        if scale.is_nan() || scale <= sample.mean.abs() * 1e-12 {
            // An output that never moves needs no process.
            return Self {
                centre: sample.mean,
                scale: 0.0,
                points: Vec::new(),
                shape,
                factor: None,
                weights: Vec::new(),
            };
        }
        let standard: Vec<f64> = values.iter().map(|value| (value - sample.mean) / scale).collect();
        let mut best = shape.density(points, &standard);
        let mut step = 1.2;
        for _ in 0..ROUNDS {
            for coordinate in 0..dimensions + 2 {
                for direction in [step, -step] {
                    let mut other = shape.clone();
                    *other.coordinate(coordinate) += direction;
                    let density = other.density(points, &standard);
                    if density > best {
                        (best, shape) = (density, other);
                        break;
                    }
                }
            }
            step /= 1.8;
        }
        let factor = shape.factor(points);
        let mut weights = standard;
        if let Some(factor) = &factor {
            factor.solve(&mut weights);
        }
        Self { centre: sample.mean, scale, points: points.to_vec(), shape, factor, weights }
    }

    /// Mean and variance of the expected output at a point; the nugget is not in the variance.
    #[must_use]
    pub fn predict(&self, at: &[f64]) -> (f64, f64) {
        let Some(factor) = &self.factor else { return (self.centre, 0.0) };
        let scales = self.shape.scales();
        let mut covariance: Vec<f64> =
            self.points.iter().map(|point| self.shape.covariance(point, at, &scales)).collect();
        let mean = dot(&covariance, &self.weights);
        factor.solve_lower(&mut covariance);
        let variance = (self.shape.covariance(at, at, &scales) - dot(&covariance, &covariance)).max(0.0);
        (self.centre + self.scale * mean, self.scale * self.scale * variance)
    }
}

impl Shape {
    fn coordinate(&mut self, number: usize) -> &mut f64 {
        let dimensions = self.lengths.len();
        match number {
            n if n < dimensions => &mut self.lengths[n],
            n if n == dimensions => &mut self.departure,
            _ => &mut self.nugget,
        }
    }

    /// One over twice the squared length of every dimension.
    fn scales(&self) -> Vec<f64> {
        self.lengths.iter().map(|length| 0.5 * exp(-2.0 * length)).collect()
    }

    fn covariance(&self, a: &[f64], b: &[f64], scales: &[f64]) -> f64 {
        let (mut trend, mut distance) = (1.0, 0.0);
        for ((a, b), scale) in a.iter().zip(b).zip(scales) {
            trend += SLOPE * (a - 0.5) * (b - 0.5);
            distance += scale * (a - b) * (a - b);
        }
        trend + exp(self.departure - distance)
    }

    fn factor(&self, points: &[Vec<f64>]) -> Option<Cholesky> {
        let n = points.len();
        let scales = self.scales();
        let mut matrix = vec![0.0; n * n];
        for row in 0..n {
            for column in 0..=row {
                let value = self.covariance(&points[row], &points[column], &scales);
                matrix[row * n + column] = value;
                matrix[column * n + row] = value;
            }
            matrix[row * n + row] += exp(self.nugget) + 1e-9;
        }
        Cholesky::of(&matrix, n)
    }

    /// Logarithm of the posterior density, up to a constant: likelihood of the values, and priors that keep lengths near
    /// the width of the cube, the departure modest and the nugget small unless the values say otherwise.
    fn density(&self, points: &[Vec<f64>], values: &[f64]) -> f64 {
        let Some(factor) = self.factor(points) else { return f64::NEG_INFINITY };
        let mut white = values.to_vec();
        factor.solve_lower(&mut white);
        let likelihood = -0.5 * dot(&white, &white) - 0.5 * factor.ln_determinant();
        let prior = |value: f64, centre: f64, deviation: f64| {
            let off = (value - centre) / deviation;
            -0.5 * off * off
        };
        let lengths: f64 = self.lengths.iter().map(|length| prior(*length, 0.3, 1.0)).sum();
        likelihood + lengths + prior(self.departure, ln(0.5), 1.5) + prior(self.nugget, ln(0.01), 2.5)
    }
}

/// Root of the mean squared error of predicting each value from the emulator of all others' shape, in standard
/// deviations of the values: how much of the output the emulator explains (0 all, 1 nothing).
#[must_use]
pub fn leave_one_out(emulator: &Emulator, values: &[f64]) -> f64 {
    let Some(factor) = &emulator.factor else { return 0.0 };
    let n = values.len();
    let mut squares = 0.0;
    for (row, weight) in emulator.weights.iter().enumerate() {
        let mut unit = vec![0.0; n];
        unit[row] = 1.0;
        factor.solve_lower(&mut unit);
        // The diagonal of the inverse.
        let precision = dot(&unit, &unit);
        squares += (weight / precision) * (weight / precision);
    }
    sqrt(squares / n as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::Method;

    #[test]
    fn an_emulator_follows_a_curve_and_knows_where_it_does_not() {
        let columns: Vec<Vec<f64>> = (0..2).map(|d| Method::Sobol.column(40, d, &format!("p{d}"), 3)).collect();
        let points: Vec<Vec<f64>> = (0..40).map(|i| columns.iter().map(|column| column[i]).collect()).collect();
        let truth = |x: &[f64]| 3.0 + 2.0 * x[0] + crate::math::sin(4.0 * x[1]);
        let values: Vec<f64> = points.iter().map(|point| truth(point)).collect();
        let emulator = Emulator::fit(&points, &values);
        for at in [[0.31, 0.62], [0.77, 0.18], [0.5, 0.5]] {
            let (mean, variance) = emulator.predict(&at);
            assert!((mean - truth(&at)).abs() < 0.03, "{at:?}: {mean} for {}", truth(&at));
            assert!(sqrt(variance) < 0.1);
        }
        assert!(emulator.predict(&[3.0, 3.0]).1 > 10.0 * emulator.predict(&[0.5, 0.5]).1);
        assert!(leave_one_out(&emulator, &values) < 0.1);
        assert_eq!(Emulator::fit(&points, &[7.0; 40]).predict(&[0.1, 0.1]), (7.0, 0.0));
    }
}
