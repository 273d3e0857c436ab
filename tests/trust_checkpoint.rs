//! Checkpoints: whatever a run is, is in the file; going on from it ends with the same bytes.

mod support;

use std::fs;
use std::path::Path;

use serde_json::Value;
use support::command::Place;
use trihelix::checkpoint::{Checkpoint, CheckpointError};
use trihelix::scenario::Scenario;
use trihelix::simulate::Run;

fn scenario_file(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(name).display().to_string()
}

fn kobe(months: u16) -> Scenario {
    let sets = [format!("time.months={months}")];
    Scenario::load(Path::new(&scenario_file("kobe.toml")), &[], &sets).unwrap_or_else(|problems| panic!("{problems}")).0
}

/// A checkpoint of Kobe after some of its months.
fn checkpoint(scenario: &Scenario, done: u16) -> Vec<u8> {
    let mut run = Run::new(scenario, 5, 2);
    (0..done).for_each(|_| run.advance().expect("the books close"));
    Checkpoint::bytes_of(&run, scenario, 5, 2).expect("a state can be written")
}

/// `Debug` is derived with every field, also with those that serialisation is told to skip.
/// A policy that brings an entity, which no state of another run knows.
const NEWCOMER: &str = "schema = 1\nname = \"newcomer\"\npolicy = true\n\n\
    [[facility]]\nid = \"new-house\"\nname = \"New house\"\ncluster = \"kobe\"\nkind = \"incubator\"\nlab_slots = 3\n";

#[test]
fn every_field_of_the_state_is_in_the_file() {
    let scenario = kobe(6);
    let mut run = Run::new(&scenario, 5, 2);
    (0..3).for_each(|_| run.advance().expect("the books close"));
    let bytes = Checkpoint::bytes_of(&run, &scenario, 5, 2).expect("a state can be written");
    let again = Checkpoint::from_bytes(&bytes).expect("and read").resume(&scenario, 5, 2);
    let (before, after) = (shown(&run), shown(&again));
    let at = before.iter().zip(&after).position(|(a, b)| a != b);
    let near = |text: &[u8], at: usize| {
        String::from_utf8_lossy(&text[at.saturating_sub(200)..(at + 50).min(text.len())]).into_owned()
    };
    assert!(at.is_none(), "{}\n---\n{}", near(&before, at.unwrap_or(0)), near(&after, at.unwrap_or(0)));
    assert_eq!(before.len(), after.len());
}

/// The state in words, without the buffers that a calendar keeps to be used again: memory, not state.
fn shown(run: &Run) -> Vec<u8> {
    let text = format!("{:?}", run.state());
    let mut parts = text.split("spare: [");
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        kept.push_str(part.trim_start_matches(['[', ']', ',', ' ']));
    }
    kept.into_bytes()
}

#[test]
fn a_run_from_a_checkpoint_ends_with_the_same_bytes() {
    let place = Place::new();
    let kobe = scenario_file("kobe.toml");
    let run = ["run", &kobe, "--months", "9", "--seed", "3", "-q"];
    let with = |more: &[&str]| {
        place.trihelix(&[&run[..], more].concat()).succeeds().says_no_more();
    };
    with(&["--out", "plain"]);
    with(&["--out", "whole", "--checkpoint-every", "4"]);
    let written: Vec<String> =
        place.files().into_iter().filter(|name| name.starts_with("whole-checkpoints/")).collect();
    assert_eq!(written, ["whole-checkpoints/month-0004.checkpoint", "whole-checkpoints/month-0008.checkpoint"]);
    for checkpoint in &written {
        with(&["--out", "again", "--from", checkpoint]);
        assert_same_files(&place, "plain", "again");
    }
    assert_same_files(&place, "plain", "whole");
}

fn assert_same_files(place: &Place, a: &str, b: &str) {
    let of = |folder: &str| -> Vec<String> {
        let prefix = format!("{folder}/");
        place.files().iter().filter_map(|name| name.strip_prefix(&prefix)).map(str::to_owned).collect()
    };
    assert_eq!(of(a), of(b));
    for name in of(a) {
        let read = |folder: &str| fs::read(place.path(&format!("{folder}/{name}"))).expect("a file");
        assert!(read(a) == read(b), "{name} of {a} and {b} differ");
    }
}

