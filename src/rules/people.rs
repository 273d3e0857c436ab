//! Phase 4: people.
//!
//! Reads   ages, posts, `labour`, the country's founder supply and the founding rules
//! Writes  who retires, graduates or leaves; who founds or looks for a post this month goes on the agenda
//! Draws   `Purpose::Clock`, keyed by person and month: one mark decides which of the competing events happens, if
//!         any, one gap the next candidate month; `Purpose::Graduation`, keyed by school and month
//! Source  M17 (careers), M5 (founding), model 1.4 (event clocks; derivation in `world::calendar`)

use crate::record::{Journal, column};
use crate::rng::{Key, Purpose, sample};
use crate::rules::mobility::Searcher;
use crate::rules::{Agenda, Breach, Context};
use crate::scenario::spec::ClusterId;
use crate::world::organisation::OrgId;
use crate::world::people::{Newcomer, OCCUPATIONS, Occupation, PersonId};
use crate::world::{World, build, lineage, pace};

/// People looked at side by side: few enough for the nearest cache.
const AT_ONCE: usize = 256;

/// Somebody whose clock said: found a company, out of this institution.
#[derive(Debug, Clone, Copy)]
pub(super) struct FounderToBe {
    pub person: PersonId,
    pub parent: OrgId,
    /// Odds of founding relative to those of somebody without anything that speaks for or against it.
    pub odds: f64,
}

pub(super) fn live(world: &mut World, ctx: &Context, agenda: &mut Agenda, journal: &mut Journal) -> Result<(), Breach> {
    agenda.founders.clear();
    agenda.searchers.clear();
    // Whom an intervention of this month took out of their post may already go this month.
    world.reset_clocks(ctx.streams, ctx.month.minus(1), 2 * u32::from(ctx.month.0));
    retire(world, ctx, journal);
    graduate(world, ctx, journal);
    ring_clocks(world, ctx, agenda, journal)
}

/// Takes a person out of the world. The caller books why.
fn depart(world: &mut World, id: PersonId) {
    world.release(id);
    world.people.remove(id);
}

fn retire(world: &mut World, ctx: &Context, journal: &mut Journal) {
    let rows = world.retirements.take_once(ctx.month);
    for row in &rows {
        let id = PersonId(*row);
        if world.people.retires(id) != ctx.month || !world.people[id].is_alive() {
            continue;
        }
        let cluster = world.people[id].cluster;
        let weight = i64::from(world.people[id].weight);
        depart(world, id);
        world.headcount[usize::from(cluster.0)].retired += weight;
        journal.count(column!("retirements"), cluster, weight);
    }
    world.retirements.give_back(rows);
}

fn graduate(world: &mut World, ctx: &Context, journal: &mut Journal) {
    for at in 0..world.open.len() {
        let org = &world.orgs[world.open[at].ix()];
        let Some(entry) = org.institution else { continue };
        if ctx.spec.country[usize::from(org.country.0)].graduation_month != u32::from(ctx.date.month()) {
            continue;
        }
        let school = &ctx.spec.institution[usize::from(entry.0)];
        let cohort = [
            school.graduates_researchers,
            school.graduates_clinicians,
            school.graduates_managers,
            school.graduates_staff,
        ];
        let (key, cluster, country, share, expertise) = (org.key, org.cluster, org.country, org.share, org.expertise);
        let grain = ctx.spec.cluster[usize::from(cluster.0)].grain.max(1);
        let mut rng = ctx.streams.at(Purpose::Graduation, key, u32::from(ctx.month.0));
        let mut number = 0;
        for occupation in OCCUPATIONS {
            let mut left = (f64::from(cohort[occupation as usize]) * share).round() as u32;
            while left > 0 {
                let weight = left.min(grain);
                left -= weight;
                let age = ctx.spec.labour.entry_age + sample::normal(&mut rng);
                let new = Newcomer {
                    key: key.child(lineage::GRADUATE, u64::from(ctx.month.0) << 32 | number),
                    born: (f64::from(ctx.month.0) - age * 12.0) as i16,
                    occupation,
                    field: build::draw_field(&expertise, &mut rng),
                    cluster,
                    home: country,
                    weight: weight as u16,
                };
                number += 1;
                let id = world.add_person(ctx.spec, ctx.streams, new);
                world.start_clock(ctx.streams, id);
                world.jobless[usize::from(cluster.0)].push(id);
                journal.count(column!("graduates"), cluster, i64::from(weight));
            }
        }
    }
}

