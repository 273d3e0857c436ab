//! Phase 10: funds look, screen, invest in rounds, syndicate and reserve; grants follow.
//!
//! Reads   startups short of money, managers' commitments, the funding rules, calls, the regime
//! Writes  rounds: ledger, cap tables, reserves, tranches; bridges (grants and matching money: `grants`)
//! Draws   `Purpose::Look`, keyed by the pair of manager and startup and month (who comes on whose list);
//!         `Purpose::Signal`, keyed by the pair of manager and programme and stage (what the manager believes);
//!         `Purpose::RoundRetry`, keyed by startup and month (order of the month)
//! Source  M8 (looks, signals), M9 (value, tranches), M10 (syndicates, reserves), M11 (bridge), M12 (calls)

use crate::math;
use crate::record::{EventKind, FlowKind, Journal, column};
use crate::rng::{Key, Purpose, Rng, sample};
use crate::rules::score::Party;
use crate::rules::{Agenda, Context, grants, public_money, valuation};
use crate::scenario::spec::{Actor, Decision, Feature, Stage};
use crate::units::Yen;
use crate::world::ledger::{Category, Outside};
use crate::world::organisation::{FundId, Holder, ProgrammeId, ProgrammeStatus, StartupId, StartupStatus};
use crate::world::people::Staff;
use crate::world::{World, build, pipeline, supply};

/// Managers that a startup gets to meet in one attempt, at most.
const MEETINGS: usize = 14;
/// A round closes if at least this share of the ask is found.
const ENOUGH: f64 = 0.6;
/// Investors of a round get at least this share together, however good the company looks.
const LEAST_SHARE: f64 = 0.1;

pub(super) fn raise(world: &mut World, ctx: &Context, agenda: &Agenda, journal: &mut Journal) {
    renew_attention(world, ctx);
    grants::award(world, ctx, journal);
    let mut asking: Vec<(u64, StartupId)> = world
        .operating_startups()
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
            _ => attempt_round(world, ctx, agenda, journal, id),
        }
    }
}

/// The share of companies on its list that a manager has time to look at: by last month's demand, so that nobody's
/// place in this month's queue depends on who else is in it.
fn renew_attention(world: &mut World, ctx: &Context) {
    for row in 0..world.funds.len() {
        let weight = world.orgs[world.funds[row].org.ix()].weight;
        let partners = f64::from(ctx.spec.fund[world.funds[row].entry].partners * weight);
        let fund = &mut world.funds[row];
        fund.attention = (partners * ctx.spec.finance.looks / f64::from(fund.asked.max(1))).min(1.0);
        fund.asked = 0;
    }
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
        let rows = world.startups[id.ix()].programmes.iter().map(|id| &world.programmes[id.ix()]);
        rows.filter(|programme| programme.status == ProgrammeStatus::Active)
    };
    let direct: Yen = active()
        .map(|programme| {
            supply::present_cost(world, ctx.spec, programme)
                .scaled(f64::from(programme.weight) / programme.needed.max(1.0))
        })
        .sum();
    let heads = f64::from(pipeline::headcount(country, programme.stage) * org.weight) * several(active().count());
    let monthly = cluster.burn_per_head.scaled(heads) + direct;
    let left = (programme.needed - programme.progress).max(0.0);
    let months = (left * finance.round_margin).clamp(finance.round_runway, 2.0 * finance.round_runway);
    monthly.scaled(months)
}

/// How many more people several programmes need than one.
fn several(programmes: usize) -> f64 {
    1.0 + 0.25 * (programmes.saturating_sub(1) as f64)
}

/// One manager's offer.
struct Offer {
    fund: FundId,
    ticket: Yen,
    ratio: f64,
}

