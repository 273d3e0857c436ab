//! The results of many runs read back: what `report` starts from. A comparison and a sweep look the same from here.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use parquet::column::reader::ColumnReader;
use parquet::data_type::ByteArray;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use serde_json::{Value, json};

use crate::record::{FLOW_KINDS, METRICS, MetricKind};
use crate::scenario::spec::ClusterId;
use crate::statistics::{Layout, WantedMetric, YearlyValues};
use crate::units::CalendarMonth;

use super::run::{ALL, ClusterLabel};
use super::tables::days_since_1970;
use super::{OutputError, manifest};

/// What to do with a folder that cannot be used.
const FIX: &str = "name a folder that `trihelix compare` or `trihelix sweep` has written";

/// Runs of several scenarios over design points and replicates, as their folder tells them.
#[derive(Debug, Clone)]
pub struct StoredStudy {
    /// The manifest, which also holds what is not read here.
    pub manifest: Value,
    /// First month.
    pub start: CalendarMonth,
    /// Number of months.
    pub months: u16,
    /// Calendar years, each with its last recorded month, counted from 0.
    pub years: Vec<(i32, u16)>,
    /// Clusters in the order of the rows.
    pub clusters: Vec<ClusterLabel>,
    /// Names of the scenarios, the baseline first.
    pub scenarios: Vec<String>,
    /// Number of design points; 1 for a comparison.
    pub points: usize,
    /// Replicates of every point.
    pub replicates: usize,
    /// The varied parameters, each with its value at every design point; a value that is no number is NaN.
    pub varied: Vec<(String, Vec<f64>)>,
    /// By scenario, replicate and kind, from and to cluster (as [`crate::record::Flows::totals`] orders them, but the
    /// clusters in the order of the rows): sums over all months. Empty for a sweep.
    pub flows: Vec<Vec<Vec<f64>>>,
    /// By place in [`METRICS`]: a value by scenario, point, replicate, year and row, flows summed over the year. Metrics
    /// that were not recorded are empty; runs that failed are NaN.
    values: Vec<Vec<f64>>,
}

impl StoredStudy {
    /// Whether a metric was recorded.
    #[must_use]
    pub fn has(&self, metric: usize) -> bool {
        self.values.get(metric).is_some_and(|values| !values.is_empty())
    }

    /// The layout of these metrics, all of which were recorded.
    #[must_use]
    pub fn layout(&self, metrics: Vec<WantedMetric>) -> Layout {
        Layout { metrics, years: self.years.clone(), rows: self.clusters.len() + 1 }
    }

    /// The kept values of one run; `None` if it failed.
    ///
    /// # Panics
    /// If there is no such run, or a metric of the layout was not recorded.
    #[must_use]
    pub fn run(&self, layout: &Layout, scenario: usize, point: usize, replicate: usize) -> Option<YearlyValues> {
        let (years, rows) = (self.years.len(), self.clusters.len() + 1);
        let run = (scenario * self.points + point) * self.replicates + replicate;
        let at = |metric: usize, year: usize, row: usize| self.values[metric][(run * years + year) * rows + row];
        let known = layout.metrics.iter().flat_map(WantedMetric::columns).all(|metric| !at(*metric, 0, 0).is_nan());
        known.then(|| layout.keep_yearly(at))
    }
}

/// Reads a result folder of `compare` or `sweep`.
///
/// # Errors
/// [`OutputError::Refused`] if the folder holds another result, is from a program that wrote other columns, or was
/// changed after it was written.
pub fn read_study(folder: &Path) -> Result<StoredStudy, OutputError> {
    let manifest = manifest::read_sealed(folder)?;
    let mut study = match manifest["verb"].as_str() {
        Some("compare") => head_of_comparison(&manifest),
        Some("sweep") => head_of_sweep(&manifest, folder)?,
        other => {
            let found = other.unwrap_or("another verb");
            return Err(OutputError::refused(folder, format!("holds the result of `{found}`"), FIX));
        }
    }
    .ok_or_else(|| OutputError::refused(folder, "its manifest lacks the scenarios or the clusters", FIX))?;
    read_records(&mut study, folder)?;
    if study.manifest["verb"] == "compare" {
        read_flows(&mut study, folder)?;
    } else {
        read_points(&mut study, folder)?;
    }
    Ok(study)
}

fn head_of_comparison(manifest: &Value) -> Option<StoredStudy> {
    let policies = manifest["policies"].as_array()?;
    let names = policies.iter().map(|policy| policy["policy"].as_str().map(str::to_owned));
    let scenarios = std::iter::once(Some("baseline".to_owned())).chain(names).collect::<Option<Vec<_>>>()?;
    let start: CalendarMonth = manifest["start"].as_str()?.parse().ok()?;
    head(manifest, start, &manifest["months"], &manifest["clusters"], scenarios, 1)
}

