//! A figure in words and as a table.

use super::figure::{Figure, Series, Step};
use super::numbers::value_label;
use super::picture::{Caption, Cell, Table};
use super::scale::step_name;

impl Figure {
    /// The words around the figure.
    pub(super) fn caption(&self) -> Caption {
        let Self { title, subtitle, note, language, .. } = self;
        Caption { title: title.clone(), subtitle: subtitle.clone(), note: note.clone(), language: *language }
    }
}

/// The figure in words: for each series its first and last value.
pub(super) fn describe(figure: &Figure) -> String {
    let label = |value: f64| value_label(value, figure.kind, figure.language);
    let mut sentences = Vec::new();
    for panel in &figure.panels {
        for series in &panel.series {
            let name = name_of(&panel.heading, &series.label);
            let mut finite = series.values.iter().copied().filter(|value| value.is_finite());
            sentences.push(match (finite.next(), finite.next_back()) {
                (Some(first), Some(last)) => format!("{name}: {} → {}.", label(first), label(last)),
                (Some(only), None) => format!("{name}: {}.", label(only)),
                _ => format!("{name}: –."),
            });
        }
    }
    sentences.join(" ")
}

/// Panel and series as one name, said once if they are the same.
fn name_of(heading: &str, label: &str) -> String {
    if heading == label { heading.to_owned() } else { format!("{heading} {label}").trim().to_owned() }
}

/// One row per series and step, with the edges of its bands, widest first; of months only the last of each calendar
/// year (and of the figure), so that thirty years stay readable. Steps at which a series has nothing are left out.
pub(super) fn table_of(figure: &Figure) -> Table {
    let caption = figure.caption();
    let bands = figure.panels.iter().flat_map(|panel| &panel.series).map(|series| series.bands.len()).max();
    let mut columns = vec![
        caption.word(["Series", "系列"]).to_owned(),
        if by_month(figure) { caption.word(["Month", "月"]) } else { caption.word(["Year", "年"]) }.to_owned(),
        caption.word(["Value", "値"]).to_owned(),
    ];
    let bands = bands.unwrap_or(0);
    for band in 1..=bands {
        let number = if bands > 1 { format!(" {band}") } else { String::new() };
        columns.push(format!("{}{number}", caption.word(["Lower edge", "下限"])));
        columns.push(format!("{}{number}", caption.word(["Upper edge", "上限"])));
    }
    let steps = figure.steps();
    let month = usize::from(figure.start.month.clamp(1, 12)) - 1;
    let kept = |step: usize| !by_month(figure) || steps < 24 || (step + month) % 12 == 11 || step + 1 == steps;
    let mut table = Table { columns, rows: Vec::new() };
    for panel in &figure.panels {
        for series in &panel.series {
            let name = name_of(&panel.heading, &series.label);
            for step in (0..steps).filter(|&step| kept(step)) {
                let numbers = numbers_at(series, step, bands);
                if numbers.iter().any(|number| number.is_finite()) {
                    let cells = numbers.into_iter().map(|value| Cell::number(value, figure.kind, figure.language));
                    let named = [Cell::Text(name.clone()), Cell::Text(step_name(figure, step))];
                    table.rows.push(named.into_iter().chain(cells).collect());
                }
            }
        }
    }
    table
}

fn by_month(figure: &Figure) -> bool {
    figure.step == Step::Month
}

/// Value and edges at a step; NaN where there is none.
fn numbers_at(series: &Series, step: usize, bands: usize) -> Vec<f64> {
    let at = |values: &[f64]| values.get(step).copied().unwrap_or(f64::NAN);
    let mut numbers = vec![at(&series.values)];
    for band in 0..bands {
        let edges = series.bands.get(band).map_or([f64::NAN; 2], |band| [at(&band.low), at(&band.high)]);
        numbers.extend(edges);
    }
    numbers
}
