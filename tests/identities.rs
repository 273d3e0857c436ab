//! What must hold in every month of every scenario, whatever the rules do.

mod support;

use std::collections::BTreeMap;
use std::path::Path;

use support::identities::hold;
use trihelix::record::{self, Journal};
use trihelix::rng::Streams;
use trihelix::rules::{self, Agenda, Context};
use trihelix::scenario::Scenario;
use trihelix::units::Month;
use trihelix::world::World;

/// Runs a scenario and hands the world to `check` at the end of every month.
fn every_month(scenario: &Scenario, seed: u64, mut check: impl FnMut(&World, &Context)) {
    let streams = Streams::new(seed, 0);
    let mut world = World::new(scenario, &streams);
    let mut journal = Journal::new(scenario.spec_at(Month(0)).cluster.len());
    let mut agenda = Agenda::default();
    for number in 0..scenario.months {
        let month = Month(number);
        let spec = scenario.spec_at(month);
        world.month = month;
        let date = scenario.start.plus(i32::from(number));
        let ctx = Context { scenario, spec, streams: &streams, month, date };
        rules::step(&mut world, &ctx, &mut agenda, &mut journal).unwrap_or_else(|breach| panic!("{breach}"));
        record::observe(&world, spec, &mut journal);
        journal.close(month);
        world.people.touched.clear();
        check(&world, &ctx);
    }
}

fn load(file: &str, sets: &[&str]) -> Scenario {
    let sets: Vec<String> = sets.iter().map(|set| (*set).to_owned()).collect();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(file);
    Scenario::load(&path, &[], &sets).unwrap_or_else(|problems| panic!("{problems}")).0
}

#[test]
fn identities_hold_in_every_month() {
    let scenario = load("kansai-2024.toml", &["time.months=90"]);
    every_month(&scenario, 5, |world, ctx| {
        // The ledger and the headcount identity are audited by the month itself.
        hold(world, ctx.spec);
    });
}

#[test]
fn a_coarser_world_counts_the_same_people() {
    let fine = load("kansai-2024.toml", &["time.months=1"]);
    let coarse = load("kansai-2024.toml", &["time.months=1", "cluster.boston.grain=10", "cluster.osaka.grain=10"]);
    let heads = |scenario: &Scenario| {
        let world = World::new(scenario, &Streams::new(1, 0));
        (world.headcount.iter().map(|headcount| headcount.alive()).collect::<Vec<_>>(), world.people.rows())
    };
    let ((fine, rows), (coarse, fewer)) = (heads(&fine), heads(&coarse));
    for (fine, coarse) in fine.iter().zip(&coarse) {
        // Startups' heads follow from drawn stages, which coarse blocks draw ten at a time.
        assert!((fine - coarse).abs() as f64 <= 0.05 * *fine as f64, "{fine} {coarse}");
    }
    assert!(fewer * 3 < rows, "{fewer} of {rows}");
}

#[test]
fn a_coarse_world_keeps_the_identities_when_people_cross_grains() {
    let scenario = load("kansai-2024.toml", &["time.months=48", "cluster.boston.grain=25", "cluster.london.grain=3"]);
    every_month(&scenario, 9, |world, ctx| {
        hold(world, ctx.spec);
    });
}

#[test]
fn clocks_are_as_fast_as_people_whatever_their_declared_bounds() {
    let slow = ["time.months=24", "labour.clock_bound=0.01", "labour.clock_bound_restless=0.03"];
    let fast = ["time.months=24", "labour.clock_bound=0.3", "labour.clock_bound_restless=0.4"];
    let left = |sets: &[&str]| {
        let outcome = trihelix::simulate::simulate(&load("osaka.toml", sets), 1, 0, &mut |_| {}).expect("it runs");
        let column = &outcome.records.columns[record::column("leavers")];
        let record::Column::Integer(values) = column else { panic!("a count") };
        values.iter().sum::<i64>() as f64
    };
    // Poisson counts of the same law under other candidates: within five standard deviations of each other.
    let (slow, fast) = (left(&slow), left(&fast));
    assert!((slow - fast).abs() < 5.0 * (slow + fast).sqrt(), "{slow} and {fast}");
}

#[test]
fn a_clock_that_is_far_too_slow_stops_the_run_with_the_fix() {
    let scenario = load("kansai-2024.toml", &["time.months=3", "labour.clock_bound_restless=0.005"]);
    let breach = trihelix::simulate::simulate(&scenario, 1, 0, &mut |_| {}).expect_err("hazards are far higher");
    let text = breach.to_string();
    assert!(text.contains("labour.clock_bound_restless") && text.contains("raise"), "{text}");
}

#[test]
fn every_event_names_its_cause() {
    let scenario = load("kansai-2024.toml", &["time.months=120"]);
    let outcome = trihelix::simulate::simulate(&scenario, 3, 0, &mut |_| {}).expect("it runs");
    let mut seen = BTreeMap::new();
    for event in &outcome.events {
        let cause = &event.cause;
        assert!(cause.reason.len() > 5, "{:?} of {} gives no reason", event.kind, event.actor);
        // What a date of the scenario changes has no other value than the one that the event tells.
        let dated = event.kind == record::EventKind::Intervention;
        assert!(cause.value.is_finite() || dated, "{:?} of {}: {}", event.kind, event.actor, cause.reason);
        if cause.reason.contains("probability") || cause.reason.contains("chance of") {
            assert!((0.0..=1.0).contains(&cause.value), "{}: {}", cause.reason, cause.value);
        }
        *seen.entry(event.kind).or_insert(0_u32) += 1;
    }
    assert!(seen.len() >= 22, "only {seen:?} happened");
}
