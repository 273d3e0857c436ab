//! The program as its users meet it: exit codes, what goes to which stream, what is left on the disk.

mod support;

use std::fs;
use std::path::Path;

use support::command::{Place, trihelix};

/// The shipped scenario, from anywhere.
fn kansai() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/kansai-2024.toml").display().to_string()
}

/// Every file of a result folder with its bytes.
fn bytes_of(place: &Place, folder: &str) -> Vec<(String, Vec<u8>)> {
    let prefix = format!("{folder}/");
    let names: Vec<String> = place.files().into_iter().filter(|name| name.starts_with(&prefix)).collect();
    names.into_iter().map(|name| (name[prefix.len()..].to_owned(), fs::read(place.path(&name)).unwrap())).collect()
}

#[test]
fn help_and_version_are_asked_for_and_given() {
    let help = trihelix(&["--help"]);
    help.succeeds().shows("Usage:").shows("run").shows("explain").says_no_more();
    trihelix(&["--version"]).succeeds().shows(env!("CARGO_PKG_VERSION"));
    trihelix(&["run", "--help"]).succeeds().shows("--seed").shows("--set");
}

#[test]
fn nothing_at_all_shows_the_help_and_is_wrong() {
    trihelix(&[]).fails_with(2).says("Usage:");
}

#[test]
fn a_misspelt_option_or_verb_is_told_what_was_meant() {
    trihelix(&["run", "a.toml", "--sed", "1"]).fails_with(2).says("--seed");
    trihelix(&["runn", "a.toml"]).fails_with(2).says("run");
}

#[test]
fn values_that_no_run_could_have_are_refused() {
    let wrong: [&[&str]; 6] = [
        &["--seed", "-1"],
        &["--seed", "1.5"],
        &["--months", "0"],
        &["--threads", "0"],
        &["--set", "no-equals-sign"],
        &["--format", "xml"],
    ];
    for options in wrong {
        let command: Vec<&str> = ["run", "a.toml"].into_iter().chain(options.iter().copied()).collect();
        trihelix(&command).fails_with(2).says(options[0]);
    }
}

#[test]
fn completions_come_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        trihelix(&["completions", shell]).succeeds().shows("trihelix").says_no_more();
    }
    trihelix(&["completions", "tcsh"]).fails_with(2).says("bash");
}

#[test]
fn explain_without_a_path_asks_for_one() {
    trihelix(&["explain", "scenarios/kansai-2024.toml"]).fails_with(2).says("which parameter");
}

#[test]
fn plot_wants_a_result_folder() {
    let place = Place::new();
    place.file("other/notes.txt", "mine");
    place.trihelix(&["plot", "other"]).fails_with(2).says("manifest.json");
    place.trihelix(&["plot", "nowhere"]).fails_with(2).says("nowhere");
    place.file("other/manifest.json", "{");
    place.trihelix(&["plot", "other"]).fails_with(2).says("manifest");
    place.file("other/manifest.json", r#"{"program": "trihelix"}"#);
    place.trihelix(&["plot", "other"]).fails_with(2).says("seal");
    assert_eq!(fs::read_to_string(place.path("other/notes.txt")).unwrap(), "mine");
}

#[test]
fn check_lists_every_problem_and_its_place() {
    trihelix(&["check", "scenarios/kansai-2024.toml"]).succeeds().shows("0 errors").says_no_more();
    let place = Place::new();
    place.file("a.toml", "[scenario\n");
    let call = place.trihelix(&["check", "a.toml", "nowhere.toml", "--format", "json"]);
    let document = call.fails_with(2).says_no_more().json();
    let problems = document["problems"].as_array().unwrap();
    assert!(problems.len() >= 2, "{document}");
    for key in ["code", "severity", "file", "line", "column", "message", "fix"] {
        assert!(problems[0].get(key).is_some(), "{key}");
    }
    place.trihelix(&["check", "a.toml"]).fails_with(2).shows("a.toml:1:").says_no_more();
}

#[test]
fn a_run_writes_its_folder_and_says_what_to_open() {
    let place = Place::new();
    let run = place.trihelix(&["run", &kansai(), "--months", "3"]);
    run.succeeds().shows("Osaka").shows("Kobe").shows("Boston").shows("All clusters").shows("open this first");
    let files = place.files();
    for name in ["manifest.json", "records.parquet", "records.csv", "events.parquet", "flows.parquet", "summary.json"] {
        assert!(files.contains(&format!("outputs/kansai-2024/{name}")), "{name} is missing: {files:?}");
    }
    assert!(files.iter().all(|name| name.starts_with("outputs/kansai-2024/")), "{files:?}");
    assert!(files.iter().any(|name| name.ends_with(".svg")) && files.iter().any(|name| name.ends_with(".png")));
}

#[test]
fn the_same_seed_gives_the_same_bytes_whatever_else_differs() {
    let place = Place::new();
    let months = ["--months", "4", "--seed", "9", "--quiet"];
    let run = |out: &str, more: &[&str], variables: &[(&str, &str)]| {
        let scenario = kansai();
        let command: Vec<&str> =
            ["run", &scenario, "--out", out].into_iter().chain(months).chain(more.iter().copied()).collect();
        let call = place.trihelix_with(&command, variables);
        call.succeeds().says_no_more();
        assert!(call.stdout.is_empty(), "{call}");
        bytes_of(&place, out)
    };
    let first = run("a", &["--threads", "1"], &[]);
    assert!(first.len() > 8, "{} files", first.len());
    let elsewhere = [("LC_ALL", "de_DE.UTF-8"), ("LANG", "ja_JP.UTF-8"), ("TZ", "Asia/Tokyo")];
    assert!(first == run("b/c/d", &["--threads", "2"], &elsewhere), "another folder, locale and number of threads");
    assert!(first == run("a", &[], &[]), "a second run into the same folder");
    let masked = [("GLIBC_TUNABLES", "glibc.cpu.hwcaps=-FMA,-AVX2,-FMA4")];
    assert!(first == run("e", &[], &masked), "another processor");
    let replicate = run("f", &["--replicate", "1"], &[]);
    assert!(first != replicate);
}

#[test]
fn json_is_one_document_on_standard_output() {
    let place = Place::new();
    let run = place.trihelix(&["run", &kansai(), "--months", "2", "--out", "a", "--format", "json"]);
    let document = run.succeeds().json();
    assert_eq!(document["out"], "a");
    assert_eq!(document["state_digest"].as_str().unwrap().len(), 64);
    assert_eq!(document["summary"]["months"], 2);
    assert!(document["summary"]["clusters"]["osaka"]["metrics"]["startups_alive"]["last"].is_i64());
    let manifest: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(place.path("a/manifest.json")).unwrap()).unwrap();
    assert_eq!(manifest["state_digest"], document["state_digest"]);
    let summary: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(place.path("a/summary.json")).unwrap()).unwrap();
    assert_eq!(summary, document["summary"]);
}

