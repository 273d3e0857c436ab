//! However a sweep was computed (killed, resumed, cut into shards, on any number of threads), its files are the same.

mod support;

use std::path::Path;
use std::time::Duration;

use support::command::Place;
use support::files_below;

/// Several hundred cells of half a year each: enough to be killed in the middle, few enough for every test run.
const MONTHS: &str = "6";

fn study() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/studies/smoke.toml").display().to_string()
}

fn done(place: &Place, store: &str) -> u64 {
    let status = ["sweep", &study(), "--months", MONTHS, "--store", store, "--status", "--format", "json"];
    place.trihelix(&status).succeeds().json()["done"].as_u64().unwrap()
}

#[test]
fn kills_threads_and_shards_leave_no_trace() {
    let place = Place::new();
    let study = study();
    let base = ["sweep", study.as_str(), "--months", MONTHS, "--quiet"];
    let with = |more: &[&str]| -> Vec<String> { base.iter().chain(more).map(|word| (*word).to_owned()).collect() };
    let call = |more: &[&str]| {
        let words = with(more);
        place.trihelix(&words.iter().map(String::as_str).collect::<Vec<_>>()).succeeds().says_no_more();
    };
    let kill_after = |milliseconds: u64, more: &[&str]| {
        let words = with(more);
        let mut child = place.start(&words.iter().map(String::as_str).collect::<Vec<_>>());
        std::thread::sleep(Duration::from_millis(milliseconds));
        // Killed, or already at its end: both have to be survived.
        let _ = child.kill();
        child.wait().unwrap();
    };
    call(&["--out", "reference", "--threads", "1", "--csv"]);
    let reference = files_below(&place.path("reference"));
    let results = reference.iter().filter(|(name, _)| !name.starts_with("inputs/"));
    assert_eq!(results.count(), 7);

    // Instants spread by a fixed rule; when they hit is the machine's chance.
    let mut cut_short = 0;
    for kill in 0..20_u64 {
        let threads = ["1", "2", "3", "4"][kill as usize % 4];
        kill_after(60 + kill * 7919 % 240, &["--out", "killed", "--csv", "--threads", threads]);
        let after = if place.path("killed-store").exists() { done(&place, "killed-store") } else { 0 };
        cut_short += u32::from(after < 288 && after > 0);
    }
    assert!(cut_short >= 3, "only {cut_short} kills left a part of the work behind");
    call(&["--out", "killed", "--csv", "--threads", "2"]);
    assert_eq!(files_below(&place.path("killed")), reference);

    for shard in ["2/3", "0/3", "1/3"] {
        let store = format!("store-{}", &shard[..1]);
        kill_after(150, &["--store", &store, "--shard", shard]);
        call(&["--store", &store, "--shard", shard, "--threads", "2"]);
    }
    for (out, order) in
        [("merged-a", ["store-2", "store-0", "store-1"]), ("merged-b", ["store-1", "store-2", "store-0"])]
    {
        let words: Vec<&str> = ["merge"].into_iter().chain(order).chain(["--out", out, "--csv", "--quiet"]).collect();
        place.trihelix(&words).succeeds().says_no_more();
        assert_eq!(files_below(&place.path(out)), reference, "{out}");
    }
}
