//! Options that several verbs share, each meaning the same everywhere.

use std::path::PathBuf;

use clap::{Args, ValueEnum, value_parser};

use super::failure::Failure;

/// Who reads standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    // Plain remarks: clap would turn documentation into a page of help.
    // For people.
    Text,
    // For programs: exactly one JSON document.
    Json,
}

#[derive(Debug, Args)]
pub(super) struct FormatOption {
    /// What to print: text for people or one JSON document
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text")]
    pub(super) format: Format,
}

/// What changes the numbers of a run.
#[derive(Debug, Args)]
pub(super) struct ChanceOptions {
    /// Master seed: the same seed gives the same bytes
    #[arg(long, value_name = "N", default_value_t = 1, allow_negative_numbers = true)]
    pub(super) seed: u64,
    /// Which replicate of that seed to run
    #[arg(long, value_name = "K", default_value_t = 0, allow_negative_numbers = true, value_parser = value_parser!(u32).range(0..=2_147_483_647))]
    pub(super) replicate: u32,
    /// Simulate this many months in place of the scenario's own
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = value_parser!(u16).range(1..=2400))]
    pub(super) months: Option<u16>,
    /// Set one parameter, for example `finance.cold_supply=0.5`; may be repeated
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = assignment)]
    pub(super) sets: Vec<String>,
}

/// Where results go and how the machine is used; none of this changes a byte of them.
#[derive(Debug, Args)]
pub(super) struct MachineOptions {
    /// Folder for the results [default: outputs/ and the scenario's name]
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
    /// Write even into a folder that holds other files, beside them
    #[arg(long)]
    pub(super) force: bool,
    /// Use this many threads [default: one per core]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = value_parser!(u16).range(1..=1024))]
    pub(super) threads: Option<u16>,
    /// Print nothing but errors
    #[arg(long, short)]
    pub(super) quiet: bool,
}

impl MachineOptions {
    /// Sets the number of threads for the whole process.
    ///
    /// # Errors
    /// [`Failure::Machine`] if the threads cannot be started.
    pub(super) fn start_threads(&self) -> Result<(), Failure> {
        let Some(threads) = self.threads else { return Ok(()) };
        rayon::ThreadPoolBuilder::new()
            .num_threads(usize::from(threads))
            .build_global()
            .map_err(|cause| Failure::Machine(format!("cannot start {threads} threads: {cause}")))
    }
}

/// Checks the form of `--set PATH=VALUE`.
pub(super) fn assignment(text: &str) -> Result<String, String> {
    match text.split_once('=') {
        Some((path, _)) if !path.trim().is_empty() => Ok(text.to_owned()),
        _ => Err("expected PATH=VALUE, for example finance.cold_supply=0.5".to_owned()),
    }
}
