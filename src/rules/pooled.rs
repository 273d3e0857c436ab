//! Phase 10, last part: pooled finance. A megafund issues bonds beside its equity, buys many findings, has the work
//! done for it, and sells the programmes that come through.
//!
//! Reads   shelves, programmes' values, `pooled`
//! Writes  pools; programmes that a pool buys and sells; the ledger
//! Draws   `Purpose::Signal`, keyed by the pair of manager and finding (how it looks)
//! Source  M22

use crate::math;
use crate::record::{EventKind, FlowKind, Journal};
use crate::rng::{Key, Purpose, sample};
use crate::rules::{Agenda, Context, acquirers, development, founding, operations, valuation};
use crate::scenario::spec::{FundKind, Stage};
use crate::units::Yen;
use crate::world::ledger::{Category, Outside};
use crate::world::organisation::{Asset, FIELDS, FundId, OrgId, Programme, ProgrammeStatus};
use crate::world::pool::{Pool, yearly_return};
use crate::world::{STAGES, World, lineage, pipeline, stage_number};

pub(super) fn turn(world: &mut World, ctx: &Context, agenda: &Agenda, journal: &mut Journal) {
    if ctx.spec.mechanisms.m22 {
        open(world, ctx, journal);
    }
    for row in 0..world.pools.len() {
        if world.pools[row].closed.is_some() {
            continue;
        }
        pay_for_work(world, ctx, agenda, row);
        sell(world, ctx, agenda, journal, row, false);
        let met = pay_coupons(world, ctx, row);
        let over = f64::from(ctx.month.since(world.pools[row].opened)) >= ctx.spec.pooled.life;
        if over || !met || !ctx.spec.mechanisms.m22 {
            sell(world, ctx, agenda, journal, row, true);
            wind_up(world, ctx, journal, row);
        } else if f64::from(ctx.month.since(world.pools[row].opened)) < ctx.spec.pooled.buying {
            buy(world, ctx, row);
        } else {
            return_capital(world, ctx, row);
        }
    }
}

/// Managers of the kind that have no pool yet raise one: bonds by their shares, equity for the rest.
fn open(world: &mut World, ctx: &Context, journal: &mut Journal) {
    for row in 0..world.funds.len() {
        let fund = FundId(row as u32);
        let entry = &ctx.spec.fund[world.funds[row].entry];
        let known = world.pools.iter().any(|pool| pool.fund == fund);
        if entry.kind != FundKind::Megafund || !entry.open || known {
            continue;
        }
        let org = world.funds[row].org;
        let size = entry.size.scaled(f64::from(world.orgs[org.ix()].weight));
        let (senior, junior) = (size.scaled(entry.senior), size.scaled(entry.junior));
        let equity = (size - senior - junior).max(Yen::ZERO);
        world.ledger.post(Outside::LimitedPartners, org, Category::CapitalCall, equity);
        world.ledger.post(Outside::LimitedPartners, org, Category::Debt, senior + junior);
        world.orgs[org.ix()].expertise = [ctx.spec.pooled.expertise; FIELDS];
        world.pools.push(Pool {
            fund,
            opened: ctx.month,
            closed: None,
            equity,
            senior,
            junior,
            owned: Vec::new(),
            paid: Vec::new(),
            lost: [Yen::ZERO; 2],
        });
        let reason = "bonds in its capital, share";
        let share = entry.senior + entry.junior;
        journal.event(ctx.month, EventKind::FundClosed, &world.orgs[org.ix()], None, size, reason, share);
    }
}

fn manager(world: &World, row: usize) -> OrgId {
    world.funds[world.pools[row].fund.ix()].org
}

