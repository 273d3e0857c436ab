//! `bundle` and `reproduce`: the same bytes every time, complete, accepted by others, and read with distrust.

mod support;

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use support::command::Place;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

fn shipped(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(name).display().to_string()
}

/// The small world, and a policy for it.
fn small_world() -> Place {
    let place = Place::new();
    let world = fs::read_to_string(shipped("studies/small.toml")).expect("a file");
    place.file("world.toml", &world);
    place.file("policy.toml", "schema = 1\npolicy = true\nname = \"open\"\n[ties]\nsearch = 0.02\n");
    place
}

/// A run of two months and its bundle, `r` and `r.zip`.
fn bundled() -> Place {
    let place = small_world();
    place
        .trihelix(&["run", "world.toml", "policy.toml", "--months", "2", "--seed", "3", "--out", "r", "-q"])
        .succeeds();
    place.trihelix(&["bundle", "r", "-o", "r.zip"]).succeeds().says_no_more().shows("reproduce r.zip");
    place
}

fn entries(path: &Path) -> Vec<(String, Vec<u8>)> {
    let mut archive = ZipArchive::new(File::open(path).expect("a bundle")).expect("an archive");
    (0..archive.len())
        .map(|index| {
            let mut entry = archive.by_index(index).expect("an entry");
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).expect("sound");
            (entry.name().expect("a name").into_owned(), bytes)
        })
        .collect()
}

fn write(path: &Path, entries: &[(String, Vec<u8>)]) {
    let mut zip = ZipWriter::new(File::create(path).expect("a file"));
    for (name, bytes) in entries {
        zip.start_file(name, SimpleFileOptions::default()).expect("an entry");
        zip.write_all(bytes).expect("written");
    }
    zip.finish().expect("finished");
}

#[test]
fn the_same_result_gives_the_same_bundle_and_everything_is_in_it() {
    let place = bundled();
    std::thread::sleep(std::time::Duration::from_millis(2_100));
    fs::create_dir(place.path("elsewhere")).expect("a folder");
    fs::rename(place.path("r"), place.path("elsewhere/other")).expect("moved");
    place.trihelix_with(&["bundle", "elsewhere/other", "-o", "again.zip", "-q"], &[("TZ", "Asia/Tokyo")]).succeeds();
    assert!(fs::read(place.path("r.zip")).expect("a file") == fs::read(place.path("again.zip")).expect("a file"));
    let names: Vec<String> = entries(&place.path("r.zip")).into_iter().map(|(name, _)| name).collect();
    for wanted in [
        "README.md",
        "CITATION.cff",
        "codemeta.json",
        "odd.md",
        "dependencies/bom.cdx.json",
        "dependencies/licences.txt",
        "ro-crate-metadata.json",
        "checksums.blake3",
        "results/manifest.json",
        "results/records.parquet",
        "results/inputs/small/world.toml",
        "results/inputs/small/policy.toml",
    ] {
        assert!(names.iter().any(|name| name == wanted), "{wanted} is not in {names:?}");
    }
    place.trihelix(&["reproduce", "r.zip"]).succeeds().shows("no byte differs").says_no_more();
    // Elsewhere, with nothing but the bundle.
    let other = Place::new();
    fs::copy(place.path("r.zip"), other.path("r.zip")).expect("copied");
    let call = other.trihelix(&["reproduce", "r.zip", "--format", "json"]);
    call.succeeds();
    assert_eq!(call.json()["verified"], true);
    assert_eq!(other.files(), ["r.zip"], "nothing is left behind");
}

/// The judges are installed by `.ci/run`, where they may not be missing.
#[test]
fn others_accept_what_is_in_it() {
    let place = bundled();
    let named = ["--licence", "CC-BY-4.0", "--author", "A. Analyst", "--date", "2027-04-01"];
    place.trihelix(&[&["bundle", "r", "-o", "named.zip"], &named[..]].concat()).succeeds();
    let python = std::env::var("TRIHELIX_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/readers/crate.py");
    let judged = ["r.zip", "named.zip"].map(|bundle| {
        let folder = place.path(&format!("{bundle}-unpacked"));
        for (name, bytes) in entries(&place.path(bundle)) {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(path, bytes).expect("written");
        }
        Command::new(&python).arg(&script).arg(&folder).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()
    });
    for judge in judged {
        let Ok(judge) = judge else {
            assert!(std::env::var_os("TRIHELIX_PYTHON").is_none(), "{python} cannot be started");
            eprintln!("skipped: there is no python3");
            continue;
        };
        let judged = judge.wait_with_output().expect("it ends");
        let said = String::from_utf8_lossy(&judged.stdout).into_owned() + &String::from_utf8_lossy(&judged.stderr);
        if judged.status.code() == Some(3) && std::env::var_os("TRIHELIX_PYTHON").is_none() {
            eprintln!("skipped: {said}");
            continue;
        }
        assert!(judged.status.success(), "{said}");
        println!("{said}");
    }
}

