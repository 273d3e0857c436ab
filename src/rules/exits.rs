//! Phase 11: listings, acquisitions, licences, and where the proceeds go.
//!
//! Reads   startups' lead programmes, the regime, established companies' cash, `exits`
//! Writes  status and owners; ledger; cap tables are paid out; founders who succeeded are marked
//! Draws   `Purpose::Exit`, keyed by startup and month (whether, and which way); `Purpose::Acquirer`, keyed by the
//!         pair and month; `Purpose::Conversion`, keyed by programme and month (licences)
//! Source  M18

use crate::record::{EventKind, FlowKind, Journal, column};
use crate::rng::{Key, Purpose, sample};
use crate::rules::{Context, public_money, valuation};
use crate::scenario::spec::{Actor, Stage};
use crate::units::Yen;
use crate::world::ledger::{Account, Category, Outside};
use crate::world::organisation::{Holder, OrgId, ProgrammeId, ProgrammeStatus, StartupId, StartupStatus};
use crate::world::people::PersonId;
use crate::world::{World, stage_number};

pub(super) fn leave(world: &mut World, ctx: &Context, journal: &mut Journal) {
    let candidates: Vec<StartupId> = world.private_startups().collect();
    for id in candidates {
        let Some(lead) = world.lead_programme(id) else { continue };
        let key = world.startup_org(id).key;
        let mut rng = ctx.streams.at(Purpose::Exit, key, u32::from(ctx.month.0));
        let (luck, way) = (sample::unit(&mut rng), sample::unit(&mut rng));
        if luck >= hazard(world, ctx, lead) {
            license(world, ctx, journal, id, lead);
            continue;
        }
        let country = world.startup_org(id).country;
        if way < ctx.spec.country[usize::from(country.0)].ipo_share {
            list(world, ctx, journal, id, lead, way);
        } else {
            sell_to_company(world, ctx, journal, id, lead);
        }
    }
    let since = ctx.month.minus(24);
    for exits in &mut world.recent_exits {
        exits.retain(|(month, _)| *month >= since);
    }
}

fn hazard(world: &World, ctx: &Context, lead: ProgrammeId) -> f64 {
    let exits = &ctx.spec.exits;
    match world.programmes[lead.ix()].stage {
        Stage::Preclinical => exits.hazard_preclinical.get(),
        Stage::Phase1 => exits.hazard_phase1.get(),
        Stage::Phase2 => exits.hazard_phase2.get(),
        Stage::Phase3 | Stage::Review => exits.hazard_phase3.get(),
    }
}

/// Value of all that a startup has in development or on the market, as listed companies value it.
fn company_value(world: &World, ctx: &Context, id: StartupId) -> Yen {
    let discount = ctx.spec.finance.discount_industry;
    world.startups[id.ix()]
        .programmes
        .iter()
        .map(|programme| &world.programmes[programme.ix()])
        .filter(|programme| programme.status != ProgrammeStatus::Stopped)
        .map(|programme| valuation::value(world, ctx, programme, programme.quality, discount).max(Yen::ZERO))
        .sum()
}

fn list(world: &mut World, ctx: &Context, journal: &mut Journal, id: StartupId, lead: ProgrammeId, way: f64) {
    let org = world.startups[id.ix()].org;
    let country = &ctx.spec.country[usize::from(world.orgs[org.ix()].country.0)];
    let window = public_money::climate(world, ctx, world.orgs[org.ix()].country, ctx.spec.exits.cold_window);
    // `way` is uniform below the listing share; how far below decides whether the window lets it through.
    let early = stage_number(world.programmes[lead.ix()].stage) < stage_number(Stage::Phase1);
    if early || way >= country.ipo_share * window {
        return;
    }
    let weight = f64::from(world.orgs[org.ix()].weight);
    let worth = company_value(world, ctx, id).max(world.startups[id.ix()].value);
    let raised = worth.scaled(country.ipo_offering).min(country.ipo_raise_most.scaled(weight));
    if raised <= Yen::ZERO {
        return;
    }
    world.ledger.post(Outside::PublicMarkets, org, Category::PublicEquity, raised);
    pay_holders(world, id, Outside::PublicMarkets.into(), worth, Category::PublicEquity);
    world.startups[id.ix()].status = StartupStatus::Listed;
    world.startups[id.ix()].shares = vec![(Holder::Public, 1)];
    succeed(world, ctx, journal, id, column("exits_ipo"));
    journal.event(
        ctx.month,
        EventKind::Listed,
        &world.orgs[org.ix()],
        None,
        raised,
        "value of the company, million yen",
        worth.0 as f64 / 1e6,
    );
}

