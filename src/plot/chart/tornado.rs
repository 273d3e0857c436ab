//! Which parameters move the outcome: one bar per parameter, widest first.

use super::super::figure::ValueKind;
use super::super::layout::{Anchor, MARGIN, Page, Swatch, WIDTH};
use super::super::numbers::value_label;
use super::super::palette::{self, INK, PAPER, TEXT};
use super::super::picture::{Caption, Cell, Picture, Table};
use super::super::scale::{Axis, Ruler};
use super::super::{Look, PlotError};
use super::rows::{Across, ROW_TEXT, name_row, names_width, row_rule};

/// The outcome at one end of a parameter's range.
#[derive(Debug, Clone, PartialEq)]
pub struct Arm {
    /// The parameter's value as text with its unit.
    pub input: String,
    /// The outcome at that value; NaN if it was not run.
    pub outcome: f64,
}

/// A parameter moved from its low to its high value.
#[derive(Debug, Clone, PartialEq)]
pub struct Lever {
    /// Name of the parameter.
    pub label: String,
    /// The low end.
    pub low: Arm,
    /// The high end.
    pub high: Arm,
}

/// How far each parameter moves the outcome.
#[derive(Debug, Clone, PartialEq)]
pub struct Tornado {
    /// The words around.
    pub caption: Caption,
    /// What the outcome counts.
    pub kind: ValueKind,
    /// The outcome with all parameters at their base.
    pub base: f64,
    /// The parameters, in any order.
    pub levers: Vec<Lever>,
}

const SHOWN_MAX: usize = 20;
const ROW: f64 = 28.0;

/// Draws a tornado: dark bars for the high end of a parameter, light bars for the low end, both from the base outcome.
///
/// # Errors
///
/// [`PlotError`], which never depends on the values.
pub fn tornado_chart(tornado: &Tornado) -> Result<Picture, PlotError> {
    let mut page = Page::open(&tornado.caption)?;
    let sorted = by_swing(tornado);
    let shown = &sorted[..sorted.len().min(SHOWN_MAX)];
    if shown.is_empty() {
        page.nothing_to_show();
    } else {
        draw(&mut page, tornado, shown);
    }
    if shown.len() < sorted.len() {
        let words = ["parameters, which move it less, are only in the table.", "個のより影響の小さい要因は表のみ。"];
        page.left_out(sorted.len() - shown.len(), words);
    }
    Ok(page.close(table(tornado, &sorted), &told(tornado, shown)))
}

/// How far apart the outcomes lie, the base included; an outcome that was not run counts as the base.
fn swing(tornado: &Tornado, lever: &Lever) -> f64 {
    let outcomes = [tornado.base, lever.low.outcome, lever.high.outcome];
    let finite = || outcomes.into_iter().filter(|outcome| outcome.is_finite());
    (finite().fold(f64::NEG_INFINITY, f64::max) - finite().fold(f64::INFINITY, f64::min)).max(0.0)
}

fn by_swing(tornado: &Tornado) -> Vec<&Lever> {
    let mut levers: Vec<&Lever> = tornado.levers.iter().collect();
    // The sort is stable: equal swings keep the order in which they came.
    levers.sort_by(|a, b| swing(tornado, b).total_cmp(&swing(tornado, a)));
    levers
}

fn colors() -> [palette::Color; 2] {
    let dark = palette::style(Look::Focus(0)).color;
    [palette::mix(dark, PAPER, 0.58), dark]
}

