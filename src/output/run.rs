//! The result of one replicate, and the files it becomes.

use std::path::Path;

use crate::record::{Column, Event, Flows, METRICS, Records};
use crate::scenario::spec::ClusterId;
use crate::units::{CalendarMonth, Month};

use super::folder::ResultFolder;
use super::inputs::{InputFile, copies};
use super::summary::Summary;
use super::{NamedFile, OutputError, dictionary, manifest, tables};

/// The label of the rows that count every cluster.
pub const ALL: &str = "all";

/// A cluster as the files name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterLabel {
    /// Its row in the scenario, which events and flows refer to.
    pub row: ClusterId,
    /// Stable id, the value of the column `cluster`.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// Whether the scenario is about this cluster, or only needs it around.
    pub focus: bool,
}

/// What the files say about the scenario.
#[derive(Debug, Clone)]
pub struct ScenarioFacts<'a> {
    /// Short name, the value of the column `scenario`.
    pub name: &'a str,
    /// Title for people.
    pub title: &'a str,
    /// BLAKE3 of the resolved scenario, in hexadecimal.
    pub digest: &'a str,
    /// Every parameter and entity after all overlays, as they were run.
    pub resolved: &'a serde_json::Value,
}

/// The copy of the checkpoint that a branch began from.
pub const BRANCH: &str = "inputs/branch.checkpoint";

/// Where a run left another one, whose first months it shares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// Months that are the other run's.
    pub months: u16,
    /// Digest of the other run's scenario.
    pub scenario: String,
    /// The other run's seed.
    pub seed: u64,
    /// The other run's replicate.
    pub replicate: u32,
    /// The checkpoint, kept with the inputs: BLAKE3 in hexadecimal, and its bytes.
    pub checkpoint: (String, Vec<u8>),
}

/// One replicate of one scenario, ready to be written.
#[derive(Debug, Clone)]
pub struct RunResult<'a> {
    /// What was run.
    pub scenario: ScenarioFacts<'a>,
    /// The verb of the command line.
    pub verb: &'a str,
    /// Number of the model's behaviour: two programs with the same number give the same results.
    pub behaviour: u32,
    /// Master seed.
    pub seed: u64,
    /// Replicate, from 0.
    pub replicate: u32,
    /// Files read, in the order given.
    pub inputs: &'a [InputFile],
    /// Values set on the command line, as `path=value`.
    pub overrides: &'a [String],
    /// First simulated month.
    pub start: CalendarMonth,
    /// Clusters in the order of the rows of `records`.
    pub clusters: &'a [ClusterLabel],
    /// Metrics by month and cluster.
    pub records: &'a Records,
    /// What happened, in order.
    pub events: &'a [Event],
    /// What flowed between clusters.
    pub flows: &'a Flows,
    /// Digest of every month, each chained to the one before.
    pub chain: &'a [[u8; 32]],
    /// BLAKE3 over every month's state.
    pub state_digest: [u8; 32],
    /// Where the run left another, if it is a branch.
    pub branch: Option<&'a Branch>,
    /// Charts by file name, without the folder `figures/`.
    pub figures: &'a [NamedFile],
}

impl<'a> RunResult<'a> {
    /// The calendar month of a simulated month.
    #[must_use]
    pub fn date(&self, month: Month) -> CalendarMonth {
        self.start.plus(i32::from(month.0))
    }

    /// The stable id of a cluster.
    ///
    /// # Panics
    /// If the event or flow names a cluster that the result does not list: the tables would lie.
    pub(super) fn cluster_id(&self, row: ClusterId) -> &'a str {
        let label = self.clusters.iter().find(|cluster| cluster.row == row);
        &label.unwrap_or_else(|| panic!("cluster {} is not among those of the result", row.0)).id
    }

    /// The state digest in hexadecimal.
    #[must_use]
    pub fn state_digest_hex(&self) -> String {
        blake3::Hash::from_bytes(self.state_digest).to_hex().to_string()
    }

    /// Stops on tables that do not fit together: a wrong file is worse than none.
    fn assert_consistent(&self) {
        assert_eq!(self.records.clusters, self.clusters.len(), "records and labels name different clusters");
        assert_eq!(self.records.columns.len(), METRICS.len(), "one column per metric");
        let rows = usize::from(self.records.months) * (self.clusters.len() + 1);
        for (metric, column) in METRICS.iter().zip(&self.records.columns) {
            let values = match column {
                Column::Integer(values) => values.len(),
                Column::Float(values) => values.len(),
            };
            assert_eq!(values, rows, "`{}`: one value per month and row", metric.name);
        }
    }
}