const POLICY: &str = r#"
schema = 1
name = "more-benches"
policy = true

[[cluster]]
id = "kobe"
lab_slots = 900
"#;

#[test]
fn a_branch_shares_its_first_months_and_says_so() {
    let place = Place::new();
    place.file("policy.toml", POLICY);
    let kobe = scenario_file("kobe.toml");
    let run = |more: &[&str]| place.trihelix(&[&["run", kobe.as_str(), "--months", "8"], more].concat());
    run(&["--out", "trunk", "--checkpoint-every", "5", "-q"]).succeeds();
    let from = "trunk-checkpoints/month-0005.checkpoint";
    run(&["policy.toml", "--out", "policy", "--from", from]).succeeds().says("a branch of `kobe`").says("other values");
    run(&["--replicate", "4", "--out", "luck", "--from", from]).succeeds().says("other luck");
    let lines = |folder: &str, name: &str| -> Vec<String> {
        let text = fs::read_to_string(place.path(&format!("{folder}/{name}"))).expect("a file");
        text.lines().map(str::to_owned).collect()
    };
    for branch in ["policy", "luck"] {
        let (ours, theirs) = (lines(branch, "digests.csv"), lines("trunk", "digests.csv"));
        assert_eq!(ours[..6], theirs[..6], "a head line and five months");
        assert!(ours[6..].iter().zip(&theirs[6..]).all(|(a, b)| a != b), "{branch}");
        let manifest: Value = serde_json::from_str(&lines(branch, "manifest.json").join("\n")).expect("JSON");
        assert_eq!(manifest["branch"]["months"], 5);
        assert_eq!(manifest["branch"]["seed"], 1);
    }
    let trunk: Value = serde_json::from_str(&lines("trunk", "manifest.json").join("\n")).expect("JSON");
    assert!(trunk.get("branch").is_none());
}

#[test]
fn a_branch_must_fit_the_state() {
    let place = Place::new();
    place.file("newcomer.toml", NEWCOMER);
    let kobe = scenario_file("kobe.toml");
    let run = |more: &[&str]| place.trihelix(&[&["run", kobe.as_str(), "-q"], more].concat());
    run(&["--months", "4", "--out", "trunk", "--checkpoint-every", "2"]).succeeds();
    let from = "trunk-checkpoints/month-0002.checkpoint";
    run(&["newcomer.toml", "--months", "4", "--out", "b", "--from", from])
        .fails_with(2)
        .says("`facility.new-house` is new");
    run(&["--months", "5", "--out", "b", "--from", from]).fails_with(2).says("as many months as the longest branch");
    run(&["--months", "2", "--out", "b", "--from", from]).fails_with(2).says("an earlier checkpoint");
    run(&["--months", "4", "--out", "b", "--from", "nowhere"]).fails_with(2).says("nowhere");
    run(&["--months", "4", "--out", "b", "--from", "trunk/manifest.json"]).fails_with(2).says("is not a checkpoint");
    let sound = fs::read(place.path(from)).expect("a file");
    for at in (0..sound.len()).step_by(sound.len() / 7) {
        let mut flipped = sound.clone();
        flipped[at] ^= 4;
        fs::write(place.path("flipped"), flipped).expect("a file");
        run(&["--months", "4", "--out", "b", "--from", "flipped"]).fails_with(2).says("flipped: ");
    }
    fs::write(place.path("cut"), &sound[..sound.len() / 2]).expect("a file");
    run(&["--months", "4", "--out", "b", "--from", "cut"]).fails_with(2).says("was cut off or changed");
    assert!(!place.path("b").exists(), "nothing is written");
}

#[test]
fn formats_are_numbered() {
    let scenario = kobe(3);
    let mut bytes = checkpoint(&scenario, 1);
    bytes[20] = 9;
    assert_eq!(Checkpoint::from_bytes(&bytes).unwrap_err(), CheckpointError::Format(9));
    assert_eq!(Checkpoint::from_bytes(b"PAR1").unwrap_err(), CheckpointError::Foreign);
    assert_eq!(Checkpoint::from_bytes(&bytes[..22]).unwrap_err(), CheckpointError::Damaged);
}

