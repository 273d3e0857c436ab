//! Any bytes, read as a scenario and as a policy: the answer is a scenario or a list of problems, never a panic.
//!
//! The bytes stand beside a sound scenario, so that `extends = "../minimal.toml"` and policies reach the whole reader.
//! A line `# set: PATH=VALUE` becomes a `--set` option. How to run it: `docs/scenarios.md`.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;
use tempfile::TempDir;
use trihelix::scenario::Problem;
use trihelix::scenario::Problems;
use trihelix::scenario::Scenario;

/// A folder as the files of the corpus expect it.
struct Desk {
    folder: TempDir,
}

static DESK: LazyLock<Desk> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::create_dir(folder.path().join("broken")).expect("a writable folder");
    let minimal = include_str!("../../tests/scenarios/minimal.toml");
    fs::write(folder.path().join("minimal.toml"), minimal).expect("a writable folder");
    Desk { folder }
});

impl Desk {
    fn base(&self) -> PathBuf {
        self.folder.path().join("minimal.toml")
    }

    fn write(&self, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join("broken/input.toml");
        fs::write(&path, bytes).expect("a writable folder");
        path
    }
}

fn sets(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    text.lines().filter_map(|line| line.strip_prefix("# set: ")).take(4).map(str::to_owned).collect()
}

fn judge(outcome: Result<(Scenario, Vec<Problem>), Problems>) {
    match outcome {
        Ok((scenario, warnings)) => {
            assert!(!scenario.epochs.is_empty() && scenario.epochs[0].from.0 == 0);
            for warning in warnings {
                drop(warning.render(false));
            }
            drop(scenario.resolved.to_json());
            drop(scenario.strict());
        }
        Err(problems) => {
            assert!(problems.errors() > 0);
            assert!(problems.list.iter().all(|problem| problem.fix.is_some()), "{problems}");
            drop(problems.render(true));
            drop(problems.to_json());
        }
    }
}

fuzz_target!(|bytes: &[u8]| {
    let path = DESK.write(bytes);
    let sets = sets(bytes);
    judge(Scenario::load(&path, &[], &sets));
    if bytes.windows(6).any(|window| window == b"policy") {
        judge(Scenario::load(&DESK.base(), &[path], &sets));
    }
});
