//! The values of a panel as lines, stacked areas or bars.

use super::figure::{Drawing, Figure, Look, Panel, Series};
use super::layout::{Mark, Point};
use super::palette::{self, PAPER};
use super::panel::Frame;
use super::scale::Axis;

/// Every value the vertical axis of a panel must hold: for stacks the running sums.
pub(super) fn extent(figure: &Figure, panel: &Panel) -> Vec<f64> {
    if figure.drawing == Drawing::Lines {
        let bands = panel.series.iter().flat_map(|series| &series.bands);
        let edges = bands.flat_map(|band| band.low.iter().chain(&band.high));
        return panel.series.iter().flat_map(|series| &series.values).chain(edges).copied().collect();
    }
    stacked(figure, panel).into_iter().flatten().flat_map(|(from, to)| [from, to]).collect()
}

/// For each series and step, from where to where its part of the stack reaches. A missing value adds nothing.
fn stacked(figure: &Figure, panel: &Panel) -> Vec<Vec<(f64, f64)>> {
    let steps = figure.steps();
    let (mut above, mut below) = (vec![0.0; steps], vec![0.0; steps]);
    let mut parts = Vec::new();
    for series in &panel.series {
        let part = (0..steps).map(|step| {
            let value = series.values.get(step).copied().filter(|value| value.is_finite()).unwrap_or(0.0);
            let pile: &mut f64 = if value < 0.0 { &mut below[step] } else { &mut above[step] };
            let from = *pile;
            *pile += value;
            (from, *pile)
        });
        parts.push(part.collect());
    }
    parts
}

/// Where steps and values lie on the page.
pub(super) struct Plane<'a> {
    pub(super) frame: Frame,
    pub(super) axis: &'a Axis,
    pub(super) steps: usize,
}

impl Plane<'_> {
    /// `steps` from the left edge of the first step.
    pub(super) fn x(&self, steps: f64) -> f64 {
        self.frame.left + (self.frame.right - self.frame.left) * steps / self.steps as f64
    }

    pub(super) fn y(&self, value: f64) -> Option<f64> {
        let share = self.axis.share(value)?;
        Some(self.frame.bottom - (self.frame.bottom - self.frame.top) * share)
    }

    /// The middle of step `step` at a value.
    pub(super) fn point(&self, step: usize, value: f64) -> Option<Point> {
        Some((self.x(step as f64 + 0.5), self.y(value)?))
    }

    /// Where bars and areas stand.
    pub(super) fn zero(&self) -> f64 {
        self.y(0.0).unwrap_or(self.frame.bottom)
    }
}

pub(super) fn draw_lines(figure: &Figure, panel: &Panel, plane: &Plane, marks: &mut Vec<Mark>) {
    for series in &panel.series {
        for band in &series.bands {
            draw_band(&band.low, &band.high, palette::style(series.look).color, band.opacity, plane, marks);
        }
    }
    let (observed, lines): (Vec<_>, Vec<_>) = panel.series.iter().partition(|series| series.look == Look::Observed);
    for series in lines {
        let style = palette::style(series.look);
        if figure.differences {
            draw_stretches(&series.values, palette::cannot_tell(style), plane, marks);
            let told: Vec<f64> = (0..series.values.len()).map(|step| told_from_zero(series, step)).collect();
            draw_stretches(&told, style, plane, marks);
        } else {
            draw_stretches(&series.values, style, plane, marks);
        }
    }
    for series in observed {
        let style = palette::style(series.look);
        for center in series.values.iter().enumerate().filter_map(|(step, &value)| plane.point(step, value)) {
            marks.push(Mark::Disc { center, radius: style.width, color: style.color });
        }
    }
}

/// The value of a step whose widest band leaves zero out; NaN where the band holds zero or there is no band.
fn told_from_zero(series: &Series, step: usize) -> f64 {
    let edges = series.bands.first().and_then(|band| Some((*band.low.get(step)?, *band.high.get(step)?)));
    let told = edges.is_some_and(|(low, high)| low > 0.0 || high < 0.0);
    if told { series.values[step] } else { f64::NAN }
}

