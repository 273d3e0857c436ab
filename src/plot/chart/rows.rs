//! What charts with one row per name share: the names on the left and a value axis across.

use super::super::font::Font;
use super::super::layout::{Anchor, MARGIN, Page, WIDTH, fit};
use super::super::palette::{AXIS, GRID, INK, TEXT};
use super::super::scale::Axis;

/// Size of names and numbers in rows.
pub(super) const ROW_TEXT: f64 = 12.5;
/// Size of tick labels.
pub(super) const TICK_TEXT: f64 = 11.0;
/// More rows than this make no chart; the rest is counted in the note, and the table has all.
pub(super) const ROWS_MAX: usize = 60;

/// Room for the names: as wide as the widest, at most `most`.
pub(super) fn names_width<'a>(font: &Font, names: impl Iterator<Item = &'a str>, most: f64) -> f64 {
    let widest = names.map(|name| font.width(&font.drawable(name.trim()), ROW_TEXT)).fold(0.0, f64::max);
    widest.min(most) + 14.0
}

/// A name at the left margin, cut to its room.
pub(super) fn name_row(page: &mut Page, name: &str, room: f64, middle: f64) {
    let text = fit(page.font, name, ROW_TEXT, room - 14.0);
    page.text((MARGIN, middle + ROW_TEXT * 0.36), &text, ROW_TEXT, INK, Anchor::Start);
}

/// A hair line under a row, so that the eye stays in it.
pub(super) fn row_rule(page: &mut Page, y: f64) {
    page.line((MARGIN, y), (WIDTH - MARGIN, y), GRID, 0.6);
}

/// A value axis laid across: where values lie between two edges.
pub(super) struct Across<'a> {
    pub(super) axis: &'a Axis,
    pub(super) left: f64,
    pub(super) right: f64,
}

impl Across<'_> {
    pub(super) fn x(&self, value: f64) -> Option<f64> {
        Some(self.left + (self.right - self.left) * self.axis.share(value)?)
    }

    /// Vertical grid lines with their labels below.
    pub(super) fn grid(&self, page: &mut Page, top: f64, bottom: f64) {
        // In a narrow column labels would lie on each other: zero and the ends come first.
        let rank = |at: usize| match (self.axis.ticks[at].at == 0.0, at == 0 || at + 1 == self.axis.ticks.len()) {
            (true, _) => 0,
            (_, true) => 1,
            _ => 2,
        };
        let mut order: Vec<usize> = (0..self.axis.ticks.len()).collect();
        order.sort_by_key(|at| rank(*at));
        let mut taken: Vec<(f64, f64)> = Vec::new();
        for at in order {
            let tick = &self.axis.ticks[at];
            let Some(x) = self.x(tick.at) else { continue };
            let color = if tick.at == 0.0 { AXIS } else { GRID };
            page.line((x, top), (x, bottom), color, 1.0);
            let half = page.font.width(&tick.label, TICK_TEXT) / 2.0 + 2.0;
            if taken.iter().all(|(left, right)| x + half <= *left || x - half >= *right) {
                taken.push((x - half, x + half));
                page.text((x, bottom + 5.0 + TICK_TEXT), &tick.label, TICK_TEXT, TEXT, Anchor::Middle);
            }
        }
    }
}
