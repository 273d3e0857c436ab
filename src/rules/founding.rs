//! Phase 6: founding, laboratory places, and companies that arrive.
//!
//! Reads   the agenda's founders, shelves, facilities, `founding`, angels' money, entries of the scenario with `entry` > 0
//! Writes  startups with their organisation, programme, founder and first capital; arriving organisations
//! Draws   `Purpose::Founding`, keyed by founder and asset and month (how the asset looks);
//!         `Purpose::CompanyEntry`, keyed by entry and month
//! Source  M5 (spin-offs, heritage, serial founders), M11 (shelved programmes), M18 (angels), M20 (entry)

use crate::math;
use crate::record::{EventKind, Journal, column};
use crate::rng::{Key, Purpose, sample};
use crate::rules::people::FounderToBe;
use crate::rules::score::Party;
use crate::rules::{Agenda, Context, operations};
use crate::scenario::spec::{Actor, Decision, Feature, Stage};
use crate::units::Yen;
use crate::world::ledger::{Category, Outside};
use crate::world::lore::Lore;
use crate::world::organisation::{
    Asset, Org, OrgId, Programme, ProgrammeId, ProgrammeStatus, Record, Startup, StartupId,
};
use crate::world::people::PersonId;
use crate::world::{RecentExit, World, build, labs, lineage, pipeline};

pub(super) fn found(world: &mut World, ctx: &Context, agenda: &mut Agenda, journal: &mut Journal) {
    let mut founders = std::mem::take(&mut agenda.founders);
    // Two founders may want the same asset: the lower key chooses first.
    founders.sort_unstable_by_key(|founder| world.people[founder.person].key);
    for founder in founders.iter().filter(|_| ctx.spec.mechanisms.m5) {
        if let Some(asset) = choose_asset(world, ctx, founder) {
            open(world, ctx, journal, founder, &asset);
        }
    }
    agenda.founders = founders;
    arrive(world, ctx, journal);
}

/// The best-looking asset on the institution's shelf, seen with a founder's noise; taken off the shelf. A founder who
/// stands for ten takes the ten best, and the startup is one of them at random.
fn choose_asset(world: &mut World, ctx: &Context, founder: &FounderToBe) -> Option<Asset> {
    let key = world.people[founder.person].key;
    let looks = |asset: &Asset| {
        let mut rng = ctx.streams.at(Purpose::Founding, Key::pair(key, asset.key), u32::from(ctx.month.0));
        asset.quality + ctx.spec.finance.signal_screen * sample::normal(&mut rng)
    };
    let weight = usize::from(world.people[founder.person].weight);
    take_best(&mut world.shelves[founder.parent.ix()], weight, key, looks)
}

/// Takes the `number` best assets off a shelf and returns one of them, chosen by a key.
pub(super) fn take_best(
    shelf: &mut Vec<Asset>,
    number: usize,
    key: Key,
    looks: impl Fn(&Asset) -> f64,
) -> Option<Asset> {
    let mut ranked: Vec<(f64, usize)> = shelf.iter().enumerate().map(|(row, asset)| (looks(asset), row)).collect();
    let before =
        |a: &(f64, usize), b: &(f64, usize)| b.0.total_cmp(&a.0).then_with(|| shelf[a.1].key.cmp(&shelf[b.1].key));
    if number.max(1) < ranked.len() {
        ranked.select_nth_unstable_by(number.max(1), before);
        ranked.truncate(number.max(1));
    }
    ranked.sort_by(before);
    let chosen = ranked.get((key.0 % ranked.len().max(1) as u64) as usize)?.1;
    let asset = shelf[chosen].clone();
    let mut rows: Vec<usize> = ranked.into_iter().map(|(_, row)| row).collect();
    rows.sort_unstable();
    for row in rows.into_iter().rev() {
        shelf.remove(row);
    }
    Some(asset)
}

