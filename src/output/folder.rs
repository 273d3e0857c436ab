//! The result folder on the disk: checked before the run, filled after it, everything or nothing.
//!
//! Files are written under a hidden name beside their place, forced to the disk, and renamed. Normally the whole
//! folder is renamed at once ([`Way::Swap`]). Where that would harm a stranger (files of others in the folder, the
//! folder is where the user stands, or a disk is mounted there) the files are renamed one by one ([`Way::Fill`]), the
//! manifest last, so that a folder with a manifest is always complete.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::{NamedFile, OutputError, manifest};

/// The hidden folder that is being filled now, if any: what an interruption must remove. Held while files take their
/// final names, so that an interruption waits for the renames instead of cutting them in half.
static PENDING: Mutex<Option<PathBuf>> = Mutex::new(None);

/// What to do with a folder that holds files which are not a result of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Foreign {
    /// Leave it alone.
    Refuse,
    /// Write into it, beside the files that are there.
    WriteBeside,
}

/// How files take their final names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Swap,
    Fill,
}

/// A folder that may be written to.
#[derive(Debug)]
pub struct ResultFolder {
    folder: PathBuf,
    way: Way,
}

impl ResultFolder {
    /// Checks, before anything is computed, that results can be written to `path`; makes the folders above it.
    ///
    /// A folder that does not exist, is empty, or holds an earlier result is accepted; the earlier result stays until
    /// the new one is complete.
    ///
    /// # Errors
    /// [`OutputError::Refused`] if the path is a file, or a folder with other files while `foreign` refuses it;
    /// [`OutputError::Machine`] if the disk does not let us write there.
    pub fn prepare(path: &Path, foreign: Foreign) -> Result<Self, OutputError> {
        restore_unfinished(path);
        match fs::metadata(path) {
            Err(cause) if cause.kind() == ErrorKind::NotFound => Self::prepare_new(path),
            Err(cause) if cause.kind() == ErrorKind::NotADirectory => {
                Err(OutputError::refused(path, "a part of this path is a file", "choose another folder with --out"))
            }
            Err(cause) => Err(OutputError::machine(path, "look at the output folder", &cause)),
            Ok(found) if !found.is_dir() => {
                Err(OutputError::refused(path, "is a file, not a folder", "choose another folder with --out"))
            }
            Ok(_) => {
                let folder = Self::existing(path)?;
                if foreign == Foreign::Refuse && !is_empty(&folder.folder)? && manifest::read(&folder.folder).is_err() {
                    return Err(OutputError::refused(
                        path,
                        "holds files that are not a trihelix result",
                        "choose another folder with --out, or write beside those files with --force",
                    ));
                }
                Ok(folder)
            }
        }
    }

    fn prepare_new(path: &Path) -> Result<Self, OutputError> {
        let Some(name) = path.file_name() else {
            return Err(OutputError::refused(path, "does not name a folder", "choose another folder with --out"));
        };
        let parent = parent_of(path);
        let parent = fs::create_dir_all(parent)
            .and_then(|()| fs::canonicalize(parent))
            .map_err(|cause| OutputError::machine(parent, "create the folder", &cause))?;
        let folder = Self { folder: parent.join(name), way: Way::Swap };
        folder.probe()?;
        Ok(folder)
    }

    /// A folder that is there already, to be written to without asking whose it is.
    fn existing(path: &Path) -> Result<Self, OutputError> {
        let folder =
            fs::canonicalize(path).map_err(|cause| OutputError::machine(path, "look at the output folder", &cause))?;
        let swap = Self { folder, way: Way::Swap };
        if may_be_swapped(&swap.folder) && swap.probe().is_ok() {
            return Ok(swap);
        }
        Self::in_place(path)
    }

    /// A folder that is there already, to which some files are added while the others stay.
    pub(super) fn in_place(path: &Path) -> Result<Self, OutputError> {
        let folder =
            fs::canonicalize(path).map_err(|cause| OutputError::machine(path, "look at the output folder", &cause))?;
        let fill = Self { folder, way: Way::Fill };
        fill.probe()?;
        Ok(fill)
    }

