//! The result folder of a sweep: a handful of files whatever the number of cells, written cell by cell.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::record::{Column, METRICS, MetricKind};
use crate::simulate::BEHAVIOUR;
use crate::study::{Cell, CellRecord, Sheet, Success};

use super::folder::ResultFolder;
use super::number::text_of;
use super::parquet::{ROW_GROUP_ROWS, TableColumn, Values};
use super::stream::{Digested, Table, failed, text_file};
use super::sweep_summary::{self, SweepSummary};
use super::tables::{KEYS, days_since_1970};
use super::{OutputError, dictionary, manifest};

/// A finished sweep.
pub struct Sweep<'a> {
    /// What was swept.
    pub sheet: &'a Sheet,
    /// Whether `records.csv` is written beside `records.parquet`.
    pub csv: bool,
    /// Whether the stopping rule of the study was met; `None` if it has none.
    pub met: Option<bool>,
    /// What was expected and found, as JSON; empty if nothing was expected.
    pub expectations: &'a [Value],
}

/// What was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    /// Names of the files.
    pub names: Vec<String>,
    /// Rows of `records.parquet`.
    pub rows: u64,
    /// Cells that failed.
    pub failed: u64,
    /// BLAKE3 over the state digests of all cells in order, in hexadecimal.
    pub state_digest: String,
    /// What was found at the end of the runs.
    pub summary: SweepSummary,
}

/// Writes the folder: everything, or nothing. `record` is asked for every cell at least twice: once in canonical order for
/// the records, then scenario by scenario for the bands.
///
/// # Errors
/// [`OutputError`] if the disk refuses or a table cannot be encoded, and whatever `record` returns.
pub fn write_sweep(
    folder: &ResultFolder,
    sweep: &Sweep<'_>,
    record: &mut dyn FnMut(usize) -> Result<CellRecord, OutputError>,
) -> Result<Written, OutputError> {
    let mut written = None;
    folder.publish_with(&mut |staging| {
        let mut files = Files::create(staging, sweep)?;
        for index in 0..sweep.sheet.plan.len() {
            files.add(sweep.sheet.plan.cell(index), record(index)?)?;
        }
        let done = files.finish(staging, sweep, record)?;
        let names = done.names.clone();
        written = Some(done);
        Ok(names)
    })?;
    written.ok_or_else(|| OutputError::encoding("records.parquet", "nothing was written"))
}

/// The files being written, and the rows that wait for their row group.
struct Files<'a> {
    sheet: &'a Sheet,
    dates: Vec<Vec<(i32, String)>>,
    records: Table,
    cells: Table,
    csv: Option<csv::Writer<Digested>>,
    waiting: Rows<'a>,
    seen: Cells<'a>,
    rows: u64,
    failed: u64,
    states: blake3::Hasher,
}

/// Rows of `records.parquet`.
struct Rows<'a> {
    scenarios: Vec<&'a str>,
    points: Vec<i32>,
    replicates: Vec<i32>,
    dates: Vec<i32>,
    clusters: Vec<&'a str>,
    metrics: Vec<(&'static str, Column)>,
}

impl<'a> Rows<'a> {
    fn none(sheet: &Sheet) -> Self {
        let empty = |column: &usize| {
            let metric = &METRICS[*column];
            let values = match metric.kind {
                MetricKind::Index => Column::Float(Vec::new()),
                MetricKind::Stock | MetricKind::Flow => Column::Integer(Vec::new()),
            };
            (metric.name, values)
        };
        Self {
            scenarios: Vec::new(),
            points: Vec::new(),
            replicates: Vec::new(),
            dates: Vec::new(),
            clusters: Vec::new(),
            metrics: sheet.plan.recorded.metrics.iter().map(empty).collect(),
        }
    }

    fn columns(&self) -> Vec<TableColumn<'_>> {
        let column = |name, values| TableColumn { name, values };
        let mut columns = vec![
            column(KEYS[0], Values::Text(self.scenarios.clone())),
            column(KEYS[1], Values::Int32(self.points.clone())),
            column(KEYS[2], Values::Int32(self.replicates.clone())),
            column(KEYS[3], Values::Date(self.dates.clone())),
            column(KEYS[4], Values::Text(self.clusters.clone())),
        ];
        columns.extend(self.metrics.iter().map(|(name, values)| match values {
            Column::Integer(values) => column(name, Values::Int64(values)),
            Column::Float(values) => column(name, Values::Double(values)),
        }));
        columns
    }
}

