//! What both Rust peers share: employers, investors, and the phases that are not about talents. It is plain Rust in
//! plain vectors, which favours the frameworks: only the talents (and krABMaga's startups) are theirs to handle.

use rand::{Rng, RngExt, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

#[path = "../../reference/definition.rs"]
pub mod definition;

use definition::*;

/// Employer of whoever has no work.
pub const NOBODY: u32 = u32::MAX;

/// Institutions, then pools, then startups, by row.
#[derive(Default)]
pub struct Employers {
    pub cluster: Vec<u8>,
    pub capacity: Vec<u32>,
    pub headcount: Vec<u32>,
    pub stage: Vec<u8>,
    pub cash: Vec<f64>,
    pub open: Vec<bool>,
    pub distressed: Vec<bool>,
    /// People of startups, by their numbers.
    pub staff: Vec<Vec<u32>>,
}

pub struct Market {
    pub rng: ChaCha8Rng,
    pub scale: f64,
    pub month: i32,
    pub employers: Employers,
    pub startups: Vec<u32>,
    pub openings: [Vec<u32>; CLUSTERS],
    pub restless: [f64; CLUSTERS],
    pub pull: [[f64; CLUSTERS]; CLUSTERS],
    pub applicants: [Vec<u32>; CLUSTERS],
    pub founders: Vec<u32>,
    requests: Vec<u32>,
    fund: Vec<f64>,
    inflow: Vec<f64>,
    investor_weight: Vec<[f64; INVESTORS]>,
    pub row: Row,
}

/// An index drawn with these weights.
pub fn choose(rng: &mut impl Rng, weights: &[f64]) -> usize {
    let mut left = rng.random::<f64>() * weights.iter().sum::<f64>();
    for (at, weight) in weights.iter().enumerate() {
        left -= weight;
        if left < 0.0 {
            return at;
        }
    }
    weights.len() - 1
}

impl Market {
    pub fn new(talents: u32, seed: u64) -> Self {
        let scale = f64::from(talents);
        let inflow = inflows(scale);
        let mut market = Self {
            rng: ChaCha8Rng::seed_from_u64(seed),
            scale,
            month: 0,
            employers: Employers::default(),
            startups: Vec::new(),
            openings: Default::default(),
            restless: [0.0; CLUSTERS],
            pull: [[0.0; CLUSTERS]; CLUSTERS],
            applicants: Default::default(),
            founders: Vec::new(),
            requests: Vec::new(),
            fund: inflow.iter().map(|inflow| fund_limit(*inflow)).collect(),
            inflow,
            investor_weight: investor_weights(),
            row: Row::default(),
        };
        for (cluster, capacity) in large_employers(scale) {
            market.employ(cluster as u8, capacity, 0, 0.0);
        }
        for number in 0..talents as usize / 60 {
            let stage = FIRST_STAGES[number % 20];
            let cash = market.rng.random_range(0.3..1.0) * ROUND[usize::from(stage)];
            let cluster = choose(&mut market.rng, &SHARE);
            let firm = market.employ(cluster as u8, PLANNED_HEADCOUNT[usize::from(stage)], stage, cash);
            market.startups.push(firm);
        }
        market
    }

    fn employ(&mut self, cluster: u8, capacity: u32, stage: u8, cash: f64) -> u32 {
        let employers = &mut self.employers;
        employers.cluster.push(cluster);
        employers.capacity.push(capacity);
        employers.headcount.push(0);
        employers.stage.push(stage);
        employers.cash.push(cash);
        employers.open.push(true);
        employers.distressed.push(false);
        employers.staff.push(Vec::new());
        (employers.cluster.len() - 1) as u32
    }

    /// Cluster, employer, skill and birth month of each talent of the start; who has work is entered with the employer.
    pub fn first_talents(&mut self, talents: u32) -> Vec<(u8, u32, u8, i16)> {
        let mut positions: [Vec<u32>; CLUSTERS] = Default::default();
        for (row, cluster) in self.employers.cluster.iter().enumerate() {
            let copies = self.employers.capacity[row] as usize;
            positions[usize::from(*cluster)].extend(std::iter::repeat_n(row as u32, copies));
        }
        positions.iter_mut().for_each(|positions| positions.shuffle(&mut self.rng));
        let mut settle = |number| {
            let cluster = choose(&mut self.rng, &SHARE);
            let works = !self.rng.random_bool(0.04);
            let employer = if works { positions[cluster].pop().unwrap_or(NOBODY) } else { NOBODY };
            let born = -(FIRST_AGE + self.rng.random_range(0..AGES[2] - FIRST_AGE)) as i16;
            let skill = self.rng.random_range(0..4);
            self.join(number, employer);
            (cluster as u8, employer, skill, born)
        };
        (0..talents).map(|number| settle(number)).collect()
    }

    pub fn join(&mut self, talent: u32, employer: u32) {
        if employer != NOBODY {
            self.employers.headcount[employer as usize] += 1;
            if employer >= FIRST_STARTUP {
                self.employers.staff[employer as usize].push(talent);
            }
        }
    }

    pub fn leave(&mut self, talent: u32, employer: u32) {
        if employer != NOBODY {
            self.employers.headcount[employer as usize] -= 1;
            let staff = &mut self.employers.staff[employer as usize];
            if let Some(place) = staff.iter().position(|member| *member == talent) {
                staff.swap_remove(place);
            }
        }
    }

    /// Probability that somebody at work searches, distress apart.
    pub fn search(&self, cluster: u8, skill: u8, age: usize) -> f64 {
        SEARCH_AT_WORK * self.restless[usize::from(cluster)] * SKILL_FACTOR[usize::from(skill)] * AGE_FACTOR[age]
    }

    /// A searcher's application, if it goes anywhere.
    pub fn apply(&mut self, talent: u32, cluster: u8) {
        let luck: f64 = self.rng.random();
        if let Some(target) = self.pull[usize::from(cluster)].iter().position(|cumulated| luck < *cumulated) {
            self.applicants[target].push(talent);
        }
    }

    /// Phase B: who goes where.
    pub fn matches(&mut self) -> Vec<(u32, u32)> {
        let mut matched = Vec::new();
        for (applicants, openings) in self.applicants.iter_mut().zip(&mut self.openings) {
            let number = applicants.len().min(openings.len());
            let (people, _) = applicants.partial_shuffle(&mut self.rng, number);
            let (jobs, _) = openings.partial_shuffle(&mut self.rng, number);
            matched.extend(people.iter().copied().zip(jobs.iter().copied()));
            applicants.clear();
        }
        self.row.moves = matched.len() as u32;
        matched
    }

    /// Phase C, of one firm; whether it stays open.
    pub fn develop(&mut self, firm: u32) -> bool {
        let at = firm as usize;
        let burn = f64::from(BURN + BURN_PER_HEAD * self.employers.headcount[at]);
        self.employers.cash[at] -= burn;
        if self.employers.cash[at] <= 0.0 {
            self.employers.open[at] = false;
            return false;
        }
        let stage = usize::from(self.employers.stage[at]);
        let staffing = f64::from(self.employers.headcount[at]) / f64::from(PLANNED_HEADCOUNT[stage]);
        if self.rng.random_bool(COMPLETION[stage] * staffing.min(1.0)) {
            if !self.rng.random_bool(SUCCESS[stage]) {
                self.employers.open[at] = self.rng.random_bool(0.5);
            } else if stage + 1 == STAGES {
                self.row.successes += 1;
                self.employers.open[at] = false;
            } else {
                self.row.stage_ups += 1;
                self.employers.stage[at] += 1;
                self.employers.capacity[at] = PLANNED_HEADCOUNT[stage + 1];
            }
        }
        if self.employers.open[at] && self.employers.cash[at] < 9.0 * burn && self.rng.random_bool(REQUEST) {
            self.requests.push(firm);
        }
        self.employers.open[at]
    }

    /// Requests one after the other, then inflow, then closings; returns whose post has gone.
    pub fn fund_and_close(&mut self) -> Vec<u32> {
        let mut requests = std::mem::take(&mut self.requests);
        requests.shuffle(&mut self.rng);
        self.row.asked = requests.len() as u32;
        for firm in requests.iter().map(|firm| *firm as usize) {
            let weights = &self.investor_weight[usize::from(self.employers.cluster[firm])];
            let target = self.rng.random::<f64>() * weights[INVESTORS - 1];
            let investor = weights.partition_point(|cumulated| *cumulated <= target).min(INVESTORS - 1);
            let stage = usize::from(self.employers.stage[firm]);
            if self.fund[investor] >= ROUND[stage] && self.rng.random_bool(ACCEPTED[stage]) {
                self.fund[investor] -= ROUND[stage];
                self.employers.cash[firm] += ROUND[stage];
                self.row.funded += 1;
            }
        }
        for (fund, inflow) in self.fund.iter_mut().zip(&self.inflow) {
            *fund = (*fund + inflow).min(fund_limit(*inflow));
        }
        let mut released = Vec::new();
        let Employers { open, staff, headcount, .. } = &mut self.employers;
        self.startups.retain(|firm| {
            let at = *firm as usize;
            if !open[at] {
                released.append(&mut staff[at]);
                headcount[at] = 0;
                self.row.closed += 1;
            }
            open[at]
        });
        self.row.released = released.len() as u32;
        released
    }

    /// Phase D, of one founder.
    pub fn found(&mut self, talent: u32, cluster: u8, institution: u32) -> u32 {
        let firm = self.employ(cluster, PLANNED_HEADCOUNT[0], 0, FIRST_CASH);
        self.leave(talent, institution);
        self.join(talent, firm);
        self.startups.push(firm);
        self.row.founded += 1;
        firm
    }

    /// Phase E: cluster and skill of each entrant.
    pub fn entrants(&mut self) -> Vec<(u8, u8)> {
        let expected = ENTRY * self.scale;
        self.row.entries = expected as u32 + u32::from(self.rng.random_bool(expected.fract()));
        let rng = &mut self.rng;
        let cluster = &self.employers.cluster;
        (0..self.row.entries)
            .map(|_| (cluster[rng.random_range(0..INSTITUTIONS as usize)], rng.random_range(0..4)))
            .collect()
    }

    /// Phase F: what the next month's decisions look at.
    pub fn close_month(&mut self, talents: [u32; CLUSTERS], unemployed: [u32; CLUSTERS]) {
        self.openings.iter_mut().for_each(Vec::clear);
        self.row.startups = [0; CLUSTERS];
        for firm in self.startups.iter().map(|firm| *firm as usize) {
            let burn = f64::from(BURN + BURN_PER_HEAD * self.employers.headcount[firm]);
            self.employers.distressed[firm] = self.employers.cash[firm] < 6.0 * burn;
            self.row.startups[usize::from(self.employers.cluster[firm])] += 1;
        }
        for employer in (0..FIRST_STARTUP).chain(self.startups.iter().copied()) {
            let at = employer as usize;
            if !self.employers.distressed[at] {
                let open = self.employers.capacity[at].saturating_sub(self.employers.headcount[at]);
                let openings = &mut self.openings[usize::from(self.employers.cluster[at])];
                openings.extend(std::iter::repeat_n(employer, open as usize));
            }
        }
        let attraction = attractiveness(&self.row.startups);
        self.row.openings = std::array::from_fn(|cluster| self.openings[cluster].len() as u32);
        self.restless = restlessness(&attraction);
        self.pull = pull_of_clusters(self.row.openings, &attraction, self.scale);
        (self.row.talents, self.row.unemployed) = (talents, unemployed);
    }
}

/// 0 under 35, 1 under 50, 2 from there on: the bands of searching.
pub fn search_band(months: i32) -> usize {
    usize::from(months >= AGES[0]) + usize::from(months >= AGES[1])
}

/// Monthly probability of leaving for good.
pub fn exit_hazard(months: i32) -> f64 {
    EXIT[usize::from(months >= AGES[1]) + usize::from(months >= AGES[2])]
}

/// Prints a month.
pub fn print(row: &Row) {
    println!("{}", line(row));
}

/// TALENTS MONTHS SEED [--series] of the command line.
pub fn arguments() -> (u32, u32, u64, bool) {
    let words: Vec<String> = std::env::args().collect();
    let number = |at: usize| words.get(at).and_then(|word| word.parse::<u64>().ok()).unwrap_or(0);
    (number(1) as u32, number(2) as u32, number(3), words.iter().any(|word| word == "--series"))
}
