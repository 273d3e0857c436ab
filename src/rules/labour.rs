//! Phase 13: posts and people meet.
//!
//! Reads   planned posts, what products earn, people without a post, this month's searchers, the mobility rules
//! Writes  who works where, who lives where
//! Draws   `Purpose::Labour`, keyed by person and month (which post); `Purpose::OutsideHire`, keyed by organisation and
//!         month; where to apply: see `mobility`
//! Source  M17 (demand-driven matching)
//!
//! Open posts of a cluster and occupation stand on a ring; an applicant tries the posts that follow points of their own,
//! and each post keeps the best of those who try. So a post more or an applicant fewer moves only the few people whom
//! it displaces, and both sides of the market keep their luck under another policy.

use crate::math;
use crate::record::{FlowKind, Journal, column};
use crate::rng::{Key, Purpose, Rng, sample};
use crate::rules::{Agenda, Context, demand, mobility, operations};
use crate::scenario::spec::{ClusterId, InstitutionId};
use crate::units::{Month, Yen};
use crate::world::organisation::{Org, OrgId};
use crate::world::people::{Newcomer, OCCUPATIONS, Occupation, PersonId, Staff};
use crate::world::sieve::Sieve;
use crate::world::{World, build, lineage};

/// A ticket that nobody holds.
const NOBODY: u32 = u32::MAX;

/// Open posts of one cluster and occupation, and who wants them.
#[derive(Debug, Clone, Default)]
pub(super) struct Market {
    /// Place on the ring and employer of each ticket, in order of the places; and whether people leave a post for it.
    tickets: Vec<(u64, OrgId, bool)>,
    /// The ring cut into as many equal arcs as there are tickets: the first ticket in each arc or behind it.
    guide: Vec<u32>,
    /// Memory to put them in order with.
    unordered: Vec<(u64, OrgId, bool)>,
    /// Who holds each ticket: how little the post likes the applicant, and the applicant's number.
    holders: Vec<(u64, u32)>,
    /// Point on the ring, person.
    applicants: Vec<(u64, PersonId)>,
    /// Where each applicant works when the market opens.
    employers: Vec<Option<OrgId>>,
    /// Tickets that each applicant has tried.
    tries: Vec<u8>,
}

impl Market {
    fn clear(&mut self) {
        self.tickets.clear();
        self.applicants.clear();
    }

    /// Puts the tickets in order, for [`Market::after`].
    ///
    /// Places are as good as random, so with as many arcs as tickets few arcs hold more than two of them: every ticket
    /// is laid into its arc, and then moves by a place or two within it.
    fn open(&mut self) {
        let number = self.tickets.len();
        self.holders.clear();
        self.holders.resize(number, (u64::MAX, NOBODY));
        self.guide.clear();
        self.guide.resize(number, 0);
        let Some(first) = self.tickets.first().copied() else { return };
        for (place, ..) in &self.tickets {
            self.guide[arc(*place, number)] += 1;
        }
        // From the number in each arc to the number up to its end; laying a ticket down leaves its beginning.
        let mut laid = 0;
        for count in &mut self.guide {
            laid += *count;
            *count = laid;
        }
        self.unordered.clear();
        self.unordered.resize(number, first);
        std::mem::swap(&mut self.tickets, &mut self.unordered);
        for ticket in self.unordered.drain(..) {
            let next = &mut self.guide[arc(ticket.0, number)];
            *next -= 1;
            self.tickets[*next as usize] = ticket;
        }
        for last in 1..number {
            let ticket = self.tickets[last];
            let mut at = last;
            while at > 0 && self.tickets[at - 1] > ticket {
                self.tickets[at] = self.tickets[at - 1];
                at -= 1;
            }
            self.tickets[at] = ticket;
        }
    }

    /// The ticket at or after a place, going round. There must be one.
    fn after(&self, place: u64) -> usize {
        let mut ticket = self.guide[arc(place, self.tickets.len())] as usize;
        while self.tickets.get(ticket).is_some_and(|(at, ..)| *at < place) {
            ticket += 1;
        }
        if ticket == self.tickets.len() { 0 } else { ticket }
    }

