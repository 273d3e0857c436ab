//! Phase 14: knowledge is used, forgotten, and passed on.
//!
//! Reads   the agenda's ties, expertise, researchers, fields of active programmes, roofs, where people came from
//! Writes  expertise and memory of organisations; what clusters heard through leaky ties
//! Draws   nothing
//! Source  M1 (learning, decay, memory), M2 (absorptive capacity, cognitive distance), M3 (transfer, spill-over,
//!         leaky ties), M20 (convergence under a roof)
//!
//! All gains are computed on the levels at the start of the phase and added at its end. What people bring and take
//! along moves at once, when they move (`World::employ`, `World::release`).

use crate::math;
use crate::rules::partners::{cognitive_distance, log_fit, mover_factor};
use crate::rules::{Agenda, Context};
use crate::scenario::spec::Actor;
use crate::world::World;
use crate::world::organisation::{FIELDS, Org, OrgId};
use crate::world::people::Occupation;

/// Months between two rounds of spill-over and convergence, each for all of them in one step.
const ROUND: u16 = 6;

type Levels = [f64; FIELDS];

pub(super) fn exchange(world: &mut World, ctx: &Context, agenda: &Agenda) {
    let mut gains: Vec<(OrgId, Levels)> = Vec::new();
    if ctx.spec.mechanisms.m3 {
        pass_on(world, ctx, agenda, &mut gains);
    }
    if ctx.month.0 % ROUND == ROUND - 1 {
        if ctx.spec.mechanisms.m3 {
            spill_over(world, ctx, &mut gains);
        }
        if ctx.spec.mechanisms.m20 {
            converge(world, ctx, &mut gains);
        }
    }
    if ctx.spec.mechanisms.m1 {
        learn_and_forget(world, ctx);
    }
    for (id, gained) in &gains {
        for (level, more) in world.orgs[id.ix()].expertise.iter_mut().zip(gained) {
            *level = (*level + more).clamp(0.0, 10.0);
        }
    }
}

/// Over each tie that comes up, both sides close part of the gaps in which the other is ahead.
fn pass_on(world: &mut World, ctx: &Context, agenda: &Agenda, gains: &mut Vec<(OrgId, Levels)>) {
    for tie in &agenda.exchanges {
        let (a, b) = (&world.orgs[tie.a.ix()], &world.orgs[tie.b.ix()]);
        if !a.is_open() || !b.is_open() {
            continue;
        }
        let fit = math::exp(log_fit(ctx, tie.kind, cognitive_distance(&a.expertise, &b.expertise)));
        // A public research organisation that is the larger side lets its partner's neighbours hear as well.
        let dominant = if b.headcount() > a.headcount() { b } else { a };
        let leaky = is_public_research(dominant);
        for (learner, teacher, id) in [(a, b, tie.a), (b, a, tie.b)] {
            let monthly = ctx.spec.knowledge.transfer * absorption(ctx, learner) * fit * tie.strength;
            let share = over(monthly * mover_factor(ctx, learner, teacher.cluster), tie.months);
            let mut gained = [0.0; FIELDS];
            for (gain, (known, shown)) in gained.iter_mut().zip(learner.expertise.iter().zip(&teacher.expertise)) {
                *gain = share * (shown - known).max(0.0);
            }
            gains.push((id, gained));
            if leaky && std::ptr::eq(teacher, dominant) && learner.cluster != teacher.cluster {
                let (heard, heads) = &mut world.places.heard[usize::from(learner.cluster.0)];
                let weight = ctx.spec.knowledge.leak * f64::from(learner.headcount());
                for (sum, level) in heard.iter_mut().zip(&teacher.expertise) {
                    *sum += weight * level;
                }
                *heads += weight;
            }
        }
    }
}

/// A monthly share over several months in one step.
fn over(monthly: f64, months: u16) -> f64 {
    1.0 - math::pow(1.0 - monthly.min(1.0), f64::from(months))
}

fn is_public_research(org: &Org) -> bool {
    matches!(org.actor, Actor::University | Actor::Institute)
}

/// Neighbours of a cluster learn from one another without a tie, from public research organisations more than from
/// others: everybody closes part of the gap to what a colleague met at random knows, and hears of what
/// leaky ties bring in from elsewhere.
fn spill_over(world: &mut World, ctx: &Context, gains: &mut Vec<(OrgId, Levels)>) {
    let knowledge = &ctx.spec.knowledge;
    let mut pools = std::mem::take(&mut world.places.heard);
    for org in world.open_orgs().filter(|org| org.headcount() > 0) {
        let leak = if is_public_research(org) { knowledge.leak } else { 1.0 };
        let weight = leak * f64::from(org.headcount());
        let (sum, heads) = &mut pools[usize::from(org.cluster.0)];
        for (sum, level) in sum.iter_mut().zip(&org.expertise) {
            *sum += weight * level;
        }
        *heads += weight;
    }
    for id in &world.open {
        let org = &world.orgs[id.ix()];
        let (sum, heads) = &pools[usize::from(org.cluster.0)];
        if org.headcount() == 0 || *heads <= 0.0 {
            continue;
        }
        let share = over(knowledge.transfer * knowledge.spillover * absorption(ctx, org), ROUND);
        let mut gained = [0.0; FIELDS];
        for (gain, (known, sum)) in gained.iter_mut().zip(org.expertise.iter().zip(sum)) {
            *gain = share * (heard(sum / heads) - known).max(0.0);
        }
        gains.push((*id, gained));
    }
    pools.fill(([0.0; FIELDS], 0.0));
    world.places.heard = pools;
}

