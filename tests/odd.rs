//! The description of the model is current, and leaves no rule out.
//!
//! `TRIHELIX_BLESS=1 cargo test --test odd` writes `docs/odd.md` anew, after the text has been read again.

use std::fs;
use std::path::Path;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_page_is_current() {
    let (path, wanted) = (root().join("docs/odd.md"), trihelix::odd::page());
    if fs::read_to_string(&path).is_ok_and(|found| found == wanted) {
        return;
    }
    if std::env::var_os("TRIHELIX_BLESS").is_some() {
        fs::write(&path, wanted).expect("the page can be written");
        return;
    }
    panic!(
        "docs/odd.md is stale: a rule, a table of state or a parameter has changed. Read src/odd/page.md and the contract \
            of the rule again, then run `TRIHELIX_BLESS=1 cargo test --test odd`"
    );
}

#[test]
fn every_rule_file_is_described_with_its_contract() {
    let described = trihelix::odd::rule_files();
    for entry in fs::read_dir(root().join("src/rules")).expect("rules are there").flatten() {
        let path = entry.path();
        let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
        if path.extension().is_none_or(|kind| kind != "rs") || name == "mod" {
            continue;
        }
        assert!(described.contains(&name), "src/odd/mod.rs does not list the rule file `{name}`");
        let source = fs::read_to_string(&path).expect("sources are text");
        assert!(source.starts_with("//! "), "{name} has no contract");
    }
}

#[test]
fn the_seven_elements_and_fifteen_phases_are_there() {
    let page = trihelix::odd::page();
    for element in 1..=7 {
        assert!(page.contains(&format!("\n## {element}. ")), "element {element} is missing");
    }
    for phase in 1..=15 {
        assert!(page.contains(&format!("\n{phase}. `")), "phase {phase} is missing");
    }
    assert!(!page.contains("{{"), "a part of the page was not filled in");
}
