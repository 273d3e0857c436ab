//! `plot`: the charts of a result folder, drawn anew from its records, events and flows.

use std::path::PathBuf;

use clap::Args;

use crate::output::{read_history, read_run, rewrite_figures};

use super::failure::Failure;
use super::{charts, overview, terminal};

/// Draw the charts of a result folder anew, as SVG and PNG
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
    let (events, flows) = read_history(&arguments.folder, &stored)?;
    let figures = charts::draw(&charts::Material {
        start: stored.start,
        clusters: &stored.clusters,
        records: &stored.records,
        events: &events,
        flows: &flows,
        resolved: &stored.resolved,
        note: &note,
        language: crate::plot::Language::English,
    })?;
    let names = rewrite_figures(&arguments.folder, &figures)?;
    if arguments.quiet {
        return Ok(());
    }
    terminal::print(&(overview::of_files(&arguments.folder.display().to_string(), &names, &figures) + "\n"))
}
