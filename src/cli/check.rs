//! `check`: every problem of every file, in one pass.

use std::path::PathBuf;

use clap::Args;

use super::failure::Failure;
use super::options::{Format, FormatOption};
use super::{engine, terminal};

/// List all problems of scenario and policy files: place, cause and fix
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Files to check
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Also demand unit, source and grade for every overridden value
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    format: FormatOption,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let strictness = if arguments.strict { engine::Strictness::Strict } else { engine::Strictness::Usual };
    let checked = engine::check(&arguments.files, strictness)?;
    match arguments.format.format {
        Format::Json => terminal::print_json(&checked.json)?,
        Format::Text => terminal::print(&checked.text)?,
    }
    // The findings are what was asked for and stand on standard output already; only the exit code is left to say.
    if checked.exit_code == 0 { Ok(()) } else { Err(Failure::Said(checked.exit_code)) }
}
