//! A calibration from beginning to end: the waves, runs of what they leave, and what each series contributed.

use crate::math::{ln, ln_1p, quantile_sorted};
use crate::study::{CellRecord, Plan};

use super::posterior::{Datum, Likelihood};
use super::request::Request;
use super::waves::{self, Fit, FitError, Knowledge, Marginal, Outputs, deviation_of};

/// Points of the posterior that are run at the end.
const CHECKED: usize = 12;
/// What a count of nothing is taken for, as a share of the record, where logarithms are compared.
const NOTHING: f64 = 0.01;

/// A number of the record, and the model's answers to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Answered {
    /// Row of [`Request::targets`].
    pub target: usize,
    /// Median over replicates with the scenarios' own values.
    pub before: f64,
    /// 5 %, 50 % and 95 % quantiles over the posterior and its replicates.
    pub after: [f64; 3],
    /// Median over replicates at the best point.
    pub best: f64,
}

/// What one series adds: the fit without it.
#[derive(Debug, Clone, PartialEq)]
pub struct Without {
    /// Row of [`Request::series`].
    pub series: usize,
    /// What the others alone say of each parameter.
    pub marginals: Vec<Marginal>,
    /// Root of the mean squared logarithm of prediction over record of the series that was left out.
    pub error: f64,
}

/// A finished calibration.
#[derive(Debug, Clone)]
pub struct Calibration {
    /// Waves, posterior, emulators.
    pub fit: Fit,
    /// Target by target.
    pub answered: Vec<Answered>,
    /// Series by series.
    pub without: Vec<Without>,
    /// The point, of all that were run, that is nearest to the record.
    pub best: Vec<f64>,
    /// Its squared distance from the fitted part of the record, in standard deviations, by number of the record.
    pub best_distance: f64,
    /// Runs that it took.
    pub runs: usize,
}

impl Calibration {
    /// What the record says of a parameter.
    #[must_use]
    pub fn knowledge(&self, parameter: usize) -> Knowledge {
        self.fit.marginals[parameter].knowledge
    }

    /// Root of the mean squared logarithm of answer over record for a series: fitted years or held-out ones; before the
    /// fit or after it. `None` if there are no such years.
    #[must_use]
    pub fn error(&self, request: &Request, series: usize, held: bool, before: bool) -> Option<f64> {
        let own = self.answered.iter().filter(|answered| {
            let target = &request.targets[answered.target];
            target.series == series && target.held == held
        });
        let squares: Vec<f64> = own
            .map(|answered| {
                let record = request.targets[answered.target].record;
                let off = scaled(if before { answered.before } else { answered.after[1] }, record) - ln(record);
                off * off
            })
            .collect();
        (!squares.is_empty()).then(|| crate::math::sqrt(squares.iter().sum::<f64>() / squares.len() as f64))
    }
}

