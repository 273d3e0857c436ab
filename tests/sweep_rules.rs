//! Expectations and stopping rules of studies, and what a sweep says of its results.

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use support::command::Place;
use support::files_below;
use trihelix::study::{Overrides, Sheet, Study};

/// A scenario and a policy that doubles a turnover, four months each.
const STUDY: &str = r#"
schema = 1
name = "rules"
title = "Rules"
replicates = 6
months = 4
resolution = "month"
metrics = ["employees", "hires", "knowledge_variety"]
[[scenario]]
file = "world.toml"
name = "base"
[[policy]]
name = "restless"
files = ["policy.toml"]
"#;

const POLICY: &str = "schema = 1\npolicy = true\nname = \"restless\"\n[[event]]\nid = \"t\"\nat = 2024-02-01\n\
    target = \"cluster:kobe\"\nfield = \"turnover\"\nfactor = 3\n";

fn place(study: &str) -> Place {
    let place = Place::new();
    let world = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios/minimal.toml");
    place.file("world.toml", &fs::read_to_string(world).unwrap());
    place.file("policy.toml", POLICY);
    place.file("study.toml", study);
    place
}

fn expect(name: &str, more: &str) -> String {
    format!("[[expect]]\nname = \"{name}\"\nmetric = \"hires\"\nat = 2024\n{more}\n")
}

#[test]
fn expectations_of_a_study_pass_fail_or_stay_open_in_sweep_and_merge() {
    let claims = expect("more <hires>", "op = \">\"\nvalue = -1000")
        + &expect("a level", "of = \"baseline\"\nop = \">\"\nvalue = 0")
        + &expect(
            "of the policy",
            "of = \"policy\"\ncluster = \"kobe\"\nop = \">=\"\nvalue = -1000\npolicy = \"restless\"",
        );
    let place = place(&format!("{STUDY}{claims}"));
    let call = place.trihelix(&["sweep", "study.toml", "--out", "a", "--junit", "j.xml"]);
    call.succeeds().shows("Expectations").shows("pass").shows("more <hires>").shows("restless less base");
    let xml = fs::read_to_string(place.path("j.xml")).unwrap();
    assert!(xml.contains("tests=\"3\" failures=\"0\"") && xml.contains("more &lt;hires&gt;"), "{xml}");
    let manifest: Value = serde_json::from_slice(&fs::read(place.path("a/manifest.json")).unwrap()).unwrap();
    assert_eq!(manifest["expectations"][0]["verdict"], "pass");

    for shard in ["0/2", "1/2"] {
        place.trihelix(&["sweep", "study.toml", "--store", "s", "--shard", shard]).succeeds();
    }
    place.trihelix(&["merge", "s", "--out", "m", "--junit", "m.xml", "--quiet"]).succeeds().says_no_more();
    assert_eq!(files_below(&place.path("m")), files_below(&place.path("a")));
    assert_eq!(fs::read(place.path("m.xml")).unwrap(), xml.as_bytes());

    let unmet = expect("none", "op = \"<=\"\nvalue = -2000") + &expect("open", "op = \">\"\nvalue = MEAN");
    let mean = manifest["expectations"][0]["mean"].as_f64().unwrap();
    place.file("study.toml", &format!("{STUDY}{}", unmet.replace("MEAN", &mean.to_string())));
    let call = place.trihelix(&["sweep", "study.toml", "--out", "a", "--junit", "j.xml", "--format", "json"]);
    let verdicts: Vec<Value> =
        call.fails_with(5).json()["expectations"].as_array().unwrap().iter().map(|e| e["verdict"].clone()).collect();
    assert_eq!(verdicts, ["fail", "inconclusive"]);
    assert!(fs::read_to_string(place.path("j.xml")).unwrap().contains("failures=\"1\" errors=\"0\" skipped=\"1\""));
    for shard in ["0/2", "1/2"] {
        place.trihelix(&["sweep", "study.toml", "--store", "s", "--shard", shard]).succeeds();
    }
    place.trihelix(&["merge", "s", "--out", "m"]).fails_with(5).shows("inconclusive");
}

#[test]
fn names_that_a_study_does_not_know_are_told_at_their_place() {
    let policyless = STUDY.split("[[policy]]").next().unwrap();
    let cases = [
        (STUDY, expect("x", "op = \">\"\nvalue = 0\npolicy = \"restles\""), "did you mean `restless`?"),
        (STUDY, expect("x", "op = \">\"\nvalue = 0\nscenario = \"bass\""), "did you mean `base`?"),
        (STUDY, expect("x", "op = \">\"\nvalue = 0\nagainst = \"base\""), "unknown key `against`"),
        (policyless, expect("x", "op = \">\"\nvalue = 0"), "write `of = \"baseline\"`"),
        (STUDY, "[stop]\nuntil = \"narrow\"\n".to_owned(), "half_width(employees@2040, kobe) <= 2%"),
        (STUDY, "[stop]\nuntil = \"half_width(ties_active@2024, all) <= 1\"\n".to_owned(), "add it to `metrics`"),
        (STUDY, "[stop]\nuntil = \"half_width(hires@2024, all) <= 1\"\nmost = 8\n".to_owned(), "from 20 to 1000000"),
    ];
    for (study, more, said) in cases {
        let place = place(&format!("{study}{more}"));
        place.trihelix(&["sweep", "study.toml", "--out", "a"]).fails_with(2).says("study.toml").says(said);
        place.trihelix(&["check", "study.toml"]).fails_with(2).shows(said);
    }
    place(STUDY).trihelix(&["sweep", "study.toml", "--junit", "j.xml"]).fails_with(2).says("no expectation");
}

