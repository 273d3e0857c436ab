//! Bundles on the disk: a zip file that is the same bytes wherever and whenever it is packed, and is unpacked with
//! distrust.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Component, Path, PathBuf};

use zip::read::ZipArchive;
use zip::result::ZipError;
use zip::write::{SimpleFileOptions, ZipWriter};
use zip::{CompressionMethod, DateTime};

use super::OutputError;
use super::folder::write_alone_with;

/// The last file of every bundle: a line for each other file, as `b3sum --check` reads them.
pub const CHECKSUMS: &str = "checksums.blake3";

/// A bundle with more files than this is not unpacked.
const FILES_MAX: usize = 20_000;
/// A bundle unpacks to at most this many times its own size, and `BYTES_FREE` more.
const TIMES_MAX: u64 = 100;
const BYTES_FREE: u64 = 64 << 20;
/// A name longer than this is not unpacked.
const NAME_MAX: usize = 1_000;

/// Where the bytes of a packed file come from.
#[derive(Debug, Clone)]
pub enum Packed {
    /// From memory.
    Bytes(Vec<u8>),
    /// From the disk; they must have this digest, if one is known.
    File(PathBuf, Option<String>),
}

/// Packs files in the order given, and their checksums behind them. A file that was there before stays until the new one
/// is complete.
///
/// # Errors
/// [`OutputError`] if a file cannot be read, is not what its digest says, or the disk refuses.
pub fn pack(path: &Path, files: &[(String, Packed)]) -> Result<(), OutputError> {
    let mut changed = None;
    let written = write_alone_with(path, &mut |file| {
        let mut zip = ZipWriter::new(BufWriter::new(Once { file, failed: false, at: 0 }));
        let mut checksums = String::new();
        for (name, packed) in files {
            let digest = match packed {
                Packed::Bytes(bytes) => append(&mut zip, name, bytes.len() as u64, &mut bytes.as_slice())?,
                Packed::File(path, wanted) => {
                    let mut file = File::open(path)?;
                    let digest = append(&mut zip, name, file.metadata()?.len(), &mut file)?;
                    if wanted.as_ref().is_some_and(|wanted| *wanted != digest) {
                        changed = Some(path.clone());
                        return Err(io::Error::other("changed while it was packed"));
                    }
                    digest
                }
            };
            checksums.push_str(&format!("{digest}  {name}\n"));
        }
        append(&mut zip, CHECKSUMS, checksums.len() as u64, &mut checksums.as_bytes())?;
        let mut written = zip.finish().map_err(cause_of)?;
        written.flush()
    });
    match changed {
        Some(path) => Err(OutputError::refused(
            &path,
            "is not the file that the manifest vouches for",
            "`trihelix verify` says where it differs; bundle a result that is sound",
        )),
        None => written,
    }
}

/// A file that fails once. What the writer of the archive still tries after that, when it is given up, goes nowhere: it would
/// only say again, in its own words, what is said already.
struct Once<'a> {
    file: &'a mut File,
    failed: bool,
    /// Where the next byte goes, or would go.
    at: u64,
}

impl Once<'_> {
    fn tried<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        self.failed |= result.as_ref().is_err_and(|cause| cause.kind() != ErrorKind::Interrupted);
        result
    }
}

impl Write for Once<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let result = if self.failed { Ok(bytes.len()) } else { self.file.write(bytes) };
        let written = self.tried(result)?;
        self.at += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        let result = if self.failed { Ok(()) } else { self.file.flush() };
        self.tried(result)
    }
}

impl Seek for Once<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let would = match to {
            SeekFrom::Start(at) => at,
            SeekFrom::Current(by) => self.at.saturating_add_signed(by),
            SeekFrom::End(_) => self.at,
        };
        let result = if self.failed { Ok(would) } else { self.file.seek(to) };
        self.at = self.tried(result)?;
        Ok(self.at)
    }
}

/// What the machine said, without the archive's words around it.
fn cause_of(error: ZipError) -> io::Error {
    match error {
        ZipError::Io(cause) => cause,
        error => io::Error::other(error),
    }
}

/// Adds a file; its digest. No clock, no owner and no rights of this machine go into the archive.
fn append(zip: &mut ZipWriter<impl Write + Seek>, name: &str, size: u64, from: &mut impl Read) -> io::Result<String> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(6))
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644)
        .large_file(size > u64::from(u32::MAX) / 2);
    zip.start_file(name, options).map_err(cause_of)?;
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = match from.read(&mut buffer) {
            Ok(0) => return Ok(hasher.finalize().to_hex().to_string()),
            Ok(read) => &buffer[..read],
            Err(cause) if cause.kind() == ErrorKind::Interrupted => continue,
            Err(cause) => return Err(cause),
        };
        hasher.update(read);
        zip.write_all(read)?;
    }
}