/// What neighbours say is heard to a tenth of a point: a change elsewhere that is too small to matter then changes nobody.
fn heard(level: f64) -> f64 {
    (level * 10.0).round() / 10.0
}

/// Tenants of one roof come to work on the same things: each keeps the length of its profile and turns it towards
/// the mean direction. The distance of two profiles goes with the square of their difference, hence half the rate.
fn converge(world: &World, ctx: &Context, gains: &mut Vec<(OrgId, Levels)>) {
    let share = over(ctx.spec.ties.roof_convergence / 2.0, ROUND);
    let mut roofs: Vec<(Levels, u32)> = vec![([0.0; FIELDS], 0); ctx.spec.facility.len()];
    let tenants = || {
        world.open.iter().filter_map(|id| {
            let org = &world.orgs[id.ix()];
            let roof = usize::from(org.facility?.0);
            let length = math::sqrt(org.expertise.iter().map(|level| level * level).sum());
            (ctx.spec.facility[roof].open && org.headcount() > 0 && length > 0.0).then_some((*id, roof, length))
        })
    };
    for (id, roof, length) in tenants() {
        let (mean, number) = &mut roofs[roof];
        for (sum, level) in mean.iter_mut().zip(&world.orgs[id.ix()].expertise) {
            *sum += level / length;
        }
        *number += 1;
    }
    for (id, roof, length) in tenants().filter(|(_, roof, _)| roofs[*roof].1 > 1) {
        let (mean, number) = &roofs[roof];
        let mut turned = [0.0; FIELDS];
        for (turn, (sum, level)) in turned.iter_mut().zip(mean.iter().zip(&world.orgs[id.ix()].expertise)) {
            *turn = share * (sum / f64::from(*number) * length - level);
        }
        gains.push((id, turned));
    }
}

/// Fields in use grow, the others fade down to what the organisation remembers. Fully in use are the fields of its
/// programmes; less so those it is strong in and has people for, a stock of experts of all ages of whom the most
/// experienced go as the others learn.
fn learn_and_forget(world: &mut World, ctx: &Context) {
    let knowledge = &ctx.spec.knowledge;
    let mut used = vec![0u16; world.orgs.len()];
    for id in &world.active {
        let programme = &world.programmes[id.ix()];
        used[programme.owner.ix()] |= 1 << programme.field;
    }
    let kept = 1.0 - knowledge.decay;
    for id in &world.open {
        let org = &mut world.orgs[id.ix()];
        if org.headcount() == 0 {
            continue;
        }
        let before = org.expertise;
        // Fields as bits: few are used, and without a branch for each the others take next to nothing.
        let mut staffed = 0;
        for (field, (level, experts)) in before.iter().zip(&org.lore.experts).enumerate() {
            staffed |= u16::from((*level > knowledge.strong) & (*experts > 0)) << field;
        }
        let programmes = used[id.ix()];
        for (level, memory) in org.expertise.iter_mut().zip(&mut org.lore.memory) {
            *memory = memory.max(knowledge.memory * *level).max(knowledge.floor);
            *level = (*level * kept).max(*memory);
        }
        let mut left = programmes | staffed;
        while left != 0 {
            let field = left.trailing_zeros() as usize;
            left &= left - 1;
            let use_of_it = if programmes & 1 << field != 0 { 1.0 } else { knowledge.learning_staff };
            let level = before[field];
            org.expertise[field] = (level + use_of_it * knowledge.learning * (1.0 - level / 10.0)).min(10.0);
        }
    }
}

/// Share of what a partner shows that an organisation can take in: grows with its researchers.
fn absorption(ctx: &Context, org: &Org) -> f64 {
    if !ctx.spec.mechanisms.m2 {
        return 1.0;
    }
    let knowledge = &ctx.spec.knowledge;
    let researchers = f64::from(org.staff[Occupation::Researcher as usize]) / f64::from(org.weight.max(1));
    let learned = 1.0 - math::exp(-researchers / knowledge.absorption_staff);
    knowledge.absorption_base + (1.0 - knowledge.absorption_base) * learned
}
