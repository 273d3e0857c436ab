//! Machines that fail and input that means harm: nothing is lost, nobody sees a panic, and the exit code is one of those
//! that are documented. What sweeps do is in `sweep_chaos.rs` and `sweep_study.rs`, what bundles do in `trust_bundle.rs`,
//! what single wrong files do in `scenario_broken.rs`.

mod support;

use std::fs;
use std::path::Path;
use std::time::Duration;

use support::command::{Call, Place};

fn shipped(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(name).display().to_string()
}

/// A folder with a small world and a policy.
fn place() -> Place {
    let place = Place::new();
    place.file("world.toml", &fs::read_to_string(shipped("studies/small.toml")).expect("a file"));
    place.file("policy.toml", "schema = 1\npolicy = true\nname = \"open\"\n[ties]\nsearch = 0.02\n");
    place
}

/// Every file of a folder with its bytes, in order.
fn bytes(place: &Place, folder: &str) -> Vec<(String, Vec<u8>)> {
    let prefix = format!("{folder}/");
    let names: Vec<String> = place.files().into_iter().filter(|name| name.starts_with(&prefix)).collect();
    names.into_iter().map(|name| (name.clone(), fs::read(place.path(&name)).expect("a file"))).collect()
}

/// A documented end, and never a panic (`Place` looks for those).
fn ends_well(call: &Call, codes: &[i32]) {
    assert!(call.code().is_some_and(|code| codes.contains(&code)), "{call}");
    assert!(
        call.code() == Some(0) || !(call.stderr.is_empty() && call.stdout.is_empty()),
        "no word of what is wrong: {call}"
    );
}

#[expect(clippy::disallowed_methods, reason = "how long a run takes says when to kill it")]
#[test]
fn a_run_killed_at_any_instant_leaves_the_old_result_or_the_new() {
    let place = place();
    let run = ["run", "world.toml", "--months", "24", "--out", "r", "-q"];
    place.trihelix(&[&run[..], &["--seed", "1"]].concat()).succeeds();
    let old = bytes(&place, "r");
    let begin = std::time::Instant::now();
    let new_run = [&run[..], &["--seed", "2", "--checkpoint-every", "6"]].concat();
    let mut with_new_out = new_run.clone();
    with_new_out[5] = "new";
    place.trihelix(&with_new_out).succeeds();
    let whole = begin.elapsed();
    let new: Vec<Vec<u8>> = bytes(&place, "new").into_iter().map(|(_, bytes)| bytes).collect();
    let mut untouched = 0;
    for instant in 1..=10 {
        let mut child = place.start(&new_run);
        std::thread::sleep(whole * instant / 10);
        let _ = child.kill();
        child.wait().expect("it ends");
        let found = bytes(&place, "r");
        untouched += u32::from(found == old);
        let found: Vec<Vec<u8>> = found.into_iter().map(|(_, bytes)| bytes).collect();
        let is_old = found.len() == old.len() && found.iter().zip(&old).all(|(a, (_, b))| a == b);
        // Between two renames the old result stands under a hidden name, from which the next run puts it back.
        assert!(found.is_empty() || is_old || found == new, "half a result after {instant}/10 of the time");
        // Every checkpoint that has its name is whole: going on from it ends with the new bytes.
        let checkpoints: Vec<String> = place
            .files()
            .into_iter()
            .filter(|name| name.starts_with("r-checkpoints/") && !name.contains("/."))
            .collect();
        if let Some(last) = checkpoints.last() {
            let from = ["run", "world.toml", "--months", "24", "--seed", "2", "--out", "c", "-q", "--from", last];
            place.trihelix(&from).succeeds();
            let again: Vec<Vec<u8>> = bytes(&place, "c").into_iter().map(|(_, bytes)| bytes).collect();
            assert!(again == new, "from {last}");
        }
    }
    assert!(untouched >= 3, "only {untouched} kills came before the end");
    place.trihelix(&new_run).succeeds();
    assert!(bytes(&place, "r").into_iter().map(|(_, bytes)| bytes).eq(new), "the last run is whole");
    let left: Vec<String> = place.files().into_iter().filter(|name| name.starts_with('.')).collect();
    assert!(left.is_empty(), "left behind: {left:?}");
}

