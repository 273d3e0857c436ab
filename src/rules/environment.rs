//! Phase 2: the environment.
//!
//! Reads   `finance.regime`, `finance.hot_duration`, `finance.cold_duration`, links and their capacity
//! Writes  the funding regime, the travel hours
//! Draws   `Purpose::Regime`, one draw a month where the regime turns by chance
//! Source  M9 (two-state regime), M7 (travel hours)

use crate::record::{Cause, Event, EventKind, Journal};
use crate::rng::{Key, Purpose, sample};
use crate::rules::Context;
use crate::scenario::spec::RegimeSource;
use crate::units::Yen;
use crate::world::World;
use crate::world::access::Access;

pub(super) fn turn(world: &mut World, ctx: &Context, journal: &mut Journal) {
    let mean = if world.hot { ctx.spec.finance.hot_duration } else { ctx.spec.finance.cold_duration };
    let mut rng = ctx.streams.at(Purpose::Regime, Key::named("regime", "world"), u32::from(ctx.month.0));
    let chance = 1.0 / mean.max(1.0);
    let (turns, reason, value) = match ctx.spec.finance.regime {
        RegimeSource::Chance => {
            (sample::chance(&mut rng, chance), "funding cycle; chance of turning in a month", chance)
        }
        RegimeSource::Hot => (!world.hot, "set by the scenario", 1.0),
        RegimeSource::Cold => (world.hot, "set by the scenario", 1.0),
    };
    if turns {
        world.hot = !world.hot;
        journal.log(|| Event {
            month: ctx.month,
            kind: EventKind::Regime,
            actor: "world".into(),
            partner: if world.hot { "hot" } else { "cold" }.into(),
            cluster: None,
            partner_cluster: None,
            amount: Yen::ZERO,
            cause: Cause { reason, value },
        });
    }
    if ctx.scenario.epochs.iter().any(|epoch| epoch.from == ctx.month) {
        world.access = Access::new(ctx.spec);
    }
}