    /// Where the files go.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.folder
    }

    /// Writes these files, which replace those of an earlier result: all of them, or none.
    ///
    /// Names are relative, with `/` between parts; the manifest must be among them.
    ///
    /// # Errors
    /// [`OutputError`] if the disk refuses; what was there before is as it was, and nothing half-written stays.
    pub fn publish(&self, files: &[NamedFile]) -> Result<(), OutputError> {
        self.publish_with(&mut |staging| {
            for (name, bytes) in files {
                write_through(&staging.join(name), bytes)
                    .map_err(|cause| OutputError::machine(&self.folder.join(name), "write the file", &cause))?;
            }
            Ok(files.iter().map(|(name, _)| name.clone()).collect())
        })
    }

    /// The same for files that do not fit into memory: `write` puts them into the hidden folder it is given, forces them
    /// to the disk, and returns their names.
    ///
    /// # Errors
    /// Those of `write`, and [`OutputError`] if the disk refuses; nothing half-written stays.
    pub(super) fn publish_with(
        &self,
        write: &mut dyn FnMut(&Path) -> Result<Vec<String>, OutputError>,
    ) -> Result<(), OutputError> {
        let _turn = take_turn(parent_of(&self.folder));
        let staging = self.stage()?;
        let names = write(&staging.path)?;
        match self.way {
            Way::Swap => self.swap(staging, &names),
            Way::Fill => self.fill(staging, &names),
        }
    }

    /// Where files wait for their final names: on the same disk, out of sight.
    fn staging(&self) -> PathBuf {
        match self.way {
            Way::Swap => sibling(&self.folder, ".partial"),
            Way::Fill => self.folder.join(".trihelix.partial"),
        }
    }

    /// Finds out whether the disk lets us write, without leaving a trace.
    fn probe(&self) -> Result<(), OutputError> {
        let _turn = take_turn(parent_of(&self.folder));
        let staging = self.stage()?;
        write_through(&staging.path.join("probe"), b"probe")
            .map_err(|cause| OutputError::machine(&self.folder, "write to the folder", &cause))
    }

    /// The hidden folder, empty.
    fn stage(&self) -> Result<Staging, OutputError> {
        Staging::create(self.staging()).map_err(|cause| OutputError::machine(&self.folder, "create the folder", &cause))
    }

    fn swap(&self, staging: Staging, files: &[String]) -> Result<(), OutputError> {
        let failed = |cause: &io::Error| OutputError::machine(&self.folder, "put the results in place", cause);
        let previous = sibling(&self.folder, ".previous");
        let held = PENDING.lock().unwrap_or_else(PoisonError::into_inner);
        let existed = self.folder.exists();
        // Charts of an earlier result go, whatever else stands beside it stays: only a folder without strangers is swapped.
        if existed && !may_be_swapped(&self.folder) {
            drop(held);
            return self.fill(staging, files);
        }
        if existed {
            fs::rename(&self.folder, &previous).map_err(|cause| failed(&cause))?;
        }
        if let Err(cause) = fs::rename(&staging.path, &self.folder) {
            if existed {
                // The earlier result goes back; if even that fails, `restore_unfinished` finds it the next time.
                let _ = fs::rename(&previous, &self.folder);
            }
            return Err(failed(&cause));
        }
        sync_folder(parent_of(&self.folder));
        if existed {
            // The new result stands; a leftover of the old one is out of sight and removed by the next run.
            let _ = fs::remove_dir_all(&previous);
        }
        Ok(())
    }

    fn fill(&self, staging: Staging, files: &[String]) -> Result<(), OutputError> {
        let place = |name: &str| self.folder.join(name);
        if let Some(name) = files.iter().find(|name| place(name).is_dir()) {
            return Err(OutputError::refused(
                &place(name),
                "is a folder where a file of the result has to go",
                "move it away or choose another folder with --out",
            ));
        }
        let old = manifest::read(&self.folder).map(|old| manifest::file_names(&old)).unwrap_or_default();
        let new: BTreeSet<&str> = files.iter().map(String::as_str).collect();
        let rewritten = new.contains("records.parquet") || new.contains("differences.parquet");
        let held = PENDING.lock().unwrap_or_else(PoisonError::into_inner);
        let moved = self.move_into_place(&staging, files);
        if moved.is_ok() {
            let stale = |name: &&String| !new.contains(name.as_str()) && (rewritten || name.starts_with("figures/"));
            for name in old.iter().filter(stale) {
                // Already out of the manifest; a file that cannot be removed does no harm.
                let _ = fs::remove_file(place(name));
            }
            sync_folder(&self.folder);
        }
        drop(held);
        drop(staging);
        moved
    }

    /// Renames the staged files one by one, in the order given. A whole new result takes the old manifest away first.
    fn move_into_place(&self, staging: &Staging, files: &[String]) -> Result<(), OutputError> {
        let failed = |place: &Path, cause: io::Error| OutputError::Machine {
            place: place.display().to_string(),
            action: "put the file in place",
            cause: cause.to_string(),
            fix: "without its manifest.json the folder is incomplete: run again, or choose another folder with --out"
                .to_owned(),
        };
        let manifest_path = self.folder.join(manifest::FILE);
        if manifest_path.exists() {
            fs::remove_file(&manifest_path).map_err(|cause| failed(&manifest_path, cause))?;
        }
        let manifest_last = files
            .iter()
            .filter(|name| *name != manifest::FILE)
            .chain(files.iter().filter(|name| *name == manifest::FILE));
        for name in manifest_last {
            let place = self.folder.join(name);
            fs::create_dir_all(parent_of(&place))
                .and_then(|()| fs::rename(staging.path.join(name), &place))
                .map_err(|cause| failed(&place, cause))?;
        }
        Ok(())
    }
}

