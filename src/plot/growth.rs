//! From recorded metrics to growth figures, one per question.
//!
//! Stocks are drawn as recorded; flows are added up by calendar year (moves, capital) or since the start (approvals,
//! of which a small cluster sees one in several years). Boston has a hundred times the startups of Osaka, so each
//! cluster has a panel with its own vertical scale, which the subtitle says; levels are compared by the numbers above
//! the panels.

use super::figure::{Drawing, Figure, Language, Look, Panel, Scale, Series, Step, ValueKind, YearMonth, yearly_sums};
use super::numbers::{grouped, value_label};
use std::collections::BTreeMap;

/// A cluster as figures name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrowthCluster {
    /// Stable identifier, for example `osaka`.
    pub id: String,
    /// Name on the figure, in its language.
    pub label: String,
    /// Whether the figure is about this cluster; others are drawn grey, for comparison.
    pub focus: bool,
}

/// What was recorded in one run (or the median of several).
#[derive(Debug, Clone, PartialEq)]
pub struct GrowthInput {
    /// First recorded month.
    pub start: YearMonth,
    /// Number of recorded months.
    pub months: usize,
    /// The clusters in the order of the values of `metrics`.
    pub clusters: Vec<GrowthCluster>,
    /// Metric name (a column of the records) to `[cluster][month]`. A metric that is missing leaves its figure out.
    pub metrics: BTreeMap<String, Vec<Vec<f64>>>,
    /// Language of titles and units.
    pub language: Language,
    /// Source line at the foot of every figure, for example the scenario and the seed.
    pub note: String,
}

/// One figure per question that the metrics can answer: file stem and figure, in reading order.
///
/// Metrics used: `startups_alive`, `employees`, `employees_startups`, `venture_raised_jpy`, `programmes_preclinical`
/// to `programmes_review`, `approvals_full`, `approvals_conditional`, `moves_in`, `moves_out`. Calendar years that are
/// not wholly recorded are left out of yearly sums, and the note says so.
#[must_use]
pub fn growth_figures(input: &GrowthInput) -> Vec<(String, Figure)> {
    let questions: [(&str, Option<Figure>); 8] = [
        ("startups-alive", stock(input, "startups_alive", &STARTUPS)),
        ("startups-compared", comparison_figure(input, "startups_alive", input.word(&COMPARED))),
        ("employees", stock(input, "employees", &EMPLOYEES)),
        ("jobs-at-startups", stock(input, "employees_startups", &JOBS)),
        ("capital-raised", capital(input)),
        ("programmes-by-stage", programmes(input)),
        ("approvals", approvals(input)),
        ("net-moves", net_moves(input)),
    ];
    questions.into_iter().filter_map(|(stem, figure)| Some((stem.to_owned(), figure?))).collect()
}

