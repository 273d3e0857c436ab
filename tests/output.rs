//! Result folders: the same bytes every time, types that other readers understand, and nothing half-written.

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use support::sample::Sample;
use trihelix::output::{Foreign, OutputError, ResultFolder, StoredRun};
use trihelix::output::{in_display_order, read_history, read_run, rewrite_figures, run_files, write_run};
use trihelix::record::{Column, METRICS, MetricKind, Records};

fn write(folder: &Path, sample: &Sample) -> Result<Vec<String>, OutputError> {
    write_run(&ResultFolder::prepare(folder, Foreign::Refuse)?, &sample.result())
}

/// Every file below a folder with its bytes, hidden ones included.
fn contents(folder: &Path) -> Vec<(String, Vec<u8>)> {
    fn visit(root: &Path, folder: &Path, found: &mut Vec<(String, Vec<u8>)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                visit(root, &path, found);
            } else {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                found.push((name, fs::read(&path).unwrap()));
            }
        }
    }
    let mut found = Vec::new();
    visit(folder, folder, &mut found);
    found.sort();
    found
}

#[test]
fn the_same_result_gives_the_same_bytes_anywhere() {
    let base = tempfile::tempdir().unwrap();
    let (a, b) = (base.path().join("a"), base.path().join("deep/er/結果 b"));
    let names = write(&a, &Sample::small()).unwrap();
    write(&b, &Sample::small()).unwrap();
    let files = contents(&a);
    assert_eq!(files, contents(&b));
    assert_eq!(files.len(), names.len());
    for name in ["events.parquet", "figures/growth.svg", "flows.parquet", "metrics.toml", "records.csv", "summary.json"]
    {
        assert!(names.iter().any(|found| found == name), "{name} is missing");
    }
    let left: Vec<_> = fs::read_dir(base.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[test]
fn the_manifest_vouches_for_every_file_and_names_no_place() {
    let base = tempfile::tempdir().unwrap();
    let folder = base.path().join("run");
    write(&folder, &Sample::small()).unwrap();
    let text = fs::read_to_string(folder.join("manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
    for key in ["program", "version", "behaviour", "seed", "replicate", "overrides", "state_digest", "files", "inputs"]
    {
        assert!(manifest.get(key).is_some(), "{key}");
    }
    assert!(!text.contains(base.path().to_str().unwrap()));
    let files = contents(&folder);
    assert_eq!(files.len(), manifest["files"].as_object().unwrap().len() + 1);
    for (name, bytes) in files.iter().filter(|(name, _)| name != "manifest.json") {
        assert_eq!(manifest["files"][name], blake3::hash(bytes).to_hex().to_string(), "{name}");
    }
}

#[test]
fn records_read_back_as_they_were() {
    let base = tempfile::tempdir().unwrap();
    let folder = base.path().join("run");
    let sample = Sample::small();
    write(&folder, &sample).unwrap();
    let StoredRun { scenario, start, clusters, records, .. } = read_run(&folder).unwrap();
    assert_eq!((scenario.as_str(), start), ("sample", sample.start));
    assert_eq!(clusters, sample.clusters);
    assert_eq!(records, sample.records);
}

#[test]
fn events_and_flows_read_back_without_their_causes() {
    let base = tempfile::tempdir().unwrap();
    let folder = base.path().join("run");
    let sample = Sample::small();
    write(&folder, &sample).unwrap();
    let (events, flows) = read_history(&folder, &read_run(&folder).unwrap()).unwrap();
    assert!(flows == sample.flows && !flows.entries.is_empty());
    assert_eq!(events.len(), sample.events.len());
    for (read, written) in events.iter().zip(&sample.events) {
        assert_eq!((read.month, read.kind, read.amount), (written.month, written.kind, written.amount));
        assert_eq!((&read.actor, &read.partner), (&written.actor, &written.partner));
        assert_eq!((read.cluster, read.partner_cluster), (written.cluster, written.partner_cluster));
    }
    fs::write(folder.join("flows.parquet"), b"changed").unwrap();
    let error = read_history(&folder, &read_run(&folder).unwrap()).unwrap_err().to_string();
    assert!(error.contains("flows.parquet") && error.contains("changed afterwards"), "{error}");
}

#[test]
fn text_and_parquet_hold_the_same_rows() {
    let sample = Sample::small();
    let files = run_files(&sample.result()).unwrap();
    let (_, bytes) = files.iter().find(|(name, _)| name == "records.csv").unwrap();
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    let head: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    assert_eq!(&head[..5], ["scenario", "point", "replicate", "date", "cluster"]);
    assert!(head[5..].iter().eq(METRICS.iter().map(|metric| metric.name)));
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), usize::from(sample.records.months) * (sample.clusters.len() + 1));
    assert_eq!(&rows[0][3], "2024-01-01");
    assert_eq!(&rows[sample.clusters.len()][4], "all");
}

#[test]
fn the_summary_sums_flows_and_keeps_the_last_level() {
    let sample = Sample::small();
    let files = run_files(&sample.result()).unwrap();
    let (_, bytes) = files.iter().find(|(name, _)| name == "summary.json").unwrap();
    let summary: serde_json::Value = serde_json::from_slice(bytes).unwrap();
    assert_eq!(summary["years"], serde_json::json!([2024, 2025, 2026]));
    assert_eq!(summary["months_in_year"], serde_json::json!([12, 12, 6]));
    let osaka = &summary["clusters"]["osaka"]["metrics"];
    assert_eq!(osaka["startups_alive"]["last"], sample.whole("startups_alive", 29, 0));
    assert_eq!(osaka["startups_alive"]["yearly"][0], sample.whole("startups_alive", 11, 0));
    let raised: i64 = (12..24).map(|month| sample.whole("venture_raised_jpy", month, 0)).sum();
    assert_eq!(osaka["venture_raised_jpy"]["yearly"][1], raised);
    assert!(osaka["startups_alive"].get("total").is_none());
}

#[test]
fn rows_follow_the_labels() {
    let sample = Sample::small();
    let shown = in_display_order(sample.records.clone(), &sample.clusters);
    let cell = |records: &Records, month: usize, row: usize| match &records.columns[0] {
        Column::Integer(values) => values[month * 4 + row],
        Column::Float(_) => unreachable!(),
    };
    for month in [0, 17, 29] {
        for (row, from) in [2, 0, 1, 3].into_iter().enumerate() {
            assert_eq!(cell(&shown, month, row), cell(&sample.records, month, from));
        }
    }
}

#[test]
fn a_new_result_replaces_the_old_one_and_its_charts() {
    let base = tempfile::tempdir().unwrap();
    let folder = base.path().join("run");
    let mut sample = Sample::small();
    sample.figures.push(("old.svg".to_owned(), b"<svg/>".to_vec()));
    write(&folder, &sample).unwrap();
    assert!(folder.join("figures/old.svg").exists());
    write(&folder, &Sample::small()).unwrap();
    assert!(!folder.join("figures/old.svg").exists());
    assert_eq!(contents(&folder).len(), run_files(&Sample::small().result()).unwrap().len());
}

#[test]
fn the_notes_of_a_user_survive_a_new_result() {
    let base = tempfile::tempdir().unwrap();
    let folder = base.path().join("run");
    write(&folder, &Sample::small()).unwrap();
    fs::write(folder.join("notes.txt"), "mine").unwrap();
    let mut sample = Sample::small();
    sample.figures.clear();
    write(&folder, &sample).unwrap();
    assert_eq!(fs::read_to_string(folder.join("notes.txt")).unwrap(), "mine");
    assert!(!folder.join("figures/growth.svg").exists());
    assert_eq!(contents(&folder).len(), run_files(&sample.result()).unwrap().len() + 1);
}

#[test]
fn a_strangers_folder_is_left_alone_without_force() {
    let base = tempfile::tempdir().unwrap();
    let folder = base.path().join("photographs");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("manifest.json"), r#"{"program": "another"}"#).unwrap();
    let refused = ResultFolder::prepare(&folder, Foreign::Refuse).unwrap_err();
    assert!(refused.is_input(), "{refused}");
    assert!(refused.to_string().contains("--force"), "{refused}");
    assert_eq!(contents(&folder).len(), 1);

    fs::write(folder.join("me.jpg"), "picture").unwrap();
    let forced = ResultFolder::prepare(&folder, Foreign::WriteBeside).unwrap();
    write_run(&forced, &Sample::small().result()).unwrap();
    assert_eq!(fs::read_to_string(folder.join("me.jpg")).unwrap(), "picture");
    assert!(read_run(&folder).is_ok());
}

#[test]
fn a_file_in_the_way_is_the_users_to_move() {
    let base = tempfile::tempdir().unwrap();
    let file = base.path().join("file");
    fs::write(&file, "mine").unwrap();
    assert!(ResultFolder::prepare(&file, Foreign::WriteBeside).unwrap_err().is_input());
    assert!(ResultFolder::prepare(&file.join("below"), Foreign::WriteBeside).unwrap_err().is_input());
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
}

#[test]
fn a_changed_or_foreign_folder_is_not_read_as_a_result() {
    let base = tempfile::tempdir().unwrap();
    let folder = base.path().join("run");
    assert!(read_run(&folder).unwrap_err().to_string().contains("manifest.json"));
    write(&folder, &Sample::small()).unwrap();
    let records = folder.join("records.parquet");
    let mut bytes = fs::read(&records).unwrap();
    bytes[100] ^= 1;
    fs::write(&records, bytes).unwrap();
    assert!(read_run(&folder).unwrap_err().to_string().contains("changed afterwards"));
}

#[test]
fn charts_are_drawn_anew_without_touching_the_records() {
    let base = tempfile::tempdir().unwrap();
    let folder = base.path().join("run");
    write(&folder, &Sample::small()).unwrap();
    let before = fs::read(folder.join("records.parquet")).unwrap();
    rewrite_figures(&folder, &[("other.svg".to_owned(), b"<svg>2</svg>".to_vec())]).unwrap();
    assert_eq!(fs::read(folder.join("records.parquet")).unwrap(), before);
    assert!(!folder.join("figures/growth.svg").exists());
    assert_eq!(fs::read(folder.join("figures/other.svg")).unwrap(), b"<svg>2</svg>");
    let text = fs::read_to_string(folder.join("manifest.json")).unwrap();
    assert!(text.contains("figures/other.svg") && !text.contains("figures/growth.svg"));
    read_run(&folder).unwrap();
}

#[test]
fn an_interrupted_exchange_is_repaired_by_the_next_run() {
    let base = tempfile::tempdir().unwrap();
    let folder = base.path().join("run");
    write(&folder, &Sample::small()).unwrap();
    let before = contents(&folder);
    // As a process killed between the two renames leaves it, with a half-written folder beside.
    fs::rename(&folder, base.path().join(".run.previous")).unwrap();
    fs::create_dir(base.path().join(".run.partial")).unwrap();
    fs::write(base.path().join(".run.partial/records.csv"), "half").unwrap();
    ResultFolder::prepare(&folder, Foreign::Refuse).unwrap();
    assert_eq!(contents(&folder), before);
    assert!(!base.path().join(".run.partial").exists());
}

/// The tables in the hands of pandas, pyarrow, Polars and DuckDB, whichever of them this machine has.
#[test]
fn other_readers_find_the_documented_types() {
    let base = tempfile::tempdir().unwrap();
    let folder = base.path().join("run");
    let sample = Sample::small();
    write(&folder, &sample).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/readers/check.py");
    let python = std::env::var("TRIHELIX_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let expected = serde_json::json!({
        "rows": usize::from(sample.records.months) * (sample.clusters.len() + 1),
        "events": sample.events.len(),
        "flows": sample.flows.entries.len(),
        "startups_alive_last_all": sample.whole("startups_alive", 29, sample.clusters.len()),
        "metrics": METRICS.iter().map(|metric| (metric.name, metric.kind == MetricKind::Index)).collect::<Vec<_>>(),
    });
    let run = Command::new(&python).arg(&script).arg(&folder).arg(expected.to_string()).output();
    let Ok(output) = run else {
        eprintln!("skipped every reader: no `{python}` on this machine");
        return;
    };
    eprint!("{}", String::from_utf8_lossy(&output.stdout));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
