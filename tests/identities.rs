//! What must hold in every month of every scenario, whatever the rules do.

mod support;

use std::collections::BTreeMap;
use std::path::Path;

use support::identities::hold;
use trihelix::record;
use trihelix::rng::Streams;
use trihelix::rules;
use trihelix::scenario::Scenario;
use trihelix::scenario::spec::{Spec, Stage};
use trihelix::simulate::Run;
use trihelix::units::Yen;
use trihelix::world::World;
use trihelix::world::organisation::OrgId;

/// Runs a scenario and hands the world to `check` at the end of every month.
fn every_month(scenario: &Scenario, seed: u64, mut check: impl FnMut(&World, &Spec)) {
    let mut run = Run::new(scenario, seed, 0);
    while let Some(month) = run.month() {
        run.advance().unwrap_or_else(|breach| panic!("{breach}"));
        check(&run.state().world, scenario.spec_at(month));
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
    every_month(&scenario, 5, |world, spec| {
        // The ledger and the headcount identity are audited by the month itself.
        hold(world, spec);
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
    every_month(&scenario, 9, |world, spec| {
        hold(world, spec);
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

/// What must hold at the end of any month, whatever the scenario.
fn everything_holds(world: &World, spec: &Spec) {
    hold(world, spec);
    for (row, org) in world.orgs.iter().enumerate() {
        assert!(world.ledger.cash(OrgId(row as u32)) >= Yen::ZERO, "{} owes money", org.name);
    }
}

/// Progress and stage of the startups' programmes, and whether their owners have any money.
fn pace_of(world: &World) -> BTreeMap<u32, (f64, Stage, OrgId, bool)> {
    let mut pace = BTreeMap::new();
    for id in &world.active {
        let programme = &world.programmes[id.ix()];
        if world.orgs[programme.owner.ix()].startup.is_some() && !programme.paused {
            let solvent = world.ledger.cash(programme.owner) > Yen::ZERO;
            pace.insert(id.0, (programme.progress, programme.stage, programme.owner, solvent));
        }
    }
    pace
}

/// Fourteen months of a scenario with every identity checked, and no programme that advances without cash. The month
/// itself audits the ledger and the headcount; clocks that are too slow for what was set stop the run and say so.
fn holds(scenario: &Scenario, seed: u64) {
    let mut run = Run::new(scenario, seed, 0);
    while let Some(month) = run.month() {
        let before = pace_of(&run.state().world);
        match run.advance() {
            Err(rules::Breach::Hazard { .. }) => return,
            Err(breach) => panic!("{breach}"),
            Ok(()) => {}
        }
        let (world, spec) = (&run.state().world, scenario.spec_at(month));
        everything_holds(world, spec);
        for (id, (progress, stage, owner, _)) in pace_of(world) {
            // A filing waits and is read at the regulator, whatever its owner has.
            if let Some((was, at, of, solvent)) = before.get(&id)
                && (*at, *of) == (stage, owner)
                && stage != Stage::Review
                && !spec.development.free_capital
            {
                assert!(
                    *solvent || progress <= *was,
                    "a programme of {} advances without cash",
                    world.orgs[owner.ix()].name
                );
            }
        }
    }
    for event in &run.state().journal.events {
        let cause = &event.cause;
        if cause.reason.contains("probability") || cause.reason.contains("chance of") {
            assert!((0.0..=1.0).contains(&cause.value), "{}: {}", cause.reason, cause.value);
        }
    }
}

/// A shipped scenario under random overlays: up to a dozen parameters anywhere in their declared ranges.
fn holds_under_overlays(file: &str) {
    use proptest::prelude::*;
    use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

    let numbers: Vec<&trihelix::scenario::registry::Parameter> = trihelix::scenario::registry::registry()
        .parameters
        .iter()
        .filter(|parameter| parameter.range.is_some() && parameter.kind.is_numeric() && !parameter.path.contains('*'))
        .filter(|parameter| !["time.", "labour.clock", "currency."].iter().any(|part| parameter.path.starts_with(part)))
        .collect();
    assert!(numbers.len() > 150, "only {} parameters to vary", numbers.len());
    let set = |(which, place): &(usize, f64)| {
        let parameter = numbers[which % numbers.len()];
        let [least, most] = parameter.range.expect("filtered");
        let value = least + (most - least) * place;
        let value = if parameter.kind.is_whole() { value.round() } else { value };
        format!("{}={value}", parameter.path)
    };
    let config = Config { cases: 4, failure_persistence: None, max_shrink_iters: 24, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let overlays = proptest::collection::vec((any::<usize>(), 0.0..=1.0), 1..12);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(file);
    let (mut tried, mut loaded) = (0, 0);
    let tried_and_loaded = std::cell::RefCell::new((&mut tried, &mut loaded));
    runner
        .run(&(overlays, 0..1000u64), |(overlay, seed)| {
            let mut sets: Vec<String> = overlay.iter().map(set).collect();
            sets.push("time.months=14".to_owned());
            *tried_and_loaded.borrow_mut().0 += 1;
            // Some values contradict each other, and the reader says so.
            if let Ok((scenario, _)) = Scenario::load(&path, &[], &sets) {
                *tried_and_loaded.borrow_mut().1 += 1;
                holds(&scenario, seed);
            }
            Ok(())
        })
        .unwrap_or_else(|failure| panic!("{file}: {failure}"));
    assert!(2 * loaded >= tried, "{file}: only {loaded} of {tried} overlays could be read");
}

#[test]
fn identities_hold_in_every_shipped_scenario_under_random_overlays() {
    let files = [
        "kansai-2024.toml",
        "no-policy-2024.toml",
        "hindcast-1998.toml",
        "hindcast-2002.toml",
        "hindcast-2017.toml",
        "osaka.toml",
        "kobe.toml",
        "boston.toml",
        "studies/small.toml",
        "studies/paul-2010.toml",
    ];
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    for shipped in std::fs::read_dir(&folder).expect("it is there").flatten() {
        let name = shipped.file_name().to_string_lossy().into_owned();
        assert!(!name.ends_with(".toml") || files.contains(&name.as_str()), "{name} is not in this list");
    }
    for file in files {
        holds_under_overlays(file);
    }
}
