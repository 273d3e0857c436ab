//! `run --checkpoint-every` and `run --from`: states on the disk, and going on from them.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::output::{Branch, write_alone};
use crate::simulate::Run;
use crate::units::Month;

use super::engine::Loaded;
use super::failure::Failure;

/// A state to go on from.
#[derive(Debug)]
pub(super) struct From {
    checkpoint: Checkpoint,
    /// What the branch left; `None` if the run is the same run, gone on with.
    pub(super) branch: Option<Branch>,
}

impl From {
    /// Reads a checkpoint and makes the scenario ready to go on from it.
    ///
    /// # Errors
    /// [`Failure::Input`] if the file is no checkpoint of this program or does not fit the scenario.
    pub(super) fn read(path: &Path, loaded: &mut Loaded, seed: u64, replicate: u32) -> Result<Self, Failure> {
        let place = path.display();
        let bytes = fs::read(path).map_err(|cause| {
            let message = format!("{place}: cannot read the checkpoint: {cause}");
            match cause.kind() {
                ErrorKind::NotFound | ErrorKind::IsADirectory | ErrorKind::NotADirectory => {
                    Failure::Input(format!("{message}\n  name a file that `run --checkpoint-every` has written"))
                }
                _ => Failure::Machine(message),
            }
        })?;
        let refused = |cause: &dyn std::fmt::Display| Failure::Input(format!("{place}: {cause}"));
        let checkpoint = Checkpoint::from_bytes(&bytes).map_err(|cause| refused(&cause))?;
        let head = &checkpoint.head;
        let branch = (!checkpoint.is_of(&loaded.scenario, seed, replicate)).then(|| Branch {
            months: head.done,
            scenario: head.digest.clone(),
            seed: head.seed,
            replicate: head.replicate,
            checkpoint: (blake3::hash(&bytes).to_hex().to_string(), bytes),
        });
        loaded.scenario = checkpoint.scenario(loaded.scenario.clone()).map_err(|cause| refused(&cause))?;
        Ok(Self { checkpoint, branch })
    }

    /// The run, at the first month that is not done.
    pub(super) fn resume<'a>(&self, loaded: &'a Loaded, seed: u64, replicate: u32) -> Run<'a> {
        self.checkpoint.resume(&loaded.scenario, seed, replicate)
    }

    /// What is done with the checkpoint, for people.
    pub(super) fn note(&self, loaded: &Loaded, seed: u64, replicate: u32) -> String {
        let head = &self.checkpoint.head;
        let since = loaded.start.plus(i32::from(head.done)).to_string();
        let (since, done) = (&since[..7], head.done);
        if self.branch.is_none() {
            return format!("going on in {since}, after {done} months");
        }
        let mut changed = Vec::new();
        if head.digest != loaded.digest {
            changed.push("other values".to_owned());
        }
        if (head.seed, head.replicate) != (seed, replicate) {
            changed.push(format!("other luck (there seed {}, replicate {})", head.seed, head.replicate));
        }
        format!("a branch of `{}` from {since} on, after {done} months: {}", head.scenario, changed.join(", "))
    }
}

/// Writes the state every so many months.
#[derive(Debug)]
pub(super) struct Saver {
    folder: PathBuf,
    every: u16,
}

impl Saver {
    /// Into the folder beside the results, so that the states survive them.
    pub(super) fn beside(out: &Path, every: u16) -> Self {
        let mut name = out.file_name().unwrap_or_default().to_os_string();
        name.push("-checkpoints");
        Self { folder: out.with_file_name(name), every }
    }

    /// After a month: writes the state if it is time and the run is not over.
    ///
    /// # Errors
    /// [`Failure::Machine`] if the disk refuses.
    pub(super) fn after(
        &self,
        run: &Run<'_>,
        month: Month,
        loaded: &Loaded,
        (seed, replicate): (u64, u32),
    ) -> Result<(), Failure> {
        let done = month.0 + 1;
        if !done.is_multiple_of(self.every) || run.month().is_none() {
            return Ok(());
        }
        let path = self.folder.join(format!("month-{done:04}.checkpoint"));
        let failed = |cause: CheckpointError| Failure::Machine(format!("{}: {cause}", path.display()));
        let bytes = Checkpoint::bytes_of(run, &loaded.scenario, seed, replicate).map_err(failed)?;
        Ok(write_alone(&path, &bytes)?)
    }
}
