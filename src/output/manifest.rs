//! `manifest.json`: what made the folder, and the digest of every file in it.

use std::fs;
use std::io::{ErrorKind, Read};
use std::path::Path;

use serde_json::{Map, Value, json};

use super::run::RunResult;
use super::{NamedFile, OutputError};

/// The file's name; a folder with such a file of ours is a result folder.
pub(super) const FILE: &str = "manifest.json";
/// The value of `program` in it.
pub(super) const PROGRAM: &str = "trihelix";
/// A manifest above this many bytes is not ours.
const BYTES_MAX: u64 = 256 << 20;

/// What every manifest begins with: the program, and the number of its behaviour.
///
/// The source commit is there only if whoever built the program said so (`TRIHELIX_COMMIT`): a build from the same
/// source must not differ by where it was made.
pub(super) fn head(behaviour: u32) -> Map<String, Value> {
    let mut manifest = Map::new();
    let mut put = |key: &str, value: Value| manifest.insert(key.to_owned(), value);
    put("program", json!(PROGRAM));
    put("version", json!(env!("CARGO_PKG_VERSION")));
    if let Some(commit) = option_env!("TRIHELIX_COMMIT") {
        put("commit", json!(commit));
    }
    put("behaviour", json!(behaviour));
    manifest
}

/// The manifest of a run with these other files.
pub(super) fn of_run(result: &RunResult, files: &[NamedFile]) -> Value {
    let mut manifest = head(result.behaviour);
    let mut put = |key: &str, value: Value| manifest.insert(key.to_owned(), value);
    put("verb", json!(result.verb));
    put("seed", json!(result.seed));
    put("replicate", json!(result.replicate));
    put("start", json!(result.start.to_string()));
    put("months", json!(result.records.months));
    put("state_digest", json!(result.state_digest_hex()));
    put("inputs", result.inputs.iter().map(super::InputFile::to_json).collect());
    put("overrides", json!(result.overrides));
    if let Some(branch) = result.branch {
        put(
            "branch",
            json!({
                "months": branch.months,
                "scenario": branch.scenario,
                "seed": branch.seed,
                "replicate": branch.replicate,
                "checkpoint": branch.checkpoint.0,
            }),
        );
    }
    let clusters = result
        .clusters
        .iter()
        .map(|cluster| json!({ "row": cluster.row.0, "id": cluster.id, "name": cluster.name, "focus": cluster.focus }));
    put("clusters", clusters.collect());
    put("files", digests(files));
    put(
        "scenario",
        json!({
            "name": result.scenario.name,
            "title": result.scenario.title,
            "digest": result.scenario.digest,
            "resolved": result.scenario.resolved,
        }),
    );
    Value::Object(manifest)
}

/// Exchanges the digests of all charts for those of `figures`.
pub(super) fn replace_figures(manifest: &mut Value, figures: &[NamedFile]) {
    let Some(files) = manifest.get_mut("files").and_then(Value::as_object_mut) else { return };
    let mut all: Vec<(String, Value)> = std::mem::take(files)
        .into_iter()
        .filter(|(name, _)| !name.starts_with("figures/"))
        .chain(figures.iter().map(|(name, bytes)| (name.clone(), digest(bytes))))
        .collect();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    files.extend(all);
}

/// What stands before the seal.
const BEFORE_SEAL: &str = ",\n  \"seal\": \"";
/// What stands behind it.
const AFTER_SEAL: &str = "\"\n}\n";

/// The file: the document, and behind its last entry the BLAKE3 of all that stands before.
pub(super) fn sealed(manifest: &Value) -> Vec<u8> {
    let mut manifest = manifest.clone();
    if let Some(entries) = manifest.as_object_mut() {
        entries.shift_remove("seal");
    }
    let text = format!("{manifest:#}");
    let body = text.strip_suffix("\n}").unwrap_or(&text);
    let seal = blake3::hash(body.as_bytes()).to_hex();
    format!("{body}{BEFORE_SEAL}{seal}{AFTER_SEAL}").into_bytes()
}

/// Whether the text of a manifest is as it was sealed.
#[must_use]
pub fn seal_holds(text: &[u8]) -> bool {
    let seal_and_rest = BEFORE_SEAL.len() + 64 + AFTER_SEAL.len();
    let Some((body, seal)) = text.len().checked_sub(seal_and_rest).and_then(|at| text.split_at_checked(at)) else {
        return false;
    };
    let expected = format!("{BEFORE_SEAL}{}{AFTER_SEAL}", blake3::hash(body).to_hex());
    seal == expected.as_bytes()
}

/// The manifest of a result folder.
///
/// # Errors
/// [`OutputError::Refused`] if the folder has none of ours.
pub(super) fn read(folder: &Path) -> Result<Value, OutputError> {
    Ok(read_text(folder)?.0)
}

/// The same, if it is as it was sealed: what is drawn or told from a result must not be what somebody wrote into it.
///
/// # Errors
/// Those of [`read`], and [`OutputError::Refused`] for a broken seal.
pub(super) fn read_sealed(folder: &Path) -> Result<Value, OutputError> {
    let (manifest, text) = read_text(folder)?;
    if seal_holds(text.as_bytes()) {
        return Ok(manifest);
    }
    let fix = "run the scenario again; `trihelix verify` says what was changed";
    Err(OutputError::refused(&folder.join(FILE), "was changed after it was written: its seal is broken", fix))
}

fn read_text(folder: &Path) -> Result<(Value, String), OutputError> {
    let path = folder.join(FILE);
    let fix = "name a folder that `trihelix run` has written";
    let mut text = String::new();
    let file = fs::File::open(&path).map_err(|cause| match cause.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => {
            OutputError::refused(folder, "is not a result folder: it has no manifest.json", fix)
        }
        _ => OutputError::machine(&path, "read the manifest", &cause),
    })?;
    file.take(BYTES_MAX)
        .read_to_string(&mut text)
        .map_err(|cause| OutputError::refused(&path, format!("cannot be read as text: {cause}"), fix))?;
    let manifest: Value = serde_json::from_str(&text)
        .map_err(|cause| OutputError::refused(&path, format!("is not the manifest of a result: {cause}"), fix))?;
    if manifest["program"] != PROGRAM {
        return Err(OutputError::refused(&path, "is not the manifest of a trihelix result", fix));
    }
    Ok((manifest, text))
}

/// Names of the files that a manifest vouches for.
pub(super) fn file_names(manifest: &Value) -> Vec<String> {
    let files = manifest.get("files").and_then(Value::as_object);
    files.into_iter().flatten().map(|(name, _)| name.clone()).filter(|name| is_plain(name)).collect()
}

/// Whether a name stays inside the folder: a manifest from elsewhere must not point us at other files.
fn is_plain(name: &str) -> bool {
    Path::new(name).components().all(|part| matches!(part, std::path::Component::Normal(_)))
}

pub(super) fn digests(files: &[NamedFile]) -> Value {
    Value::Object(files.iter().map(|(name, bytes)| (name.clone(), digest(bytes))).collect())
}

/// BLAKE3 of the bytes, in hexadecimal.
pub(super) fn digest(bytes: &[u8]) -> Value {
    Value::String(blake3::hash(bytes).to_hex().to_string())
}
