//! Where two runs part: the month, the phase, the entity, the field and the draw.
//!
//! Both runs go side by side, two years at a time, and are compared by the digests of their months and, at the end of
//! each stretch, field by field. Only the state at the beginning of the stretch is kept. When they differ, the stretch is
//! gone through once more, month by month, and its first differing month phase by phase.

use crate::canonical;
use crate::rng::{Drawn, Key, Streams, record_draws};
use crate::rules::Breach;
use crate::scenario::Scenario;
use crate::simulate::Run;
use crate::units::Month;
use crate::world::World;

use super::entity;

/// Months between two states that are kept.
const STRETCH: usize = 24;

/// One of the two runs.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// What is run.
    pub scenario: &'a Scenario,
    /// Master seed.
    pub seed: u64,
    /// Replicate.
    pub replicate: u32,
}

/// How far two runs were compared, and where they part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Divergence {
    /// Months that were simulated in both.
    pub months: u16,
    /// Digests of the months of either run, as far as they were simulated.
    pub chains: [Vec<[u8; 32]>; 2],
    /// The place, if they part.
    pub parting: Option<Parting>,
}

/// The first difference of two runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parting {
    /// The month; `None` for the world before the first month.
    pub month: Option<Month>,
    /// The phase that left the first difference; `start` before the first month, `record` if only what is reported differs.
    pub phase: &'static str,
    /// Who or what has the field.
    pub entity: String,
    /// The field, as a path in the state.
    pub field: String,
    /// Its value in either run.
    pub values: [String; 2],
    /// The first draw of the phase that differs.
    pub draw: Option<DrawParting>,
    /// The last draw of the phase at the entity's own address, where both drew alike: the same luck, used otherwise.
    pub own_draw: Option<Draw>,
    /// Draws of the phase that are alike in both, from its beginning.
    pub draws_alike: usize,
}

/// The first draw that is not the same: another address, or another word at the same one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrawParting {
    /// In either run; `None` if that run draws no more in this phase.
    pub draws: [Option<Draw>; 2],
}

/// A draw: its address and its first word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draw {
    /// Purpose, who draws, and the occasion.
    pub address: String,
    /// The first 64 bits.
    pub word: u64,
}

/// Compares two runs of scenarios, months and seeds; `progress` hears of months that both have done.
///
/// # Errors
/// [`Breach`] if a month of either does not add up.
pub fn diverge(a: Side, b: Side, progress: &mut dyn FnMut(u16)) -> Result<Divergence, Breach> {
    let months = a.scenario.months.min(b.scenario.months);
    let (mut left, mut right) = pair(|| Ok(begin(a)), || Ok(begin(b)))?;
    if whole(&left.state().world) != whole(&right.state().world) {
        let parting = at_start(a, b, &left, &right);
        return Ok(Divergence { months: 0, chains: [Vec::new(), Vec::new()], parting: Some(parting) });
    }
    loop {
        let done = left.state().chain.len();
        let stretch = STRETCH.min(usize::from(months) - done);
        if stretch == 0 {
            let chains = [left.state().chain.clone(), right.state().chain.clone()];
            return Ok(Divergence { months, chains, parting: None });
        }
        let (next_left, next_right) = pair(|| advanced(&left, stretch), || advanced(&right, stretch))?;
        let same = next_left.state().chain == next_right.state().chain
            && whole(&next_left.state().world) == whole(&next_right.state().world);
        if !same {
            let chains = [next_left.state().chain.clone(), next_right.state().chain.clone()];
            drop((next_left, next_right));
            let parting = within(&left, &right, stretch, [a, b])?;
            return Ok(Divergence { months, chains, parting });
        }
        (left, right) = (next_left, next_right);
        progress(left.state().chain.len() as u16);
    }
}

/// A run before its first month.
fn begin<'a>(side: Side<'a>) -> Run<'a> {
    Run::new(side.scenario, side.seed, side.replicate)
}

/// Two computations side by side.
fn pair<'a, 'b>(
    left: impl FnOnce() -> Result<Run<'a>, Breach> + Send,
    right: impl FnOnce() -> Result<Run<'b>, Breach> + Send,
) -> Result<(Run<'a>, Run<'b>), Breach> {
    let (left, right) = rayon::join(left, right);
    Ok((left?, right?))
}

/// The run some months later.
fn advanced<'a>(run: &Run<'a>, months: usize) -> Result<Run<'a>, Breach> {
    let mut run = run.clone();
    for _ in 0..months {
        run.advance()?;
    }
    Ok(run)
}

/// A digest of every field.
fn whole(world: &World) -> blake3::Hash {
    blake3::hash(&canonical::bytes(world))
}

