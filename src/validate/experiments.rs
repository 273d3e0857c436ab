//! V24 to V26 and V29: published natural experiments, run again on simulated data with the published design.
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

/// V24. Places of startups under roofs are dealt out anew by lot, each cluster for itself, as when buildings had to be
/// cleared of asbestos. Measured: the odds of a new tie after over before, of pairs brought under one roof, over the
/// same of pairs that stay apart; and how many of the pairs that worked together under a roof still do two years after
/// they were separated, over those who stayed together.
pub(super) fn co_location(scenario: &Scenario, seed: u64, replicate: u32) -> Result<Vec<Option<f64>>, Breach> {
    let mut hand = Lots {
        streams: Streams::new(seed, replicate),
        before: BTreeMap::new(),
        after: BTreeMap::new(),
        together: BTreeSet::new(),
    };
    let scenario = scenario.clone().with_months(2 * WINDOW);
    let (_, world) = simulate_watched(&scenario, seed, replicate, &mut hand)?;
    let began: BTreeMap<(u32, u32), Vec<Month>> = world.ties.all.iter().fold(BTreeMap::new(), |mut all, tie| {
        all.entry(pair(tie.a.0, tie.b.0)).or_insert_with(Vec::new).push(tie.since);
        all
    });
    let still: BTreeSet<(u32, u32)> = world.ties.active().map(|tie| pair(tie.a.0, tie.b.0)).collect();
    // Pairs by treatment and period: with a new tie, all.
    let mut odds = [[[0.0; 2]; 2]; 2];
    let mut kept = [[0.0; 2]; 2];
    let tenants: Vec<(u32, u16)> = hand.before.keys().map(|org| (*org, world.orgs[*org as usize].cluster.0)).collect();
    for (at, (a, home)) in tenants.iter().enumerate() {
        for (b, other) in &tenants[at + 1..] {
            let open = world.orgs[*a as usize].is_open() && world.orgs[*b as usize].is_open();
            if home != other || !open {
                continue;
            }
            let (was, is) = (hand.before[a] == hand.before[b], hand.after[a] == hand.after[b]);
            if was {
                if hand.together.contains(&(*a, *b)) {
                    let separated = usize::from(!is);
                    kept[separated][1] += 1.0;
                    kept[separated][0] += f64::from(u8::from(still.contains(&(*a, *b))));
                }
                continue;
            }
            let months = began.get(&(*a, *b)).map_or(&[][..], Vec::as_slice);
            for (period, range) in [(0, 0..WINDOW), (1, WINDOW..2 * WINDOW)] {
                odds[usize::from(is)][period][1] += 1.0;
                let new = months.iter().any(|month| range.contains(&month.0) && month.0 > 0);
                odds[usize::from(is)][period][0] += f64::from(u8::from(new));
            }
        }
    }
    // Half a case added everywhere, so that no cell is empty.
    let odd = |[new, all]: [f64; 2]| (new + 0.5) / (all - new + 0.5);
    let enough = odds[1][1][1] >= 200.0 && odds[0][1][1] >= 200.0;
    let effect = (odd(odds[1][1]) / odd(odds[1][0])) / (odd(odds[0][1]) / odd(odds[0][0]));
    let share = |[still, all]: [f64; 2]| still / all;
    let separation = kept.iter().all(|[_, all]| *all >= 5.0).then(|| share(kept[1]) / share(kept[0]));
    Ok(vec![enough.then_some(effect), separation.filter(|ratio| ratio.is_finite())])
}

fn pair(a: u32, b: u32) -> (u32, u32) {
    (a.min(b), a.max(b))
}

/// Deals roofs out anew in the middle of the run.
struct Lots {
    streams: Streams,
    before: BTreeMap<u32, u16>,
    after: BTreeMap<u32, u16>,
    together: BTreeSet<(u32, u32)>,
}

impl Watcher for Lots {
    fn before(&mut self, month: Month, world: &mut World) {
        if month.0 != WINDOW {
            return;
        }
        // Startups only, and those of one weight among themselves: every roof keeps as many tenants as it has places for.
        let mut tenants: BTreeMap<(ClusterId, u32), Vec<u32>> = BTreeMap::new();
        for (row, org) in world.orgs.iter().enumerate().filter(|(_, org)| org.is_open() && org.startup.is_some()) {
            if let Some(roof) = org.facility {
                tenants.entry((org.cluster, org.weight)).or_default().push(row as u32);
                self.before.insert(row as u32, roof.0);
            }
        }
        for ((cluster, weight), rows) in tenants {
            let mut roofs: Vec<u16> = rows.iter().map(|row| self.before[row]).collect();
            let mut rng = self.streams.at(Purpose::Calibration, Key(u64::from(cluster.0)), weight);
            sample::shuffle(&mut rng, &mut roofs);
            self.after.extend(rows.into_iter().zip(roofs));
        }
        for (row, roof) in &self.after {
            world.orgs[*row as usize].facility = Some(FacilityId(*roof));
        }
        self.together = world.ties.active().map(|tie| pair(tie.a.0, tie.b.0)).collect();
    }
}

