//! Phase 3: public money and new funds arrive.
//!
//! Reads   research grants, wage bills, the calls and managers of the scenario, the funding regime
//! Writes  the ledger (appropriations, grants), budgets of open calls, commitments of new funds
//! Draws   nothing
//! Source  M12 (calls), M9-M10 (vintages follow the regime), M18 (and realised multiples), M24 (accounts)

use crate::math;
use crate::record::{EventKind, Journal};
use crate::rules::{Context, proceeds};
use crate::scenario::spec::{Actor, CountryId, FundKind};
use crate::units::Yen;
use crate::world::World;
use crate::world::build;
use crate::world::ledger::{Category, Outside};
use crate::world::organisation::FundId;

pub(super) fn arrive(world: &mut World, ctx: &Context, journal: &mut Journal) {
    fund_institutions(world, ctx);
    open_calls(world, ctx);
    close_funds(world, ctx, journal);
}

/// Grants as the scenario says; appropriations (for hospitals, patients' payments) for the rest of the month's cost.
fn fund_institutions(world: &mut World, ctx: &Context) {
    for at in 0..world.open.len() {
        let id = world.open[at];
        let org = &world.orgs[id.ix()];
        let (Some(entry), false) = (org.institution, org.is_industry()) else { continue };
        let grants = ctx.spec.institution[usize::from(entry.0)].research_grants.scaled(org.share);
        let crowding = world.places.crowding(org.cluster);
        let cost = build::monthly_wages(ctx.spec, org.cluster, org.staff)
            .scaled(crowding * (1.0 + ctx.spec.operations.overhead));
        let payer = if org.actor == Actor::Hospital { Outside::Payers } else { Outside::Taxpayers };
        world.ledger.post(Outside::Taxpayers, id, Category::ResearchGrant, grants);
        let short = cost - world.ledger.cash(id);
        if short > Yen::ZERO {
            world.ledger.post(payer, id, Category::Appropriation, short);
        }
    }
}

fn open_calls(world: &mut World, ctx: &Context) {
    for (row, call) in ctx.spec.call.iter().enumerate() {
        let every = (call.every.round() as u16).max(1);
        if call.open && ctx.month.0.is_multiple_of(every) {
            world.call_budget[row] = call.budget;
        } else if !call.open {
            world.call_budget[row] = Yen::ZERO;
        }
    }
}

/// How much easier or harder money is in a country than in a hot world regime: 1 if hot, `cold_supply^beta` if cold.
#[must_use]
pub(super) fn climate(world: &World, ctx: &Context, country: CountryId, cold: f64) -> f64 {
    if world.hot { 1.0 } else { math::pow(cold, ctx.spec.country[usize::from(country.0)].cycle_beta) }
}

/// Intervals between funds that are over for a manager: the whole ones are funds closed since the start, the rest is how much of
/// its time the present one has spent. Managers stand at places of their own.
#[must_use]
pub(super) fn funds_closed(world: &World, ctx: &Context, fund: FundId) -> f64 {
    let place = world.fund_org(fund).key.0 as f64 / u64::MAX as f64;
    place + f64::from(ctx.month.0) / ctx.spec.finance.fund_interval.max(1.0)
}

/// Managers close their next fund when the interval since the last is over. Size follows the regime, normalised so
/// that the mean over hot and cold months is the size that the scenario gives, and their results, relative to others'.
fn close_funds(world: &mut World, ctx: &Context, journal: &mut Journal) {
    let finance = &ctx.spec.finance;
    for row in 0..world.funds.len() {
        let entry = &ctx.spec.fund[world.funds[row].entry];
        if !entry.open || entry.kind == FundKind::Megafund {
            continue;
        }
        let org = world.funds[row].org;
        let turn = funds_closed(world, ctx, FundId(row as u32));
        // A manager that waited for its date closes its first fund now.
        let waited = world.funds[row].uncalled <= Yen::ZERO && world.funds[row].holdings.is_empty();
        let first = waited && world.funds[row].vintage == 1 && ctx.month > world.funds[row].opened;
        if !first && turn.floor() < f64::from(world.funds[row].vintage) {
            continue;
        }
        let country = world.orgs[org.ix()].country;
        let beta = ctx.spec.country[usize::from(country.0)].cycle_beta;
        let cold = math::pow(finance.cold_supply, beta);
        let share_hot = finance.hot_duration / (finance.hot_duration + finance.cold_duration);
        let mean = share_hot + (1.0 - share_hot) * cold;
        let regime = climate(world, ctx, country, finance.cold_supply) / mean;
        let success = proceeds::size_factor(world, ctx, FundId(row as u32));
        let factor = regime * success;
        let weight = f64::from(world.orgs[org.ix()].weight);
        let entry = world.funds[row].entry;
        let size = ctx.spec.fund[entry].size.scaled(weight * factor);
        let fund = &mut world.funds[row];
        fund.vintage = turn.floor() as u32 + 1;
        fund.opened = ctx.month;
        fund.size = size;
        // What the last fund still holds back for its companies stays; the rest of it has lapsed.
        fund.reserved = fund.holdings.iter().map(|(_, _, reserve)| *reserve).sum();
        fund.uncalled = size + fund.reserved;
        journal.event(
            ctx.month,
            EventKind::FundClosed,
            &world.orgs[org.ix()],
            None,
            size,
            "funding regime times realised multiple, both relative to their mean",
            factor,
        );
    }
}
