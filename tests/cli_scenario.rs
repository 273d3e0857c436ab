//! The verbs about scenario files, as their users meet them: `check`, `explain`, `diff`, `schema`, `new`.

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use support::command::{Place, trihelix};

fn shipped(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name).display().to_string()
}

fn kansai() -> String {
    shipped("scenarios/kansai-2024.toml")
}

/// A folder with the smallest scenario, as `minimal.toml`.
fn place() -> Place {
    let place = Place::new();
    fs::copy(shipped("tests/scenarios/minimal.toml"), place.path("minimal.toml")).unwrap();
    place
}

fn policy(name: &str, rest: &str) -> String {
    format!("schema = 1\npolicy = true\nname = \"{name}\"\n{rest}")
}

/// The shipped files of a folder, parts that are only extended left out.
fn toml_files(folder: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(shipped(folder)) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    files
}

const LABS: &str = "[cluster.kobe]\nlab_slots = 55\n";

#[test]
fn a_policy_is_checked_over_the_scenario_near_it() {
    let place = place();
    place.file("policies/labs.toml", &policy("labs", LABS));
    let call = place.trihelix(&["check", "policies/labs.toml"]);
    call.succeeds().shows("0 errors, 0 warnings").shows("policies/labs.toml was laid over minimal.toml").says_no_more();
    place.file("wrong.toml", &policy("wrong", "[cluster.kobe]\nlab_slot = 55\n"));
    let call = place.trihelix(&["check", "wrong.toml", "--format", "json"]);
    let document = call.fails_with(2).says_no_more().json();
    assert_eq!(document["problems"][0]["code"], "TH013", "{document}");
    assert_eq!(document["problems"][0]["file"], "wrong.toml");
    assert_eq!(document["problems"].as_array().unwrap().len(), 1);
    assert_eq!(document["over"][0]["scenario"], "minimal.toml");
}

#[test]
fn of_several_scenarios_one_is_named_or_neutral() {
    let place = place();
    place.file("policies/labs.toml", &policy("labs", LABS));
    place.file("other.toml", "schema = 1\nname = \"other\"\nextends = \"minimal.toml\"\n");
    let call = place.trihelix(&["check", "policies/labs.toml"]);
    call.fails_with(2).shows("TH011").shows("--over").shows("minimal.toml").shows("other.toml");
    let named = place.trihelix(&["check", "policies/labs.toml", "--over", "other.toml"]);
    named.succeeds().shows("was laid over other.toml");
    let listed = place.trihelix(&["check", "policies/labs.toml", "minimal.toml"]);
    listed.succeeds().shows("was laid over minimal.toml");
    place.file("no-policy.toml", "schema = 1\nname = \"none\"\nextends = \"minimal.toml\"\n");
    place.trihelix(&["check", "policies/labs.toml"]).succeeds().shows("was laid over no-policy.toml");
    place.file("policies/more.toml", &policy("more", LABS));
    let both = place.trihelix(&["check", "policies/labs.toml", "policies/more.toml"]);
    both.succeeds().shows("2 policies were laid over no-policy.toml, each alone");
    let lonely = Place::new();
    lonely.file("a/b/c/d/e/labs.toml", &policy("labs", LABS));
    lonely.trihelix(&["check", "a/b/c/d/e/labs.toml"]).fails_with(2).shows("TH011").shows("labs.toml:2:");
    lonely.trihelix(&["check", "a/b/c/d/e/labs.toml", "--over", "none.toml"]).fails_with(2).shows("TH001");
}

#[test]
fn a_study_is_checked_with_all_that_it_names() {
    let place = place();
    let study = |file: &str| {
        format!(
            "schema = 1\nname = \"s\"\n[[scenario]]\nname = \"a\"\nfile = \"{file}\"\n[design]\nmethod = \"grid\"\n\
             [[vary]]\npath = \"ties.search\"\nvalues = [0.01, 0.02]\n"
        )
    };
    place.file("study.toml", &study("minimal.toml"));
    place.file("wrong.toml", &study("minimul.toml"));
    place.trihelix(&["check", "study.toml"]).succeeds().shows("0 errors").says_no_more();
    place.trihelix(&["check", "study.toml", "wrong.toml"]).fails_with(2).shows("wrong.toml:3").shows("minimal.toml");
}

