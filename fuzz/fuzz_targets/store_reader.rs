//! Any bytes, read as a segment of a store and as a record in it: records, damage, or nothing, never a panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::fs;
use std::sync::LazyLock;
use tempfile::TempDir;
use trihelix::study::{CellRecord, Sheet, Store};

static DESK: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().expect("a temporary folder"));

fuzz_target!(|bytes: &[u8]| {
    if let Some(record) = CellRecord::from_bytes(bytes) {
        let again = CellRecord::from_bytes(&record.to_bytes());
        assert!(again.is_some_and(|again| again.to_bytes() == record.to_bytes()));
    }
    fs::write(DESK.path().join("x.segment"), bytes).expect("a writable folder");
    fs::write(DESK.path().join("study.json"), bytes).expect("a writable folder");
    let folders = [DESK.path().to_path_buf()];
    drop(Store::read_only(&folders));
    drop(Sheet::load(DESK.path()));
});
