//! No dead lever: every declared parameter is read by something that simulates or shows.

use std::fs;
use std::path::Path;

#[test]
fn every_parameter_is_read() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut code = String::new();
    for floor in ["rules", "world", "record", "cli"] {
        let mut files: Vec<_> = fs::read_dir(root.join(floor)).expect("the floor is there").flatten().collect();
        files.sort_by_key(fs::DirEntry::path);
        for file in files.iter().filter(|file| file.path().extension().is_some_and(|kind| kind == "rs")) {
            code += &fs::read_to_string(file.path()).expect("source is text");
        }
    }
    let registry: toml::Table =
        fs::read_to_string(root.join("scenario/registry.toml")).expect("it is there").parse().expect("it is TOML");
    let parameters = registry["parameters"].as_table().expect("a table");
    let dead: Vec<&String> = parameters
        .keys()
        .filter(|path| {
            // Any name may stand at the end of a table of weights: the table is what is read.
            let field = path.trim_end_matches(".*").rsplit('.').next().unwrap_or(path).to_lowercase();
            // Rules of the scenario are read through `Scoring`; Japanese names wait for Japanese charts.
            let read = code.match_indices(&format!(".{field}")).any(|(at, found)| {
                !code[at + found.len()..].starts_with(|next: char| next.is_alphanumeric() || next == '_')
            });
            !read && !path.starts_with("rule.") && *path != "cluster.*.name_ja"
        })
        .collect();
    assert!(dead.is_empty(), "read by nothing: {dead:?}");
}
