//! The program as its users meet it: exit codes, what goes to which stream, what is left on the disk.

mod support;

use std::fs;

use support::command::{Place, trihelix};

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
    place.trihelix(&["plot", "other"]).fails_with(2).says("records.parquet");
    assert_eq!(fs::read_to_string(place.path("other/notes.txt")).unwrap(), "mine");
}
