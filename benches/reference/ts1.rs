//! TS-1, the reference model "talent and startups", as the plainest fast program: a sweep over everybody, every month.
//!
//! Eight clusters, T talents with an employer each, fifty institutions, one incumbent pool a cluster, T / 60
//! startups and five hundred investors. Synchronous by phases: everybody decides on the end of last month, then
//! decisions are carried out. It is the yardstick for the engine's cost, so it uses none of the engine but its
//! samplers: arrays of columns, one ChaCha8 stream, one Bernoulli draw for each thing that may happen to somebody.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use trihelix::math::exp;
use trihelix::rng::sample::{below, chance, choose_weighted, shuffle, unit};

pub const CLUSTERS: usize = 8;
/// Osaka, Kobe, Kyoto, Tokyo, Boston, San Francisco Bay, San Diego, Basel.
const SHARE: [f64; CLUSTERS] = [0.10, 0.06, 0.06, 0.14, 0.24, 0.20, 0.10, 0.10];
const APPEAL: [f64; CLUSTERS] = [1.0, 0.9, 0.95, 1.1, 1.4, 1.4, 1.1, 1.2];
const REGION: [u8; CLUSTERS] = [0, 0, 0, 0, 1, 2, 2, 3];
/// Fifty institutions of one size: the numbers by cluster are the shares.
const INSTITUTIONS_OF: [usize; CLUSTERS] = [5, 3, 3, 7, 12, 10, 5, 5];
const INSTITUTIONS: u32 = 50;
const FIRST_STARTUP: u32 = INSTITUTIONS + CLUSTERS as u32;
const INVESTORS: usize = 500;

const STAGES: usize = 5;
const PLANNED_HEADCOUNT: [u32; STAGES] = [6, 12, 20, 30, 40];
const COMPLETION: [f64; STAGES] = [1.0 / 24.0, 1.0 / 18.0, 1.0 / 18.0, 1.0 / 30.0, 1.0 / 36.0];
const SUCCESS: [f64; STAGES] = [0.60, 0.65, 0.60, 0.45, 0.60];
const ROUND: [f64; STAGES] = [9.0, 14.4, 21.6, 30.6, 39.6];
const ACCEPTED: [f64; STAGES] = [0.50, 0.60, 0.65, 0.70, 0.75];
/// Stages of the first startups, twenty at a time.
const FIRST_STAGES: [u8; 20] = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 4];

const SKILL_FACTOR: [f64; 4] = [0.80, 0.95, 1.10, 1.25];
/// Employer of a talent without work, and of one who has left for good this month.
const NOBODY: u32 = u32::MAX;
const LEFT: u32 = u32::MAX - 1;

/// One month as it is recorded: four stocks by cluster and ten flows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Row {
    pub talents: [u32; CLUSTERS],
    pub unemployed: [u32; CLUSTERS],
    pub startups: [u32; CLUSTERS],
    pub openings: [u32; CLUSTERS],
    pub exits: u32,
    pub entries: u32,
    pub moves: u32,
    pub released: u32,
    pub founded: u32,
    pub stage_ups: u32,
    pub successes: u32,
    pub closed: u32,
    pub asked: u32,
    pub funded: u32,
}

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
        0.2 + 0.05 * f64::from(self.headcount[firm])
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

fn distance(a: usize, b: usize) -> f64 {
    match (a == b, REGION[a] == REGION[b]) {
        (true, _) => 0.0,
        (_, true) => 1.5,
        _ => 12.0,
    }
}

fn cluster_by_share(rng: &mut impl Rng) -> usize {
    choose_weighted(rng, &SHARE).unwrap_or(0)
}

