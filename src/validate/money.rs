//! V5, V7 to V9, V13 to V16, V34, V39 and V40: rounds, managers and exits.

use std::collections::BTreeMap;

use crate::math::{great_circle_km, ln, quantile_sorted};
use crate::record::{Event, EventKind, column};
use crate::scenario::spec::{ClusterId, Stage};
use crate::units::Yen;
use crate::world::captable::divide;
use crate::world::stage_number;

use super::firms::{logit_slope, rank_correlation};
use super::history::History;

/// Financing rounds that a fund led, in their order.
pub(super) fn rounds<'a>(history: &'a History) -> impl Iterator<Item = &'a Event> {
    history.outcome.events.iter().filter(|event| event.kind == EventKind::Round && !event.partner.is_empty())
}

/// V5: shares of investments, one for each fund and company, that returned less than was paid, and at least five times as much. A
/// listing counts at its price, a sale as the price is divided, a failure as nothing.
pub(super) fn multiples(history: &History) -> Vec<Option<f64>> {
    let names = history.startups_by_name();
    let mut multiples = Vec::new();
    for event in &history.outcome.events {
        let price = match event.kind {
            EventKind::Listed => Yen((event.cause.value * 1e6) as i64),
            EventKind::Acquired => event.amount,
            EventKind::Failed => Yen::ZERO,
            _ => continue,
        };
        let Some(row) = names.get(event.actor.as_str()) else { continue };
        let mut claims = history.notes.claims[*row].clone();
        let paid: Vec<Yen> = claims.iter().map(|claim| claim.preference).collect();
        if event.kind == EventKind::Listed {
            // All preferred shares become common ones when a company lists.
            claims.iter_mut().for_each(|claim| claim.preference = Yen::ZERO);
        }
        for (paid, got) in paid.iter().zip(divide(price, &claims)).filter(|(paid, _)| **paid > Yen::ZERO) {
            multiples.push(got.0 as f64 / paid.0 as f64);
        }
    }
    let n = multiples.len() as f64;
    let share = |test: &dyn Fn(f64) -> bool| multiples.iter().filter(|m| test(**m)).count() as f64 / n;
    if multiples.len() < 100 {
        return vec![None, None];
    }
    vec![Some(100.0 * share(&|m| m < 1.0)), Some(100.0 * share(&|m| m >= 5.0))]
}

/// V7: looks of managers at companies for each round closed.
pub(super) fn looks_per_closing(history: &History) -> Vec<Option<f64>> {
    let closed = rounds(history).count();
    vec![(closed >= 50).then(|| history.notes.looks / closed as f64)]
}

/// V8: logit slope of leading a company's round on the logarithm of the distance, over pairs of fund and company in the
/// United States; ten kilometres within a cluster.
pub(super) fn distance_slope(history: &History) -> Vec<Option<f64>> {
    let clusters = history.clusters_of(&["us"]);
    let spec = history.spec();
    let names = history.startups_by_name();
    let weight = |name: &str| {
        names.get(name).map_or(1.0, |row| f64::from(history.world.orgs[history.world.startups[*row].org.ix()].weight))
    };
    let mut led: BTreeMap<(u16, u16), f64> = BTreeMap::new();
    let mut companies: BTreeMap<u16, f64> = BTreeMap::new();
    for event in rounds(history) {
        let (Some(to), Some(from)) = (event.cluster, event.partner_cluster) else { continue };
        if clusters.contains(&to) {
            *companies.entry(to.0).or_default() += weight(&event.actor);
            if clusters.contains(&from) {
                *led.entry((from.0, to.0)).or_default() += weight(&event.actor);
            }
        }
    }
    let mut groups = Vec::new();
    for from in &clusters {
        let homes = history.world.funds.iter().map(|fund| &history.world.orgs[fund.org.ix()]);
        let funds: f64 = homes.filter(|org| org.cluster == *from).map(|org| f64::from(org.weight)).sum();
        for to in &clusters {
            let (a, b) = (&spec.cluster[usize::from(from.0)], &spec.cluster[usize::from(to.0)]);
            let km = great_circle_km(a.latitude, a.longitude, b.latitude, b.longitude).max(10.0);
            let trials = funds * companies.get(&to.0).copied().unwrap_or(0.0);
            groups.push((ln(km), led.get(&(from.0, to.0)).copied().unwrap_or(0.0), trials));
        }
    }
    let enough = clusters.len() >= 2 && groups.iter().map(|group| group.1).sum::<f64>() >= 100.0;
    vec![if enough { logit_slope(&groups) } else { None }]
}

