//! TS-1 for speed: what happens to nobody costs nothing, and every draw is a function of who and when.
//!
//! - **Candidates.** In a month somebody at work founds or searches with at most [`CANDIDATE`]. Who may is read off 64
//!   slots at a time: the conjunction of five random words has each bit set with 1 / 32. For a candidate a mark, uniform
//!   on 0 to 1, is held against `hazard / CANDIDATE`; the product is the hazard itself (thinning). Searches that would
//!   end in no application have no effect and are left out of the hazard.
//! - **Staff in distress** is asked one by one, through the list of its firm, and skipped by the sweep of candidates.
//! - **Exits** depend on age alone. The month of exit is drawn at entry, by inverting the cumulated hazard, into a calendar
//!   with one bucket a month. **Stages** of firms the same: a candidate month at the hazard of a full house, thinned then.
//! - **Matching.** An applicant draws positions until one is free: each free position is equally likely, which makes a
//!   uniform matching, and one applicant more or fewer leaves the others where they were.
//! - **A slot is an identity for life**; nobody is moved, and slots of the gone go to entrants. A talent is one word of
//!   32 bits: employer 16, birth month 11, skill 2, cluster 3. Money of firms is a whole number.

use super::definition::{
    ACCEPTED, AGE_FACTOR, AGES, BURN, BURN_PER_HEAD, CLUSTERS, COMPLETION, DISTRESS_FACTOR, ENTRY, EXIT, FIRST_AGE,
    FIRST_CASH, FIRST_STAGES, FIRST_STARTUP, FOUNDING, INSTITUTIONS, PLANNED_HEADCOUNT, REQUEST, ROUND, Row,
    SEARCH_AT_WORK, SEARCH_WITHOUT_WORK, SHARE, SKILL_FACTOR, STAGES, SUCCESS, attractiveness, fund_limit, inflows,
    investor_weights, large_employers, pull_of_clusters, restlessness,
};
use super::keyed::{Alias, Purpose, Words, below, mix, threshold, unit, wait};
use libm::log as ln;

/// Bound of founding and searching: 1 / 32. The largest hazard is 0.001 + 0.0245.
const CANDIDATE: f64 = 1.0 / 32.0;
const FIRST: usize = FIRST_STARTUP as usize;
const NOBODY: u16 = u16::MAX;
const LEFT: u16 = u16::MAX - 1;
/// A firm's cash is a whole number of such parts of the definition's money.
const MONEY: f64 = 256.0;
const MOST_STAFF: usize = PLANNED_HEADCOUNT[STAGES - 1] as usize;
/// Cash of a slot with no firm: never short.
const NO_FIRM: i32 = i32::MAX;

/// Employer, birth month + 1024, skill, cluster, from the top.
#[derive(Clone, Copy)]
struct Talent(u32);

impl Talent {
    fn new(cluster: usize, employer: u16, skill: u32, born: i32) -> Self {
        Self(u32::from(employer) << 16 | ((born + 1024) as u32) << 5 | skill << 3 | cluster as u32)
    }

    fn employer(self) -> u16 {
        (self.0 >> 16) as u16
    }

    fn cluster(self) -> usize {
        (self.0 & 7) as usize
    }

    fn months(self, month: i32) -> i32 {
        month + 1024 - (self.0 >> 5 & 2047) as i32
    }

    /// At another employer, in this cluster.
    fn moved(self, cluster: usize, employer: u16) -> Self {
        Self(u32::from(employer) << 16 | self.0 & 0xFFF8 | cluster as u32)
    }
}

/// A firm's staff, in the first places of a fixed array.
type Staff = [u32; MOST_STAFF];

/// Startups by slot; employers' numbers are [`FIRST`] higher.
#[derive(Default)]
struct Firms {
    cash: Vec<i32>,
    cluster: Vec<u8>,
    stage: Vec<u8>,
    /// Who founded it and when: what its draws are keyed by. It also tells a firm from the next one in its slot.
    key: Vec<u64>,
    distressed: Vec<bool>,
    staff: Vec<Staff>,
    free: Vec<u16>,
}

