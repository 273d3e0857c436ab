//! What chance costs: opening an address, the samplers, a step of an event clock, a weighted choice.
//!
//! The first group is why `Streams::at` is Philox and `Streams::stream` is ChaCha8: run
//! `cargo bench --bench chance -- open` and look for the number of draws at which they cross.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use trihelix::rng::{Key, Purpose, Streams, sample};
use trihelix::units::{Month, MonthlyProbability};
use trihelix::world::calendar::{Calendar, Clock};

/// Keys that differ from call to call, so that nothing can be kept from the last one.
struct Keys(u64);

impl Keys {
    fn next(&mut self) -> Key {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        Key(self.0)
    }
}

fn sum_of(draws: usize, rng: &mut impl Rng) -> u64 {
    (0..draws).fold(0, |sum, _| sum ^ rng.next_u64())
}

/// Widynski's squares with 64 bits of output, the smallest counter-based generator, for comparison.
///
/// # Source
/// Widynski (2020), "Squares: a fast counter-based RNG", arXiv 2004.06278.
fn squares64(counter: u64, key: u64) -> u64 {
    let y = counter.wrapping_mul(key);
    let z = y.wrapping_add(key);
    let round = |x: u64, add: u64| x.wrapping_mul(x).wrapping_add(add);
    let x = round(y, y).rotate_left(32);
    let x = round(x, z).rotate_left(32);
    let x = round(x, y).rotate_left(32);
    let last = round(x, z);
    last ^ (round(last.rotate_left(32), y) >> 32)
}

fn open(c: &mut Criterion) {
    let streams = Streams::new(2024, 0);
    let mut group = c.benchmark_group("open an address and draw u64");
    for draws in [1, 2, 4, 8, 16, 32] {
        group.bench_with_input(BenchmarkId::new("philox2x64-7 (at)", draws), &draws, |b, &draws| {
            let mut keys = Keys(1);
            b.iter(|| sum_of(draws, &mut streams.at(Purpose::Clock, keys.next(), 7)));
        });
        group.bench_with_input(BenchmarkId::new("chacha8 (stream)", draws), &draws, |b, &draws| {
            let mut keys = Keys(1);
            b.iter(|| sum_of(draws, &mut streams.stream(Purpose::Clock, keys.next())));
        });
        group.bench_with_input(BenchmarkId::new("chacha8 cloned", draws), &draws, |b, &draws| {
            let mut keys = Keys(1);
            let ready = ChaCha8Rng::from_seed([7; 32]);
            b.iter(|| {
                let mut rng = ready.clone();
                rng.set_stream(keys.next().0);
                sum_of(draws, &mut rng)
            });
        });
        group.bench_with_input(BenchmarkId::new("squares64, two rounds for key", draws), &draws, |b, &draws| {
            // 64 bits of counter cannot hold the address: the first evaluation folds key and occasion into one.
            let mut keys = Keys(1);
            let secret = 0x548C_9DEC_BCE6_5297;
            b.iter(|| {
                let address = squares64(keys.next().0, secret) ^ (7 << 32);
                (0..draws as u64).fold(0, |sum, draw| sum ^ squares64(address.wrapping_add(draw), secret))
            });
        });
    }
    group.finish();
}

fn bulk(c: &mut Criterion) {
    let streams = Streams::new(2024, 0);
    let mut group = c.benchmark_group("next u64 of an open address");
    group.throughput(Throughput::Elements(1));
    let mut draws = streams.at(Purpose::Clock, Key(1), 0);
    group.bench_function("philox2x64-7 (at)", |b| b.iter(|| draws.next_u64()));
    let mut stream = streams.stream(Purpose::Clock, Key(1));
    group.bench_function("chacha8 (stream)", |b| b.iter(|| stream.next_u64()));
    group.finish();
}

fn keys(c: &mut Criterion) {
    let mut group = c.benchmark_group("key");
    let mut parents = Keys(1);
    group.bench_function("child", |b| b.iter(|| parents.next().child(1, 5)));
    group.bench_function("named", |b| b.iter(|| Key::named("institution", black_box("osaka-university"))));
    group.bench_function("streams new", |b| b.iter(|| Streams::new(black_box(5), 1)));
    group.finish();
}

