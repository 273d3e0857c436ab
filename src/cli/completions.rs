//! `completions`: what a shell needs to complete verbs and options.

use clap::Args;
use clap_complete::Shell;

use super::failure::Failure;
use super::terminal;

/// Print the completion script of a shell
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut super::definition(), "trihelix", &mut script);
    terminal::print(&String::from_utf8_lossy(&script))
}