#[test]
fn a_change_to_any_file_is_found() {
    let place = bundled();
    let sound = entries(&place.path("r.zip"));
    for at in 0..sound.len() {
        let mut changed = sound.clone();
        let (name, bytes) = &mut changed[at];
        let name = name.clone();
        if name.starts_with("results/figures/") && at % 5 != 0 {
            continue;
        }
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        write(&place.path("changed.zip"), &changed);
        let call = place.trihelix(&["reproduce", "changed.zip", "--format", "json", "-q"]);
        call.fails_with(3);
        let document = call.json();
        let found: Vec<&str> =
            document["differences"].as_array().expect("a list").iter().filter_map(|one| one["file"].as_str()).collect();
        // A changed checksum is found at the file that it belongs to.
        assert!(name == "checksums.blake3" || found.contains(&name.as_str()), "{name}: {found:?}");
    }
    for missing in ["CITATION.cff", "results/records.csv", "checksums.blake3"] {
        let fewer: Vec<(String, Vec<u8>)> = sound.iter().filter(|(name, _)| name != missing).cloned().collect();
        write(&place.path("fewer.zip"), &fewer);
        place.trihelix(&["reproduce", "fewer.zip"]).fails_with(3).shows(missing).shows("missing");
    }
    // Whoever mends the checksum too still has the document against them.
    let mut forged = sound.clone();
    let at = sound.iter().position(|(name, _)| name == "CITATION.cff").expect("it is there");
    let old = blake3::hash(&forged[at].1).to_hex().to_string();
    forged[at].1.extend_from_slice(b"# cite me instead\n");
    let new = blake3::hash(&forged[at].1).to_hex().to_string();
    let sums = forged.last_mut().expect("the checksums");
    sums.1 = String::from_utf8(sums.1.clone()).expect("text").replace(&old, &new).into_bytes();
    write(&place.path("forged.zip"), &forged);
    place
        .trihelix(&["reproduce", "forged.zip"])
        .fails_with(3)
        .shows("CITATION.cff")
        .shows("not what this program writes");
}

#[test]
fn only_sound_results_are_bundled() {
    let place = bundled();
    place.trihelix(&["bundle", "nowhere", "-o", "x.zip"]).fails_with(2).says("no manifest.json");
    place.trihelix(&["bundle", "r", "-o", "x.zip", "--licence", "two words"]).fails_with(2);
    place.trihelix(&["bundle", "r", "-o", "x.zip", "--date", "yesterday"]).fails_with(2);
    let csv = place.path("r/records.csv");
    let sound = fs::read(&csv).expect("a file");
    let mut bytes = sound.clone();
    bytes[100] ^= 1;
    fs::write(&csv, &bytes).expect("a file");
    place.trihelix(&["bundle", "r", "-o", "x.zip"]).fails_with(2).says("not the file that the manifest vouches for");
    fs::remove_file(&csv).expect("removed");
    place.trihelix(&["bundle", "r", "-o", "x.zip"]).fails_with(2).says("missing from the result");
    #[cfg(unix)]
    {
        fs::write(place.path("secret"), &sound).expect("a file");
        std::os::unix::fs::symlink(place.path("secret"), &csv).expect("a link");
        place.trihelix(&["bundle", "r", "-o", "x.zip"]).fails_with(2).says("not a plain file");
    }
    assert!(!place.path("x.zip").exists() && !place.path(".x.zip.partial").exists());
}

/// Refused with one message; nothing is written outside, and nothing is left behind.
fn refused(place: &Place, entries: &[(&str, &[u8])], why: &str) {
    let entries: Vec<(String, Vec<u8>)> =
        entries.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec())).collect();
    write(&place.path("hostile.zip"), &entries);
    place.trihelix_with(&["reproduce", "hostile.zip"], &[("TMPDIR", "tmp")]).fails_with(2).says(why);
    assert!(fs::read_dir(place.path("tmp")).expect("a folder").next().is_none(), "{why}: something was left behind");
}

