//! Where two versions of a result file part: the run, the month and the field, as far as the file tells.

use std::collections::BTreeMap;

use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaData;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::{Field, Row};
use serde_json::Value;

/// The first place in which a stored file is not what was made again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parting {
    /// The run, if the file holds several: scenario, design point, replicate.
    pub run: Option<String>,
    /// The month, or the months of the smallest part that can still be told apart.
    pub month: Option<String>,
    /// The cluster, where there is one.
    pub cluster: Option<String>,
    /// The column, key or line.
    pub field: Option<String>,
    /// What is stored, and what was made again.
    pub values: Option<(String, String)>,
    /// What else there is to say.
    pub remark: Option<String>,
}

/// Finds the first difference; `None` if there is none.
#[must_use]
pub fn parting(name: &str, stored: &[u8], made: &[u8]) -> Option<Parting> {
    let at = crate::canonical::first_difference(stored, made)?;
    let found = match name.rsplit('.').next() {
        Some("csv") => table_of_text(stored, made),
        Some("parquet") => table(stored, made, at),
        Some("json") => document(stored, made, at),
        _ => Parting { field: Some(line_of(made, at)), ..Parting::default() },
    };
    let cut = stored.len() != made.len();
    let sizes = format!("{} bytes in place of {}", stored.len(), made.len());
    let place = if cut { format!("byte {at}; {sizes}") } else { format!("byte {at}") };
    let remark = found.remark.map_or(place.clone(), |remark| format!("{place}; {remark}"));
    Some(Parting { remark: Some(remark), ..found })
}

/// The line of a byte, if the file is text.
fn line_of(bytes: &[u8], at: usize) -> String {
    let before = &bytes[..at.min(bytes.len())];
    if std::str::from_utf8(bytes).is_err() {
        return format!("byte {at}");
    }
    format!("line {}", before.iter().filter(|byte| **byte == b'\n').count() + 1)
}

/// The columns that say which row it is; every other one is a value.
const KEYS: [&str; 9] = ["scenario", "policy", "point", "replicate", "date", "year", "cluster", "metric", "path"];

/// What the keys of a row say.
fn of_row(keys: &BTreeMap<&str, String>) -> Parting {
    let named = |names: &[&str]| {
        let parts: Vec<String> = names.iter().filter_map(|name| Some(format!("{name} {}", keys.get(*name)?))).collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    };
    Parting {
        run: named(&["scenario", "policy", "point", "replicate"]),
        month: keys.get("date").or_else(|| keys.get("year")).cloned(),
        cluster: keys.get("cluster").cloned(),
        ..Parting::default()
    }
}

fn table_of_text(stored: &[u8], made: &[u8]) -> Parting {
    let rows = |bytes: &[u8]| -> Vec<Vec<String>> {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
        let row = |row: csv::ByteRecord| row.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect();
        reader.byte_records().filter_map(Result::ok).map(row).collect()
    };
    let (stored, made) = (rows(stored), rows(made));
    let none = Vec::new();
    let names = made.first().unwrap_or(&none);
    for line in 0..stored.len().max(made.len()) {
        let (a, b) = (stored.get(line).unwrap_or(&none), made.get(line).unwrap_or(&none));
        let Some(column) = (0..a.len().max(b.len())).find(|column| a.get(*column) != b.get(*column)) else { continue };
        let whose = if b.is_empty() { a } else { b };
        let keys = names.iter().map(String::as_str).zip(whose.iter().cloned());
        let keys = keys.filter(|(name, _)| KEYS.contains(name)).collect();
        let cell = |row: &Vec<String>| row.get(column).map_or_else(|| "nothing".to_owned(), |cell| cut(cell));
        return Parting {
            field: Some(names.get(column).cloned().unwrap_or_else(|| format!("column {}", column + 1))),
            values: Some((cell(a), cell(b))),
            remark: Some(format!("line {}", line + 1)),
            ..if line == 0 { Parting::default() } else { of_row(&keys) }
        };
    }
    Parting { remark: Some("no value differs, only how it is written".to_owned()), ..Parting::default() }
}

/// Rows of a Parquet file until the first that cannot be read.
fn rows(bytes: &[u8]) -> Result<Vec<Row>, (Vec<Row>, ParquetError)> {
    let mut rows = Vec::new();
    let reader = match SerializedFileReader::new(bytes::Bytes::copy_from_slice(bytes)) {
        Ok(reader) => reader,
        Err(error) => return Err((rows, error)),
    };
    let each = match reader.get_row_iter(None) {
        Ok(each) => each,
        Err(error) => return Err((rows, error)),
    };
    for row in each {
        match row {
            Ok(row) => rows.push(row),
            Err(error) => return Err((rows, error)),
        }
    }
    Ok(rows)
}

