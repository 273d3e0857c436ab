//! What can go wrong between a finished computation and a folder on the disk.

use std::io;
use std::path::Path;

use thiserror::Error;

/// Why a result folder cannot be written or read. The message names the place, the cause and the fix.
#[derive(Debug, Error)]
pub enum OutputError {
    /// The folder that was named cannot be used as it is: the user's to change.
    #[error("{place}: {problem}\n  {fix}")]
    Refused {
        /// The folder or file.
        place: String,
        /// What is the matter with it.
        problem: String,
        /// What to do about it.
        fix: String,
    },
    /// The machine refused: permission, a full disk, a vanished folder.
    #[error("{place}: cannot {action}: {cause}\n  {fix}")]
    Machine {
        /// The folder or file.
        place: String,
        /// What was tried, as a verb.
        action: &'static str,
        /// What the operating system said.
        cause: String,
        /// What to do about it, and what is left as it was.
        fix: String,
    },
    /// A table could not be encoded: a fault of the program.
    #[error("{file}: cannot encode the table: {cause}")]
    Encoding {
        /// The file of the result folder.
        file: String,
        /// What the encoder said.
        cause: String,
    },
}

impl OutputError {
    /// Whether the input is at fault (exit code 2) rather than the machine (exit code 1).
    #[must_use]
    pub fn is_input(&self) -> bool {
        matches!(self, Self::Refused { .. })
    }

    pub(super) fn refused(place: &Path, problem: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::Refused { place: place.display().to_string(), problem: problem.into(), fix: fix.into() }
    }

    pub(super) fn machine(place: &Path, action: &'static str, cause: &io::Error) -> Self {
        let fix = match cause.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                "choose a folder you may write to with --out; earlier results are as they were"
            }
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                "free some space or choose another disk with --out; earlier results are as they were"
            }
            _ => "try again or choose another folder with --out; earlier results are as they were",
        };
        Self::Machine { place: place.display().to_string(), action, cause: cause.to_string(), fix: fix.to_owned() }
    }

    pub(super) fn encoding(file: &str, cause: impl ToString) -> Self {
        Self::Encoding { file: file.to_owned(), cause: cause.to_string() }
    }
}
