//! The page of a figure: words above, a grid of panels, words below. Everything in pixels of a 1,000 pixel page.

use super::PlotError;
use super::figure::{Drawing, Figure, Language, Look, Series};
use super::font::Font;
use super::palette::{self, Color, Dash, INK, PAPER, Style, TEXT};
use super::panel::{Frame, draw_panel, heading_scale, is_named_at_its_end};
use super::picture::{Caption, Picture, Table, TimeAxis};
use super::scale::{Axis, Ruler};
use super::told::{describe, table_of};

/// Width of every figure.
pub(super) const WIDTH: f64 = 1000.0;
/// White space around.
pub(super) const MARGIN: f64 = 30.0;
/// Text sizes, largest first. Multiples of half a pixel, see `paint`.
const TITLE_SIZE: f64 = 21.0;
const SUBTITLE_SIZE: f64 = 13.5;
const NOTE_SIZE: f64 = 11.0;
const LEGEND_SIZE: f64 = 12.5;
/// What stands where there is nothing to draw.
pub(super) const NO_VALUES: [&str; 2] = ["no values", "値なし"];
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

/// Turns a figure into a picture.
pub(super) fn lay_out(figure: &Figure) -> Result<Picture, PlotError> {
    let caption = figure.caption();
    let mut page = Page::open(&caption)?;
    let shown = &figure.panels[..figure.panels.len().min(PANELS_MAX)];
    if needs_legend(figure) {
        page.legend(figure, shown[0].series.as_slice());
    }
    page.y += 8.0;
    let frames = page.panels(figure, shown);
    if shown.len() < figure.panels.len() {
        page.left_out(figure.panels.len() - shown.len(), ["panels are not shown.", "件は省略。"]);
    }
    let mut picture = page.close(table_of(figure), &describe(figure));
    if let [frame] = frames[..] {
        picture.time_axis = Some(TimeAxis { left: frame.left, right: frame.right, steps: figure.steps().max(1) });
    }
    Ok(picture)
}

/// Several series that are not named where they end need a legend, and so do bands with names.
fn needs_legend(figure: &Figure) -> bool {
    let several = figure.panels.first().is_some_and(|panel| panel.series.len() > 1);
    !figure.panels.is_empty() && (!figure.band_names.is_empty() || several && !is_direct(figure))
}

/// Whether series are named where they end.
fn is_direct(figure: &Figure) -> bool {
    figure.panels.len() == 1 && figure.drawing == Drawing::Lines
}

/// What stands before a name in a legend.
#[derive(Debug, Clone, Copy)]
pub(super) enum Swatch {
    Line(Style),
    Disc(Style),
    Box(Color),
}

/// The page being filled from the top; `y` is where free space begins.
pub(super) struct Page {
    pub(super) font: &'static Font,
    pub(super) marks: Vec<Mark>,
    pub(super) y: f64,
    caption: Caption,
}

impl Page {
    /// Title and subtitle are set.
    pub(super) fn open(caption: &Caption) -> Result<Self, PlotError> {
        let mut page = Self { font: Font::embedded()?, marks: Vec::new(), y: MARGIN, caption: caption.clone() };
        page.paragraph(&caption.title, TITLE_SIZE, INK, 2);
        page.y += 3.0;
        page.paragraph(&caption.subtitle, SUBTITLE_SIZE, TEXT, 3);
        Ok(page)
    }

    /// Says in the note what had no room.
    pub(super) fn left_out(&mut self, count: usize, words: [&str; 2]) {
        let note = &self.caption.note;
        self.caption.note = match self.caption.language {
            Language::English => format!("{note} {count} further {}", words[0]),
            Language::Japanese => format!("{note} ほか{count}{}", words[1]),
        };
    }

    /// The note is set and the page cut to its height. `text` tells what the chart shows.
    pub(super) fn close(mut self, table: Table, text: &str) -> Picture {
        let note = std::mem::take(&mut self.caption.note);
        self.paragraph(&note, NOTE_SIZE, TEXT, 3);
        let height = (self.y + MARGIN * 0.6).ceil();
        let mut marks = vec![Mark::Rectangle { from: (0.0, 0.0), to: (WIDTH, height), color: PAPER }];
        marks.append(&mut self.marks);
        let title = self.font.drawable(self.caption.title.trim());
        let told = [self.caption.subtitle.trim(), text.trim()];
        let told = told.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(" ");
        let description = self.font.drawable(&told);
        Picture { drawn: Drawn { width: WIDTH, height, title, description, marks }, table, time_axis: None }
    }

    /// Lines of text across the page.
    pub(super) fn paragraph(&mut self, text: &str, size: f64, color: Color, lines_max: usize) {
        for text in wrap(self.font, text, size, WIDTH - 2.0 * MARGIN, lines_max) {
            self.marks.push(Mark::Text { at: (MARGIN, self.y + size), text, size, color, anchor: Anchor::Start });
            self.y += size * LEADING;
        }
    }

