//! V18 to V21 and V23: the network of collaborations.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::math::{ln, ln_gamma, sqrt};
use crate::record::EventKind;
use crate::scenario::spec::ClusterId;

use super::history::{EARLY, History};

/// Present partners of each organisation that has any.
pub(super) fn neighbours(ties: &[(u32, u32)]) -> BTreeMap<u32, BTreeSet<u32>> {
    let mut all: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    for (a, b) in ties {
        all.entry(*a).or_default().insert(*b);
        all.entry(*b).or_default().insert(*a);
    }
    all
}

fn last(history: &History) -> Vec<(u32, u32)> {
    history.world.ties.active().map(|tie| (tie.a.0, tie.b.0)).collect()
}

/// V18: likelihood ratio of a geometric against a Poisson distribution of degrees (of organisations with ties), in
/// standard errors (Vuong): above 2 the heavier tail is preferred.
pub(super) fn degree_tail(history: &History) -> Vec<Option<f64>> {
    let graph = neighbours(&last(history));
    // Everybody in the graph has one tie at least: the distributions are those of what is beyond one.
    let degrees: Vec<f64> = graph.values().map(|partners| partners.len() as f64 - 1.0).collect();
    let n = degrees.len() as f64;
    let mean = degrees.iter().sum::<f64>() / n;
    if degrees.len() < 50 || mean <= 0.0 {
        return vec![None];
    }
    let geometric = |k: f64| k * ln(mean / (1.0 + mean)) - ln(1.0 + mean);
    let poisson = |k: f64| k * ln(mean) - mean - ln_gamma(k + 1.0);
    let ratios: Vec<f64> = degrees.iter().map(|k| geometric(*k) - poisson(*k)).collect();
    let centre = ratios.iter().sum::<f64>() / n;
    let variance = ratios.iter().map(|ratio| (ratio - centre) * (ratio - centre)).sum::<f64>() / n;
    vec![(variance > 0.0).then(|| centre * sqrt(n) / sqrt(variance))]
}

/// V19: clustering and path length of the giant component over those of a random graph of its size and degree.
pub(super) fn small_world(history: &History) -> Vec<Option<f64>> {
    let graph = neighbours(&last(history));
    let giant = giant(&graph);
    if giant.len() < 50 {
        return vec![None, None];
    }
    let n = giant.len() as f64;
    let degree = giant.iter().map(|node| graph[node].len() as f64).sum::<f64>() / n;
    let (mut closed, mut triples) = (0.0, 0.0);
    for node in &giant {
        let partners: Vec<&u32> = graph[node].iter().collect();
        for (at, one) in partners.iter().enumerate() {
            for other in &partners[at + 1..] {
                triples += 1.0;
                closed += f64::from(u8::from(graph[*one].contains(*other)));
            }
        }
    }
    // Path lengths from every k-th node, at most two hundred of them.
    let step = giant.len().div_ceil(200);
    let (mut sum, mut pairs) = (0.0, 0.0);
    for start in giant.iter().step_by(step) {
        for (_, steps) in distances(&graph, *start) {
            sum += f64::from(steps);
            pairs += 1.0;
        }
    }
    pairs -= giant.iter().step_by(step).count() as f64;
    let random_path = ln(n) / ln(degree);
    vec![
        (triples > 0.0).then(|| (closed / triples) / (degree / n)),
        (pairs > 0.0 && random_path > 0.0).then(|| (sum / pairs) / random_path),
    ]
}

/// V20: share of new ties, after the third year, between former partners, partners of a partner, or two that had ties before.
pub(super) fn endogenous(history: &History) -> Vec<Option<f64>> {
    let mut ever: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    let (mut all, mut known) = (0.0, 0.0);
    for tie in &history.world.ties.all {
        let (a, b) = (tie.a.0, tie.b.0);
        let both = ever.contains_key(&a) && ever.contains_key(&b);
        if tie.since.0 > EARLY {
            all += 1.0;
            known += f64::from(u8::from(both));
        }
        ever.entry(a).or_default().insert(b);
        ever.entry(b).or_default().insert(a);
    }
    vec![(all >= 100.0).then(|| 100.0 * known / all)]
}

