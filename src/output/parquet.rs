//! Tables as Parquet through the low-level column writer: typed columns in, the same bytes out every time.

use std::io::Write;
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;

use super::OutputError;
use super::number::without_minus_zero;

/// Rows of a row group at most: what a reader must hold at once.
pub(super) const ROW_GROUP_ROWS: usize = 131_072;

/// Who wrote the file. Without a version: the same table must give the same bytes from one release to the next.
const CREATED_BY: &str = "trihelix";

/// The values of one column; the variant is its type in the file.
pub(super) enum Values<'a> {
    /// `STRING`, required.
    Text(Vec<&'a str>),
    /// `STRING`, absent where `None`.
    TextOrNull(Vec<Option<&'a str>>),
    /// `INTEGER(32, true)`, required.
    Int32(Vec<i32>),
    /// `DATE`, required: days since 1970-01-01.
    Date(Vec<i32>),
    /// `INTEGER(64, true)`, required.
    Int64(&'a [i64]),
    /// `DOUBLE`, required.
    Double(&'a [f64]),
    /// `DOUBLE`, absent where NaN.
    DoubleOrNull(Vec<f64>),
}

/// A named column.
pub(super) struct TableColumn<'a> {
    pub(super) name: &'static str,
    pub(super) values: Values<'a>,
}

impl Values<'_> {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Text(values) => values.len(),
            Self::TextOrNull(values) => values.len(),
            Self::Int32(values) | Self::Date(values) => values.len(),
            Self::Int64(values) => values.len(),
            Self::Double(values) => values.len(),
            Self::DoubleOrNull(values) => values.len(),
        }
    }

    fn declaration(&self, name: &str) -> String {
        match self {
            Self::Text(_) => format!("required binary {name} (STRING);"),
            Self::TextOrNull(_) => format!("optional binary {name} (STRING);"),
            Self::Int32(_) => format!("required int32 {name} (INTEGER(32,true));"),
            Self::Date(_) => format!("required int32 {name} (DATE);"),
            Self::Int64(_) => format!("required int64 {name} (INTEGER(64,true));"),
            Self::Double(_) => format!("required double {name};"),
            Self::DoubleOrNull(_) => format!("optional double {name};"),
        }
    }
}

/// Encodes the columns, which all have the same length, as one Parquet file.
///
/// # Errors
/// [`OutputError::Encoding`] if the encoder refuses; `file` is named in it.
pub(super) fn encode(file: &str, columns: &[TableColumn]) -> Result<Vec<u8>, OutputError> {
    let rows = columns.first().map_or(0, |column| column.values.len());
    for column in columns {
        assert_eq!(column.values.len(), rows, "{file}: column `{}` has another length", column.name);
    }
    encode_rows(columns, rows).map_err(|cause| OutputError::encoding(file, cause))
}

fn encode_rows(columns: &[TableColumn], rows: usize) -> Result<Vec<u8>, ParquetError> {
    let mut bytes = Vec::new();
    let mut writer = TableWriter::new(&mut bytes, columns)?;
    let mut first = 0;
    while first < rows {
        let last = rows.min(first + ROW_GROUP_ROWS);
        writer.write_group(columns, first, last)?;
        first = last;
    }
    writer.close()?;
    Ok(bytes)
}

/// A table that is written row group by row group, for those that do not fit into memory.
pub(super) struct TableWriter<W: Write + Send> {
    writer: SerializedFileWriter<W>,
}

impl<W: Write + Send> TableWriter<W> {
    /// Begins a table with columns of these names and types; their values are not written yet.
    pub(super) fn new(sink: W, columns: &[TableColumn]) -> Result<Self, ParquetError> {
        let fields: String = columns.iter().map(|column| column.values.declaration(column.name)).collect();
        let schema = parse_message_type(&format!("message trihelix {{ {fields} }}"))?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_created_by(CREATED_BY.to_owned())
            .build();
        Ok(Self { writer: SerializedFileWriter::new(sink, Arc::new(schema), Arc::new(properties))? })
    }

    /// Writes the rows `first..last` of the columns as one row group.
    pub(super) fn write_group(
        &mut self,
        columns: &[TableColumn],
        first: usize,
        last: usize,
    ) -> Result<(), ParquetError> {
        let mut group = self.writer.next_row_group()?;
        for column in columns {
            write_column(&mut group, &column.values, first, last)?;
        }
        group.close()?;
        Ok(())
    }

    /// Writes the footer and gives the sink back.
    pub(super) fn into_inner(self) -> Result<W, ParquetError> {
        self.writer.into_inner()
    }

    pub(super) fn close(self) -> Result<(), ParquetError> {
        self.writer.close()?;
        Ok(())
    }
}

/// Rows `first..last` of one column.
fn write_column<W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    values: &Values,
    first: usize,
    last: usize,
) -> Result<(), ParquetError> {
    match values {
        Values::Text(all) => {
            let part: Vec<ByteArray> = all[first..last].iter().map(|text| ByteArray::from(*text)).collect();
            write_batch::<ByteArrayType, W>(group, &part, None)
        }
        Values::TextOrNull(all) => {
            let part = &all[first..last];
            let present: Vec<ByteArray> = part.iter().flatten().map(|text| ByteArray::from(*text)).collect();
            let levels: Vec<i16> = part.iter().map(|text| i16::from(text.is_some())).collect();
            write_batch::<ByteArrayType, W>(group, &present, Some(&levels))
        }
        Values::Int32(all) | Values::Date(all) => write_batch::<Int32Type, W>(group, &all[first..last], None),
        Values::Int64(all) => write_batch::<Int64Type, W>(group, &all[first..last], None),
        Values::Double(all) => {
            let part: Vec<f64> = all[first..last].iter().map(|value| without_minus_zero(*value)).collect();
            write_batch::<DoubleType, W>(group, &part, None)
        }
        Values::DoubleOrNull(all) => {
            let part = &all[first..last];
            let present: Vec<f64> =
                part.iter().filter(|value| !value.is_nan()).map(|value| without_minus_zero(*value)).collect();
            let levels: Vec<i16> = part.iter().map(|value| i16::from(!value.is_nan())).collect();
            write_batch::<DoubleType, W>(group, &present, Some(&levels))
        }
    }
}

/// The next column of the group; `levels` says row by row whether a value is there.
fn write_batch<T: DataType, W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    values: &[T::T],
    levels: Option<&[i16]>,
) -> Result<(), ParquetError> {
    let mut column = group
        .next_column()?
        .ok_or_else(|| ParquetError::General("more columns than the schema declares".to_owned()))?;
    column.typed::<T>().write_batch(values, levels, None)?;
    column.close()
}