    /// Text at a place; nothing if it is empty. Characters the font lacks are replaced.
    pub(super) fn text(&mut self, at: Point, text: &str, size: f64, color: Color, anchor: Anchor) {
        if !text.is_empty() {
            self.marks.push(Mark::Text { at, text: self.font.drawable(text), size, color, anchor });
        }
    }

    /// A line of one stretch.
    pub(super) fn line(&mut self, from: Point, to: Point, color: Color, width: f64) {
        self.marks.push(Mark::Line { points: vec![from, to], color, width, dash: &[] });
    }

    /// A filled circle.
    pub(super) fn disc(&mut self, center: Point, radius: f64, color: Color) {
        self.marks.push(Mark::Disc { center, radius, color });
    }

    /// A filled rectangle, whatever the order of its corners.
    pub(super) fn bar(&mut self, from: Point, to: Point, color: Color) {
        let (left, right) = (from.0.min(to.0), from.0.max(to.0));
        let (top, bottom) = (from.1.min(to.1), from.1.max(to.1));
        self.marks.push(Mark::Rectangle { from: (left, top), to: (right, bottom), color });
    }

    /// A remark in place of a chart that has nothing to show.
    pub(super) fn nothing_to_show(&mut self) {
        let text = self.caption.word(NO_VALUES);
        self.y += 60.0;
        self.text((WIDTH / 2.0, self.y), text, 12.5, TEXT, Anchor::Middle);
        self.y += 60.0;
    }

    /// One swatch and name per series of the first panel, in reading order, then one per band.
    fn legend(&mut self, figure: &Figure, series: &[Series]) {
        let mut entries = Vec::new();
        let mut rank = 0;
        for series in series {
            rank += usize::from(matches!(series.look, Look::Focus(_)));
            if is_direct(figure) && is_named_at_its_end(series.look) {
                continue;
            }
            let style = palette::style(series.look);
            let swatch = match (figure.drawing, series.look) {
                (Drawing::Lines, Look::Observed) => Swatch::Disc(style),
                (Drawing::Lines, _) => Swatch::Line(style),
                _ => Swatch::Box(style.color),
            };
            entries.push((swatch, series.label.as_str()));
        }
        // Bands of several colours are explained in grey.
        let banded = series.iter().find(|series| series.bands.len() == figure.band_names.len());
        let color = banded.filter(|_| rank == 1).map_or(TEXT, |series| palette::style(series.look).color);
        let mut cover = 0.0;
        for (at, name) in figure.band_names.iter().enumerate() {
            let opacity = banded.map_or(0.2, |series| series.bands[at].opacity);
            // Inner bands lie over outer ones, and look as dark as all of them together.
            cover += (1.0 - cover) * opacity.clamp(0.0, 1.0);
            entries.push((Swatch::Box(palette::mix(PAPER, color, cover)), name.as_str()));
        }
        self.entries(&entries);
    }

    /// Swatches with names, in as many rows as they need.
    pub(super) fn entries(&mut self, entries: &[(Swatch, &str)]) {
        const SWATCH: f64 = 22.0;
        let (mut x, mut baseline) = (MARGIN, self.y + 8.0 + LEGEND_SIZE);
        for &(swatch, name) in entries {
            let text = fit(self.font, name, LEGEND_SIZE, 220.0);
            let width = SWATCH + 6.0 + self.font.width(&text, LEGEND_SIZE) + 20.0;
            if x + width > WIDTH - MARGIN && x > MARGIN {
                (x, baseline) = (MARGIN, baseline + LEGEND_SIZE * 1.6);
            }
            let middle = baseline - LEGEND_SIZE * 0.36;
            self.marks.push(match swatch {
                Swatch::Line(style) => {
                    let points = vec![(x, middle), (x + SWATCH, middle)];
                    Mark::Line { points, color: style.color, width: style.width, dash: style.dash }
                }
                Swatch::Disc(style) => {
                    Mark::Disc { center: (x + SWATCH / 2.0, middle), radius: style.width + 0.4, color: style.color }
                }
                Swatch::Box(color) => {
                    Mark::Rectangle { from: (x, middle - 5.5), to: (x + SWATCH, middle + 5.5), color }
                }
            });
            self.text((x + SWATCH + 6.0, baseline), &text, LEGEND_SIZE, INK, Anchor::Start);
            x += width;
        }
        if !entries.is_empty() {
            self.y = baseline + 8.0;
        }
    }

    /// The panels in their grid; where their values lie.
    fn panels(&mut self, figure: &Figure, panels: &[super::figure::Panel]) -> Vec<Frame> {
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
                    Axis::fitting(Ruler::from(figure), all_values(), wanted_ticks)
                } else {
                    Axis::fitting(Ruler::from(figure), super::marks::extent(figure, panel).into_iter(), wanted_ticks)
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
        let mut frames = Vec::new();
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
            frames.push(draw_panel(figure, panel, axis, frame, self.font, &mut self.marks));
        }
        let rows = panels.len().div_ceil(columns) as f64;
        self.y += rows * row_height + (rows - 1.0).max(0.0) * 14.0 + 8.0;
        frames
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
