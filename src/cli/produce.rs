//! One replicate from the loaded scenario to the files of its result folder: what `run` writes and `verify` makes again.

use crate::output::{NamedFile, OutputError, RunResult, ScenarioFacts, run_files};
use crate::simulate::{BEHAVIOUR, Outcome, Run};
use crate::units::Month;

use super::charts;
use super::checkpoints::From;
use super::engine::{self, Loaded};
use super::failure::Failure;

/// A finished replicate with its charts.
pub(super) struct Produced<'a> {
    loaded: &'a Loaded,
    chance: (u64, u32),
    from: Option<&'a From>,
    outcome: Outcome,
    /// Charts by file name.
    pub(super) figures: Vec<NamedFile>,
}

/// Simulates a replicate, from the first month or from a checkpoint, and draws its charts.
///
/// # Errors
/// Those of the simulation, of `after`, and of the charts.
pub(super) fn produce<'a>(
    loaded: &'a Loaded,
    chance: (u64, u32),
    from: Option<&'a From>,
    after: &mut dyn FnMut(&Run<'_>, Month) -> Result<(), Failure>,
) -> Result<Produced<'a>, Failure> {
    let (seed, replicate) = chance;
    let run = match from {
        Some(from) => from.resume(loaded, seed, replicate),
        None => Run::new(&loaded.scenario, seed, replicate),
    };
    let outcome = engine::simulate(loaded, chance, run, after)?;
    let note = format!("{}, seed {seed}, replicate {replicate}", loaded.title);
    let figures = charts::draw(&charts::Material {
        start: loaded.start,
        clusters: &loaded.clusters,
        records: &outcome.records,
        events: &outcome.events,
        flows: &outcome.flows,
        resolved: &loaded.resolved,
        note: &note,
        language: crate::plot::Language::English,
    })?;
    Ok(Produced { loaded, chance, from, outcome, figures })
}

impl Produced<'_> {
    /// The result, ready to be written.
    pub(super) fn result(&self) -> RunResult<'_> {
        let Loaded { name, title, digest, resolved, .. } = self.loaded;
        RunResult {
            scenario: ScenarioFacts { name, title, digest, resolved },
            verb: "run",
            behaviour: BEHAVIOUR,
            seed: self.chance.0,
            replicate: self.chance.1,
            inputs: &self.loaded.inputs,
            overrides: &self.loaded.overrides,
            start: self.loaded.start,
            clusters: &self.loaded.clusters,
            records: &self.outcome.records,
            events: &self.outcome.events,
            flows: &self.outcome.flows,
            chain: &self.outcome.chain,
            state_digest: self.outcome.state_digest,
            branch: self.from.and_then(|from| from.branch.as_ref()),
            figures: &self.figures,
        }
    }

    /// Every file of the result folder, the manifest last.
    ///
    /// # Errors
    /// [`OutputError::Encoding`] if a table cannot be encoded.
    pub(super) fn files(&self) -> Result<Vec<NamedFile>, OutputError> {
        run_files(&self.result())
    }
}
