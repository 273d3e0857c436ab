//! What the engine costs beside the model, and how cells per second grow with threads.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use serde_json::Value;
use trihelix::record::{Column, METRICS};
use trihelix::study::{CellKey, CellRecord, Execution, Overrides, Rows, Store, Study, Success, fill, fill_with};

fn study() -> Study {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/studies/smoke.toml");
    Study::load(&path, Overrides { months: Some(12), ..Overrides::default() }).expect("the smoke study is sound")
}

/// A thousand cells of an empty model with every metric for three rows, each written to a store.
fn engine_alone(bench: &mut Criterion) {
    let keys: Vec<CellKey> = (0..1000_u32).map(|n| CellKey::of(&[&n.to_le_bytes()])).collect();
    let todo: Vec<usize> = (0..keys.len()).collect();
    let cancel = AtomicBool::new(false);
    let mut group = bench.benchmark_group("sweep");
    group.sample_size(20).throughput(Throughput::Elements(keys.len() as u64));
    group.bench_function("engine alone, 1000 cells", |b| {
        b.iter(|| {
            let folder = tempfile::tempdir().expect("a folder");
            let store = Store::open(folder.path(), Value::Null).expect("a store");
            let how = Execution { threads: 2, progress: &|_| {}, cancel: &cancel };
            let model = |_: usize, key: CellKey| {
                let columns = METRICS.iter().map(|_| Column::Integer(vec![1, 2, 3])).collect();
                CellRecord { key, result: Ok(Success { state_digest: [0; 32], rows: Rows { columns } }) }
            };
            fill_with(&keys, &todo, how, &|_, record| store.append(&record), &model).expect("cells")
        });
    });
    group.finish();
}

fn threads(bench: &mut Criterion) {
    let study = study();
    let keys = study.plan.keys();
    let todo: Vec<usize> = (0..64).collect();
    let cancel = AtomicBool::new(false);
    let mut group = bench.benchmark_group("sweep");
    group.sample_size(10).throughput(Throughput::Elements(todo.len() as u64));
    for threads in [1, 2] {
        group.bench_function(format!("64 cells, {threads} threads"), |b| {
            b.iter(|| {
                let how = Execution { threads, progress: &|_| {}, cancel: &cancel };
                fill(&study.plan, &keys, &todo, how, &|_, _| Ok(())).expect("cells")
            });
        });
    }
    group.finish();
}

criterion_group!(benches, engine_alone, threads);
criterion_main!(benches);
