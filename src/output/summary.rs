//! Yearly and end-of-run figures by cluster: what `summary.json` holds and the terminal shows.

use serde_json::{Map, Value, json};

use crate::record::{Column, METRICS, MetricKind};
use crate::units::{CalendarMonth, Month};

use super::number::without_minus_zero;
use super::run::{ALL, RunResult};

/// The metrics that a reader asks for first, in this order.
pub const HEADLINE: &[&str] = &[
    "startups_alive",
    "startups_founded",
    "startups_failed",
    "exits_ipo",
    "exits_acquired",
    "employees",
    "employees_industry",
    "researchers",
    "venture_raised_jpy",
    "rounds_closed",
    "dry_powder_jpy",
    "public_cost_jpy",
    "programmes_active",
    "approvals_full",
    "approvals_conditional",
    "patients_treated",
    "ties_active",
    "knowledge_variety",
    "moves_in",
    "moves_out",
];

/// A value of a metric, in the metric's unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    /// Counts, persons and yen.
    Whole(i128),
    /// Indices.
    Real(f64),
}

/// The figures of one cluster, or of all.
#[derive(Debug, Clone, PartialEq)]
pub struct ClusterSummary {
    /// Id, or [`ALL`].
    pub id: String,
    /// Name for people.
    pub name: String,
    /// Whether the scenario is about this cluster; also true for [`ALL`].
    pub focus: bool,
    /// By entry of [`HEADLINE`].
    pub metrics: Vec<MetricSummary>,
}

/// One metric of one cluster.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricSummary {
    /// Stable name.
    pub name: &'static str,
    /// Level, flow or index.
    pub kind: MetricKind,
    /// First month's value.
    pub first: Number,
    /// Last month's value.
    pub last: Number,
    /// Sum over all months; `None` for levels and indices, which have no sum.
    pub total: Option<Number>,
    /// By calendar year: the sum of a flow, the last month's value of a level or index.
    pub yearly: Vec<Number>,
}

/// The figures of one replicate.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// Name of the scenario.
    pub scenario: String,
    /// Title of the scenario.
    pub title: String,
    /// Master seed.
    pub seed: u64,
    /// Replicate.
    pub replicate: u32,
    /// First and last month.
    pub span: (CalendarMonth, CalendarMonth),
    /// Months simulated.
    pub months: u16,
    /// Calendar years touched, each with the number of its months that were simulated.
    pub years: Vec<(i32, u16)>,
    /// Clusters in the order of the records, [`ALL`] last.
    pub clusters: Vec<ClusterSummary>,
}

impl Summary {
    /// The figures of a result.
    #[must_use]
    pub fn of(result: &RunResult) -> Self {
        let months = result.records.months;
        let mut years: Vec<(i32, u16)> = Vec::new();
        for month in 0..months {
            let year = result.date(Month(month)).year();
            match years.last_mut() {
                Some((last, count)) if *last == year => *count += 1,
                _ => years.push((year, 1)),
            }
        }
        let labels = result
            .clusters
            .iter()
            .map(|cluster| (cluster.id.as_str(), cluster.name.as_str(), cluster.focus))
            .chain([(ALL, "All clusters", true)]);
        let clusters = labels
            .enumerate()
            .map(|(row, (id, name, focus))| ClusterSummary {
                id: id.to_owned(),
                name: name.to_owned(),
                focus,
                metrics: if months == 0 { Vec::new() } else { metrics_of(result, row, &years) },
            })
            .collect();
        Self {
            scenario: result.scenario.name.to_owned(),
            title: result.scenario.title.to_owned(),
            seed: result.seed,
            replicate: result.replicate,
            span: (result.start, result.date(Month(months.saturating_sub(1)))),
            months,
            years,
            clusters,
        }
    }