    /// Open tickets.
    pub(super) fn len(&self) -> usize {
        self.tickets.len()
    }
}

/// The arc of a ring, cut into so many, that a place is on.
fn arc(place: u64, arcs: usize) -> usize {
    ((u128::from(place) * arcs as u128) >> 64) as usize
}

pub(super) fn meet(world: &mut World, ctx: &Context, agenda: &mut Agenda, journal: &mut Journal) {
    let fallen = demand::vary(world, ctx);
    plan(world, ctx);
    demand::let_go(world, &fallen);
    let mut markets = std::mem::take(&mut agenda.markets);
    post_vacancies(world, ctx, &mut markets);
    mobility::apply_widely(world, ctx, agenda, &mut markets);
    apply_nearby(world, ctx, &mut markets);
    for market in &mut markets {
        match_market(world, ctx, journal, market);
    }
    hire_from_outside(world, ctx, journal, &markets);
    agenda.markets = markets;
    // Who changed between the settled and the restless goes on by the other clock.
    world.reset_clocks(ctx.streams, ctx.month, 2 * u32::from(ctx.month.0) + 1);
}

pub(super) fn market_of(cluster: ClusterId, occupation: Occupation) -> usize {
    usize::from(cluster.0) * OCCUPATIONS.len() + occupation as usize
}

/// Posts of an institution: those of its entry now, its share of them, grown since the start.
#[must_use]
pub(super) fn planned_posts(ctx: &Context, org: &Org) -> Staff {
    let Some(entry) = org.institution else { return org.posts };
    posts_after_growth(ctx, org, entry, growth(ctx, entry, org.founded))
}

/// What institutions of an entry have grown to since they began.
fn growth(ctx: &Context, entry: InstitutionId, founded: Month) -> f64 {
    let institution = &ctx.spec.institution[usize::from(entry.0)];
    let kind = &ctx.spec.kind[usize::from(institution.kind.0)];
    math::exp((kind.growth + institution.growth) * (f64::from(ctx.month.since(founded)) / 12.0))
}

fn posts_after_growth(ctx: &Context, org: &Org, entry: InstitutionId, growth: f64) -> Staff {
    let institution = &ctx.spec.institution[usize::from(entry.0)];
    let kind = &ctx.spec.kind[usize::from(institution.kind.0)];
    build::posts_of_kind(kind, math::round(f64::from(institution.employees) * org.share * growth) as u32)
}

fn plan(world: &mut World, ctx: &Context) {
    // Institutions of one entry mostly stand side by side and are of one age: they have grown alike.
    let mut last = None;
    for at in 0..world.open.len() {
        let row = world.open[at].ix();
        let org = &world.orgs[row];
        let posts = match (org.startup, org.institution) {
            (Some(startup), _) => super::finance::planned_posts(world, ctx, startup),
            (None, None) => org.posts,
            (None, Some(entry)) => {
                let alike = (entry, org.founded);
                let (_, growth) = match last {
                    Some((known, growth)) if known == alike => (known, growth),
                    _ => *last.insert((alike, growth(ctx, entry, org.founded))),
                };
                posts_after_growth(ctx, org, entry, growth)
            }
        };
        world.orgs[row].posts = posts;
    }
    for (owner, spent) in operations::spent_on_posts(world, ctx) {
        let posts = posts_of_products(ctx, &world.orgs[owner.ix()], spent);
        for (planned, more) in world.orgs[owner.ix()].posts.iter_mut().zip(posts) {
            *planned += more;
        }
    }
}

/// Posts that products on the market pay for, of the kinds that their owner has: what it spends on them in a month over what
/// one of its other posts costs; a small company sells through others what it cannot sell itself.
fn posts_of_products(ctx: &Context, org: &Org, spent: Yen) -> Staff {
    let own: u32 = org.posts.iter().sum();
    let cost = build::monthly_wages(ctx.spec, org.cluster, org.posts).scaled(1.0 + ctx.spec.operations.overhead);
    if cost <= Yen::ZERO {
        return [0; 4];
    }
    let ratio = (spent.0 as f64 / cost.0 as f64).min(ctx.spec.operations.product_posts_most);
    let posts = math::round(f64::from(own) * ratio) as u32;
    build::apportion_by(posts, org.posts.map(|posts| f64::from(posts) / f64::from(own)))
}

