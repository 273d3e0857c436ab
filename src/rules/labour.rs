//! Phase 13: posts and people meet.
//!
//! Reads   planned posts, people without a post, this month's searchers, the mobility rules
//! Writes  who works where, who lives where
//! Draws   `Purpose::Destination`, keyed by person and month (where to apply); `Purpose::Labour`, keyed by person and
//!         month (which post); `Purpose::OutsideHire`, keyed by organisation and month; `Purpose::Person`
//! Source  M17 (demand-driven matching)
//!
//! Open posts of a cluster and occupation stand on a ring; an applicant tries the posts that follow points of their own,
//! and each post keeps the best of those who try. So a post more or an applicant fewer moves only the few people whom
//! it displaces, and both sides of the market keep their luck under another policy.

use crate::math;
use crate::record::{FlowKind, Journal, column};
use crate::rng::{Key, Purpose, Rng, sample};
use crate::rules::score::Party;
use crate::rules::{Agenda, Context};
use crate::scenario::spec::{Actor, ClusterId, Decision, Feature};
use crate::world::calendar::Clock;
use crate::world::organisation::{Org, OrgId};
use crate::world::people::{Newcomer, OCCUPATIONS, Occupation, PersonId, Staff};
use crate::world::{World, build, lineage};

/// Posts that an applicant tries in a month.
const APPLICATIONS: u8 = 5;

/// Somebody who looks for another post this month.
#[derive(Debug, Clone, Copy)]
pub(super) struct Searcher {
    pub person: PersonId,
    /// Looks only in the home country.
    pub homeward: bool,
}

/// Open posts of one cluster and occupation, and who wants them.
#[derive(Debug, Clone, Default)]
struct Market {
    /// Place on the ring, employer; one entry for each ticket.
    tickets: Vec<(u64, OrgId)>,
    /// Tickets taken.
    taken: Vec<bool>,
    /// Point on the ring, person.
    applicants: Vec<(u64, PersonId)>,
}

pub(super) fn meet(world: &mut World, ctx: &Context, agenda: &Agenda, journal: &mut Journal) {
    plan(world, ctx);
    let mut markets = post_vacancies(world, ctx);
    apply_widely(world, ctx, agenda, &mut markets);
    apply_nearby(world, ctx, &mut markets);
    for market in &mut markets {
        match_market(world, ctx, journal, market);
    }
    hire_from_outside(world, ctx, journal, &markets);
}

fn market_of(cluster: ClusterId, occupation: Occupation) -> usize {
    usize::from(cluster.0) * OCCUPATIONS.len() + occupation as usize
}

/// Posts of an institution: those of its entry now, its share of them, grown since the start.
#[must_use]
pub(super) fn planned_posts(ctx: &Context, org: &Org) -> Staff {
    let Some(entry) = org.institution else { return org.posts };
    let institution = &ctx.spec.institution[usize::from(entry.0)];
    let kind = &ctx.spec.kind[usize::from(institution.kind.0)];
    let years = f64::from(ctx.month.since(org.founded)) / 12.0;
    let growth = math::exp((kind.growth + institution.growth) * years);
    build::posts_of_kind(kind, (f64::from(institution.employees) * org.share * growth).round() as u32)
}

fn plan(world: &mut World, ctx: &Context) {
    for at in 0..world.open.len() {
        let row = world.open[at].ix();
        let posts = match world.orgs[row].startup {
            Some(startup) => super::finance::planned_posts(world, ctx, startup),
            None => planned_posts(ctx, &world.orgs[row]),
        };
        world.orgs[row].posts = posts;
    }
}

/// Tickets for open posts, in units of the cluster's grain, no more than the hiring pace allows.
fn post_vacancies(world: &World, ctx: &Context) -> Vec<Market> {
    let mut markets = vec![Market::default(); ctx.spec.cluster.len() * OCCUPATIONS.len()];
    for id in &world.open {
        let org = &world.orgs[id.ix()];
        let grain = ctx.spec.cluster[usize::from(org.cluster.0)].grain.max(1);
        let pace = (f64::from(org.headcount()) * ctx.spec.labour.hiring_pace).max(2.0 * f64::from(org.weight));
        for occupation in OCCUPATIONS {
            let open = org.posts[occupation as usize].saturating_sub(org.staff[occupation as usize]);
            // Rounding to the nearest leaves organisations of a coarse cluster right on average.
            let tickets = (f64::from(open).min(pace) / f64::from(grain)).round() as u32;
            let market = &mut markets[market_of(org.cluster, occupation)];
            for ticket in 0..tickets {
                let place = org.key.child(occupation as u8, u64::from(ticket)).0;
                market.tickets.push((place, *id));
            }
        }
    }
    for market in &mut markets {
        market.tickets.sort_unstable();
        market.taken = vec![false; market.tickets.len()];
    }
    markets
}