/// The established company with the best mixture of taste and means buys, if anybody can pay.
fn choose_buyer(world: &World, ctx: &Context, seller: OrgId, price: Yen, field: u8) -> Option<OrgId> {
    let mut best: Option<(f64, OrgId)> = None;
    for (row, org) in world.orgs.iter().enumerate() {
        let id = OrgId(row as u32);
        let able = org.is_open() && matches!(org.actor, Actor::Pharma) && world.ledger.cash(id) >= price;
        if !able {
            continue;
        }
        let pair = Key::pair(org.key, world.orgs[seller.ix()].key);
        let taste = sample::gumbel(&mut ctx.streams.at(Purpose::Acquirer, pair, u32::from(ctx.month.0)));
        let known = f64::from(u8::from(world.ties.prior(id, seller) > 0));
        let fit = org.expertise[usize::from(field)] / 10.0;
        let hours = world.access.log_hours(org.cluster, world.orgs[seller.ix()].cluster);
        let score = taste + known + fit - 0.2 * hours;
        if best.is_none_or(|(most, _)| score > most) {
            best = Some((score, id));
        }
    }
    best.map(|(_, id)| id)
}

fn sell_to_company(world: &mut World, ctx: &Context, journal: &mut Journal, id: StartupId, lead: ProgrammeId) {
    let seller = world.startups[id.ix()].org;
    let price = company_value(world, ctx, id).scaled(ctx.spec.exits.acquisition_premium);
    if price <= Yen::ZERO {
        return;
    }
    let field = world.programmes[lead.ix()].field;
    let Some(buyer) = choose_buyer(world, ctx, seller, price, field) else { return };
    pay_holders(world, id, buyer.into(), price, Category::Acquisition);
    for programme in world.startups[id.ix()].programmes.clone() {
        super::development::hand_over(world, programme, buyer);
    }
    let cash = world.ledger.cash(seller);
    world.ledger.post(seller, buyer, Category::Acquisition, cash);
    let weight = i64::from(world.orgs[seller.ix()].weight);
    let (from, to) = (world.orgs[seller.ix()].cluster, world.orgs[buyer.ix()].cluster);
    journal.flow(FlowKind::Licences, from, to, weight);
    succeed(world, ctx, journal, id, column("exits_acquired"));
    let (seller_row, buyer_row) = (&world.orgs[seller.ix()], &world.orgs[buyer.ix()]);
    journal.event(
        ctx.month,
        EventKind::Acquired,
        seller_row,
        Some(buyer_row),
        price,
        "risk-adjusted value, million yen",
        price.0 as f64 / 1e6,
    );
    transfer_people(world, ctx, id, buyer);
    world.startups[id.ix()].status = StartupStatus::Acquired;
    super::distress::close(world, seller, ctx.month);
}

/// Some of the people keep a post with the buyer if it is in the same cluster; the others are free.
fn transfer_people(world: &mut World, ctx: &Context, id: StartupId, buyer: OrgId) {
    let seller = world.startups[id.ix()].org;
    if world.orgs[seller.ix()].cluster != world.orgs[buyer.ix()].cluster {
        return;
    }
    let mut members: Vec<PersonId> = world.people.staff_of(world.startups[id.ix()].org);
    members.sort_unstable_by_key(|member| world.people.key[member.ix()]);
    let kept = (members.len() as f64 * ctx.spec.exits.staff_kept).round() as usize;
    for member in members.into_iter().take(kept) {
        world.release(member);
        world.employ(member, buyer);
    }
}

