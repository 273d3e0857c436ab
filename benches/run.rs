//! What a run costs: building the first month, one month, two years, and the whole thirty.
//!
//! `cargo bench --bench run` prints times; on a shared machine read the ratios. The yardstick, a plain monthly loop over
//! everybody on a much simpler model, is `cargo bench --bench reference`.

use std::hint::black_box;
use std::path::Path;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use trihelix::canonical;
use trihelix::record::{self, Journal};
use trihelix::rng::Streams;
use trihelix::rules::{self, Agenda, Context};
use trihelix::scenario::Scenario;
use trihelix::simulate::{Memory, month_digest, simulate};
use trihelix::units::Month;
use trihelix::world::World;

fn load(months: u16) -> Scenario {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/kansai-2024.toml");
    Scenario::load(&path, &[], &[format!("time.months={months}")]).expect("the shipped scenario is sound").0
}

/// The world after two years, and what a month of it needs.
fn after_two_years(scenario: &Scenario, streams: &Streams) -> (World, Journal) {
    let mut world = World::new(scenario, streams);
    let mut journal = Journal::new(scenario.spec_at(Month(0)).cluster.len());
    let mut agenda = Agenda::default();
    for number in 0..24 {
        month(scenario, streams, number, &mut world, &mut journal, &mut agenda);
    }
    (world, journal)
}

fn month(
    scenario: &Scenario,
    streams: &Streams,
    number: u16,
    world: &mut World,
    journal: &mut Journal,
    agenda: &mut Agenda,
) {
    open_month(scenario, streams, number, world, journal, agenda);
    journal.close(Month(number));
}

/// A month of which the journal still holds the values: what its digest is taken of.
fn open_month(
    scenario: &Scenario,
    streams: &Streams,
    number: u16,
    world: &mut World,
    journal: &mut Journal,
    agenda: &mut Agenda,
) {
    let month = Month(number);
    world.month = month;
    let spec = scenario.spec_at(month);
    let date = scenario.start.plus(i32::from(number));
    let ctx = Context { scenario, spec, streams, month, date };
    rules::step(world, &ctx, agenda, journal).expect("the books close");
    record::observe(world, spec, journal);
}

fn benches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("kansai-2024");
    group.sample_size(10);
    let scenario = load(360);
    let streams = Streams::new(1, 0);
    group.bench_function("build the first month", |bencher| {
        bencher.iter_with_large_drop(|| World::new(black_box(&scenario), &streams));
    });
    let start = after_two_years(&scenario, &streams);
    group.bench_function("one month, the twenty-fifth", |bencher| {
        bencher.iter_batched_ref(
            || {
                let (world, journal) = &start;
                (world.clone(), journal.clone(), Agenda::with_rules(scenario.spec_at(Month(24))))
            },
            |(world, journal, agenda)| month(&scenario, &streams, 24, world, journal, agenda),
            BatchSize::PerIteration,
        );
    });
    group.bench_function("the digest of that month", |bencher| {
        bencher.iter_batched_ref(
            || {
                let (mut world, mut journal) = start.clone();
                world.people.touched.clear();
                let mut agenda = Agenda::with_rules(scenario.spec_at(Month(24)));
                open_month(&scenario, &streams, 24, &mut world, &mut journal, &mut agenda);
                (world, journal, Memory::default())
            },
            |(world, journal, memory)| month_digest(world, journal, &[0; 32], memory),
            BatchSize::PerIteration,
        );
    });
    group.bench_function("the digest of every field, once a run", |bencher| {
        bencher.iter_with_large_drop(|| canonical::bytes(black_box(&start.0)));
    });
    let short = load(24);
    group.bench_function("two years", |bencher| {
        bencher.iter(|| simulate(black_box(&short), 1, 0, &mut |_| {}).expect("the books close").state_digest);
    });
    group.bench_function("thirty years", |bencher| {
        bencher.iter(|| simulate(black_box(&scenario), 1, 0, &mut |_| {}).expect("the books close").state_digest);
    });
    group.finish();
}

criterion_group!(all, benches);
criterion_main!(all);
