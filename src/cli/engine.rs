//! What the verbs ask of the scenario and the simulation, in the words of the command line.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::output::{ClusterLabel, InputFile};
use crate::record::{Event, Flows, Records};
use crate::units::{CalendarMonth, Month};

use super::failure::Failure;
use super::options::ChanceOptions;

/// Two programs with the same number give the same results.
pub(super) const BEHAVIOUR: u32 = 1;

/// A scenario that can be run.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) name: String,
    pub(super) title: String,
    pub(super) digest: String,
    pub(super) resolved: Value,
    pub(super) start: CalendarMonth,
    pub(super) months: u16,
    pub(super) clusters: Vec<ClusterLabel>,
    pub(super) inputs: Vec<InputFile>,
    /// Values set on the command line, as `path=value`.
    pub(super) overrides: Vec<String>,
    /// Rendered; empty if there are none.
    pub(super) warnings: String,
}

/// What a run leaves.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) records: Records,
    pub(super) events: Vec<Event>,
    pub(super) flows: Flows,
    pub(super) state_digest: [u8; 32],
}

/// How much `check` demands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Strictness {
    Usual,
    Strict,
}

/// An answer for people and for programs.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) text: String,
    pub(super) json: Value,
    pub(super) exit_code: u8,
}

/// Reads and resolves a scenario with policies and overrides.
pub(super) fn load(_: &Path, _: &[PathBuf], _: &ChanceOptions) -> Result<Loaded, Failure> {
    Err(unfinished("run"))
}

/// Simulates one replicate; `progress` hears of every month that is done.
pub(super) fn simulate(_: &Loaded, _: &ChanceOptions, _: &mut dyn FnMut(Month)) -> Result<Outcome, Failure> {
    Err(unfinished("run"))
}

/// Every problem of the files.
pub(super) fn check(_: &[PathBuf], _: Strictness) -> Result<Answer, Failure> {
    Err(unfinished("check"))
}

/// One parameter with its evidence and the file that set it.
pub(super) fn explain_parameter(_: &Path, _: &str) -> Result<String, Failure> {
    Err(unfinished("explain"))
}

/// What a problem's code means.
pub(super) fn explain_code(_: &str) -> Result<String, Failure> {
    Err(unfinished("explain"))
}

/// What differs between two resolved scenarios.
pub(super) fn diff(_: &Path, _: &Path) -> Result<Answer, Failure> {
    Err(unfinished("diff"))
}

/// The JSON Schema of scenario files.
pub(super) fn schema() -> Result<Value, Failure> {
    Err(unfinished("schema"))
}

fn unfinished(verb: &str) -> Failure {
    Failure::Machine(format!("{verb}: this build cannot do it yet"))
}
