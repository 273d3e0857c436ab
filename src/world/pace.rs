//! How fast people's clocks run: two bounds, from the scenario's own hazards.
//!
//! Most people's lives change slowly: they have a post at an established organisation in their own country. The
//! restless are those without a post, in a startup, or abroad. Each group's clock is bounded by the greatest hazard
//! that anybody in it can meet in any month of the scenario, so nobody's events are ever cut off; the bounds move in
//! steps of a factor of two from the declared ones, so that scenarios with nearly the same hazards draw the same
//! candidate months.

use serde::{Deserialize, Serialize};

use crate::rng::{Purpose, Streams};
use crate::scenario::Scenario;
use crate::scenario::spec::{Cluster, Spec};
use crate::units::{Month, MonthlyProbability};
use crate::world::World;
use crate::world::calendar::Clock;
use crate::world::people::PersonId;

/// The two clocks.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Pace {
    settled: Clock,
    restless: Clock,
}

impl Pace {
    /// The clocks that every month of a scenario can live with.
    #[must_use]
    pub fn new(scenario: &Scenario) -> Self {
        let labour = &scenario.spec_at(Month(0)).labour;
        let (mut settled, mut restless) = (0.0_f64, 0.0_f64);
        for epoch in &scenario.epochs {
            let most = greatest_hazards(&epoch.spec);
            (settled, restless) = (settled.max(most.0), restless.max(most.1));
        }
        Self {
            settled: Clock::new(sufficient(labour.clock_bound, settled)),
            restless: Clock::new(sufficient(labour.clock_bound_restless, restless)),
        }
    }

    /// The clock of the restless, or that of the others.
    #[must_use]
    pub fn clock(&self, restless: bool) -> &Clock {
        if restless { &self.restless } else { &self.settled }
    }
}

/// The bound, doubled until it holds the hazard, three times at most: a declared bound further off than that is a
/// mistake in the scenario, and whoever rings too seldom stops the run.
fn sufficient(bound: MonthlyProbability, hazard: f64) -> MonthlyProbability {
    (0..3).fold(bound, |bound, _| match MonthlyProbability::new(2.0 * bound.get()) {
        Ok(doubled) if bound.get() < hazard => doubled,
        _ => bound,
    })
}

/// Upper bounds of the hazards of settled and of restless people under these parameters, whoever and wherever they are.
fn greatest_hazards(spec: &Spec) -> (f64, f64) {
    let turnover = spec.cluster.iter().map(|cluster| cluster.turnover.get()).fold(0.0, f64::max);
    let supply = spec.country.iter().map(|country| country.founder_supply.get()).fold(0.0, f64::max);
    let home = spec.country.iter().map(|country| country.return_home.get()).fold(0.0, f64::max);
    let [settled, restless] = greatest_of(spec, turnover, supply, home);
    (settled, restless)
}

/// The same for the people of each cluster, settled and restless: a mark above it is an event for nobody there.
#[must_use]
pub fn ceilings(spec: &Spec) -> Vec<[f64; 2]> {
    let of = |cluster: &Cluster| {
        let country = &spec.country[usize::from(cluster.country.0)];
        greatest_of(spec, cluster.turnover.get(), country.founder_supply.get(), country.return_home.get())
    };
    // A millionth more than the sum, which phase 4 adds up in another order.
    spec.cluster.iter().map(|cluster| of(cluster).map(|most| most * (1.0 + 1e-6))).collect()
}

/// The sums of what phase 4 adds up, each at its greatest.
fn greatest_of(spec: &Spec, turnover: f64, supply: f64, home: f64) -> [f64; 2] {
    let labour = &spec.labour;
    let age = labour.search_young.max(labour.search_settled).max(1.0);
    let found = supply * spec.founding.multiplier_max * spec.founding.industry.max(1.0);
    let settled = turnover * age + labour.leave_sector.get() + found;
    let employed = turnover * age * labour.search_distressed.max(1.0) + labour.leave_sector.get() + found + home;
    let jobless = labour.leave_jobless.get() + labour.unemployed_search.get() + home;
    [settled, employed.max(jobless)]
}

impl World {
    /// Whether the person is without a post, in a startup, or abroad.
    #[must_use]
    pub fn lives_restlessly(&self, id: PersonId) -> bool {
        let Some(employer) = self.people[id].employer() else { return true };
        let org = &self.orgs[employer.ix()];
        org.startup.is_some() || org.country != self.people[id].home
    }

    /// Draws the first candidate month of a new person, from the present month on.
    pub fn start_clock(&mut self, streams: &Streams, id: PersonId) {
        let restless = self.lives_restlessly(id);
        let mut rng = streams.at(Purpose::Clock, self.people[id].key, u32::from(self.month.0));
        let next = self.pace.clock(restless).next(self.month, &mut rng);
        self.people[id].set_restless(restless);
        self.set_candidate(id, next);
    }

    /// Sets the next candidate month.
    pub fn set_candidate(&mut self, id: PersonId, next: Month) {
        self.people.set_candidate(id, next);
        self.clocks.schedule(id.0, next);
    }

    /// Gives whoever changed between the groups this month a new candidate after month `from`. A waiting candidate
    /// may be dropped, because geometric gaps have no memory.
    pub fn reset_clocks(&mut self, streams: &Streams, from: Month, occasion: u32) {
        let mut at = 0;
        while let Some(id) = self.people.touched.get(at).copied() {
            at += 1;
            if !self.people[id].is_alive() {
                continue;
            }
            let restless = self.lives_restlessly(id);
            if restless != self.people[id].is_restless() {
                let mut rng = streams.at(Purpose::ClockReset, self.people[id].key, occasion);
                let next = self.pace.clock(restless).next(from, &mut rng);
                self.people[id].set_restless(restless);
                self.set_candidate(id, next);
            }
        }
    }

    /// For going on with a scenario whose people may be livelier: if its clocks differ, everybody gets a new candidate.
    pub fn renew_pace(&mut self, scenario: &Scenario, streams: &Streams) {
        let pace = Pace::new(scenario);
        if pace == self.pace {
            return;
        }
        self.pace = pace;
        let everybody: Vec<PersonId> = self.people.alive().collect();
        for id in everybody {
            let restless = self.lives_restlessly(id);
            let mut rng = streams.at(Purpose::ClockReset, self.people[id].key, 2 * u32::from(self.month.0) + 1);
            let next = self.pace.clock(restless).next(self.month, &mut rng);
            self.people[id].set_restless(restless);
            self.set_candidate(id, next);
        }
    }
}
