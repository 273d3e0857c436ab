//! V24 to V27 and V29: published natural experiments, run again on simulated data with the published design.
//!
//! The effect that a study measured is compared with the effect that the same comparison finds here, not with the
//! coefficient behind it: what else changes along the way is part of both.

use std::collections::{BTreeMap, BTreeSet};

use crate::record::{Event, EventKind};
use crate::rng::{Key, Purpose, Streams, sample};
use crate::rules::Breach;
use crate::scenario::Scenario;
use crate::scenario::spec::{ClusterId, FacilityId};
use crate::units::Month;
use crate::world::World;

use super::firms::slope;
use super::history::History;
use super::money::rounds;
use super::watch::{Watcher, simulate_watched};

/// Months of every experiment before and after the treatment.
const WINDOW: u16 = 24;
/// Hours by which a new direct route shortens the way (model.md, M7).
const ROUTE_SAVES: f64 = 2.0;
/// Lots taken together as one value.
const LOTS: u32 = 12;
/// Pairs of runs, with and without the route, taken together as one value.
const PAIRS: u32 = 3;

/// V24 and V27. Places of companies under roofs are dealt out anew by lot, each cluster for itself, as when buildings had to
/// be cleared of asbestos; and half of all organisations get people who came from a city by lot.
///
/// Measured (V24): the odds of a new tie after over before, of pairs brought under one roof, over the same of pairs that
/// stay apart; and how many of the pairs that worked together under a roof still do two years after they were separated,
/// over those who stayed together. Measured (V27): new ties with the former city, after over before, over those of the
/// other half with cities that were dealt to them in name only. New ties of a pair are rare, so several lots are taken
/// together.
pub(super) fn by_lot(scenario: &Scenario, seed: u64, replicate: u32) -> Result<[Vec<Option<f64>>; 2], Breach> {
    let scenario = scenario.clone().with_months(2 * WINDOW);
    let mut counts = Counts::default();
    for lot in 0..LOTS {
        let mut hand = Lots::new(Streams::new(seed, replicate * LOTS + lot));
        let (_, world) = simulate_watched(&scenario, seed, replicate * LOTS + lot, &mut hand)?;
        counts.add(&world, &hand);
    }
    Ok([counts.roofs(), counts.movers()])
}

/// Pairs of the lots.
#[derive(Default)]
struct Counts {
    /// By treatment and period: pairs with a new tie, all pairs.
    odds: [[[f64; 2]; 2]; 2],
    /// By separation: pairs that still work together, all that did.
    kept: [[f64; 2]; 2],
    /// By treatment and period: new ties with the city that was dealt.
    former: [[f64; 2]; 2],
}

impl Counts {
    fn add(&mut self, world: &World, hand: &Lots) {
        let began: BTreeMap<(u32, u32), Vec<Month>> = world.ties.all.iter().fold(BTreeMap::new(), |mut all, tie| {
            all.entry(pair(tie.a.0, tie.b.0)).or_insert_with(Vec::new).push(tie.since);
            all
        });
        let still: BTreeSet<(u32, u32)> = world.ties.active().map(|tie| pair(tie.a.0, tie.b.0)).collect();
        let open = |org: u32| world.orgs[org as usize].is_open();
        let tenants: Vec<(u32, u16)> =
            hand.before.keys().map(|org| (*org, world.orgs[*org as usize].cluster.0)).collect();
        for (at, (a, home)) in tenants.iter().enumerate() {
            for (b, other) in &tenants[at + 1..] {
                if home != other || !open(*a) || !open(*b) {
                    continue;
                }
                let (was, is) = (hand.before[a] == hand.before[b], hand.after[a] == hand.after[b]);
                if was {
                    if hand.together.contains(&(*a, *b)) {
                        let kept = &mut self.kept[usize::from(!is)];
                        kept[1] += 1.0;
                        kept[0] += f64::from(u8::from(still.contains(&(*a, *b))));
                    }
                    continue;
                }
                let months = began.get(&(*a, *b)).map_or(&[][..], Vec::as_slice);
                for (period, range) in [(0, 0..WINDOW), (1, WINDOW..2 * WINDOW)] {
                    let cell = &mut self.odds[usize::from(is)][period];
                    cell[1] += 1.0;
                    let new = months.iter().any(|month| range.contains(&month.0) && month.0 > 0);
                    cell[0] += f64::from(u8::from(new));
                }
            }
        }
        for tie in world.ties.all.iter().filter(|tie| tie.since.0 > 0) {
            let period = usize::from(tie.since.0 >= WINDOW);
            for (one, other) in [(tie.a, tie.b), (tie.b, tie.a)] {
                if let Some((treated, city)) = hand.cities.get(&one.0)
                    && world.orgs[other.ix()].cluster == *city
                {
                    self.former[usize::from(*treated)][period] += 1.0;
                }
            }
        }
    }

