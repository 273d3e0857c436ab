//! Result folders of comparisons that were never simulated: as many policies and replicates as a test wants, with
//! effects that it knows.

use std::path::Path;

use serde_json::{Value, json};
use trihelix::output::{
    ClusterLabel, ComparisonResult, Foreign, InputFile, PolicyFacts, ResultFolder, Role, ScenarioFacts, YearlyRecords,
    write_comparison,
};
use trihelix::record::{METRICS, MetricKind};
use trihelix::scenario::spec::ClusterId;
use trihelix::statistics::{Alignment, Comparison, DEFAULT_METRICS, Layout, Look, Runs, YearlyValues, wanted_metrics};
use trihelix::units::CalendarMonth;

/// A comparison to be made up.
pub struct MadeUp {
    pub policies: Vec<Policy>,
    pub replicates: usize,
    pub months: u16,
    /// First month.
    pub start: &'static str,
    /// Ids and names.
    pub clusters: Vec<(&'static str, &'static str)>,
    pub resolved: Value,
    pub title: String,
}

/// A policy with its mean effect on jobs in each cluster, and how much that varies from pair to pair.
pub struct Policy {
    pub name: String,
    pub title: String,
    pub title_ja: Option<String>,
    pub effect: i64,
    pub spread: i64,
}

impl Policy {
    pub fn new(name: &str, effect: i64, spread: i64) -> Self {
        let title = format!("Policy {name}");
        Self { name: name.to_owned(), title, title_ja: Some(format!("施策{name}")), effect, spread }
    }
}

