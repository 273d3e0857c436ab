//! Phase 10, third part: a round is tried, closes or fails; tranches and bridges are paid.
//!
//! Reads   what a startup needs, the answers of managers
//! Writes  the ledger, cap tables, tranches, when a startup asks again
//! Draws   through `deal_flow`
//! Source  M9 (size, price, tranches), M10 (lead, syndicate, retries), M11 (bridge)

use crate::math;
use crate::record::{EventKind, FlowKind, Journal, column};
use crate::rules::deal_flow::{self, Answer, Pitch, Worth};
use crate::rules::syndicate::{self, Ticket};
use crate::rules::{Agenda, Context, finance, grants};
use crate::scenario::spec::Decision;
use crate::units::Yen;
use crate::world::World;
use crate::world::ledger::{Category, Outside};
use crate::world::organisation::{FundId, Holder, ProgrammeId, ProgrammeStatus, StartupId};

pub(super) fn attempt(world: &mut World, ctx: &Context, agenda: &mut Agenda, journal: &mut Journal, id: StartupId) {
    let Some(lead) = world.lead_programme(id) else { return };
    if world.programmes[lead.ix()].status != ProgrammeStatus::Active {
        return;
    }
    let refused = world.startups[id.ix()].refused;
    let need = ask_after(finance::need(world, ctx, id, lead), ctx.spec.finance.ask_cut, refused);
    let worth = Worth::of(world, ctx, id, lead);
    let ask = supported(world, ctx, lead, &worth, need);
    let pitch = Pitch { startup: id, lead, ask, worth: &worth };
    let (offers, best) = collect_offers(world, ctx, agenda, journal, pitch);
    let Some((fund, share)) = offers.first().copied() else {
        let (reason, value) = why_nobody(best);
        fail(world, ctx, journal, id, need, reason, value);
        return;
    };
    let amount = syndicate::largest_ticket(world, ctx, fund, id).min(ask);
    let leader = Ticket { fund, amount, share };
    let tickets = syndicate::fill(world, ctx, agenda, journal, pitch, leader, &offers);
    let total: Yen = tickets.iter().map(|ticket| ticket.amount).sum();
    // The round closes with what the plan needs, even if its worth would have borne more.
    let found = total.0 as f64 / need.0.max(1) as f64;
    if found < ctx.spec.finance.round_enough || total <= Yen::ZERO {
        fail(world, ctx, journal, id, need, "lead's syndicate; share of the need found", found);
    } else {
        close(world, ctx, journal, pitch, &tickets);
    }
}

/// What is asked for after so many refusals: every one cuts it by the same share.
fn ask_after(need: Yen, cut: f64, refused: u32) -> Yen {
    if refused == 0 { need } else { need.scaled(math::pow(1.0 - cut, f64::from(refused))) }
}

/// What a startup asks for: its need, or more if the share that investors want to own is worth more.
fn supported(world: &World, ctx: &Context, lead: ProgrammeId, worth: &Worth, need: Yen) -> Yen {
    let finance = &ctx.spec.finance;
    if !ctx.spec.mechanisms.m9 || finance.ownership_target <= 0.0 {
        return need;
    }
    let worth = worth.believed(ctx, world.programmes[lead.ix()].quality);
    let price = finance.hurdle.max(finance.ownership_target);
    let bears = worth.max(Yen::ZERO).scaled(finance.ownership_target / (price - finance.ownership_target).max(1e-9));
    bears.min(need.scaled(finance.round_most)).max(need)
}

fn why_nobody(best: Answer) -> (&'static str, f64) {
    match best {
        Answer::Busy | Answer::Offer(_) => ("nobody with time or money for it; managers with time", 0.0),
        Answer::Unconvinced(screen) => ("first impressions too low; quality as the best saw it", screen),
        Answer::TooDear(share) => ("no price that pays; least share that an investor would need", share),
    }
}

