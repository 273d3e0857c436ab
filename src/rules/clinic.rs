//! Phase 8, the clinic: hospitals open trial sites, activate them, and enrol patients.
//!
//! Reads   hospitals' slots, fields, ethics review and clinicians; patients that a stage needs; `development`
//! Writes  sites of programmes, slots taken, trials that a hospital has run
//! Draws   nothing
//! Source  M14 (enrolment = sites x rate, activation, slots by indication), 3.4 (hospitals: partner, roof, distance)

use crate::math;
use crate::record::{FlowKind, Journal};
use crate::rules::Context;
use crate::scenario::spec::{Actor, Stage};
use crate::world::organisation::{Org, OrgId, Programme, ProgrammeId, ProgrammeStatus, REGENERATIVE, Site};
use crate::world::people::Occupation;
use crate::world::{World, pipeline};

/// Fields below this one are indications; the others are technologies, which any hospital can try in its patients.
const INDICATIONS: u8 = REGENERATIVE;

/// Whether patients take part in this stage.
#[must_use]
pub(super) fn is_clinical(stage: Stage) -> bool {
    matches!(stage, Stage::Phase1 | Stage::Phase2 | Stage::Phase3)
}

/// A hospital as those who look for a site see it.
struct Hospital {
    org: OrgId,
    slots: u32,
    /// Patients that a trial here enrols in a month.
    rate: f64,
}

/// Patients that a trial at a hospital enrols in a month: its rate times the filled share of clinicians' posts.
fn rate(ctx: &Context, org: &Org) -> f64 {
    let Some(entry) = org.institution else { return 0.0 };
    let planned = f64::from(org.posts[Occupation::Clinician as usize]);
    let there = f64::from(org.staff[Occupation::Clinician as usize]);
    let filled = if planned > 0.0 { (there / planned).min(1.0) } else { 1.0 };
    ctx.spec.institution[usize::from(entry.0)].enrolment * filled
}

/// Whether a hospital has patients of a programme's kind.
fn admits(ctx: &Context, org: &Org, programme: &Programme) -> bool {
    let Some(entry) = org.institution else { return false };
    let fields = &ctx.spec.institution[usize::from(entry.0)].domains;
    programme.field >= INDICATIONS || fields.iter().any(|field| *field as u8 == programme.field)
}

/// Patients that a stage must enrol in a month to keep to its own time.
fn demand(ctx: &Context, programme: &Programme) -> f64 {
    let modality = &ctx.spec.modality[usize::from(programme.modality.0)];
    f64::from(pipeline::patients(modality, programme.stage)) / programme.needed.max(1.0)
}

/// Programmes that hospitals outside enrol too slowly look for sites in the model: at partners first, then under the
/// same roof, then by travel time. Who has waited longest chooses first.
pub(super) fn take_sites(world: &mut World, ctx: &Context, journal: &mut Journal) {
    if !ctx.spec.mechanisms.m14 {
        return;
    }
    let hospitals: Vec<Hospital> = world
        .open
        .iter()
        .map(|id| (*id, &world.orgs[id.ix()]))
        .filter(|(_, org)| org.actor == Actor::Hospital)
        .filter_map(|(id, org)| {
            let slots = f64::from(ctx.spec.institution[usize::from(org.institution?.0)].trial_slots) * org.share;
            let hospital = Hospital { org: id, slots: slots.round() as u32, rate: rate(ctx, org) };
            (hospital.slots > 0 && hospital.rate > 0.0).then_some(hospital)
        })
        .collect();
    let mut looking: Vec<ProgrammeId> = world
        .active
        .iter()
        .copied()
        .filter(|id| {
            let programme = &world.programmes[id.ix()];
            programme.status == ProgrammeStatus::Active
                && !programme.paused
                && is_clinical(programme.stage)
                && programme.sites.len() < ctx.spec.development.sites_most as usize
        })
        .collect();
    looking.sort_unstable_by_key(|id| (world.programmes[id.ix()].since, world.programmes[id.ix()].key));
    for id in looking {
        let programme = &world.programmes[id.ix()];
        let booked: f64 = programme.sites.iter().map(|site| rate(ctx, &world.orgs[site.hospital.ix()])).sum();
        let mut missing = (1.0 - ctx.spec.development.elsewhere_pace) * demand(ctx, programme) - booked;
        while missing > 0.0 && world.programmes[id.ix()].sites.len() < ctx.spec.development.sites_most as usize {
            let Some(hospital) = choose(world, ctx, id, &hospitals) else { break };
            missing -= hospital.rate;
            open(world, ctx, journal, id, hospital.org);
        }
    }
}

