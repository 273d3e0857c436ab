//! Where candidates for a collaboration come from (M6), and those that others bring together (M21).

use crate::rng::{Key, Purpose, Rng, sample};
use crate::rules::Context;
use crate::rules::partners::{can_partner, coverage_gain, willingness};
use crate::rules::score::Scoring;
use crate::scenario::spec::{Actor, ClusterId};
use crate::world::World;
use crate::world::organisation::OrgId;
use crate::world::ring::Ring;

/// How two came to know of each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    Past,
    Partner,
    Neighbour,
    Introduced,
    Gatekeeper,
    Chance,
    Event,
}

impl Source {
    /// What the log says; the value beside it is the score of the rules.
    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::Past => "score of the rules; worked together before",
            Self::Partner => "score of the rules; met through a partner",
            Self::Neighbour => "score of the rules; met under one roof or next door",
            Self::Introduced => "score of the rules; introduced by an intermediary",
            Self::Gatekeeper => "score of the rules; met through a gatekeeper",
            Self::Chance => "score of the rules; met by chance",
            Self::Event => "score of the rules; met at an event",
        }
    }
}

/// Two who will work together if both still have room.
#[derive(Debug, Clone, Copy)]
pub(super) struct Proposal {
    pub a: OrgId,
    pub b: OrgId,
    pub source: Source,
}

/// Where partners are met beside the streets of a cluster, on rings by their keys.
pub(super) struct Places {
    /// Tenants of each facility.
    roofs: Vec<Ring<OrgId>>,
    /// Intermediaries of each cluster that have partners elsewhere.
    keepers: Vec<Ring<OrgId>>,
}

impl Places {
    /// As long as no tie begins or ends.
    pub(super) fn now(world: &World, ctx: &Context) -> Self {
        let mut roofs = vec![Vec::new(); ctx.spec.facility.len()];
        let mut keepers = vec![Vec::new(); ctx.spec.cluster.len()];
        for id in &world.open {
            let org = &world.orgs[id.ix()];
            if let (Some(roof), true) = (org.facility, org.actor != Actor::Fund) {
                roofs[usize::from(roof.0)].push((org.key.0, *id));
            }
            let elsewhere = |(other, _): &(OrgId, u32)| world.orgs[other.ix()].cluster != org.cluster;
            if org.actor == Actor::Intermediary && world.ties.partners(*id).iter().any(elsewhere) {
                keepers[usize::from(org.cluster.0)].push((org.key.0, *id));
            }
        }
        let rings = |members: Vec<Vec<(u64, OrgId)>>| members.into_iter().map(Ring::new).collect();
        Self { roofs: rings(roofs), keepers: rings(keepers) }
    }
}

/// One candidate: from past partners, partners of partners, neighbours, an introduction, or at random.
pub(super) fn candidate(
    world: &World,
    ctx: &Context,
    places: &Places,
    seeker: OrgId,
    rng: &mut impl Rng,
) -> Option<(OrgId, Source)> {
    let ties = &ctx.spec.ties;
    let org = &world.orgs[seeker.ix()];
    let (source, point) = (sample::unit(rng), rng.next_u64());
    let mut bar = ties.share_past;
    if source < bar {
        return pick(world.ties.partners_ever(seeker), point).map(|id| (id, Source::Past));
    }
    bar += ties.share_partners_of_partners;
    if source < bar {
        let between = pick(world.ties.partners(seeker), point)?;
        return pick(world.ties.partners(between), rng.next_u64()).map(|id| (id, Source::Partner));
    }
    let nearby = &world.rings[usize::from(org.cluster.0)];
    bar += ties.share_roof;
    if source < bar {
        let roof = org.facility.map(|roof| &places.roofs[usize::from(roof.0)]).filter(|roof| !roof.is_empty());
        let Some(roof) = roof else { return nearby.after(point).map(|id| (id, Source::Neighbour)) };
        // Everybody of the cluster may be met; those under the same roof so many times as often.
        let under = ties.roof_meetings * roof.len() as f64;
        let others = nearby.len().saturating_sub(roof.len()) as f64;
        // With nobody outside, and nobody inside to be met more often, whoever is near.
        let inside = under + others > 0.0 && sample::chance(rng, under / (under + others));
        return if inside { roof } else { nearby }.after(point).map(|id| (id, Source::Neighbour));
    }
    bar += ties.share_introduced;
    if source < bar {
        if !ctx.spec.mechanisms.m21 {
            return None;
        }
        // What is left of the draw is uniform again: part of the suggestions are the intermediary's own partners elsewhere.
        let left = (bar - source) / ties.share_introduced;
        if left < ties.gatekeeper
            && let Some(id) = beyond_gatekeeper(world, &places.keepers, org.cluster, point, rng)
        {
            return Some((id, Source::Gatekeeper));
        }
        let introduces = |facility: &crate::scenario::spec::Facility| {
            facility.open && facility.cluster == org.cluster && facility.introductions.get() > 0.0
        };
        let introduced = ctx.spec.facility.iter().any(introduces);
        return if introduced { nearby.after(point).map(|id| (id, Source::Introduced)) } else { None };
    }
    world.ring.after(point).map(|id| (id, Source::Chance))
}

