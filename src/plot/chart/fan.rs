//! What was observed, what the model says of that past, and what it says of the future.

use super::super::figure::{Band, Drawing, Figure, Look, Moment, Panel, Series, Step, ValueKind, YearMonth};
use super::super::picture::{Caption, Picture};
use super::super::{PlotError, layout};
use super::Interval;

/// One step of a forecast.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FanPoint {
    /// Median over the replicates.
    pub median: f64,
    /// Edges of the middle 50, 80 and 95 %.
    pub edges: [(f64, f64); 3],
}

/// The fan of one cluster. The three sequences begin at [`Fan::start`]; a step without a value is NaN.
#[derive(Debug, Clone, PartialEq)]
pub struct FanPanel {
    /// Name of the cluster.
    pub heading: String,
    /// What was observed.
    pub observed: Vec<f64>,
    /// What the model says of the past: median and the middle 95 %.
    pub hindcast: Vec<Interval>,
    /// What the model says of the future.
    pub forecast: Vec<FanPoint>,
}

/// Fans of several clusters over one time axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Fan {
    /// The words around.
    pub caption: Caption,
    /// First step.
    pub start: YearMonth,
    /// Distance between steps.
    pub step: Step,
    /// What the values count.
    pub kind: ValueKind,
    /// One panel per cluster, each with its own scale.
    pub panels: Vec<FanPanel>,
}

/// Fill of the 95, 80 and 50 % bands, which lie over each other.
const FILLS: [f64; 3] = [0.14, 0.2, 0.28];

/// Draws fans: observed points in front of a grey dashed hindcast, then the forecast with its bands.
///
/// # Errors
///
/// [`PlotError`], which never depends on the values.
pub fn fan_chart(fan: &Fan) -> Result<Picture, PlotError> {
    let caption = &fan.caption;
    let any_past = fan.panels.iter().any(|panel| panel.hindcast.iter().any(|step| step.mid.is_finite()));
    let any_observed = fan.panels.iter().any(|panel| panel.observed.iter().any(|value| value.is_finite()));
    let panels = fan.panels.iter().enumerate().map(|(rank, panel)| {
        let mut series = Vec::new();
        if any_past {
            let band = Band {
                low: panel.hindcast.iter().map(|step| step.low).collect(),
                high: panel.hindcast.iter().map(|step| step.high).collect(),
                opacity: 0.22,
            };
            let values = panel.hindcast.iter().map(|step| step.mid).collect();
            let label = caption.word(["the model on the past, 95 %", "過去のモデル値(95%)"]).to_owned();
            series.push(Series { label, values, bands: vec![band], look: Look::Past });
        }
        let bands = [2, 1, 0].into_iter().zip(FILLS).map(|(level, opacity)| Band {
            low: panel.forecast.iter().map(|step| step.edges[level].0).collect(),
            high: panel.forecast.iter().map(|step| step.edges[level].1).collect(),
            opacity,
        });
        let values = panel.forecast.iter().map(|step| step.median).collect();
        let label = caption.word(["median", "中央値"]).to_owned();
        series.push(Series { label, values, bands: bands.collect(), look: Look::Focus(rank) });
        if any_observed {
            let label = caption.word(["observed", "実績"]);
            series.push(Series::new(label, panel.observed.clone(), Look::Observed));
        }
        Panel { heading: panel.heading.clone(), remark: String::new(), series }
    });
    let mut figure = Figure::multiples(&caption.title, fan.start, fan.kind, Drawing::Lines, panels.collect());
    figure.subtitle.clone_from(&caption.subtitle);
    figure.note.clone_from(&caption.note);
    figure.language = caption.language;
    figure.step = fan.step;
    figure.band_names =
        [95, 80, 50].map(|level| caption.word(["{} %", "{}%"]).replace("{}", &level.to_string())).into();
    let begins = |panel: &FanPanel| panel.forecast.iter().position(|step| step.median.is_finite());
    let first = fan.panels.iter().filter_map(begins).min();
    if let Some(step) = first.filter(|&step| step > 0) {
        let label = caption.word(["forecast", "予測"]).to_owned();
        figure.moments = vec![Moment { step, label }];
    }
    layout::lay_out(&figure)
}