/// Rows of `cells.parquet`.
#[derive(Default)]
struct Cells<'a> {
    scenarios: Vec<&'a str>,
    points: Vec<i32>,
    replicates: Vec<i32>,
    keys: Vec<String>,
    states: Vec<Option<String>>,
    errors: Vec<Option<String>>,
}

impl Cells<'_> {
    fn columns(&self) -> [TableColumn<'_>; 6] {
        fn texts(values: &[Option<String>]) -> Values<'_> {
            Values::TextOrNull(values.iter().map(Option::as_deref).collect())
        }
        [
            (KEYS[0], Values::Text(self.scenarios.clone())),
            (KEYS[1], Values::Int32(self.points.clone())),
            (KEYS[2], Values::Int32(self.replicates.clone())),
            ("key", Values::Text(self.keys.iter().map(String::as_str).collect())),
            ("state_digest", texts(&self.states)),
            ("error", texts(&self.errors)),
        ]
        .map(|(name, values)| TableColumn { name, values })
    }
}

impl<'a> Files<'a> {
    fn create(staging: &Path, sweep: &Sweep<'a>) -> Result<Self, OutputError> {
        let sheet = sweep.sheet;
        let resolution = sheet.plan.recorded.resolution;
        let dates = sheet.plan.scenarios.iter().map(|scenario| {
            let dates = scenario.dates(resolution);
            dates.into_iter().map(|date| (days_since_1970(date), date.to_string())).collect()
        });
        let waiting = Rows::none(sheet);
        let seen = Cells::default();
        let csv = if sweep.csv { Some(csv_file(staging, sheet)?) } else { None };
        Ok(Self {
            sheet,
            dates: dates.collect(),
            records: Table::create(staging, "records.parquet", &waiting.columns())?,
            cells: Table::create(staging, "cells.parquet", &seen.columns())?,
            csv,
            waiting,
            seen,
            rows: 0,
            failed: 0,
            states: blake3::Hasher::new(),
        })
    }

    fn add(&mut self, cell: Cell, record: CellRecord) -> Result<(), OutputError> {
        let sheet = self.sheet;
        let scenario = &sheet.plan.scenarios[cell.scenario];
        let point = i32::try_from(cell.point).unwrap_or(i32::MAX);
        let replicate = i32::try_from(cell.replicate).unwrap_or(i32::MAX);
        self.seen.scenarios.push(&scenario.name);
        self.seen.points.push(point);
        self.seen.replicates.push(replicate);
        self.seen.keys.push(record.key.to_string());
        match record.result {
            Ok(success) => {
                self.states.update(&success.state_digest);
                let state = blake3::Hash::from_bytes(success.state_digest).to_hex().to_string();
                self.seen.states.push(Some(state));
                self.seen.errors.push(None);
                self.add_rows(cell, point, replicate, success)?;
            }
            Err(message) => {
                self.states.update(&[0; 32]);
                self.failed += 1;
                self.seen.states.push(None);
                self.seen.errors.push(Some(message));
            }
        }
        // Row groups end with a cell, so their borders depend on nothing but the study.
        if self.waiting.dates.len() >= ROW_GROUP_ROWS {
            self.records.write(&self.waiting.columns())?;
            self.waiting = Rows::none(sheet);
        }
        if self.seen.keys.len() >= ROW_GROUP_ROWS {
            self.cells.write(&self.seen.columns())?;
            self.seen = Cells::default();
        }
        Ok(())
    }

    fn add_rows(&mut self, cell: Cell, point: i32, replicate: i32, success: Success) -> Result<(), OutputError> {
        let scenario = &self.sheet.plan.scenarios[cell.scenario];
        let dates = &self.dates[cell.scenario];
        let width = scenario.clusters.list.len() + 1;
        let rows = dates.len() * width;
        let unfit =
            || OutputError::encoding("records.parquet", format!("a cell of `{}` has other rows", scenario.name));
        if success.rows.columns.len() != self.waiting.metrics.len() {
            return Err(unfit());
        }
        if let Some(csv) = &mut self.csv {
            write_csv(csv, (&scenario.name, point, replicate), dates, scenario.clusters.labels(), &success)?;
        }
        for ((_, all), column) in self.waiting.metrics.iter_mut().zip(success.rows.columns) {
            match (all, column) {
                (Column::Integer(all), Column::Integer(values)) if values.len() == rows => all.extend(values),
                (Column::Float(all), Column::Float(values)) if values.len() == rows => all.extend(values),
                _ => return Err(unfit()),
            }
        }
        for (date, _) in dates {
            self.waiting.dates.extend(std::iter::repeat_n(*date, width));
            self.waiting.clusters.extend(scenario.clusters.labels());
        }
        self.waiting.scenarios.extend(std::iter::repeat_n(scenario.name.as_str(), rows));
        self.waiting.points.extend(std::iter::repeat_n(point, rows));
        self.waiting.replicates.extend(std::iter::repeat_n(replicate, rows));
        self.rows += rows as u64;
        Ok(())
    }