/// The limit on the size of a file stands for a full disk: nobody has to be the superuser for it.
#[cfg(unix)]
#[test]
fn a_full_disk_leaves_the_old_result() {
    let place = place();
    let run = "trihelix run world.toml --months 12 -q --out r";
    place.shell(&format!("{run} --seed 1")).succeeds();
    let compare = "trihelix compare world.toml policy.toml --months 12 --replicates 2 -q --out c";
    place.shell(compare).succeeds();
    place.shell("trihelix report c -q && trihelix bundle r -o r.zip -q").succeeds();
    let old = (bytes(&place, "r"), bytes(&place, "c"), fs::read(place.path("r.zip")).expect("a file"));
    for blocks in [0, 1, 5, 20, 60] {
        let lines = [
            format!("{run} --seed 2"),
            format!("{run} --seed 2 --checkpoint-every 3"),
            compare.replace("--months 12", "--months 13"),
            "trihelix plot r".to_owned(),
            "trihelix report c --lang ja -q".to_owned(),
            "trihelix bundle r -o r.zip --author A -q".to_owned(),
            "trihelix reproduce r.zip -q".to_owned(),
        ];
        for line in lines {
            let call = place.shell(&format!("trap '' XFSZ; ulimit -f {blocks}; {line}"));
            ends_well(&call, &[0, 1]);
            if call.code() == Some(1) {
                assert_eq!(call.stderr.matches("error:").count(), 1, "{call}");
                assert!(call.stderr.contains("File too large"), "{call}");
            }
            let small = line.contains("report") || line.contains("plot") || line.contains("reproduce");
            assert!(call.code() == Some(1) || small, "{blocks} blocks were enough for {line}");
        }
        assert!(bytes(&place, "r") == old.0, "{blocks} blocks: the run is not as it was");
        let now = fs::read(place.path("r.zip")).expect("a file");
        assert!(now == old.2, "{blocks} blocks: the bundle is not as it was");
        let pages = |all: &[(String, Vec<u8>)]| -> Vec<(String, Vec<u8>)> {
            all.iter().filter(|(name, _)| !name.contains("report")).cloned().collect()
        };
        assert!(pages(&bytes(&place, "c")) == pages(&old.1), "{blocks} blocks: the comparison is not as it was");
    }
    let partial: Vec<String> = place.files().into_iter().filter(|name| name.contains("partial")).collect();
    assert!(partial.is_empty(), "{partial:?}");
}

/// Nobody, not even the superuser, makes files in `/proc`.
#[cfg(target_os = "linux")]
#[test]
fn places_that_cannot_be_written_end_every_verb_with_one_message() {
    let place = place();
    place.trihelix(&["run", "world.toml", "--months", "2", "-q", "--out", "r"]).succeeds();
    place
        .trihelix(&["compare", "world.toml", "policy.toml", "--months", "12", "--replicates", "2", "-q", "--out", "c"])
        .succeeds();
    for call in [
        &["run", "world.toml", "--out", "/proc/x/r"][..],
        &["compare", "world.toml", "policy.toml", "--out", "/proc/x"],
        &["report", "c", "-o", "/proc/x.html"],
        &["bundle", "r", "-o", "/proc/x.zip"],
        &["new", "/proc/x"],
    ] {
        let call = place.trihelix(call);
        call.fails_with(1).says("/proc/x");
        assert_eq!(call.stderr.matches("error:").count(), 1, "{call}");
    }
}