/// Direct cost of this month's work, the people of the contract organisations that did it, and the manager's fee.
fn pay_for_work(world: &mut World, ctx: &Context, agenda: &Agenda, row: usize) {
    let org = manager(world, row);
    let home = &world.orgs[org.ix()];
    let cluster = &ctx.spec.cluster[usize::from(home.cluster.0)];
    let country = &ctx.spec.country[usize::from(home.country.0)];
    let direct: Yen = agenda.bills.iter().filter(|bill| bill.owner == org).map(|bill| bill.cost).sum();
    let people: Yen = world.pools[row]
        .owned
        .iter()
        .map(|id| &world.programmes[id.ix()])
        .filter(|programme| programme.status == ProgrammeStatus::Active)
        .map(|programme| {
            let people = f64::from(pipeline::headcount(country, programme.stage) * programme.weight);
            cluster.burn_per_head.scaled(people)
        })
        .sum();
    operations::pay_what_is_there(world, org, Outside::Suppliers, Category::Development, direct + people);
    let pool = &world.pools[row];
    let fee = (pool.equity + pool.senior + pool.junior).scaled(ctx.spec.pooled.fee / 12.0);
    operations::pay_what_is_there(world, org, Outside::Households, Category::Fee, fee);
}

/// Sells what has come through to the stage of sale, or everything at the end: to a company that bids, else outside
/// the model at the value to listed companies.
fn sell(world: &mut World, ctx: &Context, agenda: &Agenda, journal: &mut Journal, row: usize, all: bool) {
    let org = manager(world, row);
    for id in std::mem::take(&mut world.pools[row].owned) {
        let programme = &world.programmes[id.ix()];
        if programme.status == ProgrammeStatus::Stopped {
            continue;
        }
        let grown = stage_number(programme.stage) >= stage_number(ctx.spec.pooled.sell);
        if !all && !grown && programme.status == ProgrammeStatus::Active {
            world.pools[row].owned.push(id);
            continue;
        }
        let worth = valuation::value(world, ctx, programme, programme.quality, ctx.spec.finance.discount_industry);
        let field = programme.field;
        if let Some(bid) = acquirers::best_bid(world, ctx, agenda, org, worth, field, &acquirers::pipelines(world)) {
            world.ledger.post(bid.buyer, org, Category::Licence, bid.price);
            development::hand_over(world, id, bid.buyer);
            let (from, to) = (&world.orgs[org.ix()], &world.orgs[bid.buyer.ix()]);
            journal.flow(FlowKind::Licences, from.cluster, to.cluster, 1);
            let reason = "programmes that the buyer misses for its researchers";
            journal.event(ctx.month, EventKind::Licensed, from, Some(to), bid.price, reason, bid.gap);
        } else {
            world.ledger.post(Outside::PublicMarkets, org, Category::Licence, worth.max(Yen::ZERO));
            development::stop(world, id);
        }
    }
}

/// Senior coupons, then junior ones. Returns whether the senior ones were paid in full.
fn pay_coupons(world: &mut World, ctx: &Context, row: usize) -> bool {
    let org = manager(world, row);
    let due = coupons(ctx, &world.pools[row]);
    let lenders = Outside::LimitedPartners;
    let senior = operations::pay_what_is_there(world, org, lenders, Category::Coupon, due[0]);
    operations::pay_what_is_there(world, org, lenders, Category::Coupon, due[1]);
    senior == due[0]
}

/// Coupons of a month, senior and junior.
fn coupons(ctx: &Context, pool: &Pool) -> [Yen; 2] {
    let pooled = &ctx.spec.pooled;
    [pool.senior.scaled(pooled.coupon_senior / 12.0), pool.junior.scaled(pooled.coupon_junior / 12.0)]
}

/// What a pool must hold back: so many months of coupons, and what the programmes that it owns will probably cost.
fn held_back(world: &World, ctx: &Context, row: usize) -> Yen {
    let [senior, junior] = coupons(ctx, &world.pools[row]);
    let owned = world.pools[row].owned.iter().map(|id| &world.programmes[id.ix()]);
    let active = owned.filter(|programme| programme.status == ProgrammeStatus::Active);
    let work: Yen = active.map(|programme| expected_cost(world, ctx, programme)).sum();
    (senior + junior).scaled(ctx.spec.pooled.coverage) + work
}

