//! `verify`: a sound folder passes, and a flipped bit anywhere in it is found and named.

mod support;

use std::fs;
use std::path::Path;

use serde_json::Value;
use support::command::Place;

fn shipped(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(name).display().to_string()
}

/// Every file of a result folder.
fn files(place: &Place, folder: &str) -> Vec<String> {
    let prefix = format!("{folder}/");
    place.files().iter().filter_map(|name| name.strip_prefix(&prefix)).map(str::to_owned).collect()
}

/// Flips one bit, asks `verify`, puts the bit back; the differences found.
fn flipped(place: &Place, folder: &str, file: &str, at: usize, bit: u8) -> Vec<Value> {
    let path = place.path(&format!("{folder}/{file}"));
    let sound = fs::read(&path).expect("a file");
    let mut bytes = sound.clone();
    bytes[at] ^= 1 << bit;
    fs::write(&path, bytes).expect("a file");
    let call = place.trihelix(&["verify", folder, "--format", "json", "-q"]);
    fs::write(&path, sound).expect("a file");
    call.fails_with(3);
    let document = call.json();
    assert_eq!(document["verified"], false);
    document["differences"].as_array().expect("a list").clone()
}

/// Places all over a file, its last byte among them.
fn spread(length: usize) -> Vec<usize> {
    let mut places = vec![length / 3, length * 4 / 5, length - 1];
    places.dedup();
    places
}

#[test]
fn a_flipped_bit_in_any_file_of_a_run_is_named() {
    let place = Place::new();
    place.file("policy.toml", "schema = 1\npolicy = true\nname = \"open\"\n[ties]\nrenewal = 0.5\n");
    let run = ["run", &shipped("kobe.toml"), "policy.toml", "--months", "3", "--seed", "7", "--replicate", "2"];
    place.trihelix(&[&run[..], &["--out", "r", "-q", "--set", "ties.search=0.02"]].concat()).succeeds();
    place.trihelix(&["verify", "r"]).succeeds().shows("the run made again, no byte differs").says_no_more();
    let all = files(&place, "r");
    assert!(all.contains(&"inputs/open/policy.toml".to_owned()), "{all:?}");
    for (number, file) in all.iter().enumerate() {
        let length = fs::metadata(place.path(&format!("r/{file}"))).expect("a file").len() as usize;
        // Every kind of file in three places, of charts and copies every fifth in one: they are many and alike.
        let places = match file.starts_with("figures/") || file.starts_with("inputs/") {
            true if number % 5 == 0 => vec![length * (number % 7 + 1) / 9],
            true => Vec::new(),
            false => spread(length),
        };
        for at in places {
            let found = flipped(&place, "r", file, at, (at % 7) as u8);
            let own: Vec<&Value> = found.iter().filter(|finding| finding["file"] == *file).collect();
            assert_eq!((own.len(), found.len()), (1, 1), "{file}, byte {at}: {found:?}");
            let made_again = !file.starts_with("inputs/") && file != "manifest.json";
            if made_again {
                assert_eq!(own[0]["run"], "scenario kobe, replicate 2 of seed 7", "{file}, byte {at}: {own:?}");
                assert!(own[0]["field"].is_string(), "{file}, byte {at}: {own:?}");
            }
        }
    }
    place.trihelix(&["verify", "r", "-q"]).succeeds();
}

#[test]
fn values_are_named_by_month_cluster_and_field() {
    let place = Place::new();
    let run = ["run", &shipped("kobe.toml"), "--months", "3", "--out", "r", "-q"];
    place.trihelix(&run).succeeds();
    let text = fs::read_to_string(place.path("r/records.csv")).expect("a file");
    // The last digit of the people of Kobe in March.
    let names: Vec<&str> = text.lines().next().expect("a head").split(',').collect();
    let column = names.iter().position(|name| *name == "people").expect("a metric");
    let line = text.lines().position(|line| line.contains("2024-03-01,kobe")).expect("a row");
    let before: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let row = text.lines().nth(line).expect("a row");
    let end: usize = row.split(',').take(column + 1).map(|cell| cell.len() + 1).sum::<usize>() - 2;
    let found = flipped(&place, "r", "records.csv", before + end, 0);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["month"], "2024-03-01");
    assert_eq!((&found[0]["cluster"], &found[0]["field"]), (&"kobe".into(), &"people".into()));
    // A missing file, and one that the manifest does not know.
    fs::remove_file(place.path("r/flows.parquet")).expect("it was there");
    place.trihelix(&["verify", "r"]).fails_with(3).shows("flows.parquet").shows("missing");
    place.trihelix(&["verify", "nowhere"]).fails_with(2).says("no manifest.json");
}

#[test]
fn the_chain_of_digests_is_short() {
    let place = Place::new();
    place.trihelix(&["run", &shipped("kobe.toml"), "--months", "12", "--out", "r", "-q"]).succeeds();
    let text = fs::read_to_string(place.path("r/digests.csv")).expect("a file");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 13, "a head and a line a month");
    assert!(lines[1..].iter().all(|line| line.len() < 64), "at most 64 bytes a month, the line break among them");
}

