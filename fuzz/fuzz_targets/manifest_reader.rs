//! Any bytes, read as the manifest of a result folder: refused or read, never a panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::fs;
use std::sync::LazyLock;
use tempfile::TempDir;
use trihelix::output::{read_run, read_study, seal_holds};

static DESK: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().expect("a temporary folder"));

fuzz_target!(|bytes: &[u8]| {
    let _ = seal_holds(bytes);
    fs::write(DESK.path().join("manifest.json"), bytes).expect("a writable folder");
    drop(read_run(DESK.path()));
    drop(read_study(DESK.path()));
});
