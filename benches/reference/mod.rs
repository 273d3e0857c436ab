//! TS-1 twice: [`plain`], the oracle, and [`skipping`], the yardstick. `tests/reference.rs` holds one against the other.

pub mod definition;
pub mod keyed;
pub mod plain;
pub mod skipping;