#[test]
fn problems_of_a_shared_file_are_told_once() {
    let place = place();
    place.file("base.toml", "extends = \"minimal.toml\"\n[labour]\nhiring_pace = 9\n");
    for name in ["a", "b"] {
        place.file(&format!("{name}.toml"), &format!("schema = 1\nname = \"{name}\"\nextends = \"base.toml\"\n"));
    }
    let document = place.trihelix(&["check", "a.toml", "b.toml", "--format", "json"]).fails_with(2).json();
    assert_eq!(document["problems"].as_array().unwrap().len(), 1, "{document}");
}

#[test]
fn suspicious_input_warns_and_passes() {
    let place = place();
    for (code, rest) in [
        ("TH053", "[cluster.kobe]\nlab_slots = 40\n"),
        (
            "TH054",
            "[[event]]\nid = \"e\"\nat = 2025-01-01\ntarget = \"cluster:kobe\"\nfield = \"lab_slots\"\nfactor = 1\n",
        ),
        ("TH055", "[cluster.kobe]\nturnover = { value = 0.07, range = [0.1, 0.2] }\n"),
        (
            "TH052",
            "[startup.boston-startups]\nremove = true\n[institution.boston-pharma]\nremove = true\n\
             [fund.boston-funds]\nforeign = false\n",
        ),
    ] {
        place.file("p.toml", &policy("p", rest));
        let call = place.trihelix(&["check", "p.toml"]);
        call.succeeds().shows("0 errors, 1 warning").shows(code).shows("help");
    }
}