/// Cost of the stages up to the sale, each as probable as it is to be reached.
fn expected_cost(world: &World, ctx: &Context, programme: &Programme) -> Yen {
    let home = &world.orgs[programme.owner.ix()];
    let cluster = &ctx.spec.cluster[usize::from(home.cluster.0)];
    let country = &ctx.spec.country[usize::from(home.country.0)];
    let modality = &ctx.spec.modality[usize::from(programme.modality.0)];
    let mut reached = 1.0;
    let mut cost = Yen::ZERO;
    let ahead = STAGES[stage_number(programme.stage)..].iter().take_while(|stage| **stage < ctx.spec.pooled.sell);
    for stage in ahead {
        let left = if *stage == programme.stage {
            (1.0 - programme.progress / programme.needed.max(1.0)).max(0.0)
        } else {
            1.0
        };
        let months = pipeline::median_months(modality, country, *stage) * left;
        let people = cluster.burn_per_head.scaled(f64::from(pipeline::headcount(country, *stage)) * months);
        cost += (pipeline::cost(modality, country, *stage).scaled(left) + people)
            .scaled(reached * f64::from(programme.weight));
        reached *= pipeline::success(modality, *stage);
    }
    cost
}

/// Buys the best-looking findings of all institutions while there is money beyond what must be held back.
fn buy(world: &mut World, ctx: &Context, row: usize) {
    let org = manager(world, row);
    let mut free = world.ledger.cash(org) - held_back(world, ctx, row);
    if free <= Yen::ZERO {
        return;
    }
    let market = Market::of(world, ctx);
    for (looks, institution, key) in ranked_findings(world, ctx, org) {
        let Some(place) = world.shelves[institution.ix()].iter().position(|asset| asset.key == key) else { continue };
        let asset = world.shelves[institution.ix()][place].clone();
        let sketch = sketch(ctx, org, &asset);
        let price = expected_value(world, ctx, &sketch, market.believed(ctx, looks)).max(Yen::ZERO);
        let outlay = price + expected_cost(world, ctx, &sketch);
        if outlay > free {
            break;
        }
        free -= outlay;
        world.shelves[institution.ix()].remove(place);
        world.ledger.post(org, institution, Category::Licence, price);
        let id = founding::add_programme(world, ctx, org, &asset, 0);
        world.programmes[id.ix()].weight = 1;
        world.pools[row].owned.push(id);
    }
}

/// How good the findings are that institutions have to sell: what everybody in the market knows.
#[derive(Debug, Clone, Copy)]
struct Market {
    mean: f64,
    variance: f64,
}

/// What is believed of one finding's quality.
#[derive(Debug, Clone, Copy)]
struct Belief {
    mean: f64,
    deviation: f64,
}

impl Market {
    fn of(world: &World, ctx: &Context) -> Self {
        let found = world.shelves.iter().flatten().filter(|asset| asset.shelved.is_none());
        let [number, sum, squares] =
            found.fold([0.0; 3], |[n, s, q], asset| [n + 1.0, s + asset.quality, q + asset.quality * asset.quality]);
        if number < 2.0 {
            let (a, b) = (ctx.spec.research.quality_alpha, ctx.spec.research.quality_beta);
            let mean = a / (a + b);
            return Self { mean, variance: mean * (1.0 - mean) / (a + b + 1.0) };
        }
        let mean = sum / number;
        Self { mean, variance: (squares / number - mean * mean).max(0.0) }
    }

    /// Belief after a look: drawn back to the mean by the noise, so that the best look does not promise more than it
    /// keeps, and as uncertain as a look with that noise leaves it. Buyer and seller agree on it.
    fn believed(self, ctx: &Context, looks: f64) -> Belief {
        let noise = ctx.spec.finance.signal_diligence * ctx.spec.finance.signal_diligence;
        let weight = self.variance / (self.variance + noise).max(1e-12);
        Belief { mean: self.mean + (looks - self.mean) * weight, deviation: math::sqrt(weight * noise) }
    }
}

/// Value of a programme over all that its quality may be, not at the quality expected: good programmes gain more than
/// bad ones lose, because a failed gate ends the cost. Three points weigh a normal belief exactly up to the fifth power.
fn expected_value(world: &World, ctx: &Context, programme: &Programme, belief: Belief) -> Yen {
    let apart = math::sqrt(3.0) * belief.deviation;
    [(-apart, 1.0 / 6.0), (0.0, 2.0 / 3.0), (apart, 1.0 / 6.0)]
        .into_iter()
        .map(|(off, weight)| {
            let quality = (belief.mean + off).clamp(0.0, 1.0);
            valuation::value(world, ctx, programme, quality, ctx.spec.pooled.discount).scaled(weight)
        })
        .sum()
}

