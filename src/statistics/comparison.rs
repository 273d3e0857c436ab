//! A baseline and policies over common random numbers: every difference, what it cost, and the bands behind it.

use super::bands::{Band, Bands};
use super::multiple::holm;
use super::paired::{Look, Paired};
use super::ratio::{Ratio, ratio_of_means};
use super::yearly::{Layout, Place, YearlyValues};

/// The confidence of every interval, two-sided.
pub(super) const CONFIDENCE: f64 = 0.95;

/// What is kept of the runs: one value set for each replicate, the same replicates everywhere.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Runs {
    /// By replicate.
    pub baseline: Vec<YearlyValues>,
    /// By policy, then replicate.
    pub policies: Vec<Vec<YearlyValues>>,
}

/// One policy against the baseline in one place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    /// Place in [`Runs::policies`].
    pub policy: usize,
    /// Metric, year and row.
    pub place: Place,
    /// The comparison itself.
    pub paired: Paired,
    /// p-value after Holm's correction over all policies, clusters and metrics of the same year.
    pub p_holm: f64,
}

/// Public money for each additional unit of a metric.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CostPer {
    /// Place in [`Runs::policies`].
    pub policy: usize,
    /// The metric that is bought, the year up to which both are counted, and the row where it is counted.
    pub place: Place,
    /// Yen for each; the money is that of all clusters, as a policy is paid for once.
    pub ratio: Ratio,
}

/// Everything that a comparison finds.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// By policy, then in the order of [`Layout::places`].
    pub differences: Vec<Difference>,
    /// By policy, year, row, then jobs before approvals; empty without the metrics that it needs.
    pub costs: Vec<CostPer>,
    /// How many differences of one year the correction is over.
    pub family: usize,
}

/// A band of one scenario in one place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BandRow {
    /// 0 for the baseline, then the policies from 1.
    pub scenario: usize,
    /// Metric, year and row.
    pub place: Place,
    /// The band.
    pub band: Band,
}

impl Runs {
    /// Number of pairs.
    #[must_use]
    pub fn pairs(&self) -> usize {
        self.baseline.len()
    }

    /// Both values of every pair in one place, baseline first.
    #[must_use]
    pub fn pair(&self, layout: &Layout, policy: usize, place: Place) -> (Vec<f64>, Vec<f64>) {
        (layout.gather(&self.baseline, place), layout.gather(&self.policies[policy], place))
    }

    /// One place of one policy against the baseline.
    #[must_use]
    pub fn compare(&self, layout: &Layout, policy: usize, place: Place, look: Look) -> Paired {
        let (baseline, with_policy) = self.pair(layout, policy, place);
        Paired::of(&baseline, &with_policy, look, CONFIDENCE)
    }

    /// The same runs with only the metrics of another layout, which has the same years and rows; a metric that was
    /// not kept is NaN.
    #[must_use]
    pub fn project(&self, from: &Layout, to: &Layout) -> Self {
        let all = |runs: &[YearlyValues]| runs.iter().map(|run| from.project(run, to)).collect();
        Self { baseline: all(&self.baseline), policies: self.policies.iter().map(|runs| all(runs)).collect() }
    }

    /// The bands of every scenario in every place.
    #[must_use]
    pub fn bands(&self, layout: &Layout) -> Vec<BandRow> {
        let bands = Bands::new(self.pairs());
        let scenarios = std::iter::once(&self.baseline).chain(&self.policies).enumerate();
        scenarios
            .flat_map(|(scenario, runs)| {
                let bands = &bands;
                layout.places().map(move |place| BandRow {
                    scenario,
                    place,
                    band: bands.of(&layout.gather(runs, place)),
                })
            })
            .collect()
    }
}

