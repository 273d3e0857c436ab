//! What a sweep found: medians, bands and their errors of every recorded value, how much of the spread the parameters
//! cause, and what each policy changes.
//!
//! Quantiles need all values of a place at once. They are gathered in blocks of a fixed size, each by one reading of the
//! scenario's cells, so that memory does not grow with the number of places.

use std::path::Path;

use crate::record::{Column, METRICS, MetricKind};
use crate::statistics::{Band, Bands, Better, Components, Look, Paired, components, wanted_metrics, wilson};
use crate::study::{Cell, CellRecord, Plan};

use super::OutputError;
use super::comparison::QUANTILE_COLUMNS;
use super::parquet::{ROW_GROUP_ROWS, TableColumn, Values};
use super::run::ALL;
use super::stream::Table;
use super::sweep::Sweep;
use super::tables::days_since_1970;

/// Values that are held at once: 128 MB.
const VALUES_MOST: usize = 16 << 20;
/// The confidence of the intervals of differences.
const CONFIDENCE: f64 = 0.95;

/// The band of a metric over the cells of a scenario.
#[derive(Debug, Clone, PartialEq)]
pub struct SweepBand {
    /// Row of the plan.
    pub scenario: usize,
    /// Column of [`METRICS`].
    pub metric: usize,
    /// Quantiles and mean.
    pub band: Band,
    /// Variance by parameters and by chance; `None` without several points and replicates.
    pub split: Option<Components>,
}

/// What a policy changes in a metric.
#[derive(Debug, Clone, PartialEq)]
pub struct SweepDifference {
    /// Row of the plan: the scenario with the policy.
    pub scenario: usize,
    /// Column of [`METRICS`].
    pub metric: usize,
    /// Over replicates, each the mean of its design points.
    pub paired: Paired,
    /// Probability that the policy does better, in the metric's welcome direction; a tie counts half.
    pub p_better: f64,
}

/// What was found at the last date in all clusters together.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SweepSummary {
    /// By scenario, then metric.
    pub bands: Vec<SweepBand>,
    /// By policy, then metric.
    pub differences: Vec<SweepDifference>,
}

type Reader<'r> = &'r mut dyn FnMut(usize) -> Result<CellRecord, OutputError>;
/// Name and digest of a file.
type Named = (String, String);

/// Writes `bands.parquet` and, for studies with policies, `differences.parquet`.
pub(super) fn write(
    staging: &Path,
    sweep: &Sweep<'_>,
    record: Reader<'_>,
) -> Result<(Vec<Named>, SweepSummary), OutputError> {
    let plan = &sweep.sheet.plan;
    let mut summary = SweepSummary::default();
    let mut bands = BandTable::create(staging, plan)?;
    for scenario in 0..plan.scenarios.len() {
        for block in blocks(plan, scenario, 1) {
            bands.add(scenario, &block, &gather(plan, scenario, &block, record)?, &mut summary)?;
        }
    }
    let mut files = vec![bands.finish()?];
    if plan.scenarios.iter().any(|scenario| scenario.under.is_some()) {
        let look = if sweep.met.is_some() { Look::AfterEvery } else { Look::Once };
        let mut differences = DifferenceTable::create(staging, plan, look)?;
        for (row, scenario) in plan.scenarios.iter().enumerate() {
            let Some(under) = &scenario.under else { continue };
            for block in blocks(plan, row, 2) {
                let baseline = gather(plan, under.base, &block, record)?;
                let policy = gather(plan, row, &block, record)?;
                differences.add(row, &block, (baseline, policy), &mut summary)?;
            }
        }
        files.push(differences.finish()?);
    }
    Ok((files, summary))
}

/// A metric (its place among the recorded) of a row of clusters.
type Series = (usize, usize);

/// The series of a scenario in blocks that fit into memory `scenarios` times.
fn blocks(plan: &Plan, scenario: usize, scenarios: usize) -> Vec<Vec<Series>> {
    let facts = &plan.scenarios[scenario];
    let rows = facts.clusters.list.len() + 1;
    let all: Vec<Series> =
        (0..plan.recorded.metrics.len()).flat_map(|metric| (0..rows).map(move |row| (metric, row))).collect();
    let one = facts.dates(plan.recorded.resolution).len() * plan.points * plan.replicates as usize * scenarios;
    all.chunks((VALUES_MOST / one.max(1)).max(1)).map(<[Series]>::to_vec).collect()
}