fn table(stored: &[u8], made: &[u8], at: usize) -> Parting {
    let made_rows = rows(made).unwrap_or_else(|(rows, _)| rows);
    // A damaged file must not end us: what the decoder cannot survive is unreadable, too.
    let read = std::panic::catch_unwind(|| rows(stored));
    let (stored_rows, unreadable) = match read {
        Ok(Ok(rows)) => (rows, None),
        Ok(Err((rows, error))) => (rows, Some(error.to_string())),
        Err(_) => (Vec::new(), Some("its pages cannot be decoded".to_owned())),
    };
    let pairs = stored_rows.iter().zip(&made_rows);
    for (stored, made) in pairs {
        let differing = stored.get_column_iter().zip(made.get_column_iter()).find(|(a, b)| !same(a.1, b.1));
        if let Some(((name, a), (_, b))) = differing {
            let values = Some((shown(name, a), shown(name, b)));
            return Parting { field: Some(name.clone()), values, ..of_row(&keys_of(made)) };
        }
    }
    let remark = match unreadable {
        Some(cause) => format!("it can no longer be read: {cause}"),
        None if stored_rows.len() != made_rows.len() => {
            format!("{} rows in place of {}", stored_rows.len(), made_rows.len())
        }
        None => "no value differs, only what describes them".to_owned(),
    };
    let field = SerializedFileReader::new(bytes::Bytes::copy_from_slice(made))
        .ok()
        .and_then(|reader| chunk_at(reader.metadata(), at));
    let Some((name, first, last)) = field else {
        return Parting {
            field: Some("the description of the table".to_owned()),
            remark: Some(remark),
            ..Parting::default()
        };
    };
    let ends = [first, last].map(|row| made_rows.get(row).map(|row| of_row(&keys_of(row))));
    let [Some(first), Some(last)] = ends else {
        return Parting { field: Some(name), remark: Some(remark), ..Parting::default() };
    };
    let span = |a: Option<String>, b: Option<String>| match (a, b) {
        (Some(a), Some(b)) if a != b => Some(format!("{a} to {b}")),
        (a, _) => a,
    };
    Parting {
        run: span(first.run, last.run),
        month: span(first.month, last.month),
        field: Some(name),
        remark: Some(remark),
        ..Parting::default()
    }
}

/// The column whose pages hold a byte, and the first and last row of its group.
fn chunk_at(metadata: &ParquetMetaData, at: usize) -> Option<(String, usize, usize)> {
    let mut first = 0;
    for group in metadata.row_groups() {
        let rows = usize::try_from(group.num_rows()).ok()?;
        for column in group.columns() {
            let (start, length) = column.byte_range();
            if (start..start + length).contains(&(at as u64)) {
                return Some((column.column_path().string(), first, first + rows.saturating_sub(1)));
            }
        }
        first += rows;
    }
    None
}

fn keys_of(row: &Row) -> BTreeMap<&str, String> {
    let known =
        |(name, field): (&String, &Field)| KEYS.iter().find(|key| *key == name).map(|key| (*key, shown(name, field)));
    row.get_column_iter().filter_map(known).collect()
}

/// The same bits: NaN is what it is.
fn same(a: &Field, b: &Field) -> bool {
    match (a, b) {
        (Field::Double(a), Field::Double(b)) => a.to_bits() == b.to_bits(),
        (a, b) => a == b,
    }
}

fn shown(name: &str, field: &Field) -> String {
    match field {
        Field::Str(text) => text.clone(),
        field if name == "date" => field.to_string().chars().take(10).collect(),
        field => field.to_string(),
    }
}

fn document(stored: &[u8], made: &[u8], at: usize) -> Parting {
    let made_text = String::from_utf8_lossy(made);
    let document: Value = serde_json::from_slice(made).unwrap_or(Value::Null);
    let field = match serde_json::from_slice::<Value>(stored) {
        Ok(stored) => match value_parting(&stored, &document, "") {
            Some((path, a, b)) => {
                let month = year_of(&path, &document);
                return Parting { field: Some(path), values: Some((a, b)), month, ..Parting::default() };
            }
            None => path_at(&made_text, at),
        },
        Err(_) => path_at(&made_text, at),
    };
    let month = year_of(&field, &document);
    Parting { field: Some(field), month, ..Parting::default() }
}

/// The calendar year that a path such as `/clusters/kobe/metrics/hires/yearly/3` stands for.
fn year_of(path: &str, document: &Value) -> Option<String> {
    let (_, index) = path.split_once("/yearly/")?;
    let year = document["years"].get(index.parse::<usize>().ok()?)?;
    Some(year.to_string())
}

/// Entries of a manifest that a program of the same behaviour may write otherwise.
const FREE: [&str; 3] = ["/version", "/commit", "/seal"];

