//! `new`: a folder to start from.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::output::{Foreign, NamedFile, ResultFolder};
use crate::scenario::starter;

use super::failure::Failure;
use super::terminal;

/// Write a commented scenario, policy and study, with the base files they rest on, ready to run
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Folder to write; must be new or empty
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let folder = &arguments.folder;
    let shown = folder.display();
    if std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(Failure::Input(format!(
            "{shown}: holds files already\n  name a new folder, as in `trihelix new {}`",
            folder.join("scenario").display()
        )));
    }
    if folder.is_file() {
        return Err(Failure::Input(format!("{shown}: is a file, not a folder\n  name a new folder")));
    }
    let files: Vec<NamedFile> = starter().map(|(name, text)| (name, text.as_bytes().to_vec())).collect();
    ResultFolder::prepare(folder, Foreign::Refuse)?.publish(&files)?;
    terminal::print(&next_steps(folder))
}

/// What to type next, from where the user stands.
fn next_steps(folder: &Path) -> String {
    let file = |name: &str| folder.join(name).display().to_string();
    let (scenario, policy, study) = (file("scenario.toml"), file("policy.toml"), file("study.toml"));
    format!(
        "{scenario}  open this first: a scenario of ten years\n\
         {policy}  a policy to lay over it\n\
         {study}  a study of both\n\
         {}  the world that they rest on\n\n\
         Next:\n  \
         trihelix check {scenario} {policy} {study}\n  \
         trihelix run {scenario}\n  \
         trihelix diff {scenario} {policy}\n  \
         trihelix compare {scenario} {policy} --months 36\n  \
         trihelix sweep {study}\n",
        file("base/")
    )
}