/// The state, and the frozen figures of the end of last month.
pub struct Model {
    seed: u64,
    scale: f64,
    month: i32,
    talents: Vec<Talent>,
    free: Vec<u32>,
    /// Who exits in each month up to the last; whoever exits later is in no bucket.
    exits: Vec<Vec<u32>>,
    /// Firms whose stage may end in each month: slot and key.
    stages: Vec<Vec<(u16, u64)>>,
    unemployed: [Vec<u32>; CLUSTERS],
    capacity: Vec<u32>,
    headcount: Vec<u32>,
    home: Vec<u8>,
    firms: Firms,
    fund: Vec<f64>,
    inflow: Vec<f64>,
    investor: Vec<Alias>,
    /// Thresholds of acceptance, by stage; a test may set others.
    pub accepted: [u32; STAGES],
    openings: [Vec<u16>; CLUSTERS],
    attractiveness: [f64; CLUSTERS],
    alive: [u32; CLUSTERS],
    living: [u32; CLUSTERS],
    decided: Decided,
    short: Vec<u16>,
    pub row: Row,
}

/// What talents decided, by slot.
#[derive(Default)]
struct Decided {
    founders: Vec<u32>,
    applicants: [Vec<u32>; CLUSTERS],
}

/// The month's hazards as thresholds of a mark.
struct Hazards {
    /// By at an institution or not, age, skill and cluster. A founder's share comes first.
    of_candidate: [u32; 256],
    found: u32,
    /// In distress, by age, skill and cluster; against 1, not against the bound of candidates.
    in_distress: [u32; 128],
    without_work: [u32; CLUSTERS],
    /// Where an application goes, cumulated.
    target: [[u32; CLUSTERS]; CLUSTERS],
}

impl Hazards {
    fn new(openings: [u32; CLUSTERS], attractiveness: &[f64; CLUSTERS], scale: f64) -> Self {
        let restless = restlessness(attractiveness);
        let pull = pull_of_clusters(openings, attractiveness, scale);
        let applies = |cluster: usize| pull[cluster][CLUSTERS - 1];
        let mut of_candidate = [0; 256];
        let mut in_distress = [0; 128];
        for code in 0..96 {
            let (age, skill, cluster) = (code >> 5, code >> 3 & 3, code & 7);
            let search = SEARCH_AT_WORK * restless[cluster] * SKILL_FACTOR[skill] * AGE_FACTOR[age] * applies(cluster);
            of_candidate[code] = threshold(search / CANDIDATE);
            of_candidate[code | 128] = threshold((FOUNDING + (1.0 - FOUNDING) * search) / CANDIDATE);
            in_distress[code] = threshold(DISTRESS_FACTOR * search);
        }
        let share = |cluster: usize, to: usize| threshold(pull[cluster][to] / applies(cluster));
        Self {
            of_candidate,
            found: threshold(FOUNDING / CANDIDATE),
            in_distress,
            without_work: std::array::from_fn(|cluster| threshold(SEARCH_WITHOUT_WORK * applies(cluster))),
            target: std::array::from_fn(|cluster| std::array::from_fn(|to| share(cluster, to))),
        }
    }

    /// Age, skill and cluster in seven bits.
    #[inline]
    fn code(talent: Talent, month: i32) -> usize {
        let months = talent.months(month);
        ((usize::from(months >= AGES[0]) + usize::from(months >= AGES[1])) << 5) | (talent.0 & 31) as usize
    }

    #[inline]
    fn target(&self, from: usize, word: u64) -> usize {
        self.target[from][..CLUSTERS - 1].iter().map(|share| usize::from(word as u32 >= *share)).sum()
    }
}

impl Model {
    /// The start, for a run of this many months.
    pub fn new(talents: u32, months: u32, seed: u64) -> Self {
        let scale = f64::from(talents);
        let inflow = inflows(scale);
        let mut model = Self {
            seed,
            scale,
            month: 0,
            talents: Vec::with_capacity(talents as usize),
            free: Vec::new(),
            exits: vec![Vec::new(); months as usize + 1],
            stages: vec![Vec::new(); months as usize + 1],
            unemployed: Default::default(),
            capacity: large_employers(scale).map(|(_, capacity)| capacity).collect(),
            headcount: vec![0; FIRST],
            home: large_employers(scale).map(|(cluster, _)| cluster as u8).collect(),
            firms: Firms::default(),
            fund: inflow.iter().map(|inflow| fund_limit(*inflow)).collect(),
            inflow,
            investor: investor_weights().iter().map(|weights| Alias::new(&single(weights))).collect(),
            accepted: ACCEPTED.map(threshold),
            openings: Default::default(),
            attractiveness: [0.0; CLUSTERS],
            alive: [0; CLUSTERS],
            living: [0; CLUSTERS],
            decided: Decided::default(),
            short: Vec::new(),
            row: Row::default(),
        };
        let words = Words::new(seed, 0, Purpose::Start);
        let shares = Alias::new(&SHARE);
        for number in 0..talents as usize / 60 {
            let stage = FIRST_STAGES[number % 20];
            let cash = (0.3 + 0.7 * unit(words.of(2 * number as u64))) * ROUND[usize::from(stage)];
            let cluster = shares.choose(words.of(2 * number as u64 + 1));
            model.open_firm(u64::from(talents) + number as u64, cluster, stage, cash);
        }
        model.settle(talents, &shares);
        model.close_the_month();
        model
    }