/// Unpacks an archive into a folder that is there and empty; the names in it. Only plain files with plain names that
/// `ours` knows are unpacked: one other entry, and nothing is.
///
/// # Errors
/// [`OutputError::Refused`] if it is not an archive, holds what no bundle holds, or would unpack to far more than its own
/// size; [`OutputError::Machine`] if the disk refuses.
pub fn unpack(path: &Path, into: &Path, ours: &dyn Fn(&str) -> bool) -> Result<Vec<String>, OutputError> {
    let fix = "name a file that `trihelix bundle` has written";
    let refused = |problem: String| OutputError::refused(path, problem, fix);
    let machine = |cause: &io::Error| OutputError::machine(path, "unpack the bundle", cause);
    if path.is_dir() {
        return Err(refused("is a folder, not a bundle".to_owned()));
    }
    let file = File::open(path).map_err(|cause| match cause.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => refused("there is no such file".to_owned()),
        _ => OutputError::machine(path, "read the bundle", &cause),
    })?;
    let own = file.metadata().map_err(|cause| machine(&cause))?.len();
    let limit = own.saturating_mul(TIMES_MAX).saturating_add(BYTES_FREE);
    let told = |error: ZipError| match error {
        ZipError::Io(cause) if !is_content(&cause) => machine(&cause),
        error => refused(format!("is not a sound bundle: {}", told_plainly(&error.to_string()))),
    };
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(told)?;
    if archive.len() > FILES_MAX {
        return Err(refused(format!("holds {} files; {FILES_MAX} are the most", archive.len())));
    }
    if archive.has_duplicate_names() || archive.has_overlapping_files().map_err(told)? {
        return Err(refused("holds two files in one place".to_owned()));
    }
    // Looked at as a whole before the first byte is written.
    let mut names = Vec::new();
    let mut promised: u64 = 0;
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map_err(told)?;
        let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
        let shown = told_plainly(&name);
        if !is_plain(&name) {
            return Err(refused(format!("holds `{shown}`, a name that leads elsewhere")));
        }
        if entry.is_dir() || entry.is_symlink() || entry.encrypted() || !entry.is_file() {
            return Err(refused(format!("holds `{shown}`, which is not a plain file")));
        }
        if !ours(&name) {
            return Err(refused(format!("holds `{shown}`, which no bundle has")));
        }
        promised = promised.saturating_add(entry.size());
        names.push(name);
    }
    let too_much = || refused(format!("would unpack to more than {} MB from {} kB", limit >> 20, own >> 10));
    if promised > limit {
        return Err(too_much());
    }
    // What an entry promises may be a lie; what it gives is counted.
    let mut left = limit;
    for (index, name) in names.iter().enumerate() {
        let entry = archive.by_index(index).map_err(told)?;
        let place = into.join(name);
        let parent = place.parent().unwrap_or(into);
        let file = fs::create_dir_all(parent).and_then(|()| File::create_new(&place));
        let mut file = file.map_err(|cause| match cause.kind() {
            ErrorKind::AlreadyExists | ErrorKind::NotADirectory => refused(format!("holds `{name}` twice")),
            _ => OutputError::machine(&place, "write the file", &cause),
        })?;
        let copied = io::copy(&mut entry.take(left.saturating_add(1)), &mut file).map_err(|cause| {
            if is_content(&cause) {
                return refused(format!(
                    "is damaged: `{name}` cannot be unpacked: {}",
                    told_plainly(&cause.to_string())
                ));
            }
            OutputError::machine(&place, "write the file", &cause)
        })?;
        left = left.checked_sub(copied).ok_or_else(too_much)?;
    }
    Ok(names)
}

/// Whether an error tells of the bytes that were read, not of the machine.
fn is_content(cause: &io::Error) -> bool {
    matches!(
        cause.kind(),
        ErrorKind::InvalidData | ErrorKind::InvalidInput | ErrorKind::UnexpectedEof | ErrorKind::Other
    )
}

/// Text of strangers, without what a terminal would obey.
fn told_plainly(text: &str) -> String {
    text.chars().take(200).collect::<String>().escape_debug().to_string()
}

/// Whether a name stays where it is unpacked, on every system.
fn is_plain(name: &str) -> bool {
    let odd = |c: char| c.is_control() || matches!(c, '\\' | ':' | '\u{fffd}');
    !name.is_empty()
        && name.len() <= NAME_MAX
        && !name.contains(odd)
        && !name.split('/').any(str::is_empty)
        && Path::new(name).components().all(|part| matches!(part, Component::Normal(_)))
}