/// V25 and V26. A direct route between two clusters opens in the middle of the run. Measured on ties (V25): new joint
/// projects between its ends, after over before, over the same between all other pairs of clusters, in per cent. Measured
/// on companies (V26): stages passed a company-year, and exits in per cent of companies, after less before, of companies
/// whose leading fund sits at the other end of the route, less the same of all companies led from elsewhere.
pub(super) fn route(scenario: &Scenario, seed: u64, replicate: u32) -> Result<Vec<Option<f64>>, Breach> {
    let spec = scenario.spec_at(Month(0));
    let find = |id: &str| spec.cluster.iter().position(|cluster| cluster.id == id).map(|row| ClusterId(row as u16));
    let (Some(a), Some(b)) = (find("boston"), find("san-francisco")) else { return Ok(vec![None; 3]) };
    let months = 4 * WINDOW;
    let scenario = scenario.clone().with_months(months);
    let (outcome, world) = simulate_watched(&scenario, seed, replicate, &mut Route { a, b })?;
    let history = History { scenario: &scenario, outcome, world, notes: super::history::Notes::default() };
    let (mut treated, mut others) = ([0.0; 2], [0.0; 2]);
    for tie in history.world.ties.all.iter().filter(|tie| tie.since.0 > 0) {
        let (from, to) = (history.world.orgs[tie.a.ix()].cluster, history.world.orgs[tie.b.ix()].cluster);
        let after = usize::from(tie.since.0 >= months / 2);
        if (from, to) == (a, b) || (from, to) == (b, a) {
            treated[after] += 1.0;
        } else if from != to {
            others[after] += 1.0;
        }
    }
    let enough = treated[0] >= 5.0 && others[0] >= 5.0;
    let ties = enough.then(|| 100.0 * ((treated[1] / treated[0]) / (others[1] / others[0]) - 1.0));
    let [stages, exits] = monitored(&history, a, b);
    Ok(vec![ties, stages, exits])
}

/// Shortens the way between two clusters in the second half of the run.
struct Route {
    a: ClusterId,
    b: ClusterId,
}

impl Watcher for Route {
    fn before(&mut self, month: Month, world: &mut World) {
        if month.0 == 2 * WINDOW {
            let hours = world.access.hours(self.a, self.b) - ROUTE_SAVES;
            world.access.set(self.a, self.b, hours);
        }
    }
}

/// Difference in differences of stages passed (in per cent of the rate before) and of exits (percentage points a year).
fn monitored(history: &History, a: ClusterId, b: ClusterId) -> [Option<f64>; 2] {
    let middle = history.scenario.months / 2;
    // Companies that had their first round before the route opened, by where the fund that led it sits.
    let mut led: BTreeMap<&str, bool> = BTreeMap::new();
    for event in rounds(history).filter(|event| event.month.0 < middle) {
        let (Some(to), Some(from)) = (event.cluster, event.partner_cluster) else { continue };
        let over = (to, from) == (a, b) || (to, from) == (b, a);
        if to == a || to == b {
            led.entry(event.actor.as_str()).or_insert(over);
        }
    }
    let mut companies = [0.0; 2];
    led.values().for_each(|over| companies[usize::from(*over)] += 1.0);
    let count = |kinds: &[EventKind]| {
        let mut found = [[0.0; 2]; 2];
        for event in history.outcome.events.iter().filter(|event| kinds.contains(&event.kind)) {
            if let Some(over) = led.get(event.actor.as_str()) {
                found[usize::from(*over)][usize::from(event.month.0 >= middle)] += 1.0;
            }
        }
        found
    };
    if companies[1] < 20.0 || companies[0] < 20.0 {
        return [None, None];
    }
    let stages = count(&[EventKind::StagePassed]);
    let exits = count(&[EventKind::Listed, EventKind::Acquired]);
    let change = |found: [f64; 2]| if found[0] > 0.0 { found[1] / found[0] } else { f64::NAN };
    let years = f64::from(middle) / 12.0;
    let rate = |over: usize| 100.0 * (exits[over][1] - exits[over][0]) / companies[over] / years;
    let passed = 100.0 * (change(stages[1]) / change(stages[0]) - 1.0);
    [Some(passed).filter(|value| value.is_finite()), Some(rate(1) - rate(0))]
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
