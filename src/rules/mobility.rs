//! Part of phase 13: who looks for a post beyond the own cluster, and where.
//!
//! Reads   this month's searchers, open posts, travel hours, the mobility rules
//! Writes  applications; coarse agents on their way to a finer cluster become the people whom they stood for
//! Draws   `Purpose::Destination`, keyed by person and month (where to apply)
//! Source  M17 (mobility, brain circulation)

use crate::math;
use crate::rng::{Purpose, sample};
use crate::rules::labour::{self, Market};
use crate::rules::score::Party;
use crate::rules::{Agenda, Context};
use crate::scenario::spec::{Actor, ClusterId, CountryId, Decision, Feature};
use crate::world::people::{Newcomer, OCCUPATIONS, Occupation, PersonId};
use crate::world::{World, build, lineage};

/// Somebody who looks for another post this month.
#[derive(Debug, Clone, Copy)]
pub(super) struct Searcher {
    pub person: PersonId,
    /// Looks only in the home country.
    pub homeward: bool,
}

/// What draws people from one cluster to the others this month. Everybody of one cluster, occupation and home country
/// sees the same, so it is computed for the first who looks.
#[derive(Debug, Clone, Default)]
struct Appeal {
    /// By cluster, occupation and home country: exp(score) of each cluster over that of the best; empty if not yet asked for.
    weights: Vec<Vec<f64>>,
    /// Share of startups in each cluster's people.
    startups: Vec<f64>,
    /// Country of each cluster.
    countries: Vec<CountryId>,
}

/// This month's searchers choose a cluster and apply there; coarse agents on their way to a finer cluster become the
/// people that they stood for, who then apply one by one.
pub(super) fn apply_widely(world: &mut World, ctx: &Context, agenda: &Agenda, markets: &mut [Market]) {
    let sights = ctx.spec.cluster.len() * OCCUPATIONS.len() * ctx.spec.country.len();
    let countries = ctx.spec.cluster.iter().map(|cluster| cluster.country).collect();
    let mut appeal = Appeal { weights: vec![Vec::new(); sights], startups: startup_shares(world), countries };
    // Whoever has gone since is dropped first: so simple a loop waits for many rows at once.
    let here = |searcher: &&Searcher| world.people[searcher.person].is_alive();
    let searchers: Vec<Searcher> = agenda.searchers.iter().filter(here).copied().collect();
    for searcher in &searchers {
        let id = searcher.person;
        let Some(to) = choose_cluster(world, ctx, agenda, markets, &mut appeal, searcher) else { continue };
        let grain = ctx.spec.cluster[usize::from(to.0)].grain.max(1);
        let parts = if u32::from(world.people[id].weight) > grain { split(world, ctx, id, grain) } else { Vec::new() };
        for person in std::iter::once(id).chain(parts) {
            labour::apply(world, ctx, markets, person, to);
        }
    }
}

