//! What a policy costs against the best choice, in each future.

use super::super::figure::ValueKind;
use super::super::layout::{Anchor, MARGIN, Page, WIDTH, fit};
use super::super::numbers::{decimals_of, grouped, unit, unit_name, value_label};
use super::super::palette::{self, INK, PAPER, TEXT};
use super::super::picture::{Caption, Cell, Picture, Table};
use super::super::{Look, PlotError};
use super::rows::{ROW_TEXT, ROWS_MAX, TICK_TEXT, name_row, names_width};

/// Regrets of policies over futures.
#[derive(Debug, Clone, PartialEq)]
pub struct Regret {
    /// The words around.
    pub caption: Caption,
    /// What a regret counts.
    pub kind: ValueKind,
    /// Names of the futures.
    pub futures: Vec<String>,
    /// Each policy with its regret in each future: how much worse it is than the best choice there, 0 for the best.
    pub policies: Vec<(String, Vec<f64>)>,
}

const FUTURES_MAX: usize = 26;
const GAP: f64 = 2.0;

/// Draws regrets as a heat map, the policy with the smallest largest regret on top. The last column is the largest.
///
/// # Errors
///
/// [`PlotError`], which never depends on the values.
pub fn regret_chart(regret: &Regret) -> Result<Picture, PlotError> {
    let mut page = Page::open(&regret.caption)?;
    let mut sorted: Vec<&(String, Vec<f64>)> = regret.policies.iter().collect();
    sorted.sort_by(|a, b| order(regret, &a.1).total_cmp(&order(regret, &b.1)));
    let shown = &sorted[..sorted.len().min(ROWS_MAX)];
    if shown.is_empty() || regret.futures.is_empty() {
        page.nothing_to_show();
    } else {
        draw(&mut page, regret, shown);
    }
    if shown.len() < sorted.len() {
        page.left_out(sorted.len() - shown.len(), ["rows are only in the table.", "行は表のみ。"]);
    }
    if regret.futures.len() > FUTURES_MAX {
        page.left_out(regret.futures.len() - FUTURES_MAX, ["futures are only in the table.", "個の将来像は表のみ。"]);
    }
    let largest = regret.caption.word(["largest regret", "最大の後悔"]);
    let label = |value| value_label(value, regret.kind, regret.caption.language);
    let told = shown.iter().map(|(name, values)| format!("{name}: {largest} {}.", label(worst(regret, values))));
    let told = told.collect::<Vec<_>>().join(" ");
    Ok(page.close(table(regret, &sorted), &told))
}

/// The largest regret over all futures; NaN if none is known.
fn worst(regret: &Regret, values: &[f64]) -> f64 {
    let known = values.iter().take(regret.futures.len()).copied().filter(|value| value.is_finite());
    known.fold(f64::NAN, f64::max)
}

/// Policies of which nothing is known go last.
fn order(regret: &Regret, values: &[f64]) -> f64 {
    let worst = worst(regret, values);
    if worst.is_finite() { worst } else { f64::INFINITY }
}