/// V21: mean months that a collaboration lasted.
pub(super) fn length(history: &History) -> Vec<Option<f64>> {
    let ended = history.outcome.events.iter().filter(|event| event.kind == EventKind::TieEnded);
    let months: Vec<f64> = ended.map(|event| event.cause.value).collect();
    vec![(months.len() >= 50).then(|| months.iter().sum::<f64>() / months.len() as f64)]
}

/// V23: fall of the giant component of a cluster's network (its own ties, with partners anywhere) without universities,
/// institutes and hospitals, at the end of the third year: in the youngest cluster, Kobe, and in the oldest, Boston.
pub(super) fn knock_out(history: &History) -> Vec<Option<f64>> {
    let home = |node: u32| history.world.orgs[node as usize].cluster;
    let of = |cluster: Option<ClusterId>| {
        let cluster = cluster?;
        let ties = history.notes.early.iter().copied();
        let ties: Vec<(u32, u32)> = ties.filter(|(a, b)| home(*a) == cluster || home(*b) == cluster).collect();
        fall(&ties, |node| history.world.orgs[*node as usize].is_academic())
    };
    vec![of(history.cluster("kobe")), of(history.cluster("boston"))]
}

/// How much of the giant component is lost without some of its members, in per cent of the others in it.
fn fall(ties: &[(u32, u32)], taken: impl Fn(&u32) -> bool) -> Option<f64> {
    let before: Vec<u32> = giant(&neighbours(ties)).into_iter().filter(|node| !taken(node)).collect();
    let left: Vec<(u32, u32)> = ties.iter().copied().filter(|(a, b)| !taken(a) && !taken(b)).collect();
    let after = giant(&neighbours(&left)).len();
    (before.len() >= 10).then(|| 100.0 * (1.0 - after as f64 / before.len() as f64))
}

fn distances(graph: &BTreeMap<u32, BTreeSet<u32>>, start: u32) -> BTreeMap<u32, u32> {
    let mut found = BTreeMap::from([(start, 0)]);
    let mut queue = VecDeque::from([start]);
    while let Some(node) = queue.pop_front() {
        let steps = found[&node] + 1;
        for next in &graph[&node] {
            if !found.contains_key(next) {
                found.insert(*next, steps);
                queue.push_back(*next);
            }
        }
    }
    found
}

/// The largest connected part, nodes ascending.
pub(super) fn giant(graph: &BTreeMap<u32, BTreeSet<u32>>) -> Vec<u32> {
    let mut seen: BTreeSet<u32> = BTreeSet::new();
    let mut best: Vec<u32> = Vec::new();
    for node in graph.keys() {
        if seen.contains(node) {
            continue;
        }
        let part: Vec<u32> = distances(graph, *node).into_keys().collect();
        seen.extend(&part);
        if part.len() > best.len() {
            best = part;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_falls_apart_and_a_ring_does_not() {
        // A hub with twelve others; then the same twelve in a ring as well.
        let mut ties: Vec<(u32, u32)> = (1..=12).map(|node| (0, node)).collect();
        assert_eq!(fall(&ties, |node| *node == 0), Some(100.0));
        ties.extend((1..=12).map(|node| (node, node % 12 + 1)));
        assert_eq!(fall(&ties, |node| *node == 0), Some(0.0));
        assert_eq!(fall(&ties[..5], |node| *node == 0), None, "too small to tell");
    }

    #[test]
    fn the_giant_component_is_the_largest_part() {
        let graph = neighbours(&[(1, 2), (2, 3), (7, 8)]);
        assert_eq!(giant(&graph), [1, 2, 3]);
        assert_eq!(distances(&graph, 1)[&3], 2);
    }
}