/// Offers of the managers on the startup's list, cheapest first, and the best answer of all.
fn collect_offers(
    world: &mut World,
    ctx: &Context,
    agenda: &mut Agenda,
    journal: &mut Journal,
    pitch: Pitch,
) -> (Vec<(FundId, f64)>, Answer) {
    let meetings = f64::from(ctx.spec.finance.meetings);
    let orphaned = ctx.spec.mechanisms.m10 && syndicate::is_orphaned(world, pitch.startup);
    let meetings = if orphaned { (meetings * ctx.spec.finance.orphan).round() } else { meetings };
    let list = deal_flow::rank(world, ctx, agenda, Decision::Funding, pitch, None, meetings as usize);
    let mut offers: Vec<(FundId, f64)> = Vec::new();
    let mut best = Answer::Busy;
    for place in list {
        let answer = deal_flow::appraise(world, ctx, journal, place, pitch);
        let better = match (answer, best) {
            // Of two who find it too dear, the one with the lower share came nearer.
            (Answer::TooDear(new), Answer::TooDear(old)) => new < old,
            (new, old) => new > old,
        };
        best = if better { answer } else { best };
        if let Answer::Offer(share) = answer
            && syndicate::largest_ticket(world, ctx, place.fund, pitch.startup) > Yen::ZERO
        {
            offers.push((place.fund, share));
        }
    }
    offers.sort_by(|a, b| a.1.total_cmp(&b.1).then_with(|| world.fund_org(a.0).key.cmp(&world.fund_org(b.0).key)));
    (offers, best)
}

fn fail(
    world: &mut World,
    ctx: &Context,
    journal: &mut Journal,
    id: StartupId,
    ask: Yen,
    reason: &'static str,
    value: f64,
) {
    let retry = ctx.spec.finance.retry.round() as u64;
    let startup = &mut world.startups[id.ix()];
    startup.refused += 1;
    startup.next_ask = ctx.month.plus(retry.max(1));
    let (refused, org) = (startup.refused, startup.org);
    journal.event(ctx.month, EventKind::RoundFailed, &world.orgs[org.ix()], None, ask, reason, value);
    if refused > ctx.spec.finance.retries && !world.startups[id.ix()].bridged {
        bridge(world, ctx, journal, id);
    }
}

/// Money, shares and books of a round. Its price is the one at which everybody who joined would still have come.
fn close(world: &mut World, ctx: &Context, journal: &mut Journal, pitch: Pitch, tickets: &[Ticket]) {
    let finance = &ctx.spec.finance;
    let id = pitch.startup;
    let amount: Yen = tickets.iter().map(|ticket| ticket.amount).sum();
    let org = world.startups[id.ix()].org;
    let staged = ctx.spec.mechanisms.m9 && world.startups[id.ix()].rounds > 0 && amount >= finance.tranche_from;
    let paid = if staged { finance.tranche } else { 1.0 };
    let owned: u64 = world.startups[id.ix()].shares.iter().map(|(_, shares)| shares).sum();
    let wanted = tickets.iter().map(|ticket| ticket.share).fold(0.0, f64::max);
    let share = wanted.clamp(finance.ownership_least, finance.ownership.max(finance.ownership_least));
    let issued = owned as f64 * share / (1.0 - share);
    for ticket in tickets {
        let shares = (issued * ticket.amount.0 as f64 / amount.0.max(1) as f64) as u64;
        syndicate::commit(world, ctx, ticket.fund, id, ticket.amount);
        syndicate::join(world, ticket.fund, id);
        world.startups[id.ix()].shares.push((Holder::Fund(ticket.fund), shares));
        let now = ticket.amount.scaled(paid);
        pay_in(world, journal, ticket.fund, id, now);
        if ticket.amount > now {
            world.startups[id.ix()].tranches.push((ticket.fund, ticket.amount - now));
        }
        let home = world.fund_org(ticket.fund);
        journal.count(column!("deals_closed"), home.cluster, i64::from(home.weight));
    }
    resume(world, id);
    let startup = &mut world.startups[id.ix()];
    startup.rounds += 1;
    startup.refused = 0;
    startup.next_ask = ctx.month.plus(finance.rest.round() as u64);
    startup.value = amount.scaled(1.0 / share);
    let actor = &world.orgs[org.ix()];
    let weight = i64::from(actor.weight);
    let lender = &world.orgs[world.funds[tickets[0].fund.ix()].org.ix()];
    journal.count(column!("rounds_closed"), actor.cluster, weight);
    journal.count(column!("venture_raised_jpy"), actor.cluster, amount.0);
    let reason = "share of the company sold for the round";
    journal.event(ctx.month, EventKind::Round, actor, Some(lender), amount, reason, share);
    let certified = tickets
        .iter()
        .filter(|ticket| ctx.spec.fund[world.funds[ticket.fund.ix()].entry].certified)
        .map(|ticket| ticket.amount)
        .sum();
    grants::match_round(world, ctx, journal, id, pitch.lead, certified);
}

