//! Phase 11, last part: what becomes of the money of an exit.
//!
//! Reads   cap tables, cost of holdings, `finance.carry`, `exits.angel`
//! Writes  the ledger; managers' realised results; founders' record; what angels have to invest; models for others
//! Draws   `Purpose::Exit`, keyed by the founder (whether they become an angel)
//! Source  M18 (proceeds by cap table, carry, recycling), M5 (role models)

use crate::record::{Journal, column};
use crate::rng::{Purpose, sample};
use crate::rules::Context;
use crate::units::Yen;
use crate::world::ledger::{Account, Category, Outside};
use crate::world::organisation::{FundId, Holder, StartupId};
use crate::world::{RecentExit, World, captable};

/// Shares of a startup change hands for money.
#[derive(Debug, Clone, Copy)]
struct Sale {
    id: StartupId,
    payer: Account,
    what: Category,
}

/// Earlier owners sell a part of their shares at a price for the whole company: funds pass it on to their investors
/// less the partners' carry, founders keep theirs and some put it back into others. The shares are the public's then.
pub(super) fn sell_shares(
    world: &mut World,
    ctx: &Context,
    id: StartupId,
    payer: Account,
    worth: Yen,
    part: f64,
    what: Category,
) {
    let whole: u64 = world.startups[id.ix()].shares.iter().map(|(_, shares)| shares).sum();
    let mut sold = 0;
    for row in 0..world.startups[id.ix()].shares.len() {
        let (holder, held) = world.startups[id.ix()].shares[row];
        if holder == Holder::Public {
            continue;
        }
        let shares = if part >= 1.0 { held } else { (held as f64 * part) as u64 };
        let due = Yen((i128::from(worth.0) * i128::from(shares) / i128::from(whole.max(1))) as i64);
        world.startups[id.ix()].shares[row].1 -= shares;
        sold += shares;
        pay_out(world, ctx, Sale { id, payer, what }, holder, shares, due);
    }
    let shares = &mut world.startups[id.ix()].shares;
    shares.retain(|(_, held)| *held > 0);
    shares.push((Holder::Public, sold));
}

/// The whole company is sold: the price is divided by what investors may take back and by shares, and passed on as in
/// [`sell_shares`]. Returns what was paid; a rest of rounding stays with the payer.
pub(super) fn sell_company(world: &mut World, ctx: &Context, id: StartupId, payer: Account, price: Yen) -> Yen {
    let claims = captable::claims(world, id);
    let parts = captable::divide(price, &claims);
    world.startups[id.ix()].shares = vec![(Holder::Public, claims.iter().map(|claim| claim.shares).sum())];
    let sale = Sale { id, payer, what: Category::Acquisition };
    for (claim, due) in claims.iter().zip(&parts) {
        pay_out(world, ctx, sale, claim.holder, claim.shares, *due);
    }
    parts.into_iter().sum()
}

/// A holder gets what is due for some shares: a fund passes it on, founders keep theirs.
fn pay_out(world: &mut World, ctx: &Context, sale: Sale, holder: Holder, shares: u64, due: Yen) {
    let Sale { id, payer, what } = sale;
    match holder {
        Holder::Fund(fund) => {
            world.ledger.post(payer, world.funds[fund.ix()].org, what, due);
            let cost = cost_of(world, fund, id, shares);
            distribute(world, ctx, fund, due, cost);
        }
        Holder::Founders => {
            world.ledger.post(payer, Outside::Households, what, due);
            bless(world, ctx, id, due);
        }
        Holder::Public => world.ledger.post(payer, Outside::PublicMarkets, what, due),
    }
}

/// The part of a holding's cost that goes with some of the shares of one purchase, taken off the holding.
fn cost_of(world: &mut World, fund: FundId, id: StartupId, sold: u64) -> Yen {
    // Purchases of one manager at different prices share one cost: it goes with the shares that are left of all.
    let left: u64 = world.startups[id.ix()]
        .shares
        .iter()
        .filter(|(holder, _)| *holder == Holder::Fund(fund))
        .map(|(_, shares)| *shares)
        .sum();
    let Some((_, cost, _)) = world.funds[fund.ix()].holdings.iter_mut().find(|(startup, _, _)| *startup == id) else {
        return Yen::ZERO;
    };
    let part = Yen((i128::from(cost.0) * i128::from(sold) / i128::from((left + sold).max(1))) as i64);
    *cost -= part;
    part
}

