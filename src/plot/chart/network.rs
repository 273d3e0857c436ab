//! Who works with whom: organisations in the disc of their cluster, collaborations between them, year by year.

use super::super::figure::ValueKind;
use super::super::layout::{Anchor, MARGIN, Mark, Page, Point, WIDTH, fit};
use super::super::numbers::value_label;
use super::super::palette::{self, AXIS, Color, GRID, INK, PAPER, TEXT};
use super::super::picture::{Caption, Cell, Picture, Table};
use super::super::{Look, PlotError};
use super::flows::FlowNode;
use crate::math;

/// An organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkNode {
    /// Its name, for the table.
    pub label: String,
    /// Its cluster: a place in [`Network::groups`].
    pub group: usize,
}

/// The collaborations at one time.
#[derive(Debug, Clone, PartialEq)]
pub struct NetworkSnapshot {
    /// The time, for example `2033`.
    pub heading: String,
    /// A few words or numbers beside it.
    pub remark: String,
    /// Pairs of places in [`Network::nodes`].
    pub links: Vec<(usize, usize)>,
}

/// A network over time. A node keeps its place in every snapshot.
#[derive(Debug, Clone, PartialEq)]
pub struct Network {
    /// The words around.
    pub caption: Caption,
    /// The clusters, in reading order: the first half in an upper row, the others below.
    pub groups: Vec<FlowNode>,
    /// The organisations; the first of each cluster lie in the middle of its disc, so give the best connected first.
    pub nodes: Vec<NetworkNode>,
    /// One panel per time, at most nine.
    pub snapshots: Vec<NetworkSnapshot>,
}

const SNAPSHOTS_MAX: usize = 9;
/// More organisations than this in one disc would be a blot.
const DRAWN_MAX: usize = 80;
/// Distance of neighbouring nodes in a disc, in units that are scaled to the panel.
const SPACING: f64 = 1.0;
/// Height of the names above and below the rows.
const NAME_ROOM: f64 = 20.0;

/// Draws the network as a row of snapshots. Links inside a cluster are thin and in its colour, links between clusters
/// are dark curves.
///
/// # Errors
///
/// [`PlotError`], which never depends on the values.
pub fn network_chart(network: &Network) -> Result<Picture, PlotError> {
    let mut page = Page::open(&network.caption)?;
    let shown = &network.snapshots[..network.snapshots.len().min(SNAPSHOTS_MAX)];
    if shown.is_empty() || network.nodes.is_empty() || network.groups.is_empty() {
        page.nothing_to_show();
    } else {
        draw(&mut page, network, shown);
    }
    if shown.len() < network.snapshots.len() {
        page.left_out(network.snapshots.len() - shown.len(), ["times are only in the table.", "時点は表のみ。"]);
    }
    let mut members = vec![0usize; network.groups.len()];
    for node in &network.nodes {
        if let Some(size) = members.get_mut(node.group) {
            *size += 1;
        }
    }
    let crowd: usize = members.iter().map(|size| size.saturating_sub(DRAWN_MAX)).sum();
    if crowd > 0 {
        page.left_out(crowd, ["organisations are not drawn.", "機関は図示しない。"]);
    }
    let (table, told) = counted(network);
    Ok(page.close(table, &told))
}

fn draw(page: &mut Page, network: &Network, shown: &[NetworkSnapshot]) {
    let columns = match shown.len() {
        1 => 1,
        2 | 4 => 2,
        _ => 3,
    };
    let height = [560.0, 360.0, 270.0][columns - 1];
    let between = 22.0;
    let cell = (WIDTH - 2.0 * MARGIN - between * (columns - 1) as f64) / columns as f64;
    let top = page.y + 14.0;
    for (at, snapshot) in shown.iter().enumerate() {
        let left = MARGIN + (cell + between) * (at % columns) as f64;
        let upper = top + (height + 40.0) * (at / columns) as f64;
        let size = 13.5;
        page.text((left, upper + size), &snapshot.heading, size, INK, Anchor::Start);
        let room = cell - page.font.width(&snapshot.heading, size) - 12.0;
        let remark = fit(page.font, &snapshot.remark, 12.0, room);
        page.text((left + cell, upper + size), &remark, 12.0, TEXT, Anchor::End);
        page.line((left, upper + 20.0), (left + cell, upper + 20.0), GRID, 1.0);
        draw_snapshot(page, network, snapshot, (left, upper + 24.0), (cell, height - 10.0));
    }
    page.y = top + (height + 40.0) * shown.len().div_ceil(columns) as f64;
}