/// V9: rank correlation of a manager's number of co-investors with the mean hours to the companies it led.
pub(super) fn reach_of_central(history: &History) -> Vec<Option<f64>> {
    let mut reach: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    for event in rounds(history) {
        let (Some(to), Some(from)) = (event.cluster, event.partner_cluster) else { continue };
        let entry = reach.entry(event.partner.as_str()).or_default();
        entry.0 += history.world.access.hours(from, to);
        entry.1 += 1.0;
    }
    let funds = history.world.funds.iter().enumerate();
    let points: Vec<(f64, f64)> = funds
        .filter_map(|(row, fund)| {
            let (hours, deals) = reach.get(history.world.orgs[fund.org.ix()].name.as_str())?;
            let degree = history.world.coinvestment.degree(crate::world::organisation::FundId(row as u32));
            (*deals >= 3.0).then_some((f64::from(degree), hours / deals))
        })
        .collect();
    vec![if points.len() >= 20 { rank_correlation(&points) } else { None }]
}

/// V13: second rounds of American companies in the first year of a cold regime over first rounds in the eighteen months before it,
/// all turns of the run together: the record's own crude ratio, not a cohort's.
pub(super) fn second_rounds(history: &History) -> Vec<Option<f64>> {
    const BEFORE: usize = 18;
    const AFTER: usize = 12;
    let hot = &history.notes.hot;
    let turns = (BEFORE..hot.len().saturating_sub(AFTER - 1))
        .filter(|at| hot[at - BEFORE..*at].iter().all(|hot| *hot) && hot[*at..at + AFTER].iter().all(|hot| !hot));
    let american = history.clusters_of(&["us"]);
    let names = history.startups_by_name();
    let mut closed: BTreeMap<&str, usize> = BTreeMap::new();
    let mut by_month = [vec![0.0; hot.len()], vec![0.0; hot.len()]];
    for event in rounds(history).filter(|event| event.cluster.is_some_and(|c| american.contains(&c))) {
        let Some(row) = names.get(event.actor.as_str()) else { continue };
        let org = &history.world.orgs[history.world.startups[*row].org.ix()];
        let number = closed.entry(event.actor.as_str()).or_default();
        // Of companies that were there from the start nobody knows how many rounds came before.
        if *number < 2 && org.founded.0 > 0 {
            by_month[*number][usize::from(event.month.0)] += f64::from(org.weight);
        }
        *number += 1;
    }
    let (mut first, mut second) = (0.0, 0.0);
    for turn in turns {
        first += by_month[0][turn - BEFORE..turn].iter().sum::<f64>();
        second += by_month[1][turn..turn + AFTER].iter().sum::<f64>();
    }
    vec![(first >= 20.0).then(|| 100.0 * second / first)]
}

/// V14: share of the twenty largest rounds in a year's venture money of Boston, mean over years.
pub(super) fn concentration(history: &History) -> Vec<Option<f64>> {
    let Some(boston) = history.cluster("boston") else { return vec![None] };
    let mut years: BTreeMap<u16, Vec<f64>> = BTreeMap::new();
    for event in rounds(history).filter(|event| event.cluster == Some(boston)) {
        years.entry(event.month.0 / 12).or_default().push(event.amount.0 as f64);
    }
    let shares: Vec<f64> = years
        .into_values()
        .filter(|amounts| amounts.len() > 20)
        .map(|mut amounts| {
            amounts.sort_by(|a, b| b.total_cmp(a));
            amounts[..20].iter().sum::<f64>() / amounts.iter().sum::<f64>()
        })
        .collect();
    vec![(!shares.is_empty()).then(|| 100.0 * shares.iter().sum::<f64>() / shares.len() as f64)]
}

