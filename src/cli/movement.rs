//! Charts of a run of what moves between clusters, who works with whom, and where.

use std::collections::{BTreeMap, BTreeSet};

use crate::output::ClusterLabel;
use crate::plot::{
    Caption, FlowNode, Flows as FlowChart, Language, MapChart, MapLink, Network, NetworkNode, NetworkSnapshot, Picture,
    Place, PlaceKind, PlotError, ValueKind, bay_landmarks, bay_map, flow_matrix_chart, network_chart, on_bay_map,
    sankey_chart, world_map,
};
use crate::record::{EventKind, FlowKind};
use crate::scenario::spec::ClusterId;

use super::charts::Material;

/// Organisations drawn of a cluster, so that a panel stays readable.
const DRAWN_PER_CLUSTER: usize = 40;

/// A chart with the stem of its file names.
pub(super) type Named = (&'static str, Result<Picture, PlotError>);

/// Flows, network and maps, in reading order. A chart without anything to show is left out.
pub(super) fn charts(material: &Material) -> Vec<Named> {
    let people = sums(material, FlowKind::People);
    let capital = sums(material, FlowKind::Capital);
    let mut charts = Vec::new();
    if let Some(title) = net_gains(material, &people) {
        let subtitle = format!(
            "People who took a post in another cluster, {}; the gain is arrivals less departures",
            material.years()
        );
        let flows = flow_chart(material, caption(material, title, subtitle), ValueKind::Count, people.clone());
        charts.push(("people-flows", sankey_chart(&flows)));
    }
    if let Some(title) = home_money(material, &capital) {
        let subtitle = format!(
            "JPY committed by funds (rows) to startups (columns), by cluster, {}; shown where a startup has a fund from there",
            material.years()
        );
        let flows = flow_chart(material, caption(material, title, subtitle), ValueKind::Yen, capital);
        charts.push(("capital-flows", flow_matrix_chart(&flows)));
    }
    charts.extend(collaborations(material));
    let places = places(material);
    if !places.is_empty() {
        charts.push(("map-osaka-bay", bay_map(&bay(material, &places))));
        charts.push(("map-world", world_map(&world(material, &places, &people))));
    }
    charts
}

/// Who works with whom, unless nobody ever does.
pub(super) fn collaborations(material: &Material) -> Option<Named> {
    Some(("collaborations", network_chart(&network(material)?)))
}

pub(super) fn caption(material: &Material, title: String, subtitle: String) -> Caption {
    Caption { title, subtitle, note: material.note.to_owned(), language: material.language }
}

/// A whole number with thousands separators.
pub(super) fn counted(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Place of a cluster in the order of the charts.
pub(super) fn place_of(material: &Material, row: ClusterId) -> Option<usize> {
    material.clusters.iter().position(|cluster| cluster.row == row)
}

/// Sums of a flow over the whole run: `[from][to]`.
fn sums(material: &Material, wanted: FlowKind) -> Vec<Vec<f64>> {
    let count = material.clusters.len();
    let mut sums = vec![vec![0.0; count]; count];
    for &(_, kind, from, to, amount) in &material.flows.entries {
        if let (true, Some(from), Some(to)) = (kind == wanted, place_of(material, from), place_of(material, to)) {
            sums[from][to] += amount as f64;
        }
    }
    sums
}

/// How many more people came to the focus clusters than left them; `None` if nobody moved.
fn net_gains(material: &Material, sums: &[Vec<f64>]) -> Option<String> {
    if sums.iter().flatten().all(|amount| *amount == 0.0) {
        return None;
    }
    let gains = material.clusters.iter().enumerate().filter(|(_, cluster)| cluster.focus).map(|(at, cluster)| {
        let gain = sums.iter().fold(0.0, |sum, row| sum + row[at]) - sums[at].iter().fold(0.0, |sum, gone| sum + gone);
        let sign = if gain < 0.0 { "−" } else { "+" };
        format!("{} {sign}{}", cluster.name, counted(gain.abs()))
    });
    let gains: Vec<String> = gains.collect();
    let found = if gains.is_empty() {
        counted(sums.iter().flatten().fold(0.0, |sum, amount| sum + amount))
    } else {
        gains.join(", ")
    };
    Some(format!("Net gain of people: {found}"))
}

/// What share of their venture money startups of the focus clusters get from funds at home.
fn home_money(material: &Material, sums: &[Vec<f64>]) -> Option<String> {
    let mut found = Vec::new();
    for (at, cluster) in material.clusters.iter().enumerate().filter(|(_, cluster)| cluster.focus) {
        let all = sums.iter().fold(0.0, |sum, row| sum + row[at]);
        if all > 0.0 {
            found.push(format!("{} {:.0} %", cluster.name, 100.0 * sums[at][at] / all));
        }
    }
    (!found.is_empty()).then(|| format!("Venture money from funds at home: {}", found.join(", ")))
}

fn node(cluster: &ClusterLabel) -> FlowNode {
    FlowNode { label: cluster.name.clone(), focus: cluster.focus }
}

fn flow_chart(material: &Material, caption: Caption, kind: ValueKind, amounts: Vec<Vec<f64>>) -> FlowChart {
    FlowChart { caption, kind, nodes: material.clusters.iter().map(node).collect(), amounts }
}

/// Collaborations at one time, as pairs of organisations.
type Links = BTreeSet<(usize, usize)>;

/// Who works with whom at the end of up to four years of the run. `None` if nobody ever does.
fn network(material: &Material) -> Option<Network> {
    let last = material.records.months - 1;
    let december = |share: u16| ((last / 3 * share) / 12 * 12 + 11).min(last);
    let times: BTreeSet<u16> = [december(0), december(1), december(2), last].into();
    let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
    let mut homes: Vec<usize> = Vec::new();
    let mut now = Links::new();
    let mut seen: Vec<(u16, Links)> = Vec::new();
    let mut wanted = times.iter().copied().peekable();
    for event in material.events {
        while let Some(time) = wanted.next_if(|&time| time < event.month.0) {
            seen.push((time, now.clone()));
        }
        let (true, Some(a), Some(b)) = (
            matches!(event.kind, EventKind::TieFormed | EventKind::TieEnded),
            event.cluster.and_then(|row| place_of(material, row)),
            event.partner_cluster.and_then(|row| place_of(material, row)),
        ) else {
            continue;
        };
        let a = number_of(&event.actor, a, &mut numbers, &mut homes);
        let b = number_of(&event.partner, b, &mut numbers, &mut homes);
        let pair = (a.min(b), a.max(b));
        if event.kind == EventKind::TieFormed {
            now.insert(pair)
        } else {
            now.remove(&pair)
        };
    }
    seen.extend(wanted.map(|time| (time, now.clone())));
    let names: BTreeMap<usize, &str> = numbers.into_iter().map(|(name, number)| (number, name)).collect();
    (!names.is_empty()).then(|| drawn_network(material, &seen, &names, &homes))
}

/// The number of an organisation; a new one is numbered, and its cluster kept.
fn number_of<'a>(name: &'a str, home: usize, numbers: &mut BTreeMap<&'a str, usize>, homes: &mut Vec<usize>) -> usize {
    let next = homes.len();
    let number = *numbers.entry(name).or_insert(next);
    if number == next {
        homes.push(home);
    }
    number
}

/// The organisations worth drawing: of each cluster those that work across clusters, then those that work most.
fn drawn_network(
    material: &Material,
    seen: &[(u16, Links)],
    names: &BTreeMap<usize, &str>,
    homes: &[usize],
) -> Network {
    let mut weight = vec![(0u32, 0u32); homes.len()];
    for &(a, b) in seen.iter().flat_map(|(_, links)| links) {
        for end in [a, b] {
            weight[end].0 += u32::from(homes[a] != homes[b]);
            weight[end].1 += 1;
        }
    }
    let mut nodes = Vec::new();
    let mut drawn: BTreeMap<usize, usize> = BTreeMap::new();
    for group in 0..material.clusters.len() {
        let mut members: Vec<usize> =
            (0..homes.len()).filter(|&org| homes[org] == group && weight[org].1 > 0).collect();
        members.sort_by(|&a, &b| weight[b].cmp(&weight[a]).then(names[&a].cmp(names[&b])));
        for org in members.into_iter().take(DRAWN_PER_CLUSTER) {
            drawn.insert(org, nodes.len());
            nodes.push(NetworkNode { label: names[&org].to_owned(), group });
        }
    }
    let across = |links: &Links| links.iter().filter(|(a, b)| homes[*a] != homes[*b]).count();
    let share = |links: &Links| 100.0 * across(links) as f64 / (links.len().max(1)) as f64;
    let snapshots = seen.iter().map(|(time, links)| NetworkSnapshot {
        heading: material.start.plus(i32::from(*time)).year().to_string(),
        remark: material.say(
            "network_remark",
            &[("links", &counted(links.len() as f64)), ("share", &format!("{:.1} %", share(links)))],
        ),
        links: links.iter().filter_map(|(a, b)| Some((*drawn.get(a)?, *drawn.get(b)?))).collect(),
    });
    let last = seen.last().map_or(0.0, |(_, links)| share(links));
    let year = material.last_year().to_string();
    let title = material.say("network_title", &[("share", &format!("{last:.1} %")), ("year", &year)]);
    let subtitle = material.say("network_how", &[("most", &DRAWN_PER_CLUSTER.to_string())]);
    Network {
        caption: caption(material, title, subtitle),
        groups: material.clusters.iter().map(node).collect(),
        nodes,
        snapshots: snapshots.collect(),
    }
}

/// The clusters where the scenario places them, with the startups alive at the end; empty if one has no place.
fn places(material: &Material) -> Vec<Place> {
    let alive = material.metric("startups_alive");
    let degrees = |id: &str, which: &str| {
        let entry = &material.resolved[format!("cluster.{id}.{which}").as_str()];
        entry["value"].as_f64()
    };
    let place = |(at, cluster): (usize, &ClusterLabel)| {
        Some(Place {
            label: cluster.name.clone(),
            latitude: degrees(&cluster.id, "latitude")?,
            longitude: degrees(&cluster.id, "longitude")?,
            kind: if cluster.focus { PlaceKind::Focus } else { PlaceKind::Context },
            value: alive.get(at)?.last().copied()?,
        })
    };
    material.clusters.iter().enumerate().map(place).collect::<Option<_>>().unwrap_or_default()
}

const SHORES: &str = "Shores: Natural Earth, simplified; islands made since are missing.";

fn bay(material: &Material, places: &[Place]) -> MapChart {
    let on_map = places.iter().filter(|place| place.kind == PlaceKind::Focus && on_bay_map(place));
    let alive: Vec<String> = on_map.map(|place| format!("{} {}", place.label, counted(place.value))).collect();
    let title = format!("Startups around Osaka bay at the end of {}: {}", material.last_year(), alive.join(", "));
    let subtitle = "Area of the discs: startups alive; squares: airports; dots: sites".to_owned();
    let mut caption = caption(material, title, subtitle);
    caption.note = format!("{}. {SHORES}", caption.note);
    let places = places.iter().cloned().chain(bay_landmarks(Language::English)).collect();
    MapChart { caption, values: ValueKind::Count, amounts: ValueKind::Count, places, links: Vec::new() }
}

fn world(material: &Material, places: &[Place], people: &[Vec<f64>]) -> MapChart {
    let overseas = |from: usize, to: usize| (places[from].longitude - places[to].longitude).abs() > 20.0;
    let mut links = Vec::new();
    let mut all = 0.0;
    for (from, row) in people.iter().enumerate() {
        for (to, &amount) in row.iter().enumerate().filter(|(to, amount)| *to != from && **amount > 0.0) {
            links.push(MapLink { from, to, amount });
            all += if overseas(from, to) { amount } else { 0.0 };
        }
    }
    let title = format!("{} people moved to another region of the world", counted(all));
    let subtitle = format!(
        "People who took a post in another region, {}, both directions; beside the names: startups alive at the end of {}",
        material.years(),
        material.last_year()
    );
    let mut caption = caption(material, title, subtitle);
    caption.note = format!("{}. Shores: Natural Earth.", caption.note);
    MapChart { caption, values: ValueKind::Count, amounts: ValueKind::Count, places: places.to_vec(), links }
}