/// English and Japanese.
type Words = [&'static str; 2];

const STARTUPS: Words = ["Startups alive", "存続しているスタートアップ"];
const COMPARED: Words = ["Startups alive, clusters compared", "存続しているスタートアップの地域比較"];
const EMPLOYEES: Words = ["People employed in life science", "ライフサイエンスの就業者"];
const JOBS: Words = ["Jobs at startups", "スタートアップの雇用"];
const CAPITAL: Words = ["Venture capital raised by startups", "スタートアップの資金調達"];
const PROGRAMMES: Words = ["Development programmes by stage", "段階別の開発プログラム"];
const APPROVALS: Words = ["Therapies approved", "承認された治療法"];
const MOVES: Words = ["Who gains people: arrivals minus departures", "人材の純流入(転入−転出)"];
const OWN_SCALE: Words = ["each panel has its own vertical scale", "縦軸は地域ごとに異なる"];
const STAGES: [(&str, Words); 5] = [
    ("programmes_review", ["Under review", "審査中"]),
    ("programmes_phase3", ["Phase 3", "第3相"]),
    ("programmes_phase2", ["Phase 2", "第2相"]),
    ("programmes_phase1", ["Phase 1", "第1相"]),
    ("programmes_preclinical", ["Preclinical", "前臨床"]),
];
const KINDS: [(&str, Words); 2] = [
    ("approvals_full", ["Full approval", "本承認"]),
    ("approvals_conditional", ["Conditional approval", "条件付承認"]),
];

impl GrowthInput {
    fn word(&self, words: &Words) -> &'static str {
        words[usize::from(self.language == Language::Japanese)]
    }

    /// Values of a metric in a cluster, as many as there are months; a missing one is NaN, so that it shows as a gap.
    fn values(&self, metric: &str, cluster: usize) -> Option<Vec<f64>> {
        let recorded = self.metrics.get(metric)?.get(cluster)?;
        Some((0..self.months).map(|month| recorded.get(month).copied().unwrap_or(f64::NAN)).collect())
    }

    /// As [`Self::in_reading_order`], for panels: a context cluster alone in its panel needs no dash of its own.
    fn in_panel_order(&self) -> Vec<(usize, &GrowthCluster, Look)> {
        let plain = |look| {
            if let Look::Context(_) = look { Look::Context(0) } else { look }
        };
        self.in_reading_order().into_iter().map(|(at, cluster, look)| (at, cluster, plain(look))).collect()
    }

    /// Clusters with their looks, focus clusters first, otherwise in the given order.
    fn in_reading_order(&self) -> Vec<(usize, &GrowthCluster, Look)> {
        let numbered = || self.clusters.iter().enumerate();
        let focus = numbered().filter(|(_, cluster)| cluster.focus).enumerate();
        let context = numbered().filter(|(_, cluster)| !cluster.focus).enumerate();
        let focus = focus.map(|(rank, (at, cluster))| (at, cluster, Look::Focus(rank)));
        focus.chain(context.map(|(rank, (at, cluster))| (at, cluster, Look::Context(rank)))).collect()
    }

    fn comma(&self) -> &'static str {
        self.word(&[", ", "、"])
    }

    /// First and last recorded year, for example `2024–2053`.
    fn years(&self) -> String {
        let months = i64::from(self.start.month.clamp(1, 12)) - 1 + self.months as i64;
        let (first, last) = (i64::from(self.start.year), i64::from(self.start.year) + (months - 1).max(0) / 12);
        match (self.language, first == last) {
            (Language::English, true) => first.to_string(),
            (Language::English, false) => format!("{first}–{last}"),
            (Language::Japanese, true) => format!("{first}年"),
            (Language::Japanese, false) => format!("{first}〜{last}年"),
        }
    }

    fn label(&self, value: f64, kind: ValueKind) -> String {
        value_label(value, kind, self.language)
    }

    fn figure(
        &self,
        words: &Words,
        what: &str,
        kind: ValueKind,
        drawing: Drawing,
        panels: Vec<Panel>,
    ) -> Option<Figure> {
        if panels.is_empty() || self.months == 0 {
            return None;
        }
        let mut figure = Figure::multiples(self.word(words), self.start, kind, drawing, panels);
        let separator = if self.language == Language::Japanese { "。" } else { "; " };
        let reservation = if figure.panels.len() > 1 { self.word(&OWN_SCALE) } else { "" };
        let what = format!("{what}{}{}", self.comma(), self.years());
        let parts = [what.as_str(), reservation].into_iter().filter(|part| !part.is_empty());
        figure.subtitle = parts.collect::<Vec<_>>().join(separator);
        figure.note.clone_from(&self.note);
        figure.language = self.language;
        Some(figure)
    }

    /// Turns a monthly figure into one of calendar years; `None` if no year is whole.
    fn by_year(&self, mut figure: Figure) -> Option<Figure> {
        let first = yearly_sums(self.start, &vec![0.0; self.months]);
        if first.sums.is_empty() {
            return None;
        }
        figure.step = Step::Year;
        figure.start = YearMonth { year: first.first_year, month: 1 };
        if first.partial_left_out {
            let words = self.word(&[" Years not wholly simulated are left out.", " 一部の月だけの年は除く。"]);
            figure.note = format!("{}{words}", figure.note.trim_end()).trim_start().to_owned();
        }
        Some(figure)
    }
}