fn pick<T>(list: &[(OrgId, T)], point: u64) -> Option<OrgId> {
    let row = (u128::from(point) * list.len() as u128) >> 64;
    list.get(row as usize).map(|(id, _)| *id)
}

/// A partner elsewhere of an intermediary in the cluster.
fn beyond_gatekeeper(
    world: &World,
    keepers: &[Ring<OrgId>],
    cluster: ClusterId,
    point: u64,
    rng: &mut impl Rng,
) -> Option<OrgId> {
    let keeper = keepers[usize::from(cluster.0)].after(point)?;
    let partners = world.ties.partners(keeper);
    let elsewhere = partners.iter().filter(|(id, _)| world.orgs[id.ix()].cluster != cluster).count();
    let nth = sample::below(rng, elsewhere.max(1) as u32) as usize;
    partners.iter().map(|(id, _)| *id).filter(|id| world.orgs[id.ix()].cluster != cluster).nth(nth)
}

/// Introductions by the staff of open facilities: of so many pairs without a tie within their reach, the one that
/// complements itself best is brought together, and both sides decide as they would for any proposal. Their meetings
/// bring together anybody of the cluster with anybody from elsewhere.
pub(super) fn bring_together(world: &World, ctx: &Context, scoring: &Scoring, proposals: &mut Vec<Proposal>) {
    if !ctx.spec.mechanisms.m21 || !ctx.spec.mechanisms.m6 {
        return;
    }
    for facility in ctx.spec.facility.iter().filter(|facility| facility.open) {
        let key = Key::named("facility", &facility.id);
        if facility.introductions.get() > 0.0 {
            let mut rng = ctx.streams.at(Purpose::Introduction, key, u32::from(ctx.month.0));
            for _ in 0..sample::poisson(&mut rng, facility.introductions.get()) {
                let pair = best_pair(world, ctx, facility.cluster, facility.reach, &mut rng);
                decide(world, ctx, scoring, pair, Source::Introduced, &mut rng, proposals);
            }
        }
        if facility.meetings.get() > 0.0 {
            let mut rng = ctx.streams.at(Purpose::Introduction, key, u32::from(ctx.month.0) | 1 << 31);
            for _ in 0..sample::poisson(&mut rng, facility.meetings.get()) {
                let here = world.rings[usize::from(facility.cluster.0)].after(rng.next_u64());
                let elsewhere = |id: OrgId| world.orgs[id.ix()].cluster != facility.cluster;
                let there = world.ring.find_after(rng.next_u64(), elsewhere);
                decide(world, ctx, scoring, here.zip(there), Source::Event, &mut rng, proposals);
            }
        }
    }
}

fn best_pair(
    world: &World,
    ctx: &Context,
    cluster: ClusterId,
    reach: f64,
    rng: &mut impl Rng,
) -> Option<(OrgId, OrgId)> {
    let within: Vec<usize> = (0..ctx.spec.cluster.len())
        .filter(|row| {
            let other = ClusterId(*row as u16);
            other == cluster || world.access.hours(cluster, other) <= reach
        })
        .collect();
    let mut best: Option<(f64, OrgId, OrgId)> = None;
    for _ in 0..ctx.spec.ties.introduction_pairs {
        let a = world.rings[usize::from(cluster.0)].after(rng.next_u64());
        let far = within[sample::below(rng, within.len() as u32) as usize];
        let b = world.rings[far].after(rng.next_u64());
        let Some((a, b)) = a.zip(b) else { continue };
        let (one, other) = (&world.orgs[a.ix()], &world.orgs[b.ix()]);
        if a == b || !can_partner(one) || !can_partner(other) || world.ties.are_partners(a, b) {
            continue;
        }
        let strong = ctx.spec.knowledge.strong;
        let gain = coverage_gain(&one.expertise, &other.expertise, strong)
            + coverage_gain(&other.expertise, &one.expertise, strong);
        if best.is_none_or(|(most, _, _)| gain > most) {
            best = Some((gain, a, b));
        }
    }
    best.map(|(_, a, b)| (a, b))
}

/// Both sides answer; two draws are taken in any case, so that who was brought together changes nobody's later luck.
fn decide(
    world: &World,
    ctx: &Context,
    scoring: &Scoring,
    pair: Option<(OrgId, OrgId)>,
    source: Source,
    rng: &mut impl Rng,
    proposals: &mut Vec<Proposal>,
) {
    let answers = [sample::unit(rng), sample::unit(rng)];
    let Some((a, b)) = pair else { return };
    let suit = can_partner(&world.orgs[a.ix()]) && can_partner(&world.orgs[b.ix()]) && !world.ties.are_partners(a, b);
    if suit
        && answers[0] < willingness(world, ctx, scoring, a, b)
        && answers[1] < willingness(world, ctx, scoring, b, a)
    {
        proposals.push(Proposal { a, b, source });
    }
}