/// Tickets for open posts, in units of the cluster's grain, no more than the hiring pace allows.
fn post_vacancies(world: &World, ctx: &Context, markets: &mut Vec<Market>) {
    markets.resize_with(ctx.spec.cluster.len() * OCCUPATIONS.len(), Market::default);
    markets.iter_mut().for_each(Market::clear);
    for id in &world.open {
        let org = &world.orgs[id.ix()];
        let grain = ctx.spec.cluster[usize::from(org.cluster.0)].grain.max(1);
        // Nobody leaves a post for a startup about to run out of money.
        let sound = org.startup.is_none_or(|startup| !super::distress::is_distressed(world, ctx, startup));
        let pace = (f64::from(org.headcount()) * ctx.spec.labour.hiring_pace)
            .max(ctx.spec.labour.hiring_least * f64::from(org.weight));
        for occupation in OCCUPATIONS {
            let open = org.posts[occupation as usize].saturating_sub(org.staff[occupation as usize]);
            if open == 0 {
                continue;
            }
            // Rounding to the nearest leaves organisations of a coarse cluster right on average.
            let tickets = math::round(f64::from(open).min(pace) / f64::from(grain)) as u32;
            let market = &mut markets[market_of(org.cluster, occupation)];
            let posts = org.key.child(occupation as u8, 0);
            market.tickets.extend((0..u64::from(tickets)).map(|ticket| (posts.word(ticket), *id, sound)));
        }
    }
    markets.iter_mut().for_each(Market::open);
}

/// Enters an application; nobody applies where there is nothing.
pub(super) fn apply(world: &World, ctx: &Context, markets: &mut [Market], person: PersonId, to: ClusterId) {
    let market = &mut markets[market_of(to, world.people[person].occupation)];
    if market.tickets.is_empty() {
        return;
    }
    let key = world.people[person].key;
    let point = ctx.streams.at(Purpose::Labour, key, u32::from(ctx.month.0)).next_u64();
    market.applicants.push((point, person));
}

/// Everybody without a post applies in the own cluster.
fn apply_nearby(world: &mut World, ctx: &Context, markets: &mut [Market]) {
    let mut sieve = Sieve::default();
    for cluster in 0..world.jobless.len() {
        let mut rows = std::mem::take(&mut world.jobless[cluster]);
        sieve.ascending(&mut rows, |id| id.0, PersonId);
        let here = ClusterId(cluster as u16);
        rows.retain(|id| {
            let person = &world.people[*id];
            person.is_alive() && person.employer().is_none() && person.cluster == here
        });
        for id in &rows {
            apply(world, ctx, markets, *id, here);
        }
        world.jobless[cluster] = rows;
    }
}

/// Deferred acceptance: applicants try so many posts (`labour.applications`) in the order of their own points on the ring, and a
/// post keeps whom it likes best of those who try. The outcome does not depend on the order of trying, and a change
/// on one side moves only the chain of people that it displaces.
fn match_market(world: &mut World, ctx: &Context, journal: &mut Journal, market: &mut Market) {
    if market.tickets.is_empty() {
        return;
    }
    // One simple loop waits for many rows at once; the search for posts then asks again and again what it found.
    market.employers.clear();
    market.employers.extend(market.applicants.iter().map(|(_, id)| world.people[*id].employer()));
    market.tries.clear();
    market.tries.resize(market.applicants.len(), 0);
    for newcomer in 0..market.applicants.len() as u32 {
        // Whoever is displaced tries on, and may displace somebody else.
        let mut applicant = newcomer;
        while u32::from(market.tries[applicant as usize]) < ctx.spec.labour.applications {
            let (point, _) = market.applicants[applicant as usize];
            let place = Key(point).word(u64::from(market.tries[applicant as usize]));
            market.tries[applicant as usize] += 1;
            let ticket = market.after(place);
            let (_, employer, sound) = market.tickets[ticket];
            // Nobody applies to the own employer.
            if !market.employers[applicant as usize].is_none_or(|now| now != employer && sound) {
                continue;
            }
            // How little the post likes the applicant: the other end of the word, which the place hardly depends on.
            let taste = place.rotate_left(32);
            if taste < market.holders[ticket].0 {
                let (_, displaced) = std::mem::replace(&mut market.holders[ticket], (taste, applicant));
                if displaced == NOBODY {
                    break;
                }
                applicant = displaced;
            }
        }
    }
    for (ticket, (_, applicant)) in market.holders.iter().enumerate() {
        if *applicant != NOBODY {
            take_post(world, ctx, journal, market.applicants[*applicant as usize].1, market.tickets[ticket].1);
        }
    }
}

