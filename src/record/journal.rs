//! The journal: what the phases of a month report while it happens.

use serde::{Deserialize, Serialize};

use crate::canonical;
use crate::record::table::{Cause, Column, Event, EventKind, FlowKind, Flows, METRICS, MetricKind, Records};
use crate::scenario::spec::ClusterId;
use crate::units::{Month, Yen};
use crate::world::organisation::Org;

const FLOWS: usize = 5;

/// Place of a metric in [`METRICS`], found when the program is compiled.
///
/// # Panics
/// At compile time, if there is no such metric.
#[must_use]
pub const fn column(name: &str) -> usize {
    let mut ix = 0;
    while ix < METRICS.len() {
        if same(METRICS[ix].name, name) {
            return ix;
        }
        ix += 1;
    }
    panic!("no such metric");
}

/// [`column`] of a name that is written out, found when the program is compiled wherever it stands.
macro_rules! known_column {
    ($name:literal) => {
        const { $crate::record::column($name) }
    };
}
pub(crate) use known_column as column;

const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut ix = 0;
    while ix < a.len() {
        if a[ix] != b[ix] {
            return false;
        }
        ix += 1;
    }
    true
}

/// Everything reported so far.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Journal {
    /// Metrics of the closed months.
    pub records: Records,
    /// Events, in the order in which they happened.
    pub events: Vec<Event>,
    /// Flows of the closed months.
    pub flows: Flows,
    /// This month's values: cluster (the last is `all`) by metric.
    values: Vec<i64>,
    indices: Vec<f64>,
    /// This month's matrices: kind, from, to.
    matrix: Vec<i64>,
    clusters: usize,
    /// Whether nobody will read the log.
    #[serde(skip)]
    silent: bool,
}

impl Journal {
    /// An empty journal for so many clusters.
    #[must_use]
    pub fn new(clusters: usize) -> Self {
        let columns = METRICS
            .iter()
            .map(|metric| match metric.kind {
                MetricKind::Index => Column::Float(Vec::new()),
                MetricKind::Stock | MetricKind::Flow => Column::Integer(Vec::new()),
            })
            .collect();
        Self {
            records: Records { months: 0, clusters, columns },
            events: Vec::new(),
            flows: Flows::default(),
            values: vec![0; (clusters + 1) * METRICS.len()],
            indices: vec![0.0; (clusters + 1) * METRICS.len()],
            matrix: vec![0; FLOWS * clusters * clusters],
            clusters,
            silent: false,
        }
    }

    /// Adds to a cluster's metric and to that of all clusters together.
    #[inline]
    pub fn count(&mut self, metric: usize, cluster: ClusterId, amount: i64) {
        self.count_local(metric, cluster, amount);
        self.count_all(metric, amount);
    }

    /// Adds to a cluster's metric only: for what the row `all` counts otherwise.
    #[inline]
    pub fn count_local(&mut self, metric: usize, cluster: ClusterId, amount: i64) {
        self.values[usize::from(cluster.0) * METRICS.len() + metric] += amount;
    }

    /// Adds to the metric of all clusters together only.
    #[inline]
    pub fn count_all(&mut self, metric: usize, amount: i64) {
        self.values[self.clusters * METRICS.len() + metric] += amount;
    }

    /// Adds to the metric of both clusters of a pair, once where they are one, and once to that of all together.
    #[inline]
    pub fn count_pair(&mut self, metric: usize, a: ClusterId, b: ClusterId, amount: i64) {
        self.count_local(metric, a, amount);
        if b != a {
            self.count_local(metric, b, amount);
        }
        self.count_all(metric, amount);
    }

    /// Sets an index of a cluster (or of `all`, the row after the last cluster).
    pub fn set_index(&mut self, metric: usize, row: usize, value: f64) {
        self.indices[row * METRICS.len() + metric] = value;
    }

    /// Adds to a flow between clusters.
    #[inline]
    pub fn flow(&mut self, kind: FlowKind, from: ClusterId, to: ClusterId, amount: i64) {
        let row = kind as usize * self.clusters + usize::from(from.0);
        self.matrix[row * self.clusters + usize::from(to.0)] += amount;
    }

    /// Keeps no log from now on: for whoever asks for figures only. Nothing else changes.
    pub fn keep_no_log(&mut self) {
        self.silent = true;
        self.events = Vec::new();
    }

    /// Logs an event.
    pub fn log(&mut self, event: impl FnOnce() -> Event) {
        if !self.silent {
            self.events.push(event());
        }
    }

    /// Logs what happened to an organisation.
    #[expect(clippy::too_many_arguments, reason = "one call is one row of the event log, column by column")]
    pub fn event(
        &mut self,
        month: Month,
        kind: EventKind,
        actor: &Org,
        partner: Option<&Org>,
        amount: Yen,
        reason: &'static str,
        value: f64,
    ) {
        self.log(|| Event {
            month,
            kind,
            actor: actor.name.clone(),
            partner: partner.map(|org| org.name.clone()).unwrap_or_default(),
            cluster: Some(actor.cluster),
            partner_cluster: partner.map(|org| org.cluster),
            amount,
            cause: Cause { reason, value },
        });
    }

    /// Closes a month: its values become rows.
    pub fn close(&mut self, month: Month) {
        for row in 0..=self.clusters {
            for (metric, column) in self.records.columns.iter_mut().enumerate() {
                let at = row * METRICS.len() + metric;
                match column {
                    Column::Integer(values) => values.push(self.values[at]),
                    Column::Float(values) => values.push(self.indices[at]),
                }
            }
        }
        for (at, amount) in self.matrix.iter().enumerate() {
            if *amount != 0 {
                let kind = KINDS[at / (self.clusters * self.clusters)];
                let from = ClusterId((at / self.clusters % self.clusters) as u16);
                let to = ClusterId((at % self.clusters) as u16);
                self.flows.entries.push((month, kind, from, to, *amount));
            }
        }
        self.values.fill(0);
        self.indices.fill(0.0);
        self.matrix.fill(0);
        self.records.months += 1;
    }

    /// This month's values as bytes, for the digest.
    pub fn bytes_into(&self, bytes: &mut Vec<u8>) {
        canonical::words_into(self.values.iter().map(|value| *value as u64), bytes);
        canonical::words_into(self.indices.iter().map(|index| index.to_bits()), bytes);
        canonical::words_into(self.matrix.iter().map(|amount| *amount as u64), bytes);
    }
}

const KINDS: [FlowKind; FLOWS] =
    [FlowKind::People, FlowKind::Capital, FlowKind::Ties, FlowKind::Licences, FlowKind::Trials];