/// Goes through a stretch again, month by month, to the first month after which the states differ.
fn within(left: &Run, right: &Run, stretch: usize, sides: [Side; 2]) -> Result<Option<Parting>, Breach> {
    let (mut left, mut right) = (left.clone(), right.clone());
    for _ in 0..stretch {
        let (next_left, next_right) = pair(|| advanced(&left, 1), || advanced(&right, 1))?;
        let alike = next_left.state().chain.last() == next_right.state().chain.last()
            && whole(&next_left.state().world) == whole(&next_right.state().world);
        if !alike {
            return in_month(&left, &right, sides).map(Some);
        }
        (left, right) = (next_left, next_right);
    }
    Ok(None)
}

/// Goes through the month that follows once more, phase by phase.
fn in_month(left: &Run, right: &Run, sides: [Side; 2]) -> Result<Parting, Breach> {
    let month = left.month();
    let phases = |run: &Run| -> Result<Vec<(&'static str, blake3::Hash)>, Breach> {
        let mut seen = Vec::new();
        run.clone().advance_watched(&mut |phase, world| seen.push((phase, whole(world))))?;
        Ok(seen)
    };
    let (a, b) = (phases(left)?, phases(right)?);
    let phase = a.iter().zip(&b).find(|(a, b)| a != b).map_or("record", |(a, _)| a.0);
    // Everything of the month up to the end of that phase, and the draws in it.
    let until = |run: &Run| -> Result<(World, Vec<Drawn>), Breach> {
        let mut left = None;
        let mut run = run.clone();
        record_draws(true);
        let done = run.advance_watched(&mut |name, world| {
            let drawn = record_draws(true);
            if name == phase {
                left = Some((world.clone(), drawn));
            }
        });
        record_draws(false);
        done?;
        Ok(left.unwrap_or_else(|| (run.state().world.clone(), Vec::new())))
    };
    let (a, b) = (until(left)?, until(right)?);
    Ok(parting(month, phase, [&a.0, &b.0], [&a.1, &b.1], sides))
}

/// The worlds of the first month, made again with their draws.
fn at_start(a: Side, b: Side, left: &Run, right: &Run) -> Parting {
    let drawn = |side: Side<'_>| {
        record_draws(true);
        let _ = World::new(side.scenario, &Streams::new(side.seed, side.replicate));
        record_draws(false)
    };
    let (drawn_a, drawn_b) = (drawn(a), drawn(b));
    parting(None, "start", [&left.state().world, &right.state().world], [&drawn_a, &drawn_b], [a, b])
}

fn parting(
    month: Option<Month>,
    phase: &'static str,
    worlds: [&World; 2],
    drawn: [&[Drawn]; 2],
    sides: [Side; 2],
) -> Parting {
    let bytes = worlds.map(canonical::bytes);
    let at = canonical::first_difference(&bytes[0], &bytes[1]);
    let leaves = worlds.map(|world| at.and_then(|at| canonical::leaf_at(world, at)));
    // A list that ends in one run goes on in the other: that one has the entity.
    let there = |leaf: &&canonical::Leaf| leaf.value != "nothing";
    let which = usize::from(!leaves[0].as_ref().is_some_and(|leaf| there(&leaf)));
    let field = leaves[which].as_ref().map_or_else(|| "what is reported".to_owned(), |leaf| leaf.path.clone());
    let (name, key) = entity::named(&field, worlds[which], sides[which].scenario);
    let streams = sides.map(|side| Streams::new(side.seed, side.replicate));
    let draw = |side: usize, drawn: &Drawn| {
        let who = entity::of_key(drawn.key, worlds[side]);
        let occasion = drawn.occasion.map_or_else(String::new, |occasion| format!(", occasion {occasion}"));
        Draw { address: format!("{:?} of {who}{occasion}", drawn.purpose), word: drawn.word(&streams[side]) }
    };
    let (a, b) = (drawn[0], drawn[1]);
    let same = |(a, b): &(&Drawn, &Drawn)| a == b && a.word(&streams[0]) == b.word(&streams[1]);
    let alike = a.iter().zip(b).take_while(same).count();
    let differs = alike < a.len().max(b.len());
    let parting = differs.then(|| DrawParting {
        draws: [a.get(alike).map(|drawn| draw(0, drawn)), b.get(alike).map(|drawn| draw(1, drawn))],
    });
    let own = key.and_then(|key: Key| a[..alike].iter().rev().find(|drawn| drawn.key == key));
    Parting {
        month,
        phase,
        entity: name,
        field,
        values: leaves.map(|leaf| leaf.map_or_else(|| "nothing".to_owned(), |leaf| leaf.value)),
        draw: parting,
        own_draw: own.map(|drawn| draw(0, drawn)),
        draws_alike: alike,
    }
}
