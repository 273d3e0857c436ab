//! Studies, stores and merges as a user meets them.

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use support::command::Place;
use support::files_below;
use trihelix::record::Column;
use trihelix::study::{CellRecord, Overrides, Store, Study};

/// A study of 2 x 2 x 3 cells of two months.
const STUDY: &str = r#"
schema = 1
name = "tiny"
replicates = 3
months = 2
resolution = "end"
metrics = ["employees", "knowledge_variety"]
[[scenario]]
file = "world.toml"
[[policy]]
name = "open"
files = ["policy.toml"]
[[vary]]
path = "ties.search"
values = [0.02, "9 %/month"]
"#;

const POLICY: &str = "schema = 1\npolicy = true\nname = \"open\"\n[ties]\nrenewal = 0.5\n";

fn place() -> Place {
    place_with(STUDY)
}

fn place_with(study: &str) -> Place {
    let place = Place::new();
    let world = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/studies/small.toml");
    place.file("world.toml", &fs::read_to_string(world).unwrap());
    place.file("policy.toml", POLICY);
    place.file("study.toml", study);
    place
}

fn segments(store: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(store).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|extension| extension == "segment")).collect()
}

fn computed(place: &Place, more: &[&str]) -> u64 {
    let words: Vec<&str> = ["sweep", "study.toml", "--format", "json"].iter().chain(more).copied().collect();
    place.trihelix(&words).succeeds().json()["computed"].as_u64().unwrap()
}

#[test]
fn only_what_is_missing_is_computed() {
    let place = place();
    assert_eq!(computed(&place, &["--out", "a"]), 12);
    let before = files_below(&place.path("a"));
    assert_eq!(computed(&place, &["--out", "a"]), 0);
    assert_eq!(files_below(&place.path("a")), before);
    let as_it_is = ["--out", "a", "--replicates", "3", "--months", "2", "--seed", "1"];
    assert_eq!(computed(&place, &as_it_is), 0, "what the study says anyway may be said again");
    assert_eq!(files_below(&place.path("a")), before);
    assert_eq!(computed(&place, &["--out", "a", "--replicates", "5"]), 8);
    place.file(
        "study.toml",
        &format!("{STUDY}[[scenario]]\nname = \"b\"\nfile = \"world.toml\"\nset = [\"ties.renewal=0.1\"]\n"),
    );
    // Its cells alone and under the policy; under the policy the values are those of the first scenario, the name is not.
    assert_eq!(computed(&place, &["--out", "a"]), 12);
    place.file("study.toml", STUDY);
    assert_eq!(computed(&place, &["--out", "a"]), 0);
    assert_eq!(files_below(&place.path("a")), before);
    assert_eq!(computed(&place, &["--out", "a", "--seed", "2"]), 12);
}

#[test]
fn damage_is_told_and_computed_again_and_a_torn_end_is_not_damage() {
    let place = place();
    computed(&place, &["--out", "a", "--threads", "1"]);
    let before = files_below(&place.path("a"));
    let segment = &segments(&place.path("a-store"))[0];
    let whole = fs::read(segment).unwrap();
    let mut damaged = whole.clone();
    let middle = whole.len() / 2;
    damaged[middle] ^= 0x10;
    fs::write(segment, &damaged).unwrap();
    let call = place.trihelix(&["sweep", "study.toml", "--out", "a", "--format", "json"]);
    call.succeeds().says("is damaged; its cell is computed again");
    let again = call.json()["computed"].as_u64().unwrap();
    assert!((1..=2).contains(&again), "{again}");
    assert_eq!(files_below(&place.path("a")), before);

    let other = Place::new();
    fs::create_dir(other.path("s")).unwrap();
    for file in ["world.toml", "policy.toml", "study.toml"] {
        fs::copy(place.path(file), other.path(file)).unwrap();
    }
    fs::write(other.path("s/x.segment"), &whole[..whole.len() - 5]).unwrap();
    let call = other.trihelix(&["sweep", "study.toml", "--out", "a", "--store", "s", "--format", "json", "--quiet"]);
    call.succeeds().says_no_more();
    assert_eq!(call.json()["computed"], 1);
    assert_eq!(files_below(&other.path("a")), before);
}

