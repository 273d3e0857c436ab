//! What the runs of a study say: every comparison that the report shows, made once from the stored runs.
//!
//! A *unit* is what is compared pair by pair: a replicate, or, where the study varies parameters, a future (design
//! point) with the mean of its replicates, since the replicates of one future are not independent of each other.

use serde_json::Value;

use crate::output::{ALL, StoredStudy};
use crate::record::{FLOW_KINDS, METRICS};
use crate::statistics::{
    BandRow, Better, Comparison, DEFAULT_METRICS, Layout, Look, Paired, Place, Rank, Ratio, Regret, Runs, Swing,
    WantedMetric, YearlyValues, best_first, ranks, ratio_of_means, regrets, swing, wanted_metrics,
};

use super::ReportError;
use super::history::{self, Observed};
use super::story::{Story, japanese_name};

/// A name in English and in Japanese.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) id: String,
    pub(super) en: String,
    /// Missing where nobody has given one.
    pub(super) ja: Option<String>,
}

/// Everything that can be shown.
pub(super) struct Evidence {
    pub(super) study: StoredStudy,
    pub(super) hindcast: Option<StoredStudy>,
    pub(super) story: Option<Story>,
    /// The baseline first.
    pub(super) scenarios: Vec<Name>,
    /// Clusters, then all of them.
    pub(super) rows: Vec<Name>,
    /// Rows of clusters that the study is about, then all.
    pub(super) focus: Vec<usize>,
    /// The metrics of the comparison.
    pub(super) layout: Layout,
    pub(super) comparison: Comparison,
    /// Every metric that the report speaks of, those of [`Self::layout`] first.
    pub(super) wide: Layout,
    runs: Runs,
    pub(super) bands: Vec<BandRow>,
    pub(super) past: Vec<(i32, BandRow)>,
    pub(super) observed: Vec<Observed>,
    look: Look,
    /// Units compared.
    pub(super) units: usize,
    /// Replicates left out because a run of theirs failed.
    pub(super) left_out: usize,
    /// What decides: metric, last year, cluster.
    pub(super) decision: Place,
    /// The policy that is best most often, as a place in `scenarios`.
    pub(super) preferred: usize,
    pub(super) second: Option<usize>,
    /// By scenario, at the decision.
    pub(super) ranks: Vec<Rank>,
    /// By scenario; empty with one future.
    pub(super) regrets: Vec<Regret>,
    /// The same by scenario and future.
    pub(super) regret_by_future: Vec<Vec<f64>>,
    /// By varied parameter: the preferred policy's difference where it is low and where it is high.
    pub(super) swings: Vec<(String, Swing)>,
}

/// Metrics whose course is worth a chart although no policy is compared by them.
const GROWTH: [&str; 4] = ["employees", "startups_alive", "organisations", "employees_industry"];
/// Metrics that say by which way an effect came.
pub(super) const CHANNELS: [&str; 16] = [
    "startups_founded",
    "startups_failed",
    "startups_alive",
    "employees_startups",
    "employees_industry",
    "rounds_closed",
    "venture_raised_jpy",
    "grants_paid_jpy",
    "programmes_active",
    "approvals",
    "patients_treated",
    "ties_formed",
    "moves_in",
    "moves_out",
    "entrants",
    "leavers",
];

impl Evidence {
    /// Compares what was stored. `decide` names metric and cluster, `employees@kobe`.
    pub(super) fn of(
        study: StoredStudy,
        hindcast: Option<StoredStudy>,
        story: Option<Story>,
        decide: Option<&str>,
    ) -> Result<Self, ReportError> {
        if study.scenarios.len() < 2 {
            return Err(ReportError::Study("it has one scenario, so there is nothing to compare".to_owned()));
        }
        let layout = study.layout(headline(&study)?);
        if layout.metrics.is_empty() || layout.years.is_empty() {
            return Err(ReportError::Study("it recorded no metric or no year".to_owned()));
        }
        let wide = study.layout(wide_metrics(&study, &layout)?);
        let gathered = Gathered::of(&study, &wide);
        if gathered.units < 2 {
            return Err(ReportError::Study(
                "it has fewer than two complete replicates, which give no interval".to_owned(),
            ));
        }
        let look = if study.manifest["until"].is_string() { Look::AfterEvery } else { Look::Once };
        let runs = gathered.runs;
        let narrow = runs.project(&wide, &layout);
        let comparison = Comparison::of(&layout, &narrow, look);
        let rows = rows_of(&study);
        let scenarios = scenarios_of(&study);
        let focus = focus_of(&study);
        let bands = Runs { baseline: runs.baseline.clone(), policies: Vec::new() }.bands(&wide);
        let observed = history::observed(&study);
        let past = hindcast.as_ref().map_or_else(Vec::new, |past| past_bands(past, &study, &wide));
        let decision = decision(&layout, &rows, decide)?;
        let mut evidence = Self {
            study,
            hindcast,
            story,
            scenarios,
            rows,
            focus,
            layout,
            comparison,
            wide,
            runs,
            bands,
            past,
            observed,
            look,
            units: gathered.units,
            left_out: gathered.left_out,
            decision,
            preferred: 1,
            second: None,
            ranks: Vec::new(),
            regrets: Vec::new(),
            regret_by_future: Vec::new(),
            swings: Vec::new(),
        };
        evidence.choose();
        evidence.look_into_futures(&gathered.by_future);
        Ok(evidence)
    }

