//! One panel: grid, axes, values, and the names at the ends of lines.

use super::figure::{Drawing, Figure, Language, Look, Panel, Scale, Series, Step};
use super::font::Font;
use super::labels::spread;
use super::layout::{Anchor, Mark, Point, fit};
use super::numbers::value_label;
use super::palette::{self, AXIS, GRID, INK, LEADER, PAPER, TEXT};
use super::scale::{Axis, time_ticks};

const HEADING_SIZE: f64 = 14.0;
const LABEL_SIZE: f64 = 12.5;
/// Room between a line's end and its name.
const LEADER_LENGTH: f64 = 14.0;

/// The rectangle of the values, in pixels of the page, and how many panels stand side by side.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) top: f64,
    pub(super) bottom: f64,
    pub(super) columns: usize,
}

/// Size of tick labels.
pub(super) fn tick_size(columns: usize) -> f64 {
    if columns == 1 { 12.0 } else { 11.0 }
}

/// Every value the vertical axis of a panel must hold: for stacks the running sums.
pub(super) fn extent(figure: &Figure, panel: &Panel) -> Vec<f64> {
    if figure.drawing == Drawing::Lines {
        let bands = panel.series.iter().flat_map(|series| &series.bands);
        let edges = bands.flat_map(|band| band.low.iter().chain(&band.high));
        return panel
            .series
            .iter()
            .flat_map(|series| &series.values)
            .chain(edges)
            .copied()
            .collect();
    }
    stacked(figure, panel)
        .into_iter()
        .flatten()
        .flat_map(|(from, to)| [from, to])
        .collect()
}

/// For each series and step, from where to where its part of the stack reaches. A missing value adds nothing.
fn stacked(figure: &Figure, panel: &Panel) -> Vec<Vec<(f64, f64)>> {
    let steps = figure.steps();
    let (mut above, mut below) = (vec![0.0; steps], vec![0.0; steps]);
    let mut parts = Vec::new();
    for series in &panel.series {
        let part = (0..steps).map(|step| {
            let value = series
                .values
                .get(step)
                .copied()
                .filter(|value| value.is_finite())
                .unwrap_or(0.0);
            let pile: &mut f64 = if value < 0.0 {
                &mut below[step]
            } else {
                &mut above[step]
            };
            let from = *pile;
            *pile += value;
            (from, *pile)
        });
        parts.push(part.collect());
    }
    parts
}

/// Draws a panel.
pub(super) fn draw_panel(
    figure: &Figure,
    panel: &Panel,
    axis: &Axis,
    frame: Frame,
    font: &Font,
    marks: &mut Vec<Mark>,
) {
    let direct = figure.panels.len() == 1 && figure.drawing == Drawing::Lines;
    let end_labels = if direct {
        end_labels(figure, panel, font)
    } else {
        Vec::new()
    };
    let widest = end_labels
        .iter()
        .map(|label| font.width(label, LABEL_SIZE))
        .fold(0.0, f64::max);
    let room = if end_labels.is_empty() {
        0.0
    } else {
        widest + LEADER_LENGTH + 6.0
    };
    let plane = Plane {
        frame: Frame {
            right: frame.right - room,
            ..frame
        },
        axis,
        steps: figure.steps().max(1),
    };
    draw_heading(panel, frame, plane.frame.left, font, marks);
    draw_grid(axis, &plane, marks);
    match figure.drawing {
        Drawing::Lines => draw_lines(panel, &plane, marks),
        Drawing::Areas => draw_areas(figure, panel, &plane, marks),
        Drawing::Bars => draw_bars(figure, panel, &plane, marks),
    }
    draw_axes(figure, &plane, font, marks);
    draw_end_labels(panel, &end_labels, &plane, marks);
    if extent(figure, panel)
        .iter()
        .all(|value| axis.share(*value).is_none())
    {
        let text = match figure.language {
            Language::English => "no values",
            Language::Japanese => "値なし",
        };
        let at = (
            (plane.frame.left + plane.frame.right) / 2.0,
            (frame.top + frame.bottom) / 2.0,
        );
        marks.push(Mark::Text {
            at,
            text: text.to_owned(),
            size: LABEL_SIZE,
            color: TEXT,
            anchor: Anchor::Middle,
        });
    }
}

/// Where steps and values lie on the page.
struct Plane<'a> {
    frame: Frame,
    axis: &'a Axis,
    steps: usize,
}

impl Plane<'_> {
    /// `steps` from the left edge of the first step.
    fn x(&self, steps: f64) -> f64 {
        self.frame.left + (self.frame.right - self.frame.left) * steps / self.steps as f64
    }

    fn y(&self, value: f64) -> Option<f64> {
        let share = self.axis.share(value)?;
        Some(self.frame.bottom - (self.frame.bottom - self.frame.top) * share)
    }

    /// The middle of step `step` at a value.
    fn point(&self, step: usize, value: f64) -> Option<Point> {
        Some((self.x(step as f64 + 0.5), self.y(value)?))
    }

    /// Where bars and areas stand.
    fn zero(&self) -> f64 {
        self.y(0.0).unwrap_or(self.frame.bottom)
    }
}