/// One line per panel: a stock as recorded.
fn stock(input: &GrowthInput, metric: &str, words: &Words) -> Option<Figure> {
    let mut panels = Vec::new();
    for (at, cluster, look) in input.in_panel_order() {
        let values = input.values(metric, at)?;
        let remark = first_to_last(input, &values);
        panels.push(Panel {
            heading: cluster.label.clone(),
            remark,
            series: vec![Series::new(&cluster.label, values, look)],
        });
    }
    let what = input.word(&["Number at the end of each month", "各月末の数"]);
    let mut figure = input.figure(words, what, ValueKind::Count, Drawing::Lines, panels)?;
    figure.title = with_factors(input, words, &figure.panels);
    Some(figure)
}

fn first_to_last(input: &GrowthInput, values: &[f64]) -> String {
    let mut finite = values.iter().copied().filter(|value| value.is_finite());
    match (finite.next(), finite.next_back()) {
        (Some(first), Some(last)) => {
            format!("{} → {}", input.label(first, ValueKind::Count), input.label(last, ValueKind::Count))
        }
        (Some(only), None) => input.label(only, ValueKind::Count),
        _ => String::new(),
    }
}

/// The title with what the figure shows: by what factor each focus cluster has grown.
fn with_factors(input: &GrowthInput, words: &Words, panels: &[Panel]) -> String {
    let factor = |values: &[f64]| {
        let mut finite = values.iter().copied().filter(|value| value.is_finite());
        let (first, last) = (finite.next()?, finite.next_back()?);
        (first > 0.0 && last > 0.0).then(|| last / first)
    };
    let mut found = Vec::new();
    for panel in panels {
        let label = &panel.heading;
        let Some(line) = panel.series.first() else {
            continue;
        };
        // More than four clusters would make a list, not a title.
        if let (Look::Focus(0..4), Some(factor)) = (line.look, factor(&line.values)) {
            let factor = grouped(factor, if factor < 9.95 { 1 } else { 0 });
            found.push(match input.language {
                Language::English => format!("{label} ×{factor}"),
                Language::Japanese => format!("{label}{factor}倍"),
            });
        }
    }
    let title = input.word(words);
    if found.is_empty() {
        return title.to_owned();
    }
    match input.language {
        Language::English => format!("{title}: {}", found.join(", ")),
        Language::Japanese => format!("{title}:{}", found.join("、")),
    }
}

/// Bars of yearly sums of a monthly flow made by `flow` from the number of the cluster.
fn yearly_bars(
    input: &GrowthInput,
    words: &Words,
    what: &str,
    kind: ValueKind,
    flow: impl Fn(usize) -> Option<Vec<f64>>,
) -> Option<Figure> {
    let mut panels = Vec::new();
    for (at, cluster, look) in input.in_panel_order() {
        let sums = yearly_sums(input.start, &flow(at)?).sums;
        let total = sums.iter().filter(|sum| sum.is_finite()).fold(0.0, |total, sum| total + sum);
        let sign = if kind == ValueKind::Count && total > 0.0 { "+" } else { "" };
        let total = format!("{sign}{}", input.label(total, kind));
        let remark = match input.language {
            Language::English => format!("total {total}"),
            Language::Japanese => format!("計 {total}"),
        };
        panels.push(Panel {
            heading: cluster.label.clone(),
            remark,
            series: vec![Series::new(&cluster.label, sums, look)],
        });
    }
    input.by_year(input.figure(words, what, kind, Drawing::Bars, panels)?)
}

fn capital(input: &GrowthInput) -> Option<Figure> {
    let what = input.word(&["JPY in each calendar year", "暦年ごとの円"]);
    yearly_bars(input, &CAPITAL, what, ValueKind::Yen, |at| input.values("venture_raised_jpy", at))
}