fn draw(page: &mut Page, tornado: &Tornado, levers: &[&Lever]) {
    let [light, dark] = colors();
    let low = tornado.caption.word(["parameter at its low value", "低い値"]);
    let high = tornado.caption.word(["parameter at its high value", "高い値"]);
    page.entries(&[(Swatch::Box(light), low), (Swatch::Box(dark), high)]);
    let names = names_width(page.font, levers.iter().map(|lever| lever.label.as_str()), 300.0);
    let outcomes = levers.iter().flat_map(|lever| [lever.low.outcome, lever.high.outcome]).chain([tornado.base]);
    let mut ruler = Ruler::from_zero(tornado.kind, tornado.caption.language);
    ruler.zero_baseline = false;
    let axis = Axis::fitting(ruler, outcomes, 6);
    // Inputs are written outside the bars, so the axis keeps that much free on both sides.
    let inputs = levers.iter().flat_map(|lever| [&lever.low.input, &lever.high.input]);
    let beside =
        inputs.map(|text| page.font.width(&page.font.drawable(text), 11.0)).fold(0.0, f64::max).min(90.0) + 10.0;
    let across = Across { axis: &axis, left: MARGIN + names + beside, right: WIDTH - MARGIN - beside };
    let top = page.y + 26.0;
    let bottom = top + ROW * levers.len() as f64;
    across.grid(page, top, bottom);
    for (at, lever) in levers.iter().enumerate() {
        let middle = top + ROW * (at as f64 + 0.5);
        row_rule(page, top + ROW * at as f64);
        name_row(page, &lever.label, names, middle);
        draw_arms(page, tornado, lever, &across, middle);
    }
    row_rule(page, bottom);
    if let Some(x) = across.x(tornado.base) {
        page.line((x, top - 4.0), (x, bottom), INK, 1.2);
        let base = value_label(tornado.base, tornado.kind, tornado.caption.language);
        let text = format!("{} {base}", tornado.caption.word(["base", "基準"]));
        page.text((x, top - 9.0), &text, ROW_TEXT, INK, Anchor::Middle);
    }
    page.y = bottom + 30.0;
}

fn draw_arms(page: &mut Page, tornado: &Tornado, lever: &Lever, across: &Across, middle: f64) {
    let [light, dark] = colors();
    let Some(base) = across.x(tornado.base) else { return };
    let ends = [(&lever.low, light), (&lever.high, dark)].map(|(arm, color)| (arm, color, across.x(arm.outcome)));
    // Both ends on one side: each bar takes half the height, so that the longer does not hide the shorter.
    let side = |x: Option<f64>| x.map(|x| x >= base);
    let shared = side(ends[0].2).is_some() && side(ends[0].2) == side(ends[1].2);
    for (at, (arm, color, x)) in ends.into_iter().enumerate() {
        let Some(x) = x else { continue };
        let (from, to) = match (shared, at) {
            (false, _) => (-8.5, 8.5),
            (true, 0) => (-9.0, -0.5),
            _ => (0.5, 9.0),
        };
        page.bar((base, middle + from), (x, middle + to), color);
        let text = super::super::layout::fit(page.font, &arm.input, if shared { 9.5 } else { 11.0 }, 84.0);
        let (at_x, anchor) = if x >= base { (x + 5.0, Anchor::Start) } else { (x - 5.0, Anchor::End) };
        let size = if shared { 9.5 } else { 11.0 };
        page.text((at_x, middle + (from + to) / 2.0 + size * 0.36), &text, size, TEXT, anchor);
    }
}

fn table(tornado: &Tornado, levers: &[&Lever]) -> Table {
    let word = |words| tornado.caption.word(words);
    let mut table = Table::new(&[
        word(["Parameter", "要因"]),
        word(["Low value", "低い値"]),
        word(["Outcome", "結果"]),
        word(["High value", "高い値"]),
        word(["Outcome at the high value", "高い値での結果"]),
        word(["Swing", "振れ幅"]),
    ]);
    let number = |value| Cell::number(value, tornado.kind, tornado.caption.language);
    for lever in levers {
        table.rows.push(vec![
            Cell::text(&lever.label),
            Cell::text(&lever.low.input),
            number(lever.low.outcome),
            Cell::text(&lever.high.input),
            number(lever.high.outcome),
            number(swing(tornado, lever)),
        ]);
    }
    table
}

fn told(tornado: &Tornado, levers: &[&Lever]) -> String {
    let label = |value| value_label(value, tornado.kind, tornado.caption.language);
    let rows = levers.iter().map(|lever| {
        let ends = [&lever.low, &lever.high].map(|arm| format!("{} → {}", arm.input, label(arm.outcome)));
        format!("{}: {}.", lever.label, ends.join(", "))
    });
    let base = format!("{}: {}.", tornado.caption.word(["Base", "基準"]), label(tornado.base));
    std::iter::once(base).chain(rows).collect::<Vec<_>>().join(" ")
}
