//! From records to growth charts as files.

use std::collections::BTreeMap;

use crate::output::{ClusterLabel, NamedFile};
use crate::plot::{GrowthCluster, GrowthInput, Language, PlotError, YearMonth, growth_figures, render_png, render_svg};
use crate::record::{Column, METRICS, Records};
use crate::units::CalendarMonth;

use super::failure::Failure;

/// Every growth chart as SVG and PNG, by file name. `note` says at the foot what was run.
///
/// # Errors
/// [`Failure::Machine`] if a chart cannot be drawn: a damaged build.
pub(super) fn draw(
    start: CalendarMonth,
    clusters: &[ClusterLabel],
    records: &Records,
    note: &str,
) -> Result<Vec<NamedFile>, Failure> {
    let input = GrowthInput {
        start: YearMonth { year: start.year(), month: start.month() },
        months: usize::from(records.months),
        clusters: clusters
            .iter()
            .map(|cluster| GrowthCluster { id: cluster.id.clone(), label: cluster.name.clone(), focus: cluster.focus })
            .collect(),
        metrics: METRICS
            .iter()
            .zip(&records.columns)
            .map(|(metric, column)| (metric.name.to_owned(), series_of(column, records.clusters)))
            .collect::<BTreeMap<_, _>>(),
        language: Language::English,
        note: note.to_owned(),
    };
    let failed = |cause: PlotError| Failure::Machine(format!("cannot draw the charts: {cause}"));
    let mut files = Vec::new();
    for (name, figure) in growth_figures(&input) {
        files.push((format!("{name}.svg"), render_svg(&figure).map_err(failed)?.into_bytes()));
        files.push((format!("{name}.png"), render_png(&figure).map_err(failed)?));
    }
    Ok(files)
}

/// A column as one series per cluster, without the row of all clusters.
fn series_of(column: &Column, clusters: usize) -> Vec<Vec<f64>> {
    let values: Vec<f64> = match column {
        Column::Integer(values) => values.iter().map(|value| *value as f64).collect(),
        Column::Float(values) => values.clone(),
    };
    (0..clusters).map(|cluster| values.iter().skip(cluster).step_by(clusters + 1).copied().collect()).collect()
}
