//! Phase 10: who asks for money, and how much; rounds, syndicates and grants follow in files of their own.
//!
//! Reads   startups short of money, their programmes and posts
//! Writes  through `deal_flow`, `syndicate`, `rounds` and `grants`; offerings of listed startups
//! Draws   `Purpose::RoundRetry`, keyed by startup and month (order of the month); `Purpose::Look`, keyed by listed
//!         startup and month (whether the market is open to it)
//! Source  M9 (size of a round), M11 (when to ask)

use crate::record::{EventKind, Journal};
use crate::rng::{Purpose, Rng, sample};
use crate::rules::{Agenda, Context, deal_flow, grants, pooled, public_money, rounds, valuation};
use crate::scenario::spec::Stage;
use crate::units::Yen;
use crate::world::ledger::{Category, Outside};
use crate::world::organisation::{ProgrammeId, ProgrammeStatus, StartupId, StartupStatus};
use crate::world::people::Staff;
use crate::world::{World, build, pipeline, supply};

pub(super) fn raise(world: &mut World, ctx: &Context, agenda: &mut Agenda, journal: &mut Journal) {
    deal_flow::renew_attention(world, ctx);
    agenda.managers.renew(ctx.spec.cluster.len());
    grants::award(world, ctx, journal);
    let mut asking: Vec<(u64, StartupId)> = world
        .operating
        .iter()
        .copied()
        .filter(|id| asks_for_money(world, ctx, *id))
        .map(|id| {
            let key = world.startup_org(id).key;
            (ctx.streams.at(Purpose::RoundRetry, key, u32::from(ctx.month.0)).next_u64(), id)
        })
        .collect();
    asking.sort_unstable();
    for (_, id) in asking {
        match world.startups[id.ix()].status {
            StartupStatus::Listed => offer_to_public(world, ctx, journal, id),
            _ => rounds::attempt(world, ctx, agenda, journal, id),
        }
    }
    pooled::turn(world, ctx, agenda, journal);
}

/// Months that the cash lasts at last month's burn.
#[must_use]
pub(super) fn runway(world: &World, id: StartupId) -> f64 {
    let startup = &world.startups[id.ix()];
    if startup.burn <= Yen::ZERO {
        return f64::INFINITY;
    }
    world.ledger.cash(startup.org).0 as f64 / startup.burn.0 as f64
}

fn asks_for_money(world: &World, ctx: &Context, id: StartupId) -> bool {
    let startup = &world.startups[id.ix()];
    startup.next_ask <= ctx.month && startup.burn > Yen::ZERO && runway(world, id) < ctx.spec.finance.raise_runway
}

/// Money that a startup asks for: the cost of the way to the next value step with a margin, at least the least runway,
/// for all its people and programmes. What is still in the account is the time in which the next round is found.
pub(super) fn need(world: &World, ctx: &Context, id: StartupId, lead: ProgrammeId) -> Yen {
    let programme = &world.programmes[lead.ix()];
    let org = world.startup_org(id);
    let country = &ctx.spec.country[usize::from(org.country.0)];
    let cluster = &ctx.spec.cluster[usize::from(org.cluster.0)];
    let finance = &ctx.spec.finance;
    let active = || {
        let rows = world.startups[id.ix()].live.iter().map(|id| &world.programmes[id.ix()]);
        rows.filter(|programme| programme.status == ProgrammeStatus::Active && !programme.paused)
    };
    let direct: Yen = active()
        .map(|programme| {
            supply::present_cost(world, ctx.spec, programme)
                .scaled(f64::from(programme.weight) / programme.needed.max(1.0))
        })
        .sum();
    let heads = f64::from(pipeline::headcount(country, programme.stage) * org.weight) * several(ctx, active().count());
    let monthly = cluster.burn_per_head.scaled(heads) + direct;
    let left = (programme.needed - programme.progress).max(0.0);
    let months =
        (left * finance.round_margin).clamp(finance.round_runway, finance.round_runway_most.max(finance.round_runway));
    monthly.scaled(months)
}

/// How many more people several programmes need than one.
fn several(ctx: &Context, programmes: usize) -> f64 {
    1.0 + ctx.spec.operations.startup_programme * (programmes.saturating_sub(1) as f64)
}

/// Listed startups ask the public, who give if the market is open and the programme is worth it.
fn offer_to_public(world: &mut World, ctx: &Context, journal: &mut Journal, id: StartupId) {
    let Some(lead) = world.lead_programme(id) else { return };
    let ask = need(world, ctx, id, lead);
    let org = world.startups[id.ix()].org;
    let programme = &world.programmes[lead.ix()];
    let worth = valuation::value(world, ctx, programme, programme.quality, ctx.spec.finance.discount_industry);
    let window = public_money::climate(world, ctx, world.orgs[org.ix()].country, ctx.spec.exits.cold_window);
    let luck = sample::unit(&mut ctx.streams.at(Purpose::Look, world.orgs[org.ix()].key, u32::from(ctx.month.0)));
    if worth > ask && luck < window {
        world.ledger.post(Outside::PublicMarkets, org, Category::PublicEquity, ask);
        super::exits::issue_to_public(world, id, ask, worth);
        rounds::resume(world, id);
        world.startups[id.ix()].next_ask = ctx.month.plus(ctx.spec.finance.rest.round() as u64);
        journal.event(
            ctx.month,
            EventKind::Round,
            &world.orgs[org.ix()],
            None,
            ask,
            "value over the public offering",
            worth.0 as f64 / ask.0.max(1) as f64,
        );
    } else {
        world.startups[id.ix()].next_ask = ctx.month.plus(ctx.spec.finance.retry.round() as u64);
    }
}

/// Posts that a startup with money would have for what it does: by the stage of its lead programme, more with several.
#[must_use]
pub(super) fn full_posts(world: &World, ctx: &Context, id: StartupId) -> Staff {
    part_of_posts(world, ctx, id, 1.0)
}

/// Posts that a startup plans: the founding team before the first outside money, then those of [`full_posts`] that it kept
/// after cuts.
#[must_use]
pub(super) fn planned_posts(world: &World, ctx: &Context, id: StartupId) -> Staff {
    let org = world.startup_org(id);
    let startup = &world.startups[id.ix()];
    if startup.rounds == 0 && world.lead_programme(id).is_some() {
        let country = &ctx.spec.country[usize::from(org.country.0)];
        let team = pipeline::headcount(country, Stage::Preclinical).min(ctx.spec.founding.team) * org.weight;
        return build::posts_of_startup(ctx.spec, team, org.weight);
    }
    part_of_posts(world, ctx, id, startup.kept)
}

fn part_of_posts(world: &World, ctx: &Context, id: StartupId, kept: f64) -> Staff {
    let org = world.startup_org(id);
    let Some(lead) = world.lead_programme(id) else { return org.staff };
    let country = &ctx.spec.country[usize::from(org.country.0)];
    let stage = world.programmes[lead.ix()].stage;
    let heads = f64::from(pipeline::headcount(country, stage) * org.weight) * several(ctx, running(world, id)) * kept;
    build::posts_of_startup(ctx.spec, heads.round() as u32, org.weight)
}

/// Programmes that a startup works on.
fn running(world: &World, id: StartupId) -> usize {
    let rows = world.startups[id.ix()].live.iter().map(|id| &world.programmes[id.ix()]);
    rows.filter(|programme| programme.status == ProgrammeStatus::Active && !programme.paused).count()
}
