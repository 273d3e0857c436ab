//! `compare` as its users meet it, on a scenario of two clusters.

mod support;

use std::fs;
use std::path::Path;

use serde_json::Value;
use support::command::{Call, Place};

fn minimal() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios/minimal.toml").display().to_string()
}

/// A place with two policies: one that changes people's moves, one that costs money and changes nothing else for years.
fn place() -> Place {
    let place = Place::new();
    let policy = |name: &str, event: &str| format!("schema = 1\npolicy = true\nname = \"{name}\"\n[[event]]\n{event}");
    place.file(
        "turnover.toml",
        &policy(
            "turnover",
            "id = \"t\"\nat = 2024-03-01\ntarget = \"cluster:kobe\"\nfield = \"turnover\"\nfactor = 2\n",
        ),
    );
    place.file(
        "labs.toml",
        &policy(
            "labs",
            "id = \"l\"\nat = 2024-03-01\ntarget = \"cluster:kobe\"\nfield = \"lab_slots\"\nfactor = 3\n\
             cost = \"100 MJPY\"\npayer = \"taxpayers\"\n",
        ),
    );
    place
}

fn compare(place: &Place, more: &[&str]) -> Call {
    let base = minimal();
    let command: Vec<&str> = ["compare", &base].into_iter().chain(more.iter().copied()).collect();
    place.trihelix(&command)
}

fn json(place: &Place, more: &[&str]) -> Value {
    let command: Vec<&str> = more.iter().copied().chain(["--quiet", "--format", "json"]).collect();
    compare(place, &command).succeeds().says_no_more().json()
}

#[test]
fn both_policies_are_compared_and_written() {
    let place = place();
    let call = compare(&place, &["turnover.toml", "labs.toml", "--months", "24", "--replicates", "4"]);
    call.succeeds().shows("turnover against Two clusters").shows("labs against").shows("Dec 2025, 4 pairs, seed 1");
    call.shows("Pairing over all 2 policies:")
        .shows("95 % interval")
        .shows("startups alive")
        .shows("Alignment:")
        .shows("Holm")
        .shows("open this first");
    let files = place.files();
    for name in ["manifest.json", "differences.parquet", "differences.csv", "bands.parquet", "summary.json"] {
        assert!(files.contains(&format!("outputs/minimal-compare/{name}")), "{name} is missing: {files:?}");
    }
    for name in ["difference-employees.svg", "baseline-approvals.png"] {
        assert!(files.contains(&format!("outputs/minimal-compare/figures/{name}")), "{name} is missing: {files:?}");
    }
    let others = files.iter().filter(|name| !name.starts_with("outputs/minimal-compare/"));
    assert_eq!(others.collect::<Vec<_>>(), ["labs.toml", "turnover.toml"]);
    let csv = fs::read_to_string(place.path("outputs/minimal-compare/differences.csv")).unwrap();
    // Two policies, two years, two clusters and all of them, six metrics, and the head.
    assert_eq!(csv.lines().count(), 2 * 2 * 3 * 6 + 1);
}

#[test]
fn the_json_document_keeps_its_contract() {
    let place = place();
    let document = json(&place, &["turnover.toml", "--months", "24", "--replicates", "3", "--year", "2024"]);
    let differences = document["differences"].as_array().unwrap();
    assert_eq!(differences.len(), 3 * 6);
    for difference in differences {
        for key in ["policy", "cluster", "metric", "year", "mean", "low", "high", "p_better", "variance_reduction"] {
            assert!(difference.get(key).is_some(), "{key} is missing in {difference}");
        }
        assert_eq!(difference["year"], 2024);
        let number = |key: &str| difference[key].as_f64().unwrap();
        assert!(number("low") <= number("mean") && number("mean") <= number("high"), "{difference}");
    }
    assert!(document["alignment"]["turnover"]["founded_in_both"].is_u64(), "{document}");
    assert_eq!(document["pairs"], 3);
}

/// Only the policy differs: laboratories that nobody waits for change nothing but the public cost.
#[test]
fn a_policy_without_an_effect_leaves_every_startup_as_it_was() {
    let place = place();
    let document = json(&place, &["labs.toml", "--months", "12", "--replicates", "4"]);
    let alignment = &document["alignment"]["labs"];
    assert_eq!(alignment["identical"], alignment["founded_in_both"]);
    assert_eq!((&alignment["baseline_only"], &alignment["policy_only"]), (&Value::from(0), &Value::from(0)));
    for difference in document["differences"].as_array().unwrap() {
        let cost = difference["metric"] == "public_cost_jpy" && difference["cluster"] != "boston";
        assert_eq!(difference["mean"], if cost { 100e6 } else { 0.0 }, "{difference}");
        assert_eq!(difference["never_varies"], true);
    }
    for cost in document["public_cost_per_additional"].as_array().unwrap() {
        assert_eq!(cost["verdict"], "cannot tell", "{cost}");
    }
}

#[test]
fn threads_change_no_byte_and_seeds_do() {
    let place = place();
    let run = |out: &str, more: &[&str]| {
        let fixed = ["turnover.toml", "--months", "12", "--replicates", "3", "--quiet", "--out", out];
        let command: Vec<&str> = fixed.into_iter().chain(more.iter().copied()).collect();
        compare(&place, &command).succeeds().says_no_more();
    };
    run("one", &["--threads", "1"]);
    run("many", &["--threads", "5"]);
    run("other", &["--seed", "2"]);
    let mut compared = 0;
    for name in place.files().iter().filter_map(|name| name.strip_prefix("one/")) {
        let bytes = |folder: &str| fs::read(place.path(&format!("{folder}/{name}"))).unwrap();
        assert!(bytes("one") == bytes("many"), "{name} depends on the threads");
        compared += 1;
    }
    assert!(compared > 20);
    let table = |folder: &str| fs::read(place.path(&format!("{folder}/differences.csv"))).unwrap();
    assert_ne!(table("one"), table("other"));
}

