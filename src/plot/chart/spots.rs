//! What lies at the points of a map, and names beside them that do not lie on each other.

use super::super::font::Font;
use super::super::layout::{Anchor, MARGIN, Page, Point, WIDTH, fit};
use super::super::palette::{self, AXIS, Color, INK, PAPER};
use super::ground::Frame;
use super::map::PlaceKind;

/// What is drawn at a point.
pub(super) struct Spot {
    /// The lines of its name, each in its colour.
    pub(super) lines: Vec<(String, Color)>,
    pub(super) kind: PlaceKind,
    pub(super) radius: f64,
    pub(super) color: Color,
}

impl Spot {
    fn size(&self) -> f64 {
        if matches!(self.kind, PlaceKind::Focus | PlaceKind::Context) { 13.0 } else { 11.0 }
    }
}

/// A rectangle: left, top, right, bottom.
pub(super) type Box = (f64, f64, f64, f64);

fn overlap(a: Box, b: Box) -> f64 {
    (a.2.min(b.2) - a.0.max(b.0)).max(0.0) * (a.3.min(b.3) - a.1.max(b.1)).max(0.0)
}

/// Draws discs, then names, each on the side of its spot where it covers least of what is `taken` already.
pub(super) fn place_spots(page: &mut Page, frame: &Frame, spots: &[(Spot, Point)], mut taken: Vec<Box>) {
    // Large discs first, so that small ones lie on them.
    let mut order: Vec<usize> = (0..spots.len()).collect();
    order.sort_by(|&a, &b| spots[b].0.radius.total_cmp(&spots[a].0.radius));
    for &at in &order {
        let (spot, (x, y)) = &spots[at];
        let (x, y, r) = (*x, *y, spot.radius);
        match spot.kind {
            PlaceKind::Airport => page.bar((x - 3.5, y - 3.5), (x + 3.5, y + 3.5), spot.color),
            PlaceKind::Site => page.disc((x, y), r, spot.color),
            PlaceKind::Focus | PlaceKind::Context => {
                page.disc((x, y), r, palette::mix(spot.color, PAPER, 0.45));
                page.disc((x, y), 2.2, PAPER);
            }
        }
        taken.push((x - r, y - r, x + r, y + r));
    }
    for &at in &order {
        let (spot, point) = &spots[at];
        let size = spot.size();
        let lines: Vec<String> = spot.lines.iter().map(|(line, _)| fit(page.font, line, size, 220.0)).collect();
        let named = best_side(page.font, &lines, size, *point, spot.radius, frame, &taken);
        let (left, top, right, bottom) = named.area;
        taken.push(named.area);
        if named.far {
            let end = (point.0.clamp(left - 2.0, right + 2.0), point.1.clamp(top, bottom));
            page.line(*point, end, AXIS, 0.8);
        }
        for (line, text) in lines.iter().enumerate() {
            let text_x = match named.anchor {
                Anchor::Start => left,
                Anchor::Middle => (left + right) / 2.0,
                Anchor::End => right,
            };
            let color = palette::mix(spot.lines[line].1, INK, 0.55);
            page.text((text_x, top + size * (0.88 + 1.25 * line as f64)), text, size, color, named.anchor);
        }
    }
}

/// Where a name stands.
#[derive(Clone, Copy)]
struct Named {
    anchor: Anchor,
    area: Box,
    /// So far off that a line leads to it.
    far: bool,
}

fn best_side(
    font: &Font,
    lines: &[String],
    size: f64,
    point: Point,
    radius: f64,
    frame: &Frame,
    taken: &[Box],
) -> Named {
    let width = lines.iter().map(|line| font.width(line, size)).fold(0.0, f64::max);
    let height = size * (1.05 + 1.25 * lines.len().saturating_sub(1) as f64);
    let inside: Box = (MARGIN, frame.top, WIDTH - MARGIN, frame.bottom());
    let cost = |area: Box| {
        let covered = taken.iter().map(|&other| overlap(area, other)).fold(0.0, |sum, area| sum + area);
        covered + 20.0 * (width * height - overlap(area, inside)).max(0.0)
    };
    let mut best: Option<(f64, Named)> = None;
    for away in [0.0, 18.0, 36.0] {
        for (anchor, left, top) in sides(point, radius + 5.0 + away, width, height) {
            let area = (left, top, left + width, top + height);
            // A name far off must be worth the line that leads to it.
            let cost = cost(area) + 4.0 * away;
            // The first of equals wins: near before far, right before left before below.
            if best.is_none_or(|(least, _)| cost < least - 0.5) {
                best = Some((cost, Named { anchor, area, far: away > 0.0 }));
            }
        }
    }
    best.map_or(Named { anchor: Anchor::Start, area: (0.0, 0.0, 0.0, 0.0), far: false }, |(_, named)| named)
}

/// The eight sides of a point where a name of this size can stand: anchor, left edge, upper edge.
fn sides((x, y): Point, gap: f64, width: f64, height: f64) -> [(Anchor, f64, f64); 8] {
    [
        (Anchor::Start, x + gap, y - height / 2.0),
        (Anchor::End, x - gap - width, y - height / 2.0),
        (Anchor::Middle, x - width / 2.0, y + gap - 1.0),
        (Anchor::Middle, x - width / 2.0, y - gap - height),
        (Anchor::Start, x + gap * 0.8, y + gap * 0.5),
        (Anchor::Start, x + gap * 0.8, y - gap * 0.5 - height),
        (Anchor::End, x - gap * 0.8 - width, y + gap * 0.5),
        (Anchor::End, x - gap * 0.8 - width, y - gap * 0.5 - height),
    ]
}