/// A sweep whose scenarios do not share months and clusters cannot be compared.
fn head_of_sweep(manifest: &Value, folder: &Path) -> Result<Option<StoredStudy>, OutputError> {
    let Some(scenarios) = manifest["scenarios"].as_array() else { return Ok(None) };
    let Some(first) = scenarios.first() else { return Ok(None) };
    let same = |key: &str| scenarios.iter().all(|scenario| scenario[key] == first[key]);
    if !["start", "months", "clusters"].into_iter().all(same) {
        let problem = "its scenarios differ in their months or clusters, so there is nothing to compare";
        return Err(OutputError::refused(folder, problem, "sweep scenarios of the same months and clusters"));
    }
    let names = scenarios.iter().map(|scenario| scenario["name"].as_str().map(str::to_owned)).collect();
    let found = || -> Option<StoredStudy> {
        let start = first["start"].as_str()?.parse().ok()?;
        let points = usize::try_from(manifest["points"].as_u64()?).ok()?;
        head(
            &as_comparison(manifest, scenarios),
            start,
            &first["months"],
            &first["clusters"],
            Option::<Vec<String>>::clone(&names)?,
            points,
        )
    };
    Ok(found())
}

/// The manifest of a sweep with its scenarios also told as those of a comparison: the first as `scenario`, the others as
/// `policies` over it. Who reads on need not know which of the two it was.
fn as_comparison(manifest: &Value, scenarios: &[Value]) -> Value {
    let (first, others) = match scenarios.split_first() {
        Some(parts) => parts,
        None => return manifest.clone(),
    };
    let policy = |entry: &Value| {
        json!({
            "policy": entry["name"], "policy_title": entry["title"], "policy_title_ja": entry["title_ja"],
            "resolved_merge_patch": entry["resolved_merge_patch"],
        })
    };
    let mut told = manifest.clone();
    told["scenario"] = first.clone();
    told["policies"] = others.iter().map(policy).collect();
    told
}

fn head(
    manifest: &Value,
    start: CalendarMonth,
    months: &Value,
    clusters: &Value,
    scenarios: Vec<String>,
    points: usize,
) -> Option<StoredStudy> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let clusters = clusters.as_array()?.iter().map(|cluster| {
        Some(ClusterLabel {
            row: ClusterId(u16::try_from(cluster["row"].as_u64()?).ok()?),
            id: text(&cluster["id"])?,
            name: text(&cluster["name"])?,
            focus: cluster["focus"].as_bool()?,
        })
    });
    Some(StoredStudy {
        start,
        months: u16::try_from(months.as_u64()?).ok()?,
        years: Vec::new(),
        clusters: clusters.collect::<Option<Vec<_>>>()?,
        scenarios,
        points,
        replicates: usize::try_from(manifest["replicates"].as_u64()?).ok()?,
        varied: Vec::new(),
        flows: Vec::new(),
        values: vec![Vec::new(); METRICS.len()],
        manifest: manifest.clone(),
    })
}

/// A Parquet file of the folder, known to be the one that the manifest vouches for.
fn open(manifest: &Value, folder: &Path, name: &str) -> Result<SerializedFileReader<bytes::Bytes>, OutputError> {
    let path = folder.join(name);
    let again = "make the result again";
    let bytes = fs::read(&path).map_err(|cause| match cause.kind() {
        std::io::ErrorKind::NotFound => {
            OutputError::refused(&path, "is missing: the result is of an older version, or not whole", again)
        }
        _ => OutputError::machine(&path, "read the table", &cause),
    })?;
    if manifest["files"][name] != manifest::digest(&bytes) {
        let problem = "is not the file that manifest.json vouches for: it was changed afterwards";
        return Err(OutputError::refused(&path, problem, again));
    }
    SerializedFileReader::new(bytes::Bytes::from(bytes)).map_err(|cause| unreadable(&path, cause))
}

fn unreadable(path: &Path, cause: ParquetError) -> OutputError {
    OutputError::refused(path, format!("is not a table that can be read: {cause}"), "make the result again")
}

/// A column of a table.
enum Read {
    Text(Vec<ByteArray>),
    Int32(Vec<i32>),
    Int64(Vec<i64>),
    /// NaN where absent.
    Double(Vec<f64>),
}

