//! The main loop.

use serde::{Deserialize, Serialize};

use crate::canonical;
use crate::fault;
use crate::record::{self, Event, Flows, Journal, Records};
use crate::rng::Streams;
use crate::rules::{self, Agenda, Breach, Context, Watch};
use crate::scenario::Scenario;
use crate::units::Month;
use crate::world::World;
use crate::world::people::PersonId;
use crate::world::sieve::Sieve;
use crate::world::ties::Ties;

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
    /// Digest of every month, each chained to the one before.
    pub chain: Vec<[u8; 32]>,
    /// Digest of the whole run: the last of the chain, and every field of the last month's world.
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
    let mut run = Run::new(scenario, seed, replicate);
    while let Some(month) = run.month() {
        run.advance()?;
        progress(month);
    }
    Ok(run.finish())
}

/// All that a run is between two months: what a checkpoint holds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct State {
    /// What there is.
    pub world: World,
    /// What was seen so far.
    pub journal: Journal,
    /// Digests of the months so far.
    pub chain: Vec<[u8; 32]>,
}

/// A run under way.
#[derive(Debug, Clone)]
pub struct Run<'a> {
    scenario: &'a Scenario,
    streams: Streams,
    agenda: Agenda,
    state: State,
    memory: Memory,
}

/// Memory for the digests, to be used again.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    bytes: Vec<u8>,
    sieve: Sieve,
}

impl<'a> Run<'a> {
    /// Before the first month.
    #[must_use]
    pub fn new(scenario: &'a Scenario, seed: u64, replicate: u32) -> Self {
        let streams = Streams::new(misled(seed, scenario), replicate);
        let world = World::new(scenario, &streams);
        let journal = Journal::new(scenario.spec_at(Month(0)).cluster.len());
        let state = State { world, journal, chain: Vec::new() };
        Self { scenario, streams, agenda: Agenda::default(), state, memory: Memory::default() }
    }

    /// In the middle, from a state that the same scenario, or one with the same entities, has left.
    #[must_use]
    pub fn resume(scenario: &'a Scenario, seed: u64, replicate: u32, mut state: State) -> Self {
        let streams = Streams::new(misled(seed, scenario), replicate);
        state.world.renew_pace(scenario, &streams);
        let last = Month(state.chain.len().saturating_sub(1) as u16);
        let agenda = Agenda::with_rules(scenario.spec_at(last));
        if fault::planted("forgotten-state") {
            state.world.ties = Ties::new(scenario.months);
            state.world.orgs.iter().for_each(|_| state.world.ties.open());
        }
        Self { scenario, streams, agenda, state, memory: Memory::default() }
    }

    /// The next month to be simulated; `None` after the last.
    #[must_use]
    pub fn month(&self) -> Option<Month> {
        // A scenario has at most 1,200 months.
        let next = self.state.chain.len() as u16;
        (next < self.scenario.months).then_some(Month(next))
    }

    /// The state after the months simulated so far.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The same, to lay hand on it: an experiment, and no longer the run of its scenario alone.
    pub fn state_mut(&mut self) -> &mut State {
        &mut self.state
    }

    /// Simulates the next month, if there is one.
    ///
    /// # Errors
    /// [`Breach`] if the books or the heads of the month do not add up; the run is then of no use.
    pub fn advance(&mut self) -> Result<(), Breach> {
        self.advance_watched(&mut |_, _| {})
    }

    /// Simulates all months that are left.
    ///
    /// # Errors
    /// Those of [`Run::advance`].
    pub fn advance_to_end(&mut self) -> Result<(), Breach> {
        while self.month().is_some() {
            self.advance()?;
        }
        Ok(())
    }