/// This month's searchers choose a cluster and apply there; coarse agents on their way to a finer cluster become the
/// people that they stood for, who then apply one by one.
fn apply_widely(world: &mut World, ctx: &Context, agenda: &Agenda, markets: &mut [Market]) {
    for searcher in &agenda.searchers {
        let id = searcher.person;
        if !world.people.is_alive(id) {
            continue;
        }
        let Some(to) = choose_cluster(world, ctx, agenda, markets, searcher) else { continue };
        let grain = ctx.spec.cluster[usize::from(to.0)].grain.max(1);
        let parts =
            if u32::from(world.people.weight[id.ix()]) > grain { split(world, ctx, id, grain) } else { Vec::new() };
        for person in std::iter::once(id).chain(parts) {
            apply(world, ctx, markets, person, to);
        }
    }
}

fn apply(world: &World, ctx: &Context, markets: &mut [Market], person: PersonId, to: ClusterId) {
    let key = world.people.key[person.ix()];
    let point = ctx.streams.at(Purpose::Labour, key, u32::from(ctx.month.0)).next_u64();
    markets[market_of(to, world.people.occupation[person.ix()])].applicants.push((point, person));
}

/// Resolves a coarse agent into agents of at most `grain`, with the same post; the first keeps the row.
fn split(world: &mut World, ctx: &Context, id: PersonId, grain: u32) -> Vec<PersonId> {
    let clock = Clock::new(ctx.spec.labour.clock_bound);
    let ix = id.ix();
    let (key, employer) = (world.people.key[ix], world.people.employer[ix]);
    let mut left = u32::from(world.people.weight[ix]) - grain;
    let first = Newcomer {
        key,
        born: world.people.born[ix],
        occupation: world.people.occupation[ix],
        field: world.people.field[ix],
        cluster: world.people.cluster[ix],
        home: world.people.home[ix],
        weight: grain as u16,
    };
    world.release(id);
    world.people.weight[ix] = grain as u16;
    if let Some(employer) = employer {
        world.employ(id, employer);
    }
    let mut parts = Vec::new();
    while left > 0 {
        let weight = left.min(grain);
        left -= weight;
        let new = Newcomer { key: key.child(lineage::PART, u64::from(left)), weight: weight as u16, ..first };
        // These people were counted as born when their agent was: only the agent is new.
        let part = world.add_person(ctx.spec, ctx.streams, new);
        world.headcount[usize::from(first.cluster.0)].born -= i64::from(weight);
        build::schedule_candidate(world, &clock, ctx.streams, part);
        match employer {
            Some(employer) => world.employ(part, employer),
            None => world.jobless[usize::from(first.cluster.0)].push(part),
        }
        parts.push(part);
    }
    parts
}

/// Scope first (abroad, elsewhere in the country, or here), then a cluster by the mobility rules.
fn choose_cluster(
    world: &World,
    ctx: &Context,
    agenda: &Agenda,
    markets: &[Market],
    searcher: &Searcher,
) -> Option<ClusterId> {
    let id = searcher.person;
    let ix = id.ix();
    let here = world.people.cluster[ix];
    let at_home = build::country_of(ctx.spec, here);
    let country = &ctx.spec.country[usize::from(at_home.0)];
    let mut rng = ctx.streams.at(Purpose::Destination, world.people.key[ix], u32::from(ctx.month.0));
    let (scope, choice) = (sample::unit(&mut rng), sample::unit(&mut rng));
    let abroad = country.international_share;
    let elsewhere = abroad + country.cross_cluster_share;
    let fits = |to: ClusterId| {
        let there = build::country_of(ctx.spec, to);
        if searcher.homeward {
            there == world.people.home[ix]
        } else if scope < abroad {
            there != at_home
        } else if scope < elsewhere {
            to != here && there == at_home
        } else {
            to == here
        }
    };
    let options: Vec<ClusterId> = (0..ctx.spec.cluster.len() as u16).map(ClusterId).filter(|to| fits(*to)).collect();
    if options.len() <= 1 {
        return options.first().copied();
    }
    let scores: Vec<f64> = options.iter().map(|to| appeal(world, ctx, agenda, markets, id, *to)).collect();
    let top = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let weights: Vec<f64> = scores.iter().map(|score| math::exp(score - top)).collect();
    let mut bar = choice * math::sum_in_order(&weights);
    for (option, weight) in options.iter().zip(&weights) {
        bar -= weight;
        if bar < 0.0 {
            return Some(*option);
        }
    }
    options.last().copied()
}

