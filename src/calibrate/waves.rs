//! History matching in waves: runs where the record may still be met, emulators of them, and what they rule out.
//!
//! The first wave covers the whole range of every parameter; each later one goes where the posterior so far says that the
//! record can be met, so that the emulators are good where it matters. Every point is run with the same replicates, so that
//! two points differ by their parameters only.

use rayon::prelude::*;

use crate::math::{quantile_sorted, sqrt};
use crate::rng::Streams;
use crate::study::Method;

use super::emulator::{Emulator, leave_one_out};
use super::posterior::{Datum, Likelihood, ninety, sample_posterior};

/// Points on which the share that is not ruled out is measured.
const PROBES: u32 = 1024;
/// Implausibility beyond which a point is ruled out: three standard deviations.
const RULED_OUT: f64 = 3.0;
/// Part of the spread of replicates between targets that is kept; the rest is taken as each target's own.
const SHARED_LUCK: f64 = 0.9;

/// How a fit goes about it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Points of the first wave.
    pub first: u32,
    /// Points of every later wave.
    pub then: u32,
    /// Waves in all.
    pub waves: u32,
    /// Points of the posterior sample.
    pub particles: u32,
    /// Seed of designs and sampler.
    pub seed: u64,
    /// Correlation of the tolerance between neighbouring years of a series.
    pub correlation: f64,
}

/// What one wave left.
#[derive(Debug, Clone, PartialEq)]
pub struct Wave {
    /// Points that were run, in this wave.
    pub points: usize,
    /// Of these, points without a result.
    pub failed: usize,
    /// Share of the whole range that is not ruled out.
    pub not_ruled_out: f64,
    /// Mean over targets of the part of the output's spread that the emulators do not explain, 0 to 1.
    pub unexplained: f64,
}

/// What the record says of one parameter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Marginal {
    /// 5 %, 50 % and 95 % quantiles, as shares of the prior.
    pub quantiles: [f64; 3],
    /// How much.
    pub knowledge: Knowledge,
}

/// How much the record says of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Knowledge {
    /// The 90 % interval is less than half as wide as that of the prior.
    Identified,
    /// It is less than four fifths as wide.
    Weakly,
    /// The record says little or nothing.
    Not,
}

impl Knowledge {
    /// The words in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Identified => "identified",
            Self::Weakly => "weakly identified",
            Self::Not => "not identified",
        }
    }
}

/// A finished fit.
#[derive(Debug, Clone)]
pub struct Fit {
    /// All points that were run and gave a result, as shares of the priors.
    pub points: Vec<Vec<f64>>,
    /// Mean over replicates at each, one value per datum.
    pub means: Vec<Vec<f64>>,
    /// Covariance of the record about the mean of the replicates.
    pub luck: Vec<f64>,
    /// Wave by wave.
    pub waves: Vec<Wave>,
    /// Sample of the posterior.
    pub particles: Vec<Vec<f64>>,
    /// What it says of each parameter.
    pub marginals: Vec<Marginal>,
    /// Factor by which the tolerances had to grow before any parameters agreed with the record; 1 if none.
    pub inflation: f64,
    /// One for each datum.
    pub emulators: Vec<Emulator>,
}

/// Runs of points: for every point, for every replicate, a value per datum; `None` where a run failed.
pub type Outputs = Vec<Option<Vec<Vec<f64>>>>;

/// Runs points, given as shares of the priors.
pub type Simulator<'a, E> = &'a mut dyn FnMut(&[Vec<f64>]) -> Result<Outputs, E>;

/// Why a fit could not be made.
#[derive(Debug, thiserror::Error)]
pub enum FitError<E> {
    /// The simulator stopped.
    #[error("{0}")]
    Simulator(E),
    /// Too few points gave a result to learn from.
    #[error("only {0} of {1} points gave a result; a fit of {2} parameters needs at least {3}")]
    TooFew(usize, usize, usize, usize),
}