/// Pays a price to the holders by their shares: funds pass it on to their investors, founders keep theirs.
fn pay_holders(world: &mut World, id: StartupId, payer: Account, price: Yen, what: Category) {
    let shares = std::mem::take(&mut world.startups[id.ix()].shares);
    let whole: u64 = shares.iter().map(|(_, shares)| shares).sum();
    let mut left = price;
    for (holder, part) in &shares {
        let due = Yen((i128::from(price.0) * i128::from(*part) / i128::from(whole.max(1))) as i64).min(left);
        left -= due;
        match holder {
            Holder::Fund(fund) => {
                let org = world.funds[fund.ix()].org;
                world.ledger.post(payer, org, what, due);
                world.ledger.post(org, Outside::LimitedPartners, Category::Distribution, due);
            }
            Holder::Founders | Holder::Public => world.ledger.post(payer, Outside::Households, what, due),
        }
    }
    world.ledger.post(payer, Outside::Households, what, left);
    world.startups[id.ix()].shares = shares;
    release_reserves(world, id);
}

/// Managers drop a company from their holdings; what they kept for it is free again.
pub(super) fn release_reserves(world: &mut World, id: StartupId) {
    world.startups[id.ix()].tranches.clear();
    for fund in &mut world.funds {
        if let Some(row) = fund.holdings.iter().position(|(startup, _, _)| *startup == id) {
            let (_, _, reserve) = fund.holdings.remove(row);
            fund.reserved -= reserve.min(fund.reserved);
        }
    }
}

fn succeed(world: &mut World, ctx: &Context, journal: &mut Journal, id: StartupId, metric: usize) {
    let org = world.startup_org(id);
    let (cluster, weight) = (org.cluster, org.weight);
    journal.count(metric, cluster, i64::from(weight));
    world.recent_exits[usize::from(cluster.0)].push((ctx.month, weight));
    if let Some((founder, key)) = world.startups[id.ix()].founder
        && world.people.is_alive(founder)
        && world.people.key[founder.ix()] == key
    {
        world.people.mark_success(founder);
    }
}

/// A licence on the lead programme: an upfront payment, and a pharmaceutical partner from then on.
fn license(world: &mut World, ctx: &Context, journal: &mut Journal, id: StartupId, lead: ProgrammeId) {
    let programme = &world.programmes[lead.ix()];
    if programme.status != ProgrammeStatus::Active || programme.licensee.is_some() {
        return;
    }
    let luck = sample::unit(&mut ctx.streams.at(Purpose::Conversion, programme.key, 1 + u32::from(ctx.month.0)));
    if luck >= ctx.spec.exits.licence.get() {
        return;
    }
    let worth = valuation::value(world, ctx, programme, programme.quality, ctx.spec.finance.discount_industry);
    let price = worth.scaled(ctx.spec.exits.licence_upfront);
    let (seller, field) = (world.startups[id.ix()].org, programme.field);
    if price <= Yen::ZERO {
        return;
    }
    let Some(buyer) = choose_buyer(world, ctx, seller, price, field) else { return };
    world.ledger.post(buyer, seller, Category::Licence, price);
    world.programmes[lead.ix()].licensee = Some(buyer);
    let (from, to) = (&world.orgs[seller.ix()], &world.orgs[buyer.ix()]);
    journal.flow(FlowKind::Licences, from.cluster, to.cluster, i64::from(from.weight));
    journal.event(
        ctx.month,
        EventKind::Licensed,
        from,
        Some(to),
        price,
        "risk-adjusted value, million yen",
        worth.0 as f64 / 1e6,
    );
}
