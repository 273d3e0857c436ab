//! One panel: grid, axes, values, and the names at the ends of lines.

use super::figure::{Drawing, Figure, Language, Look, Panel, Scale, Series, Step};
use super::font::Font;
use super::labels::spread;
use super::layout::{Anchor, Mark, Point, fit};
use super::marks::{Plane, draw_areas, draw_bars, draw_lines, extent};
use super::numbers::{signed_label, value_label};
use super::palette::{self, AXIS, GRID, INK, LEADER, TEXT};
use super::scale::{Axis, time_ticks};

const HEADING_SIZE: f64 = 13.5;
/// Least room between the name of a panel and its remark.
const HEADING_GAP: f64 = 8.0;
const LABEL_SIZE: f64 = 12.5;
/// Room between a line's end and its name.
const LEADER_LENGTH: f64 = 14.0;

/// The rectangle of the values, in pixels of the page, and how many panels stand side by side.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    /// Left edge including the tick labels.
    pub(super) cell_left: f64,
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) top: f64,
    pub(super) bottom: f64,
    pub(super) columns: usize,
    /// Factor on the size of headings, the same in all panels.
    pub(super) heading_scale: f64,
}

/// Size of tick labels.
pub(super) fn tick_size(columns: usize) -> f64 {
    if columns == 1 { 12.0 } else { 11.0 }
}

/// Draws a panel; the rectangle that its values lie in.
pub(super) fn draw_panel(
    figure: &Figure,
    panel: &Panel,
    axis: &Axis,
    frame: Frame,
    font: &Font,
    marks: &mut Vec<Mark>,
) -> Frame {
    let direct = figure.panels.len() == 1 && figure.drawing == Drawing::Lines;
    let end_labels = if direct { end_labels(figure, panel, font) } else { Vec::new() };
    let widest = end_labels.iter().map(|label| font.width(label, LABEL_SIZE)).fold(0.0, f64::max);
    let room = if end_labels.is_empty() { 0.0 } else { widest + LEADER_LENGTH + 6.0 };
    let plane = Plane { frame: Frame { right: frame.right - room, ..frame }, axis, steps: figure.steps().max(1) };
    draw_heading(panel, frame, font, marks);
    draw_grid(axis, &plane, marks);
    match figure.drawing {
        Drawing::Lines => draw_lines(figure, panel, &plane, marks),
        Drawing::Areas => draw_areas(figure, panel, &plane, marks),
        Drawing::Bars => draw_bars(figure, panel, &plane, marks),
    }
    draw_moments(figure, &plane, font, marks);
    draw_axes(figure, &plane, frame.right, font, marks);
    draw_end_labels(panel, &end_labels, &plane, marks);
    if extent(figure, panel).iter().all(|value| axis.share(*value).is_none()) {
        let text = match figure.language {
            Language::English => "no values",
            Language::Japanese => "値なし",
        };
        let at = ((plane.frame.left + plane.frame.right) / 2.0, (frame.top + frame.bottom) / 2.0);
        marks.push(Mark::Text { at, text: text.to_owned(), size: LABEL_SIZE, color: TEXT, anchor: Anchor::Middle });
    }
    plane.frame
}

/// By how much headings must be set smaller so that name and remark of a panel fit on one line of the given length;
/// never below 0.85, beyond which the name is cut instead.
pub(super) fn heading_scale(panel: &Panel, room: f64, columns: usize, font: &Font) -> f64 {
    let wanted = font.width(&font.drawable(&panel.heading), HEADING_SIZE)
        + font.width(&font.drawable(&panel.remark), tick_size(columns) + 0.5);
    ((room - HEADING_GAP) / wanted.max(1.0)).clamp(0.85, 1.0)
}

/// Name on the left, remark on the right.
fn draw_heading(panel: &Panel, frame: Frame, font: &Font, marks: &mut Vec<Mark>) {
    let left = frame.cell_left;
    let room = frame.right - left - HEADING_GAP;
    let half_pixels = |size: f64| (size * frame.heading_scale * 2.0).floor() / 2.0;
    let (heading_size, remark_size) = (half_pixels(HEADING_SIZE), half_pixels(tick_size(frame.columns) + 0.5));
    let baseline = frame.top - 15.0;
    let remark = fit(font, &panel.remark, remark_size, room * 0.7);
    let heading_room = room - font.width(&remark, remark_size);
    let text = fit(font, &panel.heading, heading_size, heading_room);
    // A panel of one cluster is headed in the colour of its line: the heading is the legend.
    let color = match panel.series.first().map(|series| series.look) {
        Some(look @ Look::Focus(_)) if panel.series.len() == 1 => palette::mix(palette::style(look).color, INK, 0.25),
        _ => INK,
    };
    if !text.is_empty() {
        let at = (left, baseline);
        marks.push(Mark::Text { at, text, size: heading_size, color, anchor: Anchor::Start });
    }
    if !remark.is_empty() {
        let at = (frame.right, baseline);
        marks.push(Mark::Text { at, text: remark, size: remark_size, color: TEXT, anchor: Anchor::End });
    }
}

fn draw_grid(axis: &Axis, plane: &Plane, marks: &mut Vec<Mark>) {
    for tick in &axis.ticks {
        if let Some(y) = plane.y(tick.at) {
            let points = vec![(plane.frame.left, y), (plane.frame.right, y)];
            marks.push(Mark::Line { points, color: GRID, width: 1.0, dash: &[] });
        }
    }
}