/// Whoever changes a value and its digest leaves the seal broken; whoever mends the seal leaves the run against them.
#[test]
fn a_forger_is_found() {
    let place = Place::new();
    place.trihelix(&["run", &shipped("kobe.toml"), "--months", "2", "--out", "r", "-q"]).succeeds();
    let csv = place.path("r/records.csv");
    let forged = fs::read_to_string(&csv).expect("a file").replacen("2024-02-01,kobe,", "2024-02-01,kobe,1", 1);
    let manifest = place.path("r/manifest.json");
    let text = fs::read_to_string(&manifest).expect("a file");
    let old = blake3::hash(&fs::read(&csv).expect("a file")).to_hex().to_string();
    let text = text.replace(&old, &blake3::hash(forged.as_bytes()).to_hex());
    fs::write(&csv, forged).expect("a file");
    fs::write(&manifest, &text).expect("a file");
    place.trihelix(&["verify", "r"]).fails_with(3).shows("its seal is broken").shows("/files/records.csv");
    let (body, _) = text.split_once(",\n  \"seal\"").expect("a seal");
    let seal = blake3::hash(body.as_bytes()).to_hex();
    fs::write(&manifest, format!("{body},\n  \"seal\": \"{seal}\"\n}}\n")).expect("a file");
    place.trihelix(&["verify", "r"]).fails_with(3).shows("records.csv").shows("month 2024-02-01").shows("cluster kobe");
}

#[test]
fn a_branch_is_verified_from_the_checkpoint_that_it_keeps() {
    let place = Place::new();
    let run = |more: &[&str]| {
        place.trihelix(&[&["run", &shipped("kobe.toml"), "--months", "4", "-q"], more].concat()).succeeds();
    };
    run(&["--out", "trunk", "--checkpoint-every", "2"]);
    run(&["--out", "b", "--replicate", "3", "--from", "trunk-checkpoints/month-0002.checkpoint"]);
    fs::remove_dir_all(place.path("trunk-checkpoints")).expect("it was there");
    place.trihelix(&["verify", "b"]).succeeds();
    let length = fs::metadata(place.path("b/inputs/branch.checkpoint")).expect("a file").len() as usize;
    let found = flipped(&place, "b", "inputs/branch.checkpoint", length / 2, 3);
    assert_eq!(found.len(), 1, "{found:?}");
}

const STUDY: &str = r#"
schema = 1
name = "tiny"
replicates = 2
months = 2
resolution = "month"
metrics = ["employees", "knowledge_variety"]
[[scenario]]
file = "world.toml"
[[vary]]
path = "ties.search"
values = [0.02, 0.05]
"#;

#[test]
fn sweeps_are_verified_whole_or_in_part() {
    let place = Place::new();
    let world = fs::read_to_string(shipped("studies/small.toml")).expect("a file");
    place.file("world.toml", &world);
    place.file("study.toml", STUDY);
    place.trihelix(&["sweep", "study.toml", "--out", "s", "--csv", "--replicates", "3", "-q"]).succeeds();
    place.trihelix(&["verify", "s"]).succeeds().shows("all 6 runs made again");
    place.trihelix(&["verify", "s", "--sample", "2"]).succeeds().shows("2 of 6 runs made again");
    let tables = |file: &String| !file.starts_with("inputs/") || file.ends_with("study.toml");
    for file in files(&place, "s").into_iter().filter(tables) {
        let length = fs::metadata(place.path(&format!("s/{file}"))).expect("a file").len() as usize;
        let found = flipped(&place, "s", &file, length / 2, 1);
        assert!(found.iter().any(|finding| finding["file"] == file), "{file}: {found:?}");
    }
    let text = fs::read_to_string(place.path("s/records.csv")).expect("a file");
    let at = text.find("2024-02-01,").expect("a date") + 1;
    let at = at + text[at..].find('\n').expect("an end") - 1;
    let found = flipped(&place, "s", "records.csv", at, 0);
    assert!(found[0]["run"].as_str().is_some_and(|run| run.contains("point 0, replicate 0")), "{found:?}");
    assert!(found[0]["field"] == "knowledge_variety" && found[0]["month"] == "2024-02-01", "{found:?}");
}

#[test]
fn comparisons_are_verified_whole_or_in_part() {
    let place = Place::new();
    place.file("policy.toml", "schema = 1\npolicy = true\nname = \"open\"\n[ties]\nrenewal = 0.5\n");
    let compare = ["compare", &shipped("kobe.toml"), "policy.toml", "--replicates", "3", "--months", "2", "-q"];
    place.trihelix(&[&compare[..], &["--out", "c"]].concat()).succeeds();
    place.trihelix(&["verify", "c"]).succeeds().shows("all 6 runs made again");
    place.trihelix(&["verify", "c", "--sample", "2"]).succeeds().shows("2 of 6 runs made again");
    for file in ["differences.csv", "differences.parquet", "summary.json", "manifest.json"] {
        let length = fs::metadata(place.path(&format!("c/{file}"))).expect("a file").len() as usize;
        let found = flipped(&place, "c", file, length / 2, 1);
        assert!(found.iter().any(|finding| finding["file"] == file), "{file}: {found:?}");
    }
}
