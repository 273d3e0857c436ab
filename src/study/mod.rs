//! A study: cells (scenario x design point x replicate), computed once, kept in a store, in any order on any machine.
//!
//! `plan` says which cells there are and gives each its key; `execute` computes those that are missing; `store` keeps
//! them in append-only segments (`segment`).

mod execute;
mod key;
mod plan;
mod rows;
mod segment;
mod store;

pub use execute::{Done, Execution, ExecutionError, Sink, compute, execute, fill, fill_with};
pub use key::CellKey;
pub use plan::{Cell, Clusters, Plan, PlanError, PlannedScenario, Recording, Resolution};
pub use rows::{CellRecord, Rows, Success};
pub use store::{Damage, Segment, Store, StoreError};