fn samplers(c: &mut Criterion) {
    let rng = &mut Streams::new(2024, 0).stream(Purpose::Person, Key(1));
    let mut group = c.benchmark_group("sample from a stream");
    group.bench_function("unit", |b| b.iter(|| sample::unit(rng)));
    group.bench_function("below 1000", |b| b.iter(|| sample::below(rng, 1000)));
    group.bench_function("normal", |b| b.iter(|| sample::normal(rng)));
    group.bench_function("lognormal", |b| b.iter(|| sample::lognormal(rng, 3.0, 0.5)));
    group.bench_function("exponential", |b| b.iter(|| sample::exponential(rng, 2.0)));
    group.bench_function("gamma 2.5", |b| b.iter(|| sample::gamma(rng, 2.5)));
    group.bench_function("beta 2 5", |b| b.iter(|| sample::beta(rng, 2.0, 5.0)));
    group.bench_function("geometric 0.01", |b| b.iter(|| sample::geometric(rng, black_box(0.01))));
    group.bench_function("poisson 3", |b| b.iter(|| sample::poisson(rng, 3.0)));
    group.bench_function("poisson 300", |b| b.iter(|| sample::poisson(rng, 300.0)));
    group.bench_function("binomial 20 0.1", |b| b.iter(|| sample::binomial(rng, 20, 0.1)));
    group.bench_function("binomial 10000 0.3", |b| b.iter(|| sample::binomial(rng, 10_000, 0.3)));
    group.finish();
}

fn clock(c: &mut Criterion) {
    let streams = Streams::new(2024, 0);
    let clock = Clock::new(MonthlyProbability::new(0.02).unwrap_or_default());
    let mut group = c.benchmark_group("event clock");
    group.bench_function("one candidate: open, thin, next month", |b| {
        let mut keys = Keys(1);
        b.iter(|| {
            let rng = &mut streams.at(Purpose::Clock, keys.next(), 7);
            let mark = clock.mark(rng);
            (clock.accepts(mark, black_box(0.01)), clock.next(Month(5), rng))
        });
    });
    // Everybody's first candidate, then 360 months of taking, thinning and noting again: per person-month.
    let people = 20_000_u32;
    group.throughput(Throughput::Elements(u64::from(people) * 360));
    group.sample_size(10);
    group.bench_function("20,000 people, 360 months, per person-month", |b| {
        b.iter(|| thirty_years(&streams, &clock, people));
    });
    group.finish();
}

/// Events of `people` people over 360 months at half of the clock's bound.
fn thirty_years(streams: &Streams, clock: &Clock, people: u32) -> u64 {
    let mut calendar = Calendar::new(360);
    for row in 0..people {
        let rng = &mut streams.at(Purpose::Clock, Key(u64::from(row)), 0);
        calendar.schedule(row, clock.next(Month(0), rng));
    }
    let mut events = 0;
    for month in 0..360 {
        let rows = calendar.take(Month(month));
        for &row in &rows {
            let rng = &mut streams.at(Purpose::Clock, Key(u64::from(row)), u32::from(month) + 1);
            let mark = clock.mark(rng);
            events += u64::from(clock.accepts(mark, 0.01) == Ok(true));
            calendar.schedule(row, clock.next(Month(month), rng));
        }
        calendar.give_back(rows);
    }
    events
}

fn choose(c: &mut Criterion) {
    let rng = &mut Streams::new(2024, 0).stream(Purpose::Destination, Key(1));
    let mut group = c.benchmark_group("choose by weight");
    for options in [8_usize, 12, 200] {
        let weights: Vec<f64> = (0..options).map(|_| sample::unit(rng)).collect();
        group.bench_with_input(BenchmarkId::from_parameter(options), &weights, |b, weights| {
            b.iter(|| sample::choose_weighted(rng, weights));
        });
    }
    group.finish();
}

criterion_group!(benches, open, bulk, keys, samplers, clock, choose);
criterion_main!(benches);
