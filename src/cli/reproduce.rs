//! `reproduce`: makes the results of a bundle again and compares every byte.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::Value;

use crate::output::{CHECKSUMS, read_study, unpack};
use crate::report::{lint, options_of};
use crate::trust::bundle::{METADATA, RESULTS, statement};
use crate::trust::locate::Parting;

use super::bundle::{documents_again, is_ours};
use super::failure::Failure;
use super::options::FormatOption;
use super::verify::{self, Findings};

/// Make the results of a bundle again and compare every byte
///
/// The bundle is unpacked where nobody sees it, each file is held against its checksum, the runs are made again from the
/// copies of their inputs, the documents and the numbers of the report are checked. Exit code 3 if anything differs.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// A file that `bundle` has written
    #[arg(value_name = "FILE.zip")]
    bundle: PathBuf,
    /// Make only N runs again, spread evenly, and compare them with what the bundle says of them
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    sample: Option<u32>,
    /// Print nothing but errors
    #[arg(long, short)]
    quiet: bool,
    #[command(flatten)]
    format: FormatOption,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let Arguments { bundle, sample, quiet, format } = arguments;
    let failed = |cause: std::io::Error| Failure::Machine(format!("cannot unpack the bundle: {cause}"));
    let hidden = tempfile::tempdir().map_err(failed)?;
    let folder = hidden.path();
    let names = unpack(bundle, folder, &is_ours)?;
    if !names.iter().any(|name| name == &format!("{RESULTS}/manifest.json")) {
        return Err(Failure::Input(format!(
            "{}: holds no result\n  name a file that `trihelix bundle` has written",
            bundle.display()
        )));
    }
    let results = folder.join(RESULTS);
    let mut found =
        verify::findings_of(&results, *sample, *quiet).map_err(|failure| in_bundle(bundle, folder, failure))?;
    for finding in &mut found.list {
        finding.file = format!("{RESULTS}/{}", finding.file);
    }
    check_sums(folder, &names, &mut found)?;
    check_documents(folder, &names, &mut found)?;
    check_report(&results, &mut found)?;
    found.conclude(bundle, *quiet, format.format)
}

/// Names the bundle in place of the folder that nobody sees.
fn in_bundle(bundle: &Path, folder: &Path, failure: Failure) -> Failure {
    let (folder, bundle) = (folder.display().to_string(), bundle.display().to_string());
    let told = |text: String| text.replace(&folder, &bundle);
    match failure {
        Failure::Input(text) => Failure::Input(told(text)),
        Failure::Machine(text) => Failure::Machine(told(text)),
        Failure::Problems(text, code) => Failure::Problems(told(text), code),
        said @ Failure::Said(_) => said,
    }
}

fn read(folder: &Path, name: &str) -> Result<Vec<u8>, Failure> {
    fs::read(folder.join(name)).map_err(|cause| Failure::Machine(format!("{name}: cannot be read: {cause}")))
}

fn remark(text: &str) -> Parting {
    Parting { remark: Some(text.to_owned()), ..Parting::default() }
}

/// Every file against its checksum, and every checksum against its file.
fn check_sums(folder: &Path, names: &[String], found: &mut Findings) -> Result<(), Failure> {
    if !names.iter().any(|name| name == CHECKSUMS) {
        found.add(CHECKSUMS, remark("the file is missing"));
        return Ok(());
    }
    let sums = String::from_utf8_lossy(&read(folder, CHECKSUMS)?).into_owned();
    let sums: Vec<(&str, &str)> = sums.lines().filter_map(|line| line.split_once("  ")).collect();
    for name in names.iter().filter(|name| *name != CHECKSUMS) {
        found.files += usize::from(!name.starts_with(RESULTS));
        let digest = blake3::hash(&read(folder, name)?).to_hex();
        let wanted = sums.iter().find(|(_, known)| known == name).map(|(sum, _)| *sum);
        if wanted != Some(digest.as_str()) && !found.list.iter().any(|finding| finding.file == *name) {
            found.add(name, remark("is not the file that was packed: it has another checksum"));
        }
    }
    for (_, name) in sums.iter().filter(|(_, known)| !names.iter().any(|name| name == known)) {
        found.add(name, remark("the file is missing"));
    }
    Ok(())
}

/// The documents beside the results, if this very program wrote them.
fn check_documents(folder: &Path, names: &[String], found: &mut Findings) -> Result<(), Failure> {
    let results: Vec<String> =
        names.iter().filter_map(|name| name.strip_prefix(RESULTS)?.strip_prefix('/')).map(str::to_owned).collect();
    let metadata: Option<Value> = read(folder, METADATA).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let Some(statement) = metadata.as_ref().and_then(statement) else {
        if !found.list.iter().any(|finding| finding.file == METADATA) {
            found.add(METADATA, remark("does not say what the bundle is"));
        }
        return Ok(());
    };
    for (name, made) in documents_again(&folder.join(RESULTS), &results, &statement).unwrap_or_default() {
        let own = if names.contains(&name) { Some(read(folder, &name)?) } else { None };
        if own.as_ref() != Some(&made) && !found.list.iter().any(|finding| finding.file == name) {
            found.add(&name, remark("is not what this program writes beside these results"));
        }
    }
    Ok(())
}

/// Every number of the report, unless it shows a hindcast too, whose results are not in the bundle.
fn check_report(results: &Path, found: &mut Findings) -> Result<(), Failure> {
    let path = results.join("report.html");
    let name = format!("{RESULTS}/report.html");
    let sound = found.list.iter().all(|finding| !finding.file.starts_with(RESULTS));
    if !path.is_file() || !sound {
        return Ok(());
    }
    let html = String::from_utf8_lossy(&read(results, "report.html")?).into_owned();
    let Some(options) = options_of(&html) else {
        found.add(&name, remark("is not a report"));
        return Ok(());
    };
    if options.hindcast.is_some() || options.run.is_some() {
        return Ok(());
    }
    let told = |cause: &dyn std::fmt::Display| Failure::Input(format!("{name}: cannot be checked: {cause}"));
    let (faults, _) = lint(&html, &options, read_study(results)?, None, None).map_err(|cause| told(&cause))?;
    for fault in faults {
        let values = Some((fault.shown, fault.should));
        found.add(&name, Parting { field: Some(fault.place), values, ..Parting::default() });
    }
    Ok(())
}
