//! `explain`: where a number comes from, or what a problem's code means.

use std::path::PathBuf;

use clap::Args;

use super::failure::Failure;
use super::options::{Format, FormatOption};
use super::{engine, terminal};

/// Show a parameter with unit, range, grade, source and the file that set it; or the meaning of a code such as TH012
#[derive(Debug, Args)]
#[command(override_usage = "trihelix explain SCENARIO [POLICY]... PATH\n       trihelix explain CODE", after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// Scenario and policies, then the path of a parameter such as finance.cold_supply; or a code such as TH012
    #[arg(value_name = "WORD", required = true)]
    words: Vec<String>,
    #[command(flatten)]
    format: FormatOption,
}

const EXAMPLES: &str = "\
Examples:
  trihelix explain scenarios/kansai-2024.toml cluster.kobe.turnover
  trihelix explain scenarios/kansai-2024.toml cluster.kobe         everything below a path
  trihelix explain scenarios/kansai-2024.toml rules.collaboration  rules, with their features in words
  trihelix explain scenarios/no-policy-2024.toml scenarios/policies/kbic-testbeds.toml ranges  what is assumed, from low to high
  trihelix explain TH012";

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let answer = match arguments.words.as_slice() {
        [code] if is_code(code) => engine::explain_code(code)?,
        [files @ .., path] if !files.is_empty() => {
            let files: Vec<PathBuf> = files.iter().map(PathBuf::from).collect();
            engine::explain_parameter(&files, path)?
        }
        words => {
            let file = words.first().map_or("SCENARIO", String::as_str);
            return Err(Failure::Input(format!(
                "explain: which parameter of {file}?\n  name its path, for example: trihelix explain {file} finance.cold_supply"
            )));
        }
    };
    match arguments.format.format {
        Format::Json => terminal::print_json(&answer.json),
        Format::Text => terminal::print(&answer.text),
    }
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
