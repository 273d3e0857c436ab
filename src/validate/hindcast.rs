//! Runs of the past beside the record: errors by series and year, with two naive forecasts.

use crate::calibrate::{Record, Series};
use crate::math::{quantile_sorted, sum_in_order};
use crate::study::{CellRecord, Plan};

use super::naive::{constant_growth, logistic};

/// One year of a series.
#[derive(Debug, Clone, PartialEq)]
pub struct Year {
    /// Year.
    pub year: i32,
    /// The record.
    pub record: f64,
    /// 5 %, 50 % and 95 % quantiles over replicates.
    pub model: [f64; 3],
    /// What a logistic curve through the fitted years says; none if they are too few.
    pub logistic: Option<f64>,
    /// What constant growth through the fitted years says.
    pub growth: f64,
    /// Whether fits leave this year out.
    pub held: bool,
}

/// A series beside the record.
#[derive(Debug, Clone, PartialEq)]
pub struct Hindcast {
    /// The series.
    pub series: Series,
    /// Years that the runs reach.
    pub years: Vec<Year>,
    /// Every calendar year of the runs, with the quantiles of the model.
    pub course: Vec<(i32, [f64; 3])>,
    /// The same years of each replicate.
    pub histories: Vec<Vec<(i32, f64)>>,
}

/// Mean and variance of a yearly flow over the years of the record.
#[derive(Debug, Clone, PartialEq)]
pub struct Moments {
    /// Mean and variance (over n - 1) of the record.
    pub record: [f64; 2],
    /// 5 %, 50 % and 95 % quantiles over replicates of the mean and of the variance of one history.
    pub model: [[f64; 3]; 2],
}

impl Hindcast {
    /// Mean and variance over the years of the record, if the series is a flow of three years or more: where each year is luck, they
    /// are what a model can meet. The variance is that within a history, which the year-by-year median smooths away.
    #[must_use]
    pub fn moments(&self) -> Option<Moments> {
        if !self.series.is_flow() || self.years.len() < 3 {
            return None;
        }
        let record: Vec<f64> = self.years.iter().map(|year| year.record).collect();
        let of_history = |history: &Vec<(i32, f64)>| -> Option<[f64; 2]> {
            let at = |year: i32| history.iter().find(|(known, _)| *known == year).map(|(_, value)| *value);
            let values: Option<Vec<f64>> = self.years.iter().map(|year| at(year.year)).collect();
            values.map(|values| mean_and_variance(&values))
        };
        let histories: Option<Vec<[f64; 2]>> = self.histories.iter().map(of_history).collect();
        let histories = histories.filter(|histories| !histories.is_empty())?;
        let model = [0, 1].map(|moment| {
            let mut values: Vec<f64> = histories.iter().map(|both| both[moment]).collect();
            values.sort_by(f64::total_cmp);
            [0.05, 0.5, 0.95].map(|q| quantile_sorted(&values, q).unwrap_or(f64::NAN))
        });
        Some(Moments { record: mean_and_variance(&record), model })
    }

    /// Mean absolute error over the record, of fitted or of held-out years: of the model, the logistic curve, and constant
    /// growth. `None` where there is no such year or forecast, and of growth in the one or two years that it goes through by itself.
    #[must_use]
    pub fn errors(&self, held: bool) -> [Option<f64>; 3] {
        let mean = |value: &dyn Fn(&Year) -> Option<f64>| -> Option<f64> {
            let years: Vec<&Year> = self.years.iter().filter(|year| year.held == held).collect();
            let errors: Option<Vec<f64>> =
                years.iter().map(|year| Some((value(year)? / year.record - 1.0).abs())).collect();
            errors.filter(|errors| !errors.is_empty()).map(|errors| errors.iter().sum::<f64>() / errors.len() as f64)
        };
        let fitted = self.years.iter().filter(|year| !year.held).count();
        let growth = mean(&|year| Some(year.growth)).filter(|_| held || fitted > 2);
        [mean(&|year| Some(year.model[1])), mean(&|year| year.logistic), growth]
    }
}