    /// [`Run::advance`], while `watch` hears of every phase.
    ///
    /// # Errors
    /// Those of [`Run::advance`].
    pub fn advance_watched(&mut self, watch: Watch) -> Result<(), Breach> {
        let Some(month) = self.month() else { return Ok(()) };
        let late = u16::from(fault::planted("off-by-one-month"));
        let spec = self.scenario.spec_at(Month(month.0.saturating_sub(late)));
        let date = self.scenario.start.plus(i32::from(month.0));
        let State { world, journal, chain } = &mut self.state;
        world.month = month;
        let ctx = Context { scenario: self.scenario, spec, streams: &self.streams, month, date };
        rules::step_watched(world, &ctx, &mut self.agenda, journal, watch)?;
        record::observe(world, spec, journal);
        let before = chain.last().copied().unwrap_or_default();
        chain.push(month_digest(world, journal, &before, &mut self.memory));
        journal.close(month);
        Ok(())
    }

    /// What is left behind.
    #[must_use]
    pub fn finish(self) -> Outcome {
        let State { world, journal, chain } = self.state;
        let mut digest = blake3::Hasher::new();
        digest.update(&chain.last().copied().unwrap_or_default());
        canonical::digest_into(&world, &mut digest);
        let state_digest = *digest.finalize().as_bytes();
        Outcome { records: journal.records, events: journal.events, flows: journal.flows, chain, state_digest }
    }
}

/// The seed, unless a fault is planted that takes chance from where it must not come from.
fn misled(seed: u64, scenario: &Scenario) -> u64 {
    let variable = |name: &str| std::env::var(name).map_or(0, |value| value.len() as u64 + 1);
    let file = || scenario.files.iter().map(|(_, digest)| u64::from(digest.as_bytes()[0]) << 8).sum::<u64>();
    let folder = || std::env::current_dir().map_or(0, |folder| folder.as_os_str().len() as u64);
    seed ^ match () {
        () if fault::planted("luck-by-policies") => scenario.policies.len() as u64,
        () if fault::planted("luck-by-file") => file(),
        () if fault::planted("luck-by-folder") => folder(),
        () if fault::planted("luck-by-locale") => variable("LC_ALL"),
        () if fault::planted("luck-by-time-zone") => variable("TZ"),
        () => 0,
    }
}

/// Digest of the month, chained to that of the month before: everything reported, every account, every open
/// organisation and active programme, and every person whose row changed since (the first month hashes everybody, so the chain covers all
/// rows). It is taken every month and has to be cheap, so it takes what tells first. What it leaves out is in the digest
/// of the whole run, which takes every field there is.
#[must_use]
pub fn month_digest(world: &mut World, journal: &Journal, before: &[u8; 32], memory: &mut Memory) -> [u8; 32] {
    let Memory { bytes, sieve } = memory;
    let mut digest = blake3::Hasher::new();
    bytes.clear();
    bytes.extend_from_slice(before);
    bytes.extend_from_slice(&world.month.0.to_le_bytes());
    journal.bytes_into(bytes);
    world.ledger.bytes_into(bytes);
    for id in &world.open {
        canonical::words_into(world.orgs[id.ix()].state_words().into_iter(), bytes);
        canonical::spill(bytes, &mut digest);
    }
    for id in &world.active {
        let programme = &world.programmes[id.ix()];
        let mut row = [0; 22];
        row[..8].copy_from_slice(&programme.key.0.to_le_bytes());
        row[8..10].copy_from_slice(&[programme.stage as u8, programme.consultations]);
        row[10..18].copy_from_slice(&programme.progress.to_bits().to_le_bytes());
        row[18..].copy_from_slice(&programme.owner.0.to_le_bytes());
        bytes.extend_from_slice(&row);
    }
    let mut touched: Vec<PersonId> = std::mem::take(&mut world.people.touched);
    sieve.ascending(&mut touched, |id| id.0, PersonId);
    for id in &touched {
        canonical::words_into(world.people.row_words(*id).into_iter(), bytes);
        canonical::spill(bytes, &mut digest);
    }
    touched.clear();
    world.people.touched = touched;
    digest.update(bytes);
    *digest.finalize().as_bytes()
}
