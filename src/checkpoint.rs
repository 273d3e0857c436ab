//! Checkpoints: the state of a run between two months, as data.
//!
//! A file is a mark, the number of the format, a head (what was run, how far), the state, and a seal: BLAKE3 over all of
//! it. Head and state are written by postcard from the types themselves, so a new field of the world is in the file as
//! soon as it is in the world. Reading a file fills tables with numbers and can do nothing else.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::record::METRICS;
use crate::scenario::Scenario;
use crate::simulate::{BEHAVIOUR, Run, State};
use crate::units::{CalendarMonth, Month};

const MARK: &[u8; 20] = b"trihelix checkpoint\n";
/// Raised when mark, head or seal change. The state follows the behaviour number: another one may have other fields.
const FORMAT: u32 = 1;
const SEAL: usize = 32;

/// What was run, and how far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Number of the model's behaviour.
    pub behaviour: u32,
    /// Name of the scenario.
    pub scenario: String,
    /// Digest of the scenario, policies and `--set` included.
    pub digest: String,
    /// Master seed.
    pub seed: u64,
    /// Replicate.
    pub replicate: u32,
    /// First month.
    pub start: CalendarMonth,
    /// Months that the whole run has.
    pub months: u16,
    /// Months that are done.
    pub done: u16,
    /// Every entity that has a row in the state, by table.
    pub entities: Vec<String>,
}

/// A run that can be gone on with.
#[derive(Debug, Clone)]
pub struct Checkpoint {
    /// What it is of.
    pub head: Head,
    state: State,
}

/// Why bytes are no checkpoint that can be gone on from.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CheckpointError {
    /// Something else.
    #[error("is not a checkpoint of trihelix")]
    Foreign,
    /// From a program with another format.
    #[error("has format {0} of checkpoints, and this program reads format {FORMAT}; use the program that wrote it")]
    Format(u32),
    /// Cut off or changed after it was written.
    #[error("was cut off or changed after it was written; go on from an earlier checkpoint")]
    Damaged,
    /// The state cannot be serialised.
    #[error("cannot be written: {0}")]
    Unwritable(String),
    /// From a program with another behaviour.
    #[error(
        "was written by a program with behaviour {0}, and this one has {BEHAVIOUR}: its months would not fit together; \
         use the program that wrote it"
    )]
    Behaviour(u32),
}

/// Why a scenario cannot go on from a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BranchError {
    /// Another first month.
    #[error("the checkpoint begins in {theirs} and the scenario in {ours}; they must begin together")]
    Start {
        /// The checkpoint's.
        theirs: CalendarMonth,
        /// The scenario's.
        ours: CalendarMonth,
    },
    /// More months than the state has kept dates for, or none left.
    #[error("the checkpoint is {done} months into a run of {theirs}, and the scenario has {ours} months; {fix}")]
    Months {
        /// Done in the checkpoint.
        done: u16,
        /// Of the checkpoint's run.
        theirs: u16,
        /// Of the scenario.
        ours: u16,
        /// What to do.
        fix: &'static str,
    },
    /// An entity more or less: the rows of the state would mean something else.
    #[error(
        "`{0}` is {1}; a branch may change values and dates, not which entities there are: \
         declare it in the first run too, closed until its date"
    )]
    Entity(String, &'static str),
}

impl Head {
    /// The head that a run of so many months would have; nothing is simulated.
    #[must_use]
    pub fn before(scenario: &Scenario, seed: u64, replicate: u32, done: u16) -> Self {
        Self {
            behaviour: BEHAVIOUR,
            scenario: scenario.name.clone(),
            digest: scenario.digest.clone(),
            seed,
            replicate,
            start: scenario.start,
            months: scenario.months,
            done,
            entities: scenario.entities(),
        }
    }

    /// Whether the scenario can go on from here: the same one, or a branch with other values.
    ///
    /// # Errors
    /// [`BranchError`] if the state does not fit it.
    pub fn fits(&self, scenario: &Scenario) -> Result<(), BranchError> {
        let Self { start, months: theirs, done, entities, .. } = self;
        if scenario.start != *start {
            return Err(BranchError::Start { theirs: *start, ours: scenario.start });
        }
        let (done, theirs, ours) = (*done, *theirs, scenario.months);
        if ours > theirs || ours <= done {
            let fix = if ours > theirs {
                "run the first part with as many months as the longest branch"
            } else {
                "give the branch more months, or take an earlier checkpoint"
            };
            return Err(BranchError::Months { done, theirs, ours, fix });
        }
        let ours = scenario.entities();
        if let Some(new) = ours.iter().find(|name| !entities.contains(name)) {
            return Err(BranchError::Entity(new.clone(), "new"));
        }
        if let Some(gone) = entities.iter().find(|name| !ours.contains(name)) {
            return Err(BranchError::Entity(gone.clone(), "gone"));
        }
        Ok(())
    }
}

