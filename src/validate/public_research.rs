//! V22 and V31: what public research does for the companies around it.

use std::collections::{BTreeMap, BTreeSet};

use crate::math::{ln_1p, sqrt};
use crate::record::EventKind;
use crate::scenario::spec::ClusterId;
use crate::units::Month;
use crate::world::World;
use crate::world::organisation::{FIELDS, OrgId};

use super::history::History;
use super::network::{giant, neighbours};

/// Months of output that go with a place in the network, or with a look at the shelves.
const AHEAD: u16 = 24;
/// The cluster whose companies V22 looks at: that of the source.
const CLUSTER: &str = "boston";

/// A company's place in the network, inside its cluster and with everybody.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    month: Month,
    org: u32,
    cluster: ClusterId,
    /// Part of the giant component, and ln(1 + partners): inside the cluster, then with ties to everywhere.
    member: [bool; 2],
    centrality: [f64; 2],
    size: f64,
}

/// Notes the place of every startup.
pub(super) fn note_places(month: Month, world: &World, places: &mut Vec<Place>) {
    let all: Vec<(u32, u32)> = world.ties.active().map(|tie| (tie.a.0, tie.b.0)).collect();
    let home = |org: u32| world.orgs[org as usize].cluster;
    let clusters: BTreeSet<u16> = world.open_orgs().map(|org| org.cluster.0).collect();
    for cluster in clusters.into_iter().map(ClusterId) {
        let inside: Vec<(u32, u32)> =
            all.iter().copied().filter(|(a, b)| home(*a) == cluster && home(*b) == cluster).collect();
        // Far-flung: ties with an end here.
        let flung: Vec<(u32, u32)> =
            all.iter().copied().filter(|(a, b)| home(*a) == cluster || home(*b) == cluster).collect();
        let graphs = [neighbours(&inside), neighbours(&flung)];
        let giants = graphs.each_ref().map(|graph| giant(graph).into_iter().collect::<BTreeSet<u32>>());
        for id in world.private_startups() {
            let org = world.startups[id.ix()].org;
            if home(org.0) != cluster {
                continue;
            }
            places.push(Place {
                month,
                org: org.0,
                cluster,
                member: giants.each_ref().map(|giant| giant.contains(&org.0)),
                centrality: graphs.each_ref().map(|graph| ln_1p(graph.get(&org.0).map_or(0, BTreeSet::len) as f64)),
                size: ln_1p(f64::from(world.orgs[org.ix()].headcount())),
            });
        }
    }
}

/// V22: stages passed within two years, by startups of Boston, on membership of the giant component and on centrality
/// (given each other and the company's size), in standard errors: membership inside the cluster, and centrality with ties to everywhere.
pub(super) fn public_clusters(history: &History) -> Vec<Option<f64>> {
    let Some(cluster) = history.cluster(CLUSTER) else { return vec![None, None] };
    let mut passed: BTreeMap<&str, Vec<Month>> = BTreeMap::new();
    for event in history.outcome.events.iter().filter(|event| event.kind == EventKind::StagePassed) {
        passed.entry(event.actor.as_str()).or_default().push(event.month);
    }
    let places: Vec<&Place> = history
        .notes
        .places
        .iter()
        .filter(|place| place.cluster == cluster && place.month.0 + AHEAD < history.scenario.months)
        .collect();
    let strength = |network: usize, coefficient: usize| -> Option<f64> {
        let rows: Vec<([f64; 4], f64)> = places
            .iter()
            .map(|place| {
                let months = passed.get(history.world.orgs[place.org as usize].name.as_str());
                let ahead = |month: &&Month| **month > place.month && month.0 <= place.month.0 + AHEAD;
                let stages = months.map_or(0, |months| months.iter().filter(ahead).count()) as f64;
                let member = f64::from(u8::from(place.member[network]));
                ([1.0, member, place.centrality[network], place.size], stages)
            })
            .collect();
        if rows.len() < 200 { None } else { standard_errors(&rows).map(|errors| errors[coefficient]) }
    };
    vec![strength(0, 1), strength(1, 2)]
}

