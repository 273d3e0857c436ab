//! How likely each policy is the best.

use super::super::figure::ValueKind;
use super::super::layout::{Anchor, MARGIN, Page, WIDTH};
use super::super::numbers::value_label;
use super::super::palette::{self, AXIS, INK, PAPER, TEXT};
use super::super::picture::{Caption, Cell, Picture, Table};
use super::super::scale::{Axis, Ruler};
use super::super::{Look, PlotError};
use super::Interval;
use super::rows::{Across, ROW_TEXT, ROWS_MAX, name_row, names_width, row_rule};

/// One option of a choice.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Name of the policy.
    pub label: String,
    /// Share of the replicates (or of the draws) in which it is the best, 0 to 1, with its interval; edges may be NaN.
    pub share: Interval,
    /// Whether it is the baseline, which is drawn grey.
    pub baseline: bool,
}

/// Options by the probability of being the best.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranking {
    /// The words around.
    pub caption: Caption,
    /// The options, in any order.
    pub candidates: Vec<Candidate>,
}

/// Draws the probabilities of being the best as bars, largest first.
///
/// # Errors
///
/// [`PlotError`], which never depends on the values.
pub fn ranking_chart(ranking: &Ranking) -> Result<Picture, PlotError> {
    let mut page = Page::open(&ranking.caption)?;
    let mut sorted: Vec<&Candidate> = ranking.candidates.iter().collect();
    // Unknown shares go last; the sort is stable, so equal ones keep their order.
    let order = |candidate: &Candidate| if candidate.share.mid.is_finite() { candidate.share.mid } else { -1.0 };
    sorted.sort_by(|a, b| order(b).total_cmp(&order(a)));
    let shown = &sorted[..sorted.len().min(ROWS_MAX)];
    if shown.is_empty() {
        page.nothing_to_show();
    } else {
        draw(&mut page, ranking, shown);
    }
    if shown.len() < sorted.len() {
        page.left_out(sorted.len() - shown.len(), ["rows are only in the table.", "行は表のみ。"]);
    }
    let language = ranking.caption.language;
    let told =
        shown.iter().map(|row| format!("{}: {}.", row.label, value_label(row.share.mid, ValueKind::Share, language)));
    let told = told.collect::<Vec<_>>().join(" ");
    Ok(page.close(table(ranking, &sorted), &told))
}

fn draw(page: &mut Page, ranking: &Ranking, rows: &[&Candidate]) {
    let language = ranking.caption.language;
    let row_height = if rows.len() > 24 { 20.0 } else { 26.0 };
    let names = names_width(page.font, rows.iter().map(|row| row.label.as_str()), 330.0);
    let highest = rows.iter().flat_map(|row| [row.share.mid, row.share.high]).filter(|share| share.is_finite());
    // The axis reaches as far as the values need, in steps of a probability, and never beyond 1.
    let highest = highest.fold(0.0, f64::max).min(1.0);
    let axis = Axis::fitting(Ruler::from_zero(ValueKind::Share, language), [0.0, highest].into_iter(), 5);
    let across = Across { axis: &axis, left: MARGIN + names, right: WIDTH - MARGIN - 60.0 };
    let (top, bottom) = (page.y + 14.0, page.y + 14.0 + row_height * rows.len() as f64);
    across.grid(page, top, bottom);
    for (at, row) in rows.iter().enumerate() {
        let middle = top + row_height * (at as f64 + 0.5);
        row_rule(page, top + row_height * at as f64);
        name_row(page, &row.label, names, middle);
        let strong = palette::style(Look::Focus(0)).color;
        let color = if row.baseline { AXIS } else { palette::mix(strong, PAPER, if at == 0 { 0.25 } else { 0.55 }) };
        let mut end = across.left;
        if let Some(x) = across.x(row.share.mid.min(1.0)) {
            page.bar((across.left, middle - row_height * 0.31), (x, middle + row_height * 0.31), color);
            end = end.max(x);
        }
        if let (Some(low), Some(high)) = (across.x(row.share.low), across.x(row.share.high)) {
            page.line((low, middle), (high, middle), INK, 1.2);
            for edge in [low, high] {
                page.line((edge, middle - 3.0), (edge, middle + 3.0), INK, 1.2);
            }
            end = end.max(high);
        }
        let text = value_label(row.share.mid, ValueKind::Share, language);
        let ink = if row.share.mid.is_finite() { INK } else { TEXT };
        page.text((end + 7.0, middle + ROW_TEXT * 0.36), &text, ROW_TEXT, ink, Anchor::Start);
    }
    row_rule(page, bottom);
    page.y = bottom + 30.0;
}

fn table(ranking: &Ranking, rows: &[&Candidate]) -> Table {
    let word = |words| ranking.caption.word(words);
    let mut table = Table::new(&[
        word(["Policy", "政策"]),
        word(["Probability of being best", "最良となる確率"]),
        word(["Lower edge", "下限"]),
        word(["Upper edge", "上限"]),
    ]);
    let number = |value| Cell::number(value, ValueKind::Share, ranking.caption.language);
    for row in rows {
        let share = row.share;
        table.rows.push(vec![Cell::text(&row.label), number(share.mid), number(share.low), number(share.high)]);
    }
    table
}
