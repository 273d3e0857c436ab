//! The page of a figure: words above, a grid of panels, words below. Everything in pixels of a 1,000 pixel page.

use super::PlotError;
use super::figure::{Drawing, Figure, Language, Series};
use super::font::Font;
use super::palette::{self, Color, Dash, INK, PAPER, TEXT};
use super::panel::{Frame, draw_panel, heading_scale};
use super::scale::Axis;

/// Width of every figure.
const WIDTH: f64 = 1000.0;
/// White space around.
const MARGIN: f64 = 30.0;
/// Text sizes, largest first. Multiples of half a pixel, see `paint`.
const TITLE_SIZE: f64 = 21.0;
const SUBTITLE_SIZE: f64 = 13.5;
const NOTE_SIZE: f64 = 11.0;
const LEGEND_SIZE: f64 = 12.5;
/// Vertical space from one line of text to the next, as a multiple of its size.
const LEADING: f64 = 1.42;
/// More panels than this would be unreadable; the rest is counted in the note.
const PANELS_MAX: usize = 24;

/// A position: to the right and down from the upper left corner.
pub(super) type Point = (f64, f64);

/// Where the given position lies on a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// One thing to draw. Later marks cover earlier ones.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Mark {
    Line { points: Vec<Point>, color: Color, width: f64, dash: Dash },
    Area { points: Vec<Point>, color: Color, opacity: f64 },
    Rectangle { from: Point, to: Point, color: Color },
    Disc { center: Point, radius: f64, color: Color },
    Text { at: Point, text: String, size: f64, color: Color, anchor: Anchor },
}

/// A figure ready to be painted.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Drawn {
    pub(super) width: f64,
    pub(super) height: f64,
    /// One line that names the figure.
    pub(super) title: String,
    /// The figure in words, for those who do not see it.
    pub(super) description: String,
    pub(super) marks: Vec<Mark>,
}

/// Turns a figure into marks.
pub(super) fn lay_out(figure: &Figure) -> Result<Drawn, PlotError> {
    let font = Font::embedded()?;
    let mut page = Page { font, marks: Vec::new(), y: MARGIN };
    let shown = &figure.panels[..figure.panels.len().min(PANELS_MAX)];
    page.paragraph(&figure.title, TITLE_SIZE, INK, 2);
    page.y += 3.0;
    page.paragraph(&figure.subtitle, SUBTITLE_SIZE, TEXT, 3);
    if needs_legend(figure) {
        page.legend(figure, shown[0].series.as_slice());
    }
    page.y += 8.0;
    page.panels(figure, shown);
    let mut note = figure.note.clone();
    if shown.len() < figure.panels.len() {
        let left_out = figure.panels.len() - shown.len();
        note = match figure.language {
            Language::English => format!("{note} {left_out} further panels are not shown."),
            Language::Japanese => format!("{note} ほか{left_out}件は省略。"),
        };
    }
    page.paragraph(&note, NOTE_SIZE, TEXT, 3);
    let height = (page.y + MARGIN * 0.6).ceil();
    let mut marks = vec![Mark::Rectangle { from: (0.0, 0.0), to: (WIDTH, height), color: PAPER }];
    marks.append(&mut page.marks);
    let title = font.drawable(figure.title.trim());
    Ok(Drawn { width: WIDTH, height, title, description: describe(figure, font), marks })
}

/// Several series that are not named where they end need a legend.
fn needs_legend(figure: &Figure) -> bool {
    let direct = figure.panels.len() == 1 && figure.drawing == Drawing::Lines;
    !direct && figure.panels.first().is_some_and(|panel| panel.series.len() > 1)
}

/// The page being filled from the top; `y` is where free space begins.
struct Page {
    font: &'static Font,
    marks: Vec<Mark>,
    y: f64,
}

impl Page {
    fn paragraph(&mut self, text: &str, size: f64, color: Color, lines_max: usize) {
        for text in wrap(self.font, text, size, WIDTH - 2.0 * MARGIN, lines_max) {
            self.marks.push(Mark::Text { at: (MARGIN, self.y + size), text, size, color, anchor: Anchor::Start });
            self.y += size * LEADING;
        }
    }

    /// One swatch and name per series of the first panel, in reading order.
    fn legend(&mut self, figure: &Figure, series: &[Series]) {
        const SWATCH: f64 = 22.0;
        let (mut x, mut baseline) = (MARGIN, self.y + 8.0 + LEGEND_SIZE);
        for series in series {
            let text = fit(self.font, &series.label, LEGEND_SIZE, 220.0);
            let width = SWATCH + 6.0 + self.font.width(&text, LEGEND_SIZE) + 20.0;
            if x + width > WIDTH - MARGIN && x > MARGIN {
                (x, baseline) = (MARGIN, baseline + LEGEND_SIZE * 1.6);
            }
            let style = palette::style(series.look);
            let middle = baseline - LEGEND_SIZE * 0.36;
            self.marks.push(if figure.drawing == Drawing::Lines {
                let points = vec![(x, middle), (x + SWATCH, middle)];
                Mark::Line { points, color: style.color, width: style.width, dash: style.dash }
            } else {
                Mark::Rectangle { from: (x, middle - 5.5), to: (x + SWATCH, middle + 5.5), color: style.color }
            });
            let at = (x + SWATCH + 6.0, baseline);
            self.marks.push(Mark::Text { at, text, size: LEGEND_SIZE, color: INK, anchor: Anchor::Start });
            x += width;
        }
        self.y = baseline + 8.0;
    }

