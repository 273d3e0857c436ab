//! The floors of `src`: a module uses only modules on lower floors, and documents name only paths that exist.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Lowest floor first. A module that is missing here fails the test.
const FLOORS: &[&[&str]] = &[
    &["fault"],
    &["math"],
    &["rng"],
    &["canonical"],
    &["units"],
    &["scenario"],
    &["world"],
    &["record"],
    &["rules"],
    &["simulate"],
    &["checkpoint"],
    &["odd"],
    &["study"],
    &["statistics"],
    &["calibrate"],
    &["validate"],
    &["plot"],
    &["output"],
    &["trust"],
    &["report"],
    &["cli"],
];

/// Documents whose paths in backticks must exist.
const DOCUMENTS: [&str; 5] = ["README.md", "src/lib.rs", "docs/scenarios.md", "docs/trust.md", "docs/guarantees.md"];
/// Folders that a path in backticks begins with.
const ROOTS: [&str; 6] = ["src/", "scenarios/", "docs/", "tests/", "benches/", "outputs/README"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn modules_only_look_down() {
    let floors: BTreeMap<&str, usize> =
        FLOORS.iter().enumerate().flat_map(|(floor, names)| names.iter().map(move |name| (*name, floor))).collect();
    let mut problems = Vec::new();
    for path in rust_files(&root().join("src")) {
        let below = path.strip_prefix(root().join("src")).unwrap();
        let first = Path::new(below.components().next().unwrap().as_os_str());
        let module = first.file_stem().unwrap().to_str().unwrap();
        if module == "lib" || module == "main" {
            continue;
        }
        let Some(&floor) = floors.get(module) else {
            problems.push(format!("{}: module `{module}` has no floor", below.display()));
            continue;
        };
        for (number, line) in fs::read_to_string(&path).unwrap().lines().enumerate() {
            for used in modules_named_in(line) {
                let lower = floors.get(used.as_str()).is_some_and(|other| *other < floor);
                if used != module && !lower {
                    problems.push(format!("{}:{}: `{module}` may not use `{used}`", below.display(), number + 1));
                }
            }
        }
    }
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

/// The modules that a line of code reaches for by `crate::`. A group in braces gives an empty name, which no floor
/// has: one `use` for each module reads better and is found by searching.
fn modules_named_in(line: &str) -> Vec<String> {
    let code = line.split("//").next().unwrap_or(line);
    code.split("crate::")
        .skip(1)
        .map(|rest| rest.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect())
        .collect()
}

#[test]
fn every_module_of_the_library_is_declared_from_the_lowest_floor_up() {
    let text = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let floors: Vec<usize> = text
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
        .map(|name| {
            FLOORS.iter().position(|floor| floor.contains(&name)).unwrap_or_else(|| panic!("`{name}` has no floor"))
        })
        .collect();
    assert!(!floors.is_empty());
    assert!(floors.is_sorted(), "the modules in src/lib.rs do not stand in the order of their floors");
}

#[test]
fn every_path_that_a_document_names_exists() {
    let mut missing = Vec::new();
    for document in DOCUMENTS {
        let Ok(text) = fs::read_to_string(root().join(document)) else {
            eprintln!("skipped {document}: it is not there");
            continue;
        };
        for path in paths_in_backticks(&text) {
            if !root().join(&path).exists() {
                missing.push(format!("{document}: `{path}` does not exist"));
            }
        }
    }
    assert!(missing.is_empty(), "\n{}", missing.join("\n"));
}

/// Words in backticks that begin with one of [`ROOTS`], commands in backticks included; patterns with `*` only up to
/// the folder before the star.
fn paths_in_backticks(text: &str) -> Vec<String> {
    text.lines()
        .flat_map(|line| line.split('`').skip(1).step_by(2))
        .flat_map(str::split_whitespace)
        .filter(|word| ROOTS.iter().any(|root| word.starts_with(root)))
        .map(|word| {
            let word = word.split("::").next().unwrap_or(word).trim_end_matches([',', '.', ';', ':']);
            let plain = word.split('*').next().unwrap_or(word);
            if plain.len() == word.len() {
                return plain.to_owned();
            }
            plain.rfind('/').map_or(plain, |slash| &plain[..=slash]).to_owned()
        })
        .collect()
}

#[test]
fn the_search_for_paths_finds_paths() {
    let text =
        "Run `trihelix run scenarios/a.toml`, see `src/lib.rs`; not `f64`, not src/main.rs; all `scenarios/b/*.toml`.";
    assert_eq!(paths_in_backticks(text), ["scenarios/a.toml", "src/lib.rs", "scenarios/b/"]);
    assert_eq!(modules_named_in("use crate::units::Yen; // crate::cli"), ["units"]);
    assert_eq!(modules_named_in("/// see crate::cli"), Vec::<String>::new());
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
        .into_iter()
        .flat_map(|path| if path.is_dir() { rust_files(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}

/// A promise is worth what the test behind it is worth; that it is there at all is the least.
#[test]
fn promises_name_tests_that_exist() {
    let page = fs::read_to_string(root().join("docs/guarantees.md")).expect("the page");
    let mut named = 0;
    for promise in page.lines().filter(|line| line.starts_with("| ") && line.contains('`')) {
        for word in promise.split('`').filter(|word| word.starts_with("tests/")) {
            let (file, test) = word.split_once("::").unwrap_or((word, ""));
            let text = fs::read_to_string(root().join(file)).unwrap_or_else(|cause| panic!("{file}: {cause}"));
            assert!(text.contains("#[test]"), "{file} holds no test");
            assert!(test.is_empty() || text.contains(&format!("\nfn {test}()")), "{file} has no test `{test}`");
            named += 1;
        }
    }
    assert!(named > 30, "the page names {named} tests");
}
