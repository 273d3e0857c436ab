//! The runs of a comparison: many at once, each kept only as far as the comparison needs it, collected by index.

use rayon::prelude::*;

use crate::output::YearlyRecords;
use crate::statistics::{Alignment, Histories, Place, Runs, YearlyValues};
use crate::study::StoppingRule;

use super::super::engine::{self, Loaded};
use super::super::failure::Failure;
use super::Plan;
use super::progress::Progress;

/// When to stop.
pub(super) struct Stop {
    pub(super) rule: StoppingRule,
    /// Where the rule looks.
    pub(super) place: Place,
}

/// What is kept of all runs.
pub(super) struct Pairs {
    pub(super) runs: Runs,
    /// Every metric of every run: by scenario (the baseline first), then replicate.
    recorded: Vec<Vec<YearlyValues>>,
    /// The same for what flowed between clusters over all months.
    flows: Vec<Vec<Vec<i64>>>,
    /// By policy.
    pub(super) alignments: Vec<Alignment>,
    /// By scenario (the baseline first), then replicate.
    pub(super) digests: Vec<Vec<[u8; 32]>>,
    /// Whether the stopping rule was met; `None` without a rule.
    pub(super) met: Option<bool>,
}

/// What is kept of one run until its pair is done.
struct Kept {
    values: YearlyValues,
    recorded: YearlyValues,
    flows: Vec<i64>,
    histories: Histories,
    digest: [u8; 32],
}

/// Runs pairs until the rule is met or there are enough. Which runs share a batch changes no result: the rule looks
/// after every replicate, and those beyond the one that met it are dropped.
pub(super) fn run(plan: &Plan, seed: u64, quiet: bool) -> Result<Pairs, Failure> {
    let scenarios = plan.scenarios.len();
    let mut pairs = Pairs {
        runs: Runs { baseline: Vec::new(), policies: vec![Vec::new(); scenarios - 1] },
        recorded: vec![Vec::new(); scenarios],
        flows: vec![Vec::new(); scenarios],
        alignments: vec![Alignment::default(); scenarios - 1],
        digests: vec![Vec::new(); scenarios],
        met: plan.stop.as_ref().map(|_| false),
    };
    let threads = rayon::current_num_threads();
    // Enough runs that no thread waits long for the last one, few enough that memory does not grow with their number.
    let wanted_runs = if plan.stop.is_some() { threads } else { 4 * threads };
    let batch = u32::try_from(wanted_runs.div_ceil(scenarios)).unwrap_or(1);
    let progress = Progress::start(u64::from(plan.pairs_most) * scenarios as u64, plan.stop.is_some(), quiet);
    let mut next = 0;
    while next < plan.pairs_most && pairs.met != Some(true) {
        let last = plan.pairs_most.min(next.saturating_add(batch));
        let kept = run_batch(plan, seed, next..last, &progress)?;
        let mut kept = kept.into_iter();
        for _ in next..last {
            let replicate: Vec<Kept> = kept.by_ref().take(scenarios).collect();
            if pairs.met != Some(true) {
                pairs.add(replicate);
                pairs.look(plan);
            }
        }
        next = last;
    }
    progress.finish();
    Ok(pairs)
}

/// Replicate by replicate, in each scenario by scenario.
fn run_batch(
    plan: &Plan,
    seed: u64,
    replicates: std::ops::Range<u32>,
    progress: &Progress,
) -> Result<Vec<Kept>, Failure> {
    let jobs: Vec<(u32, &Loaded)> =
        replicates.flat_map(|replicate| plan.scenarios.iter().map(move |loaded| (replicate, loaded))).collect();
    let results: Vec<Result<Kept, Failure>> = jobs
        .into_par_iter()
        .map(|(replicate, loaded)| {
            let outcome = engine::simulate_replicate(loaded, seed, replicate, &mut |_| {})?;
            progress.run_done();
            Ok(Kept {
                values: plan.layout.keep(&outcome.records),
                recorded: plan.recorded.keep(&outcome.records),
                flows: outcome.flows.totals(outcome.records.clusters),
                histories: Histories::of(&outcome.events),
                digest: outcome.state_digest,
            })
        })
        .collect();
    // In order, so that the first failure is the same on any number of threads.
    results.into_iter().collect()
}

impl Pairs {
    /// Adds the runs of a replicate, the baseline's first.
    fn add(&mut self, replicate: Vec<Kept>) {
        let mut runs = replicate.into_iter();
        let Some(baseline) = runs.next() else { return };
        for (at, run) in runs.enumerate() {
            self.alignments[at] = self.alignments[at].and(Alignment::of(&baseline.histories, &run.histories));
            self.digests[at + 1].push(run.digest);
            self.runs.policies[at].push(run.values);
            self.recorded[at + 1].push(run.recorded);
            self.flows[at + 1].push(run.flows);
        }
        self.digests[0].push(baseline.digest);
        self.runs.baseline.push(baseline.values);
        self.recorded[0].push(baseline.recorded);
        self.flows[0].push(baseline.flows);
    }

    /// What was kept of every single run.
    pub(super) fn records<'a>(&'a self, plan: &'a Plan) -> YearlyRecords<'a> {
        YearlyRecords { layout: &plan.recorded, runs: &self.recorded, flows: &self.flows }
    }

    /// Asks the rule, for every policy.
    fn look(&mut self, plan: &Plan) {
        if let Some(stop) = &plan.stop {
            let met = (0..self.runs.policies.len())
                .all(|policy| stop.rule.is_met(&self.runs.compare(&plan.layout, policy, stop.place, plan.look())));
            self.met = Some(met);
        }
    }
}
