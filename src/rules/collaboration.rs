//! Phase 7: collaborations end, are renewed, and begin.
//!
//! Reads   partners, roofs, expertise, travel hours, the collaboration rules, the country's friction
//! Writes  ties
//! Draws   `Purpose::TieSearch`, keyed by the seeker and month (whether it looks, and where candidates come from);
//!         `Purpose::TieAccept`, keyed by the pair and month (tastes and answers); `Purpose::TieDuration`, keyed by
//!         the pair and month
//! Source  M6 (candidates, weights, acceptance, duration), M2 (cognitive distance)

use crate::math;
use crate::record::{EventKind, FlowKind, Journal, column};
use crate::rng::{Key, Purpose, Rng, sample};
use crate::rules::score::Party;
use crate::rules::{Agenda, Context};
use crate::scenario::spec::{Actor, Decision, Feature};
use crate::units::{Month, Yen};
use crate::world::World;
use crate::world::organisation::{FIELDS, Org, OrgId};
use crate::world::ties::Tie;

/// Refusals after which a seeker stops for the month.
const REFUSALS: usize = 3;
/// From this level an organisation counts as strong in a field.
const STRONG: f64 = 4.0;

pub(super) fn meet(world: &mut World, ctx: &Context, agenda: &Agenda, journal: &mut Journal) {
    end_or_renew(world, ctx, journal);
    let mut proposals = Vec::new();
    for row in 0..world.orgs.len() as u32 {
        let seeker = OrgId(row);
        if looks_for_partner(world, ctx, seeker) {
            proposals.extend(search(world, ctx, agenda, seeker).map(|partner| (seeker, partner)));
        }
    }
    introduce(world, ctx, agenda, &mut proposals);
    // Commit by key: room for ties may run out, and then the lower pair of keys comes first.
    proposals.sort_unstable_by_key(|(a, b)| Key::pair(world.orgs[a.ix()].key, world.orgs[b.ix()].key));
    for (a, b) in proposals {
        if has_room(world, ctx, a) && has_room(world, ctx, b) && !world.ties.are_partners(a, b) {
            let until = draw_end(world, ctx, a, b);
            world.ties.form(a, b, ctx.month, until);
            report_formed(world, ctx, journal, a, b);
        }
    }
}

fn draw_end(world: &World, ctx: &Context, a: OrgId, b: OrgId) -> Month {
    let pair = Key::pair(world.orgs[a.ix()].key, world.orgs[b.ix()].key);
    let mut rng = ctx.streams.at(Purpose::TieDuration, pair, u32::from(ctx.month.0));
    ctx.month.plus(sample::geometric(&mut rng, 1.0 / ctx.spec.ties.duration.max(1.0)))
}

fn report_formed(world: &World, ctx: &Context, journal: &mut Journal, a: OrgId, b: OrgId) {
    let (one, other) = (&world.orgs[a.ix()], &world.orgs[b.ix()]);
    journal.count_local(column("ties_formed"), one.cluster, 1);
    if other.cluster != one.cluster {
        journal.count_local(column("ties_formed"), other.cluster, 1);
    }
    journal.count_all(column("ties_formed"), 1);
    journal.flow(FlowKind::Ties, one.cluster, other.cluster, 1);
    let hours = world.access.hours(one.cluster, other.cluster);
    journal.event(ctx.month, EventKind::TieFormed, one, Some(other), Yen::ZERO, "travel hours between them", hours);
}

fn end_or_renew(world: &mut World, ctx: &Context, journal: &mut Journal) {
    for row in world.ties.take_due(ctx.month) {
        let Tie { a, b, since, .. } = world.ties.all[row as usize];
        let pair = Key::pair(world.orgs[a.ix()].key, world.orgs[b.ix()].key);
        let mut rng = ctx.streams.at(Purpose::TieAccept, pair, u32::from(ctx.month.0) | 1 << 31);
        if sample::chance(&mut rng, ctx.spec.ties.renewal) {
            let until = draw_end(world, ctx, a, b);
            world.ties.renew(row, until);
        } else {
            world.ties.end(row, ctx.month);
            let length = f64::from(ctx.month.since(since));
            journal.event(
                ctx.month,
                EventKind::TieEnded,
                &world.orgs[a.ix()],
                Some(&world.orgs[b.ix()]),
                Yen::ZERO,
                "months together",
                length,
            );
        }
    }
}

fn has_room(world: &World, ctx: &Context, id: OrgId) -> bool {
    let ties = &ctx.spec.ties;
    let org = &world.orgs[id.ix()];
    let each = f64::from(org.headcount()) / f64::from(org.weight.max(1));
    let room = f64::from(ties.base) + each / ties.staff_per_tie;
    (world.ties.partners(id).len() as f64) < room.min(f64::from(ties.most))
}