#[cfg(unix)]
#[test]
fn a_folder_that_vanishes_is_one_message() {
    let place = place();
    // Before: the folder where the user stands is gone.
    let world = place.path("world.toml").display().to_string();
    let call = place.shell(&format!("mkdir gone; cd gone; rmdir ../gone; trihelix run {world} --months 2 -q --out r"));
    call.fails_with(1).says("error:");
    place.shell("mkdir gone; cd gone; rmdir ../gone; trihelix verify .; exit $?").fails_with(2);
    // During: the folder above the results is taken away again and again.
    for wait in [20, 80, 160, 320] {
        fs::create_dir(place.path("above")).expect("a folder");
        let mut child = place.start(&["run", "world.toml", "--months", "48", "-q", "--out", "above/r"]);
        std::thread::sleep(Duration::from_millis(wait));
        let _ = fs::remove_dir_all(place.path("above"));
        let status = child.wait().expect("it ends");
        assert!(matches!(status.code(), Some(0 | 1)), "{status} after {wait} ms");
        let left: Vec<String> = bytes(&place, "above").into_iter().map(|(name, _)| name).collect();
        assert!(left.is_empty() || left.contains(&"above/r/manifest.json".to_owned()), "{left:?}");
        let _ = fs::remove_dir_all(place.path("above"));
    }
}

/// The manifest with the digest of a file mended and its seal renewed: what a forger would write.
fn mend(place: &Place, folder: &str, old: &[u8], new: &[u8]) {
    let path = place.path(&format!("{folder}/manifest.json"));
    let text = fs::read_to_string(&path).expect("a manifest");
    let text = text.replace(&blake3::hash(old).to_hex().to_string(), &blake3::hash(new).to_hex());
    let body = text.split(",\n  \"seal\"").next().expect("a body");
    let seal = blake3::hash(body.as_bytes()).to_hex();
    fs::write(path, format!("{body},\n  \"seal\": \"{seal}\"\n}}\n")).expect("written");
}

/// Bytes with a bit flipped or an end cut off, spread over the whole.
fn damaged(sound: &[u8], how_many: usize) -> impl Iterator<Item = Vec<u8>> + '_ {
    (0..how_many).map(move |number| {
        let at = (number * 2 + 1) * sound.len() / (2 * how_many);
        if number % 3 == 0 {
            return sound[..at].to_vec();
        }
        let mut bytes = sound.to_vec();
        bytes[at] ^= 1 << (number % 8);
        bytes
    })
}

#[test]
fn damaged_tables_are_refused_even_if_their_digest_was_mended() {
    let place = place();
    place.trihelix(&["run", "world.toml", "--months", "14", "-q", "--out", "r"]).succeeds();
    let compare = ["compare", "world.toml", "policy.toml", "--months", "14", "--replicates", "2", "-q", "--out", "c"];
    place.trihelix(&compare).succeeds();
    for (folder, file, verb) in
        [("r", "records.parquet", "plot"), ("c", "records.parquet", "report"), ("c", "flows.parquet", "report")]
    {
        let path = place.path(&format!("{folder}/{file}"));
        let sound = fs::read(&path).expect("a table");
        let manifest = fs::read(place.path(&format!("{folder}/manifest.json"))).expect("a manifest");
        for bytes in damaged(&sound, 15) {
            fs::write(&path, &bytes).expect("written");
            place.trihelix(&[verb, folder]).fails_with(2).says(file);
            mend(&place, folder, &sound, &bytes);
            // A changed number is a number: only who runs it again finds that. All else is told.
            ends_well(&place.trihelix(&[verb, folder]), &[0, 1, 2]);
            fs::write(place.path(&format!("{folder}/manifest.json")), &manifest).expect("written");
        }
        fs::write(&path, &sound).expect("written");
    }
}

