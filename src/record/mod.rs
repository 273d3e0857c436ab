//! What is observed: metrics by cluster and month, events, flows between clusters. Never touches the world.

mod journal;
mod observe;
mod table;

pub use journal::{Journal, column};
pub use observe::observe;
pub use table::{Cause, Column, Event, EventKind, FLOW_KINDS, FlowKind, Flows, METRICS, Metric, MetricKind, Records};