/// Removes what is half-written and keeps anything from taking its final name; for a process that is about to end.
pub fn abandon() {
    let mut pending = PENDING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(path) = pending.take() {
        let _ = fs::remove_dir_all(path);
    }
    // Never released: whoever would publish now waits until the process is gone.
    std::mem::forget(pending);
}

/// A hidden folder that disappears with this value, unless it was renamed.
struct Staging {
    path: PathBuf,
}

impl Staging {
    fn create(path: PathBuf) -> io::Result<Self> {
        // Left by a process that was killed; its turn is over.
        let _ = fs::remove_dir_all(&path);
        fs::create_dir(&path)?;
        *PENDING.lock().unwrap_or_else(PoisonError::into_inner) = Some(path.clone());
        Ok(Self { path })
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        *PENDING.lock().unwrap_or_else(PoisonError::into_inner) = None;
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Writes one file outside any result folder, such as a report for a build server: whole, or not at all.
///
/// # Errors
/// [`OutputError`] if the path is a folder or the disk refuses; a file that was there before is then as it was.
pub fn write_alone(path: &Path, bytes: &[u8]) -> Result<(), OutputError> {
    write_alone_with(path, &mut |file| file.write_all(bytes))
}

/// The same for a file that `write` fills piece by piece.
///
/// # Errors
/// Those of [`write_alone`] and of `write`.
pub(super) fn write_alone_with(
    path: &Path,
    write: &mut dyn FnMut(&mut File) -> io::Result<()>,
) -> Result<(), OutputError> {
    if path.is_dir() {
        return Err(OutputError::refused(path, "is a folder, not a file", "name a file"));
    }
    let partial = sibling(path, ".partial");
    let written = fs::create_dir_all(parent_of(path))
        .and_then(|()| File::create(&partial))
        .and_then(|mut file| write(&mut file).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&partial, path));
    written.map_err(|cause| {
        let _ = fs::remove_file(&partial);
        OutputError::machine(path, "write the file", &cause)
    })
}

/// Writes a file and waits until the disk has it.
fn write_through(path: &Path, bytes: &[u8]) -> io::Result<()> {
    fs::create_dir_all(parent_of(path))?;
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Holds other processes off that write beside us. Disks that know no locks do without.
fn take_turn(parent: &Path) -> Option<File> {
    let folder = File::open(parent).ok()?;
    folder.lock().ok()?;
    Some(folder)
}

/// Puts an earlier result back whose replacement was cut off between two renames.
fn restore_unfinished(path: &Path) {
    let Ok(folder) = fs::canonicalize(parent_of(path)) else { return };
    let Some(name) = path.file_name() else { return };
    let folder = folder.join(name);
    let previous = sibling(&folder, ".previous");
    if previous.exists() {
        // Whoever held the turn may have been in the middle of the exchange: look again.
        let _turn = take_turn(parent_of(&folder));
        let _ = if folder.exists() { fs::remove_dir_all(&previous) } else { fs::rename(&previous, &folder) };
    }
}

/// Whether the folder may be exchanged as a whole: no files of others, nobody stands in it, no disk is mounted on it.
fn may_be_swapped(folder: &Path) -> bool {
    let here = std::env::current_dir().and_then(fs::canonicalize);
    if here.is_ok_and(|here| here.starts_with(folder)) || is_mount(folder) {
        return false;
    }
    let mut ours: BTreeSet<PathBuf> = BTreeSet::from([PathBuf::from(manifest::FILE)]);
    if let Ok(manifest) = manifest::read(folder) {
        for name in manifest::file_names(&manifest) {
            ours.extend(Path::new(&name).ancestors().map(Path::to_path_buf));
        }
    }
    holds_only(folder, Path::new(""), &ours).unwrap_or(false)
}

/// Whether every file and folder below `folder` is one of `ours`.
fn holds_only(folder: &Path, below: &Path, ours: &BTreeSet<PathBuf>) -> io::Result<bool> {
    for entry in fs::read_dir(folder.join(below))? {
        let entry = entry?;
        let name = below.join(entry.file_name());
        if !ours.contains(&name) || (entry.file_type()?.is_dir() && !holds_only(folder, &name, ours)?) {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(unix)]
fn is_mount(folder: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let device = |path: &Path| fs::metadata(path).map(|metadata| metadata.dev()).ok();
    device(folder) != device(parent_of(folder))
}

#[cfg(not(unix))]
fn is_mount(_: &Path) -> bool {
    false
}

fn is_empty(folder: &Path) -> Result<bool, OutputError> {
    fs::read_dir(folder)
        .map(|mut entries| entries.next().is_none())
        .map_err(|cause| OutputError::machine(folder, "look into the output folder", &cause))
}

/// Makes the renames in a folder last; systems that cannot are content without.
fn sync_folder(folder: &Path) {
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}

/// A hidden name beside the folder.
fn sibling(folder: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(folder.file_name().unwrap_or_default());
    name.push(suffix);
    folder.with_file_name(name)
}

/// The folder above; the current one for a bare name.
fn parent_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        Some(_) => Path::new("."),
        None => path,
    }
}