    fn settle(&mut self, talents: u32, shares: &Alias) {
        let mut positions: [Vec<u16>; CLUSTERS] = Default::default();
        for (employer, capacity) in self.capacity.iter().enumerate() {
            let cluster = usize::from(self.home[employer]);
            positions[cluster].extend(std::iter::repeat_n(employer as u16, *capacity as usize));
        }
        for talent in 0..talents {
            let mut word = mix(Words::new(self.seed, 0, Purpose::Entry).of(u64::from(talent)));
            let mut next = || {
                word = mix(word.wrapping_add(1));
                word
            };
            let cluster = shares.choose(next());
            let age = FIRST_AGE + below(next(), (AGES[2] - FIRST_AGE) as usize) as i32;
            let skill = below(next(), 4) as u32;
            self.talents.push(Talent::new(cluster, NOBODY, skill, -age));
            self.living[cluster] += 1;
            self.plan_exit(talent, age);
            let choices = positions[cluster].len();
            if unit(next()) < 0.04 || choices == 0 {
                self.unemployed[cluster].push(talent);
            } else {
                let employer = positions[cluster].swap_remove(below(next(), choices));
                self.hire(talent, cluster, employer);
            }
        }
    }

    /// Draws when somebody of this age exits, by inverting the cumulated hazard of the ages to come.
    fn plan_exit(&mut self, slot: u32, age: i32) {
        let word = Words::new(self.seed, self.month, Purpose::Exit).of(u64::from(slot));
        let mut left = -ln(unit(word));
        let mut first = age + 1;
        for (hazard, until) in EXIT.into_iter().zip([AGES[1], AGES[2], i32::MAX]) {
            let rate = -ln(1.0 - hazard);
            let months = f64::from((until - first).max(0));
            if left < rate * months {
                let months = first + (left / rate) as i32 - age;
                if let Some(bucket) = self.exits.get_mut((self.month + months) as usize) {
                    bucket.push(slot);
                }
                return;
            }
            left -= rate * months;
            first = first.max(until);
        }
    }

    /// One month; what happened is in `row`.
    pub fn step(&mut self) {
        self.month += 1;
        self.row = Row::default();
        self.exit();
        self.decide();
        self.fill_openings();
        let closing = self.develop_startups();
        self.fund_startups();
        closing.into_iter().for_each(|firm| self.close_firm(firm));
        self.found();
        self.enter();
        self.close_the_month();
    }

    /// Phase A, who leaves. Slots stay empty until entrants come.
    fn exit(&mut self) {
        let leavers = std::mem::take(&mut self.exits[self.month as usize]);
        for &slot in &leavers {
            let talent = self.talents[slot as usize];
            self.leave_employer(slot, talent.employer());
            self.talents[slot as usize] = talent.moved(talent.cluster(), LEFT);
            self.living[talent.cluster()] -= 1;
        }
        self.row.exits = leavers.len() as u32;
        self.free.extend(leavers);
    }