/// The values of a block: for each series and date one per cell, point by point; not a number where a cell failed.
struct Gathered {
    values: Vec<f64>,
    dates: usize,
    cells: usize,
}

impl Gathered {
    fn of(&self, series: usize, date: usize) -> &[f64] {
        let first = (series * self.dates + date) * self.cells;
        &self.values[first..first + self.cells]
    }

    /// Adds up the values of a series over its dates.
    fn cumulate(&mut self, series: usize) {
        for at in (series * self.dates + 1) * self.cells..(series + 1) * self.dates * self.cells {
            self.values[at] += self.values[at - self.cells];
        }
    }
}

fn gather(plan: &Plan, scenario: usize, block: &[Series], record: Reader<'_>) -> Result<Gathered, OutputError> {
    let facts = &plan.scenarios[scenario];
    let dates = facts.dates(plan.recorded.resolution).len();
    let rows = facts.clusters.list.len() + 1;
    let cells = plan.points * plan.replicates as usize;
    let mut values = vec![f64::NAN; block.len() * dates * cells];
    let first = plan.index(Cell { scenario, point: 0, replicate: 0 });
    for cell in 0..cells {
        let Ok(success) = record(first + cell)?.result else { continue };
        for (at, (metric, row)) in block.iter().enumerate() {
            for date in 0..dates {
                let place = date * rows + row;
                values[(at * dates + date) * cells + cell] = match &success.rows.columns[*metric] {
                    Column::Integer(all) => all[place] as f64,
                    Column::Float(all) => all[place],
                };
            }
        }
    }
    Ok(Gathered { values, dates, cells })
}

/// Values point by point, those that are missing left out.
fn by_point(values: &[f64], replicates: usize) -> Vec<Vec<f64>> {
    values.chunks(replicates).map(|point| point.iter().copied().filter(|value| !value.is_nan()).collect()).collect()
}

/// The value of each replicate: its mean over the points; left out where a cell of it is missing.
fn by_replicate(values: &[f64], replicates: usize) -> Vec<Option<f64>> {
    let points = values.len() / replicates;
    let mean = |replicate: usize| {
        let sum = (0..points).fold(0.0, |sum, point| sum + values[point * replicates + replicate]);
        (!sum.is_nan()).then(|| if points == 1 { sum } else { sum / points as f64 })
    };
    (0..replicates).map(mean).collect()
}

/// Keys of a row of either table.
struct Keys<'a> {
    plan: &'a Plan,
    days: Vec<i32>,
    labels: Vec<&'a str>,
}

impl<'a> Keys<'a> {
    fn of(plan: &'a Plan, scenario: usize) -> Self {
        let facts = &plan.scenarios[scenario];
        let days = facts.dates(plan.recorded.resolution).into_iter().map(days_since_1970).collect();
        Self { plan, days, labels: facts.clusters.labels().collect() }
    }

    fn metric(&self, series: Series) -> usize {
        self.plan.recorded.metrics[series.0]
    }

    /// Whether the summary on the terminal shows this row.
    fn is_last(&self, series: Series, date: usize) -> bool {
        date + 1 == self.days.len() && self.labels[series.1] == ALL
    }
}

/// Rows of a table that wait for their row group.
struct Waiting<'a, const N: usize> {
    texts: Vec<[&'a str; N]>,
    dates: Vec<i32>,
    counts: Vec<i32>,
    numbers: Vec<Vec<f64>>,
}

impl<'a, const N: usize> Waiting<'a, N> {
    fn none(columns: usize) -> Self {
        Self { texts: Vec::new(), dates: Vec::new(), counts: Vec::new(), numbers: vec![Vec::new(); columns] }
    }