/// Coefficients of a least-squares regression, each over its standard error.
fn standard_errors(rows: &[([f64; 4], f64)]) -> Option<[f64; 4]> {
    let mut normal = [[0.0; 4]; 4];
    let mut right = [0.0; 4];
    for (x, y) in rows {
        for (i, xi) in x.iter().enumerate() {
            right[i] += xi * y;
            for (j, xj) in x.iter().enumerate() {
                normal[i][j] += xi * xj;
            }
        }
    }
    let inverse = inverted(normal)?;
    let b = inverse.map(|row| row.iter().zip(&right).map(|(a, b)| a * b).sum::<f64>());
    let off = |(x, y): &([f64; 4], f64)| y - x.iter().zip(&b).map(|(x, b)| x * b).sum::<f64>();
    let variance = rows.iter().map(|row| off(row) * off(row)).sum::<f64>() / (rows.len() as f64 - 4.0);
    let mut strengths = [0.0; 4];
    for (at, strength) in strengths.iter_mut().enumerate() {
        *strength = b[at] / sqrt(variance * inverse[at][at]);
    }
    strengths.iter().all(|strength| strength.is_finite()).then_some(strengths)
}

/// Inverse by elimination with the largest pivot of a column.
fn inverted(mut matrix: [[f64; 4]; 4]) -> Option<[[f64; 4]; 4]> {
    let mut inverse = [[0.0; 4]; 4];
    for (at, row) in inverse.iter_mut().enumerate() {
        row[at] = 1.0;
    }
    for at in 0..4 {
        let pivot = (at..4).max_by(|a, b| matrix[*a][at].abs().total_cmp(&matrix[*b][at].abs()))?;
        matrix.swap(at, pivot);
        inverse.swap(at, pivot);
        let whole = matrix[at][at];
        if whole.abs() < 1e-9 {
            return None;
        }
        let (own, own_inverse) = (matrix[at].map(|x| x / whole), inverse[at].map(|x| x / whole));
        (matrix[at], inverse[at]) = (own, own_inverse);
        for row in (0..4).filter(|row| *row != at) {
            let times = matrix[row][at];
            matrix[row].iter_mut().zip(own).for_each(|(x, own)| *x -= times * own);
            inverse[row].iter_mut().zip(own_inverse).for_each(|(x, own)| *x -= times * own);
        }
    }
    Some(inverse)
}

/// Assets on the shelves of a cluster in a field, and whether a large company there works in it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shelf {
    month: Month,
    cluster: ClusterId,
    field: u8,
    assets: f64,
    anchor: f64,
}

/// Notes the shelves.
pub(super) fn note_shelves(month: Month, world: &World, shelves: &mut Vec<Shelf>) {
    let mut assets = vec![[0.0; FIELDS]; world.places.anchors.len()];
    for (row, shelf) in world.shelves.iter().enumerate() {
        for asset in shelf {
            assets[usize::from(world.orgs[row].cluster.0)][usize::from(asset.field)] += 1.0;
        }
    }
    for (row, (assets, anchors)) in assets.iter().zip(&world.places.anchors).enumerate() {
        for (field, (assets, anchor)) in assets.iter().zip(anchors).enumerate() {
            let (cluster, field) = (ClusterId(row as u16), field as u8);
            shelves.push(Shelf { month, cluster, field, assets: *assets, anchor: *anchor });
        }
    }
}

