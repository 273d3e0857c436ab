//! `calibrate` and `validate` from the command line: a record of a small world's own, found again; the same bytes for any
//! threads and after an interruption; messages and exit codes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn trihelix(arguments: &[&str], folder: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_trihelix")).args(arguments).current_dir(folder).output().unwrap()
}

/// A folder with a record made up for the small world, and a study that fits two parameters of it.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let small = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/studies/small.toml");
    let small = small.display();
    let write = |name: &str, text: String| fs::write(folder.path().join(name), text).unwrap();
    write(
        "targets.csv",
        "cluster,metric,year,value,unit,fact_id\nboston,ties,2024,50,count,a\nboston,ties,2025,58,count,b\n\
         boston,ties,2026,60,count,c\nkobe,people,2026,2900,persons,d\n\
         boston,hires,2024,100,persons,e\nboston,hires,2025,200,persons,f\nboston,hires,2026,300,persons,g\n"
            .to_owned(),
    );
    write(
        "metrics.toml",
        format!(
            "schema = 1\ntargets = \"targets.csv\"\n[[scenario]]\nname = \"small\"\nfile = \"{small}\"\n\
             [[series]]\ncluster = \"boston\"\nmetric = \"ties\"\nscenario = \"small\"\ncolumns = [\"ties_active\"]\n\
             row = \"boston\"\ndefinition = \"Made up.\"\n\
             [[series]]\ncluster = \"kobe\"\nmetric = \"people\"\nscenario = \"small\"\ncolumns = [\"employees\"]\n\
             row = \"kobe\"\ndefinition = \"Made up.\"\n\
             [[series]]\ncluster = \"boston\"\nmetric = \"hires\"\nscenario = \"small\"\ncolumns = [\"hires\"]\n\
             row = \"boston\"\ndefinition = \"Made up.\"\n"
        ),
    );
    write(
        "study.toml",
        format!(
            "schema = 1\nname = \"fit\"\nseed = 1\nreplicates = 2\nmonths = 36\n[[scenario]]\nname = \"small\"\nfile = \"{small}\"\n\
             [design]\nmethod = \"sobol\"\npoints = 10\n[calibrate]\nmetrics = \"metrics.toml\"\nwaves = 2\nthen = 4\n\
             particles = 256\n[[calibrate.fit]]\ncluster = \"boston\"\nmetric = \"ties\"\ntolerance = 0.1\n\
             [[calibrate.fit]]\ncluster = \"kobe\"\nmetric = \"people\"\ntolerance = 0.1\n\
             [[vary]]\npath = \"ties.search\"\nlow = 0.01\nhigh = 0.3\nunit = \"/month\"\n\
             [[vary]]\npath = \"regulation.conversion\"\nlow = 0.05\nhigh = 0.5\n"
        ),
    );
    folder
}

/// Every file of a folder by name, with its digest.
fn files(folder: &Path) -> Vec<(String, blake3::Hash)> {
    let mut all: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    all.sort();
    let name = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
    all.iter().map(|path| (name(path), blake3::hash(&fs::read(path).unwrap()))).collect()
}

#[test]
fn the_bytes_depend_neither_on_threads_nor_on_an_interruption() {
    let folder = folder();
    let run = |threads: &str, out: &str| {
        let done = trihelix(&["calibrate", "study.toml", "--quiet", "--threads", threads, "--out", out], folder.path());
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        files(&folder.path().join(out))
    };
    let one = run("1", "one");
    let names: Vec<&str> = one.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        ["calibration.json", "fit.csv", "manifest.json", "parameters.csv", "posterior.csv", "values.toml"]
    );
    assert!(run("3", "three") == one, "threads changed a byte");
    // What a killed process leaves: a segment that ends in the middle of a record.
    let store = folder.path().join("one-store");
    for entry in fs::read_dir(&store).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "segment") {
            let bytes = fs::read(&path).unwrap();
            fs::write(&path, &bytes[..bytes.len() * 2 / 3]).unwrap();
        }
    }
    assert!(run("2", "one") == one, "an interruption changed a byte");
    let small = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/studies/small.toml");
    let over = trihelix::scenario::Scenario::load(&small, &[folder.path().join("one/values.toml")], &[]);
    assert!(over.is_ok(), "the best point is no policy: {}", over.unwrap_err());
    let text = fs::read_to_string(folder.path().join("one/calibration.json")).unwrap();
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(document["parameters"][0]["path"], "ties.search");
    assert_eq!(document["parameters"][1]["knowledge"], "not identified", "nothing is approved within three years");
    assert_eq!(document["targets"].as_array().unwrap().iter().filter(|target| target["held_out"] == true).count(), 1);
}

