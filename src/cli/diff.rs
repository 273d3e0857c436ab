//! `diff`: what differs between two resolved scenarios, or what a policy changes.

use std::path::PathBuf;

use clap::Args;

use super::failure::Failure;
use super::options::{Format, FormatOption};
use super::{engine, terminal};

/// Compare two resolved scenarios by parameter and by dated event
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// First scenario
    #[arg(value_name = "A")]
    a: PathBuf,
    /// Second scenario, or a policy to lay over the first
    #[arg(value_name = "B")]
    b: PathBuf,
    #[command(flatten)]
    format: FormatOption,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let difference = engine::diff(&arguments.a, &arguments.b)?;
    match arguments.format.format {
        Format::Json => terminal::print_json(&difference.json),
        Format::Text => terminal::print(&difference.text),
    }
}
