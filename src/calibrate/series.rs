//! The record: its series, and which column of the model answers which of them.
//!
//! `metrics.toml` names the file of targets (`cluster,metric,year,value,unit,fact_id`) and has a `[[series]]` for every
//! series that the model has an answer to; the others of the file are left alone.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::record::{Column, METRICS, MetricKind};
use crate::study::{PlannedScenario, Recording, Resolution, Rows};

/// A series of the record and the model's answer to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Cluster in the file of targets.
    pub cluster: String,
    /// Metric in the file of targets.
    pub metric: String,
    /// Unit of the record.
    pub unit: String,
    /// The scenario that answers it.
    pub scenario: String,
    /// Columns of [`METRICS`] that are added.
    pub columns: Vec<usize>,
    /// Cluster of the scenario, or `all`.
    pub row: String,
    /// Units of the columns in one unit of the record.
    pub per_unit: f64,
    /// How the two definitions fit together, in words.
    pub definition: String,
    /// The record: year, value, and the fact it comes from, years ascending.
    pub points: Vec<(i32, f64, String)>,
}

impl Series {
    /// `kobe employees`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} {}", self.cluster, self.metric)
    }

    /// Whether a year's value is what happened in it, not a level at its end.
    #[must_use]
    pub fn is_flow(&self) -> bool {
        self.columns.iter().all(|column| METRICS[*column].kind == MetricKind::Flow)
    }

    /// How many of its last years are kept out of a fit: the share, rounded up, of a series of three years or more.
    #[must_use]
    pub fn held_out(&self, share: f64) -> usize {
        let n = self.points.len();
        if n < 3 { 0 } else { ((n as f64 * share).ceil() as usize).min(n - 2) }
    }

    /// The model's answer in a year, in the unit of the record; `None` if the run does not reach that year.
    #[must_use]
    pub fn answer(&self, rows: &Rows, scenario: &PlannedScenario, recorded: &Recording, year: i32) -> Option<f64> {
        let period = scenario.dates(Resolution::Year).iter().position(|date| date.year() == year)?;
        let width = scenario.clusters.list.len() + 1;
        let row = scenario.clusters.labels().position(|label| label == self.row)?;
        let mut sum = 0.0;
        for column in &self.columns {
            let place = recorded.metrics.iter().position(|known| known == column)?;
            sum += match &rows.columns[place] {
                Column::Integer(values) => values[period * width + row] as f64,
                Column::Float(values) => values[period * width + row],
            };
        }
        Some(sum / self.per_unit)
    }
}

/// Every series that the model answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Scenarios that answer series: name and file.
    pub scenarios: Vec<(String, PathBuf)>,
    /// Small scenarios that are compared with other models: name and file.
    pub dockings: Vec<(String, PathBuf)>,
    /// In the order of the file.
    pub series: Vec<Series>,
    /// BLAKE3 over both files, in hexadecimal.
    pub digest: String,
}

/// What is wrong with the files: place, problem and fix in one message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct RecordError(pub String);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema: u32,
    targets: PathBuf,
    #[serde(default)]
    scenario: Vec<Answering>,
    #[serde(default)]
    docking: Vec<Answering>,
    #[serde(default)]
    series: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answering {
    name: String,
    file: PathBuf,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    cluster: String,
    metric: String,
    scenario: String,
    columns: Vec<String>,
    row: String,
    #[serde(default = "one")]
    per_unit: f64,
    #[serde(default)]
    from: Option<i32>,
    definition: String,
}

fn one() -> f64 {
    1.0
}

#[derive(Deserialize)]
struct Target {
    cluster: String,
    metric: String,
    year: i32,
    value: f64,
    unit: String,
    fact_id: String,
}

