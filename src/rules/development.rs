//! Phase 8: programmes begin, advance, wait, pass or fail. The clinic and the regulator are phases of it.
//!
//! Reads   programmes, their owner's cash, people and partners, `development`
//! Writes  stage, progress and status of programmes; direct cost of the month (paid in phase 9)
//! Draws   `Purpose::Asset`, keyed by company and month (programmes begun); `Purpose::StageOutcome` and
//!         `Purpose::StageDuration`, keyed by programme and stage, so that luck survives a policy that changes the date
//! Source  M13 (stages), M17 (no pace without a manager)

use crate::math;
use crate::record::{EventKind, Journal};
use crate::rng::{Key, Purpose, sample};
use crate::rules::{Agenda, Context, clinic, manufacturing, regulator};
use crate::scenario::spec::{Actor, ModalityId, Stage};
use crate::units::Yen;
use crate::world::organisation::{Asset, MANUFACTURING, Org, OrgId, Programme, ProgrammeId, ProgrammeStatus, Record};
use crate::world::people::{Occupation, Staff};
use crate::world::{STAGES, World, lineage, pipeline, stage_number, supply};

/// Direct cost of a programme's work of the month, people apart; paid in phase 9 even if the programme has just ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bill {
    /// Whose programme.
    pub owner: OrgId,
    /// Its modality.
    pub modality: ModalityId,
    /// What is owed.
    pub cost: Yen,
}

pub(super) fn advance(world: &mut World, ctx: &Context, agenda: &mut Agenda, journal: &mut Journal) {
    agenda.bills.clear();
    manufacturing::turn(world, ctx);
    regulator::re_examine(world, ctx, journal);
    start_company_programmes(world, ctx);
    regulator::advise(world, ctx, journal);
    clinic::take_sites(world, ctx, journal);
    regulator::begin_reviews(world, ctx);
    let mut rows = std::mem::take(&mut world.active);
    rows.retain(|id| world.programmes[id.ix()].status == ProgrammeStatus::Active);
    #[cfg(feature = "planted-faults")]
    hashed(&mut rows);
    agenda.paces.clear();
    agenda.paces.resize(world.startups.len(), None);
    for id in &rows {
        work(world, ctx, agenda, *id);
        if world.programmes[id.ix()].progress >= world.programmes[id.ix()].needed {
            // Behind the gate other people are needed.
            if let Some(startup) = world.orgs[world.programmes[id.ix()].owner.ix()].startup {
                agenda.paces[startup.ix()] = None;
            }
            gate(world, ctx, journal, *id);
        }
    }
    rows.retain(|id| world.programmes[id.ix()].status == ProgrammeStatus::Active);
    rows.extend(std::mem::take(&mut world.active));
    world.active = rows;
}

/// The planted fault of a loop over a hash map, whose order is another in every map.
#[cfg(feature = "planted-faults")]
#[expect(clippy::disallowed_types, clippy::iter_over_hash_type, reason = "a planted fault, to be found by `selftest`")]
fn hashed(rows: &mut Vec<ProgrammeId>) {
    if crate::fault::planted("hash-map-loop") {
        let map: std::collections::HashMap<u32, ProgrammeId> = rows.iter().map(|id| (id.0, *id)).collect();
        rows.clear();
        for id in map.values() {
            rows.push(*id);
        }
    }
}

