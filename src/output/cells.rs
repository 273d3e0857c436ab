//! Single cells of a sweep's result folder, to be held against the same cells computed again.

use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};

use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::{Field, Row};

use crate::record::{Column, METRICS};
use crate::study::{CellRecord, Plan};

use super::OutputError;
use super::number::without_minus_zero;

/// What the folder says of every cell, without its rows.
#[derive(Debug)]
pub struct StoredCells {
    records: PathBuf,
    /// State digest and error of every cell in canonical order.
    cells: Vec<[Option<String>; 2]>,
}

/// A value of a cell that is not what was computed again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellParting {
    /// File of the folder.
    pub file: &'static str,
    /// First of the month, for a value of the records.
    pub date: Option<String>,
    /// Cluster, for a value of the records.
    pub cluster: Option<String>,
    /// Column.
    pub field: String,
    /// What is stored, and what was made again.
    pub values: (String, String),
}

/// Reads the table of cells of a sweep's folder.
///
/// # Errors
/// [`OutputError::Refused`] if it cannot be read or is not that of the plan.
pub fn read_cells(folder: &Path, plan: &Plan) -> Result<StoredCells, OutputError> {
    let path = folder.join("cells.parquet");
    let refused = |cause: &dyn std::fmt::Display| OutputError::refused(&path, cause.to_string(), "sweep again");
    let rows = rows(&path, 0..plan.len()).map_err(|cause| refused(&cause))?;
    if rows.len() != plan.len() {
        return Err(refused(&format!("has {} cells where the study has {}", rows.len(), plan.len())));
    }
    let text = |row: &Row, name: &str| match field(row, name) {
        Some(Field::Str(text)) => Some(text.clone()),
        _ => None,
    };
    let cells = rows.iter().map(|row| [text(row, "state_digest"), text(row, "error")]).collect();
    Ok(StoredCells { records: folder.join("records.parquet"), cells })
}

impl StoredCells {
    /// The first value of a cell that differs from the cell made again.
    ///
    /// # Errors
    /// [`OutputError::Refused`] if the records cannot be read.
    pub fn parting(&self, plan: &Plan, index: usize, made: &CellRecord) -> Result<Option<CellParting>, OutputError> {
        let of_cells = |field: &str, stored: &Option<String>, made: Option<String>| {
            let shown = |value: Option<String>| value.unwrap_or_else(|| "nothing".to_owned());
            (*stored != made).then(|| CellParting {
                file: "cells.parquet",
                date: None,
                cluster: None,
                field: field.to_owned(),
                values: (shown(stored.clone()), shown(made)),
            })
        };
        let [state, error] = &self.cells[index];
        let success = match &made.result {
            Err(message) => return Ok(of_cells("error", error, Some(message.clone()))),
            Ok(success) => success,
        };
        let digest = blake3::Hash::from_bytes(success.state_digest).to_hex().to_string();
        if let Some(parting) = of_cells("state_digest", state, Some(digest)) {
            return Ok(Some(parting));
        }
        // Rows of failed cells are not there.
        let rows_of = |index: usize| {
            let scenario = &plan.scenarios[plan.cell(index).scenario];
            scenario.dates(plan.recorded.resolution).len() * (scenario.clusters.list.len() + 1)
        };
        let before: usize = (0..index).filter(|other| self.cells[*other][0].is_some()).map(rows_of).sum();
        let stored = rows(&self.records, before..before + rows_of(index))
            .map_err(|cause| OutputError::refused(&self.records, cause.to_string(), "sweep again"))?;
        for (place, row) in stored.iter().enumerate() {
            for (metric, column) in plan.recorded.metrics.iter().zip(&success.rows.columns) {
                let name = METRICS[*metric].name;
                let (made, same) = match (column, field(row, name)) {
                    (Column::Integer(values), Some(Field::Long(own))) => {
                        (values[place].to_string(), values[place] == *own)
                    }
                    (Column::Float(values), Some(Field::Double(own))) => {
                        let value = without_minus_zero(values[place]);
                        (value.to_string(), value.to_bits() == own.to_bits())
                    }
                    _ => ("a value of another kind".to_owned(), false),
                };
                if !same {
                    let shown = |name: &str| field(row, name).map(shown);
                    return Ok(Some(CellParting {
                        file: "records.parquet",
                        date: shown("date"),
                        cluster: shown("cluster"),
                        field: name.to_owned(),
                        values: (shown(name).unwrap_or_default(), made),
                    }));
                }
            }
        }
        Ok(None)
    }
}

fn field<'a>(row: &'a Row, name: &str) -> Option<&'a Field> {
    row.get_column_iter().find(|(known, _)| *known == name).map(|(_, field)| field)
}

fn shown(field: &Field) -> String {
    match field {
        Field::Str(text) => text.clone(),
        Field::Date(_) => field.to_string().chars().take(10).collect(),
        field => field.to_string(),
    }
}

/// Some rows of a table; row groups without any of them are passed over.
fn rows(path: &Path, wanted: Range<usize>) -> Result<Vec<Row>, ParquetError> {
    let reader = SerializedFileReader::new(File::open(path)?)?;
    let mut found = Vec::new();
    let mut first = 0;
    for group in 0..reader.num_row_groups() {
        let reader = reader.get_row_group(group)?;
        let count = usize::try_from(reader.metadata().num_rows()).unwrap_or(0);
        if first < wanted.end && first + count > wanted.start {
            for (at, row) in (first..).zip(reader.get_row_iter(None)?) {
                if wanted.contains(&at) {
                    found.push(row?);
                }
            }
        }
        first += count;
    }
    Ok(found)
}