#[test]
fn slips_are_told_with_place_and_fix() {
    let folder = folder();
    let study = fs::read_to_string(folder.path().join("study.toml")).unwrap();
    let said = |text: String| {
        fs::write(folder.path().join("wrong.toml"), text).unwrap();
        let done = trihelix(&["calibrate", "wrong.toml"], folder.path());
        assert_eq!(done.status.code(), Some(2));
        String::from_utf8_lossy(&done.stderr).into_owned()
    };
    assert!(said(study.replace("metric = \"ties\"", "metric = \"tie\"")).contains("no series `boston tie`"));
    assert!(said(study.replace("replicates = 2", "replicates = 1")).contains("one replicate does not tell"));
    assert!(said(study.replace("[calibrate]", "[calibrat]")).contains("calibrat"));
    assert!(said(study.replace("points = 10", "points = 3")).contains("too few"));
    assert!(!folder.path().join("outputs").exists(), "a wrong study left something behind");
}

#[test]
fn the_scoreboard_is_a_document_and_a_page() {
    let folder = folder();
    let small = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/studies/small.toml");
    let small = small.display().to_string();
    let arguments = [
        "validate",
        &small,
        "--record",
        "metrics.toml",
        "--replicates",
        "2",
        "--set",
        "time.months=48",
        "--page",
        "page.md",
    ];
    let done = trihelix(&[&arguments[..], &["--format", "json"]].concat(), folder.path());
    assert_eq!(done.status.code(), Some(5), "{}", String::from_utf8_lossy(&done.stderr));
    let document: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(document["facts"].as_array().unwrap().len(), 42);
    let fact = |id: &str| document["facts"].as_array().unwrap().iter().find(|fact| fact["id"] == id).unwrap();
    assert_eq!(fact("V41")["verdict"], "pass");
    assert_eq!(fact("V42")["verdict"], "pass");
    assert_eq!(fact("V6")["verdict"], "not computed");
    let years = document["hindcast"].as_array().unwrap();
    assert_eq!(years.len(), 7);
    let flows = document["moments"].as_array().unwrap();
    assert_eq!(flows.len(), 1, "a level has no mean of its years, and two flows would be one too many");
    assert_eq!((&flows[0]["mean"]["target"], &flows[0]["variance"]["target"]), (&200.0.into(), &10_000.0.into()));
    let hires = years.iter().filter(|year| year["metric"] == "hires");
    let sum = |bound: &str| hires.clone().map(|year| year[bound].as_f64().unwrap()).sum::<f64>() / 3.0;
    let mean = flows[0]["mean"]["median"].as_f64().unwrap();
    assert!(sum("low") <= mean && mean <= sum("high"), "{mean} is not between the years' own bands");
    let page = fs::read_to_string(folder.path().join("page.md")).unwrap();
    assert!(page.contains("| **V41** |") && page.contains("figures/hindcast-boston-ties.svg"));
    assert!(page.contains("| boston hires, persons | 200 |"));
    assert!(
        page.contains("| kobe people | ") && page.contains(" % | - | - | - | - | - |"),
        "one year makes no forecast"
    );
    assert!(folder.path().join("figures/hindcast-boston-ties.svg").exists());
    let again = trihelix(&[&arguments[..], &["--format", "json", "--threads", "1"]].concat(), folder.path());
    assert!(again.stdout == done.stdout, "threads changed the scoreboard");
}