fn draw_heading(panel: &Panel, frame: Frame, left: f64, font: &Font, marks: &mut Vec<Mark>) {
    let baseline = frame.top - 13.0;
    let remark = fit(font, &panel.remark, LABEL_SIZE, (frame.right - left) * 0.7);
    let room = frame.right - left - font.width(&remark, LABEL_SIZE) - 8.0;
    let text = fit(font, &panel.heading, HEADING_SIZE, room.max(30.0));
    // A panel of one cluster is headed in the colour of its line: the heading is the legend.
    let color = match panel.series.first().map(|series| series.look) {
        Some(look @ Look::Focus(_)) if panel.series.len() == 1 => {
            palette::mix(palette::style(look).color, INK, 0.25)
        }
        _ => INK,
    };
    if !text.is_empty() {
        marks.push(Mark::Text {
            at: (left, baseline),
            text,
            size: HEADING_SIZE,
            color,
            anchor: Anchor::Start,
        });
    }
    if !remark.is_empty() {
        let at = (frame.right, baseline);
        marks.push(Mark::Text {
            at,
            text: remark,
            size: LABEL_SIZE,
            color: TEXT,
            anchor: Anchor::End,
        });
    }
}

fn draw_grid(axis: &Axis, plane: &Plane, marks: &mut Vec<Mark>) {
    for tick in &axis.ticks {
        if let Some(y) = plane.y(tick.at) {
            let points = vec![(plane.frame.left, y), (plane.frame.right, y)];
            marks.push(Mark::Line {
                points,
                color: GRID,
                width: 1.0,
                dash: &[],
            });
        }
    }
}

/// Tick labels, and the zero line over the values so that bars stand on it.
fn draw_axes(figure: &Figure, plane: &Plane, font: &Font, marks: &mut Vec<Mark>) {
    let frame = plane.frame;
    let size = tick_size(frame.columns);
    for tick in &plane.axis.ticks {
        if let Some(y) = plane.y(tick.at) {
            let at = (frame.left - 7.0, y + size * 0.36);
            marks.push(Mark::Text {
                at,
                text: tick.label.clone(),
                size,
                color: TEXT,
                anchor: Anchor::End,
            });
        }
    }
    let base = if figure.scale == Scale::Linear {
        plane.zero()
    } else {
        frame.bottom
    };
    let points = vec![(frame.left, base), (frame.right, base)];
    marks.push(Mark::Line {
        points,
        color: AXIS,
        width: 1.0,
        dash: &[],
    });
    let width = frame.right - frame.left;
    for tick in time_ticks(figure, plane.steps, width, |label| font.width(label, size)) {
        let x = plane.x(tick.at);
        // Bars stand in slots of a year, which need no tick mark.
        if figure.step == Step::Month {
            let points = vec![(x, frame.bottom), (x, frame.bottom + 4.0)];
            marks.push(Mark::Line {
                points,
                color: AXIS,
                width: 1.0,
                dash: &[],
            });
        }
        // A label at the very edge may reach into the margin, but never out of it.
        let half = font.width(&tick.label, size) / 2.0;
        let x = x
            .min(frame.right + 12.0 - half)
            .max(frame.left - 24.0 + half);
        let at = (x, frame.bottom + 7.0 + size);
        marks.push(Mark::Text {
            at,
            text: tick.label,
            size,
            color: TEXT,
            anchor: Anchor::Middle,
        });
    }
}

fn draw_lines(panel: &Panel, plane: &Plane, marks: &mut Vec<Mark>) {
    for series in &panel.series {
        for band in &series.bands {
            draw_band(
                &band.low,
                &band.high,
                palette::style(series.look).color,
                band.opacity,
                plane,
                marks,
            );
        }
    }
    for series in &panel.series {
        let style = palette::style(series.look);
        let points = series
            .values
            .iter()
            .enumerate()
            .map(|(step, &value)| plane.point(step, value));
        for run in runs(points) {
            if let [only] = run[..] {
                marks.push(Mark::Disc {
                    center: only,
                    radius: style.width + 0.8,
                    color: style.color,
                });
            } else {
                marks.push(Mark::Line {
                    points: run,
                    color: style.color,
                    width: style.width,
                    dash: style.dash,
                });
            }
        }
    }
}

/// The stretches without a gap.
fn runs<T>(items: impl Iterator<Item = Option<T>>) -> Vec<Vec<T>> {
    let mut runs = vec![Vec::new()];
    for item in items {
        match (item, runs.last_mut()) {
            (Some(item), Some(run)) => run.push(item),
            _ => runs.push(Vec::new()),
        }
    }
    runs.retain(|run| !run.is_empty());
    runs
}