/// The same records with their rows in the order of `clusters`; the simulation keeps them in that of the scenario's rows.
///
/// # Panics
/// If `clusters` does not name every row of the records once.
#[must_use]
pub fn in_display_order(records: Records, clusters: &[ClusterLabel]) -> Records {
    fn arranged<T: Copy>(values: &[T], order: &[usize]) -> Vec<T> {
        values.chunks(order.len()).flat_map(|month| order.iter().map(|row| month[*row])).collect()
    }
    let order: Vec<usize> =
        clusters.iter().map(|cluster| usize::from(cluster.row.0)).chain([records.clusters]).collect();
    let every_row_once = (0..=records.clusters).all(|row| order.contains(&row)) && order.len() == records.clusters + 1;
    assert!(every_row_once, "labels and rows of the records differ: {order:?}");
    let columns = records
        .columns
        .iter()
        .map(|column| match column {
            Column::Integer(values) => Column::Integer(arranged(values, &order)),
            Column::Float(values) => Column::Float(arranged(values, &order)),
        })
        .collect();
    Records { columns, ..records }
}

/// All files of the result folder, in the order of their names, the manifest last.
///
/// # Errors
/// [`OutputError::Encoding`] if a table cannot be encoded.
///
/// # Panics
/// If the tables of the result do not fit together.
pub fn run_files(result: &RunResult) -> Result<Vec<NamedFile>, OutputError> {
    result.assert_consistent();
    let mut files = vec![
        tables::records_parquet(result)?,
        tables::records_csv(result)?,
        tables::events_parquet(result)?,
        tables::flows_parquet(result)?,
        tables::digests_csv(result),
        ("metrics.toml".to_owned(), dictionary::text().into_bytes()),
        ("summary.json".to_owned(), pretty_json(&Summary::of(result).to_json())),
    ];
    files.extend(copies(result.inputs));
    files.extend(result.branch.map(|branch| (BRANCH.to_owned(), branch.checkpoint.1.clone())));
    files.extend(result.figures.iter().map(|(name, bytes)| (format!("figures/{name}"), bytes.clone())));
    files.sort_by(|a, b| a.0.cmp(&b.0));
    files.push((manifest::FILE.to_owned(), manifest::sealed(&manifest::of_run(result, &files))));
    Ok(files)
}

/// Writes the result into the prepared folder: everything, or nothing.
///
/// # Errors
/// [`OutputError`] if a table cannot be encoded or the disk refuses; the folder is then as it was.
pub fn write_run(folder: &ResultFolder, result: &RunResult) -> Result<Vec<String>, OutputError> {
    let files = run_files(result)?;
    folder.publish(&files)?;
    Ok(files.into_iter().map(|(name, _)| name).collect())
}

/// Puts new charts in place of all charts of an existing result folder, and their digests into its manifest.
///
/// # Errors
/// [`OutputError`] if the folder is not a result folder or the disk refuses; the folder is then as it was.
pub fn rewrite_figures(folder: &Path, figures: &[NamedFile]) -> Result<Vec<String>, OutputError> {
    let mut manifest = manifest::read_sealed(folder)?;
    let mut files: Vec<NamedFile> =
        figures.iter().map(|(name, bytes)| (format!("figures/{name}"), bytes.clone())).collect();
    files.sort_by(|a, b| a.0.cmp(&b.0));
    manifest::replace_figures(&mut manifest, &files);
    let names = files.iter().map(|(name, _)| name.clone()).collect();
    files.push((manifest::FILE.to_owned(), manifest::sealed(&manifest)));
    ResultFolder::in_place(folder)?.publish(&files)?;
    Ok(names)
}

fn pretty_json(value: &serde_json::Value) -> Vec<u8> {
    let mut text = format!("{value:#}").into_bytes();
    text.push(b'\n');
    text
}
