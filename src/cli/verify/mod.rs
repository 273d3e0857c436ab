//! `verify`: makes a result again from the copies in its own folder and compares every byte.

mod again;
mod findings;

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use clap::{Args, value_parser};
use serde_json::Value;

use crate::canonical;
use crate::output::seal_holds;
use crate::scenario::confine;
use crate::simulate::BEHAVIOUR;
use crate::trust::locate::{Parting, json_path_at, parting, value_parting};

use super::failure::Failure;
use super::options::FormatOption;

pub(super) use again::load_run;
pub(super) use findings::{Finding, Findings};

use again::Again;

/// Make a result again and compare every byte; a difference is named by file, run, month and field
///
/// Everything that is needed lies in the folder. Exit code 3 if anything differs.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Result folder of `run`, `sweep` or `compare`
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Make only N runs again, spread evenly, and compare them with what the folder says of them
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..))]
    sample: Option<u32>,
    /// Print nothing but errors
    #[arg(long, short)]
    quiet: bool,
    #[command(flatten)]
    format: FormatOption,
}

/// A result folder and what its manifest says.
struct Stored {
    folder: PathBuf,
    text: Vec<u8>,
    manifest: Value,
    /// Whether the manifest is as it was sealed.
    sealed: bool,
    /// Name and digest of every file.
    files: Vec<(String, String)>,
}

impl Stored {
    /// The bytes of a file; `None` if it is not there.
    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, Failure> {
        let path = self.folder.join(name);
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(cause) if matches!(cause.kind(), ErrorKind::NotFound | ErrorKind::IsADirectory) => Ok(None),
            Err(cause) => Err(Failure::Machine(format!("{}: cannot read the file: {cause}", path.display()))),
        }
    }

    /// Whether a file has the digest that the manifest gives; false for one that it does not know.
    fn vouches_for(&self, name: &str, bytes: &[u8]) -> bool {
        let digest = blake3::hash(bytes).to_hex();
        self.files.iter().any(|(known, wanted)| known == name && *wanted == digest.as_str())
    }
}

/// Looks at the folder, makes the result again, compares, says.
pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let Arguments { folder, sample, quiet, format } = arguments;
    findings_of(folder, *sample, *quiet)?.conclude(folder, *quiet, format.format)
}

/// Looks at the folder, makes the result again, compares.
pub(super) fn findings_of(folder: &Path, sample: Option<u32>, quiet: bool) -> Result<Findings, Failure> {
    let mut found = Findings::default();
    // Whoever made the folder may be a stranger: its files name no others of this machine.
    confine(folder);
    if let Some(stored) = read(folder, &mut found)? {
        check_inputs(&stored, &mut found)?;
        if found.list.is_empty() {
            compare(&stored, sample, quiet, &mut found)?;
        } else {
            check_digests(&stored, &[], &mut found)?;
        }
    }
    Ok(found)
}

/// The manifest of a folder that can be bundled, with the names and digests of its files.
///
/// # Errors
/// [`Failure::Input`] if it is not the manifest of a result that can be made again, or is not as it was sealed.
pub(super) fn manifest_of(folder: &Path) -> Result<(Value, Vec<(String, String)>), Failure> {
    let refused = |problem: &str| Failure::Input(format!("{}: {problem}", folder.display()));
    let mut found = Findings::default();
    let Some(stored) = read(folder, &mut found)? else { return Err(refused("its manifest.json cannot be read")) };
    if !stored.sealed {
        return Err(refused("manifest.json was changed after it was written; `trihelix verify` says where"));
    }
    if !matches!(stored.manifest["verb"].as_str(), Some("run" | "compare" | "sweep")) {
        return Err(refused("is not a result of `run`, `compare` or `sweep`, which alone can be made again"));
    }
    Ok((stored.manifest, stored.files))
}

/// Reads the manifest; one that cannot be read is the first finding, and the last.
fn read(folder: &Path, found: &mut Findings) -> Result<Option<Stored>, Failure> {
    let path = folder.join("manifest.json");
    let place = path.display();
    let text = fs::read(&path).map_err(|cause| match cause.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => Failure::Input(format!(
            "{}: is not a result folder: it has no manifest.json\n  name a folder that `run`, `sweep` or `compare` has written",
            folder.display()
        )),
        _ => Failure::Machine(format!("{place}: cannot read the manifest: {cause}")),
    })?;
    let manifest: Value = match serde_json::from_slice(&text) {
        Ok(manifest) => manifest,
        Err(cause) => {
            let field = Some(format!("line {}, column {}", cause.line(), cause.column()));
            let remark = Some(format!("can no longer be read: {cause}"));
            found.add("manifest.json", Parting { field, remark, ..Parting::default() });
            return Ok(None);
        }
    };
    let sealed = seal_holds(&text);
    let ours = manifest["program"] == "trihelix";
    if !ours && (sealed || manifest.get("state_digest").is_none()) {
        return Err(Failure::Input(format!("{place}: is not the manifest of a trihelix result")));
    }
    if manifest.get("seal").is_none() && manifest["inputs"][0].get("copy").is_none() && ours {
        return Err(Failure::Input(format!(
            "{place}: was written by a version that kept no copies of its inputs; run the scenario again"
        )));
    }
    let behaviour = manifest["behaviour"].as_u64();
    if sealed && behaviour != Some(u64::from(BEHAVIOUR)) {
        return Err(Failure::Input(format!(
            "{place}: was made by a program with behaviour {}, and this one has {BEHAVIOUR}, which gives other results\n  \
             verify it with a program of that behaviour; CHANGELOG.md says what changed",
            behaviour.unwrap_or_default()
        )));
    }
    let digest = |(name, digest): (&String, &Value)| Some((name.clone(), digest.as_str()?.to_owned()));
    let files = manifest["files"].as_object().into_iter().flatten().filter_map(digest);
    // A name that leads out of the folder is nobody's file of ours.
    let files = files
        .filter(|(name, _)| Path::new(name).components().all(|part| matches!(part, std::path::Component::Normal(_))));
    let files = files.collect();
    Ok(Some(Stored { folder: folder.to_path_buf(), text, manifest, sealed, files }))
}