fn attempt_round(world: &mut World, ctx: &Context, agenda: &Agenda, journal: &mut Journal, id: StartupId) {
    let Some(lead) = world.lead_programme(id) else { return };
    if world.programmes[lead.ix()].status != ProgrammeStatus::Active {
        return;
    }
    let refused = world.startups[id.ix()].refused;
    let cut = 1.0 - ctx.spec.finance.ask_cut;
    let ask = need(world, ctx, id, lead).scaled(if refused == 0 { 1.0 } else { math::pow(cut, f64::from(refused)) });
    let mut offers = collect_offers(world, ctx, agenda, id, lead, ask);
    offers.sort_by(|a, b| {
        b.ratio.total_cmp(&a.ratio).then_with(|| world.fund_org(a.fund).key.cmp(&world.fund_org(b.fund).key))
    });
    offers.truncate(1 + ctx.spec.finance.refusals as usize);
    let total: Yen = offers.iter().map(|offer| offer.ticket).sum();
    if (total.0 as f64) < ENOUGH * ask.0 as f64 || offers.is_empty() {
        fail_round(world, ctx, journal, id, ask);
    } else {
        close_round(world, ctx, journal, id, lead, ask.min(total), &offers);
    }
}

/// Managers by appeal of the funding rules plus taste, as far as their attention reaches; each screens, then looks
/// closer, then offers what it may put into one company if the stake is worth the hurdle.
fn collect_offers(
    world: &mut World,
    ctx: &Context,
    agenda: &Agenda,
    id: StartupId,
    lead: ProgrammeId,
    ask: Yen,
) -> Vec<Offer> {
    let mut list = look_list(world, ctx, agenda, id, lead);
    list.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| world.fund_org(a.1).key.cmp(&world.fund_org(b.1).key)));
    let finance = &ctx.spec.finance;
    let programme = &world.programmes[lead.ix()];
    let climate = public_money::climate(world, ctx, world.startup_org(id).country, 0.7);
    let mut offers = Vec::new();
    let mut wanted = ask;
    for (_, fund, busy) in list.into_iter().take(MEETINGS) {
        world.funds[fund.ix()].asked += 1;
        if busy >= world.funds[fund.ix()].attention {
            continue;
        }
        let (screen, diligence) = beliefs(world, ctx, fund, lead);
        if screen < finance.screen_cut {
            continue;
        }
        // The share that would pay the ticket back at the fund's own discount, against the largest that leaves founders
        // something to work for.
        let worth = valuation::value(world, ctx, programme, diligence, finance.discount).scaled(climate).max(Yen::ZERO);
        let share = finance.hurdle * ask.0 as f64 / (worth + ask).0.max(1) as f64;
        if share > finance.ownership {
            continue;
        }
        let ratio = finance.ownership / share;
        let ticket = largest_ticket(world, ctx, fund, id).min(wanted);
        if ticket > Yen::ZERO {
            wanted -= ticket;
            offers.push(Offer { fund, ticket, ratio });
        }
        if wanted <= Yen::ZERO {
            break;
        }
    }
    offers
}

fn look_list(
    world: &World,
    ctx: &Context,
    agenda: &Agenda,
    id: StartupId,
    lead: ProgrammeId,
) -> Vec<(f64, FundId, f64)> {
    let org = world.startup_org(id);
    let field = world.programmes[lead.ix()].field;
    let startup = &world.startups[id.ix()];
    let about = Party { actor: Actor::Startup, cluster: org.cluster, country: org.country };
    let flag = |yes: bool| f64::from(u8::from(yes));
    let mut list = Vec::new();
    for row in 0..world.funds.len() as u32 {
        let fund = FundId(row);
        let manager = &world.funds[row as usize];
        let home = world.fund_org(fund);
        let entry = &ctx.spec.fund[manager.entry];
        if !entry.foreign && home.country != org.country {
            continue;
        }
        let value = |feature: Feature| match feature {
            Feature::Constant => 1.0,
            Feature::LogTravelHours => world.access.log_hours(home.cluster, org.cluster),
            Feature::SameCluster => flag(home.cluster == org.cluster),
            Feature::SameCountry => flag(home.country == org.country),
            Feature::SectorFit => {
                flag(entry.domains.as_ref().is_none_or(|known| known.iter().any(|known| *known as u8 == field)))
            }
            Feature::PriorCoinvestment => flag(has_coinvested(world, fund, &startup.shares)),
            Feature::HotRegime => flag(world.hot),
            _ => 0.0,
        };
        let who = Party { actor: Actor::Fund, cluster: home.cluster, country: home.country };
        let score = agenda.scoring.score(Decision::Funding, who, about, world.hot, value);
        let pair = Key::pair(home.key, org.key);
        let mut rng = ctx.streams.at(Purpose::Look, pair, u32::from(ctx.month.0));
        list.push((score + sample::gumbel(&mut rng), fund, sample::unit(&mut rng)));
    }
    list
}

