//! Kaplan and Meier's estimate of the share that still lives, by age.

use crate::math;

/// One subject: how long it was seen, and whether it ended then or was merely lost from sight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Life {
    /// Age in months when it ended or was last seen.
    pub months: u16,
    /// Whether it ended; otherwise it is censored.
    pub ended: bool,
}

/// The estimate at the end of each month of age, from age 0 to the oldest subject.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct KaplanMeier {
    /// Share that has not ended, 0 to 1.
    pub alive: Vec<f64>,
    /// Lower and upper edge of the 95 % interval of the share.
    pub interval: Vec<(f64, f64)>,
    /// Subjects still seen at the beginning of the month.
    pub at_risk: Vec<u64>,
}

/// Standard normal quantile of 97.5 %.
const Z: f64 = 1.959_963_984_540_054;

/// Estimates survival. The interval is Greenwood's on the log(-log) scale, so that it stays within 0 and 1; before the
/// first end it is (1, 1), and where all have ended, (0, 0).
#[must_use]
pub fn kaplan_meier(lives: &[Life]) -> KaplanMeier {
    let Some(oldest) = lives.iter().map(|life| usize::from(life.months)).max() else {
        return KaplanMeier::default();
    };
    let (mut ends, mut leavers) = (vec![0u64; oldest + 1], vec![0u64; oldest + 1]);
    for life in lives {
        leavers[usize::from(life.months)] += 1;
        ends[usize::from(life.months)] += u64::from(life.ended);
    }
    let mut estimate = KaplanMeier::default();
    let (mut at_risk, mut alive, mut greenwood) = (lives.len() as u64, 1.0, 0.0);
    for (ended, left) in ends.into_iter().zip(leavers) {
        let (n, d) = (at_risk as f64, ended as f64);
        alive *= 1.0 - d / n;
        greenwood += if ended < at_risk { d / (n * (n - d)) } else { 0.0 };
        estimate.alive.push(alive);
        estimate.interval.push(interval(alive, greenwood));
        estimate.at_risk.push(at_risk);
        at_risk -= left;
    }
    estimate
}

fn interval(alive: f64, greenwood: f64) -> (f64, f64) {
    if alive <= 0.0 || alive >= 1.0 {
        return (alive, alive);
    }
    let spread = math::exp(Z * math::sqrt(greenwood) / -math::ln(alive));
    (math::pow(alive, spread), math::pow(alive, 1.0 / spread))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Remission under 6-mercaptopurine (Freireich and others 1963), the textbook example of censored data.
    #[test]
    fn the_textbook_example_comes_out() {
        let ended = [6, 6, 6, 7, 10, 13, 16, 22, 23];
        let censored = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35];
        let life = |ended: bool| move |&months: &u16| Life { months, ended };
        let lives: Vec<Life> = ended.iter().map(life(true)).chain(censored.iter().map(life(false))).collect();
        let estimate = kaplan_meier(&lives);
        for (month, share) in
            [(5, 1.0), (6, 0.857), (7, 0.807), (10, 0.753), (13, 0.690), (16, 0.627), (22, 0.538), (35, 0.448)]
        {
            assert!((estimate.alive[month] - share).abs() < 5e-4, "{month}: {}", estimate.alive[month]);
        }
        assert_eq!((estimate.at_risk[6], estimate.at_risk[10], estimate.at_risk[35]), (21, 15, 1));
        // The interval at 10 months as R's survfit gives it with conf.type = "log-log".
        let (low, high) = estimate.interval[10];
        assert!((low - 0.503).abs() < 2e-3 && (high - 0.889).abs() < 2e-3, "{low} {high}");
    }

    #[test]
    fn nobody_and_everybody() {
        assert_eq!(kaplan_meier(&[]), KaplanMeier::default());
        let all = kaplan_meier(&[Life { months: 2, ended: true }; 3]);
        assert_eq!((all.alive.as_slice(), all.interval[2]), ([1.0, 1.0, 0.0].as_slice(), (0.0, 0.0)));
    }
}