#[test]
fn hostile_bundles_are_refused() {
    let place = Place::new();
    fs::create_dir(place.path("tmp")).expect("a folder");
    for name in
        ["../outside.txt", "/etc/outside.txt", "results/../../outside.txt", "results\\..\\..\\x", "C:/x", "results//x"]
    {
        refused(&place, &[(name, b"x")], "leads elsewhere");
    }
    refused(&place, &[("results/\u{1b}[2J", b"x")], "leads elsewhere");
    refused(&place, &[("run-me.sh", b"x")], "no bundle has");
    refused(&place, &[("README.md", b"x")], "holds no result");
    refused(&place, &[("results/a", b"x"), ("results/a/b", b"x")], "twice");
    let many: Vec<(String, Vec<u8>)> = (0..20_001).map(|n| (format!("results/{n}"), Vec::new())).collect();
    write(&place.path("many.zip"), &many);
    place.trihelix(&["reproduce", "many.zip"]).fails_with(2).says("20000 are the most");

    // A bomb: a gigabyte of nothing in a megabyte.
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    let mut zip = ZipWriter::new(File::create(place.path("bomb.zip")).expect("a file"));
    zip.start_file("results/manifest.json", options).expect("an entry");
    let nothing = vec![0; 1 << 20];
    (0..1024).for_each(|_| zip.write_all(&nothing).expect("written"));
    zip.finish().expect("finished");
    place
        .trihelix_with(&["reproduce", "bomb.zip"], &[("TMPDIR", "tmp")])
        .fails_with(2)
        .says("would unpack to more than");
    // The same bomb, which promises to be small: the size stands in two places behind the name.
    let mut bytes = fs::read(place.path("bomb.zip")).expect("a file");
    let size = (1_u32 << 30).to_le_bytes();
    let places: Vec<usize> = (0..bytes.len() - 4).filter(|at| bytes[*at..*at + 4] == size).collect();
    assert!(!places.is_empty());
    places.iter().for_each(|at| bytes[*at..*at + 4].copy_from_slice(&1_000_u32.to_le_bytes()));
    fs::write(place.path("liar.zip"), bytes).expect("a file");
    let call = place.trihelix_with(&["reproduce", "liar.zip"], &[("TMPDIR", "tmp")]);
    call.fails_with(2).says("error:");

    // Links and folders.
    let mut zip = ZipWriter::new(File::create(place.path("link.zip")).expect("a file"));
    zip.add_symlink("results/manifest.json", "/etc/passwd", SimpleFileOptions::default()).expect("a link");
    zip.finish().expect("finished");
    place.trihelix(&["reproduce", "link.zip"]).fails_with(2).says("not a plain file");

    for (name, bytes) in [("empty.zip", &b""[..]), ("text.zip", b"not an archive"), ("short.zip", b"PK\x03\x04")] {
        fs::write(place.path(name), bytes).expect("a file");
        place.trihelix(&["reproduce", name]).fails_with(2).says("is not a sound bundle");
    }
    place.trihelix(&["reproduce", "nowhere.zip"]).fails_with(2).says("no such file");
    place.trihelix(&["reproduce", "tmp"]).fails_with(2).says("is a folder");
    assert!(!place.path("outside.txt").exists() && fs::read_dir(place.path("tmp")).expect("a folder").next().is_none());
}

/// A bundle cut anywhere, or with a byte changed in its structure, is refused or found to differ.
#[test]
fn damaged_bundles_are_refused_or_differ() {
    let place = bundled();
    let sound = fs::read(place.path("r.zip")).expect("a file");
    let step = sound.len() / 40;
    for at in (0..sound.len()).step_by(step) {
        fs::write(place.path("cut.zip"), &sound[..at]).expect("a file");
        place.trihelix(&["reproduce", "cut.zip", "-q"]).fails_with(2);
        let mut bytes = sound.clone();
        bytes[at] ^= 0x55;
        fs::write(place.path("flipped.zip"), &bytes).expect("a file");
        let call = place.trihelix(&["reproduce", "flipped.zip", "-q"]);
        // A name's byte in the part that nobody reads twice may differ without harm; nothing else may.
        assert!(call.code() == Some(2) || call.code() == Some(3) || call.code() == Some(0), "{call}");
        if call.code() == Some(0) {
            assert!(entries(&place.path("flipped.zip")) == entries(&place.path("r.zip")), "byte {at} changed a file");
        }
    }
}

