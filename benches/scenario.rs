//! Checking a scenario of 2,000 lines: must take less than 50 ms.

use criterion::Criterion;
use criterion::criterion_group;
use criterion::criterion_main;
use std::fmt::Write;
use std::hint::black_box;
use std::path::Path;
use trihelix::scenario::Scenario;

/// The minimal scenario with institutions added until it has 2,000 lines, and a ramped event.
fn long_scenario() -> String {
    let minimal = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios/minimal.toml");
    let mut text = std::fs::read_to_string(minimal).expect("the minimal scenario is in the repository");
    text.push_str("\n[[event]]\nid = \"grow\"\nfrom = 2025-01-01\nramp = 36\ntarget = \"cluster:kobe\"\nfield = \"lab_slots\"\nfactor = 2\n");
    for number in 0.. {
        if text.lines().count() >= 2000 {
            break;
        }
        let _ = write!(
            text,
            "\n[[institution]]\nid = \"institution-{number}\"\nname = \"Institution {number}\"\ncluster = \"kobe\"\nkind = \"university\"\n\
             employees = {{ value = 300, unit = \"persons\", grade = \"C\", source = \"assumption\" }}\n\
             domains = [\"oncology\", \"vaccines\"]\nresearch_grants = {{ value = \"2 MUSD/year\", grade = \"C\", source = \"fact:one\" }}\n\
             exit = \"1 %/year\"\ntrial_slots = 3\n"
        );
    }
    text
}

fn check(c: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("long.toml");
    std::fs::write(&path, long_scenario()).expect("the folder is writable");
    c.bench_function("scenario/check 2000 lines", |b| {
        b.iter(|| Scenario::load(black_box(&path), &[], &[]).expect("the scenario is sound"));
    });
}

criterion_group!(benches, check);
criterion_main!(benches);
