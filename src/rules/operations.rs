//! Phase 9: everybody pays for the month.
//!
//! Reads   people, programmes' direct cost, laboratory places, products on the market
//! Writes  the ledger; each startup's burn
//! Draws   `Purpose::LaunchValue`, keyed by programme: once and for all what a product will earn
//! Source  M11 (burn), M24 (accounts), M13 (sales after approval), M16 (margin), M23 (incentives)

use std::collections::BTreeMap;

use crate::record::{Journal, column};
use crate::rules::{Agenda, Context, development, finance, incentives, manufacturing};
use crate::scenario::spec::Actor;
use crate::units::Yen;
use crate::world::ledger::{Category, Outside};
use crate::world::organisation::{OrgId, ProgrammeId, ProgrammeStatus, StartupId};
use crate::world::{World, build, pipeline, supply};

pub(super) fn pay(world: &mut World, ctx: &Context, agenda: &Agenda, journal: &mut Journal) {
    let products = spent_on_posts(world, ctx);
    sell(world, ctx, journal);
    let mut direct = vec![Yen::ZERO; world.orgs.len()];
    let mut credits = vec![Yen::ZERO; world.orgs.len()];
    for bill in &agenda.bills {
        let owner = &world.orgs[bill.owner.ix()];
        direct[bill.owner.ix()] += bill.cost;
        credits[bill.owner.ix()] += bill.cost.scaled(incentives::tax_credit(ctx, owner.country, bill.modality));
        journal.count(column!("development_cost_jpy"), owner.cluster, bill.cost.0);
        if ctx.spec.development.free_capital {
            world.ledger.post(Outside::PublicMarkets, bill.owner, Category::PublicEquity, bill.cost);
        }
    }
    for (row, direct) in direct.into_iter().enumerate() {
        let id = OrgId(row as u32);
        if !world.orgs[row].is_open() {
            continue;
        }
        match (world.orgs[row].actor, world.orgs[row].startup) {
            (Actor::Startup, Some(startup)) => pay_startup(world, ctx, journal, startup, direct),
            (Actor::Fund, _) => {}
            _ => pay_institution(world, ctx, id, direct, products.get(&id).copied().unwrap_or(Yen::ZERO)),
        }
    }
    for (row, credit) in credits.into_iter().enumerate().filter(|(_, credit)| *credit > Yen::ZERO) {
        if world.orgs[row].is_open() {
            incentives::pay_tax_credit(world, journal, OrgId(row as u32), credit);
        }
    }
    charge_fees(world, ctx);
}

/// Pays as much of a bill as there is money for; returns what was paid.
pub(super) fn pay_what_is_there(world: &mut World, org: OrgId, to: Outside, what: Category, bill: Yen) -> Yen {
    let paid = bill.min(world.ledger.cash(org));
    world.ledger.post(org, to, what, paid);
    paid
}

fn pay_institution(world: &mut World, ctx: &Context, id: OrgId, direct: Yen, products: Yen) {
    let org = &world.orgs[id.ix()];
    let wages = build::monthly_wages(ctx.spec, org.cluster, org.staff).scaled(world.places.crowding(org.cluster));
    let overhead = wages.scaled(ctx.spec.operations.overhead);
    let industry = org.is_industry();
    if industry {
        // What the products of the model do not pay for, others do, which it does not follow.
        let others = (wages + overhead - products).max(Yen::ZERO);
        let sales = others.scaled(1.0 + ctx.spec.operations.margin);
        world.ledger.post(Outside::Payers, id, Category::Sales, sales);
    }
    pay_what_is_there(world, id, Outside::Households, Category::Wages, wages);
    pay_what_is_there(world, id, Outside::Suppliers, Category::Overhead, overhead);
    pay_what_is_there(world, id, Outside::Suppliers, Category::Development, direct);
    if industry {
        let kept = (wages + overhead).scaled(ctx.spec.operations.treasury);
        let excess = world.ledger.cash(id) - kept;
        if excess > Yen::ZERO {
            world.ledger.post(id, Outside::PublicMarkets, Category::PublicEquity, excess.scaled(1.0 / 12.0));
        }
    } else {
        // Grants pay for materials and equipment too: what they bring beyond people and overhead is spent in the year.
        let spare = world.ledger.cash(id) - (wages + overhead);
        if spare > Yen::ZERO {
            world.ledger.post(id, Outside::Suppliers, Category::Overhead, spare.scaled(1.0 / 12.0));
        }
    }
}

