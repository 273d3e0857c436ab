//! The file as typed, checked and resolved into what the rules read.

pub mod spec;

use crate::units::{CalendarMonth, Month, Yen};
use spec::{ClusterId, Spec};

/// A checked scenario.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// Name.
    pub name: String,
    /// Title.
    pub title: String,
    /// First month.
    pub start: CalendarMonth,
    /// Months.
    pub months: u16,
    /// Parameters by date.
    pub epochs: Vec<Epoch>,
    /// Policy cost.
    pub charges: Vec<Charge>,
    /// Digest.
    pub digest: String,
}
/// Parameters from a month on.
#[derive(Debug, Clone)]
pub struct Epoch {
    /// From.
    pub from: Month,
    /// Parameters.
    pub spec: Spec,
    /// What changed.
    pub changes: Vec<Change>,
}
/// A change.
#[derive(Debug, Clone)]
pub struct Change {
    /// Event.
    pub event: String,
    /// Path.
    pub path: String,
    /// Before.
    pub before: String,
    /// After.
    pub after: String,
}
/// A cost.
#[derive(Debug, Clone)]
pub struct Charge {
    /// Month.
    pub month: Month,
    /// Event.
    pub event: String,
    /// Amount.
    pub amount: Yen,
    /// Payer.
    pub payer: String,
    /// Cluster.
    pub cluster: Option<ClusterId>,
}
impl Scenario {
    /// Parameters in force.
    #[must_use]
    pub fn spec_at(&self, month: Month) -> &Spec {
        &self.epochs[self.epochs.partition_point(|e| e.from <= month) - 1].spec
    }
}
