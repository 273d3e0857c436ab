//! Phase 6: founding, laboratory places, and companies that arrive.
//!
//! Reads   the agenda's founders, shelves, facilities, `founding`, entries of the scenario with `entry` > 0
//! Writes  startups with their organisation, programme, founder and first capital; arriving organisations
//! Draws   `Purpose::Founding`, keyed by founder and month (how the best asset looks);
//!         `Purpose::CompanyEntry`, keyed by entry and month
//! Source  M5 (spin-offs, heritage), M11 (laboratory places), M20 (entry)

use crate::record::{EventKind, Journal, column};
use crate::rng::{Key, Purpose, sample};
use crate::rules::people::FounderToBe;
use crate::rules::{Agenda, Context};
use crate::scenario::spec::{Actor, Stage};
use crate::units::Yen;
use crate::world::ledger::{Category, Outside};
use crate::world::organisation::{Asset, Org, OrgId, Programme, ProgrammeId, Startup, StartupId};
use crate::world::{World, build, labs, lineage, pipeline};

pub(super) fn found(world: &mut World, ctx: &Context, agenda: &mut Agenda, journal: &mut Journal) {
    let mut founders = std::mem::take(&mut agenda.founders);
    // Two founders may want the same asset: the lower key chooses first.
    founders.sort_unstable_by_key(|founder| world.people.key[founder.person.ix()]);
    for founder in &founders {
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
    let key = world.people.key[founder.person.ix()];
    let looks = |asset: &Asset| {
        let mut rng = ctx.streams.at(Purpose::Founding, Key::pair(key, asset.key), u32::from(ctx.month.0));
        asset.quality + ctx.spec.finance.signal_screen * sample::normal(&mut rng)
    };
    let weight = usize::from(world.people.weight[founder.person.ix()]);
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
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| shelf[a.1].key.cmp(&shelf[b.1].key)));
    ranked.truncate(number.max(1));
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
    let weight = u32::from(world.people.weight[founder.person.ix()]);
    let near = parent.facility;
    let expertise = parent.expertise.map(|level| level * ctx.spec.founding.heritage);
    let key = asset.key.child(lineage::STARTUP, 0);
    let row = StartupId(world.startups.len() as u32);
    let facility = labs::take_lab(world, ctx.spec, cluster, near, weight);
    let org = world.add_org(Org {
        key,
        name: format!("startup-{:013x}", key.0 >> 12),
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
    });
    let serial = world.people.has_succeeded(founder.person);
    let founder_key = world.people.key[founder.person.ix()];
    world.startups.push(Startup {
        founder: Some((founder.person, founder_key)),
        serial,
        ..Startup::begin(org, Some(founder.parent), ctx.month)
    });
    add_programme(world, ctx, org, asset, 0);
    world.release(founder.person);
    world.employ(founder.person, org);
    world.people.mark_founder(founder.person);
    let team = 3.0 * f64::from(weight);
    let capital = ctx.spec.cluster[usize::from(cluster.0)].burn_per_head.scaled(team * ctx.spec.founding.seed_runway);
    world.ledger.post(Outside::Households, org, Category::Founding, capital);
    world.startups[row.ix()].burn = ctx.spec.cluster[usize::from(cluster.0)].burn_per_head.scaled(team);
    journal.count(column("startups_founded"), cluster, i64::from(weight));
    let parent = &world.orgs[founder.parent.ix()];
    journal.event(
        ctx.month,
        EventKind::Founded,
        &world.orgs[org.ix()],
        Some(parent),
        capital,
        "latent quality of the asset",
        asset.quality,
    );
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
        let number = sample::poisson(&mut rng, institution.entry.get() / f64::from(grain));
        for nth in 0..number {
            // Numbers of later arrivals start where no organisation of the first month can be.
            let line = 1_000_000 + (u64::from(ctx.month.0) << 10) + nth;
            let mean = 1.0 / f64::from(institution.count.max(1)) * f64::from(grain);
            let spread = institution.size_spread;
            let share = sample::lognormal(&mut rng, mean, spread) * crate::math::exp(-spread * spread / 2.0);
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
                "planned posts",
                f64::from(posts.iter().sum::<u32>()),
            );
        }
    }
}