/// V31: findings of universities taken up by startups of the cluster within two years, an asset on the shelf, in fields in
/// which a large company of the cluster works (at least half of an anchor) over those in which none does (less than a
/// tenth), among fields of one cluster with about as many assets: founders, not findings, are scarce, so that of many fewer are
/// taken up.
pub(super) fn anchors(history: &History) -> Vec<Option<f64>> {
    let world = &history.world;
    let mut taken: BTreeMap<(u16, u8), Vec<(Month, f64)>> = BTreeMap::new();
    for startup in world.startups.iter().filter(|startup| startup.founder.is_some()) {
        let (org, Some(first)) = (&world.orgs[startup.org.ix()], startup.programmes.first()) else { continue };
        let parent = startup.parent.unwrap_or(OrgId(startup.org.0));
        let place = (world.orgs[parent.ix()].cluster.0, world.programmes[first.ix()].field);
        taken.entry(place).or_default().push((org.founded, f64::from(org.weight)));
    }
    let mut strata: BTreeMap<(u16, u32), [[f64; 2]; 2]> = BTreeMap::new();
    for shelf in &history.notes.shelves {
        let anchored = match shelf.anchor {
            anchor if anchor >= 0.5 => 1,
            anchor if anchor < 0.1 => 0,
            _ => continue,
        };
        if shelf.month.0 + AHEAD >= history.scenario.months {
            continue;
        }
        let founded = taken.get(&(shelf.cluster.0, shelf.field)).map_or(&[][..], Vec::as_slice);
        let ahead = founded.iter().filter(|(month, _)| *month > shelf.month && month.0 <= shelf.month.0 + AHEAD);
        let about = (shelf.assets as u32).checked_ilog2().unwrap_or(0);
        let cell = &mut strata.entry((shelf.cluster.0, about)).or_default()[anchored];
        cell[0] += ahead.map(|(_, weight)| weight).sum::<f64>();
        cell[1] += shelf.assets;
    }
    let uptakes: f64 = strata.values().map(|[none, some]| none[0].min(some[0])).sum();
    vec![if uptakes >= 20.0 { rate_ratio(strata.into_values()) } else { None }]
}

/// Ratio of two rates over strata after Mantel and Haenszel; of each stratum the events and the exposure of either.
pub(super) fn rate_ratio(strata: impl Iterator<Item = [[f64; 2]; 2]>) -> Option<f64> {
    let (mut above, mut below) = (0.0, 0.0);
    for [[events_0, exposure_0], [events_1, exposure_1]] in strata {
        let whole = exposure_0 + exposure_1;
        if whole > 0.0 {
            above += events_1 * exposure_0 / whole;
            below += events_0 * exposure_1 / whole;
        }
    }
    (below > 0.0).then(|| above / below)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_that_is_the_same_in_all_strata_comes_back() {
        // Twice the rate in each, at very different levels and mixes: pooled, it would look smaller than one.
        let strata = [[[10.0, 1000.0], [2.0, 100.0]], [[40.0, 100.0], [800.0, 1000.0]]];
        assert!((rate_ratio(strata.into_iter()).unwrap() - 2.0).abs() < 1e-12);
        assert_eq!(rate_ratio([[[0.0, 5.0], [3.0, 5.0]]].into_iter()), None);
    }

    #[test]
    fn a_regression_tells_what_matters_from_what_does_not() {
        // y = 1 + 2 member + noise of +-1; the other two columns have nothing to do with it.
        let rows: Vec<([f64; 4], f64)> = (0..400u32)
            .map(|k| {
                let bit = |n: u32| f64::from(k >> n & 1);
                ([1.0, bit(0), bit(1), bit(2)], 1.0 + 2.0 * bit(0) + 2.0 * bit(3) - 1.0)
            })
            .collect();
        let [_, member, other, size] = standard_errors(&rows).unwrap();
        assert!((member - 20.0).abs() < 0.5 && other.abs() < 1.0 && size.abs() < 1.0, "{member} {other} {size}");
        let alike: Vec<([f64; 4], f64)> = (0..9).map(|k| ([1.0, 1.0, f64::from(k), 0.5], f64::from(k))).collect();
        assert_eq!(standard_errors(&alike), None, "two columns that say the same");
    }
}