/// Where the discs of the clusters lie, and how large they are.
struct Discs {
    centers: Vec<Point>,
    /// Pixels per unit of the discs.
    scale: f64,
    radii: Vec<f64>,
    /// How many lie in the upper row.
    upper: usize,
}

/// Discs in two rows, each with room in proportion to its radius, all as large as the panel allows.
fn discs(sizes: &[usize], corner: Point, (width, height): (f64, f64)) -> Discs {
    const APART: f64 = 1.6;
    let radii: Vec<f64> = sizes.iter().map(|&size| SPACING * (0.9 + math::sqrt(size as f64))).collect();
    let upper = if sizes.len() < 3 { sizes.len() } else { sizes.len().div_ceil(2) };
    let rows = [&radii[..upper], &radii[upper..]];
    let length = |row: &[f64]| row.iter().fold(0.0, |sum, radius| sum + 2.0 * radius + APART);
    let tallest = |row: &[f64]| 2.0 * row.iter().copied().fold(0.0, f64::max);
    let wide = rows.iter().map(|row| length(row)).fold(0.0, f64::max);
    // Names above and below, and a lane between the rows for the links.
    let names = 2.0 * NAME_ROOM;
    let tall = tallest(rows[0]) + tallest(rows[1]);
    let scale = (width / wide).min((height - names) * 0.8 / tall).min(14.0);
    let mut centers = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        let radius = tallest(row) * scale / 2.0;
        let y = match (at, rows[1].is_empty()) {
            (_, true) => corner.1 + height / 2.0,
            (0, _) => corner.1 + NAME_ROOM + radius,
            _ => corner.1 + height - NAME_ROOM - radius,
        };
        // What the row leaves free is shared out between its discs.
        let spare = (width - length(row) * scale) / row.len().max(1) as f64;
        let mut x = corner.0;
        for radius in *row {
            let room = (2.0 * radius + APART) * scale + spare;
            centers.push((x + room / 2.0, y));
            x += room;
        }
    }
    Discs { centers, scale, radii, upper }
}

/// Places of nodes in a disc of unit spacing: a sunflower, the first in the middle.
fn sunflower(count: usize) -> Vec<Point> {
    // One turn by the golden angle, 137.5 degrees.
    const COSINE: f64 = -0.737_368_878_078_320_5;
    const SINE: f64 = 0.675_490_294_261_523_6;
    let mut direction = (1.0, 0.0);
    let mut places = Vec::new();
    for rank in 0..count {
        let radius = SPACING * math::sqrt(rank as f64 + 0.2) * 0.95;
        places.push((direction.0 * radius, direction.1 * radius));
        direction = (direction.0 * COSINE - direction.1 * SINE, direction.0 * SINE + direction.1 * COSINE);
    }
    places
}

