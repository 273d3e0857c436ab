//! A result folder read back: what `plot` and later verbs start from.

use std::fs;
use std::path::{Path, PathBuf};

use parquet::column::reader::ColumnReader;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use serde_json::Value;

use crate::record::{Column, METRICS, MetricKind, Records};
use crate::scenario::spec::ClusterId;
use crate::units::CalendarMonth;

use super::run::ClusterLabel;
use super::{OutputError, manifest};

/// A run as its folder tells it.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredRun {
    /// Name of the scenario.
    pub scenario: String,
    /// Title of the scenario.
    pub title: String,
    /// Master seed.
    pub seed: u64,
    /// Replicate.
    pub replicate: u32,
    /// First month.
    pub start: CalendarMonth,
    /// Clusters in the order of the rows.
    pub clusters: Vec<ClusterLabel>,
    /// Every parameter and entity after all overlays, as they were run.
    pub resolved: Value,
    /// Digest of the events, as the manifest gives it; empty if it does not.
    pub events_digest: String,
    /// Metrics by month and cluster.
    pub records: Records,
}

/// Reads the manifest and the records of a result folder.
///
/// # Errors
/// [`OutputError::Refused`] if the folder is not a result folder, is from a program that wrote other columns, or was
/// changed after it was written.
pub fn read_run(folder: &Path) -> Result<StoredRun, OutputError> {
    let manifest = manifest::read_sealed(folder)?;
    let path = vouched_for(folder, &manifest, "records.parquet")?;
    let refused = |problem: String| OutputError::refused(&path, problem, "run the scenario again");
    let head = head_of(&manifest).ok_or_else(|| {
        OutputError::refused(
            &folder.join(manifest::FILE),
            "lacks the scenario, the start, the months or the clusters",
            "run the scenario again",
        )
    })?;
    let (mut run, months) = head;
    let rows = usize::from(months) * (run.clusters.len() + 1);
    let columns = metric_columns(&path, rows).map_err(refused)?;
    run.records = Records { months, clusters: run.clusters.len(), columns };
    Ok(run)
}

/// The path of a file of the folder, after its bytes were found to be those that the manifest names.
pub(super) fn vouched_for(folder: &Path, manifest: &Value, name: &str) -> Result<PathBuf, OutputError> {
    let path = folder.join(name);
    let refused = |problem: &str| OutputError::refused(&path, problem, "run the scenario again");
    let bytes = fs::read(&path).map_err(|cause| match cause.kind() {
        std::io::ErrorKind::NotFound => refused("is missing from the result folder"),
        _ => OutputError::machine(&path, "read the table", &cause),
    })?;
    if manifest["files"][name] != manifest::digest(&bytes) {
        return Err(refused("is not the file that manifest.json vouches for: it was changed afterwards"));
    }
    Ok(path)
}

/// What the manifest says, still without records, and the number of months.
fn head_of(manifest: &Value) -> Option<(StoredRun, u16)> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let clusters = manifest["clusters"]
        .as_array()?
        .iter()
        .map(|cluster| {
            Some(ClusterLabel {
                row: ClusterId(u16::try_from(cluster["row"].as_u64()?).ok()?),
                id: text(&cluster["id"])?,
                name: text(&cluster["name"])?,
                focus: cluster["focus"].as_bool()?,
            })
        })
        .collect::<Option<Vec<_>>>()?;
    let run = StoredRun {
        scenario: text(&manifest["scenario"]["name"])?,
        title: text(&manifest["scenario"]["title"])?,
        seed: manifest["seed"].as_u64()?,
        replicate: u32::try_from(manifest["replicate"].as_u64()?).ok()?,
        start: manifest["start"].as_str()?.parse().ok()?,
        clusters,
        resolved: manifest["scenario"]["resolved"].clone(),
        events_digest: text(&manifest["files"]["events.parquet"]).unwrap_or_default(),
        records: Records { months: 0, clusters: 0, columns: Vec::new() },
    };
    Some((run, u16::try_from(manifest["months"].as_u64()?).ok()?))
}

/// The metric columns in the order of [`METRICS`], each with `rows` values.
fn metric_columns(path: &Path, rows: usize) -> Result<Vec<Column>, String> {
    let unreadable = |cause: ParquetError| format!("is not a Parquet file that can be read: {cause}");
    let reader = SerializedFileReader::try_from(path).map_err(unreadable)?;
    let schema = reader.metadata().file_metadata().schema_descr_ptr();
    METRICS
        .iter()
        .map(|metric| {
            let index = (0..schema.num_columns())
                .find(|index| schema.column(*index).name() == metric.name)
                .ok_or_else(|| format!("has no column `{}`: it is from another version", metric.name))?;
            let mut column = match metric.kind {
                MetricKind::Index => Column::Float(Vec::with_capacity(rows)),
                MetricKind::Stock | MetricKind::Flow => Column::Integer(Vec::with_capacity(rows)),
            };
            for group in 0..reader.num_row_groups() {
                let part = reader.get_row_group(group).map_err(unreadable)?;
                let values = part.get_column_reader(index).map_err(unreadable)?;
                read_into(&mut column, values, metric.name).map_err(unreadable)?;
            }
            let found = match &column {
                Column::Integer(values) => values.len(),
                Column::Float(values) => values.len(),
            };
            if found == rows { Ok(column) } else { Err(format!("has {found} rows where the manifest says {rows}")) }
        })
        .collect()
}

fn read_into(column: &mut Column, reader: ColumnReader, name: &str) -> Result<(), ParquetError> {
    match (column, reader) {
        (Column::Integer(values), ColumnReader::Int64ColumnReader(mut reader)) => {
            while reader.read_records(usize::MAX, None, None, values)?.0 > 0 {}
            Ok(())
        }
        (Column::Float(values), ColumnReader::DoubleColumnReader(mut reader)) => {
            while reader.read_records(usize::MAX, None, None, values)?.0 > 0 {}
            Ok(())
        }
        _ => Err(ParquetError::General(format!("the column `{name}` has another type"))),
    }
}
