//! What moves between clusters: as bands from left to right, or as a matrix.

use super::super::figure::{Language, ValueKind};
use super::super::labels::spread;
use super::super::layout::{Anchor, MARGIN, Mark, Page, Point, WIDTH, fit};
use super::super::numbers::{unit, unit_name, value_label};
use super::super::palette::{self, AXIS, Color, INK, PAPER, TEXT};
use super::super::picture::{Caption, Cell, Picture, Table};
use super::super::{Look, PlotError};
use super::rows::{ROW_TEXT, TICK_TEXT, name_row, names_width};
use crate::math;

/// A cluster that gives and takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowNode {
    /// Name of the cluster.
    pub label: String,
    /// Whether the chart is about it; what others give is grey.
    pub focus: bool,
}

/// Amounts between clusters.
#[derive(Debug, Clone, PartialEq)]
pub struct Flows {
    /// The words around.
    pub caption: Caption,
    /// What an amount counts.
    pub kind: ValueKind,
    /// The clusters, in the order in which they are shown.
    pub nodes: Vec<FlowNode>,
    /// `amounts[from][to]`; missing, negative and not finite ones are drawn as nothing.
    pub amounts: Vec<Vec<f64>>,
}

/// More clusters than this are drawn together as "others".
const NODES_MAX: usize = 14;
const HEIGHT: f64 = 440.0;
const NODE_GAP: f64 = 9.0;
const NODE_WIDTH: f64 = 9.0;
/// Stretches of a curve: enough to look smooth at twice the size.
const STRETCHES: usize = 18;

impl Flows {
    /// An amount that can be drawn, as a share of the largest; 0 for what cannot.
    fn share(&self, from: usize, to: usize, largest: f64) -> f64 {
        let amount = self.amount(from, to);
        if drawable(amount) { amount / largest } else { 0.0 }
    }

    fn amount(&self, from: usize, to: usize) -> f64 {
        self.amounts.get(from).and_then(|row| row.get(to)).copied().unwrap_or(f64::NAN)
    }

    fn largest(&self) -> f64 {
        let all = (0..self.nodes.len()).flat_map(|from| (0..self.nodes.len()).map(move |to| (from, to)));
        all.map(|(from, to)| self.amount(from, to)).filter(|&amount| drawable(amount)).fold(0.0, f64::max)
    }

    /// The clusters with most traffic as they are, all others summed into one.
    fn folded(&self) -> Self {
        if self.nodes.len() <= NODES_MAX {
            return self.clone();
        }
        let largest = self.largest();
        let traffic = |node: usize| {
            (0..self.nodes.len())
                .fold(0.0, |sum, other| sum + self.share(node, other, largest) + self.share(other, node, largest))
        };
        let mut order: Vec<usize> = (0..self.nodes.len()).collect();
        order.sort_by(|&a, &b| traffic(b).total_cmp(&traffic(a)).then(a.cmp(&b)));
        let mut kept: Vec<usize> = order[..NODES_MAX - 1].to_vec();
        kept.sort_unstable();
        let place = |node: usize| kept.iter().position(|&other| other == node).unwrap_or(kept.len());
        let mut nodes: Vec<FlowNode> = kept.iter().map(|&node| self.nodes[node].clone()).collect();
        let others = self.nodes.len() - kept.len();
        let label = self.caption.word(["{} others", "ほか{}"]).replace("{}", &others.to_string());
        nodes.push(FlowNode { label, focus: false });
        let mut amounts = vec![vec![0.0; nodes.len()]; nodes.len()];
        for from in 0..self.nodes.len() {
            for to in (0..self.nodes.len()).filter(|&to| drawable(self.amount(from, to))) {
                amounts[place(from)][place(to)] += self.amount(from, to);
            }
        }
        Self { caption: self.caption.clone(), kind: self.kind, nodes, amounts }
    }

    /// Colour of what a node gives.
    fn color(&self, node: usize) -> Color {
        let rank = self.nodes[..node].iter().filter(|other| other.focus).count();
        if self.nodes[node].focus {
            palette::style(Look::Focus(rank)).color
        } else {
            palette::style(Look::Context(0)).color
        }
    }

    fn label(&self, amount: f64) -> String {
        value_label(amount, self.kind, self.caption.language)
    }

    fn finished(&self, page: Page) -> Picture {
        let word = |words| self.caption.word(words);
        let mut table = Table::new(&[word(["From", "から"]), word(["To", "へ"]), word(["Amount", "量"])]);
        let mut told = Vec::new();
        for (from, giver) in self.nodes.iter().enumerate() {
            for (to, taker) in self.nodes.iter().enumerate() {
                let amount = self.amount(from, to);
                if amount == 0.0 {
                    continue;
                }
                let number = Cell::number(amount, self.kind, self.caption.language);
                table.rows.push(vec![Cell::text(&giver.label), Cell::text(&taker.label), number]);
                told.push((amount, format!("{} → {}: {}.", giver.label, taker.label, self.label(amount))));
            }
        }
        told.retain(|(amount, _)| drawable(*amount));
        told.sort_by(|a, b| b.0.total_cmp(&a.0));
        let told: Vec<String> = told.into_iter().take(12).map(|(_, sentence)| sentence).collect();
        page.close(table, &told.join(" "))
    }
}

