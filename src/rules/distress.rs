//! Phase 12: cuts, insolvency, winding up, and organisations that leave.
//!
//! Reads   runways, programmes left, parents' shelves, entries with `exit` > 0
//! Writes  paused programmes, closed organisations, people without a post; the ledger; auctions are in `auction`
//! Draws   `Purpose::CompanyExit`, keyed by organisation and month
//! Source  M11 (runway rules), M20 (exit of companies)

use crate::record::{EventKind, Journal, column};
use crate::rng::{Purpose, sample};
use crate::rules::{Context, auction, finance, rounds, valuation};
use crate::scenario::spec::Actor;
use crate::units::{Month, Yen};
use crate::world::ledger::{Category, Outside};
use crate::world::organisation::{Holder, OrgId, ProgrammeId, ProgrammeStatus, StartupId, StartupStatus};
use crate::world::people::PersonId;
use crate::world::{World, captable, labs};

pub(super) fn resolve(world: &mut World, ctx: &Context, journal: &mut Journal) {
    auction::forget(world, ctx);
    for id in world.operating.clone() {
        if world.startups[id.ix()].burn <= Yen::ZERO {
            continue;
        }
        let org = world.startups[id.ix()].org;
        let lead = world.lead_programme(id);
        if let Some(lead) = lead {
            // What was put aside for a better one goes on when it is the best that is left.
            world.programmes[lead.ix()].paused = false;
        }
        if lead.is_none() {
            if !turn_to_another_asset(world, ctx, id) {
                let runway = finance::runway(world, id);
                fail(world, ctx, journal, id, "no programme left; months of runway", runway);
            }
        } else if world.ledger.cash(org) <= Yen::ZERO {
            let private = world.startups[id.ix()].status == StartupStatus::Private;
            if private && !world.startups[id.ix()].bridged {
                rounds::bridge(world, ctx, journal, id);
            }
            if world.ledger.cash(org) <= Yen::ZERO {
                let refused = f64::from(world.startups[id.ix()].refused);
                fail(world, ctx, journal, id, "account empty; refused attempts to raise in a row", refused);
            }
        } else if ctx.spec.mechanisms.m11 && is_distressed(world, ctx, id) {
            cut(world, ctx, id);
        }
    }
    close_companies(world, ctx, journal);
    // What stopped with its owner is no longer in development, today's records included.
    let World { active, programmes, .. } = world;
    active.retain(|id| programmes[id.ix()].status == ProgrammeStatus::Active);
}

/// Whether a startup's money ends within the runway of `distress.runway`.
#[must_use]
pub(super) fn is_distressed(world: &World, ctx: &Context, id: StartupId) -> bool {
    finance::runway(world, id) < ctx.spec.distress.runway
}

/// Puts the least valuable programme aside and lays people off down to the share of planned posts that is kept; the
/// last to be released have the lowest keys.
fn cut(world: &mut World, ctx: &Context, id: StartupId) {
    if world.startups[id.ix()].kept < 1.0 {
        return;
    }
    world.startups[id.ix()].kept = 1.0 - ctx.spec.distress.cut;
    pause_one(world, ctx, id);
    let posts = finance::planned_posts(world, ctx, id);
    let org = world.startups[id.ix()].org;
    world.orgs[org.ix()].posts = posts;
    let founder = world.startups[id.ix()].founder.map(|(_, key)| key);
    let mut members: Vec<PersonId> = world.people.staff_of(org);
    members.sort_unstable_by_key(|member| std::cmp::Reverse(world.people[*member].key));
    for member in members {
        let occupation = world.people[member].occupation as usize;
        let weight = u32::from(world.people[member].weight);
        let spare = world.orgs[org.ix()].staff[occupation] >= posts[occupation] + weight;
        if spare && Some(world.people[member].key) != founder {
            dismiss(world, member);
        }
    }
}

/// Pauses the programme that is worth least to its owner, unless it is the only one; the furthest along goes on.
fn pause_one(world: &mut World, ctx: &Context, id: StartupId) {
    let lead = world.lead_programme(id);
    let worth = |programme: &ProgrammeId| {
        let programme = &world.programmes[programme.ix()];
        valuation::value(world, ctx, programme, programme.quality, ctx.spec.finance.discount)
    };
    let open = |programme: &&ProgrammeId| {
        let row = &world.programmes[programme.ix()];
        row.status == ProgrammeStatus::Active && !row.paused && Some(**programme) != lead
    };
    let least = world.startups[id.ix()]
        .live
        .iter()
        .filter(open)
        .min_by_key(|programme| (worth(programme), world.programmes[programme.ix()].key))
        .copied();
    if let Some(programme) = least {
        super::clinic::leave_sites(world, programme);
        world.programmes[programme.ix()].paused = true;
    }
}

pub(super) fn dismiss(world: &mut World, id: PersonId) {
    world.release(id);
    world.jobless[usize::from(world.people[id].cluster.0)].push(id);
}

