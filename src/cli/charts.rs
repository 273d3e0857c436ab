//! From a run to its charts as files: growth from the records, the rest from events and flows.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde_json::Value;

use crate::output::{ClusterLabel, NamedFile};
use crate::plot::{GrowthCluster, GrowthInput, Language, Picture, PlotError, YearMonth, growth_figures};
use crate::record::{Column, Event, Flows, METRICS, Records};
use crate::report::sentence;
use crate::units::CalendarMonth;

use super::failure::Failure;
use super::{movement, startup_charts};

/// What the charts of one run are drawn from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Material<'a> {
    pub(super) start: CalendarMonth,
    pub(super) clusters: &'a [ClusterLabel],
    pub(super) records: &'a Records,
    pub(super) events: &'a [Event],
    pub(super) flows: &'a Flows,
    /// The resolved scenario, for where clusters lie.
    pub(super) resolved: &'a Value,
    /// Says at the foot of every chart what was run.
    pub(super) note: &'a str,
    pub(super) language: Language,
}

impl Material<'_> {
    /// A sentence of the report with its slots filled.
    pub(super) fn say(&self, key: &str, slots: &[(&str, &str)]) -> String {
        let text = sentence(&format!("story.{key}"), self.language).to_owned();
        slots.iter().fold(text, |text, (slot, filled)| text.replace(&format!("{{{slot}}}"), filled))
    }

    /// Parts of a list: `Osaka 41 %, Kobe 46 %`.
    pub(super) fn listed(&self, parts: &[String]) -> String {
        parts.join(sentence("places.and", self.language))
    }

    /// The values of a metric by cluster and month.
    pub(super) fn metric(&self, name: &str) -> Vec<Vec<f64>> {
        let column = METRICS.iter().zip(&self.records.columns).find(|(metric, _)| metric.name == name);
        column.map_or_else(Vec::new, |(_, column)| series_of(column, self.records.clusters))
    }

    /// The calendar year of the last month.
    pub(super) fn last_year(&self) -> i32 {
        self.start.plus(i32::from(self.records.months) - 1).year()
    }

    /// First and last year, for example `2024–2053`.
    pub(super) fn years(&self) -> String {
        let (first, last) = (self.start.year(), self.last_year());
        if first == last { first.to_string() } else { format!("{first}–{last}") }
    }
}

/// The charts that only a single run has, for the report: collaborations, life lines, the funding ladder.
pub(super) fn story(material: &Material) -> Result<Vec<(String, Picture)>, PlotError> {
    if material.records.months == 0 {
        return Ok(Vec::new());
    }
    let network = movement::collaborations(material).into_iter();
    let all = network.chain(startup_charts::charts(material));
    all.map(|(name, picture)| Ok((name.to_owned(), picture?))).collect()
}

/// Every chart as SVG and PNG, by file name. Charts are drawn side by side; their order, and their bytes, do not depend
/// on the number of threads.
///
/// # Errors
/// [`Failure::Machine`] if a chart cannot be drawn: a damaged build.
pub(super) fn draw(material: &Material) -> Result<Vec<NamedFile>, Failure> {
    let failed = |cause: PlotError| Failure::Machine(format!("cannot draw the charts: {cause}"));
    let growth = growth_figures(&growth_input(material)).into_iter();
    let mut pictures: Vec<(String, Result<Picture, PlotError>)> =
        growth.map(|(name, figure)| (name, figure.picture())).collect();
    if material.records.months > 0 {
        let more = movement::charts(material).into_iter().chain(startup_charts::charts(material));
        pictures.extend(more.map(|(name, picture)| (name.to_owned(), picture)));
    }
    let drawn: Vec<Result<[NamedFile; 2], PlotError>> = pictures
        .into_par_iter()
        .map(|(name, picture)| {
            let picture = picture?;
            Ok([(format!("{name}.svg"), picture.svg()?.into_bytes()), (format!("{name}.png"), picture.png()?)])
        })
        .collect();
    let mut files = Vec::new();
    for pair in drawn {
        files.extend(pair.map_err(failed)?);
    }
    Ok(files)
}

fn growth_input(material: &Material) -> GrowthInput {
    let Material { start, clusters, records, note, .. } = material;
    let cluster = |cluster: &ClusterLabel| GrowthCluster {
        id: cluster.id.clone(),
        label: cluster.name.clone(),
        focus: cluster.focus,
    };
    GrowthInput {
        start: YearMonth { year: start.year(), month: start.month() },
        months: usize::from(records.months),
        clusters: clusters.iter().map(cluster).collect(),
        metrics: METRICS
            .iter()
            .zip(&records.columns)
            .map(|(metric, column)| (metric.name.to_owned(), series_of(column, records.clusters)))
            .collect::<BTreeMap<_, _>>(),
        language: Language::English,
        note: (*note).to_owned(),
    }
}

/// A column as one series per cluster, without the row of all clusters.
fn series_of(column: &Column, clusters: usize) -> Vec<Vec<f64>> {
    let values: Vec<f64> = match column {
        Column::Integer(values) => values.iter().map(|value| *value as f64).collect(),
        Column::Float(values) => values.clone(),
    };
    (0..clusters).map(|cluster| values.iter().skip(cluster).step_by(clusters + 1).copied().collect()).collect()
}