/// The best hospital with room that the programme is not at yet, no farther than it looks unless a partner.
fn choose<'a>(world: &World, ctx: &Context, id: ProgrammeId, hospitals: &'a [Hospital]) -> Option<&'a Hospital> {
    let programme = &world.programmes[id.ix()];
    let home = &world.orgs[programme.owner.ix()];
    let partner = |site: OrgId| world.ties.are_partners(programme.owner, site);
    let possible = |hospital: &&Hospital| {
        let org = &world.orgs[hospital.org.ix()];
        world.slots_used[hospital.org.ix()] + programme.weight <= hospital.slots
            && (world.access.hours(home.cluster, org.cluster) <= ctx.spec.development.local_slot_hours
                || partner(hospital.org))
            && admits(ctx, org, programme)
            && programme.sites.iter().all(|site| site.hospital != hospital.org)
    };
    let rank = |hospital: &&Hospital| {
        let org = &world.orgs[hospital.org.ix()];
        let hours = world.access.hours(home.cluster, org.cluster);
        (!partner(hospital.org), !home.shares_roof(org), hours.to_bits(), org.key)
    };
    hospitals.iter().filter(possible).min_by_key(rank)
}

/// Takes the slots of a site, which enrols once it is activated. Trials under way when the scenario starts have theirs.
fn open(world: &mut World, ctx: &Context, journal: &mut Journal, id: ProgrammeId, hospital: OrgId) {
    let programme = &world.programmes[id.ix()];
    let under_way = programme.since == ctx.month && programme.progress > 0.0;
    let (home, org) = (&world.orgs[programme.owner.ix()], &world.orgs[hospital.ix()]);
    let wait = if under_way { 0.0 } else { activation(world, ctx, programme, hospital) };
    let weight = programme.weight;
    journal.flow(FlowKind::Trials, home.cluster, org.cluster, i64::from(weight));
    world.slots_used[hospital.ix()] += weight;
    let from = ctx.month.plus(wait.round() as u64);
    world.programmes[id.ix()].sites.push(Site { hospital, from });
}

/// Months until a new site enrols: ethics review, then setting up. A hospital that has run the indication, or is under the
/// owner's roof, is quick; any other learns with every trial.
fn activation(world: &World, ctx: &Context, programme: &Programme, hospital: OrgId) -> f64 {
    let development = &ctx.spec.development;
    let org = &world.orgs[hospital.ix()];
    let Some(entry) = org.institution else { return 0.0 };
    let entry = &ctx.spec.institution[usize::from(entry.0)];
    let run = &world.trials_run[hospital.ix()];
    let known = run[usize::from(programme.field)] > 0 || world.orgs[programme.owner.ix()].shares_roof(org);
    let trials: u32 = run.iter().map(|trials| u32::from(*trials)).sum();
    let new = development.activation_new * math::pow(1.0 - development.activation_learning, f64::from(trials));
    let set_up = if known { development.activation_known } else { new.max(development.activation_known) };
    entry.ethics_review + set_up * entry.activation
}

/// Patients enrolled relative to what the stage's time needs, from none to all.
#[must_use]
pub(super) fn enrolment(world: &World, ctx: &Context, programme: &Programme) -> f64 {
    let demand = demand(ctx, programme);
    if !ctx.spec.mechanisms.m14 || demand <= 0.0 {
        return 1.0;
    }
    let active = programme.sites.iter().filter(|site| site.from <= ctx.month);
    let enrolled: f64 = active.map(|site| rate(ctx, &world.orgs[site.hospital.ix()])).sum();
    (ctx.spec.development.elsewhere_pace + enrolled / demand).min(1.0)
}

/// Ends a programme's trials: their slots are free again, and hospitals remember those that enrolled.
pub(super) fn leave_sites(world: &mut World, id: ProgrammeId) {
    let programme = &mut world.programmes[id.ix()];
    let (weight, field) = (programme.weight, usize::from(programme.field));
    for site in std::mem::take(&mut programme.sites) {
        world.slots_used[site.hospital.ix()] -= weight;
        if site.from <= world.month {
            let run = &mut world.trials_run[site.hospital.ix()][field];
            *run = run.saturating_add(1);
        }
    }
}
