//! What TS-1, the reference model "talent and startups", is made of: its tables, and the month it records.
//!
//! Eight clusters, T talents with an employer each, fifty institutions, one incumbent pool a cluster, T / 60
//! startups and five hundred investors. Synchronous by phases: everybody decides on the end of last month, then
//! decisions are carried out. [`super::plain`] and [`super::skipping`] simulate the same Markov chain.

pub const CLUSTERS: usize = 8;
/// Osaka, Kobe, Kyoto, Tokyo, Boston, San Francisco Bay, San Diego, Basel.
pub const SHARE: [f64; CLUSTERS] = [0.10, 0.06, 0.06, 0.14, 0.24, 0.20, 0.10, 0.10];
pub const APPEAL: [f64; CLUSTERS] = [1.0, 0.9, 0.95, 1.1, 1.4, 1.4, 1.1, 1.2];
const REGION: [u8; CLUSTERS] = [0, 0, 0, 0, 1, 2, 2, 3];
/// Fifty institutions of one size: the numbers by cluster are the shares.
pub const INSTITUTIONS_OF: [usize; CLUSTERS] = [5, 3, 3, 7, 12, 10, 5, 5];
pub const INSTITUTIONS: u32 = 50;
pub const FIRST_STARTUP: u32 = INSTITUTIONS + CLUSTERS as u32;
pub const INVESTORS: usize = 500;

pub const STAGES: usize = 5;
pub const PLANNED_HEADCOUNT: [u32; STAGES] = [6, 12, 20, 30, 40];
pub const COMPLETION: [f64; STAGES] = [1.0 / 24.0, 1.0 / 18.0, 1.0 / 18.0, 1.0 / 30.0, 1.0 / 36.0];
pub const SUCCESS: [f64; STAGES] = [0.60, 0.65, 0.60, 0.45, 0.60];
/// Money is counted in twentieths, so that what firms burn and raise is whole: whether cash is exactly 0, or exactly nine
/// burns, must not hang on a rounding.
pub const ROUND: [f64; STAGES] = [180.0, 288.0, 432.0, 612.0, 792.0];
pub const ACCEPTED: [f64; STAGES] = [0.50, 0.60, 0.65, 0.70, 0.75];
/// Stages of the first startups, twenty at a time.
pub const FIRST_STAGES: [u8; 20] = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 4];

pub const SKILL_FACTOR: [f64; 4] = [0.80, 0.95, 1.10, 1.25];

/// Months in which somebody searches, and exits, at another rate: under 35, 50, 65.
pub const AGES: [i32; 3] = [35 * 12, 50 * 12, 65 * 12];
/// Age of whoever enters.
pub const FIRST_AGE: i32 = 27 * 12;
pub const EXIT: [f64; 3] = [0.001, 0.004, 0.03];
pub const FOUNDING: f64 = 0.001;
pub const SEARCH_WITHOUT_WORK: f64 = 0.5;
pub const SEARCH_AT_WORK: f64 = 0.010;
pub const AGE_FACTOR: [f64; 3] = [1.4, 1.0, 0.5];
pub const DISTRESS_FACTOR: f64 = 3.0;
pub const REQUEST: f64 = 0.3;
pub const FIRST_CASH: f64 = 120.0;
/// Burn a month: of a firm, and of each of its staff.
pub const BURN: u32 = 4;
pub const BURN_PER_HEAD: u32 = 1;
/// Entrants a month, per talent of the start.
pub const ENTRY: f64 = 0.00285;

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

/// exp(-d / 6) for jobs and exp(-d / 8) for investors, where the distance d is 0 in a cluster, 1.5 in its region, and 12
/// beyond: written out, so that every program and every machine has the same.
const JOB_LOCALITY: [f64; 3] = [1.0, 0.778_800_783_071_404_9, 0.135_335_283_236_612_7];
const INVESTOR_LOCALITY: [f64; 3] = [1.0, 0.829_029_118_180_400_4, 0.223_130_160_148_429_83];