#[test]
fn what_is_set_on_the_command_line_is_recorded() {
    let place = Place::new();
    let run = ["run", &kansai(), "--months", "2", "--out", "a", "--set", "finance.cold_supply=0.41", "--quiet"];
    place.trihelix(&run).succeeds();
    let manifest: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(place.path("a/manifest.json")).unwrap()).unwrap();
    let overrides = manifest["overrides"].as_array().unwrap();
    assert!(overrides.iter().any(|set| set == "finance.cold_supply=0.41"), "{overrides:?}");
    assert_eq!(manifest["scenario"]["resolved"]["finance.cold_supply"]["value"], 0.41);
    assert_eq!(manifest["months"], 2);
}

#[test]
fn wrong_input_leaves_earlier_results_as_they_were() {
    let place = Place::new();
    place.trihelix(&["run", &kansai(), "--months", "2", "--out", "a", "--quiet"]).succeeds();
    let before = bytes_of(&place, "a");
    place.file("broken.toml", "[scenario\n");
    place.file("nonsense.toml", "\u{0}\u{1}");
    fs::create_dir(place.path("folder.toml")).unwrap();
    for scenario in ["broken.toml", "nonsense.toml", "folder.toml", "nowhere.toml"] {
        place.trihelix(&["run", scenario, "--out", "a"]).fails_with(2).says(scenario);
    }
    let scenario = kansai();
    let misspelt = ["run", &scenario, "--out", "a", "--set", "finance.cold_suply=0.5"];
    place.trihelix(&misspelt).fails_with(2).says("`cold_supply`");
    let absurd = ["run", &scenario, "--out", "a", "--set", "finance.cold_supply=nothing"];
    place.trihelix(&absurd).fails_with(2).says("cold_supply");
    assert!(before == bytes_of(&place, "a"));
}

#[test]
fn a_strangers_folder_is_written_to_only_by_force() {
    let place = Place::new();
    place.file("mine/diary.txt", "dear diary");
    let run = ["run", &kansai(), "--months", "2", "--out", "mine", "--quiet"];
    place.trihelix(&run).fails_with(2).says("--force");
    assert_eq!(place.files(), ["mine/diary.txt"]);
    let forced: Vec<&str> = run.iter().copied().chain(["--force"]).collect();
    place.trihelix(&forced).succeeds();
    assert_eq!(fs::read_to_string(place.path("mine/diary.txt")).unwrap(), "dear diary");
    assert!(place.path("mine/manifest.json").exists());
}

#[test]
fn a_folder_that_cannot_be_made_fails_before_the_first_month() {
    let place = Place::new();
    place.file("file", "mine");
    place.trihelix(&["run", &kansai(), "--out", "file"]).fails_with(2).says("file");
    place.trihelix(&["run", &kansai(), "--out", "file/below"]).fails_with(2).says("file");
    if cfg!(target_os = "linux") {
        place.trihelix(&["run", &kansai(), "--out", "/proc/results"]).fails_with(1).says("/proc/results");
    }
    assert_eq!(place.files(), ["file"]);
}

