//! TS-1, the reference model "talent and startups", as the plainest fast program: a sweep over everybody, every month.
//!
//! The oracle: what [`super::skipping`] must agree with in distribution. It uses none of the engine but its samplers:
//! arrays of columns, one ChaCha8 stream, one Bernoulli draw for each thing that may happen to somebody.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use trihelix::rng::sample::{below, chance, choose_weighted, shuffle, unit};

use super::definition::{
    ACCEPTED, AGE_FACTOR, AGES, APPEAL, BURN, BURN_PER_HEAD, CLUSTERS, COMPLETION, DISTRESS_FACTOR, ENTRY, EXIT,
    FIRST_AGE, FIRST_CASH, FIRST_STAGES, FIRST_STARTUP, FOUNDING, INSTITUTIONS, INVESTORS, PLANNED_HEADCOUNT, REQUEST,
    ROUND, Row, SEARCH_AT_WORK, SEARCH_WITHOUT_WORK, SHARE, SKILL_FACTOR, STAGES, SUCCESS, attractiveness, fund_limit,
    inflows, investor_weights, large_employers, pull_of_clusters, restlessness,
};

/// Employer of a talent without work, and of one who has left for good this month.
const NOBODY: u32 = u32::MAX;
const LEFT: u32 = u32::MAX - 1;

#[derive(Default)]
struct Talents {
    cluster: Vec<u8>,
    employer: Vec<u32>,
    skill: Vec<u8>,
    born: Vec<i32>,
}

impl Talents {
    fn push(&mut self, cluster: u8, employer: u32, skill: u8, born: i32) {
        self.cluster.push(cluster);
        self.employer.push(employer);
        self.skill.push(skill);
        self.born.push(born);
    }

    fn swap_remove(&mut self, row: usize) {
        self.cluster.swap_remove(row);
        self.employer.swap_remove(row);
        self.skill.swap_remove(row);
        self.born.swap_remove(row);
    }
}

/// Institutions first, then pools, then startups; only startups use the lower four columns.
#[derive(Default)]
struct Employers {
    cluster: Vec<u8>,
    capacity: Vec<u32>,
    headcount: Vec<u32>,
    stage: Vec<u8>,
    cash: Vec<f64>,
    open: Vec<bool>,
    distressed: Vec<bool>,
}

impl Employers {
    fn push(&mut self, cluster: u8, capacity: u32, stage: u8, cash: f64) -> u32 {
        self.cluster.push(cluster);
        self.capacity.push(capacity);
        self.headcount.push(0);
        self.stage.push(stage);
        self.cash.push(cash);
        self.open.push(true);
        self.distressed.push(false);
        (self.cluster.len() - 1) as u32
    }

    fn burn(&self, firm: usize) -> f64 {
        f64::from(BURN + BURN_PER_HEAD * self.headcount[firm])
    }
}

/// The whole state, and the frozen figures of the end of last month that decisions look at.
pub struct Model {
    rng: ChaCha8Rng,
    scale: f64,
    month: i32,
    talents: Talents,
    employers: Employers,
    startups: Vec<u32>,
    fund: Vec<f64>,
    inflow: Vec<f64>,
    /// Cumulated weights of the investors as seen from each cluster.
    investor_weight: Vec<[f64; INVESTORS]>,
    /// Employer of each open position, by cluster.
    openings: [Vec<u32>; CLUSTERS],
    attractiveness: [f64; CLUSTERS],
    pub row: Row,
}

fn cluster_by_share(rng: &mut impl Rng) -> usize {
    choose_weighted(rng, &SHARE).unwrap_or(0)
}

impl Model {
    pub fn new(talents: u32, seed: u64) -> Self {
        let scale = f64::from(talents);
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut employers = Employers::default();
        for (cluster, capacity) in large_employers(scale) {
            employers.push(cluster as u8, capacity, 0, 0.0);
        }
        let mut startups = Vec::new();
        for number in 0..talents as usize / 60 {
            let stage = FIRST_STAGES[number % 20];
            let rounds = 0.3 + 0.7 * unit(&mut rng);
            let cash = rounds * ROUND[usize::from(stage)];
            let plan = PLANNED_HEADCOUNT[usize::from(stage)];
            startups.push(employers.push(cluster_by_share(&mut rng) as u8, plan, stage, cash));
        }
        let inflow = inflows(scale);
        let mut model = Self {
            rng,
            scale,
            month: 0,
            talents: Talents::default(),
            employers,
            startups,
            fund: inflow.iter().map(|inflow| fund_limit(*inflow)).collect(),
            inflow,
            investor_weight: investor_weights(),
            openings: Default::default(),
            attractiveness: APPEAL,
            row: Row::default(),
        };
        model.settle(talents);
        model.close_the_month();
        model
    }