/// A column by name; `None` if the table has none of this name.
fn column(reader: &SerializedFileReader<bytes::Bytes>, name: &str) -> Result<Option<Read>, ParquetError> {
    let schema = reader.metadata().file_metadata().schema_descr_ptr();
    let Some(index) = (0..schema.num_columns()).find(|index| schema.column(*index).name() == name) else {
        return Ok(None);
    };
    let optional = schema.column(index).max_def_level() > 0;
    let mut read: Option<Read> = None;
    for group in 0..reader.num_row_groups() {
        let part = reader.get_row_group(group)?;
        let next = match part.get_column_reader(index)? {
            ColumnReader::ByteArrayColumnReader(mut reader) if !optional => {
                let mut values = Vec::new();
                while reader.read_records(usize::MAX, None, None, &mut values)?.0 > 0 {}
                Read::Text(values)
            }
            ColumnReader::Int32ColumnReader(mut reader) => {
                let mut values = Vec::new();
                while reader.read_records(usize::MAX, None, None, &mut values)?.0 > 0 {}
                Read::Int32(values)
            }
            ColumnReader::Int64ColumnReader(mut reader) => {
                let mut values = Vec::new();
                while reader.read_records(usize::MAX, None, None, &mut values)?.0 > 0 {}
                Read::Int64(values)
            }
            ColumnReader::DoubleColumnReader(mut reader) => {
                let (mut values, mut levels) = (Vec::new(), Vec::new());
                while reader.read_records(usize::MAX, optional.then_some(&mut levels), None, &mut values)?.0 > 0 {}
                let mut present = values.into_iter();
                Read::Double(if optional {
                    levels
                        .iter()
                        .map(|level| if *level > 0 { present.next().unwrap_or(f64::NAN) } else { f64::NAN })
                        .collect()
                } else {
                    present.collect()
                })
            }
            _ => return Err(ParquetError::General(format!("the column `{name}` has another type"))),
        };
        read = Some(match (read, next) {
            (None, next) => next,
            (Some(Read::Text(mut all)), Read::Text(next)) => {
                all.extend(next);
                Read::Text(all)
            }
            (Some(Read::Int32(mut all)), Read::Int32(next)) => {
                all.extend(next);
                Read::Int32(all)
            }
            (Some(Read::Int64(mut all)), Read::Int64(next)) => {
                all.extend(next);
                Read::Int64(all)
            }
            (Some(Read::Double(mut all)), Read::Double(next)) => {
                all.extend(next);
                Read::Double(all)
            }
            _ => return Err(ParquetError::General(format!("the column `{name}` changes its type"))),
        });
    }
    Ok(read)
}

/// The places that texts stand for, each looked up among the names.
fn places(texts: &[ByteArray], names: &[&str]) -> Option<Vec<usize>> {
    let known: BTreeMap<&[u8], usize> = names.iter().enumerate().map(|(at, name)| (name.as_bytes(), at)).collect();
    texts.iter().map(|text| known.get(text.data()).copied()).collect()
}

fn read_records(study: &mut StoredStudy, folder: &Path) -> Result<(), OutputError> {
    let path = folder.join("records.parquet");
    let reader = open(&study.manifest, folder, "records.parquet")?;
    let other =
        || OutputError::refused(&path, "does not hold the rows that manifest.json tells of", "make the result again");
    let get = |name: &str| column(&reader, name).map_err(|cause| unreadable(&path, cause));
    let (Some(Read::Text(scenarios)), Some(Read::Int32(points)), Some(Read::Int32(replicates))) =
        (get("scenario")?, get("point")?, get("replicate")?)
    else {
        return Err(other());
    };
    let (Some(Read::Int32(dates)), Some(Read::Text(clusters))) = (get("date")?, get("cluster")?) else {
        return Err(other());
    };
    let scenario_names: Vec<&str> = study.scenarios.iter().map(String::as_str).collect();
    let scenarios = places(&scenarios, &scenario_names).ok_or_else(other)?;
    let cluster_ids: Vec<&str> = study.clusters.iter().map(|cluster| cluster.id.as_str()).chain([ALL]).collect();
    let clusters = places(&clusters, &cluster_ids).ok_or_else(other)?;
    // A row may stand for a month, a year, or all of them; a year takes the last of its levels and the sum of its flows.
    let months: BTreeMap<i32, u16> =
        (0..study.months).map(|month| (days_since_1970(study.start.plus(i32::from(month))), month)).collect();
    let recorded =
        dates.iter().map(|date| months.get(date).copied()).collect::<Option<Vec<u16>>>().ok_or_else(other)?;
    let mut distinct = recorded.clone();
    distinct.sort_unstable();
    distinct.dedup();
    for month in distinct {
        let year = study.start.plus(i32::from(month)).year();
        match study.years.last_mut() {
            Some(last) if last.0 == year => last.1 = month,
            _ => study.years.push((year, month)),
        }
    }
    let (years, rows) = (study.years.len(), study.clusters.len() + 1);
    let mut index = Vec::with_capacity(recorded.len());
    for row in 0..recorded.len() {
        let year = study.years.partition_point(|(_, last)| *last < recorded[row]);
        let (point, replicate) = (usize::try_from(points[row]), usize::try_from(replicates[row]));
        let (Ok(point), Ok(replicate)) = (point, replicate) else { return Err(other()) };
        if point >= study.points || replicate >= study.replicates {
            return Err(other());
        }
        let run = (scenarios[row] * study.points + point) * study.replicates + replicate;
        index.push((run * years + year) * rows + clusters[row]);
    }
    let size = study.scenarios.len() * study.points * study.replicates * years * rows;
    for (metric, declared) in METRICS.iter().enumerate() {
        let values: Vec<f64> = match get(declared.name)? {
            None => continue,
            Some(Read::Int64(values)) => values.into_iter().map(|value| value as f64).collect(),
            Some(Read::Double(values)) => values,
            Some(_) => return Err(other()),
        };
        if values.len() != index.len() {
            return Err(other());
        }
        let mut kept = vec![f64::NAN; size];
        let mut latest = vec![0_u16; if declared.kind == MetricKind::Flow { 0 } else { size }];
        for (row, value) in values.into_iter().enumerate() {
            let at = index[row];
            if declared.kind == MetricKind::Flow {
                kept[at] = if kept[at].is_nan() { value } else { kept[at] + value };
            } else if kept[at].is_nan() || recorded[row] >= latest[at] {
                kept[at] = value;
                latest[at] = recorded[row];
            }
        }
        study.values[metric] = kept;
    }
    Ok(())
}

