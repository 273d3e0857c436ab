//! The command line: one file per verb. It reads arguments and prints; what is computed or written, others do.

mod accounts;
mod bundle;
mod calibrate;
mod charts;
mod check;
mod checkpoints;
mod claims;
mod compare;
mod completions;
mod diff;
mod diverge;
mod engine;
mod estimate;
mod explain;
mod failure;
mod interrupt;
mod merge;
mod movement;
mod new;
mod numbers;
mod odd;
mod options;
mod overview;
mod plot;
mod produce;
mod progress;
mod report;
mod reproduce;
mod run;
mod schema;
mod selftest;
mod startup_charts;
mod sweep;
mod sweep_emit;
mod sweep_finish;
mod sweep_goal;
mod sweep_progress;
mod sweep_submit;
mod table;
mod terminal;
mod trace;
mod validate;
mod verify;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use failure::Failure;

/// What the end of `--help` shows.
const EXAMPLES: &str = "\
Examples:
  trihelix run scenarios/kansai-2024.toml
  trihelix run scenarios/kansai-2024.toml --months 120 --seed 7 --out /tmp/ten-years
  trihelix compare scenarios/kansai-2024.toml scenarios/policies/kobe-airport-1.toml
  trihelix report outputs/kansai-2024-compare
  trihelix explain scenarios/kansai-2024.toml finance.cold_supply
  trihelix sweep scenarios/studies/smoke.toml

Exit codes: 0 done, 1 the machine failed, 2 the input is wrong, 3 a check found a difference, 4 a merge is incomplete
or inconsistent, 5 an expectation or a required fact was not met, 130 interrupted.";

/// Simulates how life-science clusters grow: institutions, startups, investors and people in Osaka, Kobe, Boston and
/// the hubs around them. The same seed gives the same bytes.
#[derive(Debug, Parser)]
#[command(name = "trihelix", version, max_term_width = 100, after_help = EXAMPLES, disable_help_subcommand = true)]
#[command(subcommand_required = true, arg_required_else_help = true)]
struct Command {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Run(run::Arguments),
    Sweep(sweep::Arguments),
    Merge(merge::Arguments),
    Compare(compare::Arguments),
    Calibrate(calibrate::Arguments),
    Validate(validate::Arguments),
    New(new::Arguments),
    Check(check::Arguments),
    Explain(explain::Arguments),
    Diff(diff::Arguments),
    Plot(plot::Arguments),
    Verify(verify::Arguments),
    Diverge(diverge::Arguments),
    Bundle(bundle::Arguments),
    Reproduce(reproduce::Arguments),
    Selftest(selftest::Arguments),
    Accounts(accounts::Arguments),
    Odd(odd::Arguments),
    Report(report::Arguments),
    Schema(schema::Arguments),
    Completions(completions::Arguments),
}

/// Runs the command that the process was started with; the exit code is that of the contract.
#[must_use]
pub fn main() -> ExitCode {
    failure::explain_panics(std::env::args_os().collect());
    interrupt::clean_up_on_ctrl_c();
    // A panic is a fault of ours. The hook has explained it; here it becomes an exit code.
    std::panic::catch_unwind(|| run_arguments(std::env::args_os())).unwrap_or(ExitCode::from(failure::MACHINE))
}

/// Runs one command line, program name first.
fn run_arguments(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let command = match Command::try_parse_from(arguments) {
        Ok(command) => command,
        Err(error) => {
            // Help that nobody reads, as in `trihelix --help | head -1`, is no failure.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { failure::INPUT } else { 0 });
        }
    };
    let done = match &command.verb {
        Verb::Run(arguments) => run::run(arguments),
        Verb::Sweep(arguments) => sweep::run(arguments),
        Verb::Merge(arguments) => merge::run(arguments),
        Verb::Compare(arguments) => compare::run(arguments),
        Verb::Calibrate(arguments) => calibrate::run(arguments),
        Verb::Validate(arguments) => validate::run(arguments),
        Verb::New(arguments) => new::run(arguments),
        Verb::Check(arguments) => check::run(arguments),
        Verb::Explain(arguments) => explain::run(arguments),
        Verb::Diff(arguments) => diff::run(arguments),
        Verb::Plot(arguments) => plot::run(arguments),
        Verb::Verify(arguments) => verify::run(arguments),
        Verb::Diverge(arguments) => diverge::run(arguments),
        Verb::Bundle(arguments) => bundle::run(arguments),
        Verb::Reproduce(arguments) => reproduce::run(arguments),
        Verb::Selftest(arguments) => selftest::run(arguments),
        Verb::Accounts(arguments) => accounts::run(arguments),
        Verb::Odd(arguments) => odd::run(arguments),
        Verb::Report(arguments) => report::run(arguments),
        Verb::Schema(arguments) => schema::run(arguments),
        Verb::Completions(arguments) => completions::run(arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if !matches!(failure, Failure::Said(_)) {
                terminal::note(&failure.to_string());
            }
            ExitCode::from(failure.exit_code())
        }
    }
}

/// The command's definition, for shell completions.
fn definition() -> clap::Command {
    <Command as clap::CommandFactory>::command()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_definition_is_sound() {
        super::definition().debug_assert();
    }
}
