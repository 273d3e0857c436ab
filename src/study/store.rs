//! The store: every computed cell under its key, in append-only segments, one per attempt.

use std::collections::BTreeMap;
use std::fs;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde_json::Value;
use thiserror::Error;

use super::key::CellKey;
use super::rows::CellRecord;
use super::segment::{self, Span, Writer};

/// What can go wrong with a store.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The machine refused.
    #[error("{place}: cannot {action}: {cause}\n  {fix}")]
    Machine {
        /// File or folder.
        place: String,
        /// What was tried.
        action: &'static str,
        /// What the system said.
        cause: String,
        /// What to do.
        fix: &'static str,
    },
    /// Two records of one cell differ: a build or a machine that is not deterministic, or a store that was tampered with.
    #[error(
        "two records of one cell differ\n  cell {key}\n  one in {first}\n  another in {second}\n  \
         find out which machine computed it wrongly (each segment begins with its provenance) and delete its segment"
    )]
    Differ {
        /// The cell.
        key: CellKey,
        /// A segment that has it.
        first: String,
        /// Another, or the same.
        second: String,
    },
}

impl StoreError {
    /// An error of the machine at a place, with advice by its kind.
    pub(super) fn machine(place: &Path, action: &'static str, cause: &io::Error) -> Self {
        let fix = match cause.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                "choose a folder you may write to with --store; cells that are done are kept"
            }
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                "free some space and run the same command again; cells that are done are kept"
            }
            _ => "run the same command again; cells that are done are kept",
        };
        Self::Machine { place: place.display().to_string(), action, cause: cause.to_string(), fix }
    }
}

/// A damaged record: reported, computed again, never read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// The segment's file name.
    pub segment: String,
    /// Byte at which it begins.
    pub at: u64,
}

/// A segment as a scan found it.
#[derive(Debug, Clone)]
pub struct Segment {
    /// File.
    pub path: PathBuf,
    /// What it says about where it was made; null if that cannot be read.
    pub provenance: Value,
    /// Records in it.
    pub records: usize,
}

/// Where a record is.
#[derive(Debug, Clone, Copy)]
struct Place {
    segment: usize,
    span: Span,
}

/// A store that is open for reading, and for appending to a segment of its own.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    segments: Vec<Segment>,
    /// Damaged records that the scan met.
    pub damaged: Vec<Damage>,
    inner: Mutex<Inner>,
    provenance: Value,
}

#[derive(Debug, Default)]
struct Inner {
    index: BTreeMap<CellKey, Place>,
    writer: Option<Writer>,
    /// Paths of segments made by this attempt, numbered after those found.
    own: Vec<PathBuf>,
}

const EXTENSION: &str = "segment";

impl Store {
    /// Opens a store, made if it is not there, and finds every sound record.
    ///
    /// `provenance` is written at the head of the segment that this attempt makes with its first record.
    ///
    /// # Errors
    /// [`StoreError`] if the folder cannot be made or read, or two records of one cell differ.
    pub fn open(folder: &Path, provenance: Value) -> Result<Self, StoreError> {
        fs::create_dir_all(folder).map_err(|cause| StoreError::machine(folder, "create the store", &cause))?;
        Self::gather(&[folder.to_path_buf()], provenance)
    }

    /// Opens one or more stores for reading, as if they were one.
    ///
    /// # Errors
    /// [`StoreError`] if a folder cannot be read, or two records of one cell differ.
    pub fn read_only(folders: &[PathBuf]) -> Result<Self, StoreError> {
        Self::gather(folders, Value::Null)
    }