fn take_post(world: &mut World, ctx: &Context, journal: &mut Journal, id: PersonId, employer: OrgId) {
    let weight = i64::from(world.people[id].weight);
    let (from, to) = (world.people[id].cluster, world.orgs[employer.ix()].cluster);
    world.release(id);
    if from != to {
        world.relocate(id, to);
        journal.count(column!("moves_out"), from, weight);
        journal.count(column!("moves_in"), to, weight);
        journal.flow(FlowKind::People, from, to, weight);
        let (home, country) = (world.people[id].home, |cluster| build::country_of(ctx.spec, cluster));
        if country(from) != home && country(to) == home {
            journal.count(column!("returns"), to, weight);
        } else if country(from) == home && country(to) != home {
            journal.count(column!("departures_abroad"), from, weight);
        }
    }
    world.employ(id, employer);
    journal.count(column!("hires"), to, weight);
}

/// Part of the posts that stayed open go to people from outside the modelled sector.
fn hire_from_outside(world: &mut World, ctx: &Context, journal: &mut Journal, markets: &[Market]) {
    let mut open: Vec<(OrgId, Occupation)> = Vec::new();
    for (row, market) in markets.iter().enumerate() {
        let occupation = OCCUPATIONS[row % OCCUPATIONS.len()];
        let left = market.tickets.iter().zip(&market.holders).filter(|(_, (_, holder))| *holder == NOBODY);
        open.extend(left.map(|((_, org, _), _)| (*org, occupation)));
    }
    open.sort_unstable();
    let mut number = 0;
    for (at, (employer, occupation)) in open.iter().enumerate() {
        number = if at > 0 && open[at - 1].0 == *employer { number + 1 } else { 0 };
        let org = &world.orgs[employer.ix()];
        let (key, cluster, country, expertise) = (org.key, org.cluster, org.country, org.expertise);
        let scarce = matches!(occupation, Occupation::Researcher | Occupation::Clinician);
        let share = ctx.spec.labour.outside_hire * if scarce { ctx.spec.labour.outside_hire_scarce } else { 1.0 };
        let address = key.child(lineage::ENTRANT, u64::from(ctx.month.0) << 32 | number);
        let mut rng = ctx.streams.at(Purpose::OutsideHire, address, 0);
        if !sample::chance(&mut rng, share) {
            continue;
        }
        let grain = ctx.spec.cluster[usize::from(cluster.0)].grain.max(1);
        let age = ctx.spec.labour.entry_age + ctx.spec.labour.outside_age_spread * sample::unit(&mut rng);
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
        world.employ(id, *employer);
        world.start_clock(ctx.streams, id);
        journal.count(column!("entrants"), cluster, i64::from(grain));
        journal.count(column!("hires"), cluster, i64::from(grain));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guide_finds_what_a_search_finds() {
        for tickets in [1, 2, 3, 17, 400] {
            let tickets = (0..tickets).map(|ix| (Key(3).child(1, ix).0, OrgId(ix as u32), true)).collect();
            let mut market = Market { tickets, ..Market::default() };
            market.open();
            let places = (0..2_000).map(|ix| Key(9).child(2, ix).0).chain([0, 1, u64::MAX]);
            let edges: Vec<u64> = market.tickets.iter().flat_map(|(at, ..)| [*at, at.saturating_add(1)]).collect();
            for place in places.chain(edges) {
                let found = market.tickets.partition_point(|(at, ..)| *at < place);
                assert_eq!(market.after(place), if found == market.tickets.len() { 0 } else { found });
            }
        }
    }
}
