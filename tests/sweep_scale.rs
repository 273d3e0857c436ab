//! Memory and number of files whatever the number of cells. Slow without optimisation, hence only on request:
//! `cargo test --release --test sweep_scale -- --ignored --nocapture`.

use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use serde_json::Value;
use trihelix::output::{Foreign, ResultFolder, Sweep, write_sweep};
use trihelix::record::{Column, METRICS, MetricKind};
use trihelix::study::{CellKey, CellRecord, Execution, Overrides, Rows, Sheet, Store, Study, Success, fill_with};

const CELLS: u32 = 100_000;
const MEMORY_MOST_KB: u64 = 512 << 10;

/// The most memory that this process ever held, in kB.
#[cfg(target_os = "linux")]
fn peak_kb() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "takes a minute without optimisation"]
#[expect(clippy::disallowed_methods, reason = "it measures")]
fn a_hundred_thousand_cells_of_every_metric_fit_into_few_files_and_little_memory() {
    let folder = tempfile::tempdir().unwrap();
    let world = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/studies/small.toml");
    fs::copy(world, folder.path().join("world.toml")).unwrap();
    let text = "schema = 1\nname = \"many\"\nmonths = 12\nresolution = \"end\"\n[[scenario]]\nfile = \"world.toml\"\n";
    fs::write(folder.path().join("study.toml"), text).unwrap();
    let set = Overrides { replicates: Some(CELLS), ..Overrides::default() };
    let study = Study::load(&folder.path().join("study.toml"), set).unwrap();
    let keys = study.plan.keys();
    let todo: Vec<usize> = (0..keys.len()).collect();
    let rows = study.plan.scenarios[0].clusters.list.len() + 1;
    let model = |index: usize, key: CellKey| {
        let columns = METRICS.iter().enumerate().map(|(column, metric)| match metric.kind {
            MetricKind::Index => Column::Float((0..rows).map(|row| (index * row + column) as f64 / 7.0).collect()),
            _ => Column::Integer((0..rows).map(|row| (index * row + column) as i64 % 5000).collect()),
        });
        let rows = Rows { columns: columns.collect() };
        CellRecord { key, result: Ok(Success { state_digest: *blake3::hash(&key.0).as_bytes(), rows }) }
    };
    let began = Instant::now();
    let store = Store::open(&folder.path().join("store"), Value::Null).unwrap();
    let cancel = AtomicBool::new(false);
    let how = Execution { threads: 2, progress: &|_| {}, cancel: &cancel };
    fill_with(&keys, &todo, how, &|_, record| store.append(&record), &model).unwrap();
    let filled = began.elapsed();
    let out = folder.path().join("out");
    let place = ResultFolder::prepare(&out, Foreign::Refuse).unwrap();
    let sheet = Sheet::of(&study);
    let mut record = |index: usize| Ok(store.read(keys[index]).unwrap().unwrap());
    let written =
        write_sweep(&place, &Sweep { sheet: &sheet, csv: false, met: None, expectations: &[] }, &mut record).unwrap();
    let finished = began.elapsed() - filled;
    let began = Instant::now();
    let again = Store::read_only(&[folder.path().join("store")]).unwrap();
    println!(
        "{CELLS} cells x {} metrics x {rows} rows: engine {:.3} ms a cell, finish {:.1} s, scan {:.2} s, {} MB at most",
        METRICS.len(),
        filled.as_secs_f64() * 1e3 / f64::from(CELLS),
        finished.as_secs_f64(),
        began.elapsed().as_secs_f64(),
        peak_kb() >> 10
    );
    assert_eq!(again.len(), keys.len());
    assert_eq!(written.rows, u64::from(CELLS) * rows as u64);
    assert!(fs::read_dir(&out).unwrap().count() <= 8);
    assert_eq!(fs::read_dir(folder.path().join("store")).unwrap().count(), 1);
    assert!(peak_kb() < MEMORY_MOST_KB, "{} kB", peak_kb());
}
