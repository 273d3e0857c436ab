//! The funding ladder: how many startups climb each rung, and how much money they raise there.

use super::super::figure::ValueKind;
use super::super::layout::{Anchor, MARGIN, Page, WIDTH, fit};
use super::super::numbers::value_label;
use super::super::palette::{self, INK, PAPER, TEXT};
use super::super::picture::{Caption, Cell, Picture, Table};
use super::super::{Look, PlotError};
use super::rows::{ROW_TEXT, TICK_TEXT, name_row, names_width, row_rule};

/// The climb of one cluster.
#[derive(Debug, Clone, PartialEq)]
pub struct Climb {
    /// Name of the cluster.
    pub heading: String,
    /// Startups that reached each rung; one that is not finite is not shown.
    pub counts: Vec<f64>,
    /// Money raised on each rung; NaN where none is raised.
    pub money: Vec<f64>,
}

/// The ladder of several clusters.
#[derive(Debug, Clone, PartialEq)]
pub struct Ladder {
    /// The words around.
    pub caption: Caption,
    /// Unit of the money: yen or US dollars.
    pub money: ValueKind,
    /// Names of the rungs, lowest first.
    pub rungs: Vec<String>,
    /// One to four clusters; more are only in the table.
    pub climbs: Vec<Climb>,
}

const CLIMBS_MAX: usize = 4;
const ROW: f64 = 34.0;
const BETWEEN: f64 = 26.0;

/// Draws the ladder: for each cluster a bar per rung with the number that reached it, the share of those one rung
/// below, and the money raised.
///
/// # Errors
///
/// [`PlotError`], which never depends on the values.
pub fn ladder_chart(ladder: &Ladder) -> Result<Picture, PlotError> {
    let mut page = Page::open(&ladder.caption)?;
    let shown = &ladder.climbs[..ladder.climbs.len().min(CLIMBS_MAX)];
    if shown.is_empty() || ladder.rungs.is_empty() {
        page.nothing_to_show();
    } else {
        draw(&mut page, ladder, shown);
    }
    if shown.len() < ladder.climbs.len() {
        page.left_out(ladder.climbs.len() - shown.len(), ["clusters are only in the table.", "地域は表のみ。"]);
    }
    let (table, told) = counted(ladder);
    Ok(page.close(table, &told))
}

fn draw(page: &mut Page, ladder: &Ladder, climbs: &[Climb]) {
    let names = names_width(page.font, ladder.rungs.iter().map(String::as_str), 170.0);
    let count = climbs.len() as f64;
    let cell = (WIDTH - 2.0 * MARGIN - names - BETWEEN * (count - 1.0)) / count;
    let top = page.y + 52.0;
    for (rung, name) in ladder.rungs.iter().enumerate() {
        name_row(page, name, names, top + ROW * (rung as f64 + 0.5));
        row_rule(page, top + ROW * rung as f64);
    }
    let bottom = top + ROW * ladder.rungs.len() as f64;
    row_rule(page, bottom);
    for (at, climb) in climbs.iter().enumerate() {
        let left = MARGIN + names + (cell + BETWEEN) * at as f64;
        draw_climb(page, ladder, climb, at, (left, left + cell), top);
    }
    page.y = bottom + 14.0;
}

fn value(values: &[f64], rung: usize) -> f64 {
    values.get(rung).copied().filter(|value| value.abs() <= 1e300).unwrap_or(f64::NAN)
}

/// The share of the rung below that climbs on; `None` for the lowest and where nobody is below.
fn climbed_on(climb: &Climb, rung: usize) -> Option<f64> {
    let below = value(&climb.counts, rung.checked_sub(1)?);
    let share = value(&climb.counts, rung) / below;
    (below > 0.0 && share.is_finite()).then_some(share)
}

fn draw_climb(page: &mut Page, ladder: &Ladder, climb: &Climb, rank: usize, (left, right): (f64, f64), top: f64) {
    let language = ladder.caption.language;
    let color = palette::style(Look::Focus(rank)).color;
    let heading = fit(page.font, &climb.heading, 13.5, right - left);
    page.text((left, top - 28.0), &heading, 13.5, palette::mix(color, INK, 0.25), Anchor::Start);
    let word = |words| ladder.caption.word(words);
    page.text(
        (left, top - 8.0),
        word(["startups (of those before)", "社数(前段からの割合)"]),
        TICK_TEXT,
        TEXT,
        Anchor::Start,
    );
    page.text((right, top - 8.0), word(["raised", "調達額"]), TICK_TEXT, TEXT, Anchor::End);
    let rungs = 0..ladder.rungs.len();
    let money: Vec<String> = rungs
        .clone()
        .map(|rung| value(&climb.money, rung))
        .map(|money| if money.is_finite() { value_label(money, ladder.money, language) } else { String::new() })
        .collect();
    let words: Vec<String> = rungs
        .clone()
        .map(|rung| {
            let number = value_label(value(&climb.counts, rung), ValueKind::Count, language);
            climbed_on(climb, rung).map_or(number.clone(), |share| {
                format!("{number} ({})", value_label(share, ValueKind::Share, language))
            })
        })
        .collect();
    let width = |texts: &[String], size: f64| texts.iter().map(|text| page.font.width(text, size)).fold(0.0, f64::max);
    let room = (right - left - width(&money, ROW_TEXT) - width(&words, TICK_TEXT) - 20.0).max(20.0);
    let most =
        rungs.clone().map(|rung| value(&climb.counts, rung)).filter(|count| count.is_finite()).fold(0.0, f64::max);
    for rung in rungs {
        let middle = top + ROW * (rung as f64 + 0.5);
        let share = if most > 0.0 { (value(&climb.counts, rung) / most).clamp(0.0, 1.0) } else { 0.0 };
        let mut end = left;
        if share > 0.0 {
            end = left + (room * share).max(1.0);
            page.bar((left, middle - 9.0), (end, middle + 9.0), palette::mix(color, PAPER, 0.15));
        }
        page.text((end + 6.0, middle + TICK_TEXT * 0.36), &words[rung], TICK_TEXT, INK, Anchor::Start);
        page.text((right, middle + ROW_TEXT * 0.36), &money[rung], ROW_TEXT, INK, Anchor::End);
    }
}

fn counted(ladder: &Ladder) -> (Table, String) {
    let language = ladder.caption.language;
    let word = |words| ladder.caption.word(words);
    let mut table = Table::new(&[
        word(["Cluster", "地域"]),
        word(["Rung", "段階"]),
        word(["Startups", "社数"]),
        word(["Of those before", "前段からの割合"]),
        word(["Raised", "調達額"]),
    ]);
    let mut told = Vec::new();
    for climb in &ladder.climbs {
        let mut steps = Vec::new();
        for (rung, name) in ladder.rungs.iter().enumerate() {
            let count = value(&climb.counts, rung);
            table.rows.push(vec![
                Cell::text(&climb.heading),
                Cell::text(name),
                Cell::number(count, ValueKind::Count, language),
                Cell::number(climbed_on(climb, rung).unwrap_or(f64::NAN), ValueKind::Share, language),
                Cell::number(value(&climb.money, rung), ladder.money, language),
            ]);
            steps.push(format!("{name} {}", value_label(count, ValueKind::Count, language)));
        }
        told.push(format!("{}: {}.", climb.heading, steps.join(", ")));
    }
    (table, told.join(" "))
}
