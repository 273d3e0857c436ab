//! `bundle`: a result with all that is needed to make it again, cite it and judge it, in one file.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use crate::output::{CHECKSUMS, Packed, pack};
use crate::trust::bundle::{DOCUMENTS, RESULTS, Statement, documents, released};

use super::failure::Failure;
use super::options::{Format, FormatOption};
use super::{terminal, verify};

const EXAMPLES: &str = "\
Examples:
  trihelix bundle outputs/kobe -o kobe.zip
  trihelix bundle outputs/kansai-2024-compare -o study.zip --licence CC-BY-4.0 --author 'A. Analyst' --date 2027-04-01";

/// Pack a result with its inputs, report, description, citation, licences and provenance into one file
///
/// The same result and options give the same bytes. `reproduce` makes the result again from the file alone.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// Result folder of `run`, `sweep` or `compare`
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The bundle
    #[arg(long, short, value_name = "FILE.zip")]
    output: PathBuf,
    /// Licence of the results, as an SPDX identifier [default: none is stated]
    #[arg(long, value_name = "SPDX", value_parser = spdx)]
    licence: Option<String>,
    /// Who made the results
    #[arg(long, value_name = "NAME")]
    author: Option<String>,
    /// Day of publication [default: the day on which the program was released, since results know no clock]
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    date: Option<String>,
    /// Print nothing but errors
    #[arg(long, short)]
    quiet: bool,
    #[command(flatten)]
    format: FormatOption,
}

fn spdx(text: &str) -> Result<String, String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-.+".contains(c);
    if !text.is_empty() && text.chars().all(fits) {
        Ok(text.to_owned())
    } else {
        Err("expected one SPDX identifier, such as CC-BY-4.0".to_owned())
    }
}

fn day(text: &str) -> Result<String, String> {
    let date = text.parse::<toml::value::Datetime>().ok();
    let whole = date.is_some_and(|date| date.date.is_some() && date.time.is_none() && date.offset.is_none());
    if whole { Ok(text.to_owned()) } else { Err("expected a day, such as 2027-04-01".to_owned()) }
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let Arguments { folder, output, .. } = arguments;
    let (manifest, listed) = verify::manifest_of(folder)?;
    let statement = Statement {
        date: arguments.date.clone().unwrap_or_else(|| released().to_owned()),
        licence: arguments.licence.clone(),
        author: arguments.author.clone(),
    };
    let mut files: Vec<(String, Packed)> = Vec::new();
    let mut sizes = Vec::new();
    for (name, digest) in results(folder, listed)? {
        let path = folder.join(&name);
        let size = size_of(&path)?;
        files.push((format!("{RESULTS}/{name}"), Packed::File(path, digest)));
        sizes.push((name, size));
    }
    let documents = documents(&manifest, &sizes, &statement);
    files.extend(documents.into_iter().map(|(name, bytes)| (name, Packed::Bytes(bytes))));
    // What describes the rest comes first, in the order of the list of documents; then the results by name.
    let place = |name: &str| DOCUMENTS.iter().position(|(document, _)| *document == name).unwrap_or(DOCUMENTS.len());
    files.sort_by(|(a, _), (b, _)| (place(a), a).cmp(&(place(b), b)));
    pack(output, &files)?;
    let (count, out) = (files.len() + 1, output.display().to_string());
    match arguments.format.format {
        Format::Json => terminal::print_json(&json!({ "out": out, "files": count, "results": sizes.len() })),
        Format::Text if arguments.quiet => Ok(()),
        Format::Text => terminal::print(&format!(
            "\n  {out}  {count} files, {} of them results\n  trihelix reproduce {out}  makes them again and compares every byte\n\n",
            sizes.len()
        )),
    }
}

/// Names of the results with their digests: those of the manifest, itself, and the report with its pictures.
fn results(folder: &Path, listed: Vec<(String, String)>) -> Result<Vec<(String, Option<String>)>, Failure> {
    let mut names: Vec<(String, Option<String>)> =
        listed.into_iter().map(|(name, digest)| (name, Some(digest))).collect();
    names.push(("manifest.json".to_owned(), None));
    if folder.join("report.html").is_file() {
        names.push(("report.html".to_owned(), None));
        for name in pictures(&folder.join("report-figures"))? {
            names.push((format!("report-figures/{name}"), None));
        }
    }
    names.sort();
    Ok(names)
}

fn pictures(folder: &Path) -> Result<Vec<String>, Failure> {
    let failed = |cause: std::io::Error| Failure::Machine(format!("{}: cannot be read: {cause}", folder.display()));
    let entries = match fs::read_dir(folder) {
        Err(cause) if matches!(cause.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(Vec::new()),
        entries => entries.map_err(failed)?,
    };
    let mut names = Vec::new();
    for entry in entries {
        let name = entry.map_err(failed)?.file_name().to_string_lossy().into_owned();
        // Whatever else lies there is not ours.
        let ours = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
        if name.ends_with(".png") && name.chars().all(ours) {
            names.push(name);
        }
    }
    Ok(names)
}

/// Size of a file of the result. A link leads to something that may not be meant for others.
fn size_of(path: &Path) -> Result<u64, Failure> {
    let shown = path.display();
    let found = fs::symlink_metadata(path).map_err(|cause| match cause.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => Failure::Input(format!(
            "{shown}: is missing from the result\n  run the scenario again, and bundle the result as it was written"
        )),
        _ => Failure::Machine(format!("{shown}: cannot be read: {cause}")),
    })?;
    if found.is_file() {
        return Ok(found.len());
    }
    Err(Failure::Input(format!(
        "{shown}: is not a plain file\n  bundle the result as it was written, without links in it"
    )))
}

/// Whether a bundle may hold a file of this name: a document, the checksums, or anything among the results.
pub(super) fn is_ours(name: &str) -> bool {
    name == CHECKSUMS
        || name.strip_prefix(RESULTS).is_some_and(|rest| rest.starts_with('/'))
        || DOCUMENTS.iter().any(|(document, _)| *document == name)
}

/// The documents that this program would put beside these results, if they say which program made them, and it is this
/// one.
pub(super) fn documents_again(
    folder: &Path,
    names: &[String],
    statement: &Statement,
) -> Option<Vec<(String, Vec<u8>)>> {
    let (manifest, _) = verify::manifest_of(folder).ok()?;
    let same = manifest["version"] == env!("CARGO_PKG_VERSION")
        && manifest.get("commit").and_then(Value::as_str) == option_env!("TRIHELIX_COMMIT");
    let sizes: Option<Vec<(String, u64)>> =
        names.iter().map(|name| Some((name.clone(), fs::metadata(folder.join(name)).ok()?.len()))).collect();
    same.then_some(())?;
    Some(documents(&manifest, &sizes?, statement))
}