#[test]
fn strict_demands_unit_source_and_grade() {
    let place = place();
    let judge = |rest: &str| {
        place.file("p.toml", &policy("p", rest));
        let document = place.trihelix(&["check", "p.toml", "--strict", "--format", "json"]).json();
        let problems = document["problems"].as_array().unwrap().clone();
        problems.iter().map(|p| p["code"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let event =
        |rest: &str| format!("[[event]]\nid = \"e\"\nat = 2025-01-01\ntarget = \"cluster.kobe.wage_staff\"\n{rest}\n");
    assert_eq!(judge("[cluster.kobe]\nturnover = 0.07\n"), ["TH061", "TH062", "TH063"]);
    assert_eq!(judge("[cluster.kobe]\nturnover = \"7 %/year\"\n"), ["TH062", "TH063"]);
    let whole = "[cluster.kobe]\nturnover = { value = 7, unit = \"%/year\", source = \"assumption\", grade = \"C\" }\n";
    assert_eq!(judge(whole), Vec::<String>::new());
    assert_eq!(judge(&event("value = \"5 MJPY/year\"")), ["TH062", "TH063"]);
    assert_eq!(judge(&event("value = 50\nsource = \"assumption\"\ngrade = \"C\"")), ["TH061"]);
    assert_eq!(judge(&event("factor = 1.1\ncost = 3\nsource = \"assumption\"\ngrade = \"C\"")), ["TH061"]);
    assert_eq!(
        judge(&event("factor = 1.1\ncost = \"3 MJPY\"\nsource = \"assumption\"\ngrade = \"C\"")),
        Vec::<String>::new()
    );
    let proven = event("factor = { value = 1.1, source = \"assumption\", grade = \"C\" }");
    assert_eq!(judge(&proven), Vec::<String>::new());
    assert_eq!(judge(&event("factor = 1.1\nsource = \"a book\"\ngrade = \"D\"")), ["TH023", "TH024"]);
    place.trihelix(&["check", "minimal.toml", "--strict"]).fails_with(2).shows("TH062");
}

#[test]
fn shipped_scenarios_and_policies_are_strict() {
    let strict = |files: &[PathBuf]| {
        let mut command = vec!["check".to_owned(), "--strict".to_owned(), "--format".to_owned(), "json".to_owned()];
        command.extend(files.iter().map(|file| file.display().to_string()));
        let command: Vec<&str> = command.iter().map(String::as_str).collect();
        trihelix(&command).says_no_more().json()["problems"].as_array().unwrap().clone()
    };
    assert_eq!(strict(&toml_files("scenarios")), Vec::<serde_json::Value>::new());
    assert_eq!(strict(&toml_files("scenarios/policies")), Vec::<serde_json::Value>::new());
}

#[test]
fn a_parameter_is_explained_with_its_origin() {
    let place = place();
    place.file("labs.toml", &policy("labs", "[cluster.kobe]\nturnover = \"8 %/year\"\n"));
    let call = place.trihelix(&["explain", "minimal.toml", "labs.toml", "cluster.kobe.turnover"]);
    call.succeeds().shows("0.08 /year").shows("labs.toml:5").shows("minimal.toml:92").shows("M17").says_no_more();
    place.trihelix(&["explain", "labs.toml", "cluster.kobe.turnover"]).succeeds().shows("labs.toml:5");
    let json = place.trihelix(&["explain", "minimal.toml", "cluster.kobe.turnover", "--format", "json"]);
    let explanation = json.succeeds().json()["explanation"].clone();
    assert_eq!((&explanation["set"], &explanation["grade"]), (&"minimal.toml:92".into(), &"C".into()));
    place.trihelix(&["explain", "minimal.toml", "cluster.kobe"]).succeeds().shows("cluster.kobe.lab_slots");
    let rules = place.trihelix(&["explain", "minimal.toml", "rules.collaboration"]);
    rules.succeeds().shows("prior_ties").shows("ln(1 + number of earlier ties of the pair)");
    place.trihelix(&["explain", "minimal.toml", "rules"]).succeeds().shows("Rules of mobility");
}

#[test]
fn what_cannot_be_explained_is_told_what_was_meant() {
    let place = place();
    let misspelt = place.trihelix(&["explain", "minimal.toml", "cluster.kobe.turnovr"]);
    misspelt.fails_with(2).says("did you mean `cluster.kobe.turnover`?");
    place.trihelix(&["explain", "minimal.toml", "cluster.kobbe"]).fails_with(2).says("did you mean `cluster.kobe`?");
    place.trihelix(&["explain", "minimal.toml", "rules.colaboration"]).fails_with(2).says("collaboration");
    place.trihelix(&["explain", "none.toml", "labour.hiring_pace"]).fails_with(2).says("TH001");
    place.trihelix(&["explain", "minimal.toml"]).fails_with(2).says("which parameter");
}

#[test]
fn every_code_that_is_listed_is_explained() {
    let listed = trihelix(&["explain", "TH999"]);
    listed.fails_with(2).says("TH001").says("TH063");
    let (_, codes) = listed.stderr.split_once("the codes are ").unwrap();
    for code in codes.trim().split(", ") {
        trihelix(&["explain", code]).succeeds().shows(code).shows("wrong:").shows("right:").says_no_more();
    }
    let json = trihelix(&["explain", "th012", "--format", "json"]).succeeds().json();
    assert_eq!((&json["code"], &json["title"]), (&"TH012".into(), &"out of range".into()));
}

#[test]
fn a_difference_is_named_by_path_and_event() {
    let place = place();
    place.file("a.toml", "schema = 1\nname = \"a\"\nextends = \"minimal.toml\"\n[cluster.kobe]\nlab_slots = 41\n");
    place.trihelix(&["diff", "minimal.toml", "minimal.toml"]).succeeds().shows("no difference").says_no_more();
    let call = place.trihelix(&["diff", "minimal.toml", "a.toml"]);
    call.succeeds().shows("cluster.kobe.lab_slots: 40 slots -> 41 slots");
    let cost = "[[event]]\nid = \"e\"\nfrom = 2025-01-01\ntarget = \"cluster:kobe\"\nfield = \"lab_slots\"\nvalue = 60\n\
                until = 2026-01-01\ncost = \"12 MJPY/year\"\n";
    place.file("p.toml", &policy("p", cost));
    let document = place.trihelix(&["diff", "minimal.toml", "p.toml", "--format", "json"]).succeeds().json();
    let paths: Vec<&str> =
        document["differences"].as_array().unwrap().iter().map(|d| d["path"].as_str().unwrap()).collect();
    assert_eq!(
        paths,
        [
            "event.e at 2025-01-01: cluster.kobe.lab_slots",
            "event.e at 2026-01-01: cluster.kobe.lab_slots",
            "event.e from 2025-01-01 to 2025-12-01: cost"
        ]
    );
    place.trihelix(&["diff", "minimal.toml", "none.toml"]).fails_with(2).says("none.toml");
}

#[test]
fn the_schema_is_one_document() {
    let schema = trihelix(&["schema"]).succeeds().json();
    assert!(schema["properties"]["cluster"].is_object() && schema["$defs"].is_object());
}

#[test]
fn a_new_folder_checks_and_runs_from_anywhere() {
    let place = Place::new();
    place.trihelix(&["new", "my/first"]).succeeds().shows("trihelix run my/first/scenario.toml").says_no_more();
    let (scenario, policy) = ("my/first/scenario.toml", "my/first/policy.toml");
    place.trihelix(&["check", "--strict", scenario, policy]).succeeds().shows("0 errors, 0 warnings");
    place.trihelix(&["check", "--strict", policy]).succeeds().shows("0 errors, 0 warnings");
    place.trihelix(&["run", scenario, policy, "--months", "3"]).succeeds().shows("Kobe");
    place.trihelix(&["diff", scenario, policy]).succeeds().shows("cluster.kobe.lab_slots");
    let study = "my/first/study.toml";
    place.trihelix(&["check", "--strict", study, policy]).succeeds().shows("0 errors, 0 warnings");
    let sweep = ["sweep", study, "--months", "2", "--replicates", "1", "--out", "swept"];
    place.trihelix(&sweep).succeeds();
    for path in toml_files("scenarios/base") {
        let name = path.file_name().unwrap().to_str().unwrap();
        let copy = fs::read(place.path("my/first/base").join(name)).unwrap_or_else(|_| panic!("{name} is left out"));
        assert!(copy == fs::read(&path).unwrap(), "{name} is another file");
    }
}

#[test]
fn new_spares_what_is_there() {
    let place = Place::new();
    place.file("mine/notes.txt", "mine");
    place.file("file", "mine");
    place.trihelix(&["new", "mine"]).fails_with(2).says("holds files already");
    place.trihelix(&["new", "file"]).fails_with(2).says("file");
    place.trihelix(&["new", "file/below"]).fails_with(2).says("file");
    assert_eq!(place.files(), ["file", "mine/notes.txt"]);
    fs::create_dir(place.path("empty")).unwrap();
    place.trihelix(&["new", "empty"]).succeeds();
    place.trihelix(&["new", "empty"]).fails_with(2).says("holds files already");
    if cfg!(target_os = "linux") {
        place.trihelix(&["new", "/proc/mine"]).fails_with(1).says("/proc/mine");
    }
}

#[test]
fn a_cluster_added_by_its_file_alone_lives() {
    let place = Place::new();
    let (scenario, tsukuba) = (kansai(), shipped("tests/scenarios/tsukuba.toml"));
    place.trihelix(&["check", &scenario, &tsukuba]).succeeds().shows("0 errors, 0 warnings");
    let run = ["run", &scenario, &tsukuba, "--months", "12", "--out", "a", "--format", "json", "--quiet"];
    let document = place.trihelix(&run).succeeds().json();
    let metrics = &document["summary"]["clusters"]["tsukuba"]["metrics"];
    for (name, least) in [("employees", 3000), ("researchers", 500), ("startups_alive", 8)] {
        let last = metrics[name]["last"].as_i64().unwrap_or(-1);
        assert!(last >= least, "{name}: {last}");
    }
    let records = fs::read_to_string(place.path("a/records.csv")).unwrap();
    assert_eq!(records.lines().filter(|line| line.contains(",tsukuba,")).count(), 12);
}
