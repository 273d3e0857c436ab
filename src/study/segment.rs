//! A segment: one file that one attempt appends its records to, and nobody else.
//!
//! `TXS1`, then frames. A frame is `TXR1`, the length of its payload (4 bytes, little end first), the payload, and the
//! first 16 bytes of BLAKE3 over length and payload. The first frame holds where and by what the segment was made, as
//! JSON; every other frame holds a record. A frame goes to the disk in one write, so a killed process leaves at most one
//! torn frame, at the end.

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

const FILE_MARK: &[u8; 4] = b"TXS1";
const FRAME_MARK: &[u8; 4] = b"TXR1";
const HEAD: usize = 8;
const CHECK: usize = 16;
/// A payload above this is not one of ours: a damaged length must not make us ask for all memory.
const PAYLOAD_MOST: u32 = 1 << 30;

/// Where a payload lies in its segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub at: u64,
    pub length: u32,
    /// Its checksum, by which equal payloads are told from different ones.
    pub check: [u8; CHECK],
}

/// What a scan of a segment found.
#[derive(Debug, Default)]
pub(super) struct Scanned {
    /// The provenance, if it can be read.
    pub provenance: Option<String>,
    /// Records: their first 32 bytes (the key) and where they are.
    pub records: Vec<([u8; 32], Span)>,
    /// Places of damaged records.
    pub damaged: Vec<u64>,
}

/// The segment that this attempt writes.
#[derive(Debug)]
pub(super) struct Writer {
    pub path: PathBuf,
    file: File,
    end: u64,
    /// After a failed write the end may hold half a frame: nothing may follow it.
    broken: bool,
}

impl Writer {
    /// Creates a segment that did not exist; `AlreadyExists` if it did.
    pub fn create(path: &Path, provenance: &str) -> io::Result<Self> {
        let file = OpenOptions::new().write(true).create_new(true).open(path)?;
        let mut writer = Self { path: path.to_owned(), file, end: 0, broken: false };
        let mut first = FILE_MARK.to_vec();
        first.extend_from_slice(&frame(provenance.as_bytes()).0);
        writer.write(&first)?;
        Ok(writer)
    }

    /// Appends one record in one write.
    pub fn append(&mut self, payload: &[u8]) -> io::Result<Span> {
        let (bytes, check) = frame(payload);
        let at = self.end + HEAD as u64;
        self.write(&bytes)?;
        Ok(Span { at, length: u32::try_from(payload.len()).unwrap_or(u32::MAX), check })
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.broken {
            return Err(io::Error::other("an earlier record could not be written"));
        }
        let written = self.file.write_all(bytes);
        self.broken = written.is_err();
        self.end += bytes.len() as u64;
        written
    }

    /// Waits until the disk has everything.
    pub fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }
}

fn frame(payload: &[u8]) -> (Vec<u8>, [u8; CHECK]) {
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX).to_le_bytes();
    let check = checksum(&length, payload);
    let mut bytes = Vec::with_capacity(HEAD + payload.len() + CHECK);
    bytes.extend_from_slice(FRAME_MARK);
    bytes.extend_from_slice(&length);
    bytes.extend_from_slice(payload);
    bytes.extend_from_slice(&check);
    (bytes, check)
}

fn checksum(length: &[u8; 4], payload: &[u8]) -> [u8; CHECK] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(length);
    hasher.update(payload);
    let mut check = [0; CHECK];
    check.copy_from_slice(&hasher.finalize().as_bytes()[..CHECK]);
    check
}

/// Reads one payload and checks it again: a disk may fail between the scan and now.
pub(super) fn read(path: &Path, span: Span) -> io::Result<Option<Vec<u8>>> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(span.at))?;
    let mut payload = vec![0; span.length as usize];
    match file.read_exact(&mut payload) {
        Ok(()) => Ok((checksum(&span.length.to_le_bytes(), &payload) == span.check).then_some(payload)),
        Err(cause) if cause.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(cause) => Err(cause),
    }
}

/// Finds every sound record. After damage the next frame is looked for byte by byte; what is torn at the end and
/// followed by nothing is the mark of a killed process, not damage.
pub(super) fn scan(path: &Path) -> io::Result<Scanned> {
    let file = File::open(path)?;
    let size = file.metadata()?.len();
    let mut found = Scanned::default();
    let mut reader = BufReader::with_capacity(1 << 18, file);
    let mut mark = [0; 4];
    if reader.read_exact(&mut mark).is_err() {
        return Ok(found);
    }
    let mut at = 4;
    if &mark != FILE_MARK {
        found.damaged.push(0);
    }
    // Where the damage that we are in began; only a sound frame behind it tells it from a torn end.
    let mut damage: Option<u64> = None;
    let mut first = true;
    while at < size {
        match frame_at(&mut reader, at, size)? {
            Frame::Sound(payload, check) => {
                found.damaged.extend(damage.take());
                let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
                if first {
                    found.provenance = String::from_utf8(payload).ok();
                } else if let Some(key) = payload.first_chunk::<32>() {
                    found.records.push((*key, Span { at: at + HEAD as u64, length, check }));
                }
                first = false;
                at += HEAD as u64 + u64::from(length) + CHECK as u64;
            }
            Frame::Wrong => {
                // Written whole and changed afterwards.
                found.damaged.extend(damage.take().into_iter().chain([at]));
                first = false;
                at = next_mark(&mut reader, at + 1, size)?;
            }
            Frame::Torn => {
                damage.get_or_insert(at);
                first = false;
                at = next_mark(&mut reader, at + 1, size)?;
            }
        }
    }
    Ok(found)
}

enum Frame {
    Sound(Vec<u8>, [u8; CHECK]),
    /// Complete, with a wrong checksum.
    Wrong,
    /// No frame begins here, or it ends beyond the file.
    Torn,
}

fn frame_at(reader: &mut BufReader<File>, at: u64, size: u64) -> io::Result<Frame> {
    if at + (HEAD + CHECK) as u64 > size {
        return Ok(Frame::Torn);
    }
    seek(reader, at)?;
    let mut head = [0; HEAD];
    reader.read_exact(&mut head)?;
    let mut length = [0; 4];
    length.copy_from_slice(&head[4..]);
    let payload_length = u32::from_le_bytes(length);
    let end = at + (HEAD + CHECK) as u64 + u64::from(payload_length);
    if &head[..4] != FRAME_MARK || payload_length > PAYLOAD_MOST || end > size {
        return Ok(Frame::Torn);
    }
    let mut payload = vec![0; payload_length as usize];
    reader.read_exact(&mut payload)?;
    let mut check = [0; CHECK];
    reader.read_exact(&mut check)?;
    Ok(if checksum(&length, &payload) == check { Frame::Sound(payload, check) } else { Frame::Wrong })
}

/// The next place from `at` on where a frame may begin; `size` if there is none.
fn next_mark(reader: &mut BufReader<File>, at: u64, size: u64) -> io::Result<u64> {
    seek(reader, at)?;
    let mut last = [0_u8; 4];
    let mut seen = 0_u64;
    let mut byte = [0];
    while reader.read(&mut byte)? == 1 {
        last.rotate_left(1);
        last[3] = byte[0];
        seen += 1;
        if seen >= 4 && &last == FRAME_MARK {
            return Ok(at + seen - 4);
        }
    }
    Ok(size)
}

/// Moves without throwing the buffer away where that is possible.
fn seek(reader: &mut BufReader<File>, at: u64) -> io::Result<()> {
    let here = reader.stream_position()?;
    let step = i64::try_from(at).unwrap_or(i64::MAX) - i64::try_from(here).unwrap_or(0);
    reader.seek_relative(step)
}
