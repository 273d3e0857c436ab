//! The main loop.

use crate::record::{self, Event, Flows, Journal, Records};
use crate::rng::Streams;
use crate::rules::{self, Agenda, Breach, Context};
use crate::scenario::Scenario;
use crate::units::Month;
use crate::world::World;
use crate::world::people::PersonId;

/// Number of the behaviour: raised by every change that alters results, with a line under *Results* in the changelog.
pub const BEHAVIOUR: u32 = 2;

/// What a run leaves behind.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Metrics by month and cluster.
    pub records: Records,
    /// What happened to whom.
    pub events: Vec<Event>,
    /// Flows between clusters.
    pub flows: Flows,
    /// Chain of the digests of every month's state.
    pub state_digest: [u8; 32],
}

/// Simulates one replicate of a scenario; `progress` hears of every month that is done.
///
/// # Errors
/// [`Breach`] if the books or the heads of a month do not add up.
pub fn simulate(
    scenario: &Scenario,
    seed: u64,
    replicate: u32,
    progress: &mut dyn FnMut(Month),
) -> Result<Outcome, Breach> {
    let streams = Streams::new(seed, replicate);
    let mut world = World::new(scenario, &streams);
    let mut journal = Journal::new(scenario.spec_at(Month(0)).cluster.len());
    let mut agenda = Agenda::default();
    let mut chain = [0; 32];
    let mut bytes = Vec::new();
    for number in 0..scenario.months {
        let month = Month(number);
        let spec = scenario.spec_at(month);
        let date = scenario.start.plus(i32::from(number));
        world.month = month;
        let ctx = Context { scenario, spec, streams: &streams, month, date };
        rules::step(&mut world, &ctx, &mut agenda, &mut journal)?;
        record::observe(&world, spec, &mut journal);
        chain = digest(&mut world, &journal, &chain, &mut bytes);
        journal.close(month);
        progress(month);
    }
    Ok(Outcome { records: journal.records, events: journal.events, flows: journal.flows, state_digest: chain })
}

/// Digest of the month, chained to that of the month before: every account, open organisation and active programme, and
/// every person whose row changed since (the first month hashes everybody, so the chain covers all rows).
fn digest(world: &mut World, journal: &Journal, before: &[u8; 32], bytes: &mut Vec<u8>) -> [u8; 32] {
    bytes.clear();
    bytes.extend_from_slice(before);
    bytes.extend_from_slice(&world.month.0.to_le_bytes());
    journal.bytes_into(bytes);
    world.ledger.bytes_into(bytes);
    for id in &world.open {
        let org = &world.orgs[id.ix()];
        bytes.extend_from_slice(&org.key.0.to_le_bytes());
        for (staff, posts) in org.staff.iter().zip(org.posts) {
            bytes.extend_from_slice(&staff.to_le_bytes());
            bytes.extend_from_slice(&posts.to_le_bytes());
        }
        for level in &org.expertise {
            bytes.extend_from_slice(&level.to_bits().to_le_bytes());
        }
    }
    for id in &world.active {
        let programme = &world.programmes[id.ix()];
        bytes.extend_from_slice(&programme.key.0.to_le_bytes());
        bytes.extend_from_slice(&[programme.stage as u8, programme.consultations]);
        bytes.extend_from_slice(&programme.progress.to_bits().to_le_bytes());
        bytes.extend_from_slice(&programme.owner.0.to_le_bytes());
    }
    let mut touched: Vec<PersonId> = std::mem::take(&mut world.people.touched);
    touched.sort_unstable();
    touched.dedup();
    for id in &touched {
        bytes.extend_from_slice(&world.people.row_bytes(*id));
    }
    touched.clear();
    world.people.touched = touched;
    *blake3::hash(bytes).as_bytes()
}
