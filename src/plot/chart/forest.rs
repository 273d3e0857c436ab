//! Policies by outcome: an estimate and its interval in each row.

use super::super::figure::ValueKind;
use super::super::layout::{Anchor, MARGIN, Page, Swatch, WIDTH, fit};
use super::super::numbers::signed_label;
use super::super::palette::{self, AXIS, INK, TEXT};
use super::super::picture::{Caption, Cell, Picture, Table};
use super::super::scale::{Axis, Ruler};
use super::super::{Look, PlotError};
use super::Interval;
use super::rows::{Across, ROW_TEXT, ROWS_MAX, name_row, names_width, row_rule};

/// One outcome: a column of intervals over its own axis.
#[derive(Debug, Clone, PartialEq)]
pub struct ForestColumn {
    /// Outcome or cluster.
    pub heading: String,
    /// What the differences count.
    pub kind: ValueKind,
    /// One interval per row of the chart; a missing one leaves its row empty.
    pub intervals: Vec<Interval>,
}

/// Intervals of several policies side by side; zero is "no difference".
#[derive(Debug, Clone, PartialEq)]
pub struct Forest {
    /// The words around.
    pub caption: Caption,
    /// Names of the policies, in the order in which they are shown.
    pub rows: Vec<String>,
    /// One to four outcomes; more are left out of the drawing.
    pub columns: Vec<ForestColumn>,
}

const COLUMNS_MAX: usize = 4;
const BETWEEN: f64 = 22.0;
const CANNOT_TELL_LONG: [&str; 2] = ["cannot tell: it holds zero", "判断できない(0を含む)"];
const CANNOT_TELL: [&str; 2] = ["cannot tell", "判断できない"];

/// Draws a forest plot. An interval that holds zero is grey and says "cannot tell".
///
/// # Errors
///
/// [`PlotError`], which never depends on the values.
pub fn forest_chart(forest: &Forest) -> Result<Picture, PlotError> {
    let mut page = Page::open(&forest.caption)?;
    let rows = &forest.rows[..forest.rows.len().min(ROWS_MAX)];
    let columns = &forest.columns[..forest.columns.len().min(COLUMNS_MAX)];
    if rows.is_empty() || columns.is_empty() {
        page.nothing_to_show();
    } else {
        draw(&mut page, forest, rows, columns);
    }
    if rows.len() < forest.rows.len() {
        page.left_out(forest.rows.len() - rows.len(), ["rows are only in the table.", "行は表のみ。"]);
    }
    Ok(page.close(table(forest), &told(forest)))
}

fn draw(page: &mut Page, forest: &Forest, rows: &[String], columns: &[ForestColumn]) {
    let names = names_width(page.font, rows.iter().map(String::as_str), if columns.len() > 2 { 210.0 } else { 300.0 });
    let count = columns.len() as f64;
    let cell = (WIDTH - 2.0 * MARGIN - names - BETWEEN * (count - 1.0)) / count;
    let row_height = if rows.len() > 24 { 20.0 } else { 25.0 };
    let strong = palette::style(Look::Focus(0)).color;
    let names_of_looks = [["the interval leaves zero out", "区間が0を含まない"], CANNOT_TELL_LONG];
    let [sure, unsure] = names_of_looks.map(|words| forest.caption.word(words));
    page.entries(&[(Swatch::Box(strong), sure), (Swatch::Box(AXIS), unsure)]);
    let top = page.y + 38.0;
    let bottom = top + row_height * rows.len() as f64;
    for (at, name) in rows.iter().enumerate() {
        let middle = top + row_height * (at as f64 + 0.5);
        name_row(page, name, names, middle);
        row_rule(page, top + row_height * at as f64);
    }
    row_rule(page, bottom);
    for (at, column) in columns.iter().enumerate() {
        let left = MARGIN + names + (cell + BETWEEN) * at as f64;
        draw_column(page, forest, column, rows.len(), (left, left + cell), (top, row_height));
    }
    page.y = bottom + 30.0;
}