#[test]
fn damaged_manifests_stores_and_checkpoints_are_refused() {
    let place = place();
    let run = ["run", "world.toml", "--months", "6", "-q", "--out", "r"];
    place.trihelix(&[&run[..], &["--checkpoint-every", "3"]].concat()).succeeds();
    let manifest = fs::read(place.path("r/manifest.json")).expect("a manifest");
    for bytes in damaged(&manifest, 20).chain([Vec::new(), b"{}".to_vec(), b"[[[[".repeat(10_000), b"null".to_vec()]) {
        fs::write(place.path("r/manifest.json"), &bytes).expect("written");
        ends_well(&place.trihelix(&["verify", "r", "-q"]), &[2, 3]);
        ends_well(&place.trihelix(&["plot", "r"]), &[2]);
        ends_well(&place.trihelix(&["report", "r", "-q", "-o", "x.html"]), &[2]);
        ends_well(&place.trihelix(&["bundle", "r", "-o", "x.zip", "-q"]), &[2]);
        fs::remove_dir_all(place.path("r/figures")).ok();
        place.trihelix(&[&run[..], &["--force"]].concat()).succeeds();
    }
    let checkpoint = fs::read(place.path("r-checkpoints/month-0003.checkpoint")).expect("a checkpoint");
    for bytes in damaged(&checkpoint, 24).chain([Vec::new()]) {
        place.file("bad.checkpoint", "");
        fs::write(place.path("bad.checkpoint"), &bytes).expect("written");
        place.trihelix(&["run", "world.toml", "--months", "6", "--out", "b", "--from", "bad.checkpoint"]).fails_with(2);
        // With its seal mended, the state itself is what is wrong: refused, or a state that stops with a message.
        if let Some((body, _)) = bytes.split_last_chunk::<32>() {
            let sealed = [body, blake3::hash(body).as_bytes()].concat();
            fs::write(place.path("bad.checkpoint"), sealed).expect("written");
            let call =
                place.trihelix(&["run", "world.toml", "--months", "6", "--out", "b", "-q", "--from", "bad.checkpoint"]);
            ends_well(&call, &[0, 1, 2]);
        }
    }
    let study = "schema = 1\nname = \"tiny\"\nreplicates = 3\nmonths = 2\n[[scenario]]\nfile = \"world.toml\"\n";
    place.file("study.toml", study);
    place.trihelix(&["sweep", "study.toml", "--out", "s", "-q"]).succeeds();
    let names: Vec<String> = place.files().into_iter().filter(|name| name.starts_with("s-store/")).collect();
    assert!(names.len() >= 2, "{names:?}");
    for name in names {
        let sound = fs::read(place.path(&name)).expect("a file");
        for bytes in damaged(&sound, 9).chain([Vec::new()]) {
            fs::write(place.path(&name), &bytes).expect("written");
            ends_well(&place.trihelix(&["merge", "s-store", "--out", "m", "-q"]), &[0, 2, 4]);
            ends_well(&place.trihelix(&["sweep", "study.toml", "--store", "s-store", "--status"]), &[0, 2, 4]);
            fs::write(place.path(&name), &sound).expect("written");
        }
    }
}

/// Memory that runs out ends the process at once, with the signal of an abort or of the system; see `docs/guarantees.md`.
#[cfg(target_os = "linux")]
#[test]
fn memory_that_runs_out_costs_no_result() {
    let place = place();
    place.trihelix(&["run", "world.toml", "--months", "2", "-q", "--out", "r"]).succeeds();
    let old = bytes(&place, "r");
    let huge = "trihelix run world.toml --months 2 -q --out r --set institution.kobe-university.employees=2000000 \
                --set institution.boston-pharma.employees=2000000";
    let call =
        place.shell(&format!("ulimit -v 300000; {huge}; code=$?; [ $code = 134 ] || [ $code = 1 ] || [ $code = 2 ]"));
    call.succeeds();
    assert!(call.stderr.contains("memory") || call.stderr.contains("error:"), "{call}");
    assert!(bytes(&place, "r") == old, "the old result is not as it was");
    place.trihelix(&["run", "world.toml", "--months", "2", "-q", "--out", "r"]).succeeds();
    assert_eq!(place.files().iter().filter(|name| name.starts_with('.')).count(), 0, "left behind");
}

