//! `selftest`: what must change nothing changes nothing, on this machine, with this build.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::Args;
use serde_json::{Value, json};

use crate::output::InputFile;
use crate::trust::selftest::{CHECKS, Subject, Verdict};

use super::engine::{self, Loaded};
use super::failure::{DIFFERENT, Failure};
use super::options::{ChanceOptions, Format, FormatOption};
use super::terminal;

/// Months of the runs: long enough for every phase, short enough for patience.
const MONTHS: u16 = 6;

/// Check on this machine that the same seed gives the same bytes, whatever else changes
///
/// Exit code 3 if a check fails.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Scenario file
    #[arg(value_name = "SCENARIO")]
    scenario: PathBuf,
    /// Master seed
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Months of each run, at least three
    #[arg(long, value_name = "N", default_value_t = MONTHS, value_parser = clap::value_parser!(u16).range(3..=2400))]
    months: u16,
    /// Print nothing but failed checks
    #[arg(long, short)]
    quiet: bool,
    #[command(flatten)]
    format: FormatOption,
}

/// A copy of the scenario's files and this program, to be run in other surroundings.
struct Elsewhere<'a> {
    loaded: &'a Loaded,
    folder: &'a Path,
    seed: u64,
}

/// Makes every check and says what failed.
pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let sets = vec![format!("time.months={}", arguments.months)];
    let chance = ChanceOptions { seed: arguments.seed, replicate: 0, months: None, sets: sets.clone() };
    let loaded = engine::load(&arguments.scenario, &[], &chance)?;
    let hidden = tempfile::tempdir().map_err(|cause| Failure::Machine(format!("cannot make a folder: {cause}")))?;
    let subject =
        Subject { scenario: loaded.scenario.clone(), base: arguments.scenario.clone(), sets, seed: arguments.seed };
    let mut done: Vec<(&str, &str, Verdict)> = Vec::new();
    let mut note = |name, claim, verdict: Verdict| {
        if let (Format::Text, false) = (arguments.format.format, arguments.quiet && verdict.is_ok()) {
            let line = match &verdict {
                Ok(()) => format!("ok      {name:<16} {claim}\n"),
                Err(why) => format!("failed  {name:<16} {claim}: {why}\n"),
            };
            terminal::print(&line)?;
        }
        done.push((name, claim, verdict));
        Ok::<(), Failure>(())
    };
    for check in &CHECKS {
        note(check.name, check.claim, (check.make)(&subject, hidden.path()))?;
    }
    let elsewhere = Elsewhere { loaded: &loaded, folder: hidden.path(), seed: arguments.seed };
    let first = elsewhere.place("first", &|text| text.to_owned()).and_then(|()| elsewhere.run("first", "first", &[]));
    for (name, claim, make) in SURROUNDINGS {
        let verdict = match &first {
            Ok(first) => make(&elsewhere, first),
            Err(why) => Err(why.clone()),
        };
        note(name, claim, verdict)?;
    }
    let failed = done.iter().filter(|(.., verdict)| verdict.is_err()).count();
    if let Format::Json = arguments.format.format {
        let check = |(name, claim, verdict): &(&str, &str, Verdict)| json!({ "check": name, "claim": claim, "passed": verdict.is_ok(), "why": verdict.as_ref().err() });
        terminal::print_json(&json!({ "failed": failed, "checks": done.iter().map(check).collect::<Vec<Value>>() }))?;
    }
    if failed == 0 { Ok(()) } else { Err(Failure::Said(DIFFERENT)) }
}

