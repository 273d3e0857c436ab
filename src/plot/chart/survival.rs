//! Life lines: the share of startups that still live, by age.

use super::super::figure::ValueKind;
use super::super::labels::spread;
use super::super::layout::{Anchor, MARGIN, Mark, Page, Point, Swatch, WIDTH, fit};
use super::super::numbers::value_label;
use super::super::palette::{self, AXIS, GRID, INK, LEADER, PAPER, Style, TEXT};
use super::super::picture::{Caption, Cell, Picture, Table};
use super::super::scale::{Axis, Ruler};
use super::super::{Look, PlotError};
use super::Interval;
use super::rows::{ROW_TEXT, TICK_TEXT};

/// The survival of one group.
#[derive(Debug, Clone, PartialEq)]
pub struct LifeLine {
    /// Name of the group.
    pub label: String,
    /// Whether the chart is about it; others are grey and without interval.
    pub focus: bool,
    /// Share alive at the end of each month of age, from age 0 on, with its interval (edges may be NaN).
    pub alive: Vec<Interval>,
    /// How many are under observation at the beginning of each month of age.
    pub at_risk: Vec<u64>,
}

/// Survival of several groups over one axis of ages.
#[derive(Debug, Clone, PartialEq)]
pub struct Survival {
    /// The words around.
    pub caption: Caption,
    /// The groups; up to eight are drawn.
    pub lines: Vec<LifeLine>,
}

const LINES_MAX: usize = 8;
const HEIGHT: f64 = 340.0;
const ROW: f64 = 17.0;

/// Draws survival as steps, with the number at risk under the axis.
///
/// # Errors
///
/// [`PlotError`], which never depends on the values.
pub fn survival_chart(survival: &Survival) -> Result<Picture, PlotError> {
    let mut page = Page::open(&survival.caption)?;
    let shown = &survival.lines[..survival.lines.len().min(LINES_MAX)];
    if shown.iter().all(|line| line.alive.is_empty()) {
        page.nothing_to_show();
    } else {
        draw(&mut page, survival, shown);
    }
    if shown.len() < survival.lines.len() {
        page.left_out(survival.lines.len() - shown.len(), ["groups are only in the table.", "群は表のみ。"]);
    }
    let (table, told) = counted(survival);
    Ok(page.close(table, &told))
}

/// Ages in whole years at which numbers at risk are given: at most about ten.
fn ages(months: usize) -> Vec<usize> {
    let years = months.saturating_sub(1) / 12;
    let every = [1, 2, 5, 10, 20, 50, 100].into_iter().find(|every| years / every <= 10).unwrap_or(200);
    (0..=years).step_by(every).collect()
}

fn looks(lines: &[LifeLine]) -> Vec<Style> {
    let (mut focus, mut context) = (0, 0);
    let look = |line: &LifeLine| {
        let rank = if line.focus { &mut focus } else { &mut context };
        *rank += 1;
        palette::style(if line.focus { Look::Focus(*rank - 1) } else { Look::Context(*rank - 1) })
    };
    lines.iter().map(look).collect()
}

fn draw(page: &mut Page, survival: &Survival, lines: &[LifeLine]) {
    let language = survival.caption.language;
    let months = lines.iter().map(|line| line.alive.len()).max().unwrap_or(1).max(2);
    let styles = looks(lines);
    if lines.iter().any(|line| line.focus && line.alive.iter().any(|step| step.low.is_finite())) {
        let color = palette::mix(TEXT, PAPER, 0.8);
        page.entries(&[(Swatch::Box(color), survival.caption.word(["95 % interval", "95%区間"]))]);
    }
    let names: Vec<String> = lines.iter().map(|line| fit(page.font, &line.label, ROW_TEXT, 130.0)).collect();
    let last = |line: &LifeLine| line.alive.iter().rev().map(|step| step.mid).find(|share| share.is_finite());
    let ends: Vec<String> = lines
        .iter()
        .zip(&names)
        .map(|(line, name)| {
            last(line)
                .map_or(String::new(), |share| format!("{name} {}", value_label(share, ValueKind::Share, language)))
        })
        .collect();
    let gutter = names.iter().map(|name| page.font.width(name, TICK_TEXT)).fold(44.0, f64::max) + 32.0;
    let room = ends.iter().map(|text| page.font.width(text, ROW_TEXT)).fold(0.0, f64::max) + 22.0;
    let (left, right, top) = (MARGIN + gutter, WIDTH - MARGIN - room, page.y + 18.0);
    let bottom = top + HEIGHT;
    let axis = Axis::fitting(Ruler::from_zero(ValueKind::Share, language), [0.0, 1.0].into_iter(), 5);
    let x = |month: f64| left + (right - left) * (month / (months - 1) as f64);
    let y = |share: f64| axis.share(share).map(|share| bottom - HEIGHT * share);
    for tick in &axis.ticks {
        let at = y(tick.at).unwrap_or(bottom);
        page.line((left, at), (right, at), if tick.at == 0.0 { AXIS } else { GRID }, 1.0);
        page.text((left - 7.0, at + 4.2), &tick.label, TICK_TEXT + 0.5, TEXT, Anchor::End);
    }
    for (line, style) in lines.iter().zip(&styles).filter(|(line, _)| line.focus) {
        for run in steps(&line.alive, |step| Some((y(step.low)?, y(step.high)?)), x) {
            let lower = run.iter().map(|&(x, (low, _))| (x, low));
            let points = lower.chain(run.iter().rev().map(|&(x, (_, high))| (x, high))).collect();
            page.marks.push(Mark::Area { points, color: style.color, opacity: 0.14 });
        }
    }
    let mut wanted = Vec::new();
    // Grey lines first, so that they never cover what the chart is about.
    let mut order: Vec<usize> = (0..lines.len()).collect();
    order.sort_by_key(|&at| lines[at].focus);
    for at in order {
        let (line, style) = (&lines[at], &styles[at]);
        let mut end = None;
        for run in steps(&line.alive, |step| y(step.mid), x) {
            end = run.last().copied();
            page.marks.push(Mark::Line { points: run, color: style.color, width: style.width, dash: style.dash });
        }
        if let Some(end) = end {
            wanted.push((at, end));
        }
    }
    label_ends(page, lines, &styles, &ends, &wanted, right, (top, bottom));
    page.y = at_risk(page, survival, lines, &names, (left, bottom), x, months);
}