    /// The document of `summary.json`; `outputs/README.md` describes it.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let clusters: Map<String, Value> =
            self.clusters.iter().map(|cluster| (cluster.id.clone(), cluster.to_json())).collect();
        json!({
            "scenario": self.scenario,
            "title": self.title,
            "seed": self.seed,
            "replicate": self.replicate,
            "start": self.span.0.to_string(),
            "end": self.span.1.to_string(),
            "months": self.months,
            "years": self.years.iter().map(|(year, _)| year).collect::<Vec<_>>(),
            "months_in_year": self.years.iter().map(|(_, months)| months).collect::<Vec<_>>(),
            "clusters": clusters,
        })
    }
}

impl ClusterSummary {
    /// The figures of a metric of [`HEADLINE`]; `None` for other names and for runs without a month.
    #[must_use]
    pub fn metric(&self, name: &str) -> Option<&MetricSummary> {
        self.metrics.iter().find(|metric| metric.name == name)
    }

    fn to_json(&self) -> Value {
        let metrics: Map<String, Value> = self
            .metrics
            .iter()
            .map(|metric| {
                let mut entry = Map::new();
                entry.insert("kind".to_owned(), json!(kind_name(metric.kind)));
                entry.insert("first".to_owned(), metric.first.to_json());
                entry.insert("last".to_owned(), metric.last.to_json());
                if let Some(total) = metric.total {
                    entry.insert("total".to_owned(), total.to_json());
                }
                entry.insert("yearly".to_owned(), metric.yearly.iter().map(|number| number.to_json()).collect());
                (metric.name.to_owned(), Value::Object(entry))
            })
            .collect();
        json!({ "name": self.name, "focus": self.focus, "metrics": metrics })
    }
}

impl Number {
    /// As a float, for charts and tables; whole numbers beyond 2^53 lose their last digits.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        match self {
            Self::Whole(value) => value as f64,
            Self::Real(value) => value,
        }
    }

    fn to_json(self) -> Value {
        match self {
            // A sum of yen that outgrows 64 bits is written as the nearest float rather than cut.
            Self::Whole(value) => i64::try_from(value).map_or_else(|_| json!(value as f64), |value| json!(value)),
            Self::Real(value) => json!(without_minus_zero(value)),
        }
    }
}

fn kind_name(kind: MetricKind) -> &'static str {
    match kind {
        MetricKind::Stock => "stock",
        MetricKind::Flow => "flow",
        MetricKind::Index => "index",
    }
}

/// The headline metrics of row `row` of each month.
fn metrics_of(result: &RunResult, row: usize, years: &[(i32, u16)]) -> Vec<MetricSummary> {
    let rows = result.clusters.len() + 1;
    HEADLINE
        .iter()
        .filter_map(|name| {
            let index = METRICS.iter().position(|metric| metric.name == *name)?;
            let (name, kind) = (METRICS[index].name, METRICS[index].kind);
            let values: Vec<Number> = match &result.records.columns[index] {
                Column::Integer(all) => {
                    all.iter().skip(row).step_by(rows).map(|value| Number::Whole(i128::from(*value))).collect()
                }
                Column::Float(all) => all.iter().skip(row).step_by(rows).map(|value| Number::Real(*value)).collect(),
            };
            let flow = kind == MetricKind::Flow;
            let mut from = 0;
            let yearly = years
                .iter()
                .map(|(_, months)| {
                    let year = &values[from..from + usize::from(*months)];
                    from += usize::from(*months);
                    if flow { sum(year) } else { year[year.len() - 1] }
                })
                .collect();
            Some(MetricSummary {
                name,
                kind,
                first: *values.first()?,
                last: *values.last()?,
                total: flow.then(|| sum(&values)),
                yearly,
            })
        })
        .collect()
}

/// Sum in the order of the months.
fn sum(values: &[Number]) -> Number {
    values.iter().fold(Number::Whole(0), |total, value| match (total, *value) {
        (Number::Whole(a), Number::Whole(b)) => Number::Whole(a + b),
        (a, b) => Number::Real(a.to_f64() + b.to_f64()),
    })
}
