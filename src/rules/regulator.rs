//! Phase 8, the regulator: advice before a gate, the queue of filings, approvals that last for a term.
//!
//! Reads   offices with their place and desks, `regulation`, the country's regulator
//! Writes  queues, consultations held and paid, reviews begun, approvals, conversions and withdrawals
//! Draws   `Purpose::Consultation`, keyed by programme and stage (whether it asks; whether it is of priority);
//!         `Purpose::Conversion`, keyed by programme
//! Source  M15 (offices, queues, conditional approval), M23 (advice without a fee)

use crate::record::{EventKind, Journal, column};
use crate::rng::{Purpose, sample};
use crate::rules::{Context, incentives};
use crate::scenario::spec::{Country, Stage};
use crate::units::Yen;
use crate::world::ledger::{Category, Outside};
use crate::world::organisation::{Org, Programme, ProgrammeId, ProgrammeStatus};
use crate::world::regulator::{self, Office, Waiting};
use crate::world::{World, pipeline, stage_number};

/// Desks of an office in this month, as consultations.
fn desks(world: &World, ctx: &Context, office: &Office) -> f64 {
    let country = &ctx.spec.country[usize::from(office.country.0)];
    let Some(org) = office.org.map(|org| &world.orgs[org.ix()]).filter(|_| office.branch) else {
        return f64::from(country.consultations);
    };
    match org.institution {
        Some(entry) if org.is_open() => f64::from(ctx.spec.institution[usize::from(entry.0)].consultations),
        _ => 0.0,
    }
}

/// What a consultation at an office costs.
fn fee(world: &World, ctx: &Context, office: &Office) -> Yen {
    if incentives::free_advice(ctx, office.country) {
        return Yen::ZERO;
    }
    let entry = office.org.filter(|_| office.branch).and_then(|org| world.orgs[org.ix()].institution);
    match entry {
        Some(entry) => ctx.spec.institution[usize::from(entry.0)].consult_fee,
        None => ctx.spec.country[usize::from(office.country.0)].consult_fee,
    }
}

/// Whether an office is under an organisation's roof.
fn under_one_roof(world: &World, office: &Office, org: &Org) -> bool {
    office.org.is_some_and(|seat| world.orgs[seat.ix()].shares_roof(org))
}

/// Startups ask for advice at the beginning of a stage, so that it comes before the gate; offices serve first come,
/// first served.
pub(super) fn advise(world: &mut World, ctx: &Context, journal: &mut Journal) {
    if !ctx.spec.mechanisms.m15 {
        return;
    }
    let capacity: Vec<f64> = world.offices.iter().map(|office| desks(world, ctx, office)).collect();
    let mut waiting: Vec<f64> = world
        .offices
        .iter()
        .map(|office| office.queue.iter().map(|id| f64::from(world.programmes[id.ix()].weight)).sum())
        .collect();
    let mut asking: Vec<ProgrammeId> = world
        .active
        .iter()
        .copied()
        .filter(|id| {
            let programme = &world.programmes[id.ix()];
            programme.since == ctx.month
                && programme.progress <= 0.0
                && programme.stage != Stage::Review
                && world.orgs[programme.owner.ix()].startup.is_some()
        })
        .collect();
    asking.sort_unstable_by_key(|id| world.programmes[id.ix()].key);
    for id in asking {
        if let Some(office) = choose_office(world, ctx, id, &capacity, &waiting) {
            waiting[office] += f64::from(world.programmes[id.ix()].weight);
            world.offices[office].queue.push(id);
        }
    }
    for (row, capacity) in capacity.into_iter().enumerate() {
        serve(world, ctx, journal, row, capacity);
    }
}

