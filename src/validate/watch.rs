//! A run with somebody beside it.

use crate::rules::Breach;
use crate::scenario::Scenario;
use crate::scenario::spec::Spec;
use crate::simulate::{Outcome, Run};
use crate::units::Month;
use crate::world::World;

/// Looks at the world after every month, or, as an experimenter, changes it before one.
pub(super) trait Watcher {
    /// Before a month. What is changed here is part of the run, which is then no longer that of its scenario.
    fn before(&mut self, _month: Month, _world: &mut World) {}
    /// After a month.
    fn after(&mut self, _month: Month, _world: &World, _spec: &Spec) {}
}

/// One replicate under the eyes of a watcher: what it left behind, and the world at the end.
pub(super) fn simulate_watched(
    scenario: &Scenario,
    seed: u64,
    replicate: u32,
    watcher: &mut dyn Watcher,
) -> Result<(Outcome, World), Breach> {
    let mut run = Run::new(scenario, seed, replicate);
    while let Some(month) = run.month() {
        watcher.before(month, &mut run.state_mut().world);
        run.advance()?;
        watcher.after(month, &run.state().world, scenario.spec_at(month));
    }
    let world = run.state().world.clone();
    Ok((run.finish(), world))
}