#[test]
fn two_records_of_one_cell_that_differ_are_named() {
    let place = place();
    computed(&place, &["--out", "a"]);
    let study = Study::load(&place.path("study.toml"), Overrides::default()).unwrap();
    let key = study.plan.keys()[4];
    let store = Store::read_only(&[place.path("a-store")]).unwrap();
    let CellRecord { key, result } = store.read(key).unwrap().unwrap();
    let mut success = result.unwrap();
    let Column::Integer(values) = &mut success.rows.columns[0] else { panic!("employees are counted") };
    values[0] += 1;
    fs::create_dir(place.path("b")).unwrap();
    fs::copy(place.path("a-store/study.json"), place.path("b/study.json")).unwrap();
    let other = Store::open(&place.path("b"), serde_json::Value::Null).unwrap();
    other.append(&CellRecord { key, result: Ok(success) }).unwrap();
    let call = place.trihelix(&["merge", "a-store", "b", "--out", "m"]);
    call.fails_with(4).says("two records of one cell differ").says("scenario `world`, point 1, replicate 1");
    assert!(!place.path("m").exists());
}

#[test]
fn a_merge_refuses_what_is_missing_and_what_is_of_another_version() {
    let place = place();
    for shard in ["0/4", "2/4", "3/4"] {
        place.trihelix(&["sweep", "study.toml", "--store", "s", "--shard", shard]).succeeds();
    }
    let call = place.trihelix(&["merge", "s", "--out", "m"]);
    call.fails_with(4).says("3 of 12 cells are missing").says("missing shards of 4: 1");
    assert!(!place.path("m").exists());
    let status = place.trihelix(&["sweep", "study.toml", "--store", "s", "--status"]);
    status.succeeds().shows("9 of 12 cells done").shows("missing shards of 4: 1");
    place.trihelix(&["sweep", "study.toml", "--store", "t", "--shard", "1/4", "--seed", "9"]).succeeds();
    place.trihelix(&["merge", "s", "t", "--out", "m"]).fails_with(4).says("they differ in seed");
    place.trihelix(&["sweep", "study.toml", "--store", "u", "--shard", "1/4"]).succeeds();
    place.trihelix(&["merge", "u", "s", "--out", "m"]).succeeds();
    computed(&place, &["--out", "whole"]);
    assert_eq!(files_below(&place.path("m")), files_below(&place.path("whole")));
    place.trihelix(&["merge", "nowhere", "--out", "n"]).fails_with(2).says("is not a folder");
    place.trihelix(&["merge", "m", "--out", "n"]).fails_with(2).says("is not the store of a sweep");
}

#[cfg(unix)]
#[test]
fn a_full_disk_and_a_folder_that_may_not_be_written_leave_a_store_to_resume() {
    let place = place_with(
        &STUDY
            .replace("replicates = 3", "replicates = 60")
            .replace("metrics = [\"employees\", \"knowledge_variety\"]", ""),
    );
    // A limit on the size of files: the write fails in the middle of a record. In blocks of 512 bytes, above the sheet.
    let call = place.shell("trap '' XFSZ; ulimit -f 220; trihelix sweep study.toml --out a --quiet");
    call.fails_with(1).says("cannot write the record").says("run the same command again");
    assert!(!place.path("a").exists());
    let left = place.trihelix(&["sweep", "study.toml", "--out", "a", "--status", "--format", "json"]).succeeds().json();
    let (done, missing) = (left["done"].as_u64().unwrap(), left["missing"].as_u64().unwrap());
    assert!(done > 0 && missing > 0, "{left}");
    assert_eq!(computed(&place, &["--out", "a"]), missing);
    computed(&place, &["--out", "b", "--threads", "1"]);
    assert_eq!(files_below(&place.path("a")), files_below(&place.path("b")));
    // Nobody, not even the superuser, makes folders there.
    let call = place.trihelix(&["sweep", "study.toml", "--out", "c", "--store", "/proc/no/store"]);
    call.fails_with(1).says("cannot create the store");
}

