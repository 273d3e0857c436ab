//! The replicates of a sweep as a comparison sees them: each scenario with its policies, one value for each replicate.

use crate::study::{Cell, CellRecord, Expectation, Plan, Stopping, StoppingRule};

use super::claims::Subject;
use super::comparison::Runs;
use super::paired::Look;
use super::yearly::{Layout, YearlyValues, wanted_metrics};

/// What was kept of the replicates so far. The value of a replicate is the mean over the design points, which are taken
/// as given: replicates are what chance makes different.
#[derive(Debug, Clone)]
pub struct Swept {
    /// The scenarios without a policy, in the order of the plan.
    pub subjects: Vec<Subject>,
    /// Their runs, in the same order.
    pub runs: Vec<Runs>,
    /// Replicates that were left out because one of their cells failed.
    pub left_out: u32,
    /// Rows of the plan: of each scenario, then of its policies.
    families: Vec<(usize, Vec<usize>)>,
}

impl Swept {
    /// For the metrics that the expectations and the rule name; `None` if there are none of either.
    #[must_use]
    pub fn of(plan: &Plan, expectations: &[Expectation], stopping: Option<&Stopping>) -> Option<Self> {
        let names = expectations.iter().map(|one| one.metric.as_str());
        let mut names: Vec<&str> = names.chain(stopping.map(|stopping| stopping.rule.metric.as_str())).collect();
        names.sort_unstable();
        names.dedup();
        let metrics = wanted_metrics(&names).ok().filter(|metrics| !metrics.is_empty())?;
        let families = plan.families();
        let subject = |(base, policies): &(usize, Vec<usize>)| {
            let scenario = &plan.scenarios[*base];
            let policies = policies.iter().filter_map(|row| plan.scenarios[*row].under.as_ref());
            Subject {
                scenario: scenario.name.clone(),
                policies: policies.map(|under| under.policy.clone()).collect(),
                clusters: scenario.clusters.list.iter().map(|(_, id, ..)| id.clone()).collect(),
                layout: Layout::of_recorded(metrics.clone(), scenario, plan.recorded.resolution),
            }
        };
        let subjects: Vec<Subject> = families.iter().map(subject).collect();
        let empty = |(_, policies): &(usize, Vec<usize>)| Runs {
            baseline: Vec::new(),
            policies: vec![Vec::new(); policies.len()],
        };
        Some(Self { runs: families.iter().map(empty).collect(), subjects, left_out: 0, families })
    }

    /// Adds the next replicate; `read` gives the record of each of its cells.
    ///
    /// # Errors
    /// Those of `read`.
    pub fn add<E>(
        &mut self,
        plan: &Plan,
        replicate: u32,
        read: &mut dyn FnMut(Cell) -> Result<CellRecord, E>,
    ) -> Result<(), E> {
        let mut kept: Vec<Vec<YearlyValues>> = Vec::new();
        for ((base, policies), subject) in self.families.iter().zip(&self.subjects) {
            let mut members = Vec::new();
            for scenario in std::iter::once(base).chain(policies) {
                let mut points = Vec::with_capacity(plan.points);
                for point in 0..plan.points {
                    let record = read(Cell { scenario: *scenario, point, replicate })?;
                    let Ok(success) = record.result else {
                        self.left_out += 1;
                        return Ok(());
                    };
                    points.push(subject.layout.keep_rows(&success.rows, &plan.scenarios[*scenario], &plan.recorded));
                }
                members.push(YearlyValues::mean(&points));
            }
            kept.push(members);
        }
        for (runs, members) in self.runs.iter_mut().zip(kept) {
            let mut members = members.into_iter();
            runs.baseline.extend(members.next());
            runs.policies.iter_mut().zip(members).for_each(|(policy, values)| policy.push(values));
        }
        Ok(())
    }

    /// Whether the rule is met: by the difference that every policy makes, and in studies without a policy by the mean of
    /// every scenario.
    #[must_use]
    pub fn meets(&self, rule: &StoppingRule) -> bool {
        self.subjects.iter().zip(&self.runs).all(|(subject, runs)| {
            let Some(place) = subject.place(&rule.metric, rule.year, &rule.cluster) else { return false };
            if self.families.iter().all(|(_, policies)| policies.is_empty()) {
                return rule.is_met_by(&subject.layout.gather(&runs.baseline, place));
            }
            let met = |policy| rule.is_met(&runs.compare(&subject.layout, policy, place, Look::AfterEvery));
            (0..runs.policies.len()).all(met)
        })
    }
}
