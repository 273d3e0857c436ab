//! Phase 11: listings, acquisitions, licences.
//!
//! Reads   startups' lead programmes, the regime, `exits`, bids of established companies
//! Writes  status and owners; the ledger; cap tables; what becomes of the money is in `proceeds`
//! Draws   `Purpose::Exit`, keyed by startup and month (whether, and which way); `Purpose::Conversion`, keyed by
//!         programme and month (whether somebody asks for a licence)
//! Source  M18; M12 (public share of the equity)

use crate::math;
use crate::record::{EventKind, FlowKind, Journal, column};
use crate::rng::{Purpose, sample};
use crate::rules::{Agenda, Context, acquirers, headquarters, proceeds, public_money, valuation};
use crate::scenario::spec::Stage;
use crate::units::Yen;
use crate::world::ledger::{Category, Outside};
use crate::world::organisation::{Holder, OrgId, ProgrammeId, ProgrammeStatus, StartupId, StartupStatus};
use crate::world::people::PersonId;
use crate::world::{World, captable, stage_number};

pub(super) fn leave(world: &mut World, ctx: &Context, agenda: &Agenda, journal: &mut Journal) {
    if ctx.spec.mechanisms.m18 {
        end_lockups(world, ctx);
        // Counted for the first bid, and again after every deal.
        let mut owned = None;
        let candidates: Vec<StartupId> = world.private_startups().collect();
        for id in candidates {
            let Some(lead) = world.lead_programme(id) else { continue };
            consider(world, ctx, agenda, journal, id, lead, &mut owned);
        }
    }
    let since = ctx.month.minus(24);
    for exits in &mut world.recent_exits {
        exits.retain(|exit| exit.month >= since);
    }
}

fn consider(
    world: &mut World,
    ctx: &Context,
    agenda: &Agenda,
    journal: &mut Journal,
    id: StartupId,
    lead: ProgrammeId,
    owned: &mut Option<Vec<u32>>,
) {
    let key = world.startup_org(id).key;
    let mut rng = ctx.streams.at(Purpose::Exit, key, u32::from(ctx.month.0));
    let (luck, way) = (sample::unit(&mut rng), sample::unit(&mut rng));
    let chance = opportunity(hazard(ctx, world.programmes[lead.ix()].stage), public_shift(world, ctx, id));
    if luck >= chance {
        if !headquarters::consider(world, ctx, journal, id, lead, &mut rng) {
            license(world, ctx, agenda, journal, id, lead, owned);
        }
        return;
    }
    let country = world.startup_org(id).country;
    if way < ctx.spec.country[usize::from(country.0)].ipo_share {
        list(world, ctx, journal, id, lead, way);
    } else {
        sell_to_company(world, ctx, agenda, journal, id, lead, owned);
    }
}

/// Chance of an exit opportunity in a month, by the stage of the lead programme.
fn hazard(ctx: &Context, stage: Stage) -> f64 {
    let exits = &ctx.spec.exits;
    match stage {
        Stage::Preclinical => exits.hazard_preclinical.get(),
        Stage::Phase1 => exits.hazard_phase1.get(),
        Stage::Phase2 => exits.hazard_phase2.get(),
        Stage::Phase3 | Stage::Review => exits.hazard_phase3.get(),
    }
}

fn opportunity(base: f64, shift: f64) -> f64 {
    if base <= 0.0 || shift == 0.0 { base } else { math::sigmoid(math::logit(base) + shift) }
}

/// Shift of the log odds of an exit from the public share of the equity: some helps, much hurts.
fn public_shift(world: &World, ctx: &Context, id: StartupId) -> f64 {
    if !ctx.spec.mechanisms.m12 {
        return 0.0;
    }
    inverted_u(world.startups[id.ix()].public_share(), ctx.spec.exits.public_effect, ctx.spec.exits.public_balance)
}

fn inverted_u(x: f64, b: f64, x0: f64) -> f64 {
    b * x * (1.0 - x / x0.max(1e-9))
}

/// Value of all that a startup has in development or on the market, as listed companies value it.
fn programmes_value(world: &World, ctx: &Context, id: StartupId) -> Yen {
    let discount = ctx.spec.finance.discount_industry;
    world.startups[id.ix()]
        .live
        .iter()
        .map(|programme| &world.programmes[programme.ix()])
        .map(|programme| valuation::value(world, ctx, programme, programme.quality, discount).max(Yen::ZERO))
        .sum()
}

/// Value of a whole startup: what it works on, and the money it has.
fn company_value(world: &World, ctx: &Context, id: StartupId) -> Yen {
    programmes_value(world, ctx, id) + world.ledger.cash(world.startups[id.ix()].org).max(Yen::ZERO)
}