#[test]
fn ten_thousand_files_are_checked_or_refused_at_once() {
    let place = place();
    let names: Vec<String> = (0..10_000).map(|n| format!("many/p{n:05}.toml")).collect();
    for (n, name) in names.iter().enumerate() {
        place.file(name, &format!("schema = 1\npolicy = true\nname = \"p{n}\"\n[ties]\nsearch = 0.02\n"));
    }
    let bases: Vec<String> = names.iter().map(|name| format!("{name:?}")).collect();
    let top = format!("schema = 1\nname = \"top\"\nextends = [\"world.toml\", {}]\n", bases.join(", "));
    place.file("top.toml", &top);
    let call = place.trihelix(&["check", "top.toml"]);
    call.fails_with(2);
    assert!((call.stdout.clone() + &call.stderr).contains("more than 1000 files"), "{call}");
    let call = place.shell("trihelix run world.toml many/*.toml --months 1 -q --out r");
    call.fails_with(2).says("more than 1000 files");
    let huge: String = (0..10_000)
        .map(|n| {
            format!("[[fund]]\nid = \"f{n}\"\nname = \"F\"\ncluster = \"kobe\"\nkind = \"vc\"\nsize = \"1 bnJPY\"\n")
        })
        .collect();
    place.file("funds.toml", &format!("schema = 1\nname = \"funds\"\nextends = \"world.toml\"\n{huge}"));
    place.trihelix(&["run", "funds.toml", "--months", "2", "-q", "--out", "r"]).succeeds();
}

#[cfg(unix)]
#[test]
fn links_are_followed_to_what_they_lead_to_and_in_no_circle() {
    use std::os::unix::fs::symlink;
    let place = place();
    symlink(place.path("world.toml"), place.path("link.toml")).expect("a link");
    symlink(place.path("self.toml"), place.path("self.toml")).expect("a link");
    fs::create_dir(place.path("real")).expect("a folder");
    symlink(place.path("real"), place.path("folder")).expect("a link");
    symlink(place.path("nowhere"), place.path("dangling")).expect("a link");
    place.trihelix(&["run", "link.toml", "--months", "2", "-q", "--out", "folder"]).succeeds();
    assert!(place.path("real/manifest.json").exists() && place.path("folder").is_symlink(), "the link stays a link");
    place.trihelix(&["verify", "folder", "-q"]).succeeds();
    ends_well(&place.trihelix(&["check", "self.toml"]), &[1, 2]);
    place.file("round.toml", "schema = 1\nname = \"round\"\nextends = \"world.toml\"\n");
    fs::remove_file(place.path("world.toml")).expect("removed");
    symlink(place.path("round.toml"), place.path("world.toml")).expect("a link");
    place.trihelix(&["run", "round.toml", "--out", "x"]).fails_with(2).says("leads back");
    let call = place.trihelix(&["run", &shipped("studies/small.toml"), "--months", "2", "-q", "--out", "dangling"]);
    ends_well(&call, &[0, 1, 2]);
    // Where the results of somebody else were, a link leads out: the file behind it stays as it is.
    place.file("secret", "secret");
    fs::remove_file(place.path("real/records.csv")).expect("removed");
    symlink(place.path("secret"), place.path("real/records.csv")).expect("a link");
    place.trihelix(&["run", &shipped("studies/small.toml"), "--months", "3", "-q", "--out", "folder"]).succeeds();
    assert_eq!(fs::read_to_string(place.path("secret")).expect("a file"), "secret");
    place.trihelix(&["verify", "folder", "-q"]).succeeds();
}

/// Text that would mean something to a browser, a spreadsheet, a shell or a workflow file.
const HOSTILE: &str =
    r#"</script><img src=x onerror=alert(1)>\"'=cmd|' /C calc'!A1`touch owned`$(touch owned);${{ github.token }}"#;