impl Record {
    /// Reads `metrics.toml` and the targets that it names, relative to it.
    ///
    /// # Errors
    /// [`RecordError`] with the place and the fix.
    pub fn read(path: &Path) -> Result<Self, RecordError> {
        let text = read(path)?;
        let wrong = |what: String| RecordError(format!("{}: {what}", path.display()));
        let file: File = toml::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        if file.schema != 1 {
            return Err(wrong(format!("schema {} is not known; write `schema = 1`", file.schema)));
        }
        let folder = path.parent().unwrap_or_else(|| Path::new(""));
        let targets_path = folder.join(&file.targets);
        let targets_text = read(&targets_path)?;
        let targets = csv::Reader::from_reader(targets_text.as_bytes())
            .into_deserialize()
            .collect::<Result<Vec<Target>, _>>()
            .map_err(|error| RecordError(format!("{}: {error}", targets_path.display())))?;
        let mut series = Vec::new();
        for row in file.series {
            if file.scenario.iter().all(|known| known.name != row.scenario) {
                let name = &row.scenario;
                return Err(wrong(format!("no `[[scenario]]` is named `{name}`; add one with its `file`")));
            }
            series.push(answered(row, &targets).map_err(wrong)?);
        }
        let mut hasher = blake3::Hasher::new();
        hasher.update(text.as_bytes());
        hasher.update(targets_text.as_bytes());
        let placed = |files: Vec<Answering>| files.into_iter().map(|one| (one.name, folder.join(one.file))).collect();
        let (scenarios, dockings) = (placed(file.scenario), placed(file.docking));
        Ok(Self { scenarios, dockings, series, digest: hasher.finalize().to_hex().to_string() })
    }

    /// The place of a series.
    #[must_use]
    pub fn find(&self, cluster: &str, metric: &str) -> Option<usize> {
        self.series.iter().position(|series| series.cluster == cluster && series.metric == metric)
    }

    /// What has to be recorded to answer these series: their columns, once a year.
    #[must_use]
    pub fn recording<'a>(series: impl IntoIterator<Item = &'a Series>) -> Recording {
        let mut metrics: Vec<usize> = series.into_iter().flat_map(|series| series.columns.iter().copied()).collect();
        metrics.sort_unstable();
        metrics.dedup();
        Recording { metrics, resolution: Resolution::Year }
    }
}

fn read(path: &Path) -> Result<String, RecordError> {
    fs::read_to_string(path).map_err(|cause| RecordError(format!("{}: cannot be read: {cause}", path.display())))
}

fn answered(row: Row, targets: &[Target]) -> Result<Series, String> {
    let name = format!("series `{} {}`", row.cluster, row.metric);
    let mut columns = Vec::new();
    for column in &row.columns {
        let known = METRICS.iter().position(|metric| metric.name == column);
        columns.push(known.ok_or_else(|| format!("{name}: there is no column `{column}`"))?);
    }
    if columns.is_empty() || row.per_unit.is_nan() || row.per_unit <= 0.0 {
        return Err(format!("{name}: needs at least one of `columns`, and `per_unit` above 0"));
    }
    let from = row.from.unwrap_or(i32::MIN);
    let own = targets.iter().filter(|target| target.cluster == row.cluster && target.metric == row.metric);
    let own: Vec<&Target> = own.filter(|target| target.year >= from && target.value > 0.0).collect();
    let Some(first) = own.first() else {
        return Err(format!("{name}: the targets have no value above 0 for it; correct `cluster`, `metric` or `from`"));
    };
    if own.iter().any(|target| target.unit != first.unit) {
        return Err(format!("{name}: its targets are in different units"));
    }
    let unit = first.unit.clone();
    let mut points: Vec<(i32, f64, String)> =
        own.iter().map(|target| (target.year, target.value, target.fact_id.clone())).collect();
    points.sort_by_key(|(year, ..)| *year);
    if points.windows(2).any(|pair| pair[0].0 == pair[1].0) {
        return Err(format!("{name}: the targets have a year twice"));
    }
    Ok(Series {
        cluster: row.cluster,
        metric: row.metric,
        unit,
        scenario: row.scenario,
        columns,
        row: row.row,
        per_unit: row.per_unit,
        definition: row.definition,
        points,
    })
}
