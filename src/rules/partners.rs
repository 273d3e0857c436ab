//! What a partner is worth: cognitive distance, the rules' score, and the answer to a proposal (M2, M6).

use crate::math;
use crate::rules::Context;
use crate::rules::score::{Party, Scoring};
use crate::scenario::spec::{Actor, ClusterId, Decision, Feature};
use crate::world::World;
use crate::world::organisation::{FIELDS, Org, OrgId};
use crate::world::ties::TieKind;

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

/// ln of the inverted U of gain over cognitive distance: 0 at the best distance, which is larger for exploration with
/// universities and institutes, and negative elsewhere.
#[must_use]
pub(super) fn log_fit(ctx: &Context, kind: TieKind, distance: f64) -> f64 {
    if !ctx.spec.mechanisms.m2 {
        return 0.0;
    }
    let ties = &ctx.spec.ties;
    let best = if kind == TieKind::Research { ties.fit_best_research } else { ties.fit_best };
    let off = (distance - best) / ties.fit_width;
    -off * off / 2.0
}

/// Fields in which somebody is at a level or above, as bits.
fn strengths(levels: &[f64; FIELDS], strong: f64) -> u16 {
    let mut bits = 0;
    for (field, level) in levels.iter().enumerate() {
        bits |= u16::from(*level >= strong) << field;
    }
    bits
}

/// Share of the seeker's weak fields in which the other is strong: at this level or above.
#[must_use]
pub(super) fn coverage_gain(seeker: &[f64; FIELDS], other: &[f64; FIELDS], strong: f64) -> f64 {
    let weak = !strengths(seeker, strong);
    let gained = weak & strengths(other, strong);
    if weak == 0 { 0.0 } else { f64::from(gained.count_ones()) / f64::from(weak.count_ones()) }
}

/// Factor on what an organisation does with a cluster, for its people who came from there: each of them does more of it.
#[must_use]
pub(super) fn mover_factor(ctx: &Context, org: &Org, cluster: ClusterId) -> f64 {
    if org.cluster == cluster || !ctx.spec.mechanisms.m3 {
        return 1.0;
    }
    let share = f64::from(org.lore.from(cluster)) / f64::from(org.headcount().max(1));
    1.0 + ctx.spec.ties.mover_premium * share.min(1.0)
}

/// Whether two are tenants of the same open facility.
#[must_use]
pub(super) fn share_roof(ctx: &Context, a: &Org, b: &Org) -> bool {
    a.facility.is_some_and(|roof| b.facility == Some(roof) && ctx.spec.facility[usize::from(roof.0)].open)
}

/// What the rules say of `whom` as a partner for `who`.
#[must_use]
pub(super) fn appeal(world: &World, ctx: &Context, scoring: &Scoring, who: OrgId, whom: OrgId) -> f64 {
    let (a, b) = (&world.orgs[who.ix()], &world.orgs[whom.ix()]);
    let party = |org: &Org| Party { actor: org.actor, cluster: org.cluster, country: org.country };
    let flag = |yes: bool| f64::from(u8::from(yes));
    let value = |feature: Feature| match feature {
        Feature::Constant => 1.0,
        Feature::LogTravelHours => world.access.log_hours(a.cluster, b.cluster),
        Feature::SameCluster => flag(a.cluster == b.cluster),
        Feature::SameCountry => flag(a.country == b.country),
        Feature::SameRoof => flag(share_roof(ctx, a, b)),
        Feature::PriorTies => log_count(usize::from(world.ties.prior(who, whom))),
        Feature::CommonPartners => {
            let theirs = world.ties.partners(whom);
            let common = world.ties.partners(who).iter().filter(|(id, _)| theirs.iter().any(|(other, _)| other == id));
            log_count(common.count())
        }
        Feature::Degree => log_count(world.ties.partners(whom).len()),
        Feature::CognitiveFit => log_fit(ctx, TieKind::between(a, b), cognitive_distance(&a.expertise, &b.expertise)),
        Feature::CoverageGain => {
            let gain = coverage_gain(&a.expertise, &b.expertise, ctx.spec.knowledge.strong);
            math::ln(ctx.spec.ties.coverage_floor + gain)
        }
        Feature::AcademicPartner => flag(matches!(b.actor, Actor::University | Actor::Institute)),
        Feature::HospitalPartner => flag(b.actor == Actor::Hospital),
        Feature::PharmaPartner => flag(b.actor == Actor::Pharma),
        Feature::DirectRoute => flag(world.access.route(a.cluster, b.cluster)),
        Feature::FormerCity => math::ln(mover_factor(ctx, a, b.cluster)),
        _ => 0.0,
    };
    scoring.score(Decision::Collaboration, party(a), party(b), world.hot, value)
}

/// ln(1 + n), without the logarithm where there is nothing.
fn log_count(number: usize) -> f64 {
    if number == 0 { 0.0 } else { math::ln_1p(number as f64) }
}

/// Probability that `who` accepts `whom`: the appeal against the bar, which rises with the country's friction (most for
/// those far away) and with the collaborations at hand.
#[must_use]
pub(super) fn willingness(world: &World, ctx: &Context, scoring: &Scoring, who: OrgId, whom: OrgId) -> f64 {
    let ties = &ctx.spec.ties;
    let (a, b) = (&world.orgs[who.ix()], &world.orgs[whom.ix()]);
    let friction = ctx.spec.country[usize::from(a.country.0)].friction;
    let distance = ties.friction_distance * (friction - 1.0) * world.access.log_hours(a.cluster, b.cluster);
    let held = world.ties.partners(who).len();
    let load = if held == 0 {
        0.0
    } else {
        ties.load * friction * math::pow((held as f64 / room(world, ctx, who)).min(1.0), ties.load_exponent)
    };
    math::sigmoid(appeal(world, ctx, scoring, who, whom) - ties.threshold - math::ln(friction) - distance - load)
}

/// Collaborations that an organisation can hold.
#[must_use]
fn room(world: &World, ctx: &Context, id: OrgId) -> f64 {
    let ties = &ctx.spec.ties;
    let org = &world.orgs[id.ix()];
    let each = f64::from(org.headcount()) / f64::from(org.weight.max(1));
    (f64::from(ties.base) + each / ties.staff_per_tie).min(f64::from(ties.most))
}

/// Whether an organisation can hold one more.
#[must_use]
pub(super) fn has_room(world: &World, ctx: &Context, id: OrgId) -> bool {
    (world.ties.partners(id).len() as f64) < room(world, ctx, id)
}

/// Whether an organisation has partners at all.
#[must_use]
pub(super) fn can_partner(org: &Org) -> bool {
    org.is_open() && org.headcount() > 0 && !matches!(org.actor, Actor::Fund | Actor::Regulator)
}
