//! `schema`: the JSON Schema of scenario files, for editors and validators.

use clap::Args;

use super::failure::Failure;
use super::{engine, terminal};

/// Print the JSON Schema of scenario files
#[derive(Debug, Args)]
pub(super) struct Arguments {}

pub(super) fn run(_: &Arguments) -> Result<(), Failure> {
    terminal::print(&format!("{:#}\n", engine::schema()))
}