/// A startup's spending of a month without programmes' direct cost: people, fixed cost, rent.
#[must_use]
pub(super) fn running_cost(world: &World, ctx: &Context, id: StartupId) -> (Yen, Yen) {
    running_cost_of(world, ctx, id, world.startup_org(id).headcount())
}

/// The same with so many people.
fn running_cost_of(world: &World, ctx: &Context, id: StartupId, heads: u32) -> (Yen, Yen) {
    let org = world.startup_org(id);
    let cluster = &ctx.spec.cluster[usize::from(org.cluster.0)];
    let weight = f64::from(org.weight);
    let (saving, rent) = match org.facility {
        Some(facility) => {
            let facility = &ctx.spec.facility[usize::from(facility.0)];
            (facility.setup_saving, facility.rent)
        }
        None => (0.0, cluster.lab_rent),
    };
    let fixed = ctx.spec.operations.startup_fixed * (1.0 - saving) * weight;
    let remitted = incentives::rent_remitted(ctx, org.country, org.founded);
    // Crowding raises rents and, with them, wages: the better part of what a head costs.
    let crowding = world.places.crowding(org.cluster);
    let running = cluster.burn_per_head.scaled((f64::from(heads) + fixed) * crowding);
    (running, rent.scaled(weight * crowding * (1.0 - remitted)))
}

/// What a month of a startup costs while it is its founding team: people, fixed cost, rent, and as much direct work on its
/// programme as the team can do.
#[must_use]
pub(super) fn monthly_cost_of_team(world: &World, ctx: &Context, id: StartupId) -> Yen {
    let team = ctx.spec.founding.team * world.startup_org(id).weight;
    let (running, rent) = running_cost_of(world, ctx, id, team);
    let direct = world.lead_programme(id).map_or(Yen::ZERO, |lead| {
        let programme = &world.programmes[lead.ix()];
        let posts = build::posts_of_startup(ctx.spec, team, world.startup_org(id).weight);
        let needed = finance::full_posts(world, ctx, id);
        supply::present_cost(world, ctx.spec, programme)
            .scaled(f64::from(programme.weight) / programme.needed.max(1.0))
            .scaled(development::pace_of(posts, needed))
    });
    running + rent + direct
}

fn pay_startup(world: &mut World, ctx: &Context, journal: &mut Journal, id: StartupId, direct: Yen) {
    let (running, rent) = running_cost(world, ctx, id);
    let org = world.startups[id.ix()].org;
    let wages = build::monthly_wages(ctx.spec, world.orgs[org.ix()].cluster, world.orgs[org.ix()].staff).min(running);
    world.startups[id.ix()].burn = running + rent + direct;
    pay_what_is_there(world, org, Outside::Households, Category::Wages, wages);
    pay_what_is_there(world, org, Outside::Suppliers, Category::Overhead, running - wages);
    pay_what_is_there(world, org, Outside::Suppliers, Category::Rent, rent);
    incentives::pay_rent(world, ctx, journal, org, rent);
    pay_what_is_there(world, org, Outside::Suppliers, Category::Development, direct);
}