fn drawable(amount: f64) -> bool {
    amount > 0.0 && amount <= 1e300
}

/// One end of the bands: nodes stacked in their order.
struct Stack {
    /// Upper edge and height of each node.
    nodes: Vec<(f64, f64)>,
    /// Where the next band of each node begins.
    next: Vec<f64>,
}

impl Stack {
    fn of(totals: &[f64], top: f64, pixels: f64) -> Self {
        let mut y = top;
        let mut nodes = Vec::new();
        for &total in totals {
            nodes.push((y, total * pixels));
            // A cluster without traffic takes no room.
            y += if total > 0.0 { total * pixels + NODE_GAP } else { 0.0 };
        }
        Self { next: nodes.iter().map(|node| node.0).collect(), nodes }
    }

    /// Takes the room of a band at a node and gives its upper edge.
    fn take(&mut self, node: usize, height: f64) -> f64 {
        let y = self.next[node];
        self.next[node] += height;
        y
    }
}

/// Draws flows as bands from the giving cluster on the left to the taking one on the right.
///
/// # Errors
///
/// [`PlotError`], which never depends on the values.
pub fn sankey_chart(flows: &Flows) -> Result<Picture, PlotError> {
    let mut page = Page::open(&flows.caption)?;
    let drawn = flows.folded();
    let largest = drawn.largest();
    if largest > 0.0 {
        draw_bands(&mut page, &drawn, largest);
    } else {
        page.nothing_to_show();
    }
    Ok(flows.finished(page))
}

fn draw_bands(page: &mut Page, flows: &Flows, largest: f64) {
    let count = flows.nodes.len();
    let share = |from: usize, to: usize| flows.share(from, to, largest);
    let given: Vec<f64> = (0..count).map(|from| (0..count).fold(0.0, |sum, to| sum + share(from, to))).collect();
    let taken: Vec<f64> = (0..count).map(|to| (0..count).fold(0.0, |sum, from| sum + share(from, to))).collect();
    let total = given.iter().fold(0.0, |sum, given| sum + given);
    let gaps = NODE_GAP * count.saturating_sub(1) as f64;
    let pixels = (HEIGHT - gaps) / total;
    let top = page.y + 34.0;
    let labels = |totals: &[f64]| -> Vec<String> {
        let named = flows.nodes.iter().zip(totals);
        named
            .map(|(node, total)| {
                format!("{} {}", fit(page.font, &node.label, ROW_TEXT, 150.0), flows.label(total * largest))
            })
            .collect()
    };
    let (gives, takes) = (labels(&given), labels(&taken));
    let widest = gives.iter().chain(&takes).map(|text| page.font.width(text, ROW_TEXT)).fold(0.0, f64::max);
    let (left, right) = (MARGIN + widest + 16.0, WIDTH - MARGIN - widest - 16.0);
    let heading = |words| flows.caption.word(words);
    page.text((left + NODE_WIDTH, page.y + 20.0), heading(["from", "から"]), TICK_TEXT, TEXT, Anchor::End);
    page.text((right - NODE_WIDTH, page.y + 20.0), heading(["to", "へ"]), TICK_TEXT, TEXT, Anchor::Start);
    let (mut from_stack, mut to_stack) = (Stack::of(&given, top, pixels), Stack::of(&taken, top, pixels));
    let mut bands = Vec::new();
    for from in 0..count {
        for to in 0..count {
            let height = share(from, to) * pixels;
            if height > 0.0 {
                let ends = (from_stack.take(from, height), to_stack.take(to, height));
                bands.push((from, ends, height));
            }
        }
    }
    // What the chart is about lies over the rest.
    bands.sort_by_key(|band| flows.nodes[band.0].focus);
    for (from, (start, end), height) in bands {
        let opacity = if flows.nodes[from].focus { 0.55 } else { 0.28 };
        let points = band_outline((left + NODE_WIDTH, start), (right - NODE_WIDTH, end), height.max(0.4));
        page.marks.push(Mark::Area { points, color: flows.color(from), opacity });
    }
    for (stack, x, texts, anchor) in
        [(&from_stack, left, &gives, Anchor::End), (&to_stack, right - NODE_WIDTH, &takes, Anchor::Start)]
    {
        let shown: Vec<usize> = (0..count).filter(|&node| stack.nodes[node].1 > 0.0).collect();
        let wanted: Vec<f64> = shown.iter().map(|&node| stack.nodes[node].0 + stack.nodes[node].1 / 2.0).collect();
        for (&node, y) in shown.iter().zip(spread(&wanted, ROW_TEXT * 1.3, top, top + HEIGHT)) {
            let (upper, height) = stack.nodes[node];
            page.bar((x, upper), (x + NODE_WIDTH, upper + height.max(0.8)), flows.color(node));
            let at = if anchor == Anchor::End { x - 8.0 } else { x + NODE_WIDTH + 8.0 };
            let ink = if flows.nodes[node].focus { INK } else { TEXT };
            page.text((at, y + ROW_TEXT * 0.36), &texts[node], ROW_TEXT, ink, anchor);
        }
    }
    page.y = top + HEIGHT + 14.0;
}

