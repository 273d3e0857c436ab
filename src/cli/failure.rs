//! What ends a command early, and how the user hears of it.

use std::ffi::{OsStr, OsString};
use std::fmt;

use anstyle::{AnsiColor, Style};

use crate::output::OutputError;

use super::terminal;

/// Exit code: the machine failed, or the program did.
pub(super) const MACHINE: u8 = 1;
/// Exit code: the input is wrong.
pub(super) const INPUT: u8 = 2;
/// Exit code: a check found a difference.
pub(super) const DIFFERENT: u8 = 3;
/// Exit code: an expectation was not met.
pub(super) const UNMET: u8 = 5;

const ERROR: Style = AnsiColor::Red.on_default().bold();

/// Why a command could not do what it was asked.
#[derive(Debug)]
pub(super) enum Failure {
    /// The user's to change.
    Input(String),
    /// Disk, memory, permission, or a fault of the program.
    Machine(String),
    /// Already rendered with source lines and carets; with its exit code.
    Problems(String, u8),
    /// Everything is said on standard output; only the exit code is left.
    Said(u8),
}

impl Failure {
    pub(super) fn exit_code(&self) -> u8 {
        match self {
            Self::Input(_) => INPUT,
            Self::Machine(_) => MACHINE,
            Self::Problems(_, code) | Self::Said(code) => *code,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input(message) | Self::Machine(message) => write!(f, "{ERROR}error:{ERROR:#} {message}"),
            Self::Problems(text, _) => f.write_str(text),
            Self::Said(_) => Ok(()),
        }
    }
}

impl From<OutputError> for Failure {
    fn from(error: OutputError) -> Self {
        if error.is_input() { Self::Input(error.to_string()) } else { Self::Machine(error.to_string()) }
    }
}

/// Makes a panic one message with the command that repeats it, in place of a backtrace.
pub(super) fn explain_panics(command: Vec<OsString>) {
    std::panic::set_hook(Box::new(move |panic| {
        let payload = panic.payload();
        let said = payload
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
            .unwrap_or("no reason given");
        let place = panic.location().map(|place| format!(" ({}:{})", place.file(), place.line())).unwrap_or_default();
        terminal::note(&format!(
            "{ERROR}error:{ERROR:#} trihelix stopped on a fault of its own: {said}{place}\n  \
             earlier results are as they were; please report it together with the command that repeats it:\n  {}",
            as_typed(&command)
        ));
    }));
}

/// The command as one would type it in a shell.
fn as_typed(command: &[OsString]) -> String {
    let mut words = vec!["trihelix".to_owned()];
    words.extend(command.iter().skip(1).map(|word| quoted(word)));
    words.join(" ")
}

fn quoted(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    let plain = |letter: char| letter.is_alphanumeric() || "-_./=,:@+%".contains(letter);
    if !word.is_empty() && word.chars().all(plain) {
        word.into_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_command_survives_the_shell() {
        let command = ["/usr/bin/trihelix", "run", "my scenario.toml", "--set", "a.b=it's"].map(OsString::from);
        assert_eq!(as_typed(&command), r"trihelix run 'my scenario.toml' --set 'a.b=it'\''s'");
    }
}