#[test]
fn every_replicate_is_the_one_that_run_gives() {
    let place = place();
    json(&place, &["turnover.toml", "--months", "6", "--replicates", "3", "--out", "pairs"]);
    let manifest: Value = serde_json::from_slice(&fs::read(place.path("pairs/manifest.json")).unwrap()).unwrap();
    let base = minimal();
    let run = |policy: &[&str]| {
        let command = ["run", &base].into_iter().chain(policy.iter().copied());
        let options = ["--months", "6", "--replicate", "2", "--format", "json", "--quiet", "--out", "single"];
        place.trihelix(&command.chain(options).collect::<Vec<_>>()).succeeds().json()["state_digest"].clone()
    };
    assert_eq!(manifest["state_digest"][2], run(&[]));
    assert_eq!(manifest["policies"][0]["state_digest"][2], run(&["turnover.toml"]));
    assert_ne!(manifest["policies"][0]["resolved_merge_patch"], serde_json::json!({}));
}

#[test]
fn a_stopping_rule_stops_at_the_same_replicate_on_any_number_of_threads() {
    let place = place();
    let run = |threads: &str, rule: &str| {
        let options = ["turnover.toml", "--months", "6", "--replicates", "30", "--threads", threads, "--until", rule];
        json(&place, &options)
    };
    let rule = "half_width(employees@2024, all) <= 1%";
    let one = run("1", rule);
    assert_eq!((&one["until"]["met"], &one["pairs"]), (&Value::Bool(true), &Value::from(20)), "{}", one["until"]);
    let many = run("7", rule);
    assert_eq!(one["differences"], many["differences"]);
    assert_eq!(one["interval"]["valid"], "at every number of pairs");
    let never = run("2", "half_width(employees@2024, all) <= 0.000001");
    assert_eq!((&never["until"]["met"], &never["pairs"]), (&Value::Bool(false), &Value::from(30)));
}

#[test]
fn expectations_pass_fail_or_stay_open() {
    let place = place();
    let claim = |name: &str, op: &str, value: &str| {
        format!(
            "[[expect]]\nname = \"{name}\"\nmetric = \"public_cost_jpy\"\ncluster = \"kobe\"\nat = 2024\nop = \"{op}\"\nvalue = {value}\n"
        )
    };
    place.file("good.toml", &claim("costs <something>", ">", "0"));
    place.file("bad.toml", &(claim("cheap", "<", "1e6") + &claim("costs", ">=", "1e8")));
    let open = "[[expect]]\nmetric = \"startups_alive\"\ncluster = \"all\"\nat = 2024\nof = \"baseline\"\nop = \">\"\nvalue = 33\nconfidence = 0.999\n";
    place.file("open.toml", open);
    let options = ["labs.toml", "--months", "12", "--replicates", "4", "--junit", "reports/j.xml", "--expect"];
    let run = |file: &str| compare(&place, &[&options[..], &[file]].concat());
    run("good.toml").succeeds().shows("pass").shows("costs <something>");
    let xml = fs::read_to_string(place.path("reports/j.xml")).unwrap();
    assert!(xml.contains("costs &lt;something&gt;") && xml.contains("failures=\"0\""), "{xml}");
    run("bad.toml").fails_with(5).shows("fail").shows("100,000,000 JPY in every replicate");
    let xml = fs::read_to_string(place.path("reports/j.xml")).unwrap();
    assert!(xml.contains("tests=\"2\" failures=\"1\""), "{xml}");
    run("open.toml").succeeds().shows("inconclusive");
}

#[test]
fn wrong_input_is_told_before_anything_runs() {
    let place = place();
    place.file("wrong.toml", "[[expect]]\nmetric = \"employees\"\ncluster = \"osaka\"\nat = 2024\nop = \">\"\nvalue = 1\n[[expect]]\nmetric = \"employees\"\ncluster = \"kobe\"\nat = 1999\nop = \">\"\nvalue = 1\n");
    place.file("again.toml", &fs::read_to_string(place.path("labs.toml")).unwrap());
    let wrong: [(&[&str], &str); 13] = [
        (&[], "POLICY"),
        (&["nowhere.toml"], "nowhere.toml"),
        (&["labs.toml", "again.toml"], "named `labs`"),
        (&["labs.toml", "--metrics", "employes"], "did you mean `employees`?"),
        (&["labs.toml", "--year", "2031"], "from 2024 to 2028"),
        (&["labs.toml", "--replicates", "1"], "--replicates"),
        (&["labs.toml", "--until", "narrow"], "half_width(employees@2040, kobe) <= 2%"),
        (&["labs.toml", "--until", "half_width(employees@2024, osaka) <= 2%"], "there are boston, kobe, all"),
        (&["labs.toml", "--until", "half_width(employees@2024, kobe) <= 2%", "--replicates", "8"], "before 20"),
        (&["labs.toml", "--expect", "nowhere.toml"], "nowhere.toml"),
        (&["labs.toml", "--expect", "wrong.toml"], "1999 is not simulated"),
        (&["labs.toml", "--junit", "j.xml"], "--expect"),
        (&["labs.toml", "--set", "time.months"], "--set"),
    ];
    for (options, message) in wrong {
        compare(&place, options).fails_with(2).says(message);
    }
    assert!(!place.path("outputs").exists());
}