fn net_moves(input: &GrowthInput) -> Option<Figure> {
    let what = input.word(&[
        "People in each calendar year (below zero: more leave than arrive)",
        "暦年ごとの人数(0未満は転出超過)",
    ]);
    yearly_bars(input, &MOVES, what, ValueKind::Count, |at| {
        let (arrivals, departures) = (input.values("moves_in", at)?, input.values("moves_out", at)?);
        Some(arrivals.iter().zip(&departures).map(|(came, left)| came - left).collect())
    })
}

/// Stacked areas: the parts of a whole in each cluster, as given by `values` from cluster and metric; `remark` makes
/// the words above a panel from the totals.
fn stacks(
    input: &GrowthInput,
    words: &Words,
    what: &str,
    parts: &[(&str, Words)],
    values: impl Fn(usize, &str) -> Option<Vec<f64>>,
    remark: impl Fn(&[f64]) -> String,
) -> Option<Figure> {
    let mut panels = Vec::new();
    for (at, cluster, _) in input.in_panel_order() {
        let mut series = Vec::new();
        for (index, (metric, name)) in parts.iter().enumerate() {
            let look = Look::Part { index, of: parts.len() };
            series.push(Series::new(input.word(name), values(at, metric)?, look));
        }
        let total: Vec<f64> =
            (0..input.months).map(|month| series.iter().fold(0.0, |total, part| total + part.values[month])).collect();
        panels.push(Panel { heading: cluster.label.clone(), remark: remark(&total), series });
    }
    input.figure(words, what, ValueKind::Count, Drawing::Areas, panels)
}

fn programmes(input: &GrowthInput) -> Option<Figure> {
    let what = input.word(&["Programmes under way at the end of each month", "各月末に進行中の件数"]);
    let values = |at, metric: &str| input.values(metric, at);
    stacks(input, &PROGRAMMES, what, &STAGES, values, |totals| first_to_last(input, totals))
}

fn approvals(input: &GrowthInput) -> Option<Figure> {
    let what = input.word(&["Cumulative number since the start", "開始以来の累計"]);
    let values = |at, metric: &str| {
        let monthly = input.values(metric, at)?;
        let running = monthly.iter().scan(0.0, |sum, &value| {
            // A month without a value must not hide all later ones.
            *sum += if value.is_finite() { value } else { 0.0 };
            Some(*sum)
        });
        Some(running.collect())
    };
    stacks(input, &APPROVALS, what, &KINDS, values, |totals| {
        totals.last().map_or(String::new(), |&last| input.label(last, ValueKind::Count))
    })
}

/// Lines of all clusters on one logarithmic axis, named where they end: for comparing levels and growth rates.
///
/// Clusters without any value above zero have no place on the axis; zero leaves a gap.
#[must_use]
pub fn comparison_figure(input: &GrowthInput, metric: &str, title: &str) -> Option<Figure> {
    let mut series = Vec::new();
    for (at, cluster, look) in input.in_reading_order() {
        series.push(Series::new(&cluster.label, input.values(metric, at)?, look));
    }
    // Grey lines first, so that they never cover the clusters the figure is about.
    series.reverse();
    let mut figure = Figure::lines(title, input.start, ValueKind::Count, series);
    let subtitle = ["Logarithmic scale: equal distances are equal ratios", "対数目盛(等しい間隔は等しい比率)"];
    figure.subtitle = format!("{}{}{}", input.word(&subtitle), input.comma(), input.years());
    figure.scale = Scale::Log;
    figure.note.clone_from(&input.note);
    let values = figure.panels.iter().flat_map(|panel| &panel.series).flat_map(|series| &series.values);
    if values.into_iter().any(|&value| value <= 0.0) {
        let words = input.word(&[" A line is interrupted where its value is zero.", " 値が0の月は線が途切れる。"]);
        figure.note = format!("{}{words}", figure.note.trim_end()).trim_start().to_owned();
    }
    figure.language = input.language;
    Some(figure)
}