    /// Phase A, the others: founding, applying, or nothing.
    fn decide(&mut self) {
        let openings = std::array::from_fn(|cluster| self.openings[cluster].len() as u32);
        let hazards = Hazards::new(openings, &self.attractiveness, self.scale);
        let marks = Words::new(self.seed, self.month, Purpose::Mark);
        let bits = Words::new(self.seed, self.month, Purpose::Candidate);
        let Decided { founders, applicants } = &mut self.decided;
        for (block, talents) in (0_u64..).zip(self.talents.chunks(64)) {
            let of = |nth| bits.of(5 * block + nth);
            let mut candidates = of(0) & of(1) & of(2) & of(3) & of(4);
            while candidates != 0 {
                let place = candidates.trailing_zeros() as usize;
                candidates &= candidates - 1;
                let Some(&talent) = talents.get(place) else { break };
                let slot = block * 64 + place as u64;
                let word = marks.of(slot);
                let mark = (word >> 32) as u32;
                let employer = usize::from(talent.employer());
                let founds = usize::from(employer < INSTITUTIONS as usize) << 7;
                if mark >= hazards.of_candidate[founds | Hazards::code(talent, self.month)] {
                    continue;
                }
                if founds > 0 && mark < hazards.found {
                    founders.push(slot as u32);
                } else if employer < FIRST || self.firms.distressed.get(employer - FIRST) == Some(&false) {
                    applicants[hazards.target(talent.cluster(), word)].push(slot as u32);
                }
            }
        }
        for firm in (0..self.firms.cash.len()).filter(|firm| self.firms.distressed[*firm]) {
            for &slot in &self.firms.staff[firm][..self.headcount[FIRST + firm] as usize] {
                let word = marks.of(u64::from(slot));
                // Most marks are above any hazard: then nobody looks at who it is.
                let mark = (word >> 32) as u32;
                if mark < threshold(DISTRESS_FACTOR * CANDIDATE) {
                    let talent = self.talents[slot as usize];
                    if mark < hazards.in_distress[Hazards::code(talent, self.month)] {
                        applicants[hazards.target(talent.cluster(), word)].push(slot);
                    }
                }
            }
        }
        for (cluster, unemployed) in self.unemployed.iter_mut().enumerate() {
            // Applicants come back if there is no position for them; those who left in this month do not.
            unemployed.retain(|&slot| {
                let word = marks.of(u64::from(slot));
                let there = self.talents[slot as usize].employer() == NOBODY;
                let applies = ((word >> 32) as u32) < hazards.without_work[cluster];
                if there && applies {
                    applicants[hazards.target(cluster, word)].push(slot);
                }
                there && !applies
            });
        }
    }

    /// Phase B: a random matching of applicants and open positions; the shorter side is used up.
    fn fill_openings(&mut self) {
        let words = Words::new(self.seed, self.month, Purpose::Position);
        for cluster in 0..CLUSTERS {
            let mut applicants = std::mem::take(&mut self.decided.applicants[cluster]);
            let mut positions = std::mem::take(&mut self.openings[cluster]);
            let surplus = applicants.len().saturating_sub(positions.len());
            for nth in 0..surplus {
                let word = words.of(u64::MAX - (nth * CLUSTERS + cluster) as u64);
                let slot = applicants.swap_remove(below(word, applicants.len()));
                self.stay(slot);
            }
            // Half of the positions are taken by drawing until one is free; beyond that drawn ones are taken out.
            let taken_out = applicants.len() > positions.len() / 2;
            for &slot in &applicants {
                let mut word = words.of(u64::from(slot));
                let employer = if taken_out {
                    positions.swap_remove(below(word, positions.len()))
                } else {
                    loop {
                        let nth = below(word, positions.len());
                        if positions[nth] != NOBODY {
                            break std::mem::replace(&mut positions[nth], NOBODY);
                        }
                        word = mix(word);
                    }
                };
                self.leave_employer(slot, self.talents[slot as usize].employer());
                self.hire(slot, cluster, employer);
            }
            self.row.moves += applicants.len() as u32;
            applicants.clear();
            self.decided.applicants[cluster] = applicants;
            self.openings[cluster] = positions;
        }
    }

    /// No position was left for an applicant.
    fn stay(&mut self, slot: u32) {
        let talent = self.talents[slot as usize];
        if talent.employer() == NOBODY {
            self.unemployed[talent.cluster()].push(slot);
        }
    }

    fn leave_employer(&mut self, slot: u32, employer: u16) {
        if employer >= LEFT {
            return;
        }
        let employer = usize::from(employer);
        self.headcount[employer] -= 1;
        if employer >= FIRST {
            let staff = &mut self.firms.staff[employer - FIRST];
            let place = staff.iter().position(|member| *member == slot).unwrap_or(0);
            staff[place] = staff[self.headcount[employer] as usize];
        }
    }

    fn hire(&mut self, slot: u32, cluster: usize, employer: u16) {
        let talent = &mut self.talents[slot as usize];
        self.living[talent.cluster()] -= 1;
        self.living[cluster] += 1;
        *talent = talent.moved(cluster, employer);
        let employer = usize::from(employer);
        if employer >= FIRST {
            self.firms.staff[employer - FIRST][self.headcount[employer] as usize] = slot;
        }
        self.headcount[employer] += 1;
    }