    /// The first talents: one in 25 without work, the others on random positions of their cluster.
    fn settle(&mut self, talents: u32) {
        let mut positions: [Vec<u32>; CLUSTERS] = Default::default();
        for (employer, cluster) in self.employers.cluster.iter().enumerate() {
            let copies = self.employers.capacity[employer] as usize;
            positions[usize::from(*cluster)].extend(std::iter::repeat_n(employer as u32, copies));
        }
        for positions in &mut positions {
            shuffle(&mut self.rng, positions);
        }
        for _ in 0..talents {
            let cluster = cluster_by_share(&mut self.rng);
            let mut employer = NOBODY;
            if !chance(&mut self.rng, 0.04)
                && let Some(position) = positions[cluster].pop()
            {
                employer = position;
                self.employers.headcount[employer as usize] += 1;
            }
            let age = FIRST_AGE + below(&mut self.rng, (AGES[2] - FIRST_AGE) as u32) as i32;
            let skill = below(&mut self.rng, 4) as u8;
            self.talents.push(cluster as u8, employer, skill, -age);
        }
    }

    /// One month; what happened is in `row`.
    pub fn step(&mut self) {
        self.month += 1;
        self.row = Row::default();
        let mut decided = self.decide();
        self.fill_openings(&mut decided.applicants);
        let requests = self.develop_startups();
        self.fund_startups(requests);
        self.release_staff();
        self.found(&decided.founders);
        // From the back, so that a row that is still to go is never the one moved into a gap.
        for &row in decided.leavers.iter().rev() {
            self.talents.swap_remove(row);
        }
        self.enter();
        self.close_the_month();
    }

    /// Phase A: everybody leaves, founds, applies, or does nothing.
    fn decide(&mut self) -> Decided {
        let restless = restlessness(&self.attractiveness);
        let openings = std::array::from_fn(|cluster| self.openings[cluster].len() as u32);
        let pull = pull_of_clusters(openings, &self.attractiveness, self.scale);
        let mut decided = Decided::default();
        for row in 0..self.talents.cluster.len() {
            let months = self.month - self.talents.born[row];
            let employer = self.talents.employer[row];
            let leaving = if months < AGES[1] { EXIT[0] } else { EXIT[1] };
            if chance(&mut self.rng, if months < AGES[2] { leaving } else { EXIT[2] }) {
                if employer != NOBODY {
                    self.employers.headcount[employer as usize] -= 1;
                }
                self.talents.employer[row] = LEFT;
                decided.leavers.push(row);
                continue;
            }
            if employer < INSTITUTIONS && chance(&mut self.rng, FOUNDING) {
                decided.founders.push(row);
                continue;
            }
            let cluster = usize::from(self.talents.cluster[row]);
            let search = if employer == NOBODY {
                SEARCH_WITHOUT_WORK
            } else {
                let young = if months < AGES[0] { AGE_FACTOR[0] } else { AGE_FACTOR[1] };
                let age = if months < AGES[1] { young } else { AGE_FACTOR[2] };
                let distressed = self.employers.distressed[employer as usize];
                let distress = if distressed { DISTRESS_FACTOR } else { 1.0 };
                let skill = SKILL_FACTOR[usize::from(self.talents.skill[row])];
                SEARCH_AT_WORK * restless[cluster] * skill * age * distress
            };
            if chance(&mut self.rng, search) {
                let u = unit(&mut self.rng);
                if let Some(target) = pull[cluster].iter().position(|cumulated| u < *cumulated) {
                    decided.applicants[target].push(row);
                }
            }
        }
        self.row.exits = decided.leavers.len() as u32;
        decided
    }

    /// Phase B: a random matching of applicants and open positions; the shorter side is used up.
    fn fill_openings(&mut self, applicants: &mut [Vec<usize>; CLUSTERS]) {
        for (cluster, people) in applicants.iter_mut().enumerate() {
            let jobs = &mut self.openings[cluster];
            let matches = people.len().min(jobs.len());
            // Only the longer side needs its order drawn.
            if people.len() <= jobs.len() {
                draw_first(&mut self.rng, jobs, matches);
            } else {
                draw_first(&mut self.rng, people, matches);
            }
            for (&row, &job) in people.iter().zip(jobs.iter()) {
                let old = std::mem::replace(&mut self.talents.employer[row], job);
                if old != NOBODY {
                    self.employers.headcount[old as usize] -= 1;
                }
                self.employers.headcount[job as usize] += 1;
                self.talents.cluster[row] = cluster as u8;
            }
            self.row.moves += matches as u32;
        }
    }

    /// Phase C, first half: money runs out, stages end. Who asks for money is returned.
    fn develop_startups(&mut self) -> Vec<u32> {
        let mut requests = Vec::new();
        for index in 0..self.startups.len() {
            let firm = self.startups[index] as usize;
            let burn = self.employers.burn(firm);
            self.employers.cash[firm] -= burn;
            if self.employers.cash[firm] <= 0.0 {
                self.employers.open[firm] = false;
                continue;
            }
            let stage = usize::from(self.employers.stage[firm]);
            let staffing = f64::from(self.employers.headcount[firm]) / f64::from(PLANNED_HEADCOUNT[stage]);
            if chance(&mut self.rng, COMPLETION[stage] * staffing.min(1.0)) {
                self.end_stage(firm, stage);
            }
            let short = self.employers.cash[firm] < 9.0 * burn;
            if self.employers.open[firm] && short && chance(&mut self.rng, REQUEST) {
                requests.push(firm as u32);
            }
        }
        requests
    }

