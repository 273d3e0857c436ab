//! Any bytes, read as a study beside a world and a policy: the answer is a study or a list of problems, never a panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::fs;
use std::sync::LazyLock;
use tempfile::TempDir;
use trihelix::study::{Overrides, Study};

static DESK: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let put = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("a writable folder");
    put("world.toml", include_str!("../../scenarios/studies/small.toml"));
    put("policy.toml", "schema = 1\npolicy = true\nname = \"open\"\n[ties]\nsearch = 0.02\n");
    folder
});

fuzz_target!(|bytes: &[u8]| {
    let path = DESK.path().join("study.toml");
    fs::write(&path, bytes).expect("a writable folder");
    match Study::load(&path, Overrides::default()) {
        Ok(study) => {
            // A study of a thousand million cells is legal; its keys are not written out here.
            if study.plan.len() < 10_000 {
                drop(study.plan.keys());
            }
        }
        Err(problems) => {
            assert!(problems.errors() > 0);
            drop(problems.render(true));
            drop(problems.to_json());
        }
    }
});