fn looks_for_partner(world: &World, ctx: &Context, id: OrgId) -> bool {
    let org = &world.orgs[id.ix()];
    if !org.is_open() || org.headcount() == 0 || matches!(org.actor, Actor::Fund | Actor::Regulator) {
        return false;
    }
    let friction = ctx.spec.country[usize::from(org.country.0)].friction;
    let mut rng = ctx.streams.at(Purpose::TieSearch, org.key, u32::from(ctx.month.0));
    sample::chance(&mut rng, ctx.spec.ties.search.get() / friction) && has_room(world, ctx, id)
}

/// Introductions by the staff of open facilities: of three pairs of neighbours, the one that complements itself best
/// is brought together, and both sides decide as they would for any proposal.
fn introduce(world: &World, ctx: &Context, agenda: &Agenda, proposals: &mut Vec<(OrgId, OrgId)>) {
    for facility in ctx.spec.facility.iter().filter(|facility| facility.open && facility.introductions.get() > 0.0) {
        let ring = &world.rings[usize::from(facility.cluster.0)];
        let mut rng =
            ctx.streams.at(Purpose::Introduction, Key::named("facility", &facility.id), u32::from(ctx.month.0));
        for _ in 0..sample::poisson(&mut rng, facility.introductions.get()) {
            let mut best: Option<(f64, OrgId, OrgId)> = None;
            for _ in 0..3 {
                let (a, b) = (ring.after(rng.next_u64()), ring.after(rng.next_u64()));
                let (Some(a), Some(b)) = (a, b) else { continue };
                let (one, other) = (&world.orgs[a.ix()], &world.orgs[b.ix()]);
                let unfit = |org: &Org| org.headcount() == 0 || org.actor == Actor::Regulator;
                if a == b || unfit(one) || unfit(other) || world.ties.are_partners(a, b) {
                    continue;
                }
                let gain = coverage_gain(&one.expertise, &other.expertise);
                if best.is_none_or(|(most, _, _)| gain > most) {
                    best = Some((gain, a, b));
                }
            }
            let answers = [sample::unit(&mut rng), sample::unit(&mut rng)];
            if let Some((_, a, b)) = best
                && answers[0] < willingness(world, ctx, agenda, a, b)
                && answers[1] < willingness(world, ctx, agenda, b, a)
            {
                proposals.push((a, b));
            }
        }
    }
}

/// Probability that `who` accepts `whom`: the appeal against the bar that the country's friction raises.
fn willingness(world: &World, ctx: &Context, agenda: &Agenda, who: OrgId, whom: OrgId) -> f64 {
    let friction = ctx.spec.country[usize::from(world.orgs[who.ix()].country.0)].friction;
    math::sigmoid(appeal(world, ctx, agenda, who, whom) - ctx.spec.ties.threshold - math::ln(friction))
}

/// Candidates, then proposals in the order of score plus taste, until one accepts or three refuse.
fn search(world: &World, ctx: &Context, agenda: &Agenda, seeker: OrgId) -> Option<OrgId> {
    let org = &world.orgs[seeker.ix()];
    let mut rng = ctx.streams.at(Purpose::TieSearch, org.key, u32::from(ctx.month.0) | 1 << 31);
    let mut candidates: Vec<OrgId> = Vec::with_capacity(ctx.spec.ties.candidates as usize);
    for _ in 0..ctx.spec.ties.candidates {
        let Some(found) = candidate(world, ctx, seeker, &mut rng) else { continue };
        let other = &world.orgs[found.ix()];
        let suits = found != seeker && other.is_open() && !matches!(other.actor, Actor::Fund | Actor::Regulator);
        if suits && !world.ties.are_partners(seeker, found) && !candidates.contains(&found) {
            candidates.push(found);
        }
    }
    let mut ranked: Vec<(f64, f64, OrgId)> = candidates
        .into_iter()
        .map(|id| {
            let score = appeal(world, ctx, agenda, seeker, id);
            let pair = Key::pair(org.key, world.orgs[id.ix()].key);
            let mut rng = ctx.streams.at(Purpose::TieAccept, pair, u32::from(ctx.month.0));
            (score + sample::gumbel(&mut rng), sample::unit(&mut rng), id)
        })
        .collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| world.orgs[a.2.ix()].key.cmp(&world.orgs[b.2.ix()].key)));
    ranked
        .into_iter()
        .take(REFUSALS)
        .find(|(_, answer, id)| *answer < willingness(world, ctx, agenda, *id, seeker))
        .map(|(_, _, id)| id)
}