fn months_done(run: &Run) -> u16 {
    // A scenario has at most 2,400 months.
    run.state().chain.len() as u16
}

impl Checkpoint {
    /// The state of a run between two months, kept in memory.
    #[must_use]
    pub fn of(run: &Run, scenario: &Scenario, seed: u64, replicate: u32) -> Self {
        Self { head: Head::before(scenario, seed, replicate, months_done(run)), state: run.state().clone() }
    }

    /// The file of a run between two months.
    ///
    /// # Errors
    /// [`CheckpointError::Unwritable`] if the state cannot be serialised: a fault of the program.
    pub fn bytes_of(run: &Run, scenario: &Scenario, seed: u64, replicate: u32) -> Result<Vec<u8>, CheckpointError> {
        let state = run.state();
        let head = Head::before(scenario, seed, replicate, months_done(run));
        let mut bytes = MARK.to_vec();
        bytes.extend_from_slice(&FORMAT.to_le_bytes());
        for part in [postcard::to_allocvec(&head), postcard::to_allocvec(state)] {
            let part = part.map_err(|cause| CheckpointError::Unwritable(cause.to_string()))?;
            bytes.extend_from_slice(&(part.len() as u64).to_le_bytes());
            bytes.extend_from_slice(&part);
        }
        let seal = blake3::hash(&bytes);
        bytes.extend_from_slice(seal.as_bytes());
        Ok(bytes)
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`CheckpointError`] if it is not one, or not one of this program.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CheckpointError> {
        let rest = bytes.strip_prefix(MARK).ok_or(CheckpointError::Foreign)?;
        let (format, _) = rest.split_first_chunk::<4>().ok_or(CheckpointError::Damaged)?;
        let format = u32::from_le_bytes(*format);
        if format != FORMAT {
            return Err(CheckpointError::Format(format));
        }
        let (sealed, seal) = bytes.split_last_chunk::<SEAL>().ok_or(CheckpointError::Damaged)?;
        if blake3::hash(sealed) != *seal {
            return Err(CheckpointError::Damaged);
        }
        let mut rest = sealed.get(MARK.len() + 4..).ok_or(CheckpointError::Damaged)?;
        let head: Head = part(&mut rest).ok_or(CheckpointError::Damaged)?;
        if head.behaviour != BEHAVIOUR {
            return Err(CheckpointError::Behaviour(head.behaviour));
        }
        let state: State = part(&mut rest).ok_or(CheckpointError::Damaged)?;
        let fits = state.chain.len() == usize::from(head.done) && state.journal.records.columns.len() == METRICS.len();
        if fits && rest.is_empty() { Ok(Self { head, state }) } else { Err(CheckpointError::Damaged) }
    }

    /// Whether a run of this scenario, seed and replicate would have left this very state.
    #[must_use]
    pub fn is_of(&self, scenario: &Scenario, seed: u64, replicate: u32) -> bool {
        (self.head.digest.as_str(), self.head.seed, self.head.replicate) == (&scenario.digest, seed, replicate)
    }

    /// The scenario to go on with. For a branch (other values, other policies) its values take force in the next month:
    /// institutions open and close, travel changes, and whatever was dated before has begun.
    ///
    /// # Errors
    /// [`BranchError`] if the state does not fit the scenario.
    pub fn scenario(&self, scenario: Scenario) -> Result<Scenario, BranchError> {
        if scenario.digest == self.head.digest {
            return Ok(scenario);
        }
        self.head.fits(&scenario)?;
        Ok(scenario.with_epoch_at(Month(self.head.done)))
    }

    /// The run, at the month after the last that is done. `scenario` comes from [`Checkpoint::scenario`].
    #[must_use]
    pub fn resume<'a>(&self, scenario: &'a Scenario, seed: u64, replicate: u32) -> Run<'a> {
        Run::resume(scenario, seed, replicate, self.state.clone())
    }
}

/// Takes a part with its length off the front.
fn part<T: serde::de::DeserializeOwned>(bytes: &mut &[u8]) -> Option<T> {
    let (length, rest) = bytes.split_first_chunk::<8>()?;
    let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
    let (part, rest) = rest.split_at_checked(length)?;
    *bytes = rest;
    match postcard::take_from_bytes(part) {
        Ok((value, [])) => Some(value),
        _ => None,
    }
}
