//! Phase 8: programmes take trial slots, advance, wait, pass or fail.
//!
//! Reads   programmes, their owner's cash, people and partners, hospitals' slots, `development`, `regulation`
//! Writes  stage, progress and status of programmes; slots taken; consultations; direct cost of the month (paid in
//!         phase 9)
//! Draws   `Purpose::StageOutcome` and `Purpose::StageDuration`, keyed by programme and stage, so that luck survives
//!         a policy that changes the date; `Purpose::Conversion`, keyed by programme
//! Source  M13 (stages), M14 (slots), M15 (regulator, conditional approval)

use crate::math;
use crate::record::{EventKind, FlowKind, Journal, column};
use crate::rng::{Key, Purpose, sample};
use crate::rules::Context;
use crate::scenario::spec::{Actor, Stage};
use crate::units::Yen;
use crate::world::organisation::{Asset, MANUFACTURING, OrgId, Programme, ProgrammeId, ProgrammeStatus};
use crate::world::people::Occupation;
use crate::world::{STAGES, World, lineage, pipeline, stage_number};

/// Expertise at which a programme's own field counts as fully covered, and the same for manufacturing.
const COVERED: [f64; 2] = [8.0, 6.0];
/// Weight of the own field in coverage; manufacturing has the rest.
const OWN_FIELD: f64 = 0.7;

pub(super) fn advance(world: &mut World, ctx: &Context, journal: &mut Journal) {
    re_examine(world, ctx, journal);
    start_company_programmes(world, ctx);
    consult(world, ctx);
    take_slots(world, ctx, journal);
    begin_reviews(world, ctx);
    let mut rows = std::mem::take(&mut world.active);
    rows.retain(|id| world.programmes[id.ix()].status == ProgrammeStatus::Active);
    for id in &rows {
        work(world, ctx, *id);
        if world.programmes[id.ix()].progress >= world.programmes[id.ix()].needed {
            gate(world, ctx, journal, *id);
        }
    }
    rows.retain(|id| world.programmes[id.ix()].status == ProgrammeStatus::Active);
    rows.extend(std::mem::take(&mut world.active));
    world.active = rows;
}

/// Companies start programmes of their own: established ones at a rate by their researchers, startups that have money
/// at a rate each.
fn start_company_programmes(world: &mut World, ctx: &Context) {
    let development = &ctx.spec.development;
    for row in 0..world.orgs.len() {
        let org = &world.orgs[row];
        if !org.is_open() || !org.is_industry() {
            continue;
        }
        let owner = OrgId(row as u32);
        let weight = org.weight.max(1);
        let rate = match org.startup {
            Some(id) => {
                let rich = world.startups[id.ix()].rounds > 0
                    && super::finance::runway(world, id) > ctx.spec.finance.raise_runway;
                if rich { development.programmes_per_startup.get() } else { 0.0 }
            }
            None => {
                let researchers = f64::from(org.staff[Occupation::Researcher as usize]);
                development.programmes_per_researcher.get() * researchers / f64::from(weight)
            }
        };
        if rate <= 0.0 {
            continue;
        }
        let (key, expertise) = (org.key, org.expertise);
        let regenerative = ctx.spec.cluster[usize::from(org.cluster.0)].regenerative;
        let mut rng = ctx.streams.at(Purpose::Asset, key, u32::from(ctx.month.0));
        for number in 0..sample::poisson(&mut rng, rate) {
            let asset = Asset {
                key: key.child(lineage::ASSET, u64::from(ctx.month.0) << 32 | number),
                born: ctx.month,
                quality: sample::beta(&mut rng, ctx.spec.research.quality_alpha, ctx.spec.research.quality_beta),
                field: crate::world::build::draw_field(&expertise, &mut rng),
                modality: pipeline::draw_modality(ctx.spec, regenerative, &mut rng),
            };
            super::founding::add_programme(world, ctx, owner, &asset, 0);
        }
    }
}

/// Startups book a consultation before the first and the third clinical gate if the queue is short; the regulator
/// serves first come, first served.
fn consult(world: &mut World, ctx: &Context) {
    for id in &world.active {
        let programme = &world.programmes[id.ix()];
        let asks = programme.since == ctx.month && matches!(programme.stage, Stage::Preclinical | Stage::Phase2);
        let org = &world.orgs[programme.owner.ix()];
        let queue = &mut world.consultations[usize::from(org.country.0)];
        let served = f64::from(ctx.spec.country[usize::from(org.country.0)].consultations).max(1e-9);
        if asks && org.startup.is_some() && queue.len() as f64 / served < ctx.spec.regulation.consult_wait_most {
            queue.push(*id);
        }
    }
    for (country, queue) in world.consultations.iter_mut().enumerate() {
        let served = (ctx.spec.country[country].consultations as usize).min(queue.len());
        for id in queue.drain(..served) {
            world.programmes[id.ix()].consultations += 1;
        }
    }
}