    fn roofs(&self) -> Vec<Option<f64>> {
        // Half a case added everywhere, so that no cell is empty.
        let odd = |[new, all]: [f64; 2]| (new + 0.5) / (all - new + 0.5);
        let odds = &self.odds;
        let enough = odds[1][1][1] >= 200.0 && odds[0][1][1] >= 200.0;
        let effect = (odd(odds[1][1]) / odd(odds[1][0])) / (odd(odds[0][1]) / odd(odds[0][0]));
        let share = |[still, all]: [f64; 2]| still / all;
        let separation =
            self.kept.iter().all(|[_, all]| *all >= 5.0).then(|| share(self.kept[1]) / share(self.kept[0]));
        vec![enough.then_some(effect), separation.filter(|ratio| ratio.is_finite())]
    }

    fn movers(&self) -> Vec<Option<f64>> {
        let enough = self.former.iter().flatten().all(|ties| *ties >= 10.0);
        let growth = |[before, after]: [f64; 2]| after / before;
        vec![enough.then(|| growth(self.former[1]) / growth(self.former[0]))]
    }
}

fn pair(a: u32, b: u32) -> (u32, u32) {
    (a.min(b), a.max(b))
}

/// Deals roofs and cities out anew in the middle of the run.
struct Lots {
    streams: Streams,
    before: BTreeMap<u32, u16>,
    after: BTreeMap<u32, u16>,
    together: BTreeSet<(u32, u32)>,
    /// Whether an organisation got the people, and from which cluster.
    cities: BTreeMap<u32, (bool, ClusterId)>,
}

impl Lots {
    fn new(streams: Streams) -> Self {
        let (before, after, cities) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Self { streams, before, after, together: BTreeSet::new(), cities }
    }

    /// Companies only, and those of one weight and kind among themselves: every roof keeps as many tenants as it has
    /// places for.
    fn deal_roofs(&mut self, world: &mut World) {
        let mut tenants: BTreeMap<(ClusterId, u32, bool), Vec<u32>> = BTreeMap::new();
        for (row, org) in world.orgs.iter().enumerate().filter(|(_, org)| org.is_open() && org.is_industry()) {
            if let Some(roof) = org.facility {
                let group = (org.cluster, org.weight, org.startup.is_some());
                tenants.entry(group).or_default().push(row as u32);
                self.before.insert(row as u32, roof.0);
            }
        }
        for ((cluster, weight, startups), rows) in tenants {
            let mut roofs: Vec<u16> = rows.iter().map(|row| self.before[row]).collect();
            let key = Key(u64::from(cluster.0) << 1 | u64::from(startups));
            sample::shuffle(&mut self.streams.at(Purpose::Calibration, key, weight), &mut roofs);
            self.after.extend(rows.into_iter().zip(roofs));
        }
        for (row, roof) in &self.after {
            world.orgs[*row as usize].facility = Some(FacilityId(*roof));
        }
        self.together = world.ties.active().map(|tie| pair(tie.a.0, tie.b.0)).collect();
    }

    /// Everybody of every other organisation comes from the city that it was dealt.
    fn deal_cities(&mut self, world: &mut World) {
        let clusters = world.headcount.len() as u32;
        for row in 0..world.open.len() {
            let id = world.open[row];
            let org = &mut world.orgs[id.ix()];
            let mut rng = self.streams.at(Purpose::Calibration, org.key, 1);
            let city = ClusterId(sample::below(&mut rng, clusters) as u16);
            let treated = sample::chance(&mut rng, 0.5);
            if city == org.cluster {
                continue;
            }
            org.lore.roots.retain(|(root, _)| *root != city);
            if treated {
                org.lore.roots.push((city, org.headcount()));
            }
            self.cities.insert(id.0, (treated, city));
        }
    }
}

impl Watcher for Lots {
    fn before(&mut self, month: Month, world: &mut World) {
        if month.0 == WINDOW {
            self.deal_roofs(world);
            self.deal_cities(world);
        }
    }
}