    fn better(&self) -> Better {
        self.layout.metrics[self.decision.metric].better
    }

    /// Ranks the scenarios and finds the preferred policy and the second.
    fn choose(&mut self) {
        let options: Vec<Vec<f64>> =
            (0..self.scenarios.len()).map(|scenario| self.values(scenario, self.decision)).collect();
        self.ranks = ranks(&options, self.better());
        let order = best_first(&self.ranks);
        self.preferred = order[0];
        self.second = order.get(1).copied();
    }

    /// Regret and tornado need several futures.
    fn look_into_futures(&mut self, by_future: &[Vec<Vec<YearlyValues>>]) {
        if self.study.points < 2 {
            return;
        }
        let place = self.decision;
        let options: Vec<Vec<Vec<f64>>> = by_future
            .iter()
            .map(|futures| futures.iter().map(|runs| self.wide.gather(runs, place)).collect())
            .collect();
        self.regrets = regrets(&options, self.better());
        let sign = if self.better() == (Better::Higher) { 1.0 } else { -1.0 };
        let mean = |values: &Vec<f64>| sign * crate::statistics::Sample::of(values).mean;
        let futures = options.first().map_or(0, Vec::len);
        let best: Vec<f64> = (0..futures)
            .map(|future| options.iter().map(|option| mean(&option[future])).fold(f64::NEG_INFINITY, f64::max))
            .collect();
        self.regret_by_future = options
            .iter()
            .map(|option| option.iter().zip(&best).map(|(values, best)| best - mean(values)).collect())
            .collect();
        let (baseline, policy) = self.pair(self.preferred, place);
        let differences: Vec<f64> = policy.iter().zip(&baseline).map(|(policy, baseline)| policy - baseline).collect();
        let swings = self.study.varied.iter();
        let mut swings: Vec<(String, Swing)> = swings
            .filter(|(_, values)| values.len() == differences.len())
            .filter_map(|(path, values)| Some((path.clone(), swing(values, &differences)?)))
            .collect();
        swings.sort_by(|a, b| b.1.swing.abs().total_cmp(&a.1.swing.abs()).then(a.0.cmp(&b.0)));
        self.swings = swings;
    }

    /// Values of a scenario over the units.
    pub(super) fn values(&self, scenario: usize, place: Place) -> Vec<f64> {
        match scenario.checked_sub(1) {
            None => self.wide.gather(&self.runs.baseline, place),
            Some(policy) => self.wide.gather(&self.runs.policies[policy], place),
        }
    }

    fn pair(&self, scenario: usize, place: Place) -> (Vec<f64>, Vec<f64>) {
        (self.values(0, place), self.values(scenario, place))
    }

    fn paired(&self, from: &[f64], to: &[f64]) -> Paired {
        Paired::of(from, to, self.look, 0.95)
    }

    /// A policy less the baseline in any place of the wide layout.
    pub(super) fn difference(&self, scenario: usize, place: Place) -> Paired {
        let (baseline, policy) = self.pair(scenario, place);
        self.paired(&baseline, &policy)
    }

    /// The preferred policy less the second.
    pub(super) fn lead(&self) -> Option<Paired> {
        let second = self.second?;
        Some(self.paired(&self.values(second, self.decision), &self.values(self.preferred, self.decision)))
    }

    /// p-value of a difference after Holm's correction.
    pub(super) fn p_holm(&self, scenario: usize, place: Place) -> Option<f64> {
        Some(self.comparison.difference(scenario.checked_sub(1)?, place)?.p_holm)
    }

    /// Public money of all clusters for each additional unit of a metric.
    pub(super) fn cost(&self, scenario: usize, place: Place) -> Option<Ratio> {
        let money = self.wide.metric("public_cost_jpy")?;
        let paid = Place { metric: money, row: self.rows.len() - 1, ..place };
        let less = |(baseline, policy): (Vec<f64>, Vec<f64>)| -> Vec<f64> {
            policy.iter().zip(&baseline).map(|(policy, baseline)| policy - baseline).collect()
        };
        let multiplier = self.look.multiplier(self.units, 0.95);
        Some(ratio_of_means(&less(self.pair(scenario, paid)), &less(self.pair(scenario, place)), multiplier))
    }