/// A curve of steps as corners, in stretches without a gap; level corners are left out.
fn steps<T: Copy + PartialEq>(
    alive: &[Interval],
    height: impl Fn(&Interval) -> Option<T>,
    x: impl Fn(f64) -> f64,
) -> Vec<Vec<(f64, T)>> {
    let mut runs: Vec<Vec<(f64, T)>> = vec![Vec::new()];
    for (month, step) in alive.iter().enumerate() {
        let Some(here) = height(step) else {
            runs.push(Vec::new());
            continue;
        };
        let Some(run) = runs.last_mut() else { continue };
        let at = x(month as f64);
        if let Some(&(_, before)) = run.last()
            && before != here
        {
            run.push((at, before));
            run.push((at, here));
        } else if run.is_empty() {
            run.push((at, here));
        }
        if month + 1 == alive.len() || height(&alive[month + 1]).is_none() {
            run.push((at, here));
        }
    }
    runs.retain(|run| !run.is_empty());
    runs
}

fn label_ends(
    page: &mut Page,
    lines: &[LifeLine],
    styles: &[Style],
    ends: &[String],
    wanted: &[(usize, Point)],
    right: f64,
    (top, bottom): (f64, f64),
) {
    let heights: Vec<f64> = wanted.iter().map(|(_, end)| end.1).collect();
    for (&(at, end), y) in wanted.iter().zip(spread(&heights, ROW_TEXT * 1.25, top, bottom)) {
        if (y - end.1).abs() > 2.0 || end.0 < right - 4.0 {
            page.line((end.0 + 2.0, end.1), (right + 11.0, y), LEADER, 0.8);
        }
        let color = palette::mix(styles[at].color, INK, 0.3);
        page.text(
            (right + 14.0, y + ROW_TEXT * 0.36),
            &ends[at],
            ROW_TEXT,
            if lines[at].focus { color } else { TEXT },
            Anchor::Start,
        );
    }
}

/// The axis of ages and under it one row of numbers at risk per group; gives where free space begins.
fn at_risk(
    page: &mut Page,
    survival: &Survival,
    lines: &[LifeLine],
    names: &[String],
    (left, bottom): Point,
    x: impl Fn(f64) -> f64,
    months: usize,
) -> f64 {
    let caption = &survival.caption;
    let ages = ages(months);
    for &age in &ages {
        let at = x((age * 12) as f64);
        page.line((at, bottom), (at, bottom + 4.0), AXIS, 1.0);
        page.text((at, bottom + 19.0), &age.to_string(), TICK_TEXT + 0.5, TEXT, Anchor::Middle);
    }
    page.text(
        (left, bottom + 37.0),
        caption.word(["years since founding", "創業からの年数"]),
        TICK_TEXT,
        TEXT,
        Anchor::Start,
    );
    let mut y = bottom + 60.0;
    page.text(
        (MARGIN, y),
        caption.word(["Under observation at that age", "その年齢での観察数"]),
        TICK_TEXT,
        INK,
        Anchor::Start,
    );
    for (line, name) in lines.iter().zip(names) {
        y += ROW;
        page.text((MARGIN, y), name, TICK_TEXT, TEXT, Anchor::Start);
        for &age in &ages {
            let count = line.at_risk.get(age * 12).copied().unwrap_or(0);
            let text = value_label(count as f64, ValueKind::Count, caption.language);
            page.text((x((age * 12) as f64), y), &text, TICK_TEXT, TEXT, Anchor::Middle);
        }
    }
    y + 16.0
}

/// The shares at whole years as a table; the share after five years, or the last before, in words.
fn counted(survival: &Survival) -> (Table, String) {
    let word = |words| survival.caption.word(words);
    let language = survival.caption.language;
    let mut table = Table::new(&[
        word(["Group", "群"]),
        word(["Age in years", "年齢(年)"]),
        word(["Under observation", "観察数"]),
        word(["Share alive", "生存率"]),
        word(["Lower edge", "下限"]),
        word(["Upper edge", "上限"]),
    ]);
    let mut told = Vec::new();
    for line in &survival.lines {
        for age in ages(line.alive.len()) {
            let Some(step) = line.alive.get(age * 12) else { continue };
            let share = |value| Cell::number(value, ValueKind::Share, language);
            let count = |value| Cell::number(value, ValueKind::Count, language);
            let at_risk = line.at_risk.get(age * 12).copied().unwrap_or(0) as f64;
            let row = [
                Cell::text(&line.label),
                count(age as f64),
                count(at_risk),
                share(step.mid),
                share(step.low),
                share(step.high),
            ];
            table.rows.push(row.into());
        }
        let age = if line.alive.len() > 60 { 5 } else { line.alive.len().saturating_sub(1) / 12 };
        if let Some(step) = line.alive.get(age * 12) {
            let share = value_label(step.mid, ValueKind::Share, language);
            let after = word(["after {} years", "{}年後"]).replace("{}", &age.to_string());
            told.push(format!("{}: {share} {after}.", line.label));
        }
    }
    (table, told.join(" "))
}