impl Comparison {
    /// Compares every policy with the baseline in every place.
    #[must_use]
    pub fn of(layout: &Layout, runs: &Runs, look: Look) -> Self {
        let multiplier = look.multiplier(runs.pairs(), CONFIDENCE);
        let mut differences = Vec::new();
        for policy in 0..runs.policies.len() {
            differences.extend(layout.places().map(|place| {
                let (baseline, with_policy) = runs.pair(layout, policy, place);
                let paired = Paired::of(&baseline, &with_policy, look, CONFIDENCE);
                Difference { policy, place, paired, p_holm: 1.0 }
            }));
        }
        for year in 0..layout.years.len() {
            let members: Vec<usize> = (0..differences.len()).filter(|at| differences[*at].place.year == year).collect();
            let p_values: Vec<f64> = members.iter().map(|at| differences[*at].paired.p_value).collect();
            for (at, p) in members.into_iter().zip(holm(&p_values)) {
                differences[at].p_holm = p;
            }
        }
        let family = runs.policies.len() * layout.rows * layout.metrics.len();
        Self { differences, costs: costs(layout, runs, multiplier), family }
    }

    /// The difference of a policy in a place.
    #[must_use]
    pub fn difference(&self, policy: usize, place: Place) -> Option<&Difference> {
        // Sorted by policy and then in the order of the places: year, row, metric.
        let key = |policy: usize, place: Place| (policy, place.year, place.row, place.metric);
        let wanted = key(policy, place);
        let at = self.differences.binary_search_by_key(&wanted, |found| key(found.policy, found.place)).ok()?;
        self.differences.get(at)
    }

    /// Median of the variance-reduction ratios of a policy in a year, over the metrics and clusters in which anything
    /// varies, and their number. Infinite if the policy changes no more than half of them.
    #[must_use]
    pub fn variance_reduction(&self, policy: usize, year: usize) -> (f64, usize) {
        self.median_reduction(year, |difference| difference.policy == policy)
    }

    /// The same over all policies.
    #[must_use]
    pub fn variance_reduction_of_all(&self, year: usize) -> (f64, usize) {
        self.median_reduction(year, |_| true)
    }

    fn median_reduction(&self, year: usize, of: impl Fn(&Difference) -> bool) -> (f64, usize) {
        let mut ratios: Vec<f64> = self
            .differences
            .iter()
            .filter(|difference| difference.place.year == year && of(difference))
            .map(|difference| difference.paired.variance_reduction)
            .filter(|ratio| !ratio.is_nan())
            .collect();
        ratios.sort_by(f64::total_cmp);
        let n = ratios.len();
        let median = match n {
            0 => f64::NAN,
            // The mean of the two in the middle; if one of them is infinite, so is their mean.
            _ => f64::midpoint(ratios[(n - 1) / 2], ratios[n / 2]),
        };
        (median, n)
    }
}

/// Public money for each additional person employed and for each additional approval, by policy, year, row; empty without the
/// metrics that it needs. The multiplier is that of the standard error.
#[must_use]
pub fn costs(layout: &Layout, runs: &Runs, multiplier: f64) -> Vec<CostPer> {
    let Some(money) = layout.metric("public_cost_jpy") else { return Vec::new() };
    let bought: Vec<usize> = ["employees", "approvals"].iter().filter_map(|name| layout.metric(name)).collect();
    let mut costs = Vec::new();
    for policy in 0..runs.policies.len() {
        let differences = |place: Place| -> Vec<f64> {
            let (baseline, with_policy) = runs.pair(layout, policy, place);
            with_policy.iter().zip(&baseline).map(|(policy, baseline)| policy - baseline).collect()
        };
        for year in 0..layout.years.len() {
            let paid = differences(Place { metric: money, year, row: layout.rows - 1 });
            for row in 0..layout.rows {
                for &metric in &bought {
                    let place = Place { metric, year, row };
                    costs.push(CostPer {
                        policy,
                        place,
                        ratio: ratio_of_means(&paid, &differences(place), multiplier),
                    });
                }
            }
        }
    }
    costs
}