/// Of two values or more.
fn mean_and_variance(values: &[f64]) -> [f64; 2] {
    let n = values.len() as f64;
    let mean = sum_in_order(values) / n;
    let squares: Vec<f64> = values.iter().map(|value| (value - mean) * (value - mean)).collect();
    [mean, sum_in_order(&squares) / (n - 1.0)]
}

/// Compares finished runs with the record; every scenario of the plan at its one point.
#[must_use]
pub fn compare(record: &Record, plan: &Plan, cells: &[CellRecord], holdout: f64) -> Vec<Hindcast> {
    let replicates = plan.replicates as usize;
    let mut all = Vec::new();
    for series in &record.series {
        let Some(scenario) = plan.scenarios.iter().position(|known| known.name == series.scenario) else { continue };
        let planned = &plan.scenarios[scenario];
        let rows: Vec<_> = cells[scenario * replicates..(scenario + 1) * replicates]
            .iter()
            .filter_map(|cell| cell.result.as_ref().ok())
            .map(|success| &success.rows)
            .collect();
        let model = |year: i32| -> Option<[f64; 3]> {
            let values: Option<Vec<f64>> =
                rows.iter().map(|rows| series.answer(rows, planned, &plan.recorded, year)).collect();
            let mut values = values.filter(|values| !values.is_empty())?;
            values.sort_by(f64::total_cmp);
            Some([0.05, 0.5, 0.95].map(|q| quantile_sorted(&values, q).unwrap_or(f64::NAN)))
        };
        let fitted: Vec<(i32, f64)> = series.points[..series.points.len() - series.held_out(holdout)]
            .iter()
            .map(|(year, value, _)| (*year, *value))
            .collect();
        let years: Vec<i32> = series.points.iter().map(|(year, ..)| *year).collect();
        let (curve, growth) = (logistic(&fitted, &years), constant_growth(&fitted, &years));
        let compared = series.points.iter().enumerate().filter_map(|(at, (year, value, _))| {
            Some(Year {
                year: *year,
                record: *value,
                model: model(*year)?,
                logistic: curve.as_ref().map(|curve| curve[at]),
                growth: growth[at],
                held: at >= fitted.len(),
            })
        });
        let last = planned.start.plus(i32::from(planned.months) - 1);
        let calendar = planned.start.year()..=last.year();
        let course = calendar.clone().filter_map(|year| Some((year, model(year)?)));
        let history = |rows| -> Vec<(i32, f64)> {
            let answer = |year| series.answer(rows, planned, &plan.recorded, year);
            calendar.clone().filter_map(|year| Some((year, answer(year)?))).collect()
        };
        all.push(Hindcast {
            years: compared.collect(),
            course: course.collect(),
            histories: rows.iter().map(|rows| history(rows)).collect(),
            series: series.clone(),
        });
    }
    all
}

/// V32: the greatest error of a median over the years of the record from 2004 on, in per cent.
pub(super) fn kbic(hindcasts: &[Hindcast]) -> Vec<Vec<Option<f64>>> {
    let own = hindcasts.iter().find(|one| one.series.name() == "kobe organisations");
    let errors = own.into_iter().flat_map(|one| &one.years).filter(|year| year.year >= 2004);
    let most = errors
        .map(|year| 100.0 * (year.model[1] / year.record - 1.0).abs())
        .fold(None, |most: Option<f64>, error| Some(most.map_or(error, |most| most.max(error))));
    vec![vec![most]]
}

/// V33: yearly growth from 2002 to 2018 and from 2018 to 2024, in per cent, of each replicate.
pub(super) fn massachusetts(hindcasts: &[Hindcast]) -> Vec<Vec<Option<f64>>> {
    let own = hindcasts.iter().find(|one| one.series.name() == "boston employees");
    let growth = |history: &[(i32, f64)], from: i32, to: i32| -> Option<f64> {
        let at = |year: i32| history.iter().find(|(known, _)| *known == year).map(|(_, value)| *value);
        Some(100.0 * (crate::math::pow(at(to)? / at(from)?, 1.0 / f64::from(to - from)) - 1.0))
    };
    let histories = own.into_iter().flat_map(|one| &one.histories);
    histories.map(|history| vec![growth(history, 2002, 2018), growth(history, 2018, 2024)]).collect()
}