#[test]
fn hostile_names_mean_nothing_wherever_they_go() {
    let place = place();
    let quoted = HOSTILE.replace('\\', "\\\\").replace('"', "\\\"");
    let world = fs::read_to_string(place.path("world.toml")).expect("a file");
    let world = world
        .replace("title = \"Two small clusters\"", &format!("title = \"{quoted}\""))
        .replace("name = \"Kobe\"", &format!("name = \"{quoted}\""))
        .replace("name = \"Startups of Boston\"", &format!("name = \"{quoted}\""))
        .replace("name = \"Venture funds of Boston\"", &format!("name = \"{quoted}\""));
    place.file("world.toml", &world);
    let policy = format!("schema = 1\npolicy = true\nname = \"open\"\ntitle = \"{quoted}\"\n[ties]\nsearch = 0.02\n");
    place.file("policy.toml", &policy);
    place.trihelix(&["run", "world.toml", "--months", "14", "-q", "--out", "r"]).succeeds();
    let compare = ["compare", "world.toml", "policy.toml", "--months", "14", "--replicates", "2", "-q", "--out", "c"];
    place.trihelix(&compare).succeeds();
    place.trihelix(&["report", "c", "-q"]).succeeds();
    place.trihelix(&["bundle", "c", "-o", "c.zip", "-q"]).succeeds();
    place.trihelix(&["reproduce", "c.zip", "-q"]).succeeds();
    let mut seen = 0;
    for name in place.files() {
        let text = String::from_utf8_lossy(&fs::read(place.path(&name)).expect("a file")).into_owned();
        if name.ends_with(".svg") || name.ends_with(".html") {
            seen += usize::from(text.contains("&lt;img"));
            assert!(!text.contains("<img src=x") && !text.contains("</script><img"), "{name}");
        }
        if name.ends_with(".csv") {
            let opens = |cell: &str| cell.starts_with(['=', '+', '@', '\t']) || cell.contains("cmd|");
            assert!(!text.lines().any(|line| line.split(',').any(opens)), "{name} has a formula");
        }
        if name.ends_with(".json") {
            serde_json::from_str::<serde_json::Value>(&text).unwrap_or_else(|cause| panic!("{name}: {cause}"));
        }
    }
    assert!(seen >= 2, "the hostile name was seen escaped on {seen} pages only");
    // A name that becomes a part of a path or of a table is refused.
    for name in ["../../owned", "=1+1", "-rf", "a b", "a/b", "\\\\host", "a\\nb", ".hidden"] {
        place.file(
            "bad.toml",
            &world.replace("name = \"small\"", &format!("name = \"{}\"", name.replace('\\', "\\\\"))),
        );
        place.trihelix(&["run", "bad.toml", "--months", "1"]).fails_with(2).says("no short name");
    }
    assert!(!place.path("outputs").exists() && !place.path("owned").exists());
}

/// The path of a study stands in files for other engines.
#[cfg(unix)]
#[test]
fn hostile_paths_mean_nothing_to_a_shell() {
    let place = place();
    let folder = "it's $(touch owned) `touch owned`; touch owned # & \"x\"";
    place.file(&format!("{folder}/world.toml"), &fs::read_to_string(place.path("world.toml")).expect("a file"));
    let study = "schema = 1\nname = \"tiny\"\nreplicates = 2\nmonths = 1\n[[scenario]]\nfile = \"world.toml\"\n";
    place.file(&format!("{folder}/study.toml"), study);
    let path = format!("{folder}/study.toml");
    let call = place.trihelix(&["sweep", &path, "--emit", "parallel", "--shards", "2", "--out", "o u t"]);
    call.succeeds().shows("parallel --quote");
    // A stand-in for the queue: it does as `hq submit` does with what stands behind `--`.
    place.file("bin/hq", "#!/bin/sh\nwhile [ \"$1\" != -- ]; do shift; done; shift\nfor HQ_TASK_ID in 0 1; do export HQ_TASK_ID; \"$@\" || exit 1; done\n");
    place.shell("mkdir -p bin; ln -s \"$(command -v true)\" bin/none; chmod +x bin/hq").succeeds();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_trihelix"), place.path("bin/trihelix")).expect("a link");
    for engine in ["gha", "k8s", "pbs", "hyperqueue"] {
        let call = place.trihelix(&["sweep", &path, "--emit", engine, "--shards", "2", "--out", "o"]);
        call.succeeds();
        if engine == "pbs" || engine == "hyperqueue" {
            place.file("job.sh", &call.stdout);
            place.shell("sh -n job.sh").succeeds();
        }
        if engine == "hyperqueue" {
            place.shell("PATH=\"$PWD/bin:$PATH\" sh job.sh").succeeds();
            assert!(place.path("o/manifest.json").exists());
        }
        // A line of a workflow file is one quoted text.
        for line in
            call.stdout.lines().filter(|line| line.contains("touch owned") && (engine == "gha" || engine == "k8s"))
        {
            let text = line.trim_start().trim_start_matches("- ").trim_start_matches("run: ");
            assert!(
                serde_json::from_str::<String>(text).is_ok_and(|text| text.contains("'it'\\''s $(touch owned)")),
                "{line}"
            );
        }
    }
    place.trihelix(&["sweep", &path, "--emit", "pbs", "--out", "a\nb"]).fails_with(2).says("line break");
    assert!(!place.path("owned").exists());
}