    /// Phase C, first half: money runs out, stages end. Gives the firms that close; who is short of money is kept.
    fn develop_startups(&mut self) -> Vec<u16> {
        let mut closing = Vec::new();
        self.short.clear();
        let firms = self.firms.cash.iter_mut().zip(&self.headcount[FIRST..]);
        for (firm, (cash, headcount)) in (0..).zip(firms) {
            if *cash == NO_FIRM {
                continue;
            }
            let burn = burn(*headcount);
            *cash -= burn;
            if *cash < 9 * burn {
                if *cash <= 0 { closing.push(firm) } else { self.short.push(firm) }
            }
        }
        let outcomes = Words::new(self.seed, self.month, Purpose::Outcome);
        for (firm, key) in std::mem::take(&mut self.stages[self.month as usize]) {
            let slot = usize::from(firm);
            if self.firms.key[slot] != key || self.firms.cash[slot] <= 0 {
                continue;
            }
            let stage = usize::from(self.firms.stage[slot]);
            let staffing = f64::from(self.headcount[FIRST + slot]) / f64::from(PLANNED_HEADCOUNT[stage]);
            let word = outcomes.of(key);
            if unit(word) < staffing {
                if unit(mix(word)) >= SUCCESS[stage] {
                    if word & 1 == 0 {
                        closing.push(firm);
                    }
                } else if stage + 1 == STAGES {
                    self.row.successes += 1;
                    closing.push(firm);
                } else {
                    self.row.stage_ups += 1;
                    self.firms.stage[slot] += 1;
                    self.capacity[FIRST + slot] = PLANNED_HEADCOUNT[stage + 1];
                }
            }
            self.plan_stage(firm);
        }
        for firm in &closing {
            self.firms.cash[usize::from(*firm)] = NO_FIRM;
        }
        closing
    }

    fn plan_stage(&mut self, firm: u16) {
        let key = self.firms.key[usize::from(firm)];
        let hazard = COMPLETION[usize::from(self.firms.stage[usize::from(firm)])];
        let months = wait(Words::new(self.seed, self.month, Purpose::Stage).of(key), hazard);
        if let Some(bucket) = self.stages.get_mut((self.month + months) as usize) {
            bucket.push((firm, key));
        }
    }

    /// Phase C, second half: requests in random order, one investor each, then the investors' inflow.
    fn fund_startups(&mut self) {
        let requests = Words::new(self.seed, self.month, Purpose::Request);
        let asks = |firm: &u16| {
            let slot = usize::from(*firm);
            let word = requests.of(self.firms.key[slot]);
            let asks = self.firms.cash[slot] != NO_FIRM && ((word >> 32) as u32) < threshold(REQUEST);
            asks.then_some((word as u32, *firm))
        };
        let mut asking: Vec<(u32, u16)> = self.short.iter().filter_map(asks).collect();
        asking.sort_unstable();
        self.row.asked = asking.len() as u32;
        let words = Words::new(self.seed, self.month, Purpose::Investor);
        for (_, firm) in asking {
            let firm = usize::from(firm);
            let stage = usize::from(self.firms.stage[firm]);
            let word = words.of(self.firms.key[firm]);
            let investor = self.investor[usize::from(self.firms.cluster[firm])].choose(word);
            if self.fund[investor] >= ROUND[stage] && ((mix(word) >> 32) as u32) < self.accepted[stage] {
                self.fund[investor] -= ROUND[stage];
                self.firms.cash[firm] += (ROUND[stage] * MONEY) as i32;
                self.row.funded += 1;
            }
        }
        for (fund, inflow) in self.fund.iter_mut().zip(&self.inflow) {
            *fund = (*fund + inflow).min(fund_limit(*inflow));
        }
    }

    /// A firm's people are without work where they live; its slot is free.
    fn close_firm(&mut self, firm: u16) {
        let slot = usize::from(firm);
        let staff = std::mem::take(&mut self.headcount[FIRST + slot]);
        for &member in &self.firms.staff[slot][..staff as usize] {
            let talent = &mut self.talents[member as usize];
            *talent = talent.moved(talent.cluster(), NOBODY);
            self.unemployed[talent.cluster()].push(member);
        }
        self.row.released += staff;
        self.row.closed += 1;
        self.alive[usize::from(self.firms.cluster[slot])] -= 1;
        self.capacity[FIRST + slot] = 0;
        self.firms.key[slot] = u64::MAX;
        self.firms.free.push(firm);
    }

