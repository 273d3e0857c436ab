//! Offices of regulators, and the queues in front of their desks.

use serde::{Deserialize, Serialize};

use crate::rng::Key;
use crate::scenario::spec::{Actor, CountryId, Spec};
use crate::units::Month;
use crate::world::organisation::{Org, OrgId, ProgrammeId};

/// A place where a regulator gives advice: the head office of a country, or a branch.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Office {
    /// Whose regulator it belongs to.
    pub country: CountryId,
    /// The organisation that it is; `None` for a head office outside the modelled clusters.
    pub org: Option<OrgId>,
    /// Whether it is a branch, with desks of its own.
    pub branch: bool,
    /// Programmes that wait for advice, in the order in which they asked.
    pub queue: Vec<ProgrammeId>,
    /// Consultations that could have been held so far, less those held: a remainder smaller than one programme's.
    pub credit: f64,
}

/// The offices of the first month. A regulator without desks of its own is its country's head office; one with desks
/// is a branch; a country without the former has its head office somewhere outside.
#[must_use]
pub fn offices(spec: &Spec, orgs: &[Org]) -> Vec<Office> {
    let regulators = || orgs.iter().enumerate().filter(|(_, org)| org.actor == Actor::Regulator);
    let desks = |org: &Org| org.institution.map_or(0, |entry| spec.institution[usize::from(entry.0)].consultations);
    let office = |country, org: Option<usize>, branch| Office {
        country,
        org: org.map(|row| OrgId(row as u32)),
        branch,
        queue: Vec::new(),
        credit: 0.0,
    };
    let heads = (0..spec.country.len() as u16).map(CountryId).map(|country| {
        let seat = regulators().find(|(_, org)| org.country == country && desks(org) == 0).map(|(row, _)| row);
        office(country, seat, false)
    });
    let branches =
        regulators().filter(|(_, org)| desks(org) > 0).map(|(row, org)| office(org.country, Some(row), true));
    heads.chain(branches).collect()
}

/// Somebody in front of a desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Waiting<T> {
    /// Served before every higher class, whoever came first.
    pub class: u8,
    /// When it came.
    pub since: Month,
    /// Decides between those of one month; nobody else's presence changes it.
    pub key: Key,
    /// Who.
    pub who: T,
    /// How many it stands for.
    pub weight: u32,
}

/// Who of a queue is served while so many desks are free: by class, then by arrival. A desk is free or not, so the last
/// one served may stand for more than what is left.
#[must_use]
pub fn admitted<T: Copy + Ord>(queue: &mut [Waiting<T>], free: u32) -> Vec<T> {
    queue.sort_unstable();
    let mut left = i64::from(free);
    let served = queue.iter().take_while(|waiting| {
        let desk = left > 0;
        left -= i64::from(waiting.weight);
        desk
    });
    served.map(|waiting| waiting.who).collect()
}