    fn finish(
        mut self,
        staging: &Path,
        sweep: &Sweep<'_>,
        record: &mut dyn FnMut(usize) -> Result<CellRecord, OutputError>,
    ) -> Result<Written, OutputError> {
        self.records.write(&self.waiting.columns())?;
        self.cells.write(&self.seen.columns())?;
        let mut digests = vec![self.cells.finish()?];
        if let Some(csv) = self.csv {
            let file = csv.into_inner().map_err(|cause| failed("records.csv", cause.error()))?;
            digests.push(file.finish()?);
        }
        digests.push(self.records.finish()?);
        let recorded = &sweep.sheet.plan.recorded.metrics;
        let dictionary = dictionary::text_of(recorded.iter().map(|column| &METRICS[*column]));
        digests.push(points_file(staging, sweep.sheet)?);
        digests.push(text_file(staging, "metrics.toml", &dictionary)?);
        let (tables, summary) = sweep_summary::write(staging, sweep, record)?;
        digests.extend(tables);
        for (name, text) in &sweep.sheet.copies {
            digests.push(copy_file(staging, name, text)?);
        }
        digests.sort();
        let state_digest = self.states.finalize().to_hex().to_string();
        let (rows, failed) = (self.rows, self.failed);
        let manifest = of_sweep(sweep, failed, &state_digest, &digests);
        text_file(staging, manifest::FILE, &String::from_utf8_lossy(&manifest::sealed(&manifest)))?;
        let names = digests.into_iter().map(|(name, _)| name).chain([manifest::FILE.to_owned()]).collect();
        Ok(Written { names, rows, failed, state_digest, summary })
    }
}