fn appeal(world: &World, ctx: &Context, agenda: &Agenda, markets: &[Market], id: PersonId, to: ClusterId) -> f64 {
    let ix = id.ix();
    let here = world.people.cluster[ix];
    let occupation = world.people.occupation[ix];
    let market = &markets[market_of(to, occupation)];
    let country = |cluster: ClusterId| build::country_of(ctx.spec, cluster);
    let flag = |yes: bool| f64::from(u8::from(yes));
    let grain = f64::from(ctx.spec.cluster[usize::from(to.0)].grain.max(1));
    let value = |feature: Feature| match feature {
        Feature::Constant => 1.0,
        Feature::LogVacancies => math::ln_1p(market.tickets.len() as f64 * grain),
        Feature::LogTravelHours => world.access.log_hours(here, to),
        Feature::LogWageRatio => {
            let pay = |cluster| build::wages_of(ctx.spec, cluster)[occupation as usize].0 as f64;
            math::ln(pay(to).max(1.0) / pay(here).max(1.0))
        }
        Feature::Home => flag(country(to) == world.people.home[ix] && country(here) != world.people.home[ix]),
        Feature::SameCluster => flag(to == here),
        Feature::SameCountry => flag(country(to) == country(here)),
        Feature::LogPeers => math::ln_1p(world.headcount[usize::from(to.0)].alive() as f64),
        Feature::StartupShare => startup_share(world, to),
        _ => 0.0,
    };
    let who = Party { actor: Actor::Person, cluster: here, country: country(here) };
    let whom = Party { actor: Actor::Person, cluster: to, country: country(to) };
    agenda.scoring.score(Decision::Mobility, who, whom, world.hot, value)
}

fn startup_share(world: &World, cluster: ClusterId) -> f64 {
    let heads: u32 = world
        .operating_startups()
        .map(|id| world.startup_org(id))
        .filter(|org| org.cluster == cluster)
        .map(Org::headcount)
        .sum();
    f64::from(heads) / (world.headcount[usize::from(cluster.0)].alive() as f64).max(1.0)
}

/// Everybody without a post applies in the own cluster.
fn apply_nearby(world: &mut World, ctx: &Context, markets: &mut [Market]) {
    for cluster in 0..world.jobless.len() {
        let mut rows = std::mem::take(&mut world.jobless[cluster]);
        rows.sort_unstable();
        rows.dedup();
        let here = ClusterId(cluster as u16);
        rows.retain(|id| {
            world.people.is_alive(*id)
                && world.people.employer[id.ix()].is_none()
                && world.people.cluster[id.ix()] == here
        });
        for id in &rows {
            apply(world, ctx, markets, *id, here);
        }
        world.jobless[cluster] = rows;
    }
}