/// A listing: new money for the company, and for earlier owners as much as the country's market lets them sell.
fn list(world: &mut World, ctx: &Context, journal: &mut Journal, id: StartupId, lead: ProgrammeId, way: f64) {
    let org = world.startups[id.ix()].org;
    let country = &ctx.spec.country[usize::from(world.orgs[org.ix()].country.0)];
    let window = public_money::climate(world, ctx, world.orgs[org.ix()].country, ctx.spec.exits.cold_window);
    // `way` is uniform below the listing share; how far below decides whether the window lets it through.
    let early = stage_number(world.programmes[lead.ix()].stage) < stage_number(country.ipo_stage);
    if early || way >= country.ipo_share * window {
        return;
    }
    let weight = f64::from(world.orgs[org.ix()].weight);
    let worth = company_value(world, ctx, id).max(world.startups[id.ix()].value);
    let raised = worth.scaled(country.ipo_offering).min(country.ipo_raise_most.scaled(weight));
    if raised <= Yen::ZERO || worth < country.ipo_least.scaled(weight) {
        return;
    }
    proceeds::succeed(world, ctx, journal, id, column!("exits_ipo"));
    let cost = Category::PublicEquity;
    proceeds::sell_shares(world, ctx, id, Outside::PublicMarkets.into(), worth, country.ipo_harvest, cost);
    world.ledger.post(Outside::PublicMarkets, org, Category::PublicEquity, raised);
    issue_to_public(world, id, raised, worth);
    super::rounds::resume(world, id);
    let startup = &mut world.startups[id.ix()];
    startup.status = StartupStatus::Listed;
    startup.listed = ctx.month;
    if country.ipo_harvest >= 1.0 {
        proceeds::release_reserves(world, id);
    }
    let reason = "value of the company, million yen";
    journal.event(ctx.month, EventKind::Listed, &world.orgs[org.ix()], None, raised, reason, worth.0 as f64 / 1e6);
}

/// New shares for the public, at a price for the whole company before the money.
pub(super) fn issue_to_public(world: &mut World, id: StartupId, raised: Yen, worth: Yen) {
    let shares = &mut world.startups[id.ix()].shares;
    let owned: u64 = shares.iter().map(|(_, shares)| shares).sum();
    let issued = (owned as f64 * raised.0 as f64 / worth.0.max(1) as f64) as u64;
    match shares.iter_mut().find(|(holder, _)| *holder == Holder::Public) {
        Some((_, held)) => *held += issued,
        None => shares.push((Holder::Public, issued.max(1))),
    }
}

/// Earlier owners of listed companies sell what they kept, at what the company is worth now, when their lock-up ends.
fn end_lockups(world: &mut World, ctx: &Context) {
    let wait = ctx.spec.exits.lockup.round() as u64;
    for at in 0..world.operating.len() {
        let id = world.operating[at];
        let startup = &world.startups[id.ix()];
        let kept = || startup.shares.iter().any(|(holder, _)| *holder != Holder::Public);
        if startup.status != StartupStatus::Listed || startup.listed.plus(wait) > ctx.month || !kept() {
            continue;
        }
        let worth = company_value(world, ctx, id);
        let what = Category::PublicEquity;
        proceeds::sell_shares(world, ctx, id, Outside::PublicMarkets.into(), worth, 1.0, what);
        proceeds::release_reserves(world, id);
    }
}

fn sell_to_company(
    world: &mut World,
    ctx: &Context,
    agenda: &Agenda,
    journal: &mut Journal,
    id: StartupId,
    lead: ProgrammeId,
    owned: &mut Option<Vec<u32>>,
) {
    let seller = world.startups[id.ix()].org;
    let worth = programmes_value(world, ctx, id).scaled(ctx.spec.exits.acquisition_premium);
    let field = world.programmes[lead.ix()].field;
    let pipelines = owned.get_or_insert_with(|| acquirers::pipelines(world));
    let Some(bid) = acquirers::best_bid(world, ctx, agenda, seller, worth, field, pipelines) else { return };
    // The company's money comes with it, and is paid for as what it is.
    let cash = world.ledger.cash(seller).max(Yen::ZERO);
    let (buyer, price) = (bid.buyer, bid.price + cash);
    // Who has put money in may take it back first, and sells for less only before the money runs out.
    let put_in: Yen = captable::claims(world, id).iter().map(|claim| claim.preference).sum();
    if price < put_in && !super::distress::is_distressed(world, ctx, id) {
        return;
    }
    world.ledger.post(seller, buyer, Category::Acquisition, cash);
    *owned = None;
    let paid = proceeds::sell_company(world, ctx, id, buyer.into(), price);
    world.ledger.post(buyer, Outside::Households, Category::Acquisition, price - paid);
    for programme in world.startups[id.ix()].programmes.clone() {
        world.programmes[programme.ix()].paused = false;
        super::development::hand_over(world, programme, buyer);
    }
    let weight = i64::from(world.orgs[seller.ix()].weight);
    let (from, to) = (world.orgs[seller.ix()].cluster, world.orgs[buyer.ix()].cluster);
    journal.flow(FlowKind::Licences, from, to, weight);
    proceeds::succeed(world, ctx, journal, id, column!("exits_acquired"));
    let (seller_row, buyer_row) = (&world.orgs[seller.ix()], &world.orgs[buyer.ix()]);
    let reason = "programmes that the buyer misses for its researchers";
    journal.event(ctx.month, EventKind::Acquired, seller_row, Some(buyer_row), price, reason, bid.gap);
    transfer_people(world, ctx, id, buyer);
    world.end_startup(id, StartupStatus::Acquired);
    super::distress::close(world, seller, ctx.month);
}