/// Books a realised result, pays the partners' carry on gains so far, and the rest to the fund's investors.
fn distribute(world: &mut World, ctx: &Context, fund: FundId, proceeds: Yen, cost: Yen) {
    let manager = &mut world.funds[fund.ix()];
    manager.exited[0] += cost;
    manager.exited[1] += proceeds;
    let carry = carry_due(manager.exited, manager.carried, ctx.spec.finance.carry).min(proceeds);
    manager.carried += carry;
    let org = manager.org;
    world.ledger.post(org, Outside::Households, Category::Fee, carry);
    world.ledger.post(org, Outside::LimitedPartners, Category::Distribution, proceeds - carry);
}

/// Carry that is due: the share of all gains so far, less what was paid. Losses are made up first.
fn carry_due(exited: [Yen; 2], carried: Yen, rate: f64) -> Yen {
    ((exited[1] - exited[0]).max(Yen::ZERO).scaled(rate) - carried).max(Yen::ZERO)
}

/// A founder who sold may become an angel: a part of the proceeds waits for startups of the cluster.
fn bless(world: &mut World, ctx: &Context, id: StartupId, proceeds: Yen) {
    let Some((_, key)) = world.startups[id.ix()].founder else { return };
    let mut rng = ctx.streams.at(Purpose::Exit, key, u32::from(ctx.month.0));
    if sample::chance(&mut rng, ctx.spec.exits.angel) {
        let cluster = usize::from(world.startup_org(id).cluster.0);
        world.angels[cluster] += proceeds.scaled(ctx.spec.exits.angel_share);
    }
}

/// Managers drop a company from their holdings: what it still stands for at cost is lost, what was kept for it is free.
pub(super) fn release_reserves(world: &mut World, id: StartupId) {
    world.startups[id.ix()].tranches.clear();
    for fund in &mut world.funds {
        if let Some(row) = fund.holdings.iter().position(|(startup, _, _)| *startup == id) {
            let (_, cost, reserve) = fund.holdings.remove(row);
            fund.exited[0] += cost;
            fund.reserved -= reserve.min(fund.reserved);
        }
    }
}

/// An exit is counted, its founder has succeeded, and others may take it as a model.
pub(super) fn succeed(world: &mut World, ctx: &Context, journal: &mut Journal, id: StartupId, metric: usize) {
    let startup = &world.startups[id.ix()];
    let (row, parent, founder) = (startup.org, startup.parent, startup.founder);
    let (cluster, weight) = (world.orgs[row.ix()].cluster, world.orgs[row.ix()].weight);
    journal.count(metric, cluster, i64::from(weight));
    let exit = RecentExit { month: ctx.month, number: weight, org: row, parent };
    world.recent_exits[usize::from(cluster.0)].push(exit);
    if let Some((founder, key)) = founder
        && world.people[founder].is_alive()
        && world.people[founder].key == key
    {
        world.people.mark_success(founder);
    }
    if metric == column!("exits_acquired") {
        release_reserves(world, id);
    }
}

/// Factor on the size of a manager's next fund: its realised multiple over that of all of its country, each with
/// a quarter of a fund at the common multiple added, so that one early exit does not decide.
#[must_use]
pub(super) fn size_factor(world: &World, ctx: &Context, fund: FundId) -> f64 {
    let finance = &ctx.spec.finance;
    let country = world.fund_org(fund).country;
    let peers = world.funds.iter().filter(|peer| world.orgs[peer.org.ix()].country == country);
    let all = peers.fold([0.0; 2], |sum, peer| [sum[0] + peer.exited[0].0 as f64, sum[1] + peer.exited[1].0 as f64]);
    if !ctx.spec.mechanisms.m18 || all[0] <= 0.0 || all[1] <= 0.0 {
        return 1.0;
    }
    let common = all[1] / all[0];
    let manager = &world.funds[fund.ix()];
    let prior = finance.results_prior * manager.size.0 as f64;
    let own = (manager.exited[1].0 as f64 + prior * common) / (manager.exited[0].0 as f64 + prior).max(1.0);
    let swing = finance.size_swing.max(1.0);
    crate::math::pow(own / common, finance.size_follow).clamp(1.0 / swing, swing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn carry_is_a_share_of_gains_after_losses_and_never_paid_twice() {
        assert_eq!(carry_due([Yen(100), Yen(200)], Yen::ZERO, 0.2), Yen(20));
        assert_eq!(carry_due([Yen(100), Yen(200)], Yen(20), 0.2), Yen::ZERO);
        assert_eq!(carry_due([Yen(300), Yen(200)], Yen::ZERO, 0.2), Yen::ZERO);
        assert_eq!(carry_due([Yen(100), Yen(300)], Yen(20), 0.2), Yen(20));
    }
}