/// A disk of its own, as small as we like, that can be made larger and read-only while cells are in it.
#[cfg(target_os = "linux")]
struct Disk(PathBuf);

#[cfg(target_os = "linux")]
impl Disk {
    /// Only the superuser makes disks, and not in every container.
    fn new(at: PathBuf, options: &str) -> Option<Self> {
        fs::create_dir(&at).unwrap();
        Self::mount(&["-t", "tmpfs", "-o", options, "none"], &at).then(|| Self(at))
    }

    fn mount(options: &[&str], at: &Path) -> bool {
        Command::new("mount").args(options).arg(at).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    }

    fn becomes(&self, options: &str) {
        assert!(Self::mount(&["-o", &format!("remount,{options}")], &self.0), "{options}");
    }
}

#[cfg(target_os = "linux")]
impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_is_full_and_then_read_only_loses_nothing() {
    let text = STUDY.replace("replicates = 3", "replicates = 60").replace(", \"knowledge_variety\"", "");
    let text = text.replace("metrics = [\"employees\"]", "");
    let place = place_with(&text);
    let Some(disk) = Disk::new(place.path("disk"), "size=112k") else {
        eprintln!("skipped: no disk can be made here");
        return;
    };
    let sweep = ["sweep", "study.toml", "--store", "disk/s", "--out", "a"];
    let full = place.trihelix(&sweep);
    full.fails_with(1).says("cannot write the record: No space left on device").says("free some space");
    assert_eq!(full.stderr.matches("error:").count(), 1, "{full}");
    let status = || {
        let call = place.trihelix(&["sweep", "study.toml", "--store", "disk/s", "--status", "--format", "json"]);
        let left = call.succeeds().says_no_more().json();
        (left["done"].as_u64().unwrap(), left["missing"].as_u64().unwrap())
    };
    let (done, missing) = status();
    assert!(done > 0 && missing > 0, "{done} done, {missing} missing");
    disk.becomes("size=4m");
    disk.becomes("ro");
    let read_only = place.trihelix(&sweep);
    read_only.fails_with(1).says("Read-only file system").says("choose a folder you may write to");
    assert_eq!(read_only.stderr.matches("error:").count(), 1, "{read_only}");
    assert_eq!(status(), (done, missing));
    assert!(!place.path("a").exists());
    disk.becomes("rw");
    assert_eq!(computed(&place, &["--store", "disk/s", "--out", "a"]), missing);
    computed(&place, &["--out", "b", "--threads", "1"]);
    assert_eq!(files_below(&place.path("a")), files_below(&place.path("b")));
}