fn open(world: &mut World, ctx: &Context, journal: &mut Journal, founder: &FounderToBe, asset: &Asset) {
    let parent = &world.orgs[founder.parent.ix()];
    let (cluster, country_id) = (parent.cluster, parent.country);
    let weight = u32::from(world.people[founder.person].weight);
    let near = parent.facility;
    // What a team knows is what it did before: a company's people bring their company's skills to the institution's asset.
    let teacher = world.people[founder.person].employer().map_or(parent, |employer| &world.orgs[employer.ix()]);
    let expertise = teacher.expertise.map(|level| level * ctx.spec.founding.heritage);
    let key = asset.key.child(lineage::STARTUP, 0);
    let row = StartupId(world.startups.len() as u32);
    let facility = labs::take_lab(world, ctx.spec, cluster, near, weight);
    let org = world.add_org(Org {
        key,
        name: format!("startup-{:013x}", key.0 >> 12).into(),
        actor: Actor::Startup,
        cluster,
        country: country_id,
        institution: None,
        facility,
        startup: Some(row),
        weight,
        share: 1.0,
        founded: ctx.month,
        closed: None,
        staff: [0; 4],
        posts: [0; 4],
        expertise,
        lore: Lore::default(),
    });
    let record = match (world.people[founder.person].has_founded(), world.people[founder.person].has_succeeded()) {
        (_, true) => Record::Succeeded,
        (true, false) => Record::Failed,
        (false, false) => Record::First,
    };
    let founder_key = world.people[founder.person].key;
    world.add_startup(Startup {
        founder: Some((founder.person, founder_key)),
        record,
        ..Startup::begin(org, Some(founder.parent), ctx.month)
    });
    take_up(world, ctx, org, asset);
    world.release(founder.person);
    world.employ(founder.person, org);
    world.people.mark_founder(founder.person);
    // What the founding team really costs in a month: people, the fixed part, the laboratory, and its work on the programme.
    let monthly = operations::monthly_cost_of_team(world, ctx, row);
    let own = monthly.scaled(ctx.spec.founding.seed_runway);
    let angels = own.scaled(ctx.spec.founding.angel_ticket).min(world.angels[usize::from(cluster.0)]);
    world.angels[usize::from(cluster.0)] -= angels;
    let capital = own + angels;
    world.ledger.post(Outside::Households, org, Category::Founding, capital);
    world.startups[row.ix()].burn = monthly;
    journal.count(column!("startups_founded"), cluster, i64::from(weight));
    let parent = &world.orgs[founder.parent.ix()];
    journal.event(
        ctx.month,
        EventKind::Founded,
        &world.orgs[org.ix()],
        Some(parent),
        capital,
        "best-looking finding on the shelf; founder's odds, relative to the usual",
        founder.odds,
    );
}

/// An asset becomes a programme of its new owner, or the shelved programme that it is goes on where it stopped.
pub(super) fn take_up(world: &mut World, ctx: &Context, owner: OrgId, asset: &Asset) {
    let Some(id) = asset.shelved else {
        add_programme(world, ctx, owner, asset, 0);
        return;
    };
    world.shelved.retain(|(_, _, other)| *other != id);
    let weight = world.orgs[owner.ix()].weight;
    let programme = &mut world.programmes[id.ix()];
    programme.status = ProgrammeStatus::Active;
    programme.weight = weight;
    programme.paused = false;
    world.give_programme(id, owner);
    // Shelved last month, it may not have been taken off the list yet.
    if !world.active.contains(&id) {
        world.active.push(id);
    }
}

/// Shift of the log odds of passing a stage from what the founder went through before.
#[must_use]
pub(super) fn experience(world: &World, ctx: &Context, id: StartupId) -> f64 {
    match world.startups[id.ix()].record {
        Record::First => 0.0,
        Record::Failed => ctx.spec.founding.quality_failure_bonus,
        Record::Succeeded => ctx.spec.founding.quality_serial_bonus,
    }
}