fn draw_band(
    low: &[f64],
    high: &[f64],
    color: palette::Color,
    opacity: f64,
    plane: &Plane,
    marks: &mut Vec<Mark>,
) {
    let pairs = low.iter().zip(high).enumerate();
    let edges = pairs
        .map(|(step, (&low, &high))| Some((plane.point(step, low)?, plane.point(step, high)?)));
    for run in runs(edges) {
        let lower = run.iter().map(|pair| pair.0);
        let points: Vec<Point> = lower.chain(run.iter().rev().map(|pair| pair.1)).collect();
        let opacity = if opacity.is_finite() {
            opacity.clamp(0.0, 1.0)
        } else {
            0.2
        };
        marks.push(Mark::Area {
            points,
            color,
            opacity,
        });
    }
}

fn draw_areas(figure: &Figure, panel: &Panel, plane: &Plane, marks: &mut Vec<Mark>) {
    for (series, part) in panel.series.iter().zip(stacked(figure, panel)) {
        let (low, high): (Vec<f64>, Vec<f64>) = part.into_iter().unzip();
        // A stack that is one step long would have no width: it is drawn as a bar.
        if plane.steps == 1 {
            draw_slot(
                0,
                low[0],
                high[0],
                palette::style(series.look).color,
                plane,
                marks,
            );
        } else if low != high {
            draw_band(
                &low,
                &high,
                palette::style(series.look).color,
                1.0,
                plane,
                marks,
            );
        }
    }
}

fn draw_bars(figure: &Figure, panel: &Panel, plane: &Plane, marks: &mut Vec<Mark>) {
    for (series, part) in panel.series.iter().zip(stacked(figure, panel)) {
        let color = palette::style(series.look).color;
        for (step, (from, to)) in part.into_iter().enumerate() {
            // A loss is told from a gain by its tint as well as by its side.
            let color = if to < from {
                palette::mix(color, PAPER, 0.45)
            } else {
                color
            };
            draw_slot(step, from, to, color, plane, marks);
        }
    }
}

/// The bar of one step, with a quarter of the slot left free.
fn draw_slot(
    step: usize,
    from: f64,
    to: f64,
    color: palette::Color,
    plane: &Plane,
    marks: &mut Vec<Mark>,
) {
    if from == to {
        return;
    }
    let (Some(from), Some(to)) = (plane.y(from), plane.y(to)) else {
        return;
    };
    let (left, right) = (plane.x(step as f64 + 0.125), plane.x(step as f64 + 0.875));
    let most = 60.0;
    let spare = ((right - left - most) / 2.0).max(0.0);
    marks.push(Mark::Rectangle {
        from: (left + spare, from.min(to)),
        to: (right - spare, from.max(to)),
        color,
    });
}

/// Name and last value of each series.
fn end_labels(figure: &Figure, panel: &Panel, font: &Font) -> Vec<String> {
    let label = |series: &Series| {
        let name = fit(font, &series.label, LABEL_SIZE, 150.0);
        let last = series.values.iter().rev().find(|value| value.is_finite());
        last.map_or(name.clone(), |&last| {
            format!("{name} {}", value_label(last, figure.kind, figure.language))
        })
    };
    panel.series.iter().map(label).collect()
}

fn draw_end_labels(panel: &Panel, labels: &[String], plane: &Plane, marks: &mut Vec<Mark>) {
    let ends: Vec<Option<Point>> = panel
        .series
        .iter()
        .map(|series| {
            let points = series.values.iter().enumerate().rev();
            points
                .filter_map(|(step, &value)| plane.point(step, value))
                .next()
        })
        .collect();
    let named: Vec<(usize, Point)> = ends
        .iter()
        .enumerate()
        .filter_map(|(at, end)| Some((at, (*end)?)))
        .collect();
    let wanted: Vec<f64> = named.iter().map(|(_, end)| end.1).collect();
    let placed = spread(
        &wanted,
        LABEL_SIZE * 1.25,
        plane.frame.top,
        plane.frame.bottom,
    );
    for ((at, end), y) in named.into_iter().zip(placed) {
        let Some(text) = labels.get(at) else { continue };
        let style = palette::style(panel.series[at].look);
        let label_left = plane.frame.right + LEADER_LENGTH;
        if (y - end.1).abs() > 2.0 || end.0 < plane.frame.right - 4.0 {
            let points = vec![(end.0 + 2.0, end.1), (label_left - 3.0, y)];
            marks.push(Mark::Line {
                points,
                color: LEADER,
                width: 0.8,
                dash: &[],
            });
        }
        let is_focus = matches!(panel.series[at].look, Look::Focus(_));
        if is_focus {
            marks.push(Mark::Disc {
                center: end,
                radius: style.width + 0.6,
                color: style.color,
            });
        }
        // Text is darker than its line: thin strokes of a light colour would be hard to read.
        let color = palette::mix(style.color, INK, if is_focus { 0.3 } else { 0.35 });
        let at = (label_left, y + LABEL_SIZE * 0.36);
        marks.push(Mark::Text {
            at,
            text: text.clone(),
            size: LABEL_SIZE,
            color,
            anchor: Anchor::Start,
        });
    }
}