    fn push(&mut self, texts: [&'a str; N], date: i32, count: usize, numbers: &[f64]) {
        self.texts.push(texts);
        self.dates.push(date);
        self.counts.push(i32::try_from(count).unwrap_or(i32::MAX));
        self.numbers.iter_mut().zip(numbers).for_each(|(column, number)| column.push(*number));
    }

    fn columns(&self, names: [&'static str; N], count: &'static str, numbers: &[&'static str]) -> Vec<TableColumn<'a>> {
        let column = |name, values| TableColumn { name, values };
        let text = |at: usize| Values::Text(self.texts.iter().map(|texts| texts[at]).collect());
        let mut columns: Vec<TableColumn<'a>> =
            names.into_iter().enumerate().map(|(at, name)| column(name, text(at))).collect();
        columns.insert(N - 2, column("date", Values::Date(self.dates.clone())));
        columns.push(column(count, Values::Int32(self.counts.clone())));
        let numbers = numbers.iter().zip(&self.numbers);
        columns.extend(numbers.map(|(name, values)| column(name, Values::DoubleOrNull(values.clone()))));
        columns
    }
}

const BAND_KEYS: [&str; 3] = ["scenario", "cluster", "metric"];

fn band_numbers() -> Vec<&'static str> {
    let quantiles = QUANTILE_COLUMNS.into_iter().flat_map(|(quantile, error)| [quantile, error]);
    let split = ["parameter_share", "parameter_share_low", "parameter_share_high"];
    ["mean", "mean_error"].into_iter().chain(quantiles).chain(split).collect()
}

/// `bands.parquet`: one row per scenario, metric, cluster and date.
struct BandTable<'a> {
    plan: &'a Plan,
    table: Table,
    waiting: Waiting<'a, 3>,
    bands: Option<(usize, Bands)>,
}

impl<'a> BandTable<'a> {
    fn create(staging: &Path, plan: &'a Plan) -> Result<Self, OutputError> {
        let waiting = Waiting::none(band_numbers().len());
        let columns = waiting.columns(BAND_KEYS, "cells", &band_numbers());
        Ok(Self { plan, table: Table::create(staging, "bands.parquet", &columns)?, waiting, bands: None })
    }

    fn add(
        &mut self,
        scenario: usize,
        block: &[Series],
        gathered: &Gathered,
        summary: &mut SweepSummary,
    ) -> Result<(), OutputError> {
        let keys = Keys::of(self.plan, scenario);
        let name: &'a str = &self.plan.scenarios[scenario].name;
        let replicates = self.plan.replicates as usize;
        for (at, series) in block.iter().enumerate() {
            let metric = keys.metric(*series);
            for (date, day) in keys.days.iter().enumerate() {
                let values = gathered.of(at, date);
                let points = by_point(values, replicates);
                let present: usize = points.iter().map(Vec::len).sum();
                if present == 0 {
                    continue;
                }
                if self.bands.as_ref().is_none_or(|(n, _)| *n != present) {
                    self.bands = Some((present, Bands::new(present)));
                }
                let Some((_, bands)) = &self.bands else { continue };
                let by_replicate: Vec<f64> = by_replicate(values, replicates).into_iter().flatten().collect();
                let band = bands.of(&points.concat()).with_shared_chance(points.len(), &by_replicate);
                let split = components(&points);
                let mut numbers = vec![band.mean, band.mean_error];
                numbers.extend(band.quantiles.iter().zip(&band.errors).flat_map(|(value, error)| [*value, *error]));
                numbers.extend(split.map_or([f64::NAN; 3], |split| [split.share, split.share_low, split.share_high]));
                self.waiting.push([name, keys.labels[series.1], METRICS[metric].name], *day, present, &numbers);
                if keys.is_last(*series, date) {
                    summary.bands.push(SweepBand { scenario, metric, band, split });
                }
            }
        }
        if self.waiting.dates.len() >= ROW_GROUP_ROWS { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), OutputError> {
        let full = std::mem::replace(&mut self.waiting, Waiting::none(band_numbers().len()));
        self.table.write(&full.columns(BAND_KEYS, "cells", &band_numbers()))
    }

    fn finish(mut self) -> Result<Named, OutputError> {
        self.flush()?;
        self.table.finish()
    }
}

const DIFFERENCE_KEYS: [&str; 4] = ["scenario", "policy", "cluster", "metric"];
const DIFFERENCE_NUMBERS: [&str; 11] = [
    "baseline",
    "mean",
    "error",
    "low",
    "high",
    "p_value",
    "p_better",
    "above",
    "above_low",
    "above_high",
    "variance_reduction",
];

/// `differences.parquet`: one row per policy, metric, cluster and date; flows are sums since the first month.
struct DifferenceTable<'a> {
    plan: &'a Plan,
    look: Look,
    table: Table,
    waiting: Waiting<'a, 4>,
}

impl<'a> DifferenceTable<'a> {
    fn create(staging: &Path, plan: &'a Plan, look: Look) -> Result<Self, OutputError> {
        let waiting = Waiting::none(DIFFERENCE_NUMBERS.len());
        let columns = waiting.columns(DIFFERENCE_KEYS, "pairs", &DIFFERENCE_NUMBERS);
        Ok(Self { plan, look, table: Table::create(staging, "differences.parquet", &columns)?, waiting })
    }

    fn add(
        &mut self,
        row: usize,
        block: &[Series],
        (mut baseline, mut policy): (Gathered, Gathered),
        summary: &mut SweepSummary,
    ) -> Result<(), OutputError> {
        let scenario = &self.plan.scenarios[row];
        let Some(under) = &scenario.under else { return Ok(()) };
        let keys = Keys::of(self.plan, row);
        let base: &'a str = &self.plan.scenarios[under.base].name;
        for (at, series) in block.iter().enumerate() {
            let metric = keys.metric(*series);
            if METRICS[metric].kind == MetricKind::Flow {
                baseline.cumulate(at);
                policy.cumulate(at);
            }
            for (date, day) in keys.days.iter().enumerate() {
                let Some((paired, p_better)) = self.compare(metric, baseline.of(at, date), policy.of(at, date)) else {
                    continue;
                };
                let above = paired.above;
                let numbers = [
                    paired.baseline,
                    paired.mean,
                    paired.error,
                    paired.low,
                    paired.high,
                    paired.p_value,
                    p_better,
                    above.share,
                    above.low,
                    above.high,
                    paired.variance_reduction,
                ];
                let texts = [base, under.policy.as_str(), keys.labels[series.1], METRICS[metric].name];
                self.waiting.push(texts, *day, paired.n, &numbers);
                if keys.is_last(*series, date) {
                    summary.differences.push(SweepDifference { scenario: row, metric, paired, p_better });
                }
            }
        }
        if self.waiting.dates.len() >= ROW_GROUP_ROWS { self.flush() } else { Ok(()) }
    }

    /// One place; `None` if no replicate is whole in both.
    fn compare(&self, metric: usize, baseline: &[f64], policy: &[f64]) -> Option<(Paired, f64)> {
        let replicates = self.plan.replicates as usize;
        let both = by_replicate(baseline, replicates).into_iter().zip(by_replicate(policy, replicates));
        let (a, b): (Vec<f64>, Vec<f64>) = both.filter_map(|(a, b)| Some((a?, b?))).unzip();
        if a.is_empty() {
            return None;
        }
        let mut paired = Paired::of(&a, &b, self.look, CONFIDENCE);
        if self.plan.points > 1 {
            // Who wins is told cell by cell. Cells of a replicate share their chance and cells of a point their values, so
            // they say no more than the smaller of both numbers for sure.
            let cells = baseline.iter().zip(policy).filter(|(a, b)| !(a.is_nan() || b.is_nan()));
            let (mut wins, mut count) = (0.0, 0.0);
            for (a, b) in cells {
                wins += if b > a { 1.0 } else { f64::from(u8::from(a == b)) / 2.0 };
                count += 1.0;
            }
            let sure = self.plan.points.min(a.len());
            paired.above = wilson(wins / count * sure as f64, sure);
        }
        let better = wanted_metrics(&[METRICS[metric].name]).ok()?.first()?.better;
        let above = paired.above.share;
        Some((paired, if better == Better::Higher { above } else { 1.0 - above }))
    }

    fn flush(&mut self) -> Result<(), OutputError> {
        let full = std::mem::replace(&mut self.waiting, Waiting::none(DIFFERENCE_NUMBERS.len()));
        self.table.write(&full.columns(DIFFERENCE_KEYS, "pairs", &DIFFERENCE_NUMBERS))
    }

    fn finish(mut self) -> Result<Named, OutputError> {
        self.flush()?;
        self.table.finish()
    }
}