/// The office that a startup asks, if any: the one under its roof, else the nearest, among those whose queue is short
/// enough. Whether it asks at all depends on the office found: more do under one roof, and where advice is free.
fn choose_office(world: &World, ctx: &Context, id: ProgrammeId, capacity: &[f64], waiting: &[f64]) -> Option<usize> {
    let programme = &world.programmes[id.ix()];
    let owner = &world.orgs[programme.owner.ix()];
    let regulation = &ctx.spec.regulation;
    let distance = |office: &Office| {
        let hours =
            office.org.map_or(f64::INFINITY, |seat| world.access.hours(owner.cluster, world.orgs[seat.ix()].cluster));
        (!under_one_roof(world, office, owner), hours.to_bits())
    };
    let within = |row: usize| capacity[row] > 0.0 && waiting[row] / capacity[row] < regulation.consult_wait_most;
    let (row, office) = world
        .offices
        .iter()
        .enumerate()
        .filter(|(row, office)| office.country == owner.country && within(*row))
        .min_by_key(|(row, office)| (distance(office), *row))?;
    let roof = if under_one_roof(world, office, owner) { regulation.consult_roof } else { 1.0 };
    let free = if fee(world, ctx, office) == Yen::ZERO { regulation.consult_free } else { 1.0 };
    let stage = stage_number(programme.stage) as u32;
    let luck = sample::unit(&mut ctx.streams.at(Purpose::Consultation, programme.key, stage));
    (luck < regulation.consult_uptake * roof * free).then_some(row)
}

/// A month at one office. Whoever has left the sector's pipeline meanwhile leaves the queue.
fn serve(world: &mut World, ctx: &Context, journal: &mut Journal, row: usize, capacity: f64) {
    let mut queue = std::mem::take(&mut world.offices[row].queue);
    queue.retain(|id| {
        let programme = &world.programmes[id.ix()];
        programme.status == ProgrammeStatus::Active && programme.stage != Stage::Review
    });
    let fee = fee(world, ctx, &world.offices[row]);
    let mut credit = world.offices[row].credit + capacity;
    let mut served = 0;
    for id in &queue {
        let programme = &mut world.programmes[id.ix()];
        let weight = f64::from(programme.weight);
        if credit < weight {
            break;
        }
        credit -= weight;
        served += 1;
        programme.consultations = programme.consultations.saturating_add(1);
        let owner = programme.owner;
        super::operations::pay_what_is_there(world, owner, Outside::Taxpayers, Category::Overhead, fee.scaled(weight));
        journal.count(column!("consultations"), world.orgs[owner.ix()].cluster, weight as i64);
    }
    queue.drain(..served);
    // Nobody can be advised in advance: what no one asked for is lost.
    world.offices[row].credit = if queue.is_empty() { 0.0 } else { credit };
    world.offices[row].queue = queue;
}

/// What consultations add to the log odds of passing a stage.
pub(super) fn advice(ctx: &Context, country: &Country, programme: &Programme) -> f64 {
    if !ctx.spec.mechanisms.m15 {
        return 0.0;
    }
    country.consultation * f64::from(u32::from(programme.consultations).min(ctx.spec.regulation.advice_odds))
}

/// A programme files: whether with priority, and how many months of review are saved.
pub(super) fn file(ctx: &Context, country: &Country, programme: &mut Programme) {
    if !ctx.spec.mechanisms.m15 {
        return;
    }
    let modality = &ctx.spec.modality[usize::from(programme.modality.0)];
    let review = stage_number(Stage::Review) as u32;
    let luck = sample::unit(&mut ctx.streams.at(Purpose::Consultation, programme.key, review));
    programme.priority = luck < modality.priority;
    if programme.priority {
        programme.needed *= country.review_priority;
    }
    let saved = country.consult_months_saved
        * f64::from(u32::from(programme.consultations).min(ctx.spec.regulation.advice_review));
    programme.needed = (programme.needed - saved).max(1.0);
}