/// Programmes in a clinical stage without a site look for a free slot: at partners first, then under the same roof,
/// then by travel time. Who has waited longest chooses first.
fn take_slots(world: &mut World, ctx: &Context, journal: &mut Journal) {
    let clinical = |programme: &Programme| {
        programme.status == ProgrammeStatus::Active
            && matches!(programme.stage, Stage::Phase1 | Stage::Phase2 | Stage::Phase3)
    };
    let hospitals: Vec<(OrgId, u32)> = world
        .orgs
        .iter()
        .enumerate()
        .filter(|(_, org)| org.is_open() && org.actor == Actor::Hospital)
        .filter_map(|(row, org)| {
            let slots = f64::from(ctx.spec.institution[usize::from(org.institution?.0)].trial_slots) * org.share;
            (slots >= 0.5).then(|| (OrgId(row as u32), slots.round() as u32))
        })
        .collect();
    let mut waiting: Vec<ProgrammeId> = world
        .active
        .iter()
        .copied()
        .filter(|id| clinical(&world.programmes[id.ix()]) && world.programmes[id.ix()].site.is_none())
        .collect();
    waiting.sort_unstable_by_key(|id| (world.programmes[id.ix()].since, world.programmes[id.ix()].key));
    for id in waiting {
        let (owner, weight) = (world.programmes[id.ix()].owner, world.programmes[id.ix()].weight);
        let home = &world.orgs[owner.ix()];
        let rank = |site: OrgId| {
            let hospital = &world.orgs[site.ix()];
            let roof = hospital.facility.is_some() && hospital.facility == home.facility;
            let hours = world.access.hours(home.cluster, hospital.cluster);
            (!world.ties.are_partners(owner, site), !roof, hours.to_bits(), hospital.key)
        };
        let site = hospitals
            .iter()
            .filter(|(site, slots)| {
                let hospital = &world.orgs[site.ix()];
                world.slots_used[site.ix()] + weight <= *slots
                    && (world.access.hours(home.cluster, hospital.cluster) <= ctx.spec.development.local_slot_hours
                        || world.ties.are_partners(owner, *site))
            })
            .map(|(site, _)| *site)
            .min_by_key(|site| rank(*site));
        if let Some(site) = site {
            let (from, to) = (home.cluster, world.orgs[site.ix()].cluster);
            world.slots_used[site.ix()] += weight;
            world.programmes[id.ix()].site = Some(site);
            journal.flow(FlowKind::Trials, from, to, i64::from(weight));
        }
    }
}

/// The regulator begins as many reviews as it has room for, in the order of filing.
fn begin_reviews(world: &mut World, ctx: &Context) {
    for country in 0..ctx.spec.country.len() {
        let of_country = |world: &World, id: &ProgrammeId| {
            let programme = &world.programmes[id.ix()];
            programme.status == ProgrammeStatus::Active
                && programme.stage == Stage::Review
                && usize::from(world.orgs[programme.owner.ix()].country.0) == country
        };
        let mut queue: Vec<ProgrammeId> = world.active.iter().copied().filter(|id| of_country(world, id)).collect();
        let mut busy: u32 = queue
            .iter()
            .map(|id| &world.programmes[id.ix()])
            .filter(|programme| programme.review_begun)
            .map(|programme| programme.weight)
            .sum();
        queue.sort_unstable_by_key(|id| (world.programmes[id.ix()].since, world.programmes[id.ix()].key));
        for id in queue {
            let programme = &mut world.programmes[id.ix()];
            if !programme.review_begun && busy < ctx.spec.country[country].reviews_at_once {
                programme.review_begun = true;
                busy += programme.weight;
            }
        }
    }
}

/// Share of the needed expertise that the owner and its best partner cover.
fn coverage(world: &World, programme: &Programme) -> f64 {
    let mut best = [0.0f64; 2];
    let fields = [usize::from(programme.field), MANUFACTURING];
    let sides = std::iter::once(programme.owner).chain(world.ties.partners(programme.owner).iter().map(|(id, _)| *id));
    for side in sides {
        for (level, field) in best.iter_mut().zip(fields) {
            *level = level.max(world.orgs[side.ix()].expertise[field]);
        }
    }
    OWN_FIELD * (best[0] / COVERED[0]).min(1.0) + (1.0 - OWN_FIELD) * (best[1] / COVERED[1]).min(1.0)
}

