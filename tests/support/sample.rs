//! A small made-up result: three clusters, thirty months, every kind of value.

use serde_json::{Value, json};
use trihelix::output::{ClusterLabel, InputFile, NamedFile, Role, RunResult, ScenarioFacts};
use trihelix::record::{Cause, Column, Event, EventKind, FlowKind, Flows, METRICS, MetricKind, Records};
use trihelix::scenario::spec::ClusterId;
use trihelix::units::{CalendarMonth, Month, Yen};

/// Owns what a [`RunResult`] borrows.
pub struct Sample {
    pub start: CalendarMonth,
    pub clusters: Vec<ClusterLabel>,
    pub records: Records,
    pub events: Vec<Event>,
    pub flows: Flows,
    pub figures: Vec<NamedFile>,
    resolved: Value,
    inputs: Vec<InputFile>,
    overrides: Vec<String>,
}

impl Sample {
    /// Thirty months from January 2024 of Osaka, Kobe and Boston.
    pub fn small() -> Self {
        let labels = [(2, "osaka", "Osaka"), (0, "kobe", "Kobe"), (1, "boston", "Boston")];
        let clusters: Vec<ClusterLabel> = labels
            .map(|(row, id, name)| ClusterLabel {
                row: ClusterId(row),
                id: id.to_owned(),
                name: name.to_owned(),
                focus: id != "boston",
            })
            .into();
        let months = 30;
        let rows = usize::from(months) * (clusters.len() + 1);
        let columns = METRICS
            .iter()
            .enumerate()
            .map(|(index, metric)| match metric.kind {
                MetricKind::Index => Column::Float((0..rows).map(|row| row as f64 / 8.0 + 0.1).collect()),
                _ => Column::Integer((0..rows).map(|row| value(index, row)).collect()),
            })
            .collect();
        Self {
            start: CalendarMonth::new(2024, 1).unwrap(),
            records: Records { months, clusters: clusters.len(), columns },
            clusters,
            events: events(),
            flows: Flows {
                entries: vec![
                    (Month(0), FlowKind::People, ClusterId(0), ClusterId(1), 3),
                    (Month(4), FlowKind::Capital, ClusterId(1), ClusterId(2), 2_500_000_000),
                ],
            },
            figures: vec![("growth.svg".to_owned(), b"<svg></svg>".to_vec())],
            resolved: json!({ "labour": { "entry_age": 27.0 } }),
            inputs: vec![InputFile {
                name: "sample.toml".to_owned(),
                digest: "00".to_owned(),
                role: Role::Base,
                copy: "inputs/sample/sample.toml".to_owned(),
                text: "schema = 1\n".to_owned(),
            }],
            overrides: vec!["finance.cold_supply=0.5".to_owned()],
        }
    }

    /// The result as the writer wants it.
    pub fn result(&self) -> RunResult<'_> {
        RunResult {
            scenario: ScenarioFacts { name: "sample", title: "A sample", digest: "ab", resolved: &self.resolved },
            verb: "run",
            behaviour: 1,
            seed: 7,
            replicate: 0,
            inputs: &self.inputs,
            overrides: &self.overrides,
            start: self.start,
            clusters: &self.clusters,
            records: &self.records,
            events: &self.events,
            flows: &self.flows,
            chain: &[[7; 32]; 30],
            state_digest: [7; 32],
            branch: None,
            figures: &self.figures,
        }
    }

    /// A whole metric in a month, in the `row`-th cluster of the records.
    pub fn whole(&self, metric: &str, month: usize, row: usize) -> i64 {
        let index = METRICS.iter().position(|other| other.name == metric).unwrap();
        match &self.records.columns[index] {
            Column::Integer(values) => values[month * (self.clusters.len() + 1) + row],
            Column::Float(_) => panic!("{metric} is not whole"),
        }
    }
}

/// Some number that differs from cell to cell; yen exceed 32 bits.
fn value(metric: usize, row: usize) -> i64 {
    let scale = if METRICS[metric].unit == "JPY" { 1_000_000_007 } else { 1 };
    (row as i64 * 3 + metric as i64) * scale
}

fn events() -> Vec<Event> {
    vec![
        Event {
            month: Month(0),
            kind: EventKind::Intervention,
            actor: "matching fund".into(),
            partner: "".into(),
            cluster: None,
            partner_cluster: None,
            amount: Yen(0),
            cause: Cause { reason: "dated event", value: f64::NAN },
        },
        Event {
            month: Month(13),
            kind: EventKind::RoundFailed,
            actor: "心臓再生 \"1\"".into(),
            partner: "Fund, of funds".into(),
            cluster: Some(ClusterId(2)),
            partner_cluster: Some(ClusterId(1)),
            amount: Yen(-5_000_000_000),
            cause: Cause { reason: "score below the hurdle", value: -0.0 },
        },
    ]
}
