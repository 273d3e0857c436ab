//! The stable codes of problems. `codes.toml` describes each with an example.

use std::fmt;

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
pub(super) const LIKELY: Code = Code(51);
pub(super) const IDLE_FUND: Code = Code(52);
pub(super) const IDLE_POLICY: Code = Code(53);
pub(super) const IDLE_EVENT: Code = Code(54);
pub(super) const OWN_RANGE: Code = Code(55);
pub(super) const NO_UNIT: Code = Code(61);
pub(super) const NO_SOURCE: Code = Code(62);
pub(super) const NO_GRADE: Code = Code(63);