    /// Phase D.
    fn found(&mut self) {
        let mut founders = std::mem::take(&mut self.decided.founders);
        for &slot in &founders {
            let talent = self.talents[slot as usize];
            let key = u64::from(slot) | (self.month as u64) << 32;
            let firm = self.open_firm(key, talent.cluster(), 0, FIRST_CASH);
            self.leave_employer(slot, talent.employer());
            self.hire(slot, talent.cluster(), FIRST_STARTUP as u16 + firm);
        }
        self.row.founded = founders.len() as u32;
        founders.clear();
        self.decided.founders = founders;
    }

    fn open_firm(&mut self, key: u64, cluster: usize, stage: u8, cash: f64) -> u16 {
        let firms = &mut self.firms;
        let firm = firms.free.pop().unwrap_or_else(|| {
            firms.cash.push(NO_FIRM);
            firms.cluster.push(0);
            firms.stage.push(0);
            firms.key.push(u64::MAX);
            firms.distressed.push(false);
            firms.staff.push([0; MOST_STAFF]);
            self.home.push(0);
            self.capacity.push(0);
            self.headcount.push(0);
            (firms.cash.len() - 1) as u16
        });
        assert!(firm < LEFT - FIRST_STARTUP as u16, "a number of 16 bits names no more startups");
        let slot = usize::from(firm);
        firms.cash[slot] = (cash * MONEY) as i32;
        firms.cluster[slot] = cluster as u8;
        firms.stage[slot] = stage;
        firms.key[slot] = key;
        self.home[FIRST + slot] = cluster as u8;
        self.capacity[FIRST + slot] = PLANNED_HEADCOUNT[usize::from(stage)];
        self.alive[cluster] += 1;
        self.plan_stage(firm);
        firm
    }

    /// Phase E: new talents, where an institution trained them, still without work.
    fn enter(&mut self) {
        let words = Words::new(self.seed, self.month, Purpose::Entry);
        let expected = ENTRY * self.scale;
        self.row.entries = expected as u32 + u32::from(unit(words.of(u64::MAX)) < expected.fract());
        for nth in 0..self.row.entries {
            let word = words.of(u64::from(nth));
            let cluster = usize::from(self.home[below(word, INSTITUTIONS as usize)]);
            let talent = Talent::new(cluster, NOBODY, word as u32 & 3, self.month - FIRST_AGE);
            let slot = self.free.pop().unwrap_or(self.talents.len() as u32);
            match self.talents.get_mut(slot as usize) {
                Some(place) => *place = talent,
                None => self.talents.push(talent),
            }
            self.living[cluster] += 1;
            self.unemployed[cluster].push(slot);
            self.plan_exit(slot, FIRST_AGE);
        }
    }

    /// Phase F: what the next month's decisions look at, and the record.
    fn close_the_month(&mut self) {
        self.openings.iter_mut().for_each(Vec::clear);
        for employer in 0..self.capacity.len() {
            let headcount = self.headcount[employer];
            let mut open = self.capacity[employer].saturating_sub(headcount) as usize;
            if employer >= FIRST {
                let distressed = self.firms.cash[employer - FIRST] < 6 * burn(headcount);
                self.firms.distressed[employer - FIRST] = distressed;
                open *= usize::from(!distressed);
            }
            let openings = &mut self.openings[usize::from(self.home[employer])];
            openings.resize(openings.len() + open, employer as u16);
        }
        self.row.talents = self.living;
        self.row.startups = self.alive;
        for cluster in 0..CLUSTERS {
            self.row.openings[cluster] = self.openings[cluster].len() as u32;
            self.row.unemployed[cluster] = self.unemployed[cluster].len() as u32;
        }
        self.attractiveness = attractiveness(&self.alive);
    }
}

/// What a firm of this many spends in a month.
fn burn(headcount: u32) -> i32 {
    (BURN + BURN_PER_HEAD * headcount) as i32 * MONEY as i32
}

/// Single weights of cumulated ones.
fn single(cumulated: &[f64]) -> Vec<f64> {
    std::iter::once(cumulated[0]).chain(cumulated.windows(2).map(|pair| pair[1] - pair[0])).collect()
}
