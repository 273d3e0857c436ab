//! How well two runs on common random numbers stayed aligned: the share of startups whose whole history is the same.
//!
//! Chance is addressed by who draws it and why, so a startup that the policy does not reach draws the same luck in both
//! runs. What the log tells of it is then the same to the last yen. Only startups founded during the run count, found
//! by their name, which comes from their founder's line and not from the order of founding.

use std::collections::BTreeMap;

use crate::record::{Event, EventKind};
use crate::world::name::Name;

/// A digest of everything the log tells of each startup founded in a run, by its name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Histories(BTreeMap<Name, [u8; 32]>);

impl Histories {
    /// Reads the log of a run.
    #[must_use]
    pub fn of(events: &[Event]) -> Self {
        let founded = |event: &&Event| event.kind == EventKind::Founded;
        let mut histories: BTreeMap<Name, [u8; 32]> =
            events.iter().filter(founded).map(|event| (event.actor.clone(), [0; 32])).collect();
        for event in events {
            for name in [&event.actor, &event.partner] {
                if let Some(history) = histories.get_mut(name) {
                    *history = chained(history, event);
                }
            }
        }
        Self(histories)
    }
}

/// The digest of a history that this event follows.
fn chained(history: &[u8; 32], event: &Event) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(history);
    hasher.update(&event.month.0.to_le_bytes());
    hasher.update(&[event.kind as u8]);
    for text in [event.actor.as_str(), event.partner.as_str(), event.cause.reason] {
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    }
    for cluster in [event.cluster, event.partner_cluster] {
        hasher.update(&cluster.map_or(u32::MAX, |cluster| u32::from(cluster.0)).to_le_bytes());
    }
    hasher.update(&event.amount.0.to_le_bytes());
    hasher.update(&event.cause.value.to_bits().to_le_bytes());
    *hasher.finalize().as_bytes()
}

/// Counts of startups over one or many pairs of runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Alignment {
    /// Founded in both runs with the same history.
    pub identical: u64,
    /// Founded in both runs.
    pub both: u64,
    /// Founded in the baseline only.
    pub baseline_only: u64,
    /// Founded under the policy only.
    pub policy_only: u64,
}

impl Alignment {
    /// Compares the two runs of a pair.
    #[must_use]
    pub fn of(baseline: &Histories, policy: &Histories) -> Self {
        let mut found = Self::default();
        for (name, history) in &baseline.0 {
            match policy.0.get(name) {
                None => found.baseline_only += 1,
                Some(other) => {
                    found.both += 1;
                    found.identical += u64::from(history == other);
                }
            }
        }
        found.policy_only = policy.0.len() as u64 - found.both;
        found
    }

    /// Both counts together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            identical: self.identical + other.identical,
            both: self.both + other.both,
            baseline_only: self.baseline_only + other.baseline_only,
            policy_only: self.policy_only + other.policy_only,
        }
    }

    /// The score: share of the startups founded in both runs whose histories are the same, in [0, 1]; not a number if
    /// there is none.
    #[must_use]
    pub fn score(&self) -> f64 {
        self.identical as f64 / self.both as f64
    }

    /// Share of the baseline's startups that were founded under the policy too; not a number if there is none.
    #[must_use]
    pub fn founded_in_both(&self) -> f64 {
        self.both as f64 / (self.both + self.baseline_only) as f64
    }
}
