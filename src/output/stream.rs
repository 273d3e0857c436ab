//! Files that are written piece by piece, digested on their way to the disk.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use super::OutputError;
use super::parquet::{TableColumn, TableWriter};

/// A file on its way to the disk, digested as it goes.
pub(super) struct Digested {
    name: &'static str,
    file: BufWriter<File>,
    hasher: blake3::Hasher,
}

impl Digested {
    pub(super) fn create(staging: &Path, name: &'static str) -> Result<Self, OutputError> {
        let path = staging.join(name);
        let file = File::create(&path).map_err(|cause| failed(name, &cause))?;
        Ok(Self { name, file: BufWriter::with_capacity(1 << 17, file), hasher: blake3::Hasher::new() })
    }

    pub(super) fn finish(mut self) -> Result<(String, String), OutputError> {
        self.file.flush().and_then(|()| self.file.get_ref().sync_all()).map_err(|cause| failed(self.name, &cause))?;
        Ok((self.name.to_owned(), self.hasher.finalize().to_hex().to_string()))
    }
}

impl Write for Digested {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file.write(bytes)?;
        self.hasher.update(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// The disk refused a file.
pub(super) fn failed(name: &str, cause: &io::Error) -> OutputError {
    OutputError::machine(Path::new(name), "write the file", cause)
}

/// A Parquet table with its file.
pub(super) struct Table {
    name: &'static str,
    writer: TableWriter<Digested>,
}

impl Table {
    pub(super) fn create(staging: &Path, name: &'static str, columns: &[TableColumn<'_>]) -> Result<Self, OutputError> {
        let file = Digested::create(staging, name)?;
        let writer = TableWriter::new(file, columns).map_err(|cause| OutputError::encoding(name, cause))?;
        Ok(Self { name, writer })
    }

    pub(super) fn write(&mut self, columns: &[TableColumn<'_>]) -> Result<(), OutputError> {
        let rows = columns.first().map_or(0, |column| column.values.len());
        if rows == 0 {
            return Ok(());
        }
        self.writer.write_group(columns, 0, rows).map_err(|cause| table_failed(self.name, &cause))
    }

    pub(super) fn finish(self) -> Result<(String, String), OutputError> {
        let name = self.name;
        self.writer.into_inner().map_err(|cause| table_failed(name, &cause))?.finish()
    }
}

/// A full disk reaches us through the encoder.
fn table_failed(name: &str, cause: &parquet::errors::ParquetError) -> OutputError {
    match std::error::Error::source(cause).and_then(|source| source.downcast_ref::<io::Error>()) {
        Some(cause) => failed(name, cause),
        None => OutputError::encoding(name, cause),
    }
}

/// Writes a small file whole; its name and digest.
pub(super) fn text_file(staging: &Path, name: &'static str, text: &str) -> Result<(String, String), OutputError> {
    let mut file = Digested::create(staging, name)?;
    file.write_all(text.as_bytes()).map_err(|cause| failed(name, &cause))?;
    file.finish()
}