#[test]
fn numbers_that_no_world_has_are_refused_at_their_place() {
    let place = place();
    for (path, value) in [
        ("finance.hurdle", "nan"),
        ("finance.hurdle", "inf"),
        ("finance.hurdle", "-inf"),
        ("finance.hurdle", "1e400"),
        ("institution.kobe-university.employees", "99999999999999999999"),
        ("institution.kobe-university.employees", "9223372036854775807"),
        ("institution.kobe-university.employees", "-1"),
        ("startup.boston-startups.count", "4294967296"),
        ("startup.boston-startups.count", "-1"),
        ("time.months", "0"),
        ("time.months", "2401"),
        ("time.start", "99999-01-01"),
        ("labour.start_youngest", "nan"),
    ] {
        place
            .trihelix(&["run", "world.toml", "--set", &format!("{path}={value}"), "--out", "r"])
            .fails_with(2)
            .says(path.rsplit('.').next().unwrap_or(path));
    }
    assert!(!place.path("r").exists());
}

#[test]
fn a_month_and_two_hundred_years_are_simulated_and_verified() {
    let place = place();
    for months in ["1", "2400"] {
        // A world of a few dozen people.
        let sets = [
            "institution.kobe-university.employees=40",
            "institution.boston-pharma.employees=40",
            "institution.boston-pharma.count=1",
            "startup.boston-startups.count=2",
            "fund.boston-funds.count=2",
        ];
        let sets: Vec<&str> = sets.iter().flat_map(|set| ["--set", set]).collect();
        let run = [&["run", "world.toml", "--months", months, "-q", "--out", "r"][..], &sets].concat();
        place.trihelix(&run).succeeds();
        let text = fs::read_to_string(place.path("r/digests.csv")).expect("a file");
        assert_eq!(text.lines().count().to_string(), (months.parse::<usize>().expect("a number") + 1).to_string());
        place.trihelix(&["verify", "r", "-q"]).succeeds();
    }
    place.trihelix(&["run", "world.toml", "--months", "2401", "--out", "r"]).fails_with(2);
}

/// Without one kind of agent after the other, and without all of them.
#[test]
fn a_world_without_a_kind_of_agent_goes_on() {
    let place = place();
    let without = [
        "[fund]\nboston-funds = { remove = true }\n",
        "[startup]\nboston-startups = { remove = true }\n",
        "[institution]\nkobe-university = { remove = true }\n",
        "[institution]\nboston-pharma = { remove = true }\n",
        "[call]\named = { remove = true }\n",
        "[facility]\nport-island = { remove = true }\n[institution]\nkobe-university = { facility = { remove = true } }\n",
        "[fund]\nboston-funds = { count = 0 }\n",
        "[startup]\nboston-startups = { count = 0 }\n",
        "[institution]\nboston-pharma = { count = 0 }\n",
        "[institution]\nkobe-university = { employees = 0 }\n",
        "[fund]\nboston-funds = { remove = true }\n[startup]\nboston-startups = { remove = true }\n[institution]\nkobe-university = { remove = true }\nboston-pharma = { remove = true }\n[call]\named = { remove = true }\n",
    ];
    let mut ran = 0;
    for (n, text) in without.iter().enumerate() {
        place.file("less.toml", &format!("schema = 1\npolicy = true\nname = \"less-{n}\"\n{text}"));
        let call = place.trihelix(&["run", "world.toml", "less.toml", "--months", "30", "-q", "--out", "r"]);
        ends_well(&call, &[0, 2]);
        ran += usize::from(call.code() == Some(0));
        println!("{text:?}: {:?} {}", call.code(), call.stderr.lines().next().unwrap_or_default());
    }
    assert!(ran >= 7, "only {ran} of {} worlds run", without.len());
}