fn read_flows(study: &mut StoredStudy, folder: &Path) -> Result<(), OutputError> {
    let path = folder.join("flows.parquet");
    let reader = open(&study.manifest, folder, "flows.parquet")?;
    let other = || OutputError::refused(&path, "does not hold the flows of this result", "make the result again");
    let get = |name: &str| column(&reader, name).map_err(|cause| unreadable(&path, cause));
    let text = |name: &str, names: &[&str]| -> Result<Vec<usize>, OutputError> {
        match get(name)? {
            Some(Read::Text(texts)) => places(&texts, names).ok_or_else(other),
            _ => Err(other()),
        }
    };
    let scenario_names: Vec<&str> = study.scenarios.iter().map(String::as_str).collect();
    let cluster_ids: Vec<&str> = study.clusters.iter().map(|cluster| cluster.id.as_str()).collect();
    let scenarios = text("scenario", &scenario_names)?;
    let (kinds, from, to) = (text("kind", &FLOW_KINDS)?, text("from", &cluster_ids)?, text("to", &cluster_ids)?);
    let (Some(Read::Int32(replicates)), Some(Read::Int64(amounts))) = (get("replicate")?, get("amount")?) else {
        return Err(other());
    };
    let clusters = study.clusters.len();
    let none = vec![0.0; FLOW_KINDS.len() * clusters * clusters];
    let mut flows = vec![vec![none; study.replicates]; study.scenarios.len()];
    for row in 0..amounts.len() {
        let replicate = usize::try_from(replicates[row]).ok().filter(|replicate| *replicate < study.replicates);
        let Some(replicate) = replicate else { return Err(other()) };
        let at = (kinds[row] * clusters + from[row]) * clusters + to[row];
        flows[scenarios[row]][replicate][at] = amounts[row] as f64;
    }
    study.flows = flows;
    Ok(())
}

fn read_points(study: &mut StoredStudy, folder: &Path) -> Result<(), OutputError> {
    let path = folder.join("points.parquet");
    let reader = open(&study.manifest, folder, "points.parquet")?;
    let get = |name: &str| column(&reader, name).map_err(|cause| unreadable(&path, cause));
    let (points, paths, numbers) = match (get("point")?, get("path")?, get("number")?) {
        (Some(Read::Int32(points)), Some(Read::Text(paths)), Some(Read::Double(numbers))) => (points, paths, numbers),
        // A study without a design has one point and nothing that varies.
        _ => return Ok(()),
    };
    let declared = study.manifest["design"]["paths"].as_array().cloned().unwrap_or_default();
    let names: Vec<&str> = declared.iter().filter_map(Value::as_str).collect();
    study.varied = names.iter().map(|name| ((*name).to_owned(), vec![f64::NAN; study.points])).collect();
    let other = || OutputError::refused(&path, "names parameters that the manifest does not", "make the result again");
    let paths = places(&paths, &names).ok_or_else(other)?;
    for ((point, place), number) in points.into_iter().zip(paths).zip(numbers) {
        let value = usize::try_from(point).ok().and_then(|point| study.varied[place].1.get_mut(point));
        *value.ok_or_else(other)? = number;
    }
    Ok(())
}