/// V15: median years from founding to listing, of startups founded in the first half of the run.
pub(super) fn years_to_listing(history: &History) -> Vec<Option<f64>> {
    let names = history.startups_by_name();
    let mut years: Vec<f64> = history
        .outcome
        .events
        .iter()
        .filter(|event| event.kind == EventKind::Listed)
        .filter_map(|event| {
            let row = names.get(event.actor.as_str())?;
            let founded = history.world.orgs[history.world.startups[*row].org.ix()].founded;
            let early = founded.0 > 0 && founded.0 <= history.scenario.months / 2;
            early.then(|| f64::from(event.month.0 - founded.0) / 12.0)
        })
        .collect();
    years.sort_by(f64::total_cmp);
    vec![if years.len() >= 10 { quantile_sorted(&years, 0.5) } else { None }]
}

/// V16: listings among the exits of Japan, sales among those of the United States.
pub(super) fn exit_mix(history: &History) -> Vec<Option<f64>> {
    let count = |metric: usize, countries: &[&str]| -> f64 {
        let clusters = history.clusters_of(countries);
        clusters.into_iter().map(|cluster| history.total(metric, cluster, 0..history.scenario.months)).sum()
    };
    let (listed, sold) = (column!("exits_ipo"), column!("exits_acquired"));
    let share = |part: f64, rest: f64| (part + rest >= 10.0).then(|| 100.0 * part / (part + rest));
    vec![share(count(listed, &["jp"]), count(sold, &["jp"])), share(count(sold, &["us"]), count(listed, &["us"]))]
}

/// V34: the stage, counted from 0 for preclinical, in which the smallest share of the money needed was found, by whoever gave it.
pub(super) fn valley(history: &History) -> Vec<Option<f64>> {
    let names = history.startups_by_name();
    // A company that asks three times for the same plan needs the money once: for each company and stage, the greatest ask, and
    // what came of it.
    let mut needs: BTreeMap<(usize, usize), (f64, f64)> = BTreeMap::new();
    for event in &history.outcome.events {
        let paid = match event.kind {
            // What a listed company asks of the public later is seen only where it is given, and counts on neither side.
            EventKind::Round if event.partner.is_empty() => continue,
            EventKind::Round | EventKind::Bridge | EventKind::Grant | EventKind::Licensed | EventKind::Listed => true,
            EventKind::RoundFailed => false,
            _ => continue,
        };
        let Some(row) = names.get(event.actor.as_str()) else { continue };
        let stages = &history.notes.stages[*row];
        let Some((_, stage)) = stages.iter().rev().find(|(since, _)| *since <= event.month) else { continue };
        if *stage == Stage::Review {
            continue;
        }
        let (needed, found) = needs.entry((*row, stage_number(*stage))).or_default();
        *needed = needed.max(event.amount.0 as f64);
        *found += if paid { event.amount.0 as f64 } else { 0.0 };
    }
    let (mut found, mut asked) = ([0.0; 4], [0.0; 4]);
    for ((_, stage), (needed, had)) in needs {
        asked[stage] += needed.max(had);
        found[stage] += had;
    }
    if asked.iter().any(|asked| *asked <= 0.0) {
        return vec![None];
    }
    let share = |at: usize| found[at] / asked[at];
    vec![(0..4).min_by(|a, b| share(*a).total_cmp(&share(*b))).map(|stage| stage as f64)]
}

fn raised(history: &History, clusters: &[ClusterId], months: u16) -> f64 {
    clusters.iter().map(|cluster| history.total(column!("venture_raised_jpy"), *cluster, 0..months)).sum()
}

/// V39: venture money of Tokyo over that of Osaka in the first five years.
pub(super) fn tokyo_to_osaka(history: &History) -> Vec<Option<f64>> {
    let (Some(tokyo), Some(osaka)) = (history.cluster("tokyo"), history.cluster("osaka")) else { return vec![None] };
    let below = raised(history, &[osaka], 60);
    vec![(below > 0.0).then(|| raised(history, &[tokyo], 60) / below)]
}

/// V40: shares of the United States, Europe and Asia in the venture money of the first five years.
pub(super) fn world_shares(history: &History) -> Vec<Option<f64>> {
    let all = ["us", "uk", "jp"].map(|country| raised(history, &history.clusters_of(&[country]), 60));
    let sum: f64 = all.iter().sum();
    all.iter().map(|one| (sum > 0.0 && all.iter().all(|one| *one > 0.0)).then(|| 100.0 * one / sum)).collect()
}