/// What a product earns its owner this month: a linear ramp to the peak, then level until exclusivity ends. The
/// peak is such that all months together give the value at approval. First at the price and cost of the table, from
/// which patients are counted, then with what cheaper cells and a premium add.
fn monthly_sales(world: &World, ctx: &Context, id: ProgrammeId) -> (Yen, Yen) {
    let programme = &world.programmes[id.ix()];
    let ProgrammeStatus::Approved(since, until) = programme.status else { return (Yen::ZERO, Yen::ZERO) };
    let regulation = &ctx.spec.regulation;
    let age = f64::from(ctx.month.since(since));
    if age >= regulation.market_life {
        return (Yen::ZERO, Yen::ZERO);
    }
    let ramp = regulation.market_ramp.min(regulation.market_life);
    let country_id = world.orgs[programme.owner.ix()].country;
    let country = &ctx.spec.country[usize::from(country_id.0)];
    let value = pipeline::launch_value(ctx.spec, ctx.streams, programme.key, programme.modality, country);
    let peak = f64::from(programme.weight) / (regulation.market_life - ramp / 2.0).max(1.0);
    let conditional = if until.is_some() { regulation.conditional_market } else { 1.0 };
    let sales = value.scaled(peak * (age / ramp.max(1.0)).min(1.0) * conditional);
    let premium = incentives::premium(ctx, country_id, programme.modality, age);
    (sales, sales.scaled(supply::margin(world, ctx.spec, programme) + premium))
}

/// What owners of products on the market spend this month on people who would not be there without them, by owner. A product
/// with a greater market takes more of them, but not in proportion: who earns a hundred times as much does not employ a
/// hundred times as many.
pub(super) fn spent_on_posts(world: &World, ctx: &Context) -> BTreeMap<OrgId, Yen> {
    let mut spent = BTreeMap::new();
    if ctx.spec.mechanisms.m17 {
        for id in &world.marketed {
            *spent.entry(world.programmes[id.ix()].owner).or_insert(Yen::ZERO) += spent_on_posts_for(world, ctx, *id);
        }
    }
    spent
}

fn spent_on_posts_for(world: &World, ctx: &Context, id: ProgrammeId) -> Yen {
    let earned = monthly_sales(world, ctx, id).1;
    if earned <= Yen::ZERO {
        return Yen::ZERO;
    }
    let (operations, programme) = (&ctx.spec.operations, &world.programmes[id.ix()]);
    let country = &ctx.spec.country[usize::from(world.orgs[programme.owner.ix()].country.0)];
    let value = pipeline::launch_value(ctx.spec, ctx.streams, programme.key, programme.modality, country);
    let median = ctx.spec.modality[usize::from(programme.modality.0)].launch_value.0 as f64 * country.launch_value;
    let size = crate::math::pow(value.0.max(1) as f64 / median.max(1.0), operations.reinvested_exponent - 1.0);
    earned.scaled((operations.reinvested * size).min(1.0))
}

fn sell(world: &mut World, ctx: &Context, journal: &mut Journal) {
    for row in 0..world.marketed.len() {
        let id = world.marketed[row];
        let (plain, sales) = monthly_sales(world, ctx, id);
        let programme = &world.programmes[id.ix()];
        let cluster = world.orgs[programme.owner.ix()].cluster;
        let price = ctx.spec.modality[usize::from(programme.modality.0)].price;
        let patients = (plain.0 as f64 / (price.0 as f64).max(1.0)).round() as i64;
        let owner = programme.owner;
        world.ledger.post(Outside::Payers, owner, Category::Sales, sales);
        manufacturing::make(world, ctx, id, patients as f64);
        journal.count(column!("patients_treated"), cluster, patients);
    }
    let life = ctx.spec.regulation.market_life;
    world.marketed.retain(|id| match world.programmes[id.ix()].status {
        ProgrammeStatus::Approved(since, _) => f64::from(ctx.month.since(since)) < life,
        _ => false,
    });
}

/// Managers' fees are called from their investors in the first five years of a fund, and spent.
fn charge_fees(world: &mut World, ctx: &Context) {
    let rate = ctx.spec.finance.fee / 12.0;
    for row in 0..world.funds.len() {
        let fund = &mut world.funds[row];
        let fee = fund.size.scaled(rate).min(fund.uncalled);
        if fee <= Yen::ZERO || ctx.month.since(fund.opened) >= 60 {
            continue;
        }
        fund.uncalled -= fee;
        fund.reserved = fund.reserved.min(fund.uncalled);
        let org = fund.org;
        world.ledger.post(Outside::LimitedPartners, org, Category::CapitalCall, fee);
        world.ledger.post(org, Outside::Households, Category::Fee, fee);
    }
}