/// 0 in a cluster, 1 in its region, 2 beyond.
fn apart(a: usize, b: usize) -> usize {
    if a == b { 0 } else { 1 + usize::from(REGION[a] != REGION[b]) }
}

pub fn fund_limit(inflow: f64) -> f64 {
    (24.0 * inflow).max(900.0)
}

/// Weights of the investors as seen from each cluster, cumulated. Investors stand in the clusters' order, so that by
/// share each cluster has every size equally often.
pub fn investor_weights() -> Vec<[f64; INVESTORS]> {
    let mut homes = Vec::new();
    for (cluster, institutions) in INSTITUTIONS_OF.iter().enumerate() {
        homes.extend(std::iter::repeat_n(cluster, institutions * 10));
    }
    let from = |cluster: usize| {
        let mut cumulated = 0.0;
        std::array::from_fn(|j| {
            cumulated += (1 + j % 10) as f64 * INVESTOR_LOCALITY[apart(cluster, homes[j])];
            cumulated
        })
    };
    (0..CLUSTERS).map(from).collect()
}

/// Cumulated probabilities of applying to each cluster, from each cluster; the rest applies nowhere.
pub fn pull_of_clusters(
    openings: [u32; CLUSTERS],
    attractiveness: &[f64; CLUSTERS],
    scale: f64,
) -> [[f64; CLUSTERS]; CLUSTERS] {
    std::array::from_fn(|from| {
        let weight: [f64; CLUSTERS] =
            std::array::from_fn(|to| f64::from(openings[to]) * attractiveness[to] * JOB_LOCALITY[apart(from, to)]);
        let total = weight.iter().sum::<f64>() + 0.01 * scale;
        let mut cumulated = 0.0;
        weight.map(|weight| {
            cumulated += weight / total;
            cumulated
        })
    })
}

/// How much likelier than at home alone somebody at work searches, by cluster.
pub fn restlessness(attractiveness: &[f64; CLUSTERS]) -> [f64; CLUSTERS] {
    let mean = attractiveness.iter().sum::<f64>() / CLUSTERS as f64;
    attractiveness.map(|a| (2.0 - a / mean).clamp(0.6, 1.4))
}

/// Attractiveness, by the startups of each cluster.
pub fn attractiveness(startups: &[u32; CLUSTERS]) -> [f64; CLUSTERS] {
    let all = f64::from(startups.iter().sum::<u32>().max(1));
    std::array::from_fn(|cluster| {
        let weight = f64::from(startups[cluster]) / all / SHARE[cluster];
        APPEAL[cluster] * (0.6 + 0.4 * weight.min(2.0))
    })
}

/// Capacities of institutions and pools, in their order, with their clusters.
pub fn large_employers(scale: f64) -> impl Iterator<Item = (usize, u32)> {
    let size = (0.38 * scale / f64::from(INSTITUTIONS)) as u32;
    let institutions = INSTITUTIONS_OF.iter().enumerate();
    let institutions = institutions.flat_map(move |(cluster, number)| std::iter::repeat_n((cluster, size), *number));
    let pools = SHARE.iter().enumerate().map(move |(cluster, share)| (cluster, (0.38 * scale * share) as u32));
    institutions.chain(pools)
}

/// Monthly inflow of each investor.
pub fn inflows(scale: f64) -> Vec<f64> {
    (0..INVESTORS).map(|j| 20.0 * 0.016 * scale * (1 + j % 10) as f64 / 2750.0).collect()
}

/// One month as every program prints it: four stocks by cluster, then ten flows.
#[allow(dead_code, reason = "for the programs of the peers")]
pub fn line(row: &Row) -> String {
    let stocks = row.talents.iter().chain(&row.unemployed).chain(&row.startups).chain(&row.openings);
    let (ends, money) = ([row.stage_ups, row.successes, row.closed], [row.asked, row.funded]);
    let flows = [row.exits, row.entries, row.moves, row.released, row.founded];
    let words = stocks.chain(&flows).chain(&ends).chain(&money).map(u32::to_string);
    words.collect::<Vec<_>>().join(" ")
}