impl Model {
    pub fn new(talents: u32, seed: u64) -> Self {
        let scale = f64::from(talents);
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut employers = Employers::default();
        let size = (0.38 * scale / f64::from(INSTITUTIONS)) as u32;
        for (cluster, number) in INSTITUTIONS_OF.iter().enumerate() {
            (0..*number).for_each(|_| _ = employers.push(cluster as u8, size, 0, 0.0));
        }
        for (cluster, share) in SHARE.iter().enumerate() {
            employers.push(cluster as u8, (0.38 * scale * share) as u32, 0, 0.0);
        }
        let mut startups = Vec::new();
        for number in 0..talents as usize / 60 {
            let stage = FIRST_STAGES[number % 20];
            let rounds = 0.3 + 0.7 * unit(&mut rng);
            let cash = rounds * ROUND[usize::from(stage)];
            let plan = PLANNED_HEADCOUNT[usize::from(stage)];
            startups.push(employers.push(cluster_by_share(&mut rng) as u8, plan, stage, cash));
        }
        let sizes = (0..INVESTORS).map(|j| (1 + j % 10) as f64);
        let inflow: Vec<f64> = sizes.map(|size| 0.016 * scale * size / 2750.0).collect();
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
            let age = 27 * 12 + below(&mut self.rng, 38 * 12) as i32;
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
        let mean = self.attractiveness.iter().sum::<f64>() / CLUSTERS as f64;
        let restless = |a: f64| 0.010 * (2.0 - a / mean).clamp(0.6, 1.4);
        let restless = self.attractiveness.map(restless);
        let pull = self.pull_of_clusters();
        let mut decided = Decided::default();
        for row in 0..self.talents.cluster.len() {
            let months = self.month - self.talents.born[row];
            let employer = self.talents.employer[row];
            let leaving = if months < 50 * 12 { 0.001 } else { 0.004 };
            if chance(&mut self.rng, if months < 65 * 12 { leaving } else { 0.03 }) {
                if employer != NOBODY {
                    self.employers.headcount[employer as usize] -= 1;
                }
                self.talents.employer[row] = LEFT;
                decided.leavers.push(row);
                continue;
            }
            if employer < INSTITUTIONS && chance(&mut self.rng, 0.001) {
                decided.founders.push(row);
                continue;
            }
            let cluster = usize::from(self.talents.cluster[row]);
            let search = if employer == NOBODY {
                0.5
            } else {
                let young = if months < 35 * 12 { 1.4 } else { 1.0 };
                let age = if months < 50 * 12 { young } else { 0.5 };
                let distressed = self.employers.distressed[employer as usize];
                let distress = if distressed { 3.0 } else { 1.0 };
                let skill = SKILL_FACTOR[usize::from(self.talents.skill[row])];
                restless[cluster] * skill * age * distress
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

    /// Cumulated probabilities of applying to each cluster, from each cluster; the rest applies nowhere.
    fn pull_of_clusters(&self) -> [[f64; CLUSTERS]; CLUSTERS] {
        std::array::from_fn(|from| {
            let weight: [f64; CLUSTERS] = std::array::from_fn(|to| {
                self.openings[to].len() as f64 * self.attractiveness[to] * exp(-distance(from, to) / 6.0)
            });
            let total = weight.iter().sum::<f64>() + 0.01 * self.scale;
            let mut cumulated = 0.0;
            weight.map(|weight| {
                cumulated += weight / total;
                cumulated
            })
        })
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
            if self.employers.open[firm] && short && chance(&mut self.rng, 0.3) {
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
            let firm = self.employers.push(cluster, PLANNED_HEADCOUNT[0], 0, 6.0);
            let institution = std::mem::replace(&mut self.talents.employer[row], firm);
            self.employers.headcount[institution as usize] -= 1;
            self.employers.headcount[firm as usize] = 1;
            self.startups.push(firm);
        }
        self.row.founded = founders.len() as u32;
    }

    /// Phase E: new talents, where an institution trained them, still without work.
    fn enter(&mut self) {
        let expected = 0.00285 * self.scale;
        self.row.entries = expected as u32 + u32::from(chance(&mut self.rng, expected.fract()));
        for _ in 0..self.row.entries {
            let institution = below(&mut self.rng, INSTITUTIONS);
            let cluster = self.employers.cluster[institution as usize];
            let skill = below(&mut self.rng, 4) as u8;
            let born = self.month - 27 * 12;
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
        let startups = self.startups.len().max(1) as f64;
        for cluster in 0..CLUSTERS {
            self.row.openings[cluster] = self.openings[cluster].len() as u32;
            let weight = f64::from(self.row.startups[cluster]) / startups / SHARE[cluster];
            self.attractiveness[cluster] = APPEAL[cluster] * (0.6 + 0.4 * weight.min(2.0));
        }
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

fn fund_limit(inflow: f64) -> f64 {
    (24.0 * inflow).max(45.0)
}

/// Investors stand in the clusters' order, so that by share each cluster has every size equally often.
fn investor_weights() -> Vec<[f64; INVESTORS]> {
    let mut homes = Vec::new();
    for (cluster, institutions) in INSTITUTIONS_OF.iter().enumerate() {
        homes.extend(std::iter::repeat_n(cluster, institutions * 10));
    }
    let from = |cluster: usize| {
        let mut cumulated = 0.0;
        std::array::from_fn(|j| {
            cumulated += (1 + j % 10) as f64 * exp(-distance(cluster, homes[j]) / 8.0);
            cumulated
        })
    };
    (0..CLUSTERS).map(from).collect()
}
