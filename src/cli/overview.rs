//! What a finished run shows on the terminal: one line per cluster, and what was written.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};

use crate::output::{ALL, ClusterSummary, NamedFile, Number, Summary};
use crate::units::CalendarMonth;

use super::table::{Align, Table, billions, grouped, sparkline};

const TITLE: Style = Style::new().bold();
const HEAD: Style = Style::new().dimmed();
const AROUND: Style = Style::new().dimmed();
const PATH: Style = AnsiColor::Cyan.on_default();
/// Bars of the little growth curve.
const CURVE_WIDTH: usize = 12;

/// The run in one line, and its clusters: those of interest first, then those around them, then all.
pub(super) fn of_run(summary: &Summary) -> String {
    let (first, last) = (name_of(summary.span.0), name_of(summary.span.1));
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "\n  {TITLE}{}{TITLE:#}  {HEAD}{first} to {last}, seed {}, replicate {}{HEAD:#}\n",
        summary.title, summary.seed, summary.replicate
    );
    let mut table = Table::new(&[
        Align::Left,
        Align::Right,
        Align::Left,
        Align::Right,
        Align::Right,
        Align::Right,
        Align::Right,
        Align::Right,
    ]);
    let from_to = format!("{} → {}", short_name_of(summary.span.0), short_name_of(summary.span.1));
    table.row(
        HEAD,
        ["", "startups", "by year", "employees", "raised", "approvals", "moved in", "out"].map(str::to_owned).into(),
    );
    table.row(HEAD, ["", &from_to, "", &from_to, "JPY bn", "", "", ""].map(str::to_owned).into());
    let around = summary.clusters.iter().filter(|cluster| !cluster.focus);
    let all = summary.clusters.iter().filter(|cluster| cluster.id == ALL);
    let focus = summary.clusters.iter().filter(|cluster| cluster.focus && cluster.id != ALL);
    let order: Vec<(Style, &ClusterSummary)> = focus
        .map(|cluster| (Style::new(), cluster))
        .chain(around.map(|cluster| (AROUND, cluster)))
        .chain(all.map(|cluster| (TITLE, cluster)))
        .collect();
    let widths = ["startups_alive", "employees"]
        .map(|metric| order.iter().map(|(_, cluster)| ends(cluster, metric).1.len()).max().unwrap_or(0));
    for (style, cluster) in order {
        table.row(style, cells_of(cluster, widths));
    }
    text.push_str(&table.render());
    text
}

/// What stands in the folder now, what to open first, and what each file is for. `figures` are in reading order.
pub(super) fn of_files(folder: &str, names: &[String], figures: &[NamedFile]) -> String {
    let mut table = Table::new(&[Align::Left, Align::Left]);
    let mut line = |name: &str, purpose: &str| {
        table.row(Style::new(), vec![format!("  {name}"), purpose.to_owned()]);
    };
    if let Some((chart, _)) = figures.first() {
        let drawings = figures.iter().filter(|(name, _)| name.ends_with(".svg")).count();
        let charts = if drawings == 1 { "chart" } else { "charts" };
        line(&format!("figures/{chart}"), &format!("open this first: {drawings} {charts}, as SVG and PNG"));
    }
    let purposes = [
        ("differences.csv", "every difference by policy, year, cluster and metric, for spreadsheets"),
        ("differences.parquet", "the same, typed"),
        ("bands.parquet", "medians and 50/80/95 % bands of every scenario, with their errors"),
        ("calibration.json", "parameters, intervals and fit, for programs"),
        ("parameters.csv", "what the record says of each parameter"),
        ("fit.csv", "record and answer, year by year"),
        ("posterior.csv", "points that agree with the record, of equal weight"),
        ("values.toml", "the best point, to lay over a scenario"),
        ("summary.json", "the figures by cluster, for programs"),
        ("records.csv", "every metric by month and cluster, for spreadsheets"),
        ("records.parquet", "the same, typed, for pandas, Polars, DuckDB or R"),
        ("metrics.toml", "what each column means"),
        ("events.parquet", "every event, with its cause"),
        ("flows.parquet", "people, capital, ties, licences and trials between clusters"),
        ("manifest.json", "what made these files, and their digests"),
    ];
    for (name, purpose) in purposes {
        if names.iter().any(|written| written == name) {
            line(name, purpose);
        }
    }
    format!("\n  Written to {PATH}{folder}{PATH:#}\n{}", table.render())
}

/// The cells of a cluster; `widths` are those of the last levels, so that the arrows stand below each other.
fn cells_of(cluster: &ClusterSummary, widths: [usize; 2]) -> Vec<String> {
    let change = |metric: &str, width: usize| {
        let (first, last) = ends(cluster, metric);
        format!("{first} → {last:>width$}")
    };
    let curve: Vec<f64> = cluster
        .metric("startups_alive")
        .map(|metric| metric.yearly.iter().map(|number| number.to_f64()).collect())
        .unwrap_or_default();
    vec![
        cluster.name.clone(),
        change("startups_alive", widths[0]),
        sparkline(&curve, CURVE_WIDTH),
        change("employees", widths[1]),
        billions(total(cluster, "venture_raised_jpy")),
        grouped(total(cluster, "approvals_full") + total(cluster, "approvals_conditional")),
        grouped(total(cluster, "moves_in")),
        grouped(total(cluster, "moves_out")),
    ]
}

/// First and last month's level.
fn ends(cluster: &ClusterSummary, metric: &str) -> (String, String) {
    let level = |number: Option<Number>| number.map_or_else(|| "-".to_owned(), |number| grouped(whole(number)));
    let metric = cluster.metric(metric);
    (level(metric.map(|metric| metric.first)), level(metric.map(|metric| metric.last)))
}

fn total(cluster: &ClusterSummary, metric: &str) -> i128 {
    cluster.metric(metric).and_then(|metric| metric.total).map_or(0, whole)
}

fn whole(number: Number) -> i128 {
    match number {
        Number::Whole(value) => value,
        Number::Real(value) => value.round() as i128,
    }
}

/// `Jan 2024`.
fn name_of(month: CalendarMonth) -> String {
    const NAMES: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let name = NAMES.get(usize::from(month.month()).wrapping_sub(1)).copied().unwrap_or("?");
    format!("{name} {}", month.year())
}

/// `2024-01`.
fn short_name_of(month: CalendarMonth) -> String {
    format!("{:04}-{:02}", month.year(), month.month())
}
