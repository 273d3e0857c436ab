//! What a comparison keeps of every single run: `records.parquet` in the form of a sweep's, and `flows.parquet`.
//!
//! From these two everything that a comparison or a report says can be computed again.

use crate::record::{FLOW_KINDS, METRICS, MetricKind};
use crate::statistics::{Layout, Place, YearlyValues};

use super::comparison::ComparisonResult;
use super::parquet::{ROW_GROUP_ROWS, TableColumn, TableWriter, Values, encode};
use super::run::ALL;
use super::tables::KEYS;
use super::{NamedFile, OutputError};

/// Every metric of every run at the end of every year, and what flowed between clusters.
#[derive(Debug, Clone, Copy)]
pub struct YearlyRecords<'a> {
    /// One metric for each of [`METRICS`], in their order.
    pub layout: &'a Layout,
    /// By scenario (the baseline first), then replicate.
    pub runs: &'a [Vec<YearlyValues>],
    /// The same for what [`crate::record::Flows::totals`] gives.
    pub flows: &'a [Vec<Vec<i64>>],
}

/// The name of a scenario in the files: `baseline`, or that of the policy.
fn scenario_name<'a>(result: &ComparisonResult<'a>, scenario: usize) -> &'a str {
    scenario.checked_sub(1).map_or("baseline", |policy| result.policies[policy].name)
}

/// `records.parquet`: one row per scenario, replicate, year and cluster, flows summed over the year.
pub(super) fn records_parquet(result: &ComparisonResult) -> Result<NamedFile, OutputError> {
    let file = "records.parquet";
    let failed = |cause| OutputError::encoding(file, cause);
    let records = result.records;
    let years = records.layout.years.len();
    let rows = (years * records.layout.rows).max(1);
    let mut writer: Option<TableWriter<Vec<u8>>> = None;
    for (scenario, runs) in records.runs.iter().enumerate() {
        // Row groups end with a run, so their borders depend on nothing but the comparison.
        let most = (ROW_GROUP_ROWS / rows).max(1);
        for (part, runs) in runs.chunks(most).enumerate() {
            let columns = MetricColumns::of(records.layout, runs);
            let table = columns.table(result, scenario_name(result, scenario), part * most, runs.len());
            let mut ready = match writer.take() {
                Some(ready) => ready,
                None => TableWriter::new(Vec::new(), &table).map_err(failed)?,
            };
            ready.write_group(&table, 0, rows * runs.len()).map_err(failed)?;
            writer = Some(ready);
        }
    }
    let writer = writer.ok_or_else(|| OutputError::encoding(file, "no run was kept"))?;
    Ok((file.to_owned(), writer.into_inner().map_err(failed)?))
}

/// Values of some runs of one scenario, metric by metric.
struct MetricColumns {
    whole: Vec<Vec<i64>>,
    real: Vec<Vec<f64>>,
}

impl MetricColumns {
    fn of(layout: &Layout, runs: &[YearlyValues]) -> Self {
        let mut columns = Self { whole: Vec::new(), real: Vec::new() };
        for (metric, declared) in METRICS.iter().enumerate() {
            let mut values = Vec::with_capacity(runs.len() * layout.years.len() * layout.rows);
            for run in runs {
                for year in 0..layout.years.len() {
                    for row in 0..layout.rows {
                        let at = |year| layout.value(run, Place { metric, year, row });
                        // Kept since the first month, written year by year.
                        let before = if layout.metrics[metric].cumulated && year > 0 { at(year - 1) } else { 0.0 };
                        values.push(at(year) - before);
                    }
                }
            }
            match declared.kind {
                MetricKind::Index => {
                    columns.real.push(values);
                    columns.whole.push(Vec::new());
                }
                MetricKind::Stock | MetricKind::Flow => {
                    columns.whole.push(values.into_iter().map(|value| value as i64).collect());
                    columns.real.push(Vec::new());
                }
            }
        }
        columns
    }

    fn table<'a>(
        &'a self,
        result: &'a ComparisonResult,
        scenario: &'a str,
        first: usize,
        runs: usize,
    ) -> Vec<TableColumn<'a>> {
        let layout = result.records.layout;
        let rows = runs * layout.years.len() * layout.rows;
        let each = |value: &dyn Fn(usize, usize, usize) -> i32| -> Vec<i32> {
            let mut values = Vec::with_capacity(rows);
            for run in first..first + runs {
                for year in 0..layout.years.len() {
                    values.extend((0..layout.rows).map(|row| value(run, year, row)));
                }
            }
            values
        };
        let days: Vec<i32> =
            (0..layout.years.len()).map(|year| super::tables::days_since_1970(result.last_month(year))).collect();
        let labels: Vec<&str> = result.clusters.iter().map(|cluster| cluster.id.as_str()).chain([ALL]).collect();
        let clusters = std::iter::repeat_n(labels, runs * layout.years.len()).flatten().collect();
        let mut columns = vec![
            TableColumn { name: KEYS[0], values: Values::Text(vec![scenario; rows]) },
            TableColumn { name: KEYS[1], values: Values::Int32(vec![0; rows]) },
            TableColumn {
                name: KEYS[2],
                values: Values::Int32(each(&|run, _, _| i32::try_from(run).unwrap_or(i32::MAX))),
            },
            TableColumn { name: KEYS[3], values: Values::Date(each(&|_, year, _| days[year])) },
            TableColumn { name: KEYS[4], values: Values::Text(clusters) },
        ];
        columns.extend(METRICS.iter().enumerate().map(|(metric, declared)| TableColumn {
            name: declared.name,
            values: match declared.kind {
                MetricKind::Index => Values::Double(&self.real[metric]),
                MetricKind::Stock | MetricKind::Flow => Values::Int64(&self.whole[metric]),
            },
        }));
        columns
    }
}

/// `flows.parquet`: sums over all months that are not zero, by scenario, replicate, kind, and the two clusters.
pub(super) fn flows_parquet(result: &ComparisonResult) -> Result<NamedFile, OutputError> {
    let clusters = result.clusters.len();
    let mut by_row = vec![""; clusters];
    for cluster in result.clusters {
        if let Some(id) = by_row.get_mut(usize::from(cluster.row.0)) {
            *id = cluster.id.as_str();
        }
    }
    let (mut scenarios, mut replicates, mut kinds) = (Vec::new(), Vec::new(), Vec::new());
    let (mut from, mut to, mut amounts) = (Vec::new(), Vec::new(), Vec::new());
    for (scenario, runs) in result.records.flows.iter().enumerate() {
        for (replicate, totals) in runs.iter().enumerate() {
            for (at, amount) in totals.iter().enumerate().filter(|(_, amount)| **amount != 0) {
                scenarios.push(scenario_name(result, scenario));
                replicates.push(i32::try_from(replicate).unwrap_or(i32::MAX));
                kinds.push(FLOW_KINDS[at / (clusters * clusters)]);
                from.push(by_row[at / clusters % clusters]);
                to.push(by_row[at % clusters]);
                amounts.push(*amount);
            }
        }
    }
    let columns = [
        ("scenario", Values::Text(scenarios)),
        ("replicate", Values::Int32(replicates)),
        ("kind", Values::Text(kinds)),
        ("from", Values::Text(from)),
        ("to", Values::Text(to)),
        ("amount", Values::Int64(&amounts)),
    ]
    .map(|(name, values)| TableColumn { name, values });
    Ok(("flows.parquet".to_owned(), encode("flows.parquet", &columns)?))
}