/// A line with gaps where there is no value; a value between two gaps is a disc.
fn draw_stretches(values: &[f64], style: palette::Style, plane: &Plane, marks: &mut Vec<Mark>) {
    let points = values.iter().enumerate().map(|(step, &value)| plane.point(step, value));
    for run in runs(points) {
        if let [only] = run[..] {
            marks.push(Mark::Disc { center: only, radius: style.width + 0.8, color: style.color });
        } else {
            let points = without_level_middles(run);
            marks.push(Mark::Line { points, color: style.color, width: style.width, dash: style.dash });
        }
    }
}

/// Leaves out points in the middle of a level stretch, of which slowly changing counts are full.
fn without_level_middles(points: Vec<Point>) -> Vec<Point> {
    let level = |at: usize| points[at - 1].1 == points[at].1 && points[at].1 == points[at + 1].1;
    let last = points.len().saturating_sub(1);
    let kept = |at: usize| at == 0 || at == last || !level(at);
    (0..points.len()).filter(|&at| kept(at)).map(|at| points[at]).collect()
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

fn draw_band(low: &[f64], high: &[f64], color: palette::Color, opacity: f64, plane: &Plane, marks: &mut Vec<Mark>) {
    let pairs = low.iter().zip(high).enumerate();
    let edges = pairs.map(|(step, (&low, &high))| Some((plane.point(step, low)?, plane.point(step, high)?)));
    for run in runs(edges) {
        let lower = run.iter().map(|pair| pair.0);
        let points: Vec<Point> = lower.chain(run.iter().rev().map(|pair| pair.1)).collect();
        let opacity = if opacity.is_finite() { opacity.clamp(0.0, 1.0) } else { 0.2 };
        marks.push(Mark::Area { points, color, opacity });
    }
}

/// Each part is filled down to the zero line and then covered by the parts below it, which leaves no seams.
pub(super) fn draw_areas(figure: &Figure, panel: &Panel, plane: &Plane, marks: &mut Vec<Mark>) {
    let parts = panel.series.iter().zip(stacked(figure, panel));
    for (series, part) in parts.collect::<Vec<_>>().into_iter().rev() {
        let color = palette::style(series.look).color;
        if part.iter().all(|(from, to)| from == to) {
            continue;
        }
        // A stack that is one step long would have no width: it is drawn as a bar.
        if let [(from, to)] = part[..] {
            draw_slot(0, from, to, color, plane, marks);
            continue;
        }
        let tops = part.iter().enumerate().map(|(step, &(_, to))| plane.point(step, to));
        for run in runs(tops) {
            let mut points = without_level_middles(run);
            if let (Some(first), Some(last)) = (points.first().copied(), points.last().copied()) {
                points.extend([(last.0, plane.zero()), (first.0, plane.zero())]);
            }
            marks.push(Mark::Area { points, color, opacity: 1.0 });
        }
    }
}

pub(super) fn draw_bars(figure: &Figure, panel: &Panel, plane: &Plane, marks: &mut Vec<Mark>) {
    for (series, part) in panel.series.iter().zip(stacked(figure, panel)) {
        let color = palette::style(series.look).color;
        for (step, (from, to)) in part.into_iter().enumerate() {
            // A loss is told from a gain by its tint as well as by its side.
            let color = if to < from { palette::mix(color, PAPER, 0.45) } else { color };
            draw_slot(step, from, to, color, plane, marks);
        }
    }
}

/// The bar of one step, with a quarter of the slot left free.
fn draw_slot(step: usize, from: f64, to: f64, color: palette::Color, plane: &Plane, marks: &mut Vec<Mark>) {
    if from == to {
        return;
    }
    let (Some(from), Some(to)) = (plane.y(from), plane.y(to)) else {
        return;
    };
    let (left, right) = (plane.x(step as f64 + 0.125), plane.x(step as f64 + 0.875));
    let most = 60.0;
    let spare = ((right - left - most) / 2.0).max(0.0);
    marks.push(Mark::Rectangle { from: (left + spare, from.min(to)), to: (right - spare, from.max(to)), color });
}
