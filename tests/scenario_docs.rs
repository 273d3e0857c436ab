//! The documents about scenarios: tables made from the registry, the features and the codes are current, and every
//! example in the guide is read by the program.
//!
//! `TRIHELIX_BLESS=1 cargo test --test scenario_docs` writes the tables anew.

use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use trihelix::scenario;
use trihelix::scenario::Scenario;

fn document(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name)
}

/// Compares a document with what it should be, or writes it.
fn judge(name: &str, wanted: &str) {
    let path = document(name);
    let found = fs::read_to_string(&path).unwrap_or_default();
    if found == wanted {
        return;
    }
    if std::env::var_os("TRIHELIX_BLESS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, wanted).unwrap();
        return;
    }
    let differs = found.lines().zip(wanted.lines()).find(|(a, b)| a != b);
    panic!("docs/{name} is stale ({differs:?}): run `TRIHELIX_BLESS=1 cargo test --test scenario_docs`");
}

#[test]
fn the_page_of_parameters_is_current() {
    judge("parameters.md", &scenario::parameter_page());
}

/// The text with what stands between `<!-- made: NAME -->` and `<!-- end -->` replaced.
fn with_table(text: &str, name: &str, table: &str) -> String {
    let head = format!("<!-- made: {name} -->\n");
    let (before, rest) = text.split_once(&head).unwrap_or_else(|| panic!("the guide has no place for {name}"));
    let (_, after) = rest.split_once("<!-- end -->").unwrap();
    format!("{before}{head}{table}<!-- end -->{after}")
}

#[test]
fn the_tables_of_the_guide_are_current() {
    let mut text = fs::read_to_string(document("scenarios.md")).unwrap();
    let tables = [
        ("features", scenario::feature_table()),
        ("codes", scenario::code_table()),
        ("distributions", scenario::distribution_table()),
    ];
    for (name, table) in tables {
        text = with_table(&text, name, &table);
    }
    judge("scenarios.md", &text);
}

/// Every block of TOML in the guide.
fn examples() -> Vec<String> {
    let text = fs::read_to_string(document("scenarios.md")).unwrap();
    let blocks = text.split("```toml\n").skip(1);
    blocks.map(|block| block.split_once("```").unwrap().0.to_owned()).collect()
}

/// The folder that `trihelix new` writes.
fn starter() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in scenario::starter() {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

#[test]
fn every_example_of_the_guide_is_read_without_a_remark() {
    let folder = starter();
    let base = folder.path().join("scenario.toml");
    let examples = examples();
    assert!(examples.len() >= 9, "{} examples", examples.len());
    for example in examples {
        let path = folder.path().join("example.toml");
        let whole = example.starts_with("schema = 1");
        let head = if whole { "" } else { "schema = 1\npolicy = true\nname = \"example\"\n" };
        fs::write(&path, format!("{head}{example}")).unwrap();
        // Events of the guide reach further than the ten years of the starter.
        let sets = ["time.months=240".to_owned()];
        let read = match scenario::is_policy(&path) {
            true => Scenario::load(&base, &[path], &sets),
            false => Scenario::load(&path, &[], &sets),
        };
        let (_, warnings) = read.unwrap_or_else(|problems| panic!("{example}\n{problems}"));
        assert!(warnings.is_empty(), "{example}\n{}", warnings[0]);
    }
}

#[test]
fn the_policy_of_ten_lines_has_ten_lines_and_does_what_it_says() {
    let folder = starter();
    let example = examples().remove(0);
    assert_eq!(example.lines().filter(|line| !line.is_empty()).count(), 9, "{example}");
    let path = folder.path().join("example.toml");
    fs::write(&path, example).unwrap();
    let (scenario, _) = Scenario::load(&folder.path().join("scenario.toml"), &[path], &[]).unwrap();
    let kobe = |month| {
        let spec = scenario.spec_at(trihelix::units::Month(month));
        spec.cluster.iter().find(|cluster| cluster.id == "kobe").unwrap().lab_slots
    };
    assert_ne!(kobe(26), 60);
    assert_eq!(kobe(27), 60);
}

#[test]
fn the_guide_names_every_operation() {
    let text = fs::read_to_string(document("scenarios.md")).unwrap();
    let operations = &scenario::registry::registry().find("event.*.op").unwrap().choices;
    let shown = |operation: &String| operation == "mul" || text.contains(&format!("op = \"{operation}\""));
    assert!(operations.iter().all(shown), "{operations:?}");
}
