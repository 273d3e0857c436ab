//! The values of a run that a comparison keeps: by calendar year, row and metric, a few kilobytes of several megabytes.

use crate::math::sum_in_order;
use crate::record::{Column, METRICS, MetricKind, Records, column};
use crate::study::{PlannedScenario, Recording, Resolution, Rows};
use crate::units::CalendarMonth;

use super::sample::Sample;

/// What a comparison looks at if nothing else is asked for.
pub const DEFAULT_METRICS: [&str; 6] =
    ["employees", "startups_alive", "venture_raised_jpy", "approvals", "patients_treated", "public_cost_jpy"];

/// Which direction of a metric is welcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Better {
    /// More is better.
    Higher,
    /// Less is better: costs, failures, withdrawals, departures.
    Lower,
}

/// A metric as a comparison sees it: levels and indices at the end of the year, flows added up since the first month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedMetric {
    /// Name of the column of the records; `approvals` is full and conditional approvals together.
    pub name: String,
    /// Unit of the values.
    pub unit: &'static str,
    /// Whether values are sums since the first month.
    pub cumulated: bool,
    /// The welcome direction.
    pub better: Better,
    /// Places in [`METRICS`] that are added.
    columns: Vec<usize>,
}

impl WantedMetric {
    /// Places in [`METRICS`] that are added.
    #[must_use]
    pub fn columns(&self) -> &[usize] {
        &self.columns
    }
}

/// The metrics of these names.
///
/// # Errors
/// A message that names the metric that does not exist and the one that was probably meant.
pub fn wanted_metrics<S: AsRef<str>>(names: &[S]) -> Result<Vec<WantedMetric>, String> {
    let mut wanted: Vec<WantedMetric> = Vec::new();
    for name in names.iter().map(AsRef::as_ref) {
        let metric = wanted_metric(name).ok_or_else(|| unknown_metric(name))?;
        if !wanted.contains(&metric) {
            wanted.push(metric);
        }
    }
    Ok(wanted)
}

fn wanted_metric(name: &str) -> Option<WantedMetric> {
    const LOWER: [&str; 5] = ["public_cost_jpy", "startups_failed", "approvals_withdrawn", "moves_out", "leavers"];
    let columns = match name {
        "approvals" => vec![column("approvals_full"), column("approvals_conditional")],
        _ => vec![METRICS.iter().position(|metric| metric.name == name)?],
    };
    let first = &METRICS[columns[0]];
    let better = if LOWER.contains(&name) { Better::Lower } else { Better::Higher };
    Some(WantedMetric {
        name: name.to_owned(),
        unit: first.unit,
        cumulated: first.kind == MetricKind::Flow,
        better,
        columns,
    })
}

fn unknown_metric(name: &str) -> String {
    let names = METRICS.iter().map(|metric| metric.name).chain(["approvals"]);
    let near = names
        .map(|known| (strsim::jaro_winkler(name, known), known))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    let meant =
        near.map_or_else(|| "metrics.toml of any result lists them".to_owned(), |n| format!("did you mean `{}`?", n.1));
    format!("there is no metric `{name}`; {meant}")
}

/// Where a value stands: which metric, year and row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Place in [`Layout::metrics`].
    pub metric: usize,
    /// Place in [`Layout::years`].
    pub year: usize,
    /// Row of the records: a cluster, or the last row for all of them.
    pub row: usize,
}

/// What is kept of every run, and in which order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// Metrics.
    pub metrics: Vec<WantedMetric>,
    /// Calendar years, each with its last simulated month, counted from 0.
    pub years: Vec<(i32, u16)>,
    /// Rows of a month of the records, the row of all clusters included.
    pub rows: usize,
}

/// The kept values of one run, in the order of [`Layout::places`].
#[derive(Debug, Clone, PartialEq)]
pub struct YearlyValues(Vec<f64>);

impl YearlyValues {
    /// The mean of the values of several runs, place by place.
    ///
    /// # Panics
    /// If there are none.
    #[must_use]
    pub fn mean(runs: &[Self]) -> Self {
        if let [only] = runs {
            return only.clone();
        }
        let places = 0..runs[0].0.len();
        let mean = |place: usize| {
            let values: Vec<f64> = runs.iter().map(|run| run.0[place]).collect();
            sum_in_order(&values) / values.len() as f64
        };
        Self(places.map(mean).collect())
    }
}

impl Layout {
    /// The layout for runs of `months` months from `start` with so many rows in a month.
    #[must_use]
    pub fn new(metrics: Vec<WantedMetric>, start: CalendarMonth, months: u16, rows: usize) -> Self {
        let mut years: Vec<(i32, u16)> = Vec::new();
        for month in 0..months {
            let year = start.plus(i32::from(month)).year();
            match years.last_mut() {
                Some(last) if last.0 == year => last.1 = month,
                _ => years.push((year, month)),
            }
        }
        Self { metrics, years, rows }
    }