/// Whether a manager holds this startup already, or has ever invested beside one of its holders.
fn has_coinvested(world: &World, fund: FundId, shares: &[(Holder, u64)]) -> bool {
    shares.iter().any(|(holder, _)| match holder {
        Holder::Fund(other) => *other == fund || world.coinvestors[fund.ix()][other.ix()],
        Holder::Founders | Holder::Public => false,
    })
}

/// First impression, and belief after diligence, of a programme's quality: the truth and noise that belongs to the
/// pair and the stage, so that a manager does not see another truth next month.
fn beliefs(world: &World, ctx: &Context, fund: FundId, lead: ProgrammeId) -> (f64, f64) {
    let programme = &world.programmes[lead.ix()];
    let pair = super::development::key_with(world, lead, world.funds[fund.ix()].org);
    let mut rng = ctx.streams.at(Purpose::Signal, pair, programme.stage as u32);
    let screen = programme.quality + ctx.spec.finance.signal_screen * sample::normal(&mut rng);
    let diligence = programme.quality + ctx.spec.finance.signal_diligence * sample::normal(&mut rng);
    (screen, diligence)
}

/// What a manager may put into one startup: within its concentration limit and what is not reserved for others.
fn largest_ticket(world: &World, ctx: &Context, fund: FundId, id: StartupId) -> Yen {
    let manager = &world.funds[fund.ix()];
    let own = manager.holdings.iter().find(|(startup, _, _)| *startup == id);
    let reserve = own.map_or(Yen::ZERO, |(_, _, reserve)| *reserve);
    let free = manager.uncalled - manager.reserved;
    let most = manager.size.scaled(ctx.spec.finance.concentration);
    let fresh = if own.is_some() { free.scaled(0.5) } else { free.scaled(1.0 / (1.0 + ctx.spec.finance.reserve)) };
    (reserve + fresh.max(Yen::ZERO)).min(most).max(Yen::ZERO)
}

fn fail_round(world: &mut World, ctx: &Context, journal: &mut Journal, id: StartupId, ask: Yen) {
    let retry = ctx.spec.finance.retry.round() as u64;
    let startup = &mut world.startups[id.ix()];
    startup.refused += 1;
    startup.next_ask = ctx.month.plus(retry.max(1));
    let (refused, org) = (startup.refused, startup.org);
    journal.event(
        ctx.month,
        EventKind::RoundFailed,
        &world.orgs[org.ix()],
        None,
        ask,
        "refused attempts in a row",
        f64::from(refused),
    );
    if refused > ctx.spec.finance.retries && !world.startups[id.ix()].bridged {
        bridge(world, ctx, journal, id);
    }
}

fn close_round(
    world: &mut World,
    ctx: &Context,
    journal: &mut Journal,
    id: StartupId,
    lead: ProgrammeId,
    amount: Yen,
    offers: &[Offer],
) {
    let finance = &ctx.spec.finance;
    let org = world.startups[id.ix()].org;
    let staged = world.startups[id.ix()].rounds > 0 && amount >= finance.tranche_from;
    let paid = if staged { finance.tranche } else { 1.0 };
    let owned: u64 = world.startups[id.ix()].shares.iter().map(|(_, shares)| shares).sum();
    let share = (finance.ownership / offers[0].ratio).clamp(LEAST_SHARE, finance.ownership);
    let issued = owned as f64 * share / (1.0 - share);
    let mut left = amount;
    for offer in offers {
        let ticket = offer.ticket.min(left);
        if ticket <= Yen::ZERO {
            continue;
        }
        left -= ticket;
        let shares = (issued * ticket.0 as f64 / amount.0.max(1) as f64) as u64;
        commit(world, ctx, offer.fund, id, ticket);
        remember_company(world, offer.fund, id);
        world.startups[id.ix()].shares.push((Holder::Fund(offer.fund), shares));
        let now = ticket.scaled(paid);
        pay_in(world, journal, offer.fund, id, now);
        if ticket > now {
            world.startups[id.ix()].tranches.push((offer.fund, ticket - now));
        }
    }
    let startup = &mut world.startups[id.ix()];
    startup.rounds += 1;
    startup.refused = 0;
    startup.kept = 1.0;
    startup.next_ask = ctx.month.plus(6);
    startup.value = amount.scaled(1.0 / share);
    let actor = &world.orgs[org.ix()];
    let weight = i64::from(actor.weight);
    let lender = &world.orgs[world.funds[offers[0].fund.ix()].org.ix()];
    journal.count(column("rounds_closed"), actor.cluster, weight);
    journal.count(column("venture_raised_jpy"), actor.cluster, amount.0);
    journal.event(
        ctx.month,
        EventKind::Round,
        actor,
        Some(lender),
        amount,
        "largest acceptable share over the share sold",
        offers[0].ratio,
    );
    let certified = offers
        .iter()
        .filter(|offer| ctx.spec.fund[world.funds[offer.fund.ix()].entry].certified)
        .map(|offer| offer.ticket)
        .sum();
    grants::match_round(world, ctx, journal, id, lead, certified);
}

