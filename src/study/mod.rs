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
mod patch;
mod plan;
mod points;
mod rows;
mod rule;
mod segment;
mod shard;
mod sheet;
mod store;
mod trunk;
mod vary;

pub use claims::{Expectation, Ground, Quantity, REPLICATES_AT_MOST, Stopping, read_expectations};
pub use design::Design;
pub use distribution::Distribution;
pub use execute::{Done, Execution, ExecutionError, Sink, execute, fill, fill_with};
pub use file::{Overrides, Study};
pub use key::CellKey;
pub use patch::{merge_patch, patched};
pub use plan::{Cell, Clusters, Overlays, Plan, PlanError, PlannedScenario, Recording, Resolution, Under};
pub use points::Method;
pub use rows::{CellRecord, Rows, Success};
pub use rule::{FIRST_LOOK, Limit, StoppingRule};
pub use shard::{Shard, cut_into, missing, shards_with};
pub use sheet::Sheet;
pub use store::{Damage, Segment, Store, StoreError};
pub use trunk::Trunk;
pub use vary::{Spread, Vary};