/// What the copies in a bundle name outside of it is not read.
#[test]
fn a_bundle_reads_no_other_file_of_the_machine() {
    let place = bundled();
    place.file("secret.toml", "password = \"opensesame\"\n");
    let secret: PathBuf = place.path("secret.toml").canonicalize().expect("a path");
    let sound = entries(&place.path("r.zip"));
    for named in [secret.display().to_string(), "../../../../../../../../../../../../etc/hostname".to_owned()] {
        let mut changed = sound.clone();
        let world = changed.iter_mut().find(|(name, _)| name == "results/inputs/small/world.toml").expect("there");
        let old = blake3::hash(&world.1).to_hex().to_string();
        let mut text = format!("extends = \"{named}\"\n").into_bytes();
        text.extend_from_slice(&world.1);
        let new = blake3::hash(&text).to_hex().to_string();
        world.1 = text;
        // As whoever made it would: with its digest, seal and checksum mended.
        let manifest = changed.iter_mut().find(|(name, _)| name == "results/manifest.json").expect("there");
        let body = String::from_utf8(manifest.1.clone()).expect("text").replace(&old, &new);
        let body = body.split(",\n  \"seal\"").next().expect("a body").to_owned();
        let seal = blake3::hash(body.as_bytes()).to_hex();
        manifest.1 = format!("{body},\n  \"seal\": \"{seal}\"\n}}\n").into_bytes();
        write(&place.path("reader.zip"), &changed);
        let call = place.trihelix(&["reproduce", "reader.zip"]);
        call.fails_with(2).says("outside of the results");
        assert!(!call.stderr.contains("opensesame") && !call.stdout.contains("opensesame"), "{call}");
    }
    // A manifest that names a copy outside.
    let mut changed = sound;
    let manifest = changed.iter_mut().find(|(name, _)| name == "results/manifest.json").expect("there");
    let body = String::from_utf8(manifest.1.clone()).expect("text");
    let body =
        body.replace("\"copy\": \"inputs/small/world.toml\"", &format!("\"copy\": {:?}", secret.display().to_string()));
    let body = body.split(",\n  \"seal\"").next().expect("a body").to_owned();
    let seal = blake3::hash(body.as_bytes()).to_hex();
    manifest.1 = format!("{body},\n  \"seal\": \"{seal}\"\n}}\n").into_bytes();
    write(&place.path("reader.zip"), &changed);
    let call = place.trihelix(&["reproduce", "reader.zip"]);
    call.fails_with(2).says("outside of the results");
    assert!(!call.stderr.contains("opensesame"), "{call}");
}

#[test]
fn sweeps_and_comparisons_are_bundled_with_their_report() {
    let place = small_world();
    place
        .trihelix(&["compare", "world.toml", "policy.toml", "--replicates", "3", "--months", "14", "--out", "c", "-q"])
        .succeeds();
    place.trihelix(&["report", "c", "-q"]).succeeds();
    place.trihelix(&["bundle", "c", "-o", "c.zip", "-q"]).succeeds();
    let names: Vec<String> = entries(&place.path("c.zip")).into_iter().map(|(name, _)| name).collect();
    assert!(names.contains(&"results/report.html".to_owned()), "{names:?}");
    assert!(names.iter().any(|name| name.starts_with("results/report-figures/")), "{names:?}");
    place.trihelix(&["reproduce", "c.zip"]).succeeds().shows("all 6 runs made again");
    // A number of the report, changed before it was bundled.
    let page = fs::read_to_string(place.path("c/report.html")).expect("a page");
    fs::write(place.path("c/report.html"), page.replacen(">3<", ">4<", 1).replacen("3 pairs", "9 pairs", 1))
        .expect("a page");
    place.trihelix(&["bundle", "c", "-o", "c2.zip", "-q"]).succeeds();
    let changed = fs::read_to_string(place.path("c/report.html")).expect("a page") != page;
    place.trihelix(&["reproduce", "c2.zip"]).fails_with(if changed { 3 } else { 0 });
    assert!(changed, "the test changes nothing");

    let study = "schema = 1\nname = \"tiny\"\nreplicates = 2\nmonths = 2\n[[scenario]]\nfile = \"world.toml\"\n\
                 [[vary]]\npath = \"ties.search\"\nvalues = [0.02, 0.05]\n";
    place.file("study.toml", study);
    place.trihelix(&["sweep", "study.toml", "--out", "s", "-q"]).succeeds();
    place.trihelix(&["bundle", "s", "-o", "s.zip", "-q"]).succeeds();
    place.trihelix(&["reproduce", "s.zip", "--sample", "2"]).succeeds().shows("2 of 4 runs made again");
}