/// Fits, checks and reports; `compute` returns the records of a plan's cells in canonical order.
///
/// # Errors
/// Those of `compute`, and [`FitError::TooFew`] if too many runs failed.
pub fn calibrate<E>(
    request: &Request,
    compute: &mut dyn FnMut(&Plan) -> Result<Vec<CellRecord>, E>,
) -> Result<Calibration, FitError<E>> {
    let names = request.names();
    let fitted: Vec<usize> = (0..request.targets.len()).filter(|row| !request.targets[*row].held).collect();
    let data: Vec<Datum> = fitted.iter().map(|row| datum(request, *row)).collect();
    let mut runs = 0;
    let mut all = |points: &[Vec<f64>]| -> Result<Outputs, E> {
        let plan = request.plan(points);
        runs += plan.len();
        Ok(request.answers(&plan, &compute(&plan)?))
    };
    let to_data = |history: Vec<f64>| -> Vec<f64> {
        fitted.iter().map(|row| scaled(history[*row], request.targets[*row].record)).collect()
    };
    let fit = waves::fit(&names, &data, request.settings, &mut |points| {
        let outputs = all(points)?;
        Ok(outputs.into_iter().map(|runs| Some(runs?.into_iter().map(to_data).collect())).collect())
    })?;

    let step = fit.particles.len() / CHECKED.min(fit.particles.len());
    let checked: Vec<Vec<f64>> = fit.particles.iter().step_by(step.max(1)).take(CHECKED).cloned().collect();
    let after = all(&checked).map_err(FitError::Simulator)?;
    let before = all(&[]).map_err(FitError::Simulator)?;
    let mut points = fit.points.clone();
    let mut means = fit.means.clone();
    for (point, histories) in checked.iter().zip(&after) {
        let Some(histories) = histories else { continue };
        points.push(point.clone());
        means.push(mean_of(histories.iter().cloned().map(to_data).collect()));
    }
    let distance = |mean: &Vec<f64>| distance(mean, &data, &fit, request.settings.correlation);
    let nearest = (0..points.len()).min_by(|a, b| distance(&means[*a]).total_cmp(&distance(&means[*b]))).unwrap_or(0);
    let (best, best_distance) = (points[nearest].clone(), distance(&means[nearest]) / data.len() as f64);
    let at_best = all(std::slice::from_ref(&best)).map_err(FitError::Simulator)?;
    let answered = (0..request.targets.len())
        .map(|target| {
            let pooled = quantiles(after.iter().flatten().flatten().map(|history| history[target]).collect());
            let median =
                |outputs: &Outputs| quantiles(outputs.iter().flatten().flatten().map(|h| h[target]).collect())[1];
            Answered { target, before: median(&before), after: pooled, best: median(&at_best) }
        })
        .collect();
    let without = leave_out(request, &fit, &data, &fitted, &names);
    Ok(Calibration { answered, without, best, best_distance, runs, fit })
}

fn datum(request: &Request, row: usize) -> Datum {
    let target = &request.targets[row];
    let tolerance = deviation_of(ln_1p(request.series[target.series].1));
    Datum { value: ln(target.record), tolerance, series: target.series, year: target.year }
}

/// The logarithm of an answer, of next to nothing if it is nothing.
fn scaled(answer: f64, record: f64) -> f64 {
    ln(answer.max(NOTHING * record))
}

fn mean_of(histories: Vec<Vec<f64>>) -> Vec<f64> {
    let count = histories.len() as f64;
    (0..histories[0].len()).map(|row| histories.iter().map(|history| history[row]).sum::<f64>() / count).collect()
}

/// 5 %, 50 % and 95 % quantiles.
fn quantiles(mut values: Vec<f64>) -> [f64; 3] {
    values.sort_by(f64::total_cmp);
    [0.05, 0.5, 0.95].map(|q| quantile_sorted(&values, q).unwrap_or(f64::NAN))
}

/// Squared distance of a run's mean from the record, without an emulator between.
fn distance(mean: &[f64], data: &[Datum], fit: &Fit, correlation: f64) -> f64 {
    let fixed: Vec<super::Emulator> = mean.iter().map(|value| super::Emulator::fit(&[vec![0.0]], &[*value])).collect();
    let likelihood = Likelihood { emulators: &fixed, data, luck: &fit.luck, correlation, inflation: fit.inflation };
    likelihood.at(&[0.0]).0
}

/// The fit without each series in turn, if there are at least two.
fn leave_out(request: &Request, fit: &Fit, data: &[Datum], fitted: &[usize], names: &[String]) -> Vec<Without> {
    if request.series.len() < 2 {
        return Vec::new();
    }
    let mut without = Vec::new();
    for series in 0..request.series.len() {
        let (left, kept): (Vec<usize>, Vec<usize>) =
            (0..data.len()).partition(|row| request.targets[fitted[*row]].series == series);
        if left.is_empty() || kept.is_empty() {
            continue;
        }
        let particles = waves::refit(fit, data, &kept, request.settings, names);
        let squares: Vec<f64> = left
            .iter()
            .map(|row| {
                let mean = |point: &Vec<f64>| fit.emulators[*row].predict(point).0;
                let predicted = particles.iter().map(mean).sum::<f64>() / particles.len() as f64;
                (predicted - data[*row].value) * (predicted - data[*row].value)
            })
            .collect();
        let error = crate::math::sqrt(squares.iter().sum::<f64>() / squares.len() as f64);
        without.push(Without { series, marginals: waves::marginals(&particles), error });
    }
    without
}