    fn end_stage(&mut self, firm: usize, stage: usize) {
        if !chance(&mut self.rng, SUCCESS[stage]) {
            self.employers.open[firm] = !chance(&mut self.rng, 0.5);
        } else if stage + 1 == STAGES {
            self.row.successes += 1;
            self.employers.open[firm] = false;
        } else {
            self.row.stage_ups += 1;
            self.employers.stage[firm] += 1;
            self.employers.capacity[firm] = PLANNED_HEADCOUNT[stage + 1];
        }
    }

    /// Phase C, second half: requests in random order, one investor each, then the investors' inflow.
    fn fund_startups(&mut self, mut requests: Vec<u32>) {
        shuffle(&mut self.rng, &mut requests);
        self.row.asked = requests.len() as u32;
        for firm in requests.into_iter().map(|firm| firm as usize) {
            let weights = &self.investor_weight[usize::from(self.employers.cluster[firm])];
            let target = unit(&mut self.rng) * weights[INVESTORS - 1];
            let investor = weights.partition_point(|cumulated| *cumulated <= target).min(INVESTORS - 1);
            let stage = usize::from(self.employers.stage[firm]);
            if self.fund[investor] >= ROUND[stage] && chance(&mut self.rng, ACCEPTED[stage]) {
                self.fund[investor] -= ROUND[stage];
                self.employers.cash[firm] += ROUND[stage];
                self.row.funded += 1;
            }
        }
        for (fund, inflow) in self.fund.iter_mut().zip(&self.inflow) {
            *fund = (*fund + inflow).min(fund_limit(*inflow));
        }
    }

    /// Closed startups leave the list; their people are without work where they live.
    fn release_staff(&mut self) {
        let before = self.startups.len();
        let open = &self.employers.open;
        self.startups.retain(|firm| open[*firm as usize]);
        self.row.closed = (before - self.startups.len()) as u32;
        if self.row.closed == 0 {
            return;
        }
        for employer in &mut self.talents.employer {
            if (FIRST_STARTUP..LEFT).contains(employer) && !open[*employer as usize] {
                *employer = NOBODY;
                self.row.released += 1;
            }
        }
    }

    /// Phase D.
    fn found(&mut self, founders: &[usize]) {
        for &row in founders {
            let cluster = self.talents.cluster[row];
            let firm = self.employers.push(cluster, PLANNED_HEADCOUNT[0], 0, FIRST_CASH);
            let institution = std::mem::replace(&mut self.talents.employer[row], firm);
            self.employers.headcount[institution as usize] -= 1;
            self.employers.headcount[firm as usize] = 1;
            self.startups.push(firm);
        }
        self.row.founded = founders.len() as u32;
    }

    /// Phase E: new talents, where an institution trained them, still without work.
    fn enter(&mut self) {
        let expected = ENTRY * self.scale;
        self.row.entries = expected as u32 + u32::from(chance(&mut self.rng, expected.fract()));
        for _ in 0..self.row.entries {
            let institution = below(&mut self.rng, INSTITUTIONS);
            let cluster = self.employers.cluster[institution as usize];
            let skill = below(&mut self.rng, 4) as u8;
            let born = self.month - FIRST_AGE;
            self.talents.push(cluster, NOBODY, skill, born);
        }
    }

    /// Phase F: what the next month's decisions look at, and the record.
    fn close_the_month(&mut self) {
        self.openings.iter_mut().for_each(Vec::clear);
        for &firm in &self.startups {
            let firm = firm as usize;
            self.employers.distressed[firm] = self.employers.cash[firm] < 6.0 * self.employers.burn(firm);
            self.row.startups[usize::from(self.employers.cluster[firm])] += 1;
        }
        for employer in (0..FIRST_STARTUP).chain(self.startups.iter().copied()) {
            let place = employer as usize;
            if !self.employers.distressed[place] {
                let open = self.employers.capacity[place].saturating_sub(self.employers.headcount[place]);
                let cluster = usize::from(self.employers.cluster[place]);
                self.openings[cluster].extend(std::iter::repeat_n(employer, open as usize));
            }
        }
        for (cluster, employer) in self.talents.cluster.iter().zip(&self.talents.employer) {
            self.row.talents[usize::from(*cluster)] += 1;
            self.row.unemployed[usize::from(*cluster)] += u32::from(*employer == NOBODY);
        }
        for cluster in 0..CLUSTERS {
            self.row.openings[cluster] = self.openings[cluster].len() as u32;
        }
        self.attractiveness = attractiveness(&self.row.startups);
    }
}

/// What the talents decided, by row.
#[derive(Default)]
struct Decided {
    leavers: Vec<usize>,
    founders: Vec<usize>,
    applicants: [Vec<usize>; CLUSTERS],
}

/// Puts a random choice of `count` items, in random order, in front.
fn draw_first<T>(rng: &mut impl Rng, items: &mut [T], count: usize) {
    for next in 0..count {
        let other = next + below(rng, (items.len() - next) as u32) as usize;
        items.swap(next, other);
    }
}