/// Copies that were changed: nothing can be made again from them, but they can be told apart.
fn check_inputs(stored: &Stored, found: &mut Findings) -> Result<(), Failure> {
    for (name, _) in stored.files.iter().filter(|(name, _)| name.starts_with("inputs/")) {
        let bytes = stored.read(name)?;
        if bytes.as_ref().is_some_and(|bytes| stored.vouches_for(name, bytes)) {
            continue;
        }
        // A broken seal means that the digest may be what changed: then the result made again tells.
        if bytes.is_some() && !stored.sealed && stored.manifest["verb"] == "run" && again::inputs_agree(stored) {
            continue;
        }
        let parting = match bytes {
            None => missing(),
            Some(_) => again::input_parting(stored),
        };
        found.add(name, parting);
    }
    Ok(())
}

fn missing() -> Parting {
    Parting { remark: Some("the file is missing".to_owned()), ..Parting::default() }
}

/// Makes the result again and compares it with the folder.
fn compare(stored: &Stored, sample: Option<u32>, quiet: bool, found: &mut Findings) -> Result<(), Failure> {
    let again = match again::again(stored, sample, quiet) {
        Ok(again) => again,
        // What a damaged manifest asks for may not be possible.
        Err(Failure::Machine(message)) => return Err(Failure::Machine(message)),
        Err(failure) if !stored.sealed => {
            let remark = Some(format!("was changed, and what it asks for cannot be done: {failure}"));
            found.add("manifest.json", Parting { field: Some("unknown".to_owned()), remark, ..Parting::default() });
            return check_digests(stored, &[], found);
        }
        Err(failure) => return Err(failure),
    };
    found.runs = again.runs;
    found.of_runs = again.of_runs;
    for (file, parting) in &again.partings {
        found.list.push(Finding { file: file.clone(), parting: parting.clone() });
    }
    compare_manifest(stored, &again, found);
    let mut made = Vec::new();
    for (name, bytes) in again.files.iter().filter(|(name, _)| name != "manifest.json") {
        made.push(name.as_str());
        found.files += 1;
        let Some(own) = stored.read(name)? else {
            found.add(name, missing());
            continue;
        };
        // With a broken seal a file that its manifest still vouches for is sound: the manifest told us to make another.
        let sound = !stored.sealed && stored.vouches_for(name, &own);
        if let Some(mut parting) = parting(name, &own, bytes).filter(|_| !sound) {
            parting.run = again.run.clone().or(parting.run);
            if stored.vouches_for(name, &own) {
                let remark = parting.remark.unwrap_or_default();
                parting.remark = Some(format!(
                    "{remark}; the file is as it was written: another machine or program made it differently"
                ));
            }
            found.add(name, parting);
        }
    }
    check_digests(stored, &made, found)
}

/// What differs in the manifest, and a seal that no longer holds.
fn compare_manifest(stored: &Stored, again: &Again, found: &mut Findings) {
    let name = "manifest.json";
    found.files += 1;
    let made = again.files.iter().find(|(file, _)| file == name);
    let remark = (!stored.sealed).then(|| "its seal is broken: it was changed after it was written".to_owned());
    let differs = match made.map(|(_, bytes)| serde_json::from_slice::<Value>(bytes)) {
        Some(Ok(made)) => value_parting(&stored.manifest, &made, ""),
        _ => None,
    };
    let run = again.run.clone();
    if let Some((field, old, new)) = differs {
        let values = Some((old, new));
        found.add(name, Parting { run, field: Some(field), values, remark, ..Parting::default() });
    } else if !stored.sealed {
        let field = made.and_then(|(_, made)| canonical::first_difference(&stored.text, made));
        let field = field.map_or_else(|| "unknown".to_owned(), |at| json_path_at(&stored.text, at));
        found.add(name, Parting { run, field: Some(field), remark, ..Parting::default() });
    }
}

/// Files that were not made again are held against their digests.
fn check_digests(stored: &Stored, made: &[&str], found: &mut Findings) -> Result<(), Failure> {
    for (name, _) in stored.files.iter().filter(|(name, _)| !made.contains(&name.as_str())) {
        if found.list.iter().any(|finding| finding.file == *name) {
            continue;
        }
        found.files += 1;
        match stored.read(name)? {
            None => found.add(name, missing()),
            Some(bytes) if !stored.vouches_for(name, &bytes) => {
                let remark = Some("is not the file that the manifest vouches for; it was not made again, so where it differs is not known".to_owned());
                found.add(name, Parting { remark, ..Parting::default() });
            }
            Some(_) => {}
        }
    }
    Ok(())
}