/// The outline of a band of constant height that leaves and arrives level.
fn band_outline(start: Point, end: Point, height: f64) -> Vec<Point> {
    let curve = |step: usize, lower: f64| {
        let t = step as f64 / STRETCHES as f64;
        // 3t² − 2t³: level at both ends.
        let eased = t * t * (3.0 - 2.0 * t);
        (start.0 + (end.0 - start.0) * t, start.1 + (end.1 - start.1) * eased + lower)
    };
    let upper = (0..=STRETCHES).map(|step| curve(step, 0.0));
    upper.chain((0..=STRETCHES).rev().map(|step| curve(step, height))).collect()
}

/// Draws flows as a matrix of numbers, shaded by the logarithm of the amount: what a band would hide, if one cluster
/// is a hundred times the others.
///
/// # Errors
///
/// [`PlotError`], which never depends on the values.
pub fn flow_matrix_chart(flows: &Flows) -> Result<Picture, PlotError> {
    let mut page = Page::open(&flows.caption)?;
    let drawn = flows.folded();
    if drawn.largest() > 0.0 {
        draw_matrix(&mut page, &drawn);
    } else {
        page.nothing_to_show();
    }
    Ok(flows.finished(page))
}

fn draw_matrix(page: &mut Page, flows: &Flows) {
    let count = flows.nodes.len();
    let (largest, language) = (flows.largest(), flows.caption.language);
    let names = names_width(page.font, flows.nodes.iter().map(|node| node.label.as_str()), 200.0);
    let cell = ((WIDTH - 2.0 * MARGIN - names) / count as f64).min(130.0);
    let (row_height, left, top) = (32.0, MARGIN + names, page.y + 50.0);
    let corner = flows.caption.word(["from ↓   to →", "から↓ へ→"]);
    page.text((MARGIN, top - 10.0), corner, TICK_TEXT, TEXT, Anchor::Start);
    for (to, node) in flows.nodes.iter().enumerate() {
        let text = fit(page.font, &node.label, TICK_TEXT, cell - 4.0);
        page.text((left + cell * (to as f64 + 0.5), top - 10.0), &text, TICK_TEXT, INK, Anchor::Middle);
    }
    let smallest = (0..count).flat_map(|from| (0..count).map(move |to| (from, to)));
    let smallest = smallest.map(|(from, to)| flows.amount(from, to)).filter(|&amount| drawable(amount));
    let smallest = smallest.fold(largest, f64::min);
    let dark = palette::style(Look::Focus(0)).color;
    let span = math::ln(largest / smallest).max(1.0);
    for (from, node) in flows.nodes.iter().enumerate() {
        let y = top + row_height * from as f64;
        name_row(page, &node.label, names, y + row_height / 2.0);
        for to in 0..count {
            let amount = flows.amount(from, to);
            let x = left + cell * to as f64;
            let middle = (x + cell / 2.0 - 1.0, y + row_height / 2.0 + TICK_TEXT * 0.36 - 1.0);
            if !drawable(amount) {
                page.text(middle, if amount == 0.0 { "·" } else { "–" }, TICK_TEXT, AXIS, Anchor::Middle);
                continue;
            }
            let share = 1.0 - math::ln(largest / amount) / span;
            // Never so dark that letters would have to change colour: in between, neither can be read well.
            let ground = palette::mix(palette::mix(dark, PAPER, 0.94), dark, 0.6 * share);
            page.bar((x, y), (x + cell - 2.0, y + row_height - 2.0), ground);
            let text = fit(page.font, &flows.label(amount), TICK_TEXT, cell - 4.0);
            page.text(middle, &text, TICK_TEXT, INK, Anchor::Middle);
        }
    }
    page.y = top + row_height * count as f64 + 10.0;
    // In Japanese every number carries its currency.
    let unit = unit_name(flows.kind, language, unit(flows.kind, language, 1.0));
    let shading = flows.caption.word(["Darker is more, on a logarithmic scale", "濃いほど多い(対数目盛)"]);
    let named = language == Language::English && !unit.is_empty();
    let text = if named { format!("{unit}. {shading}") } else { shading.to_owned() };
    page.text((MARGIN, page.y + TICK_TEXT), &text, TICK_TEXT, TEXT, Anchor::Start);
    page.y += 20.0;
}