/// Findings on all shelves by how they look to the manager, best first, as far as they look good enough.
fn ranked_findings(world: &World, ctx: &Context, org: OrgId) -> Vec<(f64, OrgId, Key)> {
    let mut found = Vec::new();
    for (row, shelf) in world.shelves.iter().enumerate() {
        for asset in shelf.iter().filter(|asset| asset.shelved.is_none()) {
            let pair = Key::pair(world.orgs[org.ix()].key, asset.key);
            let noise = sample::normal(&mut ctx.streams.at(Purpose::Signal, pair, 0));
            let looks = asset.quality + ctx.spec.finance.signal_diligence * noise;
            if looks >= ctx.spec.finance.screen_cut {
                found.push((looks, OrgId(row as u32), asset.key));
            }
        }
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.2.cmp(&b.2)));
    found
}

/// A finding as the programme that it would be, at the median time of preclinical work.
fn sketch(ctx: &Context, owner: OrgId, asset: &Asset) -> Programme {
    let key = asset.key.child(lineage::PROGRAMME, 0);
    let modality = &ctx.spec.modality[usize::from(asset.modality.0)];
    let (field, quality, needed) = (asset.field, asset.quality, modality.duration_preclinical);
    Programme::begin(key, owner, 1, asset.modality, field, quality, Stage::Preclinical, needed, ctx.month)
}

/// Money that is no longer needed for buying does not wait for the end: it repays bonds, the senior ones first, and
/// what is left goes to the equity.
fn return_capital(world: &mut World, ctx: &Context, row: usize) {
    let free = world.ledger.cash(manager(world, row)) - held_back(world, ctx, row);
    if free > Yen::ZERO {
        pay_out(world, ctx, row, free);
    }
}

/// Pays lenders and owners in their order.
fn pay_out(world: &mut World, ctx: &Context, row: usize, money: Yen) {
    let org = manager(world, row);
    let pool = &mut world.pools[row];
    let [senior, junior, equity] = waterfall(money, pool.senior, pool.junior);
    pool.senior -= senior;
    pool.junior -= junior;
    if equity > Yen::ZERO {
        pool.paid.push((ctx.month, equity));
    }
    world.ledger.post(org, Outside::LimitedPartners, Category::Debt, senior + junior);
    world.ledger.post(org, Outside::LimitedPartners, Category::Distribution, equity);
}

/// Bonds are repaid, the senior ones first; the rest is the equity's.
fn wind_up(world: &mut World, ctx: &Context, journal: &mut Journal, row: usize) {
    let org = manager(world, row);
    let cash = world.ledger.cash(org);
    pay_out(world, ctx, row, cash);
    let pool = &mut world.pools[row];
    pool.closed = Some(ctx.month);
    pool.lost = [std::mem::take(&mut pool.senior), std::mem::take(&mut pool.junior)];
    let paid: Vec<(f64, Yen)> =
        pool.paid.iter().map(|(month, amount)| (f64::from(month.since(pool.opened)) / 12.0, *amount)).collect();
    let value = yearly_return(pool.equity, &paid);
    let reason = "return on its equity a year";
    journal.event(ctx.month, EventKind::Left, &world.orgs[org.ix()], None, cash, reason, value);
}

/// Who gets what of the money at the end: senior bonds, junior bonds, equity.
fn waterfall(cash: Yen, senior: Yen, junior: Yen) -> [Yen; 3] {
    let first = cash.min(senior);
    let second = (cash - first).min(junior);
    [first, second, cash - first - second]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bonds_come_before_equity_and_senior_before_junior() {
        assert_eq!(waterfall(Yen(100), Yen(40), Yen(20)), [Yen(40), Yen(20), Yen(40)]);
        assert_eq!(waterfall(Yen(50), Yen(40), Yen(20)), [Yen(40), Yen(10), Yen::ZERO]);
        assert_eq!(waterfall(Yen(30), Yen(40), Yen(20)), [Yen(30), Yen::ZERO, Yen::ZERO]);
    }
}
