//! What writing a result costs: thirty years of nine clusters, a hundred thousand events.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use serde_json::json;
use trihelix::output::{ClusterLabel, RunResult, ScenarioFacts, run_files};
use trihelix::record::{Cause, Column, Event, EventKind, FlowKind, Flows, METRICS, MetricKind, Records};
use trihelix::scenario::spec::ClusterId;
use trihelix::units::{CalendarMonth, Month, Yen};

const MONTHS: u16 = 360;
const CLUSTERS: u16 = 8;
const EVENTS: usize = 100_000;

fn records() -> Records {
    let rows = usize::from(MONTHS) * (usize::from(CLUSTERS) + 1);
    let columns = METRICS
        .iter()
        .enumerate()
        .map(|(metric, about)| match about.kind {
            MetricKind::Index => Column::Float((0..rows).map(|row| row as f64 / 7.0).collect()),
            _ => Column::Integer((0..rows).map(|row| ((row * 7919 + metric * 104_729) % 50_021) as i64).collect()),
        })
        .collect();
    Records { months: MONTHS, clusters: usize::from(CLUSTERS), columns }
}

fn events() -> Vec<Event> {
    (0..EVENTS)
        .map(|index| Event {
            month: Month((index * usize::from(MONTHS) / EVENTS) as u16),
            kind: if index % 3 == 0 { EventKind::Round } else { EventKind::TieFormed },
            actor: format!("startup {}", index % 5000).into(),
            partner: format!("fund {}", index % 300).into(),
            cluster: Some(ClusterId((index % usize::from(CLUSTERS)) as u16)),
            partner_cluster: Some(ClusterId((index % 3) as u16)),
            amount: Yen(index as i64 * 1_000_003),
            cause: Cause { reason: "score above the hurdle", value: index as f64 / 1000.0 },
        })
        .collect()
}

fn flows() -> Flows {
    let entries = (0..MONTHS)
        .flat_map(|month| (0..CLUSTERS).map(move |from| (month, from)))
        .map(|(month, from)| {
            (Month(month), FlowKind::People, ClusterId(from), ClusterId((from + 1) % CLUSTERS), i64::from(month))
        })
        .collect();
    Flows { entries }
}

fn write_a_run(criterion: &mut Criterion) {
    let (records, events, flows, resolved) = (records(), events(), flows(), json!({}));
    let chain = vec![[7; 32]; usize::from(MONTHS)];
    let clusters: Vec<ClusterLabel> = (0..CLUSTERS)
        .map(|row| ClusterLabel {
            row: ClusterId(row),
            id: format!("cluster-{row}"),
            name: format!("Cluster {row}"),
            focus: true,
        })
        .collect();
    let result = RunResult {
        scenario: ScenarioFacts { name: "bench", title: "Bench", digest: "0", resolved: &resolved },
        verb: "run",
        behaviour: 1,
        seed: 1,
        replicate: 0,
        inputs: &[],
        overrides: &[],
        start: CalendarMonth::new(2024, 1).unwrap_or_else(|| unreachable!("January exists")),
        clusters: &clusters,
        records: &records,
        events: &events,
        flows: &flows,
        chain: &chain,
        branch: None,
        state_digest: [0; 32],
        figures: &[],
    };
    let mut group = criterion.benchmark_group("output");
    group.throughput(Throughput::Elements(EVENTS as u64));
    group.sample_size(20);
    group.bench_function("encode_a_run", |bench| bench.iter(|| run_files(black_box(&result))));
    group.finish();
}

criterion_group!(benches, write_a_run);
criterion_main!(benches);
