//! `[branch]`: the first months are simulated once, and every cell goes on from the state that they leave.

use crate::checkpoint::{BranchError, Checkpoint, Head};
use crate::scenario::Scenario;
use crate::simulate::Run;

/// The months that all cells of a plan share: those of its first scenario before any design point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trunk {
    /// How many.
    pub months: u16,
    /// Whose luck they have. From then on every cell has that of its own replicate.
    pub replicate: u32,
}

impl Trunk {
    /// Whether a scenario can go on where the trunk ends.
    ///
    /// # Errors
    /// [`BranchError`] if the trunk's state will not fit it.
    pub fn fits(self, first: &Scenario, seed: u64, scenario: &Scenario) -> Result<(), BranchError> {
        Head::before(first, seed, self.replicate, self.months).fits(scenario)
    }

    /// Simulates the shared months.
    ///
    /// # Errors
    /// A sentence, if their books do not add up.
    pub fn simulate(self, first: &Scenario, seed: u64) -> Result<Checkpoint, String> {
        let mut run = Run::new(first, seed, self.replicate);
        for _ in 0..self.months {
            run.advance().map_err(|breach| format!("the months before the branch: {breach}"))?;
        }
        Ok(Checkpoint::of(&run, first, seed, self.replicate))
    }
}
