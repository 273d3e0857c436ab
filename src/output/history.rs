//! Events and flows of a result folder read back, for the charts that need them.

use std::path::Path;

use parquet::column::reader::ColumnReader;
use parquet::data_type::ByteArray;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use serde::Deserialize;
use serde::de::IntoDeserializer;

use crate::record::{Cause, Event, Flows};
use crate::scenario::spec::ClusterId;
use crate::units::{Month, Yen};

use super::read::{StoredRun, vouched_for};
use super::tables::days_since_1970;
use super::{OutputError, manifest};

/// Reads the events, without their causes, and the flows of a run that [`super::read_run`] has read.
///
/// # Errors
/// [`OutputError::Refused`] if one of the files is missing, was changed, or is from a program that wrote others.
pub fn read_history(folder: &Path, run: &StoredRun) -> Result<(Vec<Event>, Flows), OutputError> {
    let manifest = manifest::read(folder)?;
    let path = vouched_for(folder, &manifest, "events.parquet")?;
    let refused = |problem: String| OutputError::refused(&path, problem, "run the scenario again");
    let events = Rows::open(&path, run).and_then(|rows| events(&rows)).map_err(refused)?;
    let path = vouched_for(folder, &manifest, "flows.parquet")?;
    let refused = |problem: String| OutputError::refused(&path, problem, "run the scenario again");
    let flows = Rows::open(&path, run).and_then(|rows| flows(&rows)).map_err(refused)?;
    Ok((events, flows))
}

fn events(rows: &Rows) -> Result<Vec<Event>, String> {
    let (months, kinds) = (rows.months()?, rows.texts("kind")?);
    let (actors, partners) = (rows.texts("actor")?, rows.texts("partner")?);
    let (clusters, partner_clusters) = (rows.clusters("cluster")?, rows.clusters("partner_cluster")?);
    let amounts = rows.integers("amount_jpy")?;
    let columns =
        months.into_iter().zip(kinds).zip(actors).zip(partners).zip(clusters).zip(partner_clusters).zip(amounts);
    columns
        .map(|((((((month, kind), actor), partner), cluster), partner_cluster), amount)| {
            Ok(Event {
                month,
                kind: named(&kind)?,
                actor: actor.into(),
                partner: partner.into(),
                cluster,
                partner_cluster,
                amount: Yen(amount),
                cause: Cause { reason: "", value: f64::NAN },
            })
        })
        .collect()
}

fn flows(rows: &Rows) -> Result<Flows, String> {
    let (months, kinds, amounts) = (rows.months()?, rows.texts("kind")?, rows.integers("amount")?);
    let columns = months.into_iter().zip(kinds).zip(rows.clusters("from")?).zip(rows.clusters("to")?).zip(amounts);
    let entries = columns.map(|((((month, kind), from), to), amount)| {
        let kind = named(&kind)?;
        let known = |cluster: Option<ClusterId>| cluster.ok_or("has a flow from or to nowhere".to_owned());
        Ok((month, kind, known(from)?, known(to)?, amount))
    });
    Ok(Flows { entries: entries.collect::<Result<_, String>>()? })
}

/// A kind by its name in the files.
fn named<'a, K: Deserialize<'a>>(name: &'a str) -> Result<K, String> {
    let known: Result<K, serde::de::value::Error> = K::deserialize(name.into_deserializer());
    known.map_err(|_| format!("has the kind `{name}`: it is from another version"))
}

/// An open table and what its dates and clusters mean.
struct Rows<'a> {
    reader: SerializedFileReader<std::fs::File>,
    run: &'a StoredRun,
}

impl<'a> Rows<'a> {
    fn open(path: &Path, run: &'a StoredRun) -> Result<Self, String> {
        let reader = SerializedFileReader::try_from(path).map_err(unreadable)?;
        Ok(Self { reader, run })
    }

    /// Hands the readers of a column, one per row group, to `take`.
    fn column(&self, name: &str, mut take: impl FnMut(ColumnReader) -> Result<(), ParquetError>) -> Result<(), String> {
        let schema = self.reader.metadata().file_metadata().schema_descr_ptr();
        let index = (0..schema.num_columns())
            .find(|index| schema.column(*index).name() == name)
            .ok_or_else(|| format!("has no column `{name}`: it is from another version"))?;
        for group in 0..self.reader.num_row_groups() {
            let group = self.reader.get_row_group(group).map_err(unreadable)?;
            take(group.get_column_reader(index).map_err(unreadable)?).map_err(unreadable)?;
        }
        Ok(())
    }

    /// Texts; empty where there is none.
    fn texts(&self, name: &str) -> Result<Vec<String>, String> {
        let mut texts = Vec::new();
        self.column(name, |reader| {
            let ColumnReader::ByteArrayColumnReader(mut reader) = reader else {
                return Err(ParquetError::General(format!("the column `{name}` has another type")));
            };
            let (mut present, mut values): (Vec<i16>, Vec<ByteArray>) = (Vec::new(), Vec::new());
            while reader.read_records(usize::MAX, Some(&mut present), None, &mut values)?.0 > 0 {}
            let text = |value: &ByteArray| value.as_utf8().map(str::to_owned);
            let mut found = values.iter();
            // A required column has no levels: every value is there.
            if present.is_empty() {
                texts.extend(found.map(text).collect::<Result<Vec<_>, _>>()?);
                return Ok(());
            }
            for level in present {
                let value = if level > 0 { found.next() } else { None };
                texts.push(value.map_or(Ok(String::new()), text)?);
            }
            Ok(())
        })?;
        Ok(texts)
    }

    fn integers(&self, name: &str) -> Result<Vec<i64>, String> {
        let mut integers = Vec::new();
        self.column(name, |reader| {
            let ColumnReader::Int64ColumnReader(mut reader) = reader else {
                return Err(ParquetError::General(format!("the column `{name}` has another type")));
            };
            while reader.read_records(usize::MAX, None, None, &mut integers)?.0 > 0 {}
            Ok(())
        })?;
        Ok(integers)
    }

    /// The months of the column `date`.
    fn months(&self) -> Result<Vec<Month>, String> {
        let mut days = Vec::new();
        self.column("date", |reader| {
            let ColumnReader::Int32ColumnReader(mut reader) = reader else {
                return Err(ParquetError::General("the column `date` has another type".to_owned()));
            };
            while reader.read_records(usize::MAX, None, None, &mut days)?.0 > 0 {}
            Ok(())
        })?;
        let first_days: Vec<i32> =
            (0..self.run.records.months).map(|month| days_since_1970(self.run.start.plus(i32::from(month)))).collect();
        let month = |day: &i32| first_days.binary_search(day).ok().and_then(|at| u16::try_from(at).ok());
        days.iter().map(|day| month(day).map(Month).ok_or("has a date outside the run".to_owned())).collect()
    }

    /// Rows of clusters by their ids; `None` where there is none.
    fn clusters(&self, name: &str) -> Result<Vec<Option<ClusterId>>, String> {
        let row = |id: &String| {
            if id.is_empty() {
                return Ok(None);
            }
            let label = self.run.clusters.iter().find(|label| label.id == *id);
            label.map(|label| Some(label.row)).ok_or_else(|| format!("names the cluster `{id}`, which the run has not"))
        };
        self.texts(name)?.iter().map(row).collect()
    }
}

fn unreadable(cause: ParquetError) -> String {
    format!("is not a Parquet file that can be read: {cause}")
}