/// With money left beyond the runway of distress, a startup without programmes takes the best asset from the shelf of
/// its parent, or of the institution where a founder from a company would look.
fn turn_to_another_asset(world: &mut World, ctx: &Context, id: StartupId) -> bool {
    if is_distressed(world, ctx, id) {
        return false;
    }
    let org = world.startups[id.ix()].org;
    let stocked = |parent: &OrgId| !world.shelves[parent.ix()].is_empty();
    let parent = world.startups[id.ix()].parent.filter(stocked);
    let nearby = || super::people::stocked_institution(world, world.orgs[org.ix()].cluster, world.orgs[org.ix()].key);
    let Some(parent) = parent.or_else(nearby) else { return false };
    let (key, weight) = (world.orgs[org.ix()].key, world.orgs[org.ix()].weight as usize);
    let shelf = &mut world.shelves[parent.ix()];
    let Some(asset) = super::founding::take_best(shelf, weight, key, |asset| asset.quality) else { return false };
    super::founding::take_up(world, ctx, org, &asset);
    true
}

fn fail(world: &mut World, ctx: &Context, journal: &mut Journal, id: StartupId, reason: &'static str, value: f64) {
    let org = world.startups[id.ix()].org;
    let weight = i64::from(world.orgs[org.ix()].weight);
    auction::sell(world, ctx, journal, id);
    liquidate(world, id);
    if world.startups[id.ix()].status == StartupStatus::Private {
        journal.count(column!("startups_failed"), world.orgs[org.ix()].cluster, weight);
    }
    world.end_startup(id, StartupStatus::Failed);
    journal.event(ctx.month, EventKind::Failed, &world.orgs[org.ix()], None, Yen::ZERO, reason, value);
    close(world, org, ctx.month);
}

/// What is left in the account goes to the holders: to investors what they paid first, as when the company is sold.
fn liquidate(world: &mut World, id: StartupId) {
    let org = world.startups[id.ix()].org;
    let cash = world.ledger.cash(org);
    let claims = captable::claims(world, id);
    let mut left = cash;
    for (claim, due) in claims.iter().zip(captable::divide(cash, &claims)) {
        let to = match claim.holder {
            Holder::Fund(_) => Outside::LimitedPartners,
            Holder::Founders => Outside::Households,
            Holder::Public => Outside::PublicMarkets,
        };
        left -= due;
        if let Holder::Fund(fund) = claim.holder {
            world.funds[fund.ix()].exited[1] += due;
        }
        world.ledger.post(org, to, Category::Liquidation, due);
    }
    world.ledger.post(org, Outside::Households, Category::Liquidation, left);
    super::proceeds::release_reserves(world, id);
}

/// Closes an organisation: its people are free, its ties end, its laboratory place and its money go back.
pub(super) fn close(world: &mut World, id: OrgId, month: Month) {
    for person in world.people.staff_of(id) {
        dismiss(world, person);
    }
    if world.orgs[id.ix()].startup.is_some() {
        labs::leave_lab(world, id);
    }
    world.orgs[id.ix()].posts = [0; 4];
    world.ties.end_all(id, month);
    world.set_open(id, Some(month));
    let cash = world.ledger.cash(id);
    let owners = if world.orgs[id.ix()].is_industry() { Outside::PublicMarkets } else { Outside::Taxpayers };
    world.ledger.post(id, owners, Category::Liquidation, cash);
}

/// Ends what an institution that closes has in development. What it has on the market goes to another established
/// company: patients go on being treated, and somebody earns with it.
pub(super) fn stop_programmes(world: &mut World, id: OrgId) {
    let products: Vec<ProgrammeId> =
        world.marketed.iter().copied().filter(|product| world.programmes[product.ix()].owner == id).collect();
    for product in products {
        let able = |org: OrgId| org != id && world.orgs[org.ix()].actor == Actor::Pharma;
        let (key, cluster) = (world.programmes[product.ix()].key.0, world.orgs[id.ix()].cluster);
        let local = world.rings[usize::from(cluster.0)].find_after(key, able);
        match local.or_else(|| world.ring.find_after(key, able)) {
            Some(buyer) => super::development::hand_over(world, product, buyer),
            None => super::development::stop(world, product),
        }
    }
    let owned: Vec<ProgrammeId> =
        world.active.iter().copied().filter(|p| world.programmes[p.ix()].owner == id).collect();
    for programme in owned {
        super::development::stop(world, programme);
    }
}

/// Companies of entries with an exit probability close or leave.
fn close_companies(world: &mut World, ctx: &Context, journal: &mut Journal) {
    let closes = |id: &OrgId| {
        let org = &world.orgs[id.ix()];
        let Some(entry) = org.institution else { return false };
        let exit = ctx.spec.institution[usize::from(entry.0)].exit.get();
        exit > 0.0 && sample::chance(&mut ctx.streams.at(Purpose::CompanyExit, org.key, u32::from(ctx.month.0)), exit)
    };
    let closing: Vec<OrgId> = world.open.iter().copied().filter(closes).collect();
    for id in &closing {
        let entry = world.orgs[id.ix()].institution;
        let chance = entry.map_or(0.0, |entry| ctx.spec.institution[usize::from(entry.0)].exit.get());
        stop_programmes(world, *id);
        journal.event(
            ctx.month,
            EventKind::Left,
            &world.orgs[id.ix()],
            None,
            Yen::ZERO,
            "chance of leaving in a month",
            chance,
        );
    }
    for id in closing {
        close(world, id, ctx.month);
    }
}