/// exp(score) of the founding rules for a researcher at an institution.
#[must_use]
pub(super) fn multiplier(world: &World, ctx: &Context, agenda: &Agenda, id: PersonId, parent: OrgId) -> f64 {
    let org = &world.orgs[parent.ix()];
    let party = Party { actor: org.actor, cluster: org.cluster, country: org.country };
    let since = ctx.month.minus(24);
    let recent = |wanted: &dyn Fn(&RecentExit) -> bool| {
        let exits = world.recent_exits[usize::from(org.cluster.0)].iter();
        let number: u32 = exits.filter(|exit| exit.month >= since && wanted(exit)).map(|exit| exit.number).sum();
        math::ln_1p(f64::from(number))
    };
    // What somebody is by nature: the first number says who is a star, the second who shuns risk.
    let nature = || {
        let mut rng = ctx.streams.at(Purpose::Quality, world.people[id].key, 0);
        [sample::unit(&mut rng), sample::unit(&mut rng)]
    };
    let value = |feature: Feature| match feature {
        Feature::Constant => 1.0,
        Feature::HotRegime => f64::from(u8::from(world.hot)),
        Feature::SerialFounder => f64::from(u8::from(world.people[id].has_founded())),
        Feature::RecentLocalExits => recent(&|_| true),
        Feature::RoleModels => recent(&|exit| {
            let sibling = |source: OrgId| source == parent || world.ties.prior(parent, source) > 0;
            exit.parent.is_some_and(sibling) || world.ties.prior(parent, exit.org) > 0
        }),
        Feature::StarScientist => f64::from(u8::from(nature()[0] < ctx.spec.founding.star_share)),
        Feature::RiskAversion => 2.0 * nature()[1] - 1.0,
        Feature::AnchorTenant => {
            let best = world.shelves[parent.ix()].iter().max_by(|a, b| a.quality.total_cmp(&b.quality));
            let anchors = &world.places.anchors[usize::from(org.cluster.0)];
            best.map_or(0.0, |asset| math::ln_1p(ctx.spec.founding.anchor * anchors[usize::from(asset.field)]))
        }
        Feature::BestAssetQuality => world.shelves[parent.ix()].iter().map(|asset| asset.quality).fold(0.0, f64::max),
        Feature::LabSpaceOpen => f64::from(u8::from(labs::lab_is_free(world, ctx.spec, org.cluster, 1))),
        Feature::TechnologyTransfer => {
            org.institution.map_or(0.0, |entry| ctx.spec.institution[usize::from(entry.0)].technology_transfer)
        }
        Feature::AgeOver55 => f64::from(u8::from(world.people[id].age(ctx.month) > 55.0)),
        _ => 0.0,
    };
    let whom = Party { actor: Actor::Person, ..party };
    math::exp(agenda.scoring.score(Decision::Founding, whom, party, world.hot, value))
}

/// A preclinical programme out of an asset.
pub(super) fn add_programme(world: &mut World, ctx: &Context, owner: OrgId, asset: &Asset, nth: u64) -> ProgrammeId {
    let org = &world.orgs[owner.ix()];
    let country = &ctx.spec.country[usize::from(org.country.0)];
    let key = asset.key.child(lineage::PROGRAMME, nth);
    let (step, needed) = pipeline::begin(ctx.spec, ctx.streams, key, asset.modality, country, 0);
    let (modality, field, quality, weight) = (asset.modality, asset.field, asset.quality, org.weight);
    let stage = Stage::Preclinical;
    let programme = Programme::begin(key, owner, weight, modality, field, quality, stage, needed, ctx.month);
    world.add_programme(Programme { step, ..programme })
}

/// Organisations that come to a cluster from outside the model: an entry's rate, a size from its own distribution.
fn arrive(world: &mut World, ctx: &Context, journal: &mut Journal) {
    for (entry, institution) in ctx.spec.institution.iter().enumerate() {
        if institution.entry.get() <= 0.0 || !institution.open {
            continue;
        }
        let named = Key::named("institution", &institution.id);
        let cluster = &ctx.spec.cluster[usize::from(institution.cluster.0)];
        let grain = cluster.grain.max(1);
        let mut rng = ctx.streams.at(Purpose::CompanyEntry, named, u32::from(ctx.month.0));
        let appeal = world.places.appeal[usize::from(institution.cluster.0)];
        let number = sample::poisson(&mut rng, institution.entry.get() * appeal / f64::from(grain));
        for nth in 0..number {
            // Numbers of later arrivals start where no organisation of the first month can be.
            let line = 1_000_000 * (u64::from(ctx.month.0) + 1) + nth;
            let mean = 1.0 / f64::from(institution.count.max(1)) * f64::from(grain);
            let spread = institution.size_spread;
            let share = sample::lognormal(&mut rng, mean, spread) * math::exp(-spread * spread / 2.0);
            let mut org = build::new_institution(ctx.spec, ctx.streams, entry, line, grain, share);
            org.founded = ctx.month;
            let id = world.add_org(org);
            let posts = super::labour::planned_posts(ctx, &world.orgs[id.ix()]);
            let cost = build::monthly_wages(ctx.spec, institution.cluster, posts);
            let float = cost.scaled((1.0 + ctx.spec.operations.overhead) * ctx.spec.operations.treasury / 2.0);
            world.ledger.post(Outside::PublicMarkets, id, Category::Opening, float);
            journal.event(
                ctx.month,
                EventKind::Arrived,
                &world.orgs[id.ix()],
                None,
                Yen::ZERO,
                "expected arrivals a year",
                institution.entry.get() * 12.0,
            );
        }
    }
}
