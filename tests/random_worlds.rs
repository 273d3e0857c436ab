//! Random valid scenarios: every invariant holds in every month, the run repeats, and a checkpoint goes on to the same end.
//!
//! Forty worlds by default. An hour of them, as `docs/guarantees.md` says:
//! `TRIHELIX_MINUTES=60 cargo test --test random_worlds -- --nocapture`; `TRIHELIX_WORLD=123` runs one alone.

mod support;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use support::{identities, worlds};
use trihelix::checkpoint::Checkpoint;
use trihelix::record::Column;
use trihelix::rules::Breach;
use trihelix::scenario::Scenario;
use trihelix::simulate::Run;

/// What became of a world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// The reader found fault with it: two drawn values did not fit each other.
    Refused,
    /// A month asked for more than a person's clock can deliver, and the run stopped with the fix.
    Stopped,
    Sound,
}

fn judge(number: u64) -> End {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("world.toml");
    fs::write(&path, worlds::scenario(number)).expect("written");
    let scenario = match Scenario::load(&path, &[], &[]) {
        Ok((scenario, _)) => scenario,
        Err(problems) => {
            assert!(problems.errors() > 0 && !problems.machine_fault, "{problems}");
            if std::env::var_os("TRIHELIX_WORLD").is_some() {
                println!("{problems}");
            }
            return End::Refused;
        }
    };
    let mut run = Run::new(&scenario, number, 0);
    let mut middle = None;
    while let Some(month) = run.month() {
        match run.advance() {
            Ok(()) => {}
            Err(Breach::Hazard { .. }) => return End::Stopped,
            Err(breach) => panic!("{breach}"),
        }
        identities::hold(&run.state().world, scenario.spec_at(month));
        if month.0 + 1 == scenario.months / 2 {
            middle = Some(Checkpoint::bytes_of(&run, &scenario, number, 0).expect("a state can be written"));
        }
    }
    let outcome = run.finish();
    for column in &outcome.records.columns {
        if let Column::Float(values) = column {
            assert!(values.iter().all(|value| value.is_finite()), "a metric is no number");
        }
    }
    let mut again = match middle {
        Some(bytes) => Checkpoint::from_bytes(&bytes).expect("and read").resume(&scenario, number, 0),
        None => Run::new(&scenario, number, 0),
    };
    while again.month().is_some() {
        again.advance().unwrap_or_else(|breach| panic!("{breach}"));
    }
    assert!(again.finish().state_digest == outcome.state_digest, "from its middle the run ends elsewhere");
    End::Sound
}

#[expect(clippy::disallowed_methods, reason = "how long to go on, not what happens")]
#[test]
fn invariants_hold_in_random_worlds() {
    if let Some(number) = std::env::var("TRIHELIX_WORLD").ok().and_then(|number| number.parse().ok()) {
        println!("{}", worlds::scenario(number));
        println!("{:?}", judge(number));
        return;
    }
    let minutes: Option<u64> = std::env::var("TRIHELIX_MINUTES").ok().and_then(|minutes| minutes.parse().ok());
    let first: u64 = std::env::var("TRIHELIX_FIRST").ok().and_then(|first| first.parse().ok()).unwrap_or(1);
    let begin = Instant::now();
    let (mut number, mut ends) = (first, [0_u32; 3]);
    let mut breaches = Vec::new();
    while minutes.map_or(number < first + 40, |minutes| begin.elapsed() < Duration::from_secs(60 * minutes)) {
        match catch_unwind(AssertUnwindSafe(|| judge(number))) {
            Ok(end) => ends[end as usize] += 1,
            Err(_) => breaches.push(number),
        }
        number += 1;
    }
    let [refused, stopped, sound] = ends;
    println!(
        "{sound} worlds sound, {refused} refused by the reader, {stopped} stopped by the clock, breaches in {breaches:?}"
    );
    assert!(breaches.is_empty(), "run one alone: TRIHELIX_WORLD={} cargo test --test random_worlds", breaches[0]);
    assert!(sound > refused + stopped, "{sound} sound, {refused} refused, {stopped} stopped");
}