/// A month of work: as much as money, people and sites allow. No programme advances without cash.
fn work(world: &mut World, ctx: &Context, id: ProgrammeId) {
    let programme = &world.programmes[id.ix()];
    let owner = &world.orgs[programme.owner.ix()];
    let modality = &ctx.spec.modality[usize::from(programme.modality.0)];
    let country = &ctx.spec.country[usize::from(owner.country.0)];
    if programme.stage == Stage::Review && !programme.review_begun {
        world.programmes[id.ix()].cost = Yen::ZERO;
        return;
    }
    let monthly = pipeline::cost(modality, country, programme.stage)
        .scaled(f64::from(programme.weight) / programme.needed.max(1.0));
    let cash = world.ledger.cash(programme.owner);
    let money = if monthly <= Yen::ZERO { 1.0 } else { (cash.0 as f64 / (2.0 * monthly.0 as f64)).clamp(0.0, 1.0) };
    let planned = f64::from(owner.posts[Occupation::Researcher as usize]).max(1.0);
    let people = math::sqrt((f64::from(owner.staff[Occupation::Researcher as usize]) / planned).min(1.0));
    let clinical = matches!(programme.stage, Stage::Phase1 | Stage::Phase2 | Stage::Phase3);
    let site = if clinical && programme.site.is_none() { ctx.spec.development.elsewhere_pace } else { 1.0 };
    let partners = world.ties.partners(programme.owner);
    let useful =
        partners.iter().filter(|(other, _)| world.orgs[other.ix()].expertise[usize::from(programme.field)] > 4.0);
    let help = 1.0 + ctx.spec.development.useful_partner * (useful.count().min(3) as f64);
    let pace = if programme.stage == Stage::Review { 1.0 } else { money * people * site * help };
    let programme = &mut world.programmes[id.ix()];
    programme.progress += pace;
    programme.cost = if programme.stage == Stage::Review { monthly } else { monthly.scaled(pace) };
}

/// The shift of the log odds of passing: quality, coverage, partners, consultations, an experienced founder.
fn odds(world: &World, ctx: &Context, programme: &Programme) -> f64 {
    let development = &ctx.spec.development;
    let partner = |actor: Actor| {
        let present = world.ties.partners(programme.owner).iter().any(|(id, _)| world.orgs[id.ix()].actor == actor);
        f64::from(u8::from(present))
    };
    let clinical = f64::from(u8::from(matches!(programme.stage, Stage::Phase1 | Stage::Phase2 | Stage::Phase3)));
    let startup = world.orgs[programme.owner.ix()].startup;
    let licensed = f64::from(u8::from(programme.licensee.is_some()));
    let serial = startup.is_some_and(|id| world.startups[id.ix()].serial);
    // An established company has the skills that a partner would bring.
    let pharma = if startup.is_some() { partner(Actor::Pharma).max(licensed) } else { 0.0 };
    development.quality_effect * (programme.quality - development.quality_mean)
        + development.coverage_effect * (coverage(world, programme) - development.coverage_mean)
        + development.partner_pharma * pharma
        + development.partner_hospital * clinical * partner(Actor::Hospital)
        + development.consultation * f64::from(programme.consultations.min(3))
        + ctx.spec.founding.quality_serial_bonus * f64::from(u8::from(serial))
}

fn gate(world: &mut World, ctx: &Context, journal: &mut Journal, id: ProgrammeId) {
    let programme = &world.programmes[id.ix()];
    let modality = &ctx.spec.modality[usize::from(programme.modality.0)];
    let stage = programme.stage;
    let base = if programme.conditional && stage == Stage::Review {
        ctx.spec.regulation.conditional_success
    } else {
        pipeline::success(modality, stage)
    };
    let p = pipeline::shifted(base, odds(world, ctx, programme));
    let luck = sample::unit(&mut ctx.streams.at(Purpose::StageOutcome, programme.key, stage_number(stage) as u32));
    free_slot(world, id);
    if luck >= p {
        stop(world, id);
        let owner = &world.orgs[world.programmes[id.ix()].owner.ix()];
        journal.event(ctx.month, EventKind::StageFailed, owner, None, Yen::ZERO, reason(stage), p);
        return;
    }
    let owner = &world.orgs[world.programmes[id.ix()].owner.ix()];
    journal.event(ctx.month, EventKind::StagePassed, owner, None, Yen::ZERO, reason(stage), p);
    if stage == Stage::Review {
        approve(world, ctx, journal, id);
    } else {
        enter_next_stage(world, ctx, id);
    }
    super::finance::pay_tranches(world, id, journal);
}

fn reason(stage: Stage) -> &'static str {
    match stage {
        Stage::Preclinical => "preclinical work; probability of passing",
        Stage::Phase1 => "phase 1; probability of passing",
        Stage::Phase2 => "phase 2; probability of passing",
        Stage::Phase3 => "phase 3; probability of passing",
        Stage::Review => "review; probability of passing",
    }
}