    fn gather(folders: &[PathBuf], provenance: Value) -> Result<Self, StoreError> {
        let mut segments = Vec::new();
        let mut damaged = Vec::new();
        let mut index: BTreeMap<CellKey, Place> = BTreeMap::new();
        for folder in folders {
            for path in segment_files(folder)? {
                let scanned =
                    segment::scan(&path).map_err(|cause| StoreError::machine(&path, "read the segment", &cause))?;
                let name = file_name(&path);
                damaged.extend(scanned.damaged.iter().map(|at| Damage { segment: name.clone(), at: *at }));
                let number = segments.len();
                let provenance = scanned.provenance.and_then(|text| serde_json::from_str(&text).ok());
                segments.push(Segment {
                    path,
                    provenance: provenance.unwrap_or(Value::Null),
                    records: scanned.records.len(),
                });
                for (key, span) in scanned.records {
                    let key = CellKey(key);
                    let place = Place { segment: number, span };
                    let earlier = *index.entry(key).or_insert(place);
                    if earlier.span.check != span.check {
                        let shown = |place: Place| segments[place.segment].path.display().to_string();
                        return Err(StoreError::Differ { key, first: shown(earlier), second: shown(place) });
                    }
                }
            }
        }
        let folder = folders.first().cloned().unwrap_or_default();
        let inner = Mutex::new(Inner { index, ..Inner::default() });
        Ok(Self { folder, segments, damaged, inner, provenance })
    }

    /// The folder it appends to.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The segments found when it was opened.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Number of cells in it, of this study and of others.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lock().index.len()
    }

    /// Whether it holds no cell.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether a sound record of the cell is there.
    #[must_use]
    pub fn holds(&self, key: CellKey) -> bool {
        self.lock().index.contains_key(&key)
    }

    /// The record of a cell; `None` if there is none, or if it was damaged since the store was opened.
    ///
    /// # Errors
    /// [`StoreError::Machine`] if the segment cannot be read.
    pub fn read(&self, key: CellKey) -> Result<Option<CellRecord>, StoreError> {
        let found = {
            let inner = self.lock();
            let Some(place) = inner.index.get(&key).copied() else { return Ok(None) };
            let path = match self.segments.get(place.segment) {
                Some(segment) => segment.path.clone(),
                None => inner.own[place.segment - self.segments.len()].clone(),
            };
            (path, place.span)
        };
        let (path, span) = found;
        let payload =
            segment::read(&path, span).map_err(|cause| StoreError::machine(&path, "read the segment", &cause))?;
        Ok(payload.and_then(|bytes| CellRecord::from_bytes(&bytes)).filter(|record| record.key == key))
    }

    /// Appends a record, in one write, to the segment of this attempt.
    ///
    /// # Errors
    /// [`StoreError::Machine`] if the disk refuses; nothing more can be appended then, and what was there before is kept.
    pub fn append(&self, record: &CellRecord) -> Result<(), StoreError> {
        let payload = record.to_bytes();
        let mut inner = self.lock();
        if inner.writer.is_none() {
            let writer = self.new_segment()?;
            inner.own.push(writer.path.clone());
            inner.writer = Some(writer);
        }
        let segment = self.segments.len() + inner.own.len() - 1;
        let Some(writer) = inner.writer.as_mut() else { return Ok(()) };
        let span = match writer.append(&payload) {
            Ok(span) => span,
            Err(cause) => return Err(StoreError::machine(&writer.path, "write the record", &cause)),
        };
        inner.index.entry(record.key).or_insert(Place { segment, span });
        Ok(())
    }

    /// Waits until the disk has every record.
    ///
    /// # Errors
    /// [`StoreError::Machine`] if it does not.
    pub fn sync(&self) -> Result<(), StoreError> {
        match &self.lock().writer {
            Some(writer) => {
                writer.sync().map_err(|cause| StoreError::machine(&writer.path, "write the records", &cause))
            }
            None => Ok(()),
        }
    }

    /// A file of a name that nobody has used: random, so that folders of many machines can be poured together.
    fn new_segment(&self) -> Result<Writer, StoreError> {
        let provenance = self.provenance.to_string();
        loop {
            let number = RandomState::new().build_hasher().finish();
            let path = self.folder.join(format!("{number:016x}.{EXTENSION}"));
            match Writer::create(&path, &provenance) {
                Ok(writer) => return Ok(writer),
                Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => {}
                Err(cause) => return Err(StoreError::machine(&path, "create the segment", &cause)),
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The segments of a folder in the order of their names.
fn segment_files(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let failed = |cause: &io::Error| StoreError::machine(folder, "read the store", cause);
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(|cause| failed(&cause))? {
        let path = entry.map_err(|cause| failed(&cause))?.path();
        if path.extension().is_some_and(|extension| extension == EXTENSION) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}
