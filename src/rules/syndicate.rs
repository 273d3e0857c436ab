//! Phase 10, second part: who joins a round, what is booked, what is kept back, and what investors add.
//!
//! Reads   managers' commitments, reserves and co-investments, the syndication rules
//! Writes  commitments, holdings, reserves, the network of co-investors
//! Draws   through `deal_flow`
//! Source  M10 (syndicates, reserves, orphans, value added)

use crate::record::Journal;
use crate::rules::deal_flow::{self, Answer, Pitch};
use crate::rules::{Agenda, Context};
use crate::scenario::spec::{Decision, FundKind};
use crate::units::Yen;
use crate::world::World;
use crate::world::organisation::{FundId, StartupId};

/// Managers that a lead's list begins with.
const FIRST_CALLS: usize = 12;

/// One investor of a round.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Ticket {
    pub fund: FundId,
    pub amount: Yen,
    /// The share of the company that it wants in exchange for the whole ask.
    pub share: f64,
}

/// What a lead brings together: its own ticket, then those of the invited who say yes, until the ask is met or too many
/// have refused. Who has made an offer already says yes; the others are shown the company now.
pub(super) fn fill(
    world: &mut World,
    ctx: &Context,
    agenda: &mut Agenda,
    journal: &mut Journal,
    pitch: Pitch,
    lead: Ticket,
    offers: &[(FundId, f64)],
) -> Vec<Ticket> {
    let mut wanted = pitch.ask - lead.amount;
    let mut tickets = vec![lead];
    if wanted <= Yen::ZERO || !ctx.spec.mechanisms.m10 {
        return tickets;
    }
    let mut refused = 0;
    let mut asked = 0;
    // Seldom is anybody asked beyond the first few: the others are put in order only then.
    for most in [FIRST_CALLS, usize::MAX] {
        let list = deal_flow::rank(world, ctx, agenda, Decision::Syndication, pitch, Some(lead.fund), most);
        for place in list.into_iter().skip(asked) {
            asked += 1;
            let known = offers.iter().find(|(fund, _)| *fund == place.fund);
            let answer = match known {
                Some((_, share)) => Answer::Offer(*share),
                None => deal_flow::appraise(world, ctx, journal, place, pitch),
            };
            let amount = largest_ticket(world, ctx, place.fund, pitch.startup).min(wanted);
            match answer {
                Answer::Offer(share) if amount > Yen::ZERO => {
                    wanted -= amount;
                    tickets.push(Ticket { fund: place.fund, amount, share });
                }
                _ => refused += 1,
            }
            if wanted <= Yen::ZERO || refused >= ctx.spec.finance.refusals {
                return tickets;
            }
        }
    }
    tickets
}

/// What a manager may put into one startup: within its concentration limit and what is not reserved for others.
#[must_use]
pub(super) fn largest_ticket(world: &World, ctx: &Context, fund: FundId, id: StartupId) -> Yen {
    let manager = &world.funds[fund.ix()];
    let own = manager.holding(id);
    let reserve = own.map_or(Yen::ZERO, |(_, reserve)| reserve);
    let free = manager.uncalled - manager.reserved;
    // The limit holds for one fund and one company: an agent that stands for ten companies takes ten tickets, a manager
    // that stands for ten writes one of them each.
    let companies = f64::from(world.startup_org(id).weight) / f64::from(world.fund_org(fund).weight.max(1));
    let most = manager.size.scaled(ctx.spec.finance.concentration * companies);
    // Of free money, a first ticket needs its reserve beside it; partners give half of their time, and so of the free
    // money, to companies that they hold already.
    let fresh = if own.is_some() { free.scaled(0.5) } else { free.scaled(1.0 / (1.0 + reserve_ratio(ctx))) };
    (reserve + fresh.max(Yen::ZERO)).min(most).max(Yen::ZERO)
}

fn reserve_ratio(ctx: &Context) -> f64 {
    if ctx.spec.mechanisms.m10 { ctx.spec.finance.reserve } else { 0.0 }
}