/// Some of the people keep a post with the buyer if it is in the same cluster; the others are free.
fn transfer_people(world: &mut World, ctx: &Context, id: StartupId, buyer: OrgId) {
    let seller = world.startups[id.ix()].org;
    if world.orgs[seller.ix()].cluster != world.orgs[buyer.ix()].cluster {
        return;
    }
    let mut members: Vec<PersonId> = world.people.staff_of(world.startups[id.ix()].org);
    members.sort_unstable_by_key(|member| world.people[*member].key);
    let kept = (members.len() as f64 * ctx.spec.exits.staff_kept).round() as usize;
    for member in members.into_iter().take(kept) {
        world.release(member);
        world.employ(member, buyer);
    }
}

/// A licence on the lead programme: an upfront payment, and a pharmaceutical partner from then on. The startup gives
/// it if the bid is clearly more than the programme is worth to itself, or if it needs the money.
fn license(
    world: &mut World,
    ctx: &Context,
    agenda: &Agenda,
    journal: &mut Journal,
    id: StartupId,
    lead: ProgrammeId,
    owned: &mut Option<Vec<u32>>,
) {
    let programme = &world.programmes[lead.ix()];
    if programme.status != ProgrammeStatus::Active || programme.licensee.is_some() {
        return;
    }
    let luck = sample::unit(&mut ctx.streams.at(Purpose::Conversion, programme.key, 1 + u32::from(ctx.month.0)));
    if luck >= ctx.spec.exits.licence.get() {
        return;
    }
    let worth = valuation::value(world, ctx, programme, programme.quality, ctx.spec.finance.discount_industry);
    let own = valuation::value(world, ctx, programme, programme.quality, ctx.spec.finance.discount);
    let (seller, field) = (world.startups[id.ix()].org, programme.field);
    // Only the upfront part must be in the buyer's account.
    let upfront = ctx.spec.exits.licence_upfront;
    let worth = worth.scaled(upfront);
    let pipelines = owned.get_or_insert_with(|| acquirers::pipelines(world));
    let Some(bid) = acquirers::best_bid(world, ctx, agenda, seller, worth, field, pipelines) else { return };
    let whole = bid.price.scaled(1.0 / upfront.max(1e-9));
    let over = whole.0 as f64 / own.0.max(1) as f64;
    let pressed = super::distress::is_distressed(world, ctx, id);
    if over < ctx.spec.exits.licence_margin && !pressed {
        return;
    }
    world.ledger.post(bid.buyer, seller, Category::Licence, bid.price);
    world.programmes[lead.ix()].licensee = Some(bid.buyer);
    *owned = None;
    let (from, to) = (&world.orgs[seller.ix()], &world.orgs[bid.buyer.ix()]);
    journal.flow(FlowKind::Licences, from.cluster, to.cluster, i64::from(from.weight));
    let (reason, value) = if pressed {
        ("in distress; months of runway", super::finance::runway(world, id))
    } else {
        ("bid over what the programme is worth to its owner", over)
    };
    journal.event(ctx.month, EventKind::Licensed, from, Some(to), bid.price, reason, value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_public_money_helps_and_much_of_it_hurts() {
        assert!(inverted_u(0.0, 1.0, 0.6).abs() < 1e-12 && inverted_u(0.6, 1.0, 0.6).abs() < 1e-12);
        assert!((inverted_u(0.3, 1.0, 0.6) - 0.15).abs() < 1e-12, "best at half of the balance");
        assert!((inverted_u(1.0, 1.0, 0.6) + 2.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn a_shift_of_the_odds_leaves_zero_alone_and_nothing_as_it_was() {
        assert!(opportunity(0.0, 3.0).abs() < 1e-12);
        assert!((opportunity(0.01, 0.0) - 0.01).abs() < 1e-12);
        let doubled = opportunity(0.01, std::f64::consts::LN_2);
        assert!((doubled / (1.0 - doubled) - 2.0 * 0.01 / 0.99).abs() < 1e-9);
    }
}
