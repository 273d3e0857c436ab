//! Laboratory places of startups: in facilities, and on the market of each cluster.

use crate::scenario::spec::{ClusterId, FacilityId, Spec};
use crate::world::World;
use crate::world::organisation::OrgId;

/// Takes a laboratory place: in the wanted facility, else in the roomiest open one of the cluster, else on the
/// market. If all are full, the market overflows: the startup works from borrowed benches.
pub fn take_lab(
    world: &mut World,
    spec: &Spec,
    cluster: ClusterId,
    wanted: Option<FacilityId>,
    weight: u32,
) -> Option<FacilityId> {
    let free = |world: &World, row: usize| {
        let facility = &spec.facility[row];
        if facility.open { facility.lab_slots.saturating_sub(world.facility_used[row]) } else { 0 }
    };
    let fits = |world: &World, row: usize| free(world, row) >= weight;
    let chosen = wanted.map(|id| usize::from(id.0)).filter(|row| fits(world, *row)).or_else(|| {
        (0..spec.facility.len())
            .filter(|row| spec.facility[*row].cluster == cluster && fits(world, *row))
            .max_by_key(|row| (free(world, *row), std::cmp::Reverse(*row)))
    });
    match chosen {
        Some(row) => {
            world.facility_used[row] += weight;
            Some(FacilityId(row as u16))
        }
        None => {
            world.labs_used[usize::from(cluster.0)] += weight;
            None
        }
    }
}

/// Gives a laboratory place back.
pub fn leave_lab(world: &mut World, org: OrgId) {
    let (facility, cluster, weight) = {
        let org = &world.orgs[org.ix()];
        (org.facility, org.cluster, org.weight)
    };
    match facility {
        Some(id) => world.facility_used[usize::from(id.0)] -= weight,
        None => world.labs_used[usize::from(cluster.0)] -= weight,
    }
}

/// Whether a cluster has a free laboratory place.
#[must_use]
pub fn lab_is_free(world: &World, spec: &Spec, cluster: ClusterId, weight: u32) -> bool {
    let row = usize::from(cluster.0);
    let market = spec.cluster[row].lab_slots + world.places.built[row] >= world.labs_used[row] + weight;
    market
        || spec.facility.iter().enumerate().any(|(row, facility)| {
            facility.open && facility.cluster == cluster && facility.lab_slots >= world.facility_used[row] + weight
        })
}
