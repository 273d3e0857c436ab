//! `plot`: the growth charts of a result folder, drawn anew from its records.

use std::path::PathBuf;

use clap::Args;

use crate::output::{read_run, rewrite_figures};

use super::failure::Failure;
use super::{charts, overview, terminal};

/// Draw the growth charts of a result folder anew, as SVG and PNG
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Result folder of `run`
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Print nothing but errors
    #[arg(long, short)]
    quiet: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let stored = read_run(&arguments.folder)?;
    let note = format!("{}, seed {}, replicate {}", stored.title, stored.seed, stored.replicate);
    let figures = charts::draw(stored.start, &stored.clusters, &stored.records, &note)?;
    let names = rewrite_figures(&arguments.folder, &figures)?;
    if arguments.quiet {
        return Ok(());
    }
    terminal::print(&(overview::of_files(&arguments.folder.display().to_string(), &names, &figures) + "\n"))
}