/// V25 and V26. A direct route between two clusters opens in the middle of the run, and does not in a run with the same luck.
/// Differences in differences, after the opening, with the route over without it. Measured on ties (V25): new joint
/// projects between its ends, over those between all other pairs of clusters, in per cent. Measured on companies (V26):
/// stages passed, in per cent, and exits, in per cent of companies a year, of companies whose leading fund sits at the
/// other end of the route, against all companies there led from elsewhere; of stages, as many as were to be expected at the
/// gates reached. A few pairs of runs are taken together.
pub(super) fn route(scenario: &Scenario, seed: u64, replicate: u32) -> Result<Vec<Option<f64>>, Breach> {
    let spec = scenario.spec_at(Month(0));
    let find = |id: &str| spec.cluster.iter().position(|cluster| cluster.id == id).map(|row| ClusterId(row as u16));
    let (Some(a), Some(b)) = (find("boston"), find("san-francisco")) else { return Ok(vec![None; 3]) };
    let scenario = scenario.clone().with_months(4 * WINDOW);
    let mut counts = [Traffic::default(), Traffic::default()];
    for pair in 0..PAIRS {
        for (with, counts) in counts.iter_mut().enumerate() {
            let mut hand = Route { a, b, opens: with == 1 };
            let (outcome, world) = simulate_watched(&scenario, seed, replicate * PAIRS + pair, &mut hand)?;
            let notes = super::history::Notes::default();
            counts.add(&History { scenario: &scenario, outcome, world, notes }, a, b);
        }
    }
    Ok(route_effects(&counts))
}

/// What happened after the opening: each for everybody else, then for the route.
#[derive(Debug, Clone, Copy, Default)]
struct Traffic {
    ties: [f64; 2],
    companies: [f64; 2],
    stages: [f64; 2],
    exits: [f64; 2],
}

/// Changes with the route (the second) from without (the first).
fn route_effects(counts: &[Traffic; 2]) -> Vec<Option<f64>> {
    let [without, with] = counts;
    let percent = |of: &dyn Fn(&Traffic) -> [f64; 2]| {
        let ([others, route], [others_with, route_with]) = (of(without), of(with));
        let enough = others >= 20.0 && route >= 20.0;
        enough.then(|| 100.0 * ((route_with / route) / (others_with / others) - 1.0))
    };
    let years = f64::from(2 * WINDOW) / 12.0;
    let rate = |of: usize| 100.0 * (with.exits[of] - without.exits[of]) / without.companies[of] / years;
    let enough = without.companies.iter().all(|companies| *companies >= 20.0);
    vec![percent(&|traffic| traffic.ties), percent(&|traffic| traffic.stages), enough.then(|| rate(1) - rate(0))]
}

/// Shortens the way between two clusters in the second half of the run, or only looks on.
struct Route {
    a: ClusterId,
    b: ClusterId,
    opens: bool,
}

impl Watcher for Route {
    fn before(&mut self, month: Month, world: &mut World) {
        if month.0 == 2 * WINDOW && self.opens {
            world.access.open_route(self.a, self.b, ROUTE_SAVES);
        }
    }
}

impl Traffic {
    fn add(&mut self, history: &History, a: ClusterId, b: ClusterId) {
        let middle = 2 * WINDOW;
        for tie in history.world.ties.all.iter().filter(|tie| tie.since.0 >= middle) {
            let (from, to) = (history.world.orgs[tie.a.ix()].cluster, history.world.orgs[tie.b.ix()].cluster);
            if from != to {
                self.ties[usize::from((from, to) == (a, b) || (from, to) == (b, a))] += 1.0;
            }
        }
        // Companies that had their first round before the route opened, by where the fund that led it sits.
        let mut led: BTreeMap<&str, usize> = BTreeMap::new();
        for event in rounds(history).filter(|event| event.month.0 < middle) {
            let (Some(to), Some(from)) = (event.cluster, event.partner_cluster) else { continue };
            if to == a || to == b {
                led.entry(event.actor.as_str()).or_insert(usize::from((to, from) == (a, b) || (to, from) == (b, a)));
            }
        }
        led.values().for_each(|over| self.companies[*over] += 1.0);
        for event in history.outcome.events.iter().filter(|event| event.month.0 >= middle) {
            let Some(over) = led.get(event.actor.as_str()) else { continue };
            match event.kind {
                // The odds at the gate, not what came of it: the luck at gates is noise of which nothing is asked.
                EventKind::StagePassed | EventKind::StageFailed => self.stages[*over] += event.cause.value,
                EventKind::Listed | EventKind::Acquired => self.exits[*over] += 1.0,
                _ => {}
            }
        }
    }
}