fn ring_clocks(world: &mut World, ctx: &Context, agenda: &mut Agenda, journal: &mut Journal) -> Result<(), Breach> {
    let pace = world.pace;
    let ceilings = pace::ceilings(ctx.spec);
    let mut rows = world.clocks.take_once(ctx.month);
    // Whoever was given another month is out; whoever has gone has none.
    rows.retain(|row| world.people.candidate(PersonId(*row)) == ctx.month);
    let mut waiting = Vec::with_capacity(AT_ONCE);
    for rows in rows.chunks(AT_ONCE) {
        // So simple a loop waits for many rows at once.
        waiting.clear();
        waiting.extend(rows.iter().map(|row| {
            let person = &world.people[PersonId(*row)];
            (PersonId(*row), person.key, ceilings[usize::from(person.cluster.0)], person.is_restless())
        }));
        for (id, key, ceilings, restless) in &waiting {
            let mut rng = ctx.streams.at(Purpose::Clock, *key, u32::from(ctx.month.0));
            let ceiling = ceilings[usize::from(*restless)];
            let clock = pace.clock(*restless);
            let mark = clock.mark(&mut rng);
            world.set_candidate(*id, clock.next(ctx.month, &mut rng));
            // Most marks are above whatever anybody here could hazard: no need to ask about this person.
            if mark < ceiling {
                let hazards = Hazards::of(world, ctx, *id);
                let hazard = hazards.total();
                debug_assert!(hazard <= ceiling, "a ceiling that somebody touches");
                if clock.accepts(mark, hazard).map_err(|error| Breach::hazard(ctx.month, &error))? {
                    happen(world, ctx, agenda, journal, *id, &hazards, mark);
                }
            }
        }
    }
    world.clocks.give_back(rows);
    Ok(())
}

/// Probabilities, this month, of the things that a person may do; mutually exclusive.
struct Hazards {
    leave: f64,
    search: f64,
    home: f64,
    /// Upper bound of founding: the supply times the greatest multiplier. The rules are asked only if the mark
    /// falls below it, and thin it further.
    found_most: f64,
    found_supply: f64,
}

impl Hazards {
    fn of(world: &World, ctx: &Context, id: PersonId) -> Self {
        let (labour, person) = (&ctx.spec.labour, &world.people[id]);
        let cluster = &ctx.spec.cluster[usize::from(person.cluster.0)];
        let country = &ctx.spec.country[usize::from(cluster.country.0)];
        let mobile = ctx.spec.mechanisms.m17;
        let abroad = cluster.country != person.home;
        let home = if mobile && abroad { country.return_home.get() } else { 0.0 };
        let Some(employer) = person.employer() else {
            let leave = labour.leave_jobless.get();
            let search = if mobile { labour.unemployed_search.get() } else { 0.0 };
            return Self { leave, search, home, found_most: 0.0, found_supply: 0.0 };
        };
        let employer = &world.orgs[employer.ix()];
        let age = person.age(ctx.month);
        let mut search = if mobile { cluster.turnover.get() } else { 0.0 };
        if age < labour.young_until {
            search *= labour.search_young;
        } else if age > labour.settled_from {
            search *= labour.search_settled;
        }
        if employer.startup.is_some_and(|startup| super::distress::is_distressed(world, ctx, startup)) {
            search *= labour.search_distressed;
        }
        let supply = country.founder_supply.get();
        let found_supply = match person.occupation {
            Occupation::Researcher if employer.is_academic() => supply,
            Occupation::Researcher | Occupation::Manager if employer.is_industry() => {
                supply * ctx.spec.founding.industry
            }
            _ => 0.0,
        };
        let found_most = found_supply * ctx.spec.founding.multiplier_max;
        Self { leave: labour.leave_sector.get(), search, home, found_most, found_supply }
    }

    fn total(&self) -> f64 {
        self.leave + self.search + self.home + self.found_most
    }
}

fn happen(
    world: &mut World,
    ctx: &Context,
    agenda: &mut Agenda,
    journal: &mut Journal,
    id: PersonId,
    hazards: &Hazards,
    mark: f64,
) {
    let mut bar = hazards.leave;
    if mark < bar {
        let cluster = world.people[id].cluster;
        let weight = i64::from(world.people[id].weight);
        depart(world, id);
        world.headcount[usize::from(cluster.0)].left += weight;
        journal.count(column!("leavers"), cluster, weight);
        return;
    }
    bar += hazards.search;
    if mark < bar {
        agenda.searchers.push(Searcher { person: id, homeward: false });
        return;
    }
    bar += hazards.home;
    if mark < bar {
        agenda.searchers.push(Searcher { person: id, homeward: true });
        return;
    }
    let Some(parent) = parent_of(world, id) else { return };
    let multiplier = super::founding::multiplier(world, ctx, agenda, id, parent).min(ctx.spec.founding.multiplier_max);
    if mark < bar + hazards.found_supply * multiplier {
        agenda.founders.push(FounderToBe { person: id, parent, odds: multiplier });
    }
}

/// The institution whose shelf a founder turns to: the own one, or for people of companies an academic one nearby.
fn parent_of(world: &World, id: PersonId) -> Option<OrgId> {
    let employer = world.people[id].employer()?;
    if world.orgs[employer.ix()].is_academic() {
        return Some(employer);
    }
    stocked_institution(world, world.people[id].cluster, world.people[id].key)
}

/// An academic institution of a cluster with something on its shelf, at the place of a key on the ring.
pub(super) fn stocked_institution(world: &World, cluster: ClusterId, key: Key) -> Option<OrgId> {
    let stocked = |org: OrgId| world.orgs[org.ix()].is_academic() && !world.shelves[org.ix()].is_empty();
    world.rings[usize::from(cluster.0)].find_after(key.0, stocked)
}