/// Tick labels, and the zero line over the values so that bars stand on it.
fn draw_axes(figure: &Figure, plane: &Plane, outer_right: f64, font: &Font, marks: &mut Vec<Mark>) {
    let frame = plane.frame;
    let size = tick_size(frame.columns);
    for tick in &plane.axis.ticks {
        if let Some(y) = plane.y(tick.at) {
            let at = (frame.left - 7.0, y + size * 0.36);
            marks.push(Mark::Text { at, text: tick.label.clone(), size, color: TEXT, anchor: Anchor::End });
        }
    }
    let base = if figure.scale == Scale::Linear { plane.zero() } else { frame.bottom };
    let points = vec![(frame.left, base), (frame.right, base)];
    marks.push(Mark::Line { points, color: AXIS, width: 1.0, dash: &[] });
    let width = frame.right - frame.left;
    for tick in time_ticks(figure, plane.steps, width, |label| font.width(label, size)) {
        let x = plane.x(tick.at);
        // Bars stand in slots of a year, which need no tick mark.
        if figure.step == Step::Month {
            let points = vec![(x, frame.bottom), (x, frame.bottom + 4.0)];
            marks.push(Mark::Line { points, color: AXIS, width: 1.0, dash: &[] });
        }
        // A label at the very edge may reach into the margin, but never out of it.
        let half = font.width(&tick.label, size) / 2.0;
        let x = x.min(outer_right + 20.0 - half).max(frame.cell_left - 20.0 + half);
        let at = (x, frame.bottom + 7.0 + size);
        marks.push(Mark::Text { at, text: tick.label, size, color: TEXT, anchor: Anchor::Middle });
    }
}

/// A thin rule where something begins, named at its upper end on the side that has room.
fn draw_moments(figure: &Figure, plane: &Plane, font: &Font, marks: &mut Vec<Mark>) {
    let frame = plane.frame;
    let size = tick_size(frame.columns) - 0.5;
    for moment in figure.moments.iter().filter(|moment| moment.step < plane.steps) {
        let x = plane.x(moment.step as f64);
        let points = vec![(x, frame.top - 2.0), (x, frame.bottom)];
        marks.push(Mark::Line { points, color: LEADER, width: 1.0, dash: &[3.0, 3.0] });
        let label = fit(font, &moment.label, size, (frame.right - frame.left) * 0.6);
        let (at, anchor) = if x + 5.0 + font.width(&label, size) <= frame.right {
            ((x + 5.0, frame.top + size + 4.0), Anchor::Start)
        } else {
            ((x - 5.0, frame.top + size + 4.0), Anchor::End)
        };
        if !label.is_empty() {
            marks.push(Mark::Text { at, text: label, size, color: TEXT, anchor });
        }
    }
}

/// Whether a series is named where it ends. What ends before the others (records, the modelled past) is named in the
/// legend instead.
pub(super) fn is_named_at_its_end(look: Look) -> bool {
    !matches!(look, Look::Observed | Look::Past)
}

/// Name and last value of each series.
fn end_labels(figure: &Figure, panel: &Panel, font: &Font) -> Vec<String> {
    let label = |series: &Series| {
        if !is_named_at_its_end(series.look) {
            return String::new();
        }
        let name = fit(font, &series.label, LABEL_SIZE, 200.0);
        let last = series.values.iter().rev().find(|value| value.is_finite());
        let number = if figure.differences { signed_label } else { value_label };
        last.map_or(name.clone(), |&last| format!("{name} {}", number(last, figure.kind, figure.language)))
    };
    panel.series.iter().map(label).collect()
}

fn draw_end_labels(panel: &Panel, labels: &[String], plane: &Plane, marks: &mut Vec<Mark>) {
    let ends: Vec<Option<Point>> = panel
        .series
        .iter()
        .map(|series| {
            if !is_named_at_its_end(series.look) {
                return None;
            }
            let points = series.values.iter().enumerate().rev();
            points.filter_map(|(step, &value)| plane.point(step, value)).next()
        })
        .collect();
    let named: Vec<(usize, Point)> = ends.iter().enumerate().filter_map(|(at, end)| Some((at, (*end)?))).collect();
    let wanted: Vec<f64> = named.iter().map(|(_, end)| end.1).collect();
    let placed = spread(&wanted, LABEL_SIZE * 1.25, plane.frame.top, plane.frame.bottom);
    for ((at, end), y) in named.into_iter().zip(placed) {
        let Some(text) = labels.get(at) else { continue };
        let style = palette::style(panel.series[at].look);
        let label_left = plane.frame.right + LEADER_LENGTH;
        if (y - end.1).abs() > 2.0 || end.0 < plane.frame.right - 4.0 {
            let points = vec![(end.0 + 2.0, end.1), (label_left - 3.0, y)];
            marks.push(Mark::Line { points, color: LEADER, width: 0.8, dash: &[] });
        }
        let is_focus = matches!(panel.series[at].look, Look::Focus(_));
        if is_focus {
            marks.push(Mark::Disc { center: end, radius: style.width + 0.6, color: style.color });
        }
        // Text is darker than its line: thin strokes of a light colour would be hard to read.
        let color = palette::mix(style.color, INK, if is_focus { 0.3 } else { 0.35 });
        let at = (label_left, y + LABEL_SIZE * 0.36);
        marks.push(Mark::Text { at, text: text.clone(), size: LABEL_SIZE, color, anchor: Anchor::Start });
    }
}