fn draw_snapshot(page: &mut Page, network: &Network, snapshot: &NetworkSnapshot, corner: Point, size: (f64, f64)) {
    let mut sizes = vec![0; network.groups.len()];
    let ranks: Vec<Option<usize>> = network
        .nodes
        .iter()
        .map(|node| {
            let size = sizes.get_mut(node.group).filter(|size| **size < DRAWN_MAX)?;
            *size += 1;
            Some(*size - 1)
        })
        .collect();
    let discs = discs(&sizes, corner, size);
    let places: Vec<Vec<Point>> = sizes.iter().map(|&size| sunflower(size)).collect();
    let place = |node: usize| -> Option<Point> {
        let group = network.nodes.get(node)?.group;
        let (x, y) = *places.get(group)?.get((*ranks.get(node)?)?)?;
        let center = discs.centers[group];
        Some((center.0 + x * discs.scale, center.1 + y * discs.scale))
    };
    let colors: Vec<Color> = colors(network);
    for (center, radius) in discs.centers.iter().zip(&discs.radii) {
        page.disc(*center, radius * discs.scale, palette::mix(PAPER, GRID, 0.55));
    }
    let mut linked = vec![false; network.nodes.len()];
    let mut across = Vec::new();
    for &(a, b) in &snapshot.links {
        let (Some(from), Some(to)) = (place(a), place(b)) else { continue };
        (linked[a], linked[b]) = (true, true);
        let (home, away) = (network.nodes[a].group, network.nodes[b].group);
        if home == away {
            page.line(from, to, palette::mix(colors[home], PAPER, 0.35), 0.7);
        } else {
            across.push((from, to));
        }
    }
    let middle = corner.1 + size.1 / 2.0;
    for (from, to) in across {
        let color = palette::mix(INK, PAPER, 0.25);
        page.marks.push(Mark::Line { points: bent(from, to, middle), color, width: 0.7, dash: &[] });
    }
    let radius = (discs.scale * 0.3).clamp(0.8, 3.2);
    for node in 0..network.nodes.len() {
        let Some(at) = place(node) else { continue };
        let color = colors[network.nodes[node].group];
        if linked[node] { page.disc(at, radius, color) } else { page.disc(at, radius * 0.5, AXIS) }
    }
    for (group, center) in discs.centers.iter().enumerate() {
        let radius = discs.radii[group] * discs.scale;
        let above = group < discs.upper && discs.upper < discs.centers.len();
        let below = if above { center.1 - radius - 5.0 } else { center.1 + radius + 14.0 };
        let text = fit(page.font, &network.groups[group].label, 11.5, 130.0);
        let ink = if network.groups[group].focus { palette::mix(colors[group], INK, 0.3) } else { TEXT };
        page.text((center.0, below), &text, 11.5, ink, Anchor::Middle);
    }
}

fn colors(network: &Network) -> Vec<Color> {
    let mut rank = 0;
    let color = |group: &FlowNode| {
        rank += usize::from(group.focus);
        palette::style(if group.focus { Look::Focus(rank - 1) } else { Look::Context(1) }).color
    };
    network.groups.iter().map(color).collect()
}

/// A curve from one node to another, drawn into the lane between the rows so that the discs stay clear.
fn bent(from: Point, to: Point, middle: f64) -> Vec<Point> {
    const STEPS: usize = 12;
    let control = ((from.0 + to.0) / 2.0, middle);
    let at = |t: f64| {
        let (a, b, c) = ((1.0 - t) * (1.0 - t), 2.0 * t * (1.0 - t), t * t);
        (a * from.0 + b * control.0 + c * to.0, a * from.1 + b * control.1 + c * to.1)
    };
    (0..=STEPS).map(|step| at(step as f64 / STEPS as f64)).collect()
}

/// The links counted by time and pair of clusters, as a table and in words.
fn counted(network: &Network) -> (Table, String) {
    let word = |words| network.caption.word(words);
    let columns =
        [word(["Time", "時点"]), word(["Cluster", "地域"]), word(["With", "相手"]), word(["Collaborations", "連携数"])];
    let mut table = Table::new(&columns);
    let mut told = Vec::new();
    let count = network.groups.len();
    for snapshot in &network.snapshots {
        let mut pairs = vec![0u32; count * count];
        for &(a, b) in &snapshot.links {
            let group = |node: usize| network.nodes.get(node).map(|node| node.group).filter(|&group| group < count);
            if let (Some(a), Some(b)) = (group(a), group(b)) {
                pairs[a.min(b) * count + a.max(b)] += 1;
            }
        }
        for (at, &links) in pairs.iter().enumerate().filter(|(_, links)| **links > 0) {
            let [home, away] = [at / count, at % count].map(|group| Cell::text(&network.groups[group].label));
            let number = Cell::number(f64::from(links), ValueKind::Count, network.caption.language);
            table.rows.push(vec![Cell::text(&snapshot.heading), home, away, number]);
        }
        let all = value_label(snapshot.links.len() as f64, ValueKind::Count, network.caption.language);
        told.push(format!("{}: {all}. {}", snapshot.heading, snapshot.remark));
    }
    (table, told.join(" "))
}
