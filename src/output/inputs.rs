//! Copies of the files that a result was made from, kept with it: a result can be made again from its own folder.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use serde_json::{Value, json};

use super::NamedFile;

/// The folder of the copies.
const FOLDER: &str = "inputs";

/// What a file was to the command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Named first: a scenario, or a study.
    Base,
    /// A policy laid over it.
    Policy,
    /// Reached through another file.
    Part,
    /// Expectations of a comparison.
    Expectations,
}

impl Role {
    /// The word in the manifest.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Base => "base",
            Self::Policy => "policy",
            Self::Part => "part",
            Self::Expectations => "expectations",
        }
    }
}

/// A file that the scenario was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputFile {
    /// File name, without any folder of the user's.
    pub name: String,
    /// BLAKE3 of its bytes, in hexadecimal.
    pub digest: String,
    /// What it was to the command.
    pub role: Role,
    /// Name of its copy in the result folder.
    pub copy: String,
    /// What it says.
    pub text: String,
}

impl InputFile {
    pub(super) fn to_json(&self) -> Value {
        json!({ "name": self.name, "digest": self.digest, "role": self.role.as_str(), "copy": self.copy })
    }
}

/// The copies of some inputs, each once, in the order of their names.
#[must_use]
pub fn copies<'a>(inputs: impl IntoIterator<Item = &'a InputFile>) -> Vec<NamedFile> {
    let each: BTreeMap<&str, &str> =
        inputs.into_iter().map(|input| (input.copy.as_str(), input.text.as_str())).collect();
    each.into_iter().map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec())).collect()
}

/// Where the copies of some files go: each group under a folder of its own name, except that a group whose files all lie
/// below the first group's joins it. Below it the files lie as they did, so that one finds the next; what lies above stays
/// the user's own business.
#[must_use]
pub fn places(groups: &[(String, Vec<PathBuf>)]) -> Vec<Vec<String>> {
    let groups: Vec<(&String, Vec<PathBuf>)> =
        groups.iter().map(|(name, files)| (name, files.iter().map(|file| plain(file)).collect())).collect();
    let mut first: Option<(PathBuf, &String)> = None;
    let mut taken: Vec<String> = Vec::new();
    let mut all = Vec::new();
    for (name, files) in &groups {
        let own = common_folder(files);
        let (above, folder) = match &first {
            Some((above, folder)) if files.iter().all(|file| file.starts_with(above)) => {
                (above.clone(), (*folder).clone())
            }
            _ => {
                let mut folder = (*name).clone();
                while taken.contains(&folder) {
                    folder.push_str("-2");
                }
                (own, folder)
            }
        };
        taken.push(folder.clone());
        let place = |file: &PathBuf| {
            let below = file.strip_prefix(&above).unwrap_or(file);
            let parts: Vec<_> = below.components().map(|part| part.as_os_str().to_string_lossy()).collect();
            format!("{FOLDER}/{folder}/{}", parts.join("/"))
        };
        all.push(files.iter().map(place).collect());
        if first.is_none() {
            first = Some((above, name));
        }
    }
    all
}

/// An absolute path without `.` and `..`, by its spelling alone.
fn plain(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let mut plain = PathBuf::new();
    for part in absolute.components() {
        match part {
            Component::ParentDir => {
                plain.pop();
            }
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    plain
}

/// The innermost folder that all files lie below.
fn common_folder(files: &[PathBuf]) -> PathBuf {
    let mut common = files.first().and_then(|file| file.parent()).unwrap_or_else(|| Path::new("/")).to_path_buf();
    while !files.iter().all(|file| file.starts_with(&common)) && common.pop() {}
    common
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_lie_as_they_did_and_nothing_above_them_is_told() {
        let group = |name: &str, files: &[&str]| (name.to_owned(), files.iter().map(PathBuf::from).collect());
        let found = places(&[
            group("kobe", &["/home/me/it/scenarios/kobe.toml", "/home/me/it/scenarios/base/x.toml"]),
            group("near", &["/home/me/it/scenarios/policies/p.toml"]),
            group("far", &["/tmp/a/p.toml", "/tmp/a/../b/q.toml"]),
            group("far", &["/tmp/c/p.toml"]),
        ]);
        assert_eq!(found[0], ["inputs/kobe/kobe.toml", "inputs/kobe/base/x.toml"]);
        assert_eq!(found[1], ["inputs/kobe/policies/p.toml"]);
        assert_eq!(found[2], ["inputs/far/a/p.toml", "inputs/far/b/q.toml"]);
        assert_eq!(found[3], ["inputs/far-2/p.toml"]);
    }
}
