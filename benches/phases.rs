//! Where a month goes: the time of each phase in the third year, and of what is seen and digested after them.
//!
//! `cargo bench --bench phases` prints a time for each; on a shared machine read the shares.

#![expect(clippy::disallowed_methods, reason = "a benchmark looks at the clock")]

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use trihelix::scenario::Scenario;
use trihelix::simulate::Run;

/// What comes after the phases: the audit, the stocks, the digest.
const REST: &str = "audit, stocks and digest";

/// One month, and how long each phase of it took.
fn month(run: &mut Run) -> Vec<(&'static str, Duration)> {
    let mut phases = Vec::new();
    let mut last = Instant::now();
    let done = run.advance_watched(&mut |name, _| {
        let now = Instant::now();
        phases.push((name, now - last));
        last = now;
    });
    done.expect("the books close");
    phases.push((REST, last.elapsed()));
    phases
}

fn benches(criterion: &mut Criterion) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/kansai-2024.toml");
    let scenario = Scenario::load(&path, &[], &[]).expect("the shipped scenario is sound").0;
    let mut start = Run::new(&scenario, 1, 0);
    for _ in 0..24 {
        start.advance().expect("the books close");
    }
    let names: Vec<&str> = month(&mut start.clone()).iter().map(|(name, _)| *name).collect();
    let mut group = criterion.benchmark_group("a month of kansai-2024");
    group.sample_size(10).measurement_time(Duration::from_secs(2));
    for name in names {
        group.bench_function(name, |bencher| {
            bencher.iter_custom(|times| {
                let once = |_| {
                    let mut run = black_box(&start).clone();
                    let phases = month(&mut run);
                    phases.iter().filter(|(phase, _)| *phase == name).map(|(_, time)| *time).sum::<Duration>()
                };
                (0..times).map(once).sum()
            });
        });
    }
    group.finish();
}

criterion_group!(phases, benches);
criterion_main!(phases);
