//! The stable codes of problems. `codes.toml` describes each with an example.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

/// A stable code, printed as `TH012`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Code(pub u16);

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TH{:03}", self.0)
    }
}

pub(super) const NO_FILE: Code = Code(1);
pub(super) const NOT_UTF8: Code = Code(2);
pub(super) const DIRECTORY: Code = Code(3);
pub(super) const TOO_LARGE: Code = Code(4);
pub(super) const UNREADABLE: Code = Code(5);
pub(super) const SYNTAX: Code = Code(6);
pub(super) const TOO_DEEP: Code = Code(7);
pub(super) const CYCLE: Code = Code(8);
pub(super) const EXTENDS: Code = Code(9);
pub(super) const SCHEMA: Code = Code(10);
pub(super) const KIND_OF_FILE: Code = Code(11);
pub(super) const OUT_OF_RANGE: Code = Code(12);
pub(super) const UNKNOWN_KEY: Code = Code(13);
pub(super) const WRONG_TYPE: Code = Code(14);
pub(super) const MISSING: Code = Code(15);
pub(super) const UNKNOWN_UNIT: Code = Code(16);
pub(super) const DIMENSION: Code = Code(17);
pub(super) const REFERENCE: Code = Code(18);
pub(super) const DUPLICATE: Code = Code(19);
pub(super) const BAD_ID: Code = Code(20);
pub(super) const CHOICE: Code = Code(21);
pub(super) const RATE: Code = Code(22);
pub(super) const SOURCE: Code = Code(23);
pub(super) const GRADE: Code = Code(24);
pub(super) const UNCERTAIN: Code = Code(25);
pub(super) const FEATURE: Code = Code(26);
pub(super) const REMOVE: Code = Code(27);
pub(super) const CLASH: Code = Code(28);
pub(super) const SET: Code = Code(29);
pub(super) const DATE: Code = Code(30);
pub(super) const TARGET: Code = Code(31);
pub(super) const CONFLICT: Code = Code(32);
pub(super) const OPERATION: Code = Code(33);
pub(super) const RESULT: Code = Code(34);
pub(super) const SHARES: Code = Code(35);
pub(super) const ACCESS: Code = Code(36);
pub(super) const ORDER: Code = Code(37);
pub(super) const OUTSIDE: Code = Code(38);
pub(super) const LIKELY: Code = Code(51);
pub(super) const IDLE_FUND: Code = Code(52);
pub(super) const IDLE_POLICY: Code = Code(53);
pub(super) const IDLE_EVENT: Code = Code(54);
pub(super) const OWN_RANGE: Code = Code(55);
pub(super) const NO_UNIT: Code = Code(61);
pub(super) const NO_SOURCE: Code = Code(62);
pub(super) const NO_GRADE: Code = Code(63);

/// What a code means, with an example.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeMeaning {
    /// A few words.
    pub title: String,
    /// Why it is a problem and what to do.
    pub text: String,
    /// An example with the problem.
    pub wrong: String,
    /// The example without it.
    pub right: String,
}

static CODES: LazyLock<BTreeMap<String, CodeMeaning>> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the file is part of the program; a test reads it")]
    toml::from_str(include_str!("codes.toml")).expect("the codes in the program are well formed")
});

/// Every code with its meaning, in order.
#[must_use]
pub fn codes() -> &'static BTreeMap<String, CodeMeaning> {
    &CODES
}

/// The description of a code, as `trihelix explain TH012` prints it; `None` if there is no such code.
#[must_use]
pub fn explain_code(code: &str) -> Option<String> {
    let code = code.to_ascii_uppercase();
    let meaning = codes().get(&code)?;
    let CodeMeaning { title, text, wrong, right } = meaning;
    Some(format!("{code}: {title}\n\n{text}\n\n  wrong:  {wrong}\n  right:  {right}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A code without a description, or a description without a code, would be a lie of `explain`.
    #[test]
    fn every_code_is_described() {
        let declared: Vec<String> = include_str!("code.rs")
            .lines()
            .filter_map(|line| line.strip_prefix("pub(super) const ")?.split_once("Code(")?.1.strip_suffix(");"))
            .map(|number| format!("TH{number:0>3}"))
            .collect();
        assert_eq!(declared, codes().keys().cloned().collect::<Vec<_>>());
        assert!(explain_code("th012").is_some_and(|text| text.contains("range")));
        assert_eq!(explain_code("TH999"), None);
    }
}