fn enter_next_stage(world: &mut World, ctx: &Context, id: ProgrammeId) {
    let programme = &world.programmes[id.ix()];
    let country = &ctx.spec.country[usize::from(world.orgs[programme.owner.ix()].country.0)];
    let modality = &ctx.spec.modality[usize::from(programme.modality.0)];
    let conditional = programme.stage == Stage::Phase2 && modality.regenerative && country.conditional_approval;
    let next = if conditional { Stage::Review } else { STAGES[stage_number(programme.stage) + 1] };
    let mut needed = pipeline::draw_months(ctx.spec, ctx.streams, programme.key, programme.modality, country, next);
    if next == Stage::Review {
        let saved = ctx.spec.regulation.consult_months_saved * f64::from(programme.consultations.min(6));
        needed = (needed - saved).max(1.0);
    }
    let programme = &mut world.programmes[id.ix()];
    programme.stage = next;
    programme.conditional = conditional;
    programme.review_begun = false;
    programme.progress = 0.0;
    programme.needed = needed;
    programme.since = ctx.month.plus(1);
}

fn approve(world: &mut World, ctx: &Context, journal: &mut Journal, id: ProgrammeId) {
    let programme = &mut world.programmes[id.ix()];
    let owner = &world.orgs[programme.owner.ix()];
    let weight = i64::from(programme.weight);
    let until = programme.conditional.then(|| ctx.month.plus(ctx.spec.regulation.conditional_term.round() as u64));
    programme.status = ProgrammeStatus::Approved(ctx.month, until);
    world.marketed.push(id);
    if until.is_some() {
        journal.count(column("approvals_conditional"), owner.cluster, weight);
        journal.event(
            ctx.month,
            EventKind::ApprovedConditionally,
            owner,
            None,
            Yen::ZERO,
            "latent quality",
            programme.quality,
        );
    } else {
        journal.count(column("approvals_full"), owner.cluster, weight);
        journal.event(ctx.month, EventKind::Approved, owner, None, Yen::ZERO, "latent quality", programme.quality);
    }
}

/// Conditional approvals at the end of their term become full or lapse.
fn re_examine(world: &mut World, ctx: &Context, journal: &mut Journal) {
    for row in 0..world.marketed.len() {
        let id = world.marketed[row];
        let programme = &mut world.programmes[id.ix()];
        let ProgrammeStatus::Approved(since, Some(until)) = programme.status else { continue };
        if until > ctx.month {
            continue;
        }
        let owner = &world.orgs[programme.owner.ix()];
        let weight = i64::from(programme.weight);
        let luck = sample::unit(&mut ctx.streams.at(Purpose::Conversion, programme.key, 0));
        let p = ctx.spec.regulation.conversion;
        if luck < p {
            programme.status = ProgrammeStatus::Approved(since, None);
            journal.count(column("approvals_full"), owner.cluster, weight);
            journal.event(
                ctx.month,
                EventKind::Approved,
                owner,
                None,
                Yen::ZERO,
                "re-examination; probability of conversion",
                p,
            );
        } else {
            programme.status = ProgrammeStatus::Stopped;
            journal.count(column("approvals_withdrawn"), owner.cluster, weight);
            journal.event(
                ctx.month,
                EventKind::Withdrawn,
                owner,
                None,
                Yen::ZERO,
                "re-examination; probability of conversion",
                p,
            );
        }
    }
    world.marketed.retain(|id| matches!(world.programmes[id.ix()].status, ProgrammeStatus::Approved(..)));
}

/// Gives a trial slot back.
pub(super) fn free_slot(world: &mut World, id: ProgrammeId) {
    let weight = world.programmes[id.ix()].weight;
    if let Some(site) = world.programmes[id.ix()].site.take() {
        world.slots_used[site.ix()] -= weight;
    }
}

/// Ends a programme.
pub(super) fn stop(world: &mut World, id: ProgrammeId) {
    free_slot(world, id);
    world.programmes[id.ix()].status = ProgrammeStatus::Stopped;
    world.programmes[id.ix()].cost = Yen::ZERO;
}

/// Hands a programme to another owner; luck and progress go with it.
pub(super) fn hand_over(world: &mut World, id: ProgrammeId, to: OrgId) {
    let from = world.programmes[id.ix()].owner;
    world.programmes[id.ix()].owner = to;
    if let Some(startup) = world.orgs[from.ix()].startup {
        world.startups[startup.ix()].programmes.retain(|other| *other != id);
    }
    if let Some(startup) = world.orgs[to.ix()].startup {
        world.startups[startup.ix()].programmes.push(id);
    }
}

/// A key for decisions about a programme that several parties take part in.
pub(super) fn key_with(world: &World, programme: ProgrammeId, org: OrgId) -> Key {
    Key::pair(world.programmes[programme.ix()].key, world.orgs[org.ix()].key)
}