/// V29. Regression discontinuity at the line below which a call for grants had no money left: venture money within two
/// years of companies just above it over those just below, by a straight line on either side of the rank; for companies
/// without a round before the award (early) and with one (late).
pub(super) fn grants(history: &History) -> Vec<Option<f64>> {
    let mut first_round: BTreeMap<&str, Vec<Month>> = BTreeMap::new();
    for event in rounds(history) {
        first_round.entry(event.actor.as_str()).or_default().push(event.month);
    }
    let american = history.clusters_of(&["us"]);
    let reviewed = |event: &&Event| {
        let grant = event.kind == EventKind::Grant && event.cause.reason.starts_with("quality");
        (grant || event.kind == EventKind::GrantRefused) && event.cluster.is_some_and(|c| american.contains(&c))
    };
    let mut calls: BTreeMap<Month, [Vec<&Event>; 2]> = BTreeMap::new();
    for event in history.outcome.events.iter().filter(reviewed) {
        let won = usize::from(event.kind == EventKind::Grant);
        calls.entry(event.month).or_default()[won].push(event);
    }
    // Distance in rank from the line, and whether venture money came within two years: early and late, lost and won.
    let mut sides: [[Vec<(f64, f64)>; 2]; 2] = Default::default();
    for (month, [lost, won]) in &calls {
        if month.0 + WINDOW >= history.scenario.months {
            continue;
        }
        let near = won.iter().rev().take(20).enumerate().map(|(rank, event)| (1, rank, event));
        for (won, rank, event) in near.chain(lost.iter().take(20).enumerate().map(|(rank, event)| (0, rank, event))) {
            let months = first_round.get(event.actor.as_str()).map_or(&[][..], Vec::as_slice);
            let late = months.iter().any(|round| round <= month);
            let raised = months.iter().any(|round| round > month && round.0 <= month.0 + WINDOW);
            sides[usize::from(late)][won].push((rank as f64 + 0.5, f64::from(u8::from(raised))));
        }
    }
    sides
        .iter()
        .map(|[lost, won]| {
            let at_line = |points: &Vec<(f64, f64)>| -> Option<f64> {
                let slope = slope(points)?;
                let n = points.len() as f64;
                let (x, y) = (points.iter().map(|p| p.0).sum::<f64>() / n, points.iter().map(|p| p.1).sum::<f64>() / n);
                (points.len() >= 50).then_some(y - slope * x)
            };
            let (below, above) = (at_line(lost)?, at_line(won)?);
            (below > 0.01 && above > 0.0).then(|| above / below)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odds_and_shares_are_those_of_the_table() {
        // Odds of 1 in 99 everywhere but after the lot for those brought together: 3 in 97.
        let counts = Counts {
            odds: [[[100.0, 10_000.0], [100.0, 10_000.0]], [[100.0, 10_000.0], [300.0, 10_000.0]]],
            kept: [[40.0, 50.0], [36.0, 50.0]],
            former: [[50.0, 100.0], [50.0, 150.0]],
        };
        let [odds, kept] = counts.roofs()[..] else { panic!("two values") };
        assert!((odds.unwrap() - (300.5 / 9_700.5) / (100.5 / 9_900.5)).abs() < 1e-9 && odds.unwrap() > 3.0);
        assert!((kept.unwrap() - 0.9).abs() < 1e-12);
        assert!((counts.movers()[0].unwrap() - 1.5).abs() < 1e-12);
        assert_eq!(Counts::default().movers(), [None]);
    }

    #[test]
    fn a_route_is_compared_with_itself_and_with_everybody_else() {
        let without =
            Traffic { ties: [200.0, 40.0], companies: [100.0, 50.0], stages: [90.0, 30.0], exits: [20.0, 8.0] };
        // Everybody has a tenth more of everything; the route half as much again, and two more exits than that.
        let with =
            Traffic { ties: [220.0, 66.0], companies: [100.0, 50.0], stages: [99.0, 34.65], exits: [22.0, 11.0] };
        let [ties, stages, exits] = route_effects(&[without, with])[..] else { panic!("three values") };
        assert!((ties.unwrap() - 50.0).abs() < 1e-9 && (stages.unwrap() - 5.0).abs() < 1e-9);
        assert!((exits.unwrap() - (100.0 * 3.0 / 50.0 / 4.0 - 100.0 * 2.0 / 100.0 / 4.0)).abs() < 1e-9);
        assert_eq!(route_effects(&[Traffic::default(), with]), [None, None, None]);
    }
}
