//! What is observed: metrics by cluster and month, events, flows between clusters. Never touches the world.

mod table;

pub use table::{Cause, Column, Event, EventKind, FlowKind, Flows, METRICS, Metric, MetricKind, Records};
