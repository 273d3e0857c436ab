//! A study: cells (scenario x design point x replicate), computed once, kept in a store, in any order on any machine.
//!
//! `plan` says which cells there are and gives each its key; `execute` computes those that are missing; `store` keeps
//! them in append-only segments (`segment`).

mod claims;
mod correlate;
mod design;
mod distribution;
mod execute;
mod fields;
mod file;
mod joe_kuo;
mod key;
mod plan;
mod points;
mod rows;
mod segment;
mod shard;
mod sheet;
mod store;
mod vary;

pub use claims::{Expectation, Stopping};
pub use design::Design;
pub use distribution::Distribution;
pub use execute::{Done, Execution, ExecutionError, Sink, compute, execute, fill, fill_with};
pub use file::{Overrides, Study};
pub use key::CellKey;
pub use plan::{Cell, Clusters, Plan, PlanError, PlannedScenario, Recording, Resolution};
pub use points::Method;
pub use rows::{CellRecord, Rows, Success};
pub use shard::{Shard, cut_into, missing, shards_with};
pub use sheet::Sheet;
pub use store::{Damage, Segment, Store, StoreError};
pub use vary::{Spread, Vary};
