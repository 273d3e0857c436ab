//! Which option is best, how often, and what it costs to have chosen another.

use super::paired::{Look, Paired, Share, wilson};
use super::yearly::Better;

/// How an option fares among all options over replicates or futures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rank {
    /// Share of the replicates in which it is the best, with a 95 % interval; those that share the first place share
    /// the replicate.
    pub best: Share,
    /// Mean place, 1 for the best; those of equal value share the mean of their places.
    pub mean: f64,
}

/// Ranks options by their values, `options[option][replicate]`, the same replicates everywhere.
///
/// # Panics
/// If the options have different numbers of replicates.
#[must_use]
pub fn ranks(options: &[Vec<f64>], better: Better) -> Vec<Rank> {
    let n = options.first().map_or(0, Vec::len);
    assert!(options.iter().all(|values| values.len() == n), "every option needs every replicate");
    let sign = if better == Better::Higher { 1.0 } else { -1.0 };
    let mut firsts = vec![0.0; options.len()];
    let mut places = vec![0.0; options.len()];
    for replicate in 0..n {
        let value = |option: usize| sign * options[option][replicate];
        for option in 0..options.len() {
            let above = (0..options.len()).filter(|other| value(*other) > value(option)).count() as f64;
            let equal = (0..options.len()).filter(|other| value(*other) == value(option)).count() as f64;
            places[option] += above + (equal + 1.0) / 2.0;
            if above == 0.0 {
                firsts[option] += 1.0 / equal;
            }
        }
    }
    let rank = |option: usize| Rank { best: wilson(firsts[option], n), mean: places[option] / n as f64 };
    (0..options.len()).map(rank).collect()
}

/// Places of all options but the first (the baseline), the best first: by how often they are best, then by their mean
/// place, then in their order.
#[must_use]
pub fn best_first(ranks: &[Rank]) -> Vec<usize> {
    let mut order: Vec<usize> = (1..ranks.len()).collect();
    order.sort_by(|a, b| {
        let (x, y) = (ranks[*a], ranks[*b]);
        y.best.share.total_cmp(&x.best.share).then(x.mean.total_cmp(&y.mean)).then(a.cmp(b))
    });
    order
}

/// What an option leaves on the table over several futures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Regret {
    /// Mean over the futures of the best option's value less its own; 0 if it is the best everywhere.
    pub mean: f64,
    /// Greatest over the futures.
    pub most: f64,
    /// The future of the greatest regret.
    pub future: usize,
    /// Lower bound of the 95 % interval of that greatest regret over the replicates of its future.
    pub low: f64,
    /// Upper bound of it.
    pub high: f64,
}

/// Regrets of options, `options[option][future][replicate]`, each with the same futures and replicates.
///
/// The interval takes future and best option as found; it does not cover that both were searched for.
///
/// # Source
/// Savage (1951), "The theory of statistical decision", Journal of the American Statistical Association 46, 55-67.
#[must_use]
pub fn regrets(options: &[Vec<Vec<f64>>], better: Better) -> Vec<Regret> {
    let futures = options.first().map_or(0, Vec::len);
    let sign = if better == Better::Higher { 1.0 } else { -1.0 };
    let mean = |option: usize, future: usize| sign * super::sample::Sample::of(&options[option][future]).mean;
    let best: Vec<usize> = (0..futures)
        .map(|future| {
            (0..options.len())
                .fold(0, |best, option| if mean(option, future) > mean(best, future) { option } else { best })
        })
        .collect();
    (0..options.len())
        .map(|option| {
            let all: Vec<f64> = (0..futures).map(|future| mean(best[future], future) - mean(option, future)).collect();
            let worst = (0..futures).fold(0, |worst, future| if all[future] > all[worst] { future } else { worst });
            let sum = crate::math::sum_in_order(&all);
            if futures == 0 {
                return Regret { mean: f64::NAN, most: f64::NAN, future: 0, low: f64::NAN, high: f64::NAN };
            }
            let (own, other) = (&options[option][worst], &options[best[worst]][worst]);
            let look = Look::Once;
            let paired = Paired::of(own, other, look, super::comparison::CONFIDENCE);
            let (low, high) = if sign > 0.0 { (paired.low, paired.high) } else { (-paired.high, -paired.low) };
            let (low, high) = if best[worst] == option { (0.0, 0.0) } else { (low, high) };
            Regret { mean: sum / futures as f64, most: all[worst], future: worst, low, high }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_is_best_and_equals_share() {
        let options = [vec![1.0, 5.0, 2.0, 2.0], vec![2.0, 4.0, 2.0, 2.0], vec![0.0, 0.0, 0.0, 2.0]];
        let found = ranks(&options, Better::Higher);
        let share = |at: usize| (found[at].best.share * 4.0 * 6.0).round();
        assert_eq!([share(0), share(1), share(2)], [11.0, 11.0, 2.0]);
        assert_eq!(found[0].mean, (2.0 + 1.0 + 1.5 + 2.0) / 4.0);
        assert_eq!(ranks(&options, Better::Lower)[2].mean, (1.0 + 1.0 + 1.0 + 2.0) / 4.0);
    }

    #[test]
    fn regret_is_the_distance_to_the_best_of_each_future() {
        let options = [vec![vec![10.0, 12.0], vec![0.0, 2.0]], vec![vec![7.0, 7.0], vec![5.0, 7.0]]];
        let found = regrets(&options, Better::Higher);
        assert_eq!((found[0].most, found[0].future, found[0].mean), (5.0, 1, 2.5));
        assert_eq!((found[1].most, found[1].future), (4.0, 0));
        assert!(found[1].low < 4.0 && found[1].high > 4.0);
        assert_eq!((found[0].low, found[0].high), (5.0, 5.0));
        assert_eq!(regrets(&options, Better::Lower)[0].most, 4.0);
    }
}