/// With money again, all posts are open and paused programmes go on.
pub(super) fn resume(world: &mut World, id: StartupId) {
    world.startups[id.ix()].kept = 1.0;
    let World { startups, programmes, .. } = world;
    for programme in &startups[id.ix()].programmes {
        programmes[programme.ix()].paused = false;
    }
}

fn pay_in(world: &mut World, journal: &mut Journal, fund: FundId, id: StartupId, amount: Yen) {
    let (from, to) = (world.funds[fund.ix()].org, world.startups[id.ix()].org);
    world.ledger.post(Outside::LimitedPartners, from, Category::CapitalCall, amount);
    world.ledger.post(from, to, Category::Equity, amount);
    journal.flow(FlowKind::Capital, world.orgs[from.ix()].cluster, world.orgs[to.ix()].cluster, amount.0);
}

/// A passed stage is a milestone: what the last round still owes is paid.
pub(super) fn pay_tranches(world: &mut World, programme: ProgrammeId, journal: &mut Journal) {
    let Some(id) = world.orgs[world.programmes[programme.ix()].owner.ix()].startup else { return };
    for (fund, amount) in std::mem::take(&mut world.startups[id.ix()].tranches) {
        pay_in(world, journal, fund, id, amount);
    }
}

/// Present investors pay once for some more months, as far as their reserves go.
pub(super) fn bridge(world: &mut World, ctx: &Context, journal: &mut Journal, id: StartupId) {
    if !ctx.spec.mechanisms.m11 {
        return;
    }
    world.startups[id.ix()].bridged = true;
    let runway = finance::runway(world, id);
    let mut left = world.startups[id.ix()].burn.scaled(ctx.spec.finance.retry.max(ctx.spec.distress.bridge));
    let mut paid = Yen::ZERO;
    let holders: Vec<FundId> = world.startups[id.ix()].investors().collect();
    for fund in holders {
        let manager = &world.funds[fund.ix()];
        let ticket = manager.holding(id).map_or(Yen::ZERO, |(_, reserve)| reserve).min(left).min(manager.uncalled);
        if ticket > Yen::ZERO {
            syndicate::commit(world, ctx, fund, id, ticket);
            pay_in(world, journal, fund, id, ticket);
            left -= ticket;
            paid += ticket;
        }
    }
    if paid > Yen::ZERO {
        let org = world.startup_org(id);
        journal.count(column!("venture_raised_jpy"), org.cluster, paid.0);
        journal.event(ctx.month, EventKind::Bridge, org, None, paid, "months of runway left", runway);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_cuts_the_ask_by_a_fifth() {
        assert_eq!(ask_after(Yen(1_000), 0.2, 0), Yen(1_000));
        assert_eq!(ask_after(Yen(1_000), 0.2, 1), Yen(800));
        assert_eq!(ask_after(Yen(1_000), 0.2, 2), Yen(640));
    }
}
