//! The yardstick: the reference model TS-1 hand-written, event-skipping and as a plain monthly sweep over everybody.
//!
//! It says what a month of a person costs without any engine, on this machine, today. The model is checked against the
//! activity it is known to have before anything is timed; `cargo bench --bench reference -- --test` checks only. That both
//! programs simulate the same chain is held by `tests/reference.rs`; `benches/peers` has the yardstick as a program of its own.

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

#[path = "reference/mod.rs"]
mod ts1;

use ts1::definition::{CLUSTERS, Row};
use ts1::{plain, skipping};

const MONTHS: u32 = 360;

/// Means over the last third of a run lie in the ranges that the model's description gives.
fn check(talents: u32) {
    let mut model = skipping::Model::new(talents, MONTHS, 1);
    let mut rows: Vec<Row> = Vec::new();
    for month in 0..MONTHS {
        model.step();
        if month >= 2 * MONTHS / 3 {
            rows.push(model.row);
        }
    }
    let per_talent = |what: fn(&Row) -> u32| {
        rows.iter().map(|row| f64::from(what(row))).sum::<f64>() / rows.len() as f64 / f64::from(talents)
    };
    // Percent of T, a month for flows. The description gives, for 300,000 talents: 0.26 exits, 0.285 entries, 1.39 moves,
    // 0.04 spin-offs, 0.04 stage-ups, 0.09 funded of 0.16 asked, 1.8 unemployed, 1.9 startups, 8 open positions. The
    // ranges leave room for its rounding, for what it leaves open (the first stages), and for chance.
    let expected = [
        ("talents", per_talent(|row| total(row.talents)), 92.0, 102.0),
        ("unemployed", per_talent(|row| total(row.unemployed)), 1.6, 2.0),
        ("startups", per_talent(|row| total(row.startups)), 1.75, 2.05),
        ("openings", per_talent(|row| total(row.openings)), 6.5, 9.0),
        ("exits", per_talent(|row| row.exits), 0.25, 0.28),
        ("entries", per_talent(|row| row.entries), 0.284, 0.286),
        ("moves", per_talent(|row| row.moves), 1.30, 1.45),
        ("released", per_talent(|row| row.released), 0.38, 0.45),
        ("founded", per_talent(|row| row.founded), 0.033, 0.045),
        ("stage-ups", per_talent(|row| row.stage_ups), 0.035, 0.045),
        ("asked", per_talent(|row| row.asked), 0.145, 0.175),
        ("funded", per_talent(|row| row.funded), 0.080, 0.100),
    ];
    for (what, share, low, high) in expected {
        let percent = 100.0 * share;
        assert!((low..=high).contains(&percent), "{what}: {percent} % of T, expected {low} to {high}");
    }
}

fn total(by_cluster: [u32; CLUSTERS]) -> u32 {
    by_cluster.iter().sum()
}

/// A whole run, without its set-up; the openings of the last month keep the compiler honest.
fn run_plain(mut model: plain::Model) -> u32 {
    (0..MONTHS).for_each(|_| model.step());
    total(model.row.openings)
}

fn run_skipping(mut model: skipping::Model) -> u32 {
    (0..MONTHS).for_each(|_| model.step());
    total(model.row.openings)
}

fn reference(c: &mut Criterion) {
    check(300_000);
    let mut group = c.benchmark_group("reference model, 360 months, per person-month");
    group.sample_size(10);
    for talents in [10_000, 100_000] {
        group.throughput(Throughput::Elements(u64::from(talents) * u64::from(MONTHS)));
        group.bench_with_input(BenchmarkId::new("plain sweep", talents), &talents, |b, &talents| {
            b.iter_batched(|| plain::Model::new(talents, 1), run_plain, BatchSize::PerIteration);
        });
    }
    for talents in [10_000, 100_000, 300_000, 1_000_000] {
        group.throughput(Throughput::Elements(u64::from(talents) * u64::from(MONTHS)));
        group.bench_with_input(BenchmarkId::new("event-skipping", talents), &talents, |b, &talents| {
            b.iter_batched(|| skipping::Model::new(talents, MONTHS, 1), run_skipping, BatchSize::PerIteration);
        });
    }
    group.finish();
}

criterion_group!(benches, reference);
criterion_main!(benches);
