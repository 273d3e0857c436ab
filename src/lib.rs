//! Trihelix: a deterministic, agent-based simulator of life-science ecosystems.
//!
//! The modules in reading order, lowest floor first; a module uses only lower floors (`tests/floors.rs`).

pub mod fault;
pub mod math;
pub mod rng;
pub mod canonical;
pub mod units;
pub mod scenario;
pub mod world;
pub mod record;
pub mod rules;
pub mod simulate;
pub mod checkpoint;
pub mod odd;
pub mod study;
pub mod statistics;
pub mod calibrate;
pub mod validate;
pub mod plot;
pub mod output;
pub mod trust;
pub mod report;
pub mod cli;