/// Books a ticket against the manager's commitments; a first ticket sets a reserve aside.
pub(super) fn commit(world: &mut World, ctx: &Context, fund: FundId, id: StartupId, ticket: Yen) {
    let wanted = ticket.scaled(reserve_ratio(ctx));
    let field = world.lead_programme(id).map(|lead| usize::from(world.programmes[lead.ix()].field));
    let parent = world.startups[id.ix()].parent;
    let manager = &mut world.funds[fund.ix()];
    match manager.holdings.iter_mut().find(|(startup, _, _)| *startup == id) {
        Some((_, cost, reserve)) => {
            let used = ticket.min(*reserve);
            *cost += ticket;
            *reserve -= used;
            manager.reserved -= used.min(manager.reserved);
        }
        None => {
            let reserve = wanted.min((manager.uncalled - manager.reserved - ticket).max(Yen::ZERO));
            manager.reserved += reserve;
            manager.holdings.push((id, ticket, reserve));
            if let Some(field) = field {
                manager.known[field] = manager.known[field].saturating_add(1);
            }
            if let Some(parent) = parent
                && let Err(place) = manager.alumni.binary_search(&parent)
            {
                manager.alumni.insert(place, parent);
            }
        }
    }
    // The ticket is called now or with the tranche: either way it is no longer free.
    manager.uncalled -= ticket.min(manager.uncalled);
    manager.reserved = manager.reserved.min(manager.uncalled);
    let public = ctx.spec.fund[manager.entry].public_share;
    let raised = &mut world.startups[id.ix()].raised;
    raised[0] += ticket;
    raised[1] += ticket.scaled(public);
}

/// A manager that joins has invested beside the present holders from now on; once for each company.
pub(super) fn join(world: &mut World, fund: FundId, id: StartupId) {
    let mut others: Vec<FundId> = world.startups[id.ix()].investors().collect();
    if others.contains(&fund) {
        return;
    }
    others.sort_unstable();
    others.dedup();
    for other in others {
        world.coinvestment.meet(fund, other);
    }
}

/// Whether present investors have nothing left for a startup that has investors.
#[must_use]
pub(super) fn is_orphaned(world: &World, id: StartupId) -> bool {
    let reserve = |fund: FundId| world.funds[fund.ix()].holding(id).map_or(Yen::ZERO, |(_, reserve)| reserve);
    let mut investors = world.startups[id.ix()].investors().peekable();
    investors.peek().is_some() && investors.all(|fund| reserve(fund) <= Yen::ZERO)
}

/// Shift of the log odds of passing a stage from the ablest present investor of a startup, relative to the mean that
/// the table of stages holds for; experts in the field make the most of what a manager can do.
#[must_use]
pub(super) fn value_added(world: &World, ctx: &Context, id: StartupId, field: u8) -> f64 {
    let finance = &ctx.spec.finance;
    if !ctx.spec.mechanisms.m10 {
        return 0.0;
    }
    let of = |fund: FundId| {
        let entry = &ctx.spec.fund[world.funds[fund.ix()].entry];
        let corporate = if entry.kind == FundKind::Corporate { finance.value_add_corporate } else { 1.0 };
        let experts = deal_flow::experts(world, ctx, fund, field);
        entry.value_add * corporate * f64::from(1 + experts) / f64::from(1 + finance.expert_ties)
    };
    let best = world.startups[id.ix()].investors().map(of).fold(0.0, f64::max);
    finance.value_add * (best - finance.value_add_mean)
}

/// Shift of the log odds of passing a stage from the way of the company's first lead investor: whoever is a day away
/// looks in less often. Nothing for a company without one.
#[must_use]
pub(super) fn monitoring(world: &World, ctx: &Context, id: StartupId) -> f64 {
    let finance = &ctx.spec.finance;
    if !ctx.spec.mechanisms.m7 {
        return 0.0;
    }
    let home = world.startup_org(id).cluster;
    world.startups[id.ix()].investors().next().map_or(0.0, |lead| {
        let hours = world.access.hours(world.fund_org(lead).cluster, home);
        -finance.monitoring * hours.min(finance.monitoring_reach)
    })
}