    /// Every place: year by year, in each row by row, in each metric by metric.
    pub fn places(&self) -> impl Iterator<Item = Place> + '_ {
        (0..self.years.len()).flat_map(move |year| {
            (0..self.rows).flat_map(move |row| (0..self.metrics.len()).map(move |metric| Place { metric, year, row }))
        })
    }

    /// The place of a metric by name.
    #[must_use]
    pub fn metric(&self, name: &str) -> Option<usize> {
        self.metrics.iter().position(|metric| metric.name == name)
    }

    /// The place of a calendar year.
    #[must_use]
    pub fn year(&self, year: i32) -> Option<usize> {
        self.years.iter().position(|(known, _)| *known == year)
    }

    /// Takes from the records of a run what is kept of it.
    ///
    /// # Panics
    /// If the records have other rows or fewer months than the layout.
    #[must_use]
    pub fn keep(&self, records: &Records) -> YearlyValues {
        assert_eq!(records.clusters + 1, self.rows, "records and layout have different clusters");
        let ends: Vec<u16> = (0..records.months).collect();
        self.kept(&ends, &|source| &records.columns[source])
    }

    /// The layout of what a study records of a scenario.
    #[must_use]
    pub fn of_recorded(metrics: Vec<WantedMetric>, scenario: &PlannedScenario, resolution: Resolution) -> Self {
        let all = Self::new(metrics, scenario.start, scenario.months, scenario.clusters.list.len() + 1);
        let first = if resolution == Resolution::End { all.years.len().saturating_sub(1) } else { 0 };
        Self { years: all.years[first..].to_vec(), ..all }
    }

    /// Takes from a recorded cell what is kept of it; the metrics have to be among the recorded.
    ///
    /// # Panics
    /// If a metric of the layout was not recorded, or the rows are not those of the scenario.
    #[must_use]
    pub fn keep_rows(&self, rows: &Rows, scenario: &PlannedScenario, recorded: &Recording) -> YearlyValues {
        let periods = recorded.resolution.periods(scenario.start, scenario.months);
        let ends: Vec<u16> = periods.iter().map(|period| (period.end - 1) as u16).collect();
        let at = |source: usize| recorded.metrics.iter().position(|column| *column == source);
        self.kept(&ends, &|source| match at(source) {
            Some(at) => &rows.columns[at],
            None => panic!("{} was not recorded", METRICS[source].name),
        })
    }

    /// Gathers the values at the end of every year from columns whose rows end in these months.
    fn kept<'a>(&self, ends: &[u16], column: &dyn Fn(usize) -> &'a Column) -> YearlyValues {
        let mut kept = vec![0.0; self.years.len() * self.rows * self.metrics.len()];
        for (at, metric) in self.metrics.iter().enumerate() {
            for source in &metric.columns {
                for row in 0..self.rows {
                    let values = self.series(column(*source), row, metric.cumulated, ends);
                    for (year, value) in values.into_iter().enumerate() {
                        kept[self.index(Place { metric: at, year, row })] += value;
                    }
                }
            }
        }
        YearlyValues(kept)
    }

    /// A row of a column at the end of every year; `ends` are the months in which its values end.
    fn series(&self, column: &Column, row: usize, cumulated: bool, ends: &[u16]) -> Vec<f64> {
        let (mut next, mut whole, mut real) = (0, 0_i128, 0.0);
        let mut values = Vec::with_capacity(self.years.len());
        for (_, last) in &self.years {
            while next < ends.len() && ends[next] <= *last {
                let at = next * self.rows + row;
                match column {
                    Column::Integer(all) if cumulated => whole += i128::from(all[at]),
                    Column::Integer(all) => whole = i128::from(all[at]),
                    Column::Float(all) if cumulated => real += all[at],
                    Column::Float(all) => real = all[at],
                }
                next += 1;
            }
            values.push(whole as f64 + real);
        }
        values
    }

    /// The kept values of a run of which each year is known already: `value` is asked for a place in [`METRICS`], a
    /// year and a row, and gives the sum of a flow over that year, or the level at its end.
    #[must_use]
    pub fn keep_yearly(&self, value: impl Fn(usize, usize, usize) -> f64) -> YearlyValues {
        let mut kept = vec![0.0; self.years.len() * self.rows * self.metrics.len()];
        for (at, metric) in self.metrics.iter().enumerate() {
            for source in &metric.columns {
                for row in 0..self.rows {
                    let mut sum = 0.0;
                    for year in 0..self.years.len() {
                        let here = value(*source, year, row);
                        sum = if metric.cumulated { sum + here } else { here };
                        kept[self.index(Place { metric: at, year, row })] += sum;
                    }
                }
            }
        }
        YearlyValues(kept)
    }

    /// The value of a run in a place.
    #[must_use]
    pub fn value(&self, run: &YearlyValues, place: Place) -> f64 {
        run.0[self.index(place)]
    }

    /// The values of a run in another layout of the same years and rows; NaN for metrics that were not kept.
    #[must_use]
    pub fn project(&self, run: &YearlyValues, to: &Self) -> YearlyValues {
        let metrics: Vec<Option<usize>> = to.metrics.iter().map(|metric| self.metric(&metric.name)).collect();
        let kept = to.places().map(|place| match metrics[place.metric] {
            Some(metric) => self.value(run, Place { metric, ..place }),
            None => f64::NAN,
        });
        YearlyValues(kept.collect())
    }

    /// Means over several runs, place by place; `None` of no runs.
    #[must_use]
    pub fn mean_run(&self, runs: &[YearlyValues]) -> Option<YearlyValues> {
        let first = runs.first()?;
        let means = (0..first.0.len()).map(|at| {
            let values: Vec<f64> = runs.iter().map(|run| run.0[at]).collect();
            Sample::of(&values).mean
        });
        Some(YearlyValues(means.collect()))
    }

    fn index(&self, place: Place) -> usize {
        (place.year * self.rows + place.row) * self.metrics.len() + place.metric
    }

    /// One place over many runs, in their order.
    #[must_use]
    pub fn gather(&self, runs: &[YearlyValues], place: Place) -> Vec<f64> {
        let index = self.index(place);
        runs.iter().map(|run| run.0[index]).collect()
    }
}
