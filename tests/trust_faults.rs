//! Faults planted in the program: each is caught, by the check that is there for it.
//!
//! `cargo test --features planted-faults --test trust_faults`

mod support;

use std::path::Path;

use support::command::Place;

/// A fault, and the check that must find it.
const FAULTS: [(&str, &str); 14] = [
    ("hash-map-loop", "repeat"),
    ("constant-luck", "replicates"),
    ("unordered-sum", "threads"),
    ("shard-counts-from-its-own-start", "shards"),
    ("luck-by-policies", "zero effect"),
    ("shared-stream", "one more agent"),
    ("off-by-one-month", "dates"),
    ("lost-yen", "books"),
    ("double-hire", "posts"),
    ("forgotten-state", "checkpoint"),
    ("luck-by-file", "entity order"),
    ("luck-by-folder", "folder"),
    ("luck-by-locale", "locale"),
    ("luck-by-time-zone", "time zone"),
];

#[test]
fn each_fault_is_caught_by_its_own_check() {
    let place = Place::new();
    let kobe = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/kobe.toml").display().to_string();
    let call = ["selftest", &kobe, "--months", "4", "--format", "json"];
    place.trihelix(&call).succeeds();
    for (fault, check) in FAULTS {
        let made = place.trihelix_with(&call, &[("TRIHELIX_FAULT", fault)]);
        made.fails_with(3);
        let document = made.json();
        let failed: Vec<&str> = document["checks"]
            .as_array()
            .expect("a list")
            .iter()
            .filter(|check| check["passed"] == false)
            .filter_map(|check| check["check"].as_str())
            .collect();
        println!("{fault}: {failed:?}");
        assert!(failed.contains(&check), "{fault}: {failed:?}");
    }
}