/// However the cells are computed, the rule is met at the same replicate and the files have the same bytes.
#[test]
fn a_stopping_rule_adds_replicates_and_leaves_no_trace_of_how() {
    let rule = "[stop]\nuntil = \"half_width(hires@2024, all) <= LIMIT\"\nmost = 60\n";
    let with = |limit: &str| format!("{STUDY}{}", rule.replace("LIMIT", limit));
    let place = place(&with("0.000001"));
    let json = |words: &[&str]| place.trihelix(words).succeeds().json();
    let found = json(&["sweep", "study.toml", "--out", "never", "--store", "s1", "--format", "json"]);
    assert_eq!((&found["replicates"], &found["until"]["met"]), (&Value::from(60), &Value::Bool(false)));
    // A limit that is met somewhere in the middle: the half width at the end, and half as much again.
    let last = |found: &Value| {
        let hires = found["differences"].as_array().unwrap().iter().find(|one| one["metric"] == "hires").unwrap();
        (hires["high"].as_f64().unwrap() - hires["low"].as_f64().unwrap()) / 2.0
    };
    place.file("study.toml", &with(&format!("{}", last(&found) * 1.3)));
    let found = json(&["sweep", "study.toml", "--out", "a", "--store", "s1", "--format", "json"]);
    let needed = found["replicates"].as_u64().unwrap();
    assert!(found["until"]["met"] == true && needed > 20 && needed < 60, "{}", found["until"]);
    assert_eq!(found["computed"], 0, "the cells are those of the other limit");
    let reference = files_below(&place.path("a"));

    place.trihelix(&["sweep", "study.toml", "--out", "b", "--threads", "1", "--replicates", "1", "--quiet"]).succeeds();
    assert_eq!(files_below(&place.path("b")), reference);
    let status = place.trihelix(&["sweep", "study.toml", "--store", "b-store", "--status"]);
    status.succeeds().shows(&format!("met after {needed} replicates"));

    // Parts that share a store: each round every part does its own; no round is needed beyond those of the rule.
    let mut rounds = 0;
    loop {
        for shard in ["2/3", "0/3", "1/3"] {
            place.trihelix(&["sweep", "study.toml", "--store", "t", "--shard", shard, "--quiet"]).succeeds();
        }
        rounds += 1;
        let status = json(&["sweep", "study.toml", "--store", "t", "--status", "--format", "json"]);
        if status["missing"] == 0 {
            break;
        }
        let merge = place.trihelix(&["merge", "t", "--out", "c"]);
        merge.fails_with(4).says("needs more replicates");
        assert!(rounds < 9);
    }
    assert!(rounds > 1);
    place.trihelix(&["merge", "t", "--out", "c", "--quiet"]).succeeds();
    assert_eq!(files_below(&place.path("c")), reference);
}

#[test]
fn a_sheet_survives_its_store() {
    let claims = expect("x", "op = \">\"\nvalue = 0.125") + "[stop]\nuntil = \"half_width(hires@2024, all) <= 2.5%\"\n";
    let place = place(&format!("{STUDY}{claims}"));
    let study = Study::load(&place.path("study.toml"), Overrides::default()).unwrap();
    let sheet = Sheet::of(&study);
    let json = sheet.to_json();
    let read = Sheet::from_json(&json).unwrap();
    assert_eq!(read.to_json(), json);
    assert_eq!(read.plan.keys(), study.plan.keys());
    assert_eq!(read.plan.scenarios[1].resolved, study.plan.scenarios[1].resolved);
    assert_eq!(read.plan.families(), [(0, vec![1])]);
}

/// The manifest holds what every scenario was, so that the results can be computed again without the files.
#[test]
fn the_manifest_holds_the_resolved_scenarios() {
    let place = place(STUDY);
    place.trihelix(&["sweep", "study.toml", "--out", "a", "--replicates", "1", "--quiet"]).succeeds();
    let manifest: Value = serde_json::from_slice(&fs::read(place.path("a/manifest.json")).unwrap()).unwrap();
    place.trihelix(&["run", "world.toml", "policy.toml", "--months", "4", "--out", "r", "--quiet"]).succeeds();
    let run: Value = serde_json::from_slice(&fs::read(place.path("r/manifest.json")).unwrap()).unwrap();
    let [base, policy] = &manifest["scenarios"].as_array().unwrap()[..] else { panic!("two scenarios") };
    assert_eq!((&policy["base"], &policy["policy"]), (&Value::from("base"), &Value::from("restless")));
    let whole = trihelix::study::patched(&base["resolved"], &policy["resolved_merge_patch"]);
    assert_eq!(whole, run["scenario"]["resolved"]);
    assert_eq!(policy["digest"], run["scenario"]["digest"]);
}

/// The queries of the guide, as they stand there, on a real result.
#[test]
fn the_queries_of_the_guide_run() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = std::env::var("TRIHELIX_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let script = root.join("tests/readers/guide.py");
    let place = Place::new();
    let smoke = root.join("scenarios/studies/smoke.toml").display().to_string();
    place
        .trihelix(&["sweep", &smoke, "--months", "13", "--replicates", "2", "--out", "outputs/smoke", "--quiet"])
        .succeeds();
    let guide = root.join("docs/sweeps.md");
    let output =
        Command::new(&python).arg(&script).arg(&guide).current_dir(place.path("")).env("PYTHONUTF8", "1").output();
    let Ok(output) = output else {
        assert!(std::env::var_os("TRIHELIX_PYTHON").is_none(), "{python} cannot be started");
        eprintln!("skipped: there is no python3");
        return;
    };
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    println!("{said}");
    assert!(output.status.success(), "{said}");
    if std::env::var_os("TRIHELIX_PYTHON").is_some() {
        assert!(!said.contains("skipped") && said.contains("ran 4 queries"), "{said}");
    }
}