/// Resolves a coarse agent into agents of at most `grain`, with the same post; the first keeps the row.
fn split(world: &mut World, ctx: &Context, id: PersonId, grain: u32) -> Vec<PersonId> {
    let person = &world.people[id];
    let (key, employer) = (person.key, person.employer());
    let mut left = u32::from(person.weight) - grain;
    let first = Newcomer {
        key,
        born: person.born,
        occupation: person.occupation,
        field: person.field,
        cluster: person.cluster,
        home: person.home,
        weight: grain as u16,
    };
    world.release(id);
    world.people[id].weight = grain as u16;
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
        world.people.share_past(part, id);
        match employer {
            Some(employer) => world.employ(part, employer),
            None => world.jobless[usize::from(first.cluster.0)].push(part),
        }
        world.start_clock(ctx.streams, part);
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
    appeal: &mut Appeal,
    searcher: &Searcher,
) -> Option<ClusterId> {
    let person = &world.people[searcher.person];
    let (here, home, occupation) = (person.cluster, person.home, person.occupation);
    let at_home = build::country_of(ctx.spec, here);
    let country = &ctx.spec.country[usize::from(at_home.0)];
    let mut rng = ctx.streams.at(Purpose::Destination, person.key, u32::from(ctx.month.0));
    let (scope, choice) = (sample::unit(&mut rng), sample::unit(&mut rng));
    let abroad = country.international_share;
    let elsewhere = abroad + country.cross_cluster_share;
    if !searcher.homeward && scope >= elsewhere {
        return Some(here);
    }
    let fits = |to: ClusterId, there: CountryId| {
        if searcher.homeward {
            there == home
        } else if scope < abroad {
            there != at_home
        } else {
            to != here && there == at_home
        }
    };
    let sight = labour::market_of(here, occupation) * ctx.spec.country.len() + usize::from(home.0);
    if appeal.weights[sight].is_empty() {
        appeal.weights[sight] = weights(world, ctx, agenda, markets, &appeal.startups, here, home, occupation);
    }
    let weights = &appeal.weights[sight];
    let clusters = || {
        let rows = weights.iter().zip(&appeal.countries).enumerate();
        rows.map(|(to, (weight, there))| (ClusterId(to as u16), *weight, *there))
            .filter(|(to, _, there)| fits(*to, *there))
    };
    let mut bar = choice * clusters().fold(0.0, |whole, (_, weight, _)| whole + weight);
    let mut last = None;
    for (to, weight, _) in clusters() {
        bar -= weight;
        last = Some(to);
        if bar < 0.0 {
            break;
        }
    }
    last
}

/// exp(score) of every cluster under the mobility rules, over that of the best.
#[expect(clippy::too_many_arguments, reason = "what a searcher sees: where, from where, and with which eyes")]
fn weights(
    world: &World,
    ctx: &Context,
    agenda: &Agenda,
    markets: &[Market],
    startups: &[f64],
    here: ClusterId,
    home: CountryId,
    occupation: Occupation,
) -> Vec<f64> {
    let country = |cluster: ClusterId| build::country_of(ctx.spec, cluster);
    let flag = |yes: bool| f64::from(u8::from(yes));
    let score = |to: ClusterId| {
        let value = |feature: Feature| match feature {
            Feature::Constant => 1.0,
            Feature::LogVacancies => {
                let grain = f64::from(ctx.spec.cluster[usize::from(to.0)].grain.max(1));
                math::ln_1p(markets[labour::market_of(to, occupation)].len() as f64 * grain)
            }
            Feature::LogTravelHours => world.access.log_hours(here, to),
            Feature::LogWageRatio => {
                let crowding = |cluster| world.places.crowding(cluster);
                let pay =
                    |cluster| build::wages_of(ctx.spec, cluster)[occupation as usize].0 as f64 * crowding(cluster);
                math::ln(pay(to).max(1.0) / pay(here).max(1.0))
            }
            Feature::Home => flag(country(to) == home && country(here) != home),
            Feature::SameCluster => flag(to == here),
            Feature::SameCountry => flag(country(to) == country(here)),
            Feature::LogPeers => math::ln_1p(world.headcount[usize::from(to.0)].alive() as f64),
            Feature::StartupShare => startups[usize::from(to.0)],
            _ => 0.0,
        };
        let who = Party { actor: Actor::Person, cluster: here, country: country(here) };
        let whom = Party { actor: Actor::Person, cluster: to, country: country(to) };
        agenda.scoring.score(Decision::Mobility, who, whom, world.hot, value)
    };
    let scores: Vec<f64> = (0..ctx.spec.cluster.len() as u16).map(|to| score(ClusterId(to))).collect();
    let top = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    scores.iter().map(|score| math::exp(score - top)).collect()
}

/// Share of startups in the people of each cluster.
fn startup_shares(world: &World) -> Vec<f64> {
    let mut heads = vec![0_u32; world.headcount.len()];
    for id in &world.operating {
        let org = world.startup_org(*id);
        heads[usize::from(org.cluster.0)] += org.headcount();
    }
    let share =
        |(heads, people): (&u32, &crate::world::Headcount)| f64::from(*heads) / (people.alive() as f64).max(1.0);
    heads.iter().zip(&world.headcount).map(share).collect()
}