    /// A yearly flow between two clusters: the scenario against the baseline; `None` without flows.
    pub(super) fn flow(&self, scenario: usize, kind: usize, from: usize, to: usize) -> Option<Paired> {
        let clusters = self.study.clusters.len();
        let at = (kind * clusters + from) * clusters + to;
        let years = f64::from(self.study.months) / 12.0;
        let values = |scenario: usize| -> Option<Vec<f64>> {
            Some(self.study.flows.get(scenario)?.iter().map(|totals| totals[at] / years).collect())
        };
        let (baseline, policy) = (values(0)?, values(scenario)?);
        Some(Paired::of(&baseline, &policy, self.look, 0.95))
    }

    pub(super) fn flow_kind(name: &str) -> Option<usize> {
        FLOW_KINDS.iter().position(|kind| *kind == name)
    }

    /// The band of the baseline in a place of the wide layout.
    pub(super) fn band(&self, place: Place) -> Option<&BandRow> {
        // In the order of the places: year by year, in each row by row, in each metric by metric.
        self.bands.get((place.year * self.wide.rows + place.row) * self.wide.metrics.len() + place.metric)
    }

    /// What the hindcast says of a year before the start.
    pub(super) fn past(&self, metric: usize, row: usize, year: i32) -> Option<&BandRow> {
        let found =
            self.past.iter().find(|(at, band)| *at == year && (band.place.metric, band.place.row) == (metric, row));
        found.map(|(_, band)| band)
    }

    /// Places of the last year.
    pub(super) fn last_year(&self) -> usize {
        self.layout.years.len() - 1
    }

    /// Yen for a US dollar by the scenario's own rate; `None` if it states none.
    pub(super) fn yen_per_dollar(&self) -> Option<f64> {
        let resolved = self.study.manifest["scenario"]["resolved"].as_object()?;
        let rates = resolved.iter().filter(|(path, _)| path.starts_with("rate.USD-") && path.ends_with(".jpy"));
        rates.map(|(_, entry)| entry["value"].as_f64()).next_back()?
    }
}

/// What is compared: names in the manifest of a comparison, else what is usually compared, as far as it was recorded.
fn headline(study: &StoredStudy) -> Result<Vec<WantedMetric>, ReportError> {
    let named: Vec<String> = study.manifest["metrics"]
        .as_array()
        .map(|names| names.iter().filter_map(Value::as_str).map(str::to_owned).collect())
        .unwrap_or_default();
    let usual: Vec<String> = DEFAULT_METRICS.iter().map(|name| (*name).to_owned()).collect();
    let all: Vec<String> = METRICS.iter().map(|metric| metric.name.to_owned()).collect();
    for names in [named, usual, all] {
        let metrics = recorded(study, &names)?;
        if !metrics.is_empty() {
            return Ok(metrics);
        }
    }
    Ok(Vec::new())
}

fn recorded(study: &StoredStudy, names: &[String]) -> Result<Vec<WantedMetric>, ReportError> {
    let mut metrics = wanted_metrics(names).map_err(ReportError::Study)?;
    metrics.retain(|metric| metric.columns().iter().all(|column| study.has(*column)));
    Ok(metrics)
}

fn wide_metrics(study: &StoredStudy, layout: &Layout) -> Result<Vec<WantedMetric>, ReportError> {
    let names: Vec<String> = layout
        .metrics
        .iter()
        .map(|metric| metric.name.clone())
        .chain(GROWTH.into_iter().chain(CHANNELS).map(str::to_owned))
        .collect();
    recorded(study, &names)
}

/// Everything that was recorded, approvals of both kinds together first.
pub(super) fn every_metric(study: &StoredStudy) -> Result<Vec<WantedMetric>, ReportError> {
    let names = std::iter::once("approvals").chain(METRICS.iter().map(|metric| metric.name));
    recorded(study, &names.map(str::to_owned).collect::<Vec<_>>())
}

/// Runs by unit, and by future for regrets.
pub(super) struct Gathered {
    pub(super) runs: Runs,
    by_future: Vec<Vec<Vec<YearlyValues>>>,
    pub(super) units: usize,
    left_out: usize,
}

