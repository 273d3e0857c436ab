//! The JSON Schema in the hands of an independent validator: Python's `jsonschema`, where this machine has it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use trihelix::scenario;

/// Codes whose faults a schema can express: wherever they stand in one file, an editor marks them.
const EXPRESSIBLE: [&str; 11] =
    ["TH006", "TH009", "TH010", "TH012", "TH013", "TH014", "TH017", "TH020", "TH021", "TH024", "TH025"];

/// Broken files with one of those codes that a schema cannot tell from sound ones, and why.
const BEYOND: [(&str, &str); 17] = [
    ("event-cost-unit.toml", "an event's cost is money at once or per time"),
    ("event-unit.toml", "an event's value is judged by its target"),
    ("id-inner.toml", "an id beside a key that says the same"),
    ("range-cost-bare.toml", "an event's cost is money at once or per time"),
    ("range-duration.toml", "a bound in another unit"),
    ("range-event-cost.toml", "an event's cost is money at once or per time"),
    ("range-event-value.toml", "an event's value is judged by its target"),
    ("range-evidence.toml", "a unit may stand beside the number"),
    ("range-hours.toml", "a bound in another unit"),
    ("range-money-rate.toml", "a bound in another unit"),
    ("range-money-yen.toml", "a bound in another unit"),
    ("range-money.toml", "a bound in another unit"),
    ("range-monthly.toml", "a bound in another unit"),
    ("range-of-range.toml", "a unit may stand beside the range"),
    ("range-percent-unit.toml", "a bound in another unit"),
    ("schema-none.toml", "files that are only extended need no schema"),
    ("type-number-nan.toml", "JSON has no such number"),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn toml_files(folder: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(root().join(folder)) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    files
}

/// A line of judgement for each file; nothing if there is no such validator here.
fn judged(files: &[PathBuf]) -> Option<Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    let schema = folder.path().join("schema.json");
    fs::write(&schema, scenario::json_schema().to_string()).unwrap();
    let python = std::env::var("TRIHELIX_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let script = root().join("tests/readers/schema.py");
    let Ok(output) = Command::new(&python).arg(script).arg(schema).args(files).output() else {
        eprintln!("SKIPPED the independent judgement of the schema: no `{python}` on this machine");
        return None;
    };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.code() == Some(3) {
        eprintln!("SKIPPED the independent judgement of the schema: {}", text.trim());
        return None;
    }
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    assert_eq!(lines.len(), files.len());
    Some(lines)
}

#[test]
fn every_shipped_file_is_accepted() {
    let folders = ["scenarios", "scenarios/base", "scenarios/policies", "src/scenario/starter", "tests/scenarios"];
    let files: Vec<PathBuf> =
        folders.into_iter().flat_map(toml_files).filter(|file| !scenario::is_study(file)).collect();
    assert!(files.len() > 20, "{} files", files.len());
    let Some(lines) = judged(&files) else { return };
    let refused: Vec<&String> = lines.iter().filter(|line| !line.starts_with("accepted")).collect();
    assert!(refused.is_empty(), "{refused:#?}");
}

#[test]
fn broken_files_that_a_schema_can_tell_are_rejected() {
    let files = toml_files("tests/scenarios/broken");
    let expressible = |path: &&PathBuf| {
        let text = fs::read(path).unwrap();
        let first = String::from_utf8_lossy(&text).lines().next().unwrap_or_default().to_owned();
        EXPRESSIBLE.iter().any(|code| first.contains(code))
    };
    let chosen: Vec<PathBuf> = files.iter().filter(expressible).cloned().collect();
    assert!(chosen.len() >= 80, "{} files", chosen.len());
    let Some(lines) = judged(&chosen) else { return };
    let name = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
    let accepted: Vec<String> = chosen
        .iter()
        .zip(&lines)
        .filter(|(_, line)| line.starts_with("accepted"))
        .map(|(path, _)| name(path))
        .collect();
    let excused: Vec<String> = BEYOND.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(accepted, excused, "accepted, though broken");
}