/// Companies start programmes of their own: established ones at a rate by their researchers, startups that have money
/// at a rate each.
fn start_company_programmes(world: &mut World, ctx: &Context) {
    let development = &ctx.spec.development;
    for at in 0..world.open.len() {
        let owner = world.open[at];
        let org = &world.orgs[owner.ix()];
        if !org.is_industry() {
            continue;
        }
        let weight = org.weight.max(1);
        let rate = match org.startup {
            Some(id) => {
                let rich = world.startups[id.ix()].rounds > 0
                    && super::finance::runway(world, id) > ctx.spec.finance.raise_runway;
                // A rate for each year of money at hand: a platform is built by those who were given the means.
                let years = (super::finance::runway(world, id) / 12.0).min(development.programmes_years);
                if rich { development.programmes_per_startup.get() * years } else { 0.0 }
            }
            None => {
                let researchers = f64::from(org.staff[Occupation::Researcher as usize]) / f64::from(weight);
                let own = org.institution.map_or(1.0, |entry| {
                    let kind = ctx.spec.institution[usize::from(entry.0)].kind;
                    ctx.spec.kind[usize::from(kind.0)].own_programmes
                });
                development.programmes_per_researcher.get() * researchers * own
            }
        };
        if rate <= 0.0 {
            continue;
        }
        let (key, expertise, cluster) = (org.key, org.expertise, org.cluster);
        let mixes = pipeline::mixes_of(ctx.spec, org.institution);
        let first = org.startup.and_then(|id| world.startups[id.ix()].programmes.first().copied());
        let platform = first.map(|id| world.programmes[id.ix()].modality);
        let mut rng = ctx.streams.at(Purpose::Asset, key, u32::from(ctx.month.0));
        for number in 0..sample::poisson(&mut rng, rate) {
            let asset = Asset {
                key: key.child(lineage::ASSET, u64::from(ctx.month.0) << 32 | number),
                born: ctx.month,
                quality: sample::beta(&mut rng, ctx.spec.research.quality_alpha, ctx.spec.research.quality_beta),
                field: crate::world::build::draw_field(&expertise, &mut rng),
                modality: match platform {
                    Some(modality) if sample::chance(&mut rng, development.platform) => modality,
                    _ => pipeline::draw_modality(ctx.spec, cluster, &mixes, &mut rng),
                },
                shelved: None,
            };
            super::founding::add_programme(world, ctx, owner, &asset, 0);
        }
    }
}

/// Share of the needed expertise that the owner and its best partner cover.
fn coverage(world: &World, ctx: &Context, programme: &Programme) -> f64 {
    let development = &ctx.spec.development;
    let mut best = [0.0f64; 2];
    let fields = [usize::from(programme.field), MANUFACTURING];
    let sides = std::iter::once(programme.owner).chain(world.ties.partners(programme.owner).iter().map(|(id, _)| *id));
    for side in sides {
        for (level, field) in best.iter_mut().zip(fields) {
            *level = level.max(world.orgs[side.ix()].expertise[field]);
        }
    }
    let own = development.own_field;
    own * (best[0] / development.covered).min(1.0)
        + (1.0 - own) * (best[1] / development.covered_manufacturing).min(1.0)
}

/// A month of work: as much as money, people and sites allow. No programme advances without cash.
fn work(world: &mut World, ctx: &Context, agenda: &mut Agenda, id: ProgrammeId) {
    let programme = &world.programmes[id.ix()];
    let owner = &world.orgs[programme.owner.ix()];
    if programme.paused || (programme.stage == Stage::Review && !programme.review_begun) {
        return;
    }
    let monthly = supply::present_cost(world, ctx.spec, programme)
        .scaled(f64::from(programme.weight) / programme.needed.max(1.0));
    let cash = world.ledger.cash(programme.owner);
    let money = if monthly <= Yen::ZERO || ctx.spec.development.free_capital {
        1.0
    } else {
        (cash.0 as f64 / (2.0 * monthly.0 as f64)).clamp(0.0, 1.0)
    };
    let patients = if clinic::is_clinical(programme.stage) { clinic::enrolment(world, ctx, programme) } else { 1.0 };
    let partners = world.ties.partners(programme.owner);
    let strong = ctx.spec.knowledge.strong;
    let useful =
        partners.iter().filter(|(other, _)| world.orgs[other.ix()].expertise[usize::from(programme.field)] > strong);
    let help = 1.0 + ctx.spec.development.useful_partner * (useful.count().min(3) as f64);
    let pace = if programme.stage == Stage::Review {
        1.0
    } else {
        // Programmes of one startup share its people.
        let staffing = match owner.startup {
            Some(startup) => *agenda.paces[startup.ix()].get_or_insert_with(|| staffing(world, ctx, owner)),
            None => staffing(world, ctx, owner),
        };
        money * staffing * patients * help
    };
    let modality = &ctx.spec.modality[usize::from(programme.modality.0)];
    let enrolled = f64::from(pipeline::patients(modality, programme.stage) * programme.weight) * pace;
    manufacturing::make(world, ctx, id, enrolled / programme.needed.max(1.0));
    let programme = &mut world.programmes[id.ix()];
    programme.progress += pace;
    let cost = if programme.stage == Stage::Review { monthly } else { monthly.scaled(pace) };
    agenda.bills.push(Bill { owner: programme.owner, modality: programme.modality, cost });
}

