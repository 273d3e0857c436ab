//! Any mechanism can be turned off: the run stays valid, and something changes.

use std::path::Path;

use trihelix::scenario::Scenario;
use trihelix::simulate::simulate;

/// The shipped world, coarse: several clusters, so that travel counts.
fn coarse(sets: &[String]) -> Scenario {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/kansai-2024.toml");
    let grains = ["osaka", "kobe", "boston"].map(|cluster| format!("cluster.{cluster}.grain=10"));
    let sets: Vec<String> = ["time.months=48".to_owned()].iter().chain(&grains).chain(sets).cloned().collect();
    // Some mechanisms do nothing in a baseline without policies: the overlay gives them something to do.
    let levers = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios/levers.toml");
    Scenario::load(&path, &[levers], &sets).unwrap_or_else(|problems| panic!("{problems}")).0
}

/// The switches that the registry declares.
fn switches() -> Vec<String> {
    let registry = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/scenario/registry.toml");
    let registry: toml::Table = std::fs::read_to_string(registry).expect("it is there").parse().expect("it is TOML");
    let parameters = registry["parameters"].as_table().expect("a table");
    parameters.keys().filter(|path| path.starts_with("mechanisms.")).cloned().collect()
}

#[test]
fn each_mechanism_can_be_turned_off() {
    let base = simulate(&coarse(&[]), 1, 0, &mut |_| {}).expect("the baseline is valid");
    let switches = switches();
    assert!(!switches.is_empty());
    for switch in switches {
        // Most are on by default; one that is off is turned on instead.
        let scenario = coarse(&[format!("{switch}=false")]);
        let off = simulate(&scenario, 1, 0, &mut |_| {}).unwrap_or_else(|breach| panic!("{switch}: {breach}"));
        let on = coarse(&[format!("{switch}=true")]);
        let on = simulate(&on, 1, 0, &mut |_| {}).unwrap_or_else(|breach| panic!("{switch}: {breach}"));
        assert_ne!(on.state_digest, off.state_digest, "{switch} changes nothing");
        assert!(base.state_digest == on.state_digest || base.state_digest == off.state_digest, "{switch}: two values");
    }
}