/// Fits parameters in the unit cube to data.
///
/// `simulate` is given points and returns their replicates on the scale of the data; it is asked once a wave.
///
/// # Errors
/// The simulator's, and [`FitError::TooFew`] if too many runs failed.
///
/// # Panics
/// If there are no data or no names.
pub fn fit<E>(
    names: &[String],
    data: &[Datum],
    settings: Settings,
    simulate: Simulator<E>,
) -> Result<Fit, FitError<E>> {
    assert!(!names.is_empty() && !data.is_empty(), "something to fit, and something to fit it to");
    let streams = Streams::new(settings.seed, 0);
    let (mut points, mut means, mut waves) = (Vec::new(), Vec::new(), Vec::<Wave>::new());
    let mut spread = Spread::new(data.len());
    let start = sobol(settings.particles.max(64), names, settings.seed ^ 0x5eed);
    let probes = sobol(PROBES, names, settings.seed ^ 0x9e0b);
    let mut asked = sobol(settings.first, names, settings.seed);
    loop {
        let outputs = simulate(&asked).map_err(FitError::Simulator)?;
        let failed = outputs.iter().filter(|output| output.is_none()).count();
        for (point, runs) in asked.iter().zip(outputs) {
            let Some(runs) = runs else { continue };
            points.push(point.clone());
            means.push(spread.add(&runs));
        }
        let least = names.len() + 4;
        if points.len() < least {
            return Err(FitError::TooFew(points.len(), asked.len(), names.len(), least));
        }
        let emulators = emulate(&points, &means);
        let luck = spread.of_a_history();
        let (particles, inflation) = agree(&emulators, data, &luck, settings.correlation, &start, &streams);
        let likelihood =
            Likelihood { emulators: &emulators, data, luck: &luck, correlation: settings.correlation, inflation };
        let open = probes.par_iter().filter(|probe| likelihood.implausibility(probe) <= RULED_OUT).count();
        waves.push(Wave {
            points: asked.len(),
            failed,
            not_ruled_out: open as f64 / f64::from(PROBES),
            unexplained: unexplained(&emulators, &means),
        });
        if waves.len() >= settings.waves as usize {
            let marginals = marginals(&particles);
            return Ok(Fit { points, means, luck, waves, particles, marginals, inflation, emulators });
        }
        asked = spread_out(&particles, &points, settings.then as usize);
    }
}

/// The posterior again, for these data only: what the parameters would be without the others.
#[must_use]
pub fn refit(fit: &Fit, data: &[Datum], kept: &[usize], settings: Settings, names: &[String]) -> Vec<Vec<f64>> {
    let emulators: Vec<Emulator> = kept.iter().map(|row| fit.emulators[*row].clone()).collect();
    let chosen: Vec<Datum> = kept.iter().map(|row| data[*row]).collect();
    let n = data.len();
    let luck: Vec<f64> =
        kept.iter().flat_map(|row| kept.iter().map(move |column| fit.luck[row * n + column])).collect();
    let start = sobol(settings.particles.max(64), names, settings.seed ^ 0x5eed);
    let streams = Streams::new(settings.seed, 1);
    agree(&emulators, &chosen, &luck, settings.correlation, &start, &streams).0
}

/// What a sample says of each parameter.
#[must_use]
pub fn marginals(particles: &[Vec<f64>]) -> Vec<Marginal> {
    let dimensions = particles.first().map_or(0, Vec::len);
    (0..dimensions)
        .map(|dimension| {
            let mut values: Vec<f64> = particles.iter().map(|particle| particle[dimension]).collect();
            values.sort_by(f64::total_cmp);
            let at = |q: f64| quantile_sorted(&values, q).unwrap_or(f64::NAN);
            let quantiles = [at(0.05), at(0.5), at(0.95)];
            let width = (quantiles[2] - quantiles[0]) / 0.9;
            let knowledge = match width {
                width if width < 0.5 => Knowledge::Identified,
                width if width < 0.8 => Knowledge::Weakly,
                _ => Knowledge::Not,
            };
            Marginal { quantiles, knowledge }
        })
        .collect()
}

/// Points of a scrambled Sobol' sequence, one coordinate for each name.
fn sobol(n: u32, names: &[String], seed: u64) -> Vec<Vec<f64>> {
    let columns: Vec<Vec<f64>> =
        names.iter().enumerate().map(|(dimension, name)| Method::Sobol.column(n, dimension, name, seed)).collect();
    (0..n as usize).map(|row| columns.iter().map(|column| column[row]).collect()).collect()
}

fn emulate(points: &[Vec<f64>], means: &[Vec<f64>]) -> Vec<Emulator> {
    let targets = means[0].len();
    (0..targets).into_par_iter().map(|target| Emulator::fit(points, &column(means, target))).collect()
}