fn draw(page: &mut Page, regret: &Regret, rows: &[&(String, Vec<f64>)]) {
    let language = regret.caption.language;
    let futures = &regret.futures[..regret.futures.len().min(FUTURES_MAX)];
    let names = names_width(page.font, rows.iter().map(|row| row.0.as_str()), 230.0);
    let cell = ((WIDTH - 2.0 * MARGIN - names - 14.0) / (futures.len() + 1) as f64).min(110.0);
    let keyed = futures.iter().any(|name| page.font.width(&page.font.drawable(name), TICK_TEXT) > cell - 4.0);
    if keyed {
        key(page, futures);
    }
    let row_height = if rows.len() > 24 { 20.0 } else { 28.0 };
    let top = page.y + 30.0;
    let left = MARGIN + names;
    let x_of = |at: usize| left + cell * at as f64 + if at == futures.len() { 14.0 } else { 0.0 };
    for (at, name) in futures.iter().enumerate() {
        let text = if keyed { letter(at) } else { name.clone() };
        page.text((x_of(at) + cell / 2.0, top - 8.0), &text, TICK_TEXT, TEXT, Anchor::Middle);
    }
    let heading = regret.caption.word(["largest", "最大"]);
    page.text((x_of(futures.len()) + cell / 2.0, top - 8.0), heading, TICK_TEXT, INK, Anchor::Middle);
    let all = rows.iter().flat_map(|row| row.1.iter().take(futures.len())).copied().filter(|value| value.is_finite());
    let highest = all.fold(0.0, f64::max);
    let unit = unit(regret.kind, language, highest);
    let dark = palette::style(Look::Focus(0)).color;
    for (at, (name, values)) in rows.iter().enumerate() {
        let y = top + row_height * at as f64;
        name_row(page, name, names, y + row_height / 2.0);
        let cells = (0..futures.len()).map(|future| values.get(future).copied().unwrap_or(f64::NAN));
        for (column, value) in cells.chain([worst(regret, values)]).enumerate() {
            let share = if highest > 0.0 { (value / highest).clamp(0.0, 1.0) } else { 0.0 };
            let share = if value.is_finite() { share } else { 0.0 };
            let color = palette::mix(palette::mix(dark, PAPER, 0.94), dark, share);
            let (x, y) = (x_of(column), y + GAP / 2.0);
            if value.is_finite() {
                page.bar((x, y), (x + cell - GAP, y + row_height - GAP), color);
            }
            let scaled = value / unit.divisor;
            let digits = if scaled == 0.0 || scaled.abs() >= 99.5 { 0 } else { decimals_of(scaled).min(1) };
            let text = grouped(scaled, digits);
            let size = if cell < 44.0 { 9.5 } else { TICK_TEXT };
            if page.font.width(&text, size) <= cell - 4.0 {
                let ink = if share > 0.7 { PAPER } else { INK };
                page.text(
                    (x + (cell - GAP) / 2.0, y + (row_height - GAP) / 2.0 + size * 0.36),
                    &text,
                    size,
                    ink,
                    Anchor::Middle,
                );
            }
        }
    }
    page.y = top + row_height * rows.len() as f64 + 12.0;
    let name = unit_name(regret.kind, language, unit);
    if !name.is_empty() {
        let text = format!("{}{name}", regret.caption.word(["unit: ", "単位:"]));
        page.text((MARGIN, page.y + TICK_TEXT), &text, TICK_TEXT, TEXT, Anchor::Start);
        page.y += 18.0;
    }
}

/// Names of futures that do not fit over their columns, in two columns of text.
fn key(page: &mut Page, futures: &[String]) {
    let half = (WIDTH - 2.0 * MARGIN) / 2.0;
    page.y += 8.0;
    for (at, name) in futures.iter().enumerate() {
        let x = MARGIN + half * (at % 2) as f64;
        let text = fit(page.font, &format!("{}  {name}", letter(at)), ROW_TEXT, half - 12.0);
        page.text((x, page.y + ROW_TEXT), &text, ROW_TEXT, TEXT, Anchor::Start);
        if at % 2 == 1 || at + 1 == futures.len() {
            page.y += ROW_TEXT * 1.5;
        }
    }
}

/// A, B .. Z.
fn letter(at: usize) -> String {
    char::from(b'A' + (at % FUTURES_MAX) as u8).to_string()
}

fn table(regret: &Regret, rows: &[&(String, Vec<f64>)]) -> Table {
    let word = |words| regret.caption.word(words);
    let mut table = Table::new(&[word(["Policy", "政策"])]);
    table.columns.extend(regret.futures.iter().cloned());
    table.columns.push(word(["Largest", "最大"]).to_owned());
    for (name, values) in rows {
        let cells = (0..regret.futures.len()).map(|future| values.get(future).copied().unwrap_or(f64::NAN));
        let numbers = cells.chain([worst(regret, values)]);
        let numbers = numbers.map(|value| Cell::number(value, regret.kind, regret.caption.language));
        table.rows.push(std::iter::once(Cell::text(name)).chain(numbers).collect());
    }
    table
}
