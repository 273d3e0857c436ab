//! Phase 10, the public part: grants that stand alone, and money that follows private rounds.
//!
//! Reads   calls of the scenario, startups' stages and runways, what certified managers put into a round
//! Writes  the ledger (grants), budgets of calls
//! Draws   `Purpose::Signal`, keyed by the pair of call and programme and month (how it looks to reviewers)
//! Source  M12

use crate::record::{EventKind, Journal, column};
use crate::rng::{Key, Purpose, sample};
use crate::rules::{Context, finance};
use crate::scenario::spec::CallKind;
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
    let (org, stage) = (world.startups[id.ix()].org, world.programmes[lead.ix()].stage);
    for (row, call) in ctx.spec.call.iter().enumerate() {
        let fits = call.open && call.kind == CallKind::Match && call.country == world.orgs[org.ix()].country;
        if !fits || certified <= Yen::ZERO || !call.stages.contains(&stage) || call.share >= 1.0 {
            continue;
        }
        let weight = f64::from(world.orgs[org.ix()].weight);
        let award =
            certified.scaled(call.share / (1.0 - call.share)).min(call.most.scaled(weight)).min(world.call_budget[row]);
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
    world.ledger.post(Outside::Taxpayers, org, Category::Grant, award);
    let actor = &world.orgs[org.ix()];
    journal.count(column("grants_paid_jpy"), actor.cluster, award.0);
    journal.count(column("public_cost_jpy"), actor.cluster, award.0);
    journal.event(ctx.month, EventKind::Grant, actor, None, award, reason, value);
}

/// What reviewers rank by.
const REVIEWED: &str = "quality as the reviewers saw it";

fn report_refused(world: &World, ctx: &Context, journal: &mut Journal, id: StartupId, looks: f64) {
    journal.event(ctx.month, EventKind::GrantRefused, world.startup_org(id), None, Yen::ZERO, REVIEWED, looks);
}

/// Grants that stand alone: in the months of a call's rounds, startups in eligible stages with less than two years
/// of runway, ranked by how good they look to reviewers, until the budget is spent.
pub(super) fn award(world: &mut World, ctx: &Context, journal: &mut Journal) {
    for (row, call) in ctx.spec.call.iter().enumerate() {
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
            if !fits || programme.status != ProgrammeStatus::Active || finance::runway(world, id) > 24.0 {
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
            let weight = f64::from(world.startup_org(id).weight);
            let award = call.most.scaled(weight).min(cost).min(world.call_budget[row]);
            if award <= Yen::ZERO {
                report_refused(world, ctx, journal, id, looks);
                break;
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