fn column(means: &[Vec<f64>], target: usize) -> Vec<f64> {
    means.iter().map(|values| values[target]).collect()
}

fn unexplained(emulators: &[Emulator], means: &[Vec<f64>]) -> f64 {
    let errors: Vec<f64> =
        emulators.iter().enumerate().map(|(row, emulator)| leave_one_out(emulator, &column(means, row))).collect();
    errors.iter().sum::<f64>() / errors.len() as f64
}

/// The posterior; where even its best point misses the record by more than the tolerances allow, again with tolerances
/// as much wider: no confidence comes out of a model that cannot meet the record.
fn agree(
    emulators: &[Emulator],
    data: &[Datum],
    luck: &[f64],
    correlation: f64,
    start: &[Vec<f64>],
    streams: &Streams,
) -> (Vec<Vec<f64>>, f64) {
    let mut inflation = 1.0;
    loop {
        let likelihood = Likelihood { emulators, data, luck, correlation, inflation };
        let particles = sample_posterior(&likelihood, start, streams);
        let mut distances: Vec<f64> = particles.par_iter().map(|point| likelihood.at(point).0).collect();
        distances.sort_by(f64::total_cmp);
        let typical = quantile_sorted(&distances, 0.5).unwrap_or(0.0) / data.len() as f64;
        // A good fit has a squared distance of about one for each datum; up to half more is luck.
        if typical <= 1.5 || inflation > 50.0 {
            return (particles, inflation);
        }
        inflation *= sqrt(typical);
    }
}

/// Particles far from each other and from the points that were run.
fn spread_out(particles: &[Vec<f64>], run: &[Vec<f64>], count: usize) -> Vec<Vec<f64>> {
    let squared = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>();
    let mut nearest: Vec<f64> = particles
        .iter()
        .map(|particle| run.iter().map(|point| squared(particle, point)).fold(f64::INFINITY, f64::min))
        .collect();
    let mut chosen: Vec<Vec<f64>> = Vec::new();
    for _ in 0..count.min(particles.len()) {
        // The first of the farthest, so that ties have one answer.
        let mut best = 0;
        for row in 1..particles.len() {
            if nearest[row] > nearest[best] {
                best = row;
            }
        }
        chosen.push(particles[best].clone());
        for (row, particle) in particles.iter().enumerate() {
            nearest[row] = nearest[row].min(squared(particle, &particles[best]));
        }
    }
    chosen
}

/// Covariance of replicates about their mean, pooled over points.
struct Spread {
    n: usize,
    products: Vec<f64>,
    freedom: f64,
    replicates: f64,
}

impl Spread {
    fn new(n: usize) -> Self {
        Self { n, products: vec![0.0; n * n], freedom: 0.0, replicates: 1.0 }
    }

    /// Takes in the replicates of a point and returns their mean.
    fn add(&mut self, runs: &[Vec<f64>]) -> Vec<f64> {
        let count = runs.len() as f64;
        let mean: Vec<f64> = (0..self.n).map(|row| runs.iter().map(|run| run[row]).sum::<f64>() / count).collect();
        for run in runs {
            for row in 0..self.n {
                for column in 0..self.n {
                    self.products[row * self.n + column] += (run[row] - mean[row]) * (run[column] - mean[column]);
                }
            }
        }
        self.freedom += count - 1.0;
        self.replicates = count;
        mean
    }

    /// Covariance of the record about the mean of the replicates: a history of its own, and the luck that all points
    /// share because they share their replicates.
    fn of_a_history(&self) -> Vec<f64> {
        let scale = (1.0 + 1.0 / self.replicates) / self.freedom.max(1.0);
        let kept = |at: usize| if at.is_multiple_of(self.n + 1) { 1.0 } else { SHARED_LUCK };
        self.products.iter().enumerate().map(|(at, product)| kept(at) * scale * product + floor(at, self.n)).collect()
    }
}

/// A little on the diagonal, so that outputs without any luck leave a covariance that has a factor.
fn floor(at: usize, n: usize) -> f64 {
    if at.is_multiple_of(n + 1) { 1e-10 } else { 0.0 }
}

/// The tolerance within which 90 % of the cases lie, as a standard deviation.
#[must_use]
pub fn deviation_of(tolerance: f64) -> f64 {
    tolerance / ninety()
}