/// Deferred acceptance: applicants try up to [`APPLICATIONS`] posts in the order of their own points on the ring, and a
/// post keeps whom it likes best of those who try. The outcome does not depend on the order of trying, and a change
/// on one side moves only the chain of people that it displaces.
fn match_market(world: &mut World, ctx: &Context, journal: &mut Journal, market: &mut Market) {
    let Market { tickets, taken, applicants } = market;
    if tickets.is_empty() {
        return;
    }
    let mut holder: Vec<Option<(u64, usize)>> = vec![None; tickets.len()];
    let mut tries = vec![0; applicants.len()];
    let mut waiting: Vec<usize> = (0..applicants.len()).rev().collect();
    while let Some(applicant) = waiting.pop() {
        let (point, id) = applicants[applicant];
        if tries[applicant] >= APPLICATIONS {
            continue;
        }
        let place = Key(point).child(tries[applicant], 0).0;
        tries[applicant] += 1;
        let after = tickets.partition_point(|(at, _)| *at < place);
        let ticket = if after == tickets.len() { 0 } else { after };
        // How the post likes the applicant: a taste of the pair.
        let taste = Key(place).child(APPLICATIONS, tickets[ticket].0).0;
        let better = holder[ticket].is_none_or(|(other, _)| taste < other);
        if better && would_take(world, ctx, id, tickets[ticket].1) {
            if let Some((_, displaced)) = holder[ticket].replace((taste, applicant)) {
                waiting.push(displaced);
            }
        } else {
            waiting.push(applicant);
        }
    }
    for (ticket, held) in holder.iter().enumerate() {
        if let Some((_, applicant)) = held {
            taken[ticket] = true;
            take_post(world, ctx, journal, applicants[*applicant].1, tickets[ticket].1);
        }
    }
}

/// Nobody applies to the own employer, and nobody leaves a post for a startup about to run out of money.
fn would_take(world: &World, ctx: &Context, id: PersonId, to: OrgId) -> bool {
    let Some(now) = world.people.employer[id.ix()] else { return true };
    let sound = |startup| !super::distress::is_distressed(world, ctx, startup);
    now != to && world.orgs[to.ix()].startup.is_none_or(sound)
}

fn take_post(world: &mut World, ctx: &Context, journal: &mut Journal, id: PersonId, employer: OrgId) {
    let weight = i64::from(world.people.weight[id.ix()]);
    let (from, to) = (world.people.cluster[id.ix()], world.orgs[employer.ix()].cluster);
    world.release(id);
    if from != to {
        world.relocate(id, to);
        journal.count(column("moves_out"), from, weight);
        journal.count(column("moves_in"), to, weight);
        journal.flow(FlowKind::People, from, to, weight);
    }
    world.employ(id, employer);
    journal.count(column("hires"), to, weight);
    super::knowledge::carry(world, ctx, id, employer);
}

/// Part of the posts that stayed open go to people from outside the modelled sector.
fn hire_from_outside(world: &mut World, ctx: &Context, journal: &mut Journal, markets: &[Market]) {
    let clock = Clock::new(ctx.spec.labour.clock_bound);
    let mut open: Vec<(OrgId, Occupation)> = Vec::new();
    for (row, market) in markets.iter().enumerate() {
        let occupation = OCCUPATIONS[row % OCCUPATIONS.len()];
        let left = market.tickets.iter().zip(&market.taken).filter(|(_, taken)| !**taken);
        open.extend(left.map(|((_, org), _)| (*org, occupation)));
    }
    open.sort_unstable();
    let mut number = 0;
    for (at, (employer, occupation)) in open.iter().enumerate() {
        number = if at > 0 && open[at - 1].0 == *employer { number + 1 } else { 0 };
        let org = &world.orgs[employer.ix()];
        let (key, cluster, country, expertise) = (org.key, org.cluster, org.country, org.expertise);
        let scarce = matches!(occupation, Occupation::Researcher | Occupation::Clinician);
        let share = ctx.spec.labour.outside_hire * if scarce { 0.25 } else { 1.0 };
        let address = key.child(lineage::ENTRANT, u64::from(ctx.month.0) << 32 | number);
        let mut rng = ctx.streams.at(Purpose::OutsideHire, address, 0);
        if !sample::chance(&mut rng, share) {
            continue;
        }
        let grain = ctx.spec.cluster[usize::from(cluster.0)].grain.max(1);
        let age = ctx.spec.labour.entry_age + 15.0 * sample::unit(&mut rng);
        let new = Newcomer {
            key: address,
            born: (f64::from(ctx.month.0) - age * 12.0) as i16,
            occupation: *occupation,
            field: build::draw_field(&expertise, &mut rng),
            cluster,
            home: country,
            weight: grain as u16,
        };
        let id = world.add_person(ctx.spec, ctx.streams, new);
        build::schedule_candidate(world, &clock, ctx.streams, id);
        world.employ(id, *employer);
        journal.count(column("entrants"), cluster, i64::from(grain));
        journal.count(column("hires"), cluster, i64::from(grain));
    }
}