#[cfg(unix)]
#[test]
fn an_interrupt_finishes_the_cells_in_hand() {
    let place = place_with(&STUDY.replace("replicates = 3", "replicates = 1000").replace("months = 2", "months = 24"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_trihelix"));
    command.args(["sweep", "study.toml", "--out", "a", "--threads", "2"]).current_dir(place.path("."));
    let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    std::thread::sleep(Duration::from_secs(2));
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert!(said.contains("finishing the cells in hand") && said.contains("run the same command again"), "{said}");
    let left = place.trihelix(&["sweep", "study.toml", "--out", "a", "--status", "--format", "json"]).succeeds().json();
    let (done, missing) = (left["done"].as_u64().unwrap(), left["missing"].as_u64().unwrap());
    assert!(done > 0 && said.contains(&format!("{missing} of 4000 cells missing")), "{left}: {said}");
}

#[test]
fn every_slip_of_a_study_is_told_at_its_place() {
    let cases = [
        ("resolution = \"end\"", "resolution = \"weekly\"", "study.toml:6:14"),
        ("metrics = [\"employees\"", "metrics = [\"emploees\"", "did you mean `employees`?"),
        ("replicates = 3", "replicats = 3", "did you mean `replicates`?"),
        ("replicates = 3", "replicates = 0", "a whole number from 1 to 1000000"),
        ("path = \"ties.search\"", "path = \"ties.serch\"", "did you mean `search`?"),
        ("path = \"ties.search\"", "path = \"time.months\"", "cannot be varied"),
        ("values = [0.02, \"9 %/month\"]", "values = [0.02, 7.0]", "out of range"),
        ("values = [0.02, \"9 %/month\"]", "low = 0.02\nhigh = 0.1", "has no values for a list"),
        ("values = [0.02, \"9 %/month\"]", "low = 0.3\nhigh = 0.1\nlevels = 3", "`low` has to be below `high`"),
        ("file = \"world.toml\"", "file = \"word.toml\"", "there is no file"),
        ("files = [\"policy.toml\"]", "files = [\"study.toml\"]", "unknown key"),
        ("schema = 1", "schema = 3", "a whole number from 1 to 1"),
        ("name = \"tiny\"", "name = \"ti ny\"", "no short name"),
        ("name = \"tiny\"", "name = tiny", "TOML"),
        ("[[vary]]", "[design]\nmethod = \"sobel\"\npoints = 4\n[[vary]]", "did you mean `sobol`?"),
    ];
    for (from, to, said) in cases {
        assert!(STUDY.contains(from), "{from}");
        let place = place_with(&STUDY.replacen(from, to, 1));
        place.trihelix(&["sweep", "study.toml", "--out", "a"]).fails_with(2).says("study.toml").says(said);
        assert!(!place.path("a").exists() && !place.path("a-store").exists());
    }
    let place = place();
    place.trihelix(&["sweep", "none.toml"]).fails_with(2).says("there is no file");
    place.trihelix(&["sweep", "study.toml", "--shard", "4/4"]).fails_with(2).says("parts count from 0");
}

#[test]
fn designs_vary_parameters_coefficients_and_dates() {
    let study = r#"
schema = 1
name = "design"
months = 3
resolution = "end"
metrics = ["employees"]
[[scenario]]
file = "dated.toml"
[design]
method = "sobol"
points = 4
uncertain = true
[[vary]]
path = "rule.partner.score.prior_ties"
low = 0.1
high = 0.9
[[vary]]
path = "event.more-labs.at"
low = 2024-02-01
high = 2026-01-01
[[vary]]
path = "ties.candidates"
dist = "triangular"
low = 4
mode = 10
high = 20
"#;
    let place = place_with(study);
    let event = "[[event]]\nid = \"more-labs\"\nat = 2024-03-01\ntarget = \"facility:port-island\"\nfield = \"lab_slots\"\nvalue = 60\n";
    let world = fs::read_to_string(place.path("world.toml")).unwrap();
    let world = world.replace(
        "turnover = \"18 %/year\"",
        "turnover = { value = \"18 %/year\", uncertain = { dist = \"normal\", sd = 0.3 } }",
    );
    place.file("dated.toml", &format!("{world}\n{event}"));
    let study = |points: &str| {
        let text = fs::read_to_string(place.path("study.toml")).unwrap();
        place.file("more.toml", &text.replace("points = 4", points));
        Study::load(&place.path("more.toml"), Overrides::default()).unwrap_or_else(|problems| panic!("{problems}"))
    };
    let (few, many) = (study("points = 4"), study("points = 16"));
    assert_eq!(few.design.points, many.design.points[..4]);
    assert_eq!(few.plan.keys(), many.plan.keys()[..4]);
    let paths: Vec<&str> = few.design.varies.iter().map(|vary| vary.path.as_str()).collect();
    assert_eq!(
        paths,
        ["rule.partner.score.prior_ties", "event.more-labs.at", "ties.candidates", "cluster.boston.turnover"]
    );
    for point in &many.design.points {
        assert!(point[1].starts_with("202") && point[1].ends_with("-01"), "{point:?}");
        assert!((4..=20).contains(&point[2].parse::<i32>().unwrap()), "{point:?}");
        assert!(point[3].ends_with(" %/year\""), "{point:?}");
    }
    assert_eq!(computed(&place, &["--out", "a"]), 4);
    place.trihelix(&["sweep", "study.toml", "--explain"]).succeeds().shows("4 cells").shows("4 to do");
}

#[test]
fn a_failed_cell_is_a_row_and_the_sweep_goes_on() {
    let values = "path = \"ties.search\"\nvalues = [0.02, \"9 %/month\"]";
    // The bound is below what people do: the model stops on its own check.
    let place = place_with(&STUDY.replace(values, "path = \"labour.clock_bound_restless\"\nvalues = [0.2, 0.002]"));
    for computed in [12, 0] {
        let call = place.trihelix(&["sweep", "study.toml", "--out", "a", "--format", "json"]);
        call.fails_with(1).says("6 of 12 cells failed");
        let said = call.json();
        assert_eq!((said["computed"].as_u64(), said["failed"].as_u64()), (Some(computed), Some(6)));
        // Two scenarios, three replicates, two clusters and `all`.
        assert_eq!(said["rows"], 18);
    }
}

#[test]
fn dimensions_can_be_correlated() {
    let correlated = r#"
schema = 1
name = "together"
months = 1
[[scenario]]
file = "world.toml"
[design]
method = "sobol"
points = 512
[[vary]]
path = "ties.search"
low = 0.0
high = 0.1
[[vary]]
path = "ties.renewal"
low = 0.0
high = 0.5
[[vary]]
path = "founding.heritage"
low = 0.0
high = 1.0
[[correlate]]
a = "ties.search"
b = "ties.renewal"
rank = -0.7
"#;
    let place = place_with(correlated);
    let load = || Study::load(&place.path("study.toml"), Overrides::default());
    let study = load().unwrap();
    let column = |dimension: usize| {
        let mut order: Vec<usize> = (0..512).collect();
        let value = |point: &usize| study.design.points[*point][dimension].parse::<f64>().unwrap();
        order.sort_by(|a, b| value(a).total_cmp(&value(b)));
        let mut ranks = vec![0.0; 512];
        order.into_iter().enumerate().for_each(|(rank, point)| ranks[point] = rank as f64);
        ranks
    };
    let rank = |a: usize, b: usize| {
        let squares: f64 = column(a).iter().zip(column(b)).map(|(x, y)| (x - y) * (x - y)).sum();
        1.0 - 6.0 * squares / (512.0 * (512.0 * 512.0 - 1.0))
    };
    assert!((rank(0, 1) + 0.7).abs() < 0.02, "{}", rank(0, 1));
    assert!(rank(0, 2).abs() < 0.02 && rank(1, 2).abs() < 0.05, "{} {}", rank(0, 2), rank(1, 2));
    let third = "[[correlate]]\na = \"founding.heritage\"\nb = \"ties.search\"\nrank = 0.9\n";
    let fourth = third.replace("ties.search", "ties.renewal");
    place.file("study.toml", &format!("{correlated}{third}{fourth}"));
    assert!(load().unwrap_err().to_string().contains("contradict one another"));
}

#[test]
fn emitted_files_carry_the_number_of_parts() {
    let place = place();
    for engine in ["gha", "parallel", "hyperqueue", "k8s", "pbs"] {
        let call = place.trihelix(&["sweep", "study.toml", "--emit", engine, "--shards", "6", "--seed", "3"]);
        call.succeeds().shows("/6").shows("study.toml --seed 3");
    }
    place.trihelix(&["sweep", "study.toml", "--emit", "gha", "--shards", "300"]).fails_with(2).says("at most 256");
    let call = place.trihelix(&["sweep", "study.toml", "--submit", "slurm", "--dry-run", "--shards", "3"]);
    call.succeeds().shows("\"$SLURM_ARRAY_TASK_ID\"/3").shows("--dependency=afterany");
    assert!(!place.path("outputs").exists());
}