/// One candidate: from past partners, partners of partners, the same roof, an introduction, or at random.
fn candidate(world: &World, ctx: &Context, seeker: OrgId, rng: &mut impl Rng) -> Option<OrgId> {
    let ties = &ctx.spec.ties;
    let org = &world.orgs[seeker.ix()];
    let (source, point) = (sample::unit(rng), rng.next_u64());
    let pick = |list: &[OrgId]| {
        let row = (u128::from(point) * list.len() as u128) >> 64;
        list.get(row as usize).copied()
    };
    let mut bar = ties.share_past;
    if source < bar {
        let past: Vec<OrgId> = world.ties.partners_ever(seeker).iter().map(|(id, _)| *id).collect();
        return pick(&past);
    }
    bar += ties.share_partners_of_partners;
    if source < bar {
        let present: Vec<OrgId> = world.ties.partners(seeker).iter().map(|(id, _)| *id).collect();
        let between = pick(&present)?;
        let beyond: Vec<OrgId> = world.ties.partners(between).iter().map(|(id, _)| *id).collect();
        let row = sample::below(rng, beyond.len().max(1) as u32) as usize;
        return beyond.get(row).copied();
    }
    let nearby = &world.rings[usize::from(org.cluster.0)];
    bar += ties.share_roof;
    if source < bar {
        return same_roof(world, org, point).or_else(|| nearby.after(point));
    }
    bar += ties.share_introduced;
    if source < bar {
        let introduced = ctx
            .spec
            .facility
            .iter()
            .any(|facility| facility.open && facility.cluster == org.cluster && facility.introductions.get() > 0.0);
        return if introduced { nearby.after(point) } else { None };
    }
    world.ring.after(point)
}

/// The next tenant of the same facility, going round the cluster's ring.
fn same_roof(world: &World, org: &Org, point: u64) -> Option<OrgId> {
    let facility = org.facility?;
    let nearby = &world.rings[usize::from(org.cluster.0)];
    nearby.find_after(point, |id| world.orgs[id.ix()].facility == Some(facility))
}

/// Cosine distance between two profiles of expertise: 0 alike, 1 nothing in common.
#[must_use]
pub(super) fn cognitive_distance(a: &[f64; FIELDS], b: &[f64; FIELDS]) -> f64 {
    let (mut dot, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(b) {
        dot += x * y;
        aa += x * x;
        bb += y * y;
    }
    if aa <= 0.0 || bb <= 0.0 { 1.0 } else { 1.0 - dot / math::sqrt(aa * bb) }
}

/// ln of the inverted U of gain over cognitive distance: 0 at the best distance, negative elsewhere.
#[must_use]
pub(super) fn log_fit(ctx: &Context, distance: f64) -> f64 {
    let off = (distance - ctx.spec.ties.fit_best) / ctx.spec.ties.fit_width;
    -off * off / 2.0
}

/// What the rules say of `whom` as a partner for `who`.
fn appeal(world: &World, ctx: &Context, agenda: &Agenda, who: OrgId, whom: OrgId) -> f64 {
    let (a, b) = (&world.orgs[who.ix()], &world.orgs[whom.ix()]);
    let party = |org: &Org| Party { actor: org.actor, cluster: org.cluster, country: org.country };
    let flag = |yes: bool| f64::from(u8::from(yes));
    let value = |feature: Feature| match feature {
        Feature::Constant => 1.0,
        Feature::LogTravelHours => world.access.log_hours(a.cluster, b.cluster),
        Feature::SameCluster => flag(a.cluster == b.cluster),
        Feature::SameCountry => flag(a.country == b.country),
        Feature::SameRoof => flag(shares_roof(ctx, a, b)),
        Feature::PriorTies => math::ln_1p(f64::from(world.ties.prior(who, whom))),
        Feature::CommonPartners => {
            let theirs = world.ties.partners(whom);
            let common = world.ties.partners(who).iter().filter(|(id, _)| theirs.iter().any(|(other, _)| other == id));
            math::ln_1p(common.count() as f64)
        }
        Feature::Degree => math::ln_1p(world.ties.partners(whom).len() as f64),
        Feature::CognitiveFit => log_fit(ctx, cognitive_distance(&a.expertise, &b.expertise)),
        Feature::CoverageGain => math::ln(0.1 + coverage_gain(&a.expertise, &b.expertise)),
        Feature::AcademicPartner => flag(matches!(b.actor, Actor::University | Actor::Institute)),
        Feature::HospitalPartner => flag(b.actor == Actor::Hospital),
        Feature::PharmaPartner => flag(b.actor == Actor::Pharma),
        _ => 0.0,
    };
    agenda.scoring.score(Decision::Collaboration, party(a), party(b), world.hot, value)
}

fn shares_roof(ctx: &Context, a: &Org, b: &Org) -> bool {
    a.facility.is_some_and(|roof| b.facility == Some(roof) && ctx.spec.facility[usize::from(roof.0)].open)
}

/// Share of the seeker's weak fields in which the other is strong.
fn coverage_gain(seeker: &[f64; FIELDS], other: &[f64; FIELDS]) -> f64 {
    let weak = seeker.iter().filter(|level| **level < STRONG).count();
    let gained = seeker.iter().zip(other).filter(|(own, theirs)| **own < STRONG && **theirs >= STRONG).count();
    if weak == 0 { 0.0 } else { gained as f64 / weak as f64 }
}