/// Numbers right of the intervals: with edges if there is room for them.
fn draw_column(
    page: &mut Page,
    forest: &Forest,
    column: &ForestColumn,
    rows: usize,
    (left, right): (f64, f64),
    (top, row_height): (f64, f64),
) {
    let language = forest.caption.language;
    let shown = &column.intervals[..column.intervals.len().min(rows)];
    let long = right - left > 330.0;
    let words: Vec<String> = shown.iter().map(|interval| words(forest, column.kind, interval, long)).collect();
    let room = words.iter().map(|text| page.font.width(text, ROW_TEXT)).fold(0.0, f64::max) + 12.0;
    let values = shown.iter().flat_map(|interval| [interval.low, interval.mid, interval.high]);
    let axis = Axis::fitting(Ruler::from_zero(column.kind, language), values, if long { 5 } else { 2 });
    let across = Across { axis: &axis, left: left + 8.0, right: right - room };
    let bottom = top + row_height * rows as f64;
    let heading = fit(page.font, &column.heading, 13.5, right - left);
    page.text((left, top - 14.0), &heading, 13.5, INK, Anchor::Start);
    across.grid(page, top, bottom);
    for (at, (interval, words)) in shown.iter().zip(&words).enumerate() {
        let middle = top + row_height * (at as f64 + 0.5);
        let strong = interval.tells();
        let color = if strong { palette::style(Look::Focus(0)).color } else { AXIS };
        if let (Some(low), Some(high)) = (across.x(interval.low), across.x(interval.high)) {
            page.line((low, middle), (high, middle), color, if strong { 2.4 } else { 1.6 });
            for end in [low, high] {
                page.line((end, middle - 3.5), (end, middle + 3.5), color, 1.2);
            }
        }
        if let Some(mid) = across.x(interval.mid) {
            page.disc((mid, middle), if strong { 4.2 } else { 3.2 }, color);
        }
        let ink = if strong { INK } else { TEXT };
        page.text((right, middle + ROW_TEXT * 0.36), words, ROW_TEXT, ink, Anchor::End);
    }
}

fn words(forest: &Forest, kind: ValueKind, interval: &Interval, long: bool) -> String {
    let label = |value: f64| signed_label(value, kind, forest.caption.language);
    match (interval.tells(), long) {
        _ if !interval.mid.is_finite() => "–".to_owned(),
        (false, true) => forest.caption.word(CANNOT_TELL).to_owned(),
        (true, true) => format!("{} ({} … {})", label(interval.mid), label(interval.low), label(interval.high)),
        (_, false) => label(interval.mid),
    }
}

fn table(forest: &Forest) -> Table {
    let word = |words| forest.caption.word(words);
    let mut table = Table::new(&[
        word(["Policy", "政策"]),
        word(["Outcome", "成果"]),
        word(["Difference", "差"]),
        word(["Lower edge", "下限"]),
        word(["Upper edge", "上限"]),
        word(["Verdict", "判断"]),
    ]);
    for (at, row) in forest.rows.iter().enumerate() {
        for column in &forest.columns {
            let interval = column.intervals.get(at).copied().unwrap_or(Interval::NONE);
            let number = |value| Cell::difference(value, column.kind, forest.caption.language);
            let verdict = if interval.tells() { word(["differs", "差あり"]) } else { word(CANNOT_TELL) };
            table.rows.push(vec![
                Cell::text(row),
                Cell::text(&column.heading),
                number(interval.mid),
                number(interval.low),
                number(interval.high),
                Cell::text(verdict),
            ]);
        }
    }
    table
}

fn told(forest: &Forest) -> String {
    let mut sentences = Vec::new();
    for column in &forest.columns {
        let pairs = forest.rows.iter().zip(&column.intervals);
        let sure: Vec<String> = pairs
            .filter(|(_, interval)| interval.tells())
            .map(|(row, interval)| format!("{row} {}", words(forest, column.kind, interval, true)))
            .collect();
        let unsure = forest.rows.len() - sure.len();
        let found = if sure.is_empty() { "–".to_owned() } else { sure.join("; ") };
        sentences.push(format!("{}: {found}. {}: {unsure}.", column.heading, forest.caption.word(CANNOT_TELL)));
    }
    sentences.join(" ")
}