/// A value as a message shows it: a broken quotation mark can make one of half a file.
fn cut(text: &str) -> String {
    if text.chars().count() > 80 { text.chars().take(79).chain(['…']).collect() } else { text.to_owned() }
}

/// The first difference of two documents: its path, and both values.
#[must_use]
pub fn value_parting(a: &Value, b: &Value, path: &str) -> Option<(String, String, String)> {
    let cut = |value: Option<&Value>| value.map_or_else(|| "nothing".to_owned(), |value| cut(&value.to_string()));
    match (a, b) {
        (Value::Object(x), Value::Object(y)) => {
            // What others vouch for comes last: it differs because something else does.
            let (late, early): (Vec<_>, Vec<_>) = y
                .keys()
                .chain(x.keys().filter(|key| !y.contains_key(*key)))
                .partition(|key| ["files", "state_digest"].contains(&key.as_str()));
            early.into_iter().chain(late).find_map(|key| {
                let path = format!("{path}/{key}");
                if FREE.contains(&path.as_str()) {
                    return None;
                }
                match (x.get(key), y.get(key)) {
                    (Some(a), Some(b)) => value_parting(a, b, &path),
                    (a, b) => Some((path, cut(a), cut(b))),
                }
            })
        }
        (Value::Array(x), Value::Array(y)) => (0..x.len().max(y.len())).find_map(|ix| {
            let path = format!("{path}/{ix}");
            match (x.get(ix), y.get(ix)) {
                (Some(a), Some(b)) => value_parting(a, b, &path),
                (a, b) => Some((path, cut(a), cut(b))),
            }
        }),
        (a, b) if a == b => None,
        (a, b) => Some((path.to_owned(), cut(Some(a)), cut(Some(b)))),
    }
}

/// The path of a byte of a document as this program lays it out.
#[must_use]
pub fn json_path_at(text: &[u8], at: usize) -> String {
    path_at(&String::from_utf8_lossy(text), at)
}

/// The path of a byte of a document that is laid out with one entry a line, two blanks a level.
fn path_at(text: &str, at: usize) -> String {
    let mut steps: Vec<(usize, String)> = Vec::new();
    let (mut start, mut places) = (0, BTreeMap::<usize, usize>::new());
    for line in text.split_inclusive('\n') {
        let indent = line.len() - line.trim_start().len();
        steps.retain(|(level, _)| *level < indent);
        places.retain(|level, _| *level <= indent);
        let body = line.trim();
        if !body.starts_with(['}', ']']) {
            let key = body.strip_prefix('"').and_then(|rest| rest.split_once("\":")).map(|(key, _)| key.to_owned());
            let place = places.entry(indent).and_modify(|place| *place += 1).or_insert(0);
            if indent > 0 {
                steps.push((indent, key.unwrap_or_else(|| place.to_string())));
            }
        }
        start += line.len();
        if start > at {
            break;
        }
    }
    steps.iter().map(|(_, step)| format!("/{step}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_cell_of_a_text_table_is_named() {
        let made = b"date,cluster,hires\n2024-01-01,kobe,3\n2024-02-01,kobe,4\n";
        let stored = b"date,cluster,hires\n2024-01-01,kobe,3\n2024-02-01,kobe,5\n";
        let found = parting("records.csv", stored, made).expect("they differ");
        assert_eq!(found.month.as_deref(), Some("2024-02-01"));
        assert_eq!((found.cluster.as_deref(), found.field.as_deref()), (Some("kobe"), Some("hires")));
        assert_eq!(found.values, Some(("5".to_owned(), "4".to_owned())));
        assert_eq!(parting("records.csv", made, made), None);
    }

    #[test]
    fn a_path_of_a_document_is_named_even_if_it_cannot_be_read() {
        let document = json!({ "years": [2024, 2025], "clusters": { "kobe": { "yearly": [1, 2] } }, "seed": 7 });
        let made = format!("{document:#}\n");
        let at = made.find('2').map(|_| made.rfind("      2").expect("the second year") + 6).expect("a digit");
        let mut stored = made.clone().into_bytes();
        stored[at] = b'3';
        let found = parting("summary.json", &stored, made.as_bytes()).expect("they differ");
        assert_eq!(found.field.as_deref(), Some("/clusters/kobe/yearly/1"));
        assert_eq!(found.month.as_deref(), Some("2025"));
        stored[at] = b'"';
        let found = parting("summary.json", &stored, made.as_bytes()).expect("they differ");
        assert_eq!(found.field.as_deref(), Some("/clusters/kobe/yearly/1"));
        let at = made.find("\"seed\"").expect("a key") + 2;
        let mut stored = made.clone().into_bytes();
        stored[at] = b'x';
        let found = parting("summary.json", &stored, made.as_bytes()).expect("they differ");
        assert_eq!(found.field.as_deref(), Some("/seed"));
    }
}