const STUDY: &str = r#"
schema = 1
name = "branches"
replicates = 2
months = 8
resolution = "month"
metrics = ["employees", "lab_slots"]

[branch]
after = 5

[[scenario]]
name = "kobe"
file = "world.toml"

[[policy]]
name = "more-benches"
files = ["policy.toml"]
"#;

#[test]
fn a_study_of_branches_simulates_the_shared_months_once() {
    let place = Place::new();
    place.file("policy.toml", POLICY);
    place.file("world.toml", include_str!("../scenarios/studies/small.toml"));
    place.file("study.toml", STUDY);
    place.file("whole.toml", &STUDY.replace("[branch]\nafter = 5\n", ""));
    let sweep = |study: &str, out: &str, more: &[&str]| {
        place.trihelix(&[&["sweep", study, "--out", out, "--csv", "-q"], more].concat()).succeeds();
    };
    sweep("study.toml", "branches", &[]);
    sweep("whole.toml", "whole", &[]);
    let rows = |folder: &str| -> Vec<Vec<String>> {
        let text = fs::read_to_string(place.path(&format!("{folder}/records.csv"))).expect("a file");
        text.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect()
    };
    let of = |folder: &str, scenario: &str, replicate: &str| -> Vec<Vec<String>> {
        let own = |row: &Vec<String>| row[0] == scenario && row[2] == replicate;
        rows(folder).into_iter().filter(own).map(|row| row[3..].to_vec()).collect()
    };
    // The first replicate of the first scenario is the run that the trunk was taken from; others part after it.
    let first = of("branches", "kobe", "0");
    assert_eq!(first, of("whole", "kobe", "0"));
    let shared = first.len() / 8 * 5;
    for (scenario, replicate) in [("kobe", "1"), ("kobe+more-benches", "0"), ("kobe+more-benches", "1")] {
        let branch = of("branches", scenario, replicate);
        assert_eq!(branch[..shared], first[..shared], "{scenario} {replicate}");
        assert_ne!(branch[shared..], first[shared..], "{scenario} {replicate}");
        assert_ne!(branch, of("whole", scenario, replicate));
    }
    // Killed and shared out, it is the same study; its cells are not those of the study without a branch.
    sweep("study.toml", "parts", &["--shard", "0/2"]);
    sweep("study.toml", "parts", &["--threads", "1"]);
    assert_same_files(&place, "branches", "parts");
    let keys = |folder: &str| fs::read(place.path(&format!("{folder}/cells.parquet"))).expect("a file");
    assert!(keys("branches") != keys("whole"));
    let manifest = fs::read_to_string(place.path("branches/manifest.json")).expect("a file");
    let manifest: Value = serde_json::from_str(&manifest).expect("JSON");
    assert_eq!(manifest["branch"]["after"], 5);
    place.trihelix(&["verify", "branches", "-q"]).succeeds();
    place.trihelix(&["verify", "branches", "-q", "--sample", "2"]).succeeds();
}

#[test]
fn a_study_of_branches_that_do_not_fit_is_refused() {
    let place = Place::new();
    place.file("policy.toml", NEWCOMER);
    place.file("world.toml", include_str!("../scenarios/studies/small.toml"));
    let study = STUDY;
    let refused = |text: &str, why: &str| {
        place.file("study.toml", text);
        place.trihelix(&["sweep", "study.toml", "--out", "b", "-q"]).fails_with(2).says(why);
    };
    refused(study, "scenario `kobe+more-benches` cannot branch off: `facility.new-house` is new");
    let alone = &study[..study.find("[[policy]]").expect("there")];
    refused(&alone.replace("after = 5", "after = 8"), "the scenario has 8 months; give the branch more months");
    refused(&alone.replace("after = 5", ""), "`[branch]` does not say after which month");
    refused(&alone.replace("after = 5", "after = 5\nfrom = 3"), "from");
    assert!(!place.path("b").exists(), "nothing is written");
}