/// Pace that so many researchers allow where so many are needed.
#[must_use]
pub(super) fn pace_of(staff: Staff, needed: Staff) -> f64 {
    let of = |staff: Staff| f64::from(staff[Occupation::Researcher as usize]);
    math::sqrt((of(staff) / of(needed).max(1.0)).min(1.0))
}

/// Pace that the owner's people allow: the square root of the share that is there of the researchers that the work needs. A
/// founding team, or one after cuts, is fewer than that. Without an experienced manager a startup's is capped.
fn staffing(world: &World, ctx: &Context, owner: &Org) -> f64 {
    if owner.actor == Actor::Fund {
        // A pool's work is done by others under contract.
        return 1.0;
    }
    let needed = owner.startup.map_or(owner.posts, |id| super::finance::full_posts(world, ctx, id));
    let filled = pace_of(owner.staff, needed);
    // Who has founded with success before is one.
    let serial = owner.startup.is_none_or(|id| world.startups[id.ix()].record == Record::Succeeded);
    let unled = !serial && owner.staff[Occupation::Manager as usize] == 0;
    if unled && ctx.spec.mechanisms.m17 { filled.min(ctx.spec.development.unled) } else { filled }
}

/// The shift of the log odds of passing: quality, coverage, partners, consultations, an experienced clinician, an
/// experienced founder, able investors and near ones, and the intercept that makes programmes as a whole pass as the table says.
fn odds(world: &World, ctx: &Context, programme: &Programme) -> f64 {
    if !ctx.spec.mechanisms.m13 {
        return 0.0;
    }
    let development = &ctx.spec.development;
    let owner = &world.orgs[programme.owner.ix()];
    let partner =
        |actor: Actor| world.ties.partners(programme.owner).iter().any(|(id, _)| world.orgs[id.ix()].actor == actor);
    let when = |holds: bool, effect: f64| if holds { effect } else { 0.0 };
    let clinical = clinic::is_clinical(programme.stage);
    // An established company has the skills that a partner would bring.
    let pharma = owner.startup.is_some() && (programme.licensee.is_some() || partner(Actor::Pharma));
    let country = &ctx.spec.country[usize::from(owner.country.0)];
    pipeline::intercept(development, programme.stage)
        + development.quality_effect * (programme.quality - development.quality_mean)
        + development.coverage_effect * (coverage(world, ctx, programme) - development.coverage_mean)
        + when(pharma, development.partner_pharma)
        + when(clinical && partner(Actor::Hospital), development.partner_hospital)
        + when(clinical && owner.staff[Occupation::Clinician as usize] > 0, development.clinical_lead)
        + owner.startup.map_or(0.0, |id| {
            super::founding::experience(world, ctx, id)
                + super::syndicate::value_added(world, ctx, id, programme.field)
                + super::syndicate::monitoring(world, ctx, id)
        })
        + regulator::advice(ctx, country, programme)
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
    let country = &ctx.spec.country[usize::from(world.orgs[programme.owner.ix()].country.0)];
    let discovery = match stage {
        Stage::Preclinical => pipeline::discovery(modality, country, programme.step),
        _ => None,
    };
    let (base, occasion) = match discovery {
        Some((success, _, _)) => (success, pipeline::discovery_occasion(programme.step)),
        None => (base, stage_number(stage) as u32),
    };
    let p = pipeline::shifted(base, odds(world, ctx, programme));
    let luck = sample::unit(&mut ctx.streams.at(Purpose::StageOutcome, programme.key, occasion));
    let reason = if discovery.is_some() { "a step of discovery; probability of passing" } else { reason(stage) };
    let sites: Vec<OrgId> = programme.sites.iter().map(|site| site.hospital).collect();
    clinic::leave_sites(world, id);
    if luck >= p {
        stop(world, id);
        let owner = &world.orgs[world.programmes[id.ix()].owner.ix()];
        journal.event(ctx.month, EventKind::StageFailed, owner, None, Yen::ZERO, reason, p);
        return;
    }
    let owner = &world.orgs[world.programmes[id.ix()].owner.ix()];
    journal.event(ctx.month, EventKind::StagePassed, owner, None, Yen::ZERO, reason, p);
    super::collaboration::credit(world, id, &sites);
    if discovery.is_some() {
        enter_next_step(world, ctx, id);
    } else if stage == Stage::Review {
        regulator::approve(world, ctx, journal, id, p);
    } else {
        enter_next_stage(world, ctx, id);
    }
    super::rounds::pay_tranches(world, id, journal);
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

fn enter_next_step(world: &mut World, ctx: &Context, id: ProgrammeId) {
    let programme = &world.programmes[id.ix()];
    let country = &ctx.spec.country[usize::from(world.orgs[programme.owner.ix()].country.0)];
    let step = programme.step + 1;
    let (step, needed) = pipeline::begin(ctx.spec, ctx.streams, programme.key, programme.modality, country, step);
    let programme = &mut world.programmes[id.ix()];
    programme.step = step;
    programme.progress = 0.0;
    programme.needed = needed;
}

fn enter_next_stage(world: &mut World, ctx: &Context, id: ProgrammeId) {
    let programme = &world.programmes[id.ix()];
    let country = &ctx.spec.country[usize::from(world.orgs[programme.owner.ix()].country.0)];
    let conditional = regulator::conditional_route(ctx, country, programme);
    let next = if conditional { Stage::Review } else { STAGES[stage_number(programme.stage) + 1] };
    let needed = pipeline::draw_months(ctx.spec, ctx.streams, programme.key, programme.modality, country, next);
    let programme = &mut world.programmes[id.ix()];
    programme.stage = next;
    programme.conditional = conditional;
    programme.review_begun = false;
    programme.progress = 0.0;
    programme.needed = needed;
    programme.since = ctx.month.plus(1);
    if next == Stage::Review {
        regulator::file(ctx, country, programme);
    }
}

/// Ends a programme.
pub(super) fn stop(world: &mut World, id: ProgrammeId) {
    clinic::leave_sites(world, id);
    world.stop_programme(id);
}

/// Hands a programme to another owner; luck and progress go with it.
pub(super) fn hand_over(world: &mut World, id: ProgrammeId, to: OrgId) {
    let from = world.programmes[id.ix()].owner;
    if let Some(startup) = world.orgs[from.ix()].startup {
        let startup = &mut world.startups[startup.ix()];
        startup.programmes.retain(|other| *other != id);
        startup.live.retain(|other| *other != id);
    }
    world.give_programme(id, to);
}

/// A key for decisions about a programme that several parties take part in.
pub(super) fn key_with(world: &World, programme: ProgrammeId, org: OrgId) -> Key {
    Key::pair(world.programmes[programme.ix()].key, world.orgs[org.ix()].key)
}
