//! What a cluster is like to those in it: how crowded, how varied, how large; and the laboratories being built.

use serde::{Deserialize, Serialize};

use crate::scenario::spec::{ClusterId, Spec};
use crate::units::Month;
use crate::world::World;
use crate::world::organisation::{Expertise, FIELDS};

/// Laboratory places that will be there from a month on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Building {
    /// Where.
    pub cluster: ClusterId,
    /// How many.
    pub places: u32,
    /// When they can be let.
    pub ready: Month,
}

/// The state of the clusters that no single organisation holds.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Places {
    /// Mean cognitive distance between two organisations of each cluster.
    pub heterogeneity: Vec<f64>,
    /// Factor on rents and wages for crowding, relative to the first month.
    pub crowding: Vec<f64>,
    /// The same factor in the first month, relative to an empty cluster.
    pub crowding_at_start: Vec<f64>,
    /// Factor on the entry of organisations for critical mass and variety, relative to the first month.
    pub appeal: Vec<f64>,
    /// The same in the first month, before it is taken as one.
    pub appeal_at_start: Vec<f64>,
    /// Presence of a large company active in research, by cluster and field: 0 to 1.
    pub anchors: Vec<Expertise>,
    /// What organisations of a cluster heard through leaky ties to elsewhere since the last round of spill-over: levels
    /// times people, and people.
    pub heard: Vec<(Expertise, f64)>,
    /// Laboratory places built by the market since the start.
    pub built: Vec<u32>,
    /// Under construction, in the order in which they were begun.
    pub building: Vec<Building>,
}

impl Places {
    /// For so many clusters: nothing is crowded, nobody is an anchor, nothing is built.
    #[must_use]
    pub fn new(clusters: usize) -> Self {
        Self {
            heterogeneity: vec![0.0; clusters],
            crowding: vec![1.0; clusters],
            crowding_at_start: vec![1.0; clusters],
            appeal: vec![1.0; clusters],
            appeal_at_start: vec![1.0; clusters],
            anchors: vec![[0.0; FIELDS]; clusters],
            heard: vec![([0.0; FIELDS], 0.0); clusters],
            built: vec![0; clusters],
            building: Vec::new(),
        }
    }

    /// Factor on rents and wages of a cluster.
    #[must_use]
    pub fn crowding(&self, cluster: ClusterId) -> f64 {
        self.crowding[usize::from(cluster.0)]
    }
}

/// Laboratory places of a cluster for startups, and how many of them are taken: on its market and in open facilities.
#[must_use]
pub fn laboratories(world: &World, spec: &Spec, cluster: ClusterId) -> (u32, u32) {
    let row = usize::from(cluster.0);
    let mut there = spec.cluster[row].lab_slots + world.places.built[row];
    let mut taken = world.labs_used[row];
    for (facility, used) in spec.facility.iter().zip(&world.facility_used) {
        if facility.open && facility.cluster == cluster {
            there += facility.lab_slots;
            taken += used;
        }
    }
    (there, taken)
}

/// Rents and wages of a cluster over those of an empty one: `1 + c occ^4` of the share of laboratory places taken.
#[must_use]
pub fn congestion(spec: &Spec, there: u32, taken: u32) -> f64 {
    let occupied = if there == 0 { 0.0 } else { (f64::from(taken) / f64::from(there)).min(1.0) };
    1.0 + spec.places.congestion * (occupied * occupied) * (occupied * occupied)
}
