//! Phase 10, the public part: grants that stand alone, and money that follows private rounds.
//!
//! Reads   calls of the scenario, startups' stages and runways, what certified managers put into a round
//! Writes  the ledger (grants), budgets of calls
//! Draws   `Purpose::Signal`, keyed by the pair of call and programme and month (how it looks to reviewers)
//! Source  M12

use crate::record::{EventKind, Journal, column};
use crate::rng::{Key, Purpose, sample};
use crate::rules::{Context, finance};
use crate::scenario::spec::{CallKind, Stage};
use crate::units::Yen;
use crate::world::World;
use crate::world::ledger::{Category, Outside};
use crate::world::organisation::{ProgrammeId, ProgrammeStatus, StartupId};

/// Public matching money follows the money of certified managers, up to the share, the cap and the budget.
pub(super) fn match_round(
    world: &mut World,
    ctx: &Context,
    journal: &mut Journal,
    id: StartupId,
    lead: ProgrammeId,
    certified: Yen,
) {
    if !ctx.spec.mechanisms.m12 {
        return;
    }
    let (org, stage) = (world.startups[id.ix()].org, world.programmes[lead.ix()].stage);
    for (row, call) in ctx.spec.call.iter().enumerate() {
        let fits = call.open && call.kind == CallKind::Match && call.country == world.orgs[org.ix()].country;
        if !fits || certified <= Yen::ZERO || !call.stages.contains(&stage) || call.share >= 1.0 {
            continue;
        }
        let award = matched(certified, call.share).min(ceiling(world, ctx, id, row));
        pay_grant(
            world,
            ctx,
            journal,
            id,
            row,
            award,
            "private money of certified funds, million yen",
            certified.0 as f64 / 1e6,
        );
    }
}

/// The subsidy that comes with so much certified private money when it is this share of the two together.
fn matched(certified: Yen, share: f64) -> Yen {
    certified.scaled(share / (1.0 - share))
}

/// What a call may still pay to a startup: its cap a round, its cap a project, and what is left of its budget.
fn ceiling(world: &World, ctx: &Context, id: StartupId, row: usize) -> Yen {
    let call = &ctx.spec.call[row];
    let weight = f64::from(world.startup_org(id).weight);
    let had: Yen = world.startups[id.ix()]
        .awards
        .iter()
        .filter(|(call, _)| usize::from(*call) == row)
        .map(|(_, award)| *award)
        .sum();
    let project = (call.most_project.scaled(weight) - had).max(Yen::ZERO);
    call.most.scaled(weight).min(project).min(world.call_budget[row])
}

#[expect(clippy::too_many_arguments, reason = "one booking with its reason; used in two places")]
fn pay_grant(
    world: &mut World,
    ctx: &Context,
    journal: &mut Journal,
    id: StartupId,
    call: usize,
    award: Yen,
    reason: &'static str,
    value: f64,
) {
    if award <= Yen::ZERO {
        return;
    }
    let org = world.startups[id.ix()].org;
    world.call_budget[call] -= award;
    let awards = &mut world.startups[id.ix()].awards;
    match awards.iter_mut().find(|(row, _)| usize::from(*row) == call) {
        Some((_, sum)) => *sum += award,
        None => awards.push((call as u16, award)),
    }
    let public = ctx.spec.call[call].payer.is_public();
    let payer = if public { Outside::Taxpayers } else { Outside::Payers };
    world.ledger.post(payer, org, Category::Grant, award);
    let actor = &world.orgs[org.ix()];
    journal.count(column!("grants_paid_jpy"), actor.cluster, award.0);
    if public {
        journal.count(column!("public_cost_jpy"), actor.cluster, award.0);
    }
    journal.event(ctx.month, EventKind::Grant, actor, None, award, reason, value);
}

/// What reviewers rank by.
const REVIEWED: &str = "quality as the reviewers saw it";

fn report_refused(world: &World, ctx: &Context, journal: &mut Journal, id: StartupId, looks: f64) {
    journal.event(ctx.month, EventKind::GrantRefused, world.startup_org(id), None, Yen::ZERO, REVIEWED, looks);
}

/// Grants that stand alone: in the months of a call's rounds, startups in eligible stages and with little enough
/// runway, ranked by how good they look to reviewers, until the budget is spent.
pub(super) fn award(world: &mut World, ctx: &Context, journal: &mut Journal) {
    for (row, call) in ctx.spec.call.iter().enumerate().filter(|_| ctx.spec.mechanisms.m12) {
        let every = (call.every.round() as u16).max(1);
        if !call.open || call.kind != CallKind::Grant || !ctx.month.0.is_multiple_of(every) {
            continue;
        }
        let mut ranked: Vec<(f64, Key, StartupId)> = Vec::new();
        for id in world.private_startups() {
            let org = world.startup_org(id);
            let Some(lead) = world.lead_programme(id) else { continue };
            let programme = &world.programmes[lead.ix()];
            let fits = org.country == call.country && call.stages.contains(&programme.stage);
            if !fits || programme.status != ProgrammeStatus::Active || finance::runway(world, id) > call.runway {
                continue;
            }
            let pair = Key::pair(programme.key, Key::named("call", &call.id));
            let noise = sample::normal(&mut ctx.streams.at(Purpose::Signal, pair, u32::from(ctx.month.0)));
            ranked.push((programme.quality + ctx.spec.finance.signal_screen * noise, org.key, id));
        }
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let (mut paid, mut applicants) = (0_usize, ranked.into_iter());
        for (looks, _, id) in applicants.by_ref() {
            let lead = world.lead_programme(id);
            let cost = lead.map_or(Yen::ZERO, |lead| finance::need(world, ctx, id, lead)).scaled(call.share);
            if world.call_budget[row] <= Yen::ZERO {
                report_refused(world, ctx, journal, id, looks);
                break;
            }
            let award = cost.min(ceiling(world, ctx, id, row));
            // Early work makes a prototype that investors can look at; later grants are money and nothing else.
            if let Some(lead) = lead.filter(|_| award > Yen::ZERO)
                && world.programmes[lead.ix()].stage == Stage::Preclinical
            {
                world.programmes[lead.ix()].prototype = true;
            }
            pay_grant(world, ctx, journal, id, row, award, REVIEWED, looks);
            paid += 1;
        }
        // Below the line as many are told of as above it: whoever studies the effect of grants compares the two.
        for (looks, _, id) in applicants.take(paid.saturating_sub(1)) {
            report_refused(world, ctx, journal, id, looks);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_yen_of_public_money_follow_one_of_a_certified_fund() {
        let award = matched(Yen(1_000_000), 2.0 / 3.0);
        assert!((award.0 - 2_000_000).abs() <= 1, "{award}");
        let share = award.0 as f64 / (award.0 + 1_000_000) as f64;
        assert!((share - 2.0 / 3.0).abs() < 1e-5);
    }
}