impl Gathered {
    pub(super) fn of(study: &StoredStudy, layout: &Layout) -> Self {
        let scenarios = study.scenarios.len();
        let mut by_future = vec![Vec::new(); scenarios];
        let mut left_out = 0;
        for point in 0..study.points {
            let mut complete: Vec<Vec<YearlyValues>> = vec![Vec::new(); scenarios];
            for replicate in 0..study.replicates {
                let runs: Option<Vec<YearlyValues>> =
                    (0..scenarios).map(|scenario| study.run(layout, scenario, point, replicate)).collect();
                match runs {
                    None => left_out += 1,
                    Some(runs) => complete.iter_mut().zip(runs).for_each(|(all, run)| all.push(run)),
                }
            }
            by_future.iter_mut().zip(complete).for_each(|(all, runs)| all.push(runs));
        }
        let mut units: Vec<Vec<YearlyValues>> = by_future
            .iter()
            .map(|futures| match futures.as_slice() {
                [one] => one.clone(),
                many => many.iter().filter_map(|runs| layout.mean_run(runs)).collect(),
            })
            .collect();
        let count = units.iter().map(Vec::len).min().unwrap_or(0);
        let baseline = units.remove(0);
        Self { runs: Runs { baseline, policies: units }, by_future, units: count, left_out }
    }
}

fn scenarios_of(study: &StoredStudy) -> Vec<Name> {
    let text = |value: &Value| value.as_str().filter(|text| !text.trim().is_empty()).map(str::to_owned);
    let manifest = &study.manifest;
    let names = study.scenarios.iter().enumerate();
    names
        .map(|(at, id)| {
            let (en, ja) = match at.checked_sub(1) {
                None => (text(&manifest["scenario"]["title"]), text(&manifest["scenario"]["title_ja"])),
                Some(policy) => {
                    let entry = &manifest["policies"][policy];
                    (text(&entry["policy_title"]), text(&entry["policy_title_ja"]))
                }
            };
            Name { id: id.clone(), en: en.unwrap_or_else(|| id.clone()), ja }
        })
        .collect()
}

fn rows_of(study: &StoredStudy) -> Vec<Name> {
    let resolved = &study.manifest["scenario"]["resolved"];
    let mut rows: Vec<Name> = study
        .clusters
        .iter()
        .map(|cluster| {
            let ja = japanese_name(resolved, &cluster.id).map(str::to_owned);
            Name { id: cluster.id.clone(), en: cluster.name.clone(), ja }
        })
        .collect();
    let all = super::words::find("cluster.all");
    rows.push(Name {
        id: ALL.to_owned(),
        en: all.map_or_else(|| ALL.to_owned(), |words| words.en.clone()),
        ja: all.map(|words| words.ja.clone()),
    });
    rows
}

fn focus_of(study: &StoredStudy) -> Vec<usize> {
    let any = study.clusters.iter().any(|cluster| cluster.focus);
    let mut rows: Vec<usize> = (0..study.clusters.len()).filter(|row| !any || study.clusters[*row].focus).collect();
    rows.push(study.clusters.len());
    rows
}

fn decision(layout: &Layout, rows: &[Name], decide: Option<&str>) -> Result<Place, ReportError> {
    let year = layout.years.len() - 1;
    let Some(text) = decide else { return Ok(Place { metric: 0, year, row: rows.len() - 1 }) };
    let (metric, cluster) = text.split_once('@').unwrap_or((text, ALL));
    let names: Vec<&str> = layout.metrics.iter().map(|metric| metric.name.as_str()).collect();
    let Some(metric) = layout.metric(metric.trim()) else {
        return Err(ReportError::Decision(format!("{text}: the study compares {}", names.join(", "))));
    };
    let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    let Some(row) = ids.iter().position(|id| *id == cluster.trim()) else {
        return Err(ReportError::Decision(format!("{text}: the study has the clusters {}", ids.join(", "))));
    };
    Ok(Place { metric, year, row })
}

/// Bands of the hindcast's first scenario in the years before the study begins, in the rows of the study.
fn past_bands(past: &StoredStudy, study: &StoredStudy, wide: &Layout) -> Vec<(i32, BandRow)> {
    let known = wide.metrics.iter().filter(|metric| metric.columns().iter().all(|column| past.has(*column)));
    let layout = past.layout(known.filter(|metric| !metric.cumulated).cloned().collect());
    let runs = (0..past.points).flat_map(|point| (0..past.replicates).map(move |replicate| (point, replicate)));
    let baseline: Vec<YearlyValues> =
        runs.filter_map(|(point, replicate)| past.run(&layout, 0, point, replicate)).collect();
    if baseline.is_empty() || layout.metrics.is_empty() {
        return Vec::new();
    }
    let first = study.start.year();
    let bands = Runs { baseline, policies: Vec::new() }.bands(&layout);
    let moved = bands.into_iter().filter_map(|mut band| {
        let year = layout.years[band.place.year].0;
        let id = past.clusters.get(band.place.row).map_or(ALL, |cluster| cluster.id.as_str());
        let row = study.clusters.iter().position(|cluster| cluster.id == id)?;
        band.place.metric = wide.metric(&layout.metrics[band.place.metric].name)?;
        band.place.row = row;
        (year < first).then_some((year, band))
    });
    moved.collect()
}

/// Whether a metric's values are money.
pub(super) fn is_yen(metric: &WantedMetric) -> bool {
    metric.unit == "JPY"
}
