//! `diverge`: planted differences are found in their month, phase, entity, field and draw.

mod support;

use std::path::Path;

use serde_json::Value;
use support::command::Place;

fn kobe() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/kobe.toml").display().to_string()
}

fn parting(place: &Place, arguments: &[&str]) -> Value {
    let all = [&["diverge"], arguments, &["--format", "json"]].concat();
    let call = place.trihelix(&all);
    call.fails_with(3);
    call.json()["parting"].clone()
}

#[test]
fn the_same_run_does_not_part() {
    let place = Place::new();
    let kobe = kobe();
    place.trihelix(&["diverge", &kobe, &kobe, "--months", "4"]).succeeds().shows("no difference in 4 months");
    let nothing = ["diverge", &kobe, &kobe, "--months", "3", "--set-b", "labour.start_youngest=nonsense"];
    place.trihelix(&nothing).fails_with(2);
}

#[test]
fn other_luck_parts_before_the_first_month() {
    let place = Place::new();
    let found = parting(&place, &[&kobe(), &kobe(), "--months", "3", "--seed-b", "2"]);
    assert_eq!((&found["month"], &found["phase"]), (&Value::Null, &"start".into()));
    let [a, b] = ["a", "b"].map(|side| &found["draw"][side]);
    assert_eq!(a["address"], b["address"], "the same address");
    assert_ne!(a["word"], b["word"], "and another word");
}

/// Dated changes of one parameter: what it is, how it changes, and the phases whose business it is.
const PLANTED: [(&str, &str, &[&str]); 10] = [
    ("research.assets_per_researcher", "mul 2", &["research"]),
    ("ties.search", "mul 5", &["collaboration"]),
    ("ties.threshold", "set 4", &["collaboration"]),
    ("labour.applications", "set 1", &["labour"]),
    ("labour.leave_sector", "mul 4", &["people"]),
    // Universities and offices are paid what they will spend, in advance.
    ("operations.overhead", "mul 1.1", &["public_money"]),
    ("travel.local", "mul 2", &["environment"]),
    ("finance.hurdle", "mul 2", &["finance"]),
    ("distress.runway", "set 15", &["distress"]),
    // What is forgotten in a month is fixed before people move with what they know.
    ("knowledge.decay", "mul 2", &["places"]),
];

#[test]
fn planted_differences_are_found_in_their_month_and_phase() {
    let place = Place::new();
    for (path, change, phases) in PLANTED {
        let (section, field) = path.split_once('.').expect("a path");
        let (op, value) = change.split_once(' ').expect("an operation");
        let operand = if op == "mul" { "factor" } else { "value" };
        place.file(
            "policy.toml",
            &format!(
                "schema = 1\npolicy = true\nname = \"planted\"\n[[event]]\nid = \"planted\"\nat = 2024-04-01\n\
                 target = \"{section}\"\nfield = \"{field}\"\nop = \"{op}\"\n{operand} = {value}\n"
            ),
        );
        let both = [&kobe(), &format!("{}+policy.toml", kobe()), "--months", "6"].map(|word: &str| word.to_owned());
        let both: Vec<&str> = both.iter().map(String::as_str).collect();
        let found = parting(&place, &both);
        assert_eq!(found["date"], "2024-04-01", "{path}: {found}");
        assert!(phases.iter().any(|phase| found["phase"] == *phase), "{path}: {found}");
        assert!(found["field"].as_str().is_some_and(|field| !field.is_empty()), "{path}: {found}");
        assert!(found["entity"].is_string() && found["a"] != found["b"], "{path}: {found}");
    }
}

#[test]
fn folders_bring_their_own_seed_and_tell_another_version() {
    let place = Place::new();
    place.trihelix(&["run", &kobe(), "--months", "3", "--seed", "5", "--out", "a", "-q"]).succeeds();
    place.trihelix(&["run", &kobe(), "--months", "3", "--seed", "6", "--out", "b", "-q"]).succeeds();
    place.trihelix(&["diverge", "a", "a"]).succeeds();
    place.trihelix(&["diverge", "a", "b"]).fails_with(3).shows("before the first month").shows("draw");
    let path = place.path("a/digests.csv");
    let text = std::fs::read_to_string(&path).expect("a file");
    let line = text.lines().nth(2).expect("the second month").to_owned();
    std::fs::write(&path, text.replace(&line, "2024-02-01,00000000000000000000000000000000")).expect("a file");
    place
        .trihelix(&["diverge", "a", &kobe(), "--seed", "5", "--months", "3"])
        .fails_with(3)
        .shows("no difference in 3 months")
        .shows("the folder A is not what this program makes of it, from 2024-02");
}
