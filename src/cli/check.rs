//! `check`: every problem of every file, in one pass.

use std::path::PathBuf;

use clap::Args;

use crate::scenario::Strictness;

use super::failure::Failure;
use super::options::{Format, FormatOption};
use super::{engine, terminal};

/// List all problems of scenario and policy files: place, cause and fix
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Scenarios, policies and studies; a policy is laid over the first scenario named, or else over the one that stands near it
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Also demand unit, source and grade for every number and every dated event
    #[arg(long)]
    strict: bool,
    /// Lay policies over this scenario
    #[arg(long, value_name = "SCENARIO")]
    over: Option<PathBuf>,
    #[command(flatten)]
    format: FormatOption,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let strictness = if arguments.strict { Strictness::Strict } else { Strictness::Usual };
    let checked = engine::check(&arguments.files, arguments.over.as_deref(), strictness);
    match arguments.format.format {
        Format::Json => terminal::print_json(&checked.json)?,
        Format::Text => terminal::print(&checked.text)?,
    }
    // The findings are what was asked for and stand on standard output already; only the exit code is left to say.
    if checked.exit_code == 0 { Ok(()) } else { Err(Failure::Said(checked.exit_code)) }
}