type Files = Vec<(String, Vec<u8>)>;
type Surrounding = (&'static str, &'static str, fn(&Elsewhere<'_>, &Files) -> Verdict);

const SURROUNDINGS: [Surrounding; 5] = [
    ("entity order", "the order of entities in the files changes nothing", |elsewhere, _| {
        elsewhere.other_order("entities")
    }),
    ("table order", "the order of tables and keys in the files changes nothing", |elsewhere, _| {
        elsewhere.other_order("tables")
    }),
    ("folder", "another working folder and another place of the files change nothing", |elsewhere, first| {
        elsewhere.place("else/where", &|text| text.to_owned())?;
        same_files(first, &elsewhere.run("else/where", "else", &[])?)
    }),
    ("locale", "another language and number format change nothing", |elsewhere, first| {
        let other = [("LC_ALL", "tr_TR.UTF-8"), ("LANG", "tr_TR.UTF-8"), ("LC_NUMERIC", "de_DE.UTF-8")];
        same_files(first, &elsewhere.run("first", "first", &other)?)
    }),
    ("time zone", "another time zone changes nothing", |elsewhere, first| {
        same_files(first, &elsewhere.run("first", "first", &[("TZ", "Pacific/Kiritimati")])?)
    }),
];

impl Elsewhere<'_> {
    fn base(&self) -> Result<&InputFile, String> {
        self.loaded.inputs.first().ok_or_else(|| "the scenario has no file".to_owned())
    }

    /// Writes the scenario's files under a folder, changed.
    fn place(&self, under: &str, change: &dyn Fn(&str) -> String) -> Verdict {
        for input in &self.loaded.inputs {
            let path = self.folder.join(under).join(&input.copy);
            let folder = path.parent().unwrap_or(self.folder);
            fs::create_dir_all(folder)
                .and_then(|()| fs::write(&path, change(&input.text)))
                .map_err(|cause| format!("{}: cannot write: {cause}", path.display()))?;
        }
        Ok(())
    }

    /// Runs this program on the files under a folder, from a working folder, and reads its results.
    fn run(&self, under: &str, from: &str, variables: &[(&str, &str)]) -> Result<Files, String> {
        let failed = |cause: &dyn std::fmt::Display| format!("cannot run this program: {cause}");
        let program = std::env::current_exe().map_err(|cause| failed(&cause))?;
        let out = self.folder.join("out");
        let status = Command::new(program)
            .arg("run")
            .arg(self.folder.join(under).join(&self.base()?.copy))
            .args(["--quiet", "--seed", &self.seed.to_string(), "--out"])
            .arg(&out)
            .args(["--set", &format!("time.months={}", self.loaded.months)])
            .current_dir(self.folder.join(from))
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .output()
            .map_err(|cause| failed(&cause))?;
        if !status.status.success() {
            return Err(failed(&String::from_utf8_lossy(&status.stderr).trim()));
        }
        let manifest = fs::read(out.join("manifest.json")).map_err(|cause| failed(&cause))?;
        let document: Value = serde_json::from_slice(&manifest).map_err(|cause| failed(&cause))?;
        let names = document["files"].as_object().into_iter().flatten().map(|(name, _)| name.clone());
        let read = |name: String| fs::read(out.join(&name)).map(|bytes| (name, bytes)).map_err(|cause| failed(&cause));
        names.chain(["manifest.json".to_owned()]).map(read).collect()
    }

    /// The same scenario from files written the other way round: one digest, one end.
    fn other_order(&self, what: &str) -> Verdict {
        let turn = if what == "entities" { turned_entities } else { turned_tables };
        self.place(what, &|text| turn(text))?;
        let (first, second) = (self.run("first", "first", &[])?, self.run(what, "first", &[])?);
        let tables = ["records.parquet", "events.parquet", "flows.parquet", "digests.csv", "summary.json"];
        let of = |files: &Files| -> Files {
            files.iter().filter(|(name, _)| tables.contains(&name.as_str())).cloned().collect()
        };
        same_files(&of(&first), &of(&second))
    }
}

fn same_files(a: &Files, b: &Files) -> Verdict {
    let names = |files: &Files| files.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    if names(a) != names(b) {
        return Err("the results have other files".to_owned());
    }
    match a.iter().zip(b).find(|(a, b)| a != b) {
        Some(((name, _), _)) => Err(format!("{name} differs")),
        None => Ok(()),
    }
}

/// The same document with the entities of every table in the opposite order.
fn turned_entities(text: &str) -> String {
    turned(text, &|document| {
        for (_, value) in document.iter_mut() {
            match value {
                toml::Value::Table(entities) if entities.values().all(toml::Value::is_table) => reverse(entities),
                toml::Value::Array(entities) if entities.iter().all(toml::Value::is_table) => entities.reverse(),
                _ => {}
            }
        }
    })
}

/// The same document with its tables, and the keys in them, in the opposite order.
fn turned_tables(text: &str) -> String {
    fn all(value: &mut toml::Value) {
        match value {
            toml::Value::Table(table) => {
                table.iter_mut().for_each(|(_, value)| all(value));
                reverse(table);
            }
            toml::Value::Array(items) => items.iter_mut().for_each(all),
            _ => {}
        }
    }
    turned(text, &|document| {
        document.iter_mut().for_each(|(_, value)| all(value));
        reverse(document);
    })
}

fn turned(text: &str, turn: &dyn Fn(&mut toml::Table)) -> String {
    let Ok(mut document) = text.parse::<toml::Table>() else { return text.to_owned() };
    turn(&mut document);
    document.to_string()
}

fn reverse(table: &mut toml::Table) {
    let entries: Vec<(String, toml::Value)> = std::mem::take(table).into_iter().collect();
    table.extend(entries.into_iter().rev());
}
