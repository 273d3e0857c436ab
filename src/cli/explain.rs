//! `explain`: where a number comes from, or what a problem's code means.

use clap::Args;

use super::failure::Failure;
use super::{engine, terminal};

/// Show a parameter with unit, range, grade, source and the file that set it; or the meaning of a code such as TH012
#[derive(Debug, Args)]
#[command(override_usage = "trihelix explain SCENARIO PATH\n       trihelix explain CODE")]
pub(super) struct Arguments {
    /// Scenario file, or a code such as TH012
    #[arg(value_name = "SCENARIO")]
    subject: String,
    /// Path of a parameter, such as finance.cold_supply
    #[arg(value_name = "PATH")]
    path: Option<String>,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let text = match &arguments.path {
        Some(path) => engine::explain_parameter(arguments.subject.as_ref(), path)?,
        None if is_code(&arguments.subject) => engine::explain_code(&arguments.subject)?,
        None => {
            return Err(Failure::Input(format!(
                "explain: which parameter of {}?\n  name its path, for example: trihelix explain {} finance.cold_supply",
                arguments.subject, arguments.subject
            )));
        }
    };
    terminal::print(&text)
}

/// Whether a word looks like `TH012`, in any case.
fn is_code(word: &str) -> bool {
    let digits = word.get(..2).filter(|start| start.eq_ignore_ascii_case("TH")).and_then(|_| word.get(2..));
    digits.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    #[test]
    fn codes_are_told_from_files() {
        assert!(super::is_code("TH012") && super::is_code("th7"));
        assert!(
            !super::is_code("TH") && !super::is_code("theory.toml") && !super::is_code("日本") && !super::is_code("")
        );
    }
}