/// An even draw in `-spread..=spread`, by address.
fn noise(address: [u64; 4], spread: i64) -> i64 {
    let mut state = address.iter().fold(0x9E37_79B9_7F4A_7C15_u64, |state, part| {
        (state ^ part).wrapping_mul(0xBF58_476D_1CE4_E5B9).rotate_left(29)
    });
    state = (state ^ (state >> 30)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (state >> 33) as i64 % (2 * spread + 1) - spread
}

impl MadeUp {
    pub fn new(policies: Vec<Policy>, replicates: usize, months: u16) -> Self {
        let clusters = vec![("osaka", "Osaka"), ("kobe", "Kobe"), ("boston", "Boston"), ("kyoto", "Kyoto")];
        let resolved = json!({
            "finance.hurdle": { "value": 1.1, "unit": "ratio", "grade": "C", "source": "assumption" },
            "ties.search": { "value": 0.0512345, "unit": "1/month", "grade": "A", "source": "fact:one" },
            "source.fact:one.title": { "value": "A page with a number" },
            "cluster.osaka.latitude": { "value": 34.69 }, "cluster.osaka.longitude": { "value": 135.49 },
            "cluster.kobe.latitude": { "value": 34.66 }, "cluster.kobe.longitude": { "value": 135.22 },
            "cluster.boston.latitude": { "value": 42.36 }, "cluster.boston.longitude": { "value": -71.09 },
            "cluster.kyoto.latitude": { "value": 35.03 }, "cluster.kyoto.longitude": { "value": 135.78 },
            "rate.USD-2024.jpy": { "value": 151.5, "unit": "JPY", "grade": "A", "source": "fact:one" },
        });
        Self { policies, replicates, months, start: "2024-01", clusters, resolved, title: "A made-up study".to_owned() }
    }

    fn run(&self, layout: &Layout, scenario: usize, replicate: usize) -> YearlyValues {
        let clusters = self.clusters.len();
        let cell = |metric: usize, year: usize, row: usize| -> i64 {
            let place = [metric as u64, year as u64, row as u64];
            let luck = noise([replicate as u64, place[0], place[1], place[2]], 40);
            let level = 500 + 10 * metric as i64 + 20 * (year as i64 + 1) * (row as i64 + 1) + luck;
            let Some(policy) = scenario.checked_sub(1).map(|at| &self.policies[at]) else { return level };
            let of_its_own = [(scenario * 1_000 + replicate) as u64, place[0], place[1], place[2]];
            let effect = match METRICS[metric].name {
                "employees" => policy.effect + noise(of_its_own, policy.spread),
                "public_cost_jpy" => 1_000_000_000 + noise(of_its_own, 50_000_000),
                _ => noise(of_its_own, policy.spread.min(5)),
            };
            level + effect
        };
        layout.keep_yearly(|metric, year, row| {
            if METRICS[metric].kind == MetricKind::Index {
                return 8.25;
            }
            let whole: i64 = if row == clusters {
                (0..clusters).map(|row| cell(metric, year, row)).sum()
            } else {
                cell(metric, year, row)
            };
            whole as f64
        })
    }

    /// Writes the result folder.
    pub fn write(&self, folder: &Path) {
        let start: CalendarMonth = self.start.parse().unwrap();
        let rows = self.clusters.len() + 1;
        let every: Vec<&str> = METRICS.iter().map(|metric| metric.name).collect();
        let recorded = Layout::new(wanted_metrics(&every).unwrap(), start, self.months, rows);
        let layout = Layout::new(wanted_metrics(&DEFAULT_METRICS).unwrap(), start, self.months, rows);
        let kept: Vec<Vec<YearlyValues>> = (0..=self.policies.len())
            .map(|scenario| (0..self.replicates).map(|replicate| self.run(&recorded, scenario, replicate)).collect())
            .collect();
        let in_layout = |scenario: usize| (0..self.replicates).map(|at| self.run(&layout, scenario, at)).collect();
        let runs = Runs { baseline: in_layout(0), policies: (1..=self.policies.len()).map(in_layout).collect() };
        let comparison = Comparison::of(&layout, &runs, Look::Once);
        let bands = runs.bands(&layout);
        let labels: Vec<ClusterLabel> = (0..)
            .zip(&self.clusters)
            .map(|(row, (id, name))| ClusterLabel {
                row: ClusterId(row),
                id: (*id).to_owned(),
                name: (*name).to_owned(),
                focus: row < 3,
            })
            .collect();
        let inputs = [InputFile {
            name: "made-up.toml".to_owned(),
            digest: "0".repeat(64),
            role: Role::Base,
            copy: "inputs/made-up/made-up.toml".to_owned(),
            text: "made up".to_owned(),
        }];
        let states = vec![[7; 32]; self.replicates];
        let facts = ScenarioFacts { name: "made-up", title: &self.title, digest: "abc", resolved: &self.resolved };
        let alignment = Alignment { identical: 90, both: 100, baseline_only: 3, policy_only: 2 };
        let policies: Vec<PolicyFacts> = self
            .policies
            .iter()
            .map(|policy| PolicyFacts {
                name: &policy.name,
                title: &policy.title,
                title_ja: policy.title_ja.as_deref(),
                scenario: facts.clone(),
                inputs: &inputs,
                alignment,
                state_digests: &states,
            })
            .collect();
        let flows: Vec<Vec<Vec<i64>>> = (0..kept.len() as u64)
            .map(|scenario| {
                let run = |replicate: usize| -> Vec<i64> {
                    let cells = 5 * self.clusters.len() * self.clusters.len();
                    (0..cells as u64).map(|at| 50 + noise([scenario, replicate as u64, at, 1], 30)).collect()
                };
                (0..self.replicates).map(run).collect()
            })
            .collect();
        let result = ComparisonResult {
            baseline: facts,
            title_ja: Some("作り物の研究"),
            inputs: &inputs,
            state_digests: &states,
            policies: &policies,
            behaviour: 1,
            seed: 1,
            until: None,
            look: Look::Once,
            overrides: &[],
            start,
            clusters: &labels,
            layout: &layout,
            comparison: &comparison,
            bands: &bands,
            records: YearlyRecords { layout: &recorded, runs: &kept, flows: &flows },
            claims: &[],
            switching: &[],
            figures: &[],
        };
        let folder = ResultFolder::prepare(folder, Foreign::Refuse).unwrap();
        write_comparison(&folder, &result).unwrap();
    }
}