#[test]
fn charts_are_drawn_again_from_a_folder() {
    let place = Place::new();
    place.trihelix(&["run", &kansai(), "--months", "26", "--out", "a", "--quiet"]).succeeds();
    let before = bytes_of(&place, "a");
    fs::remove_dir_all(place.path("a/figures")).unwrap();
    place.trihelix(&["plot", "a"]).succeeds().shows("figures/");
    assert!(before == bytes_of(&place, "a"), "the charts drawn again differ");
}

/// What only a shell of Unix can set up.
#[cfg(unix)]
mod in_a_shell {
    use super::*;

    #[test]
    fn a_reader_that_has_gone_is_no_failure() {
        let place = Place::new();
        let line = format!("(trihelix run '{}' --months 2; echo code $? >&2) | true", kansai());
        place.shell(&line).succeeds().says("code 0");
        place.shell("(trihelix --help; echo code $? >&2) | true").succeeds().says("code 0");
    }

    #[test]
    fn a_full_disk_leaves_earlier_results_as_they_were() {
        let place = Place::new();
        place.trihelix(&["run", &kansai(), "--months", "2", "--out", "a", "--quiet"]).succeeds();
        let before = bytes_of(&place, "a");
        // A file may not grow beyond a few blocks here: the nearest that any user can come to a full disk.
        let line = format!("trap '' XFSZ; ulimit -f 8; trihelix run '{}' --months 2 --seed 2 --out a", kansai());
        place.shell(&line).fails_with(1).says("earlier results are as they were");
        assert!(before == bytes_of(&place, "a"));
        assert!(place.files().iter().all(|name| name.starts_with("a/")), "{:?}", place.files());
    }

    #[test]
    fn an_interrupted_run_leaves_nothing() {
        let place = Place::new();
        let mut run = place.start(&["run", &kansai(), "--months", "1200", "--out", "a", "--quiet"]);
        std::thread::sleep(std::time::Duration::from_millis(700));
        let kill = std::process::Command::new("kill").arg("-INT").arg(run.id().to_string()).status();
        assert!(kill.unwrap().success());
        let status = run.wait().unwrap();
        assert_eq!(status.code(), Some(130), "{status}");
        assert!(place.files().is_empty(), "{:?}", place.files());
    }
}

#[test]
fn a_life_is_told_with_the_causes_of_what_happened() {
    let place = Place::new();
    let told = |subject: &str, months: &str| {
        place.trihelix(&["run", &kansai(), "--months", months, "--out", "o", "--trace", subject])
    };
    let startup = told("startup:kobe-clik-startups-1", "30");
    startup.succeeds().shows("2024-01").shows("in Kobe").shows("programme 1").shows("in cash, spending JPY");
    startup.succeeds().shows("probability of passing: 0.").shows("Written to");
    told("programme:kobe-clik-startups-1/1", "24")
        .succeeds()
        .shows("of kobe-clik-startups-1")
        .shows("preclinical work");
    told("fund:ouvc", "12").succeeds().shows("leads a round of").shows("not yet called");
    told("institution:osaka-university", "12").succeeds().shows("findings on the shelf");
    told("person:kobe-university/3", "3").succeeds().shows("works for kobe-university").shows("lives in Kobe");
}

#[test]
fn a_founder_is_found_through_the_startup_and_again_by_key() {
    let place = Place::new();
    let story = |subject: &str| {
        let command =
            ["run", &kansai(), "--months", "18", "--out", "o", "--format", "json", "--quiet", "--trace", subject];
        let answer: serde_json::Value = serde_json::from_str(&place.trihelix(&command).succeeds().stdout).unwrap();
        let lines = answer["trace"].as_array().unwrap().clone();
        lines.iter().map(|line| line["text"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    // Whatever the university gives birth to first.
    let births = story("institution:osaka-university");
    let born = births.iter().find_map(|line| line.split_once(" is founded out of it")).expect("a birth").0.to_owned();
    let founder = story(&format!("person:{born}/founder"));
    assert!(founder.iter().any(|line| line.contains(&format!("works for {born}"))), "{founder:?}");
    let key = founder[0].rsplit_once("person:").expect("a key").1.to_owned();
    let life = story(&format!("person:{key}"));
    assert!(life.iter().any(|line| line.contains(&format!("works for {born}"))), "{life:?}");
    assert_eq!(story(&format!("startup:{}", born.trim_start_matches("startup-"))), story(&format!("startup:{born}")));
}

#[test]
fn nobody_of_that_name_is_told_with_what_was_meant() {
    let place = Place::new();
    let told = |subject: &str| place.trihelix(&["run", &kansai(), "--months", "2", "--out", "o", "--trace", subject]);
    told("startup:kobe-clik-startup-1").fails_with(2).says("did you mean `kobe-clik-startups-1`?");
    told("startup:ouvc").fails_with(2).says("write fund:ouvc");
    told("programme:kobe-clik-startups-1/99").fails_with(2).says("not that one");
    told("city:osaka").fails_with(2).says("--trace").says("startup:NAME");
    assert!(!place.files().iter().any(|name| name.starts_with("o/")), "nothing is written");
}