    fn panels(&mut self, figure: &Figure, panels: &[super::figure::Panel]) {
        let columns = match panels.len() {
            0 | 1 => 1,
            2 | 4 => 2,
            3 | 5 | 6 => 3,
            _ => 4,
        };
        let plot_height = [400.0, 250.0, 190.0, 150.0][columns - 1];
        let wanted_ticks = if columns == 1 { 6 } else { 4 };
        let all_values = || panels.iter().flat_map(|panel| super::marks::extent(figure, panel));
        let axes: Vec<Axis> = panels
            .iter()
            .map(|panel| {
                if figure.shared_scale {
                    Axis::fitting(figure, all_values(), wanted_ticks)
                } else {
                    Axis::fitting(figure, super::marks::extent(figure, panel).into_iter(), wanted_ticks)
                }
            })
            .collect();
        let tick_size = super::panel::tick_size(columns);
        let labels = axes.iter().flat_map(|axis| &axis.ticks);
        let gutter = labels.map(|tick| self.font.width(&tick.label, tick_size)).fold(0.0, f64::max) + 9.0;
        let between = if columns == 1 { 0.0 } else { 26.0 };
        let cell = (WIDTH - 2.0 * MARGIN - between * (columns - 1) as f64) / columns as f64;
        let heading =
            if panels.iter().all(|panel| panel.heading.is_empty() && panel.remark.is_empty()) { 4.0 } else { 32.0 };
        let row_height = heading + plot_height + 26.0;
        let heading_scale =
            panels.iter().map(|panel| heading_scale(panel, cell, columns, self.font)).fold(1.0, f64::min);
        for (index, (panel, axis)) in panels.iter().zip(&axes).enumerate() {
            let left = MARGIN + (index % columns) as f64 * (cell + between);
            let top = self.y + (index / columns) as f64 * (row_height + 14.0) + heading;
            let frame = Frame {
                cell_left: left,
                left: left + gutter,
                right: left + cell,
                top,
                bottom: top + plot_height,
                columns,
                heading_scale,
            };
            draw_panel(figure, panel, axis, frame, self.font, &mut self.marks);
        }
        let rows = panels.len().div_ceil(columns) as f64;
        self.y += rows * row_height + (rows - 1.0).max(0.0) * 14.0 + 8.0;
    }
}

/// The text cut to a width, with dots where something is left out.
pub(super) fn fit(font: &Font, text: &str, size: f64, width: f64) -> String {
    let text = font.drawable(text.trim());
    if font.width(&text, size) <= width {
        return text;
    }
    // The ellipsis of a Japanese font is as wide as a kanji and floats in mid-height; after Latin letters use full stops.
    let dots = if text.chars().any(is_wide) { "…" } else { "..." };
    let room = width - font.width(dots, size);
    let mut kept = String::new();
    let mut used = 0.0;
    for character in text.chars() {
        used += font.advance(character) * size;
        if used > room {
            break;
        }
        kept.push(character);
    }
    kept.trim_end().to_owned() + dots
}

/// Japanese letters and signs, between which a line may be broken.
fn is_wide(character: char) -> bool {
    character >= '\u{3000}'
}

/// Breaks a text into lines: at spaces, and between Japanese characters unless the next may not begin a line.
fn wrap(font: &Font, text: &str, size: f64, width: f64, lines_max: usize) -> Vec<String> {
    const NEVER_FIRST: &str = "、。,.・:;?!」』)】〕ーぁぃぅぇぉっゃゅょァィゥェォッャュョ,.;:)";
    let text = font.drawable(text.trim());
    let mut lines = Vec::new();
    let mut rest = text.as_str();
    while !rest.is_empty() && lines.len() + 1 < lines_max && font.width(rest, size) > width {
        let (mut used, mut break_at, mut previous) = (0.0, None, ' ');
        for (at, character) in rest.char_indices() {
            let wide = is_wide(character) || is_wide(previous);
            if at > 0 && (character == ' ' || (wide && !NEVER_FIRST.contains(character))) {
                break_at = Some(at);
            }
            used += font.advance(character) * size;
            if used > width {
                break;
            }
            previous = character;
        }
        let Some(at) = break_at else { break };
        lines.push(rest[..at].trim_end().to_owned());
        rest = rest[at..].trim_start();
    }
    if !rest.is_empty() {
        lines.push(fit(font, rest, size, width));
    }
    lines
}

/// The figure in words: for each series its first and last value.
fn describe(figure: &Figure, font: &Font) -> String {
    use super::numbers::value_label;
    let mut sentences = vec![figure.subtitle.trim().to_owned()];
    for panel in &figure.panels {
        for series in &panel.series {
            let names = [panel.heading.as_str(), series.label.as_str()];
            let name = if names[0] == names[1] { names[0].to_owned() } else { names.join(" ") };
            let mut finite = series.values.iter().copied().filter(|value| value.is_finite());
            let label = |value: f64| value_label(value, figure.kind, figure.language);
            let sentence = match (finite.next(), finite.next_back()) {
                (Some(first), Some(last)) => {
                    format!("{}: {} → {}.", name.trim(), label(first), label(last))
                }
                (Some(only), None) => format!("{}: {}.", name.trim(), label(only)),
                _ => format!("{}: –.", name.trim()),
            };
            sentences.push(sentence);
        }
    }
    sentences.retain(|sentence| !sentence.is_empty());
    font.drawable(&sentences.join(" "))
}