/// Regulators begin as many reviews as they have reviewers for, those of priority first, then in the order of filing.
pub(super) fn begin_reviews(world: &mut World, ctx: &Context) {
    let mut queues: Vec<Vec<Waiting<ProgrammeId>>> = vec![Vec::new(); ctx.spec.country.len()];
    let mut busy = vec![0u32; ctx.spec.country.len()];
    for id in &world.active {
        let programme = &world.programmes[id.ix()];
        if programme.status != ProgrammeStatus::Active || programme.stage != Stage::Review {
            continue;
        }
        let country = usize::from(world.orgs[programme.owner.ix()].country.0);
        if programme.review_begun {
            busy[country] += programme.weight;
        } else {
            queues[country].push(Waiting {
                class: u8::from(!programme.priority),
                since: programme.since,
                key: programme.key,
                who: *id,
                weight: programme.weight,
            });
        }
    }
    for (country, queue) in queues.iter_mut().enumerate().filter(|(_, queue)| !queue.is_empty()) {
        let reviewers = if ctx.spec.mechanisms.m15 { ctx.spec.country[country].reviews_at_once } else { u32::MAX };
        for id in regulator::admitted(queue, reviewers.saturating_sub(busy[country])) {
            world.programmes[id.ix()].review_begun = true;
        }
    }
}

/// Whether a programme that has passed phase 2 may file at once for an approval that lasts for a term.
pub(super) fn conditional_route(ctx: &Context, country: &Country, programme: &Programme) -> bool {
    let regenerative = ctx.spec.modality[usize::from(programme.modality.0)].regenerative;
    ctx.spec.mechanisms.m15 && programme.stage == Stage::Phase2 && regenerative && country.conditional_approval
}

/// A programme that has passed review, which it did with probability `p`, is on the market.
pub(super) fn approve(world: &mut World, ctx: &Context, journal: &mut Journal, id: ProgrammeId, p: f64) {
    let programme = &mut world.programmes[id.ix()];
    let owner = &world.orgs[programme.owner.ix()];
    let weight = i64::from(programme.weight);
    let until = programme.conditional.then(|| ctx.month.plus(ctx.spec.regulation.conditional_term.round() as u64));
    programme.status = ProgrammeStatus::Approved(ctx.month, until);
    world.marketed.push(id);
    let (metric, kind) = match until {
        Some(_) => (column!("approvals_conditional"), EventKind::ApprovedConditionally),
        None => (column!("approvals_full"), EventKind::Approved),
    };
    journal.count(metric, owner.cluster, weight);
    journal.event(ctx.month, kind, owner, None, Yen::ZERO, "review; probability of passing", p);
    incentives::pay_reward(world, ctx, journal, id);
}

/// Conditional approvals at the end of their term become full or lapse.
pub(super) fn re_examine(world: &mut World, ctx: &Context, journal: &mut Journal) {
    let (regulation, development) = (&ctx.spec.regulation, &ctx.spec.development);
    for row in 0..world.marketed.len() {
        let id = world.marketed[row];
        let programme = &world.programmes[id.ix()];
        let ProgrammeStatus::Approved(since, Some(until)) = programme.status else { continue };
        if until > ctx.month {
            continue;
        }
        let owner = &world.orgs[programme.owner.ix()];
        let weight = i64::from(programme.weight);
        let luck = sample::unit(&mut ctx.streams.at(Purpose::Conversion, programme.key, 0));
        let shift = regulation.conversion_quality * (programme.quality - development.quality_mean);
        let p = pipeline::shifted(regulation.conversion, shift);
        let (status, metric, kind) = if luck < p {
            (ProgrammeStatus::Approved(since, None), column!("approvals_full"), EventKind::Approved)
        } else {
            (ProgrammeStatus::Stopped, column!("approvals_withdrawn"), EventKind::Withdrawn)
        };
        journal.count(metric, owner.cluster, weight);
        let reason = "re-examination; probability of conversion";
        journal.event(ctx.month, kind, owner, None, Yen::ZERO, reason, p);
        if status == ProgrammeStatus::Stopped {
            world.stop_programme(id);
        } else {
            world.programmes[id.ix()].status = status;
        }
    }
    world.marketed.retain(|id| matches!(world.programmes[id.ix()].status, ProgrammeStatus::Approved(..)));
}