/// Books a ticket against the manager's commitments; a first ticket sets a reserve aside.
fn commit(world: &mut World, ctx: &Context, fund: FundId, id: StartupId, ticket: Yen) {
    let wanted = ticket.scaled(ctx.spec.finance.reserve);
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
        }
    }
    // The ticket is called now or with the tranche: either way it is no longer free.
    manager.uncalled -= ticket.min(manager.uncalled);
    manager.reserved = manager.reserved.min(manager.uncalled);
}

/// A manager and the present holders of a startup have invested side by side from now on.
fn remember_company(world: &mut World, fund: FundId, id: StartupId) {
    let (startups, coinvestors) = (&world.startups, &mut world.coinvestors);
    for (holder, _) in &startups[id.ix()].shares {
        if let Holder::Fund(other) = holder {
            coinvestors[fund.ix()][other.ix()] = true;
            coinvestors[other.ix()][fund.ix()] = true;
        }
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
fn bridge(world: &mut World, ctx: &Context, journal: &mut Journal, id: StartupId) {
    world.startups[id.ix()].bridged = true;
    let mut left = world.startups[id.ix()].burn.scaled(ctx.spec.finance.retry.max(ctx.spec.distress.bridge));
    let mut paid = Yen::ZERO;
    let holders: Vec<FundId> = world.startups[id.ix()]
        .shares
        .iter()
        .filter_map(|(holder, _)| if let Holder::Fund(fund) = holder { Some(*fund) } else { None })
        .collect();
    for fund in holders {
        let reserve = world.funds[fund.ix()]
            .holdings
            .iter()
            .find(|(startup, _, _)| *startup == id)
            .map(|(_, _, reserve)| *reserve);
        let ticket = reserve.unwrap_or(Yen::ZERO).min(left).min(world.funds[fund.ix()].uncalled);
        if ticket > Yen::ZERO {
            commit(world, ctx, fund, id, ticket);
            pay_in(world, journal, fund, id, ticket);
            left -= ticket;
            paid += ticket;
        }
    }
    if paid > Yen::ZERO {
        let org = world.startup_org(id);
        journal.count(column("venture_raised_jpy"), org.cluster, paid.0);
        journal.event(ctx.month, EventKind::Bridge, org, None, paid, "months of runway left", runway(world, id));
    }
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
        world.startups[id.ix()].next_ask = ctx.month.plus(6);
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

/// Posts that a startup plans: by the stage of its lead programme, more with several programmes, fewer after cuts.
#[must_use]
pub(super) fn planned_posts(world: &World, ctx: &Context, id: StartupId) -> Staff {
    let org = world.startup_org(id);
    let startup = &world.startups[id.ix()];
    let Some(lead) = world.lead_programme(id) else { return org.staff };
    let programme = &world.programmes[lead.ix()];
    let country = &ctx.spec.country[usize::from(org.country.0)];
    let active =
        startup.programmes.iter().filter(|id| world.programmes[id.ix()].status == ProgrammeStatus::Active).count();
    if startup.rounds == 0 {
        // Before the first outside money a startup is its founding team.
        let team = pipeline::headcount(country, Stage::Preclinical).min(build::FOUNDING_TEAM) * org.weight;
        return build::posts_of_startup(ctx.spec, team, org.weight);
    }
    let heads = f64::from(pipeline::headcount(country, programme.stage) * org.weight) * several(active) * startup.kept;
    build::posts_of_startup(ctx.spec, heads.round() as u32, org.weight)
}
