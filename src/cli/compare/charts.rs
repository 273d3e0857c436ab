//! Charts of a comparison: the difference that each policy makes, and the baseline it makes it to.

use crate::output::NamedFile;
use crate::plot::{
    Band as Edge, Drawing, Figure, Look, Panel, PlotError, Series, Step, ValueKind, YearMonth, render_png, render_svg,
};
use crate::statistics::{BandRow, Comparison, Place, WantedMetric};

use super::super::failure::Failure;
use super::super::numbers::words;
use super::{Plan, policy_name, text};

/// Fill of the 95, 80 and 50 % bands, outermost first.
const FILLS: [f64; 3] = [0.14, 0.2, 0.28];

/// Every chart as SVG and PNG: first the differences, in the order of the metrics, then the baseline.
pub(super) fn draw(
    plan: &Plan,
    comparison: &Comparison,
    bands: &[BandRow],
    seed: u64,
) -> Result<Vec<NamedFile>, Failure> {
    let mut figures = Vec::new();
    for (at, metric) in plan.layout.metrics.iter().enumerate() {
        figures.push((format!("difference-{}", metric.name), differences(plan, comparison, at, metric)));
    }
    for (at, metric) in plan.layout.metrics.iter().enumerate() {
        figures.push((format!("baseline-{}", metric.name), baseline(plan, bands, at, metric)));
    }
    let pairs = comparison.differences.first().map_or(0, |difference| difference.paired.n);
    let failed = |cause: PlotError| Failure::Machine(format!("cannot draw the charts: {cause}"));
    let mut files = Vec::new();
    for (name, mut figure) in figures {
        figure.note = format!("{}, seed {seed}, {pairs} replicates", plan.scenarios[0].title);
        files.push((format!("{name}.svg"), render_svg(&figure).map_err(failed)?.into_bytes()));
        files.push((format!("{name}.png"), render_png(&figure).map_err(failed)?));
    }
    Ok(files)
}

/// Rows shown in charts: the clusters the scenario is about, then all together.
fn rows(plan: &Plan) -> Vec<(usize, String)> {
    let clusters = plan.scenarios[0].clusters.iter().enumerate().filter(|(_, cluster)| plan.is_focus(cluster));
    let mut rows: Vec<(usize, String)> = clusters.map(|(row, cluster)| (row, cluster.name.clone())).collect();
    rows.push((plan.layout.rows - 1, "All clusters".to_owned()));
    rows
}

fn differences(plan: &Plan, comparison: &Comparison, metric: usize, wanted: &WantedMetric) -> Figure {
    let panels = rows(plan)
        .into_iter()
        .map(|(row, heading)| {
            let series = plan.policies().iter().enumerate().map(|(policy, loaded)| {
                let found = |year| comparison.difference(policy, Place { metric, year, row }).map(|d| d.paired);
                let values = |pick: fn(&crate::statistics::Paired) -> f64| -> Vec<f64> {
                    (0..plan.layout.years.len()).map(|year| found(year).as_ref().map_or(f64::NAN, pick)).collect()
                };
                let band = Edge { low: values(|p| p.low), high: values(|p| p.high), opacity: 0.2 };
                let mean = values(|p| p.mean);
                Series {
                    label: policy_name(loaded).to_owned(),
                    values: mean,
                    bands: vec![band],
                    look: Look::Focus(policy),
                }
            });
            Panel { heading, remark: String::new(), series: series.collect() }
        })
        .collect();
    let mut figure = figure(plan, &format!("Difference to the baseline: {}", words(wanted)), wanted, panels);
    figure.subtitle =
        format!("mean over pairs of runs on the same random numbers, band: 95 % interval; {}", text::counted(wanted));
    figure
}

fn baseline(plan: &Plan, bands: &[BandRow], metric: usize, wanted: &WantedMetric) -> Figure {
    let panels = rows(plan)
        .into_iter()
        .enumerate()
        .map(|(at, (row, heading))| {
            let years: Vec<&BandRow> = bands
                .iter()
                .filter(|band| band.scenario == 0 && band.place.metric == metric && band.place.row == row)
                .collect();
            let edges = [2, 1, 0].into_iter().zip(FILLS).map(|(level, opacity)| Edge {
                low: years.iter().map(|year| year.band.edges(level).0).collect(),
                high: years.iter().map(|year| year.band.edges(level).1).collect(),
                opacity,
            });
            let values = years.iter().map(|year| year.band.median()).collect();
            let series = Series { label: heading.clone(), values, bands: edges.collect(), look: Look::Focus(at) };
            Panel { heading, remark: String::new(), series: vec![series] }
        })
        .collect();
    let mut figure = figure(plan, &format!("Baseline: {}", words(wanted)), wanted, panels);
    figure.subtitle = format!("median over replicates, bands: the middle 50, 80 and 95 %; {}", text::counted(wanted));
    figure
}

fn figure(plan: &Plan, title: &str, wanted: &WantedMetric, panels: Vec<Panel>) -> Figure {
    let first = plan.layout.years.first().map_or(0, |year| year.0);
    let kind = match wanted.unit {
        "JPY" => ValueKind::Yen,
        "persons" | "count" => ValueKind::Count,
        _ => ValueKind::Index,
    };
    let mut figure = Figure::multiples(title, YearMonth { year: first, month: 12 }, kind, Drawing::Lines, panels);
    figure.step = Step::Year;
    figure
}
