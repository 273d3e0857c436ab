//! Whether a stopping rule is met.

use crate::study::{Limit, StoppingRule};

use super::comparison::CONFIDENCE;
use super::paired::{Look, Paired};
use super::sample::Sample;

impl StoppingRule {
    /// Whether the interval of a difference is narrow enough. Differences that are all equal have no width to judge:
    /// more are needed.
    #[must_use]
    pub fn is_met(&self, paired: &Paired) -> bool {
        !paired.never_varies() && (paired.high - paired.low) / 2.0 <= self.limit_at(paired.baseline)
    }

    /// Whether the interval of a mean by itself is narrow enough, looked at after every value.
    #[must_use]
    pub fn is_met_by(&self, values: &[f64]) -> bool {
        let sample = Sample::of(values);
        let (low, high) = Look::AfterEvery.interval(values, &sample, CONFIDENCE);
        sample.error() != 0.0 && (high - low) / 2.0 <= self.limit_at(sample.mean)
    }

    fn limit_at(&self, level: f64) -> f64 {
        match self.limit {
            Limit::Absolute(limit) => limit,
            Limit::Relative(share) => share * level.abs(),
        }
    }
}
