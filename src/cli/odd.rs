//! `odd`: the description of the model.

use clap::Args;

use super::failure::Failure;
use super::terminal;

/// Print the description of the model after the ODD protocol, in Markdown
#[derive(Debug, Args)]
pub(super) struct Arguments {}

pub(super) fn run(_: &Arguments) -> Result<(), Failure> {
    terminal::print(&crate::odd::page())
}
