//! TS-1 for krABMaga: talents and startups are scheduled agents, phases are orderings of the sequential scheduler.

use std::any::Any;

use krabmaga::engine::agent::Agent;
use krabmaga::engine::schedule::Schedule;
use krabmaga::engine::state::State;
use rand::RngExt;
use trihelix_peers::definition::{CLUSTERS, DISTRESS_FACTOR, FIRST_AGE, FOUNDING, INSTITUTIONS, SEARCH_WITHOUT_WORK};
use trihelix_peers::{Market, NOBODY, arguments, exit_hazard, print, search_band};

const TALENTS: i32 = 0;
const MATCHING: i32 = 1;
const STARTUPS: i32 = 2;

/// What agents see of each other: the market, and where everybody is.
struct World {
    market: Market,
    cluster: Vec<u8>,
    employer: Vec<u32>,
    left: Vec<bool>,
    living: [u32; CLUSTERS],
    unemployed: [u32; CLUSTERS],
    start: Vec<(u8, u32, u8, i16)>,
    series: bool,
}

#[derive(Clone)]
struct Talent {
    number: u32,
    skill: u8,
    born: i16,
}

#[derive(Clone)]
struct Matching;

#[derive(Clone)]
struct Startup {
    firm: u32,
}

fn world(state: &mut dyn State) -> &mut World {
    state.as_any_mut().downcast_mut::<World>().expect("the only state there is")
}

impl Agent for Talent {
    fn step(&mut self, state: &mut dyn State) {
        let world = world(state);
        let (number, at) = (self.number, self.number as usize);
        let (cluster, employer) = (world.cluster[at], world.employer[at]);
        let months = world.market.month - i32::from(self.born);
        if world.market.rng.random_bool(exit_hazard(months)) {
            world.market.leave(number, employer);
            world.living[usize::from(cluster)] -= 1;
            world.unemployed[usize::from(cluster)] -= u32::from(employer == NOBODY);
            world.left[at] = true;
            world.market.row.exits += 1;
            return;
        }
        if employer < INSTITUTIONS && world.market.rng.random_bool(FOUNDING) {
            world.market.founders.push(number);
            return;
        }
        let search = if employer == NOBODY {
            SEARCH_WITHOUT_WORK
        } else {
            let distressed = world.market.employers.distressed[employer as usize];
            let distress = if distressed { DISTRESS_FACTOR } else { 1.0 };
            world.market.search(cluster, self.skill, search_band(months)) * distress
        };
        if world.market.rng.random_bool(search) {
            world.market.apply(number, cluster);
        }
    }

    fn is_stopped(&mut self, state: &mut dyn State) -> bool {
        world(state).left[self.number as usize]
    }
}

impl Agent for Matching {
    fn step(&mut self, state: &mut dyn State) {
        let world = world(state);
        for (talent, employer) in world.market.matches() {
            let at = talent as usize;
            world.market.leave(talent, world.employer[at]);
            world.market.join(talent, employer);
            let (from, to) = (usize::from(world.cluster[at]), world.market.employers.cluster[employer as usize]);
            world.unemployed[from] -= u32::from(world.employer[at] == NOBODY);
            world.living[from] -= 1;
            world.living[usize::from(to)] += 1;
            (world.cluster[at], world.employer[at]) = (to, employer);
        }
    }
}

impl Agent for Startup {
    fn step(&mut self, state: &mut dyn State) {
        world(state).market.develop(self.firm);
    }

    fn is_stopped(&mut self, state: &mut dyn State) -> bool {
        !world(state).market.employers.open[self.firm as usize]
    }
}

impl World {
    fn enter(&mut self, schedule: &mut Schedule, talent: (u8, u32, u8, i16), time: f32) {
        let (cluster, employer, skill, born) = talent;
        let number = self.cluster.len() as u32;
        self.cluster.push(cluster);
        self.employer.push(employer);
        self.left.push(false);
        self.living[usize::from(cluster)] += 1;
        self.unemployed[usize::from(cluster)] += u32::from(employer == NOBODY);
        schedule.schedule_repeating(Box::new(Talent { number, skill, born }), time, TALENTS);
    }
}

impl State for World {
    fn init(&mut self, schedule: &mut Schedule) {
        for talent in std::mem::take(&mut self.start) {
            self.enter(schedule, talent, 0.0);
        }
        schedule.schedule_repeating(Box::new(Matching), 0.0, MATCHING);
        for firm in self.market.startups.clone() {
            schedule.schedule_repeating(Box::new(Startup { firm }), 0.0, STARTUPS);
        }
        self.market.close_month(self.living, self.unemployed);
    }

    fn before_step(&mut self, _: &mut Schedule) {
        self.market.month += 1;
        self.market.row = Default::default();
    }

    fn after_step(&mut self, schedule: &mut Schedule) {
        let next = schedule.time + 1.0;
        for talent in self.market.fund_and_close() {
            self.employer[talent as usize] = NOBODY;
            self.unemployed[usize::from(self.cluster[talent as usize])] += 1;
        }
        for talent in std::mem::take(&mut self.market.founders) {
            let at = talent as usize;
            let firm = self.market.found(talent, self.cluster[at], self.employer[at]);
            self.employer[at] = firm;
            schedule.schedule_repeating(Box::new(Startup { firm }), next, STARTUPS);
        }
        for (cluster, skill) in self.market.entrants() {
            let born = (self.market.month - FIRST_AGE) as i16;
            self.enter(schedule, (cluster, NOBODY, skill, born), next);
        }
        self.market.close_month(self.living, self.unemployed);
        if self.series {
            print(&self.market.row);
        }
    }

    fn update(&mut self, _: u64) {}
    fn reset(&mut self) {}
    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
    fn as_state_mut(&mut self) -> &mut dyn State {
        self
    }
    fn as_state(&self) -> &dyn State {
        self
    }
}

fn main() {
    let (talents, months, seed, series) = arguments();
    let mut market = Market::new(talents, seed);
    let start = market.first_talents(talents);
    let mut state = World {
        market,
        cluster: Vec::new(),
        employer: Vec::new(),
        left: Vec::new(),
        living: [0; CLUSTERS],
        unemployed: [0; CLUSTERS],
        start,
        series,
    };
    let mut schedule = Schedule::new();
    state.init(&mut schedule);
    for _ in 0..months {
        schedule.step(&mut state);
    }
}