/// A copy of an input, in a folder of its own.
fn copy_file(staging: &Path, name: &str, text: &str) -> Result<(String, String), OutputError> {
    let path = staging.join(name);
    let written = fs::create_dir_all(path.parent().unwrap_or(staging)).and_then(|()| {
        let mut file = File::create(&path)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    written.map_err(|cause| failed(name, &cause))?;
    Ok((name.to_owned(), blake3::hash(text.as_bytes()).to_hex().to_string()))
}

/// `points.parquet`: for every design point and dimension the value as written, and as a number where it is one.
fn points_file(staging: &Path, sheet: &Sheet) -> Result<(String, String), OutputError> {
    let numbered: Vec<(i32, &Vec<String>)> = (0..).zip(&sheet.points).collect();
    let mut table: Option<Table> = None;
    let most = (ROW_GROUP_ROWS / sheet.paths.len().max(1)).max(1);
    for part in numbered.chunks(most) {
        let points = part.iter().flat_map(|(point, values)| values.iter().map(|_| *point)).collect();
        let texts: Vec<String> = part.iter().flat_map(|(_, values)| values.iter().map(|value| plain(value))).collect();
        let paths = part.iter().flat_map(|_| sheet.paths.iter().map(String::as_str)).collect();
        let numbers = texts.iter().map(|text| number(text)).collect();
        let columns = [
            ("point", Values::Int32(points)),
            ("path", Values::Text(paths)),
            ("value", Values::Text(texts.iter().map(String::as_str).collect())),
            ("number", Values::DoubleOrNull(numbers)),
        ]
        .map(|(name, values)| TableColumn { name, values });
        let table = match &mut table {
            Some(table) => table,
            None => table.insert(Table::create(staging, "points.parquet", &columns)?),
        };
        table.write(&columns)?;
    }
    match table {
        Some(table) => table.finish(),
        None => Err(OutputError::encoding("points.parquet", "the study has no design point")),
    }
}

/// TOML without the quotation marks of a text.
fn plain(value: &str) -> String {
    value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(value).to_owned()
}

/// The number that a value begins with, in its own unit; NaN for dates, flags and words.
fn number(text: &str) -> f64 {
    text.split_whitespace()
        .next()
        .and_then(|digits| digits.parse().ok())
        .filter(|n: &f64| n.is_finite())
        .unwrap_or(f64::NAN)
}

fn csv_file(staging: &Path, sheet: &Sheet) -> Result<csv::Writer<Digested>, OutputError> {
    let file = Digested::create(staging, "records.csv")?;
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(file);
    let metrics = sheet.plan.recorded.metrics.iter().map(|column| METRICS[*column].name);
    writer.write_record(KEYS.into_iter().chain(metrics)).map_err(csv_failed)?;
    Ok(writer)
}

fn csv_failed(cause: csv::Error) -> OutputError {
    match cause.kind() {
        csv::ErrorKind::Io(cause) => failed("records.csv", cause),
        _ => OutputError::encoding("records.csv", cause),
    }
}

fn write_csv<'c>(
    csv: &mut csv::Writer<Digested>,
    (scenario, point, replicate): (&str, i32, i32),
    dates: &[(i32, String)],
    labels: impl Iterator<Item = &'c str>,
    success: &Success,
) -> Result<(), OutputError> {
    let labels: Vec<&str> = labels.collect();
    let (point, replicate) = (point.to_string(), replicate.to_string());
    let mut row = 0;
    for (_, date) in dates {
        for cluster in &labels {
            let keys = [scenario, &point, &replicate, date, cluster].map(str::to_owned);
            let values = success.rows.columns.iter().map(|column| match column {
                Column::Integer(values) => values[row].to_string(),
                Column::Float(values) => text_of(values[row]),
            });
            csv.write_record(keys.into_iter().chain(values)).map_err(csv_failed)?;
            row += 1;
        }
    }
    Ok(())
}

/// The manifest of a sweep: the same whether one machine made it or many.
fn of_sweep(sweep: &Sweep<'_>, failed: u64, state_digest: &str, files: &[(String, String)]) -> Value {
    let sheet = sweep.sheet;
    let plan = &sheet.plan;
    let mut manifest = manifest::head(BEHAVIOUR);
    let mut put = |key: &str, value: Value| manifest.insert(key.to_owned(), value);
    put("verb", json!("sweep"));
    put("study", json!({ "name": sheet.name, "title": sheet.title, "title_ja": sheet.title_ja }));
    put("seed", json!(plan.seed));
    put("replicates", json!(plan.replicates));
    put("points", json!(plan.points));
    if let Some(trunk) = plan.trunk {
        put("branch", json!({ "after": trunk.months, "replicate": trunk.replicate }));
    }
    put("cells", json!(plan.len()));
    put("failed", json!(failed));
    if let (Some(stopping), Some(met)) = (&sheet.stopping, sweep.met) {
        put("until", json!({ "rule": stopping.rule.to_string(), "most": stopping.most, "met": met }));
    }
    put("expectations", json!(sweep.expectations));
    put("resolution", json!(plan.recorded.resolution.as_str()));
    put("state_digest", json!(state_digest));
    put("design", json!({ "method": sheet.method, "paths": sheet.paths }));
    let inputs = sheet.inputs.iter().map(|(name, digest)| json!({ "name": name, "digest": digest }));
    put("inputs", inputs.collect());
    put("set", sheet.set.to_json());
    put("copies", sheet.copies.iter().map(|(name, _)| json!(name)).collect());
    put("csv", json!(files.iter().any(|(name, _)| name == "records.csv")));
    let scenarios = plan.scenarios.iter().enumerate().map(|(row, scenario)| {
        let clusters = scenario.clusters.list.iter();
        let (written, resolved) = plan.resolved(row);
        json!({
            "name": scenario.name,
            "title": scenario.titles.0,
            "title_ja": scenario.titles.1,
            "base": scenario.under.as_ref().map(|under| &plan.scenarios[under.base].name),
            "policy": scenario.under.as_ref().map(|under| &under.policy),
            (written): resolved,
            "digest": scenario.digest,
            "start": scenario.start.to_string(),
            "months": scenario.months,
            "clusters": clusters
                .map(|(row, id, name, focus)| json!({ "row": row.0, "id": id, "name": name, "focus": focus }))
                .collect::<Vec<_>>(),
        })
    });
    put("scenarios", scenarios.collect());
    let digests: Map<String, Value> = files.iter().map(|(name, digest)| (name.clone(), json!(digest))).collect();
    put("files", Value::Object(digests));
    Value::Object(manifest)
}
