//! Policy less baseline over time.

use super::super::figure::{Band, Drawing, Figure, Look, Panel, Series, Step, ValueKind, YearMonth};
use super::super::picture::{Caption, Picture};
use super::super::{PlotError, layout};
use super::Interval;

/// The difference that one policy makes.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyCourse {
    /// Name of the policy.
    pub label: String,
    /// Mean difference and its interval at each step from [`Differences::start`].
    pub steps: Vec<Interval>,
}

/// Policies in one panel; up to four can be told apart, more are better given a panel each.
#[derive(Debug, Clone, PartialEq)]
pub struct DifferencePanel {
    /// Name of the cluster (or of the policy, if each has its panel).
    pub heading: String,
    /// What each policy does.
    pub policies: Vec<PolicyCourse>,
}

/// Differences over one time axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Differences {
    /// The words around.
    pub caption: Caption,
    /// First step.
    pub start: YearMonth,
    /// Distance between steps.
    pub step: Step,
    /// What the differences count.
    pub kind: ValueKind,
    /// Name of the interval, for example `95 % interval`.
    pub interval: String,
    /// Whether all panels have the same vertical axis.
    pub shared_scale: bool,
    /// The panels in reading order.
    pub panels: Vec<DifferencePanel>,
}

/// Draws differences with their bands. A line is strong where its interval leaves zero out, and thin, pale and dashed
/// where the data cannot tell.
///
/// # Errors
///
/// [`PlotError`], which never depends on the values.
pub fn difference_chart(differences: &Differences) -> Result<Picture, PlotError> {
    let caption = &differences.caption;
    let panels = differences.panels.iter().map(|panel| {
        let opacity = if panel.policies.len() > 1 { 0.14 } else { 0.22 };
        let series = panel.policies.iter().enumerate().map(|(rank, policy)| {
            let edge = |pick: fn(&Interval) -> f64| policy.steps.iter().map(pick).collect();
            let band = Band { low: edge(|step| step.low), high: edge(|step| step.high), opacity };
            let values = edge(|step| step.mid);
            Series { label: policy.label.clone(), values, bands: vec![band], look: Look::Focus(rank) }
        });
        Panel { heading: panel.heading.clone(), remark: String::new(), series: series.collect() }
    });
    let (start, kind) = (differences.start, differences.kind);
    let mut figure = Figure::multiples(&caption.title, start, kind, Drawing::Lines, panels.collect());
    figure.subtitle.clone_from(&caption.subtitle);
    figure.note.clone_from(&caption.note);
    figure.language = caption.language;
    figure.step = differences.step;
    figure.differences = true;
    figure.shared_scale = differences.shared_scale;
    figure.band_names = vec![differences.interval.clone()];
    layout::lay_out(&figure)
}
