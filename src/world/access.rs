//! Travel hours between clusters.

use serde::{Deserialize, Serialize};

use crate::math;
use crate::scenario::spec::{ClusterId, Spec};

/// Effective hours between every two clusters, and their logarithm as the rules use it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Access {
    clusters: usize,
    hours: Vec<f64>,
    log_hours: Vec<f64>,
    routes: Vec<bool>,
}

impl Access {
    /// From the scenario's links: hours shortened by capacity and new routes, lengthened by border and language; the
    /// links' own hours if M7 is off.
    ///
    /// Pairs without a link of their own are as far apart as the great circle at 700 km/h with three hours for
    /// getting to and from the gates (an assumption; the shipped scenarios link every pair that matters).
    #[must_use]
    pub fn new(spec: &Spec) -> Self {
        let clusters = spec.cluster.len();
        let counts = spec.mechanisms.m7;
        let mut direct = vec![None; clusters * clusters];
        let mut routes = vec![false; clusters * clusters];
        for link in &spec.access {
            let (a, b) = (usize::from(link.a.0), usize::from(link.b.0));
            let mut hours = link.hours;
            if counts {
                let saved = if link.route { spec.travel.route_hours } else { 0.0 };
                // No service makes two clusters one place.
                hours = (hours - saved).max(spec.travel.local).min(hours);
                hours *= math::pow(link.capacity, -spec.travel.capacity_elasticity);
            }
            for at in [a * clusters + b, b * clusters + a] {
                direct[at] = Some(hours);
                routes[at] = counts && link.route;
            }
        }
        let mut hours = vec![spec.travel.local; clusters * clusters];
        for (a, from) in spec.cluster.iter().enumerate() {
            for (b, to) in spec.cluster.iter().enumerate() {
                if a == b {
                    continue;
                }
                let mut h = direct[a * clusters + b].unwrap_or_else(|| {
                    let km = math::great_circle_km(from.latitude, from.longitude, to.latitude, to.longitude);
                    spec.travel.transfer + km / spec.travel.speed
                });
                if counts && from.country != to.country {
                    h += spec.travel.border;
                    let language = |id: crate::scenario::spec::CountryId| &spec.country[usize::from(id.0)].language;
                    if language(from.country) != language(to.country) {
                        h += spec.travel.language;
                    }
                }
                hours[a * clusters + b] = h;
            }
        }
        let log_hours = hours.iter().map(|h| math::ln_1p(h / 0.5)).collect();
        Self { clusters, hours, log_hours, routes }
    }

    /// Opens a direct route between two clusters that saves so many hours, until the scenario's links are read again: for
    /// experiments.
    pub fn open_route(&mut self, a: ClusterId, b: ClusterId, saved: f64) {
        for (from, to) in [(a, b), (b, a)] {
            let at = usize::from(from.0) * self.clusters + usize::from(to.0);
            let hours = (self.hours[at] - saved).max(0.0);
            self.routes[at] = true;
            self.hours[at] = hours;
            self.log_hours[at] = math::ln_1p(hours / 0.5);
        }
    }

    /// Effective hours.
    #[inline]
    #[must_use]
    pub fn hours(&self, a: ClusterId, b: ClusterId) -> f64 {
        self.hours[usize::from(a.0) * self.clusters + usize::from(b.0)]
    }

    /// The feature `log_travel_hours`: ln(1 + hours / 0.5).
    #[inline]
    #[must_use]
    pub fn log_hours(&self, a: ClusterId, b: ClusterId) -> f64 {
        self.log_hours[usize::from(a.0) * self.clusters + usize::from(b.0)]
    }

    /// Whether a direct route between two clusters has been opened since the start.
    #[inline]
    #[must_use]
    pub fn route(&self, a: ClusterId, b: ClusterId) -> bool {
        self.routes[usize::from(a.0) * self.clusters + usize::from(b.0)]
    }
}
