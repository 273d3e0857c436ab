//! From words to numbers: the project's own samplers.
//!
//! They consume only `next_u32` and `next_u64` and compute only with [`crate::math`], so an upgrade of a
//! library cannot change a published result. Samplers that take one word ([`unit()`], [`chance`], [`normal`],
//! [`lognormal`], [`exponential`], [`geometric`], [`gumbel`], [`choose_weighted`], small [`poisson`] and
//! [`binomial`]) are monotone in it: nearby parameters give nearby results from the same luck (except across
//! a binomial's one half, where it turns over).
//!
//! Each says its domain. Outside it a debug build stops; a release build returns what the text says and never
//! panics or hangs for finite arguments.
//!
//! Longer than most files by its tests: every sampler stands beside what holds it to its distribution and to its bits.

use super::Rng;
use crate::math::{exp, ln, ln_1p, ln_gamma, ln_roughly, normal_quantile, sigmoid, sqrt};

/// Uniform on [0, 1): a multiple of 2^-53.
#[inline]
pub fn unit(rng: &mut impl Rng) -> f64 {
    unit_of(rng.next_u64())
}

/// The number that [`unit()`] makes of a word.
#[inline]
#[must_use]
pub fn unit_of(word: u64) -> f64 {
    (word >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
}

/// Uniform on (0, 1): an odd multiple of 2^-53, symmetric about one half, safe under a logarithm.
#[inline]
pub fn unit_open(rng: &mut impl Rng) -> f64 {
    unit_open_of(rng.next_u64())
}

fn unit_open_of(word: u64) -> f64 {
    ((word >> 12) as f64 + 0.5) * (1.0 / (1_u64 << 52) as f64)
}

/// Uniform on the integers 0 to `n - 1`, without bias. Domain `n > 0`; gives 0 for `n = 0`.
///
/// # Source
/// Lemire (2019), "Fast random integer generation in an interval", ACM TOMACS 29(1), article 3.
#[inline]
pub fn below(rng: &mut impl Rng, n: u32) -> u32 {
    debug_assert!(n > 0, "nothing is below 0");
    let mut product = u64::from(rng.next_u32()) * u64::from(n);
    if (product as u32) < n {
        // 2^32 is not a multiple of n: the first 2^32 mod n low words would be favoured and are drawn again.
        let favoured = n.wrapping_neg().checked_rem(n).unwrap_or(0);
        while (product as u32) < favoured {
            product = u64::from(rng.next_u32()) * u64::from(n);
        }
    }
    (product >> 32) as u32
}

/// True with probability `p`. Domain [0, 1]; below it never, above it always.
#[inline]
pub fn chance(rng: &mut impl Rng, p: f64) -> bool {
    debug_assert!((0.0..=1.0).contains(&p), "{p} is not a probability");
    unit(rng) < p
}

/// Standard normal, by inversion (within 8.3 standard deviations).
///
/// Inversion costs a few nanoseconds more than a rejection method, and buys one word a draw and a result that
/// moves with that word.
pub fn normal(rng: &mut impl Rng) -> f64 {
    normal_quantile(unit_open(rng))
}

/// Log-normal with this median, and `sigma` the standard deviation of the logarithm.
///
/// Domain: both finite, `median >= 0`, `sigma >= 0`.
pub fn lognormal(rng: &mut impl Rng, median: f64, sigma: f64) -> f64 {
    debug_assert!(median >= 0.0 && sigma >= 0.0, "log-normal with median {median}, sigma {sigma}");
    median * exp(sigma * normal(rng))
}

/// Exponential with this mean. Domain `mean >= 0`, finite.
pub fn exponential(rng: &mut impl Rng, mean: f64) -> f64 {
    debug_assert!(mean >= 0.0, "exponential with mean {mean}");
    -mean * ln(unit_open(rng))
}

/// Standard Gumbel (type I extreme value): location 0, scale 1, mean 0.577.
///
/// Adding one to each utility and taking the largest is a multinomial logit choice.
pub fn gumbel(rng: &mut impl Rng) -> f64 {
    gumbel_of(rng.next_u64())
}

/// The Gumbel number that [`gumbel`] makes of a word.
#[must_use]
pub fn gumbel_of(word: u64) -> f64 {
    -ln(-ln(unit_open_of(word)))
}

/// Next to [`gumbel_of`] the same word and not below it, for a third of the cost: to see who is out of the running.
#[must_use]
pub fn gumbel_ceiling(word: u64) -> f64 {
    let exponential = -ln_roughly(unit_open_of(word));
    // An error of a ten-millionth at most is small beside the logarithm, but for words next to the greatest.
    if exponential > 0.01 { 2e-5 - ln_roughly(exponential) } else { gumbel_of(word) }
}

/// Gamma with this shape and scale 1. Domain `shape > 0`, finite; gives 0 otherwise.
pub fn gamma(rng: &mut impl Rng, shape: f64) -> f64 {
    debug_assert!(shape > 0.0, "gamma with shape {shape}");
    if shape >= 1.0 { gamma_from_one(rng, shape) } else { exp(ln_gamma_variate(rng, shape)) }
}

/// Beta with these two shapes. Domain both `> 0`, finite; gives one half otherwise.
///
/// Worked out on the logarithms of two gamma draws, so that small shapes, which put everything next to 0
/// and 1, do not end in 0 / 0.
pub fn beta(rng: &mut impl Rng, a: f64, b: f64) -> f64 {
    debug_assert!(a > 0.0 && b > 0.0, "beta with shapes {a}, {b}");
    if !(a > 0.0 && b > 0.0) {
        return 0.5;
    }
    let (x, y) = (ln_gamma_variate(rng, a), ln_gamma_variate(rng, b));
    // Shapes below about 1e-305 can give two minus infinities; then neither side wins.
    if x == y { 0.5 } else { sigmoid(x - y) }
}

/// Logarithm of a gamma draw.
fn ln_gamma_variate(rng: &mut impl Rng, shape: f64) -> f64 {
    if shape >= 1.0 {
        return ln(gamma_from_one(rng, shape));
    }
    if shape.is_nan() || shape <= 0.0 {
        return f64::NEG_INFINITY;
    }
    // A draw of shape + 1 times a uniform to the power 1 / shape has this shape.
    ln(gamma_from_one(rng, shape + 1.0)) + ln(unit_open(rng)) / shape
}

/// Gamma draw for a shape of at least one.
///
/// # Source
/// Marsaglia and Tsang (2000), "A simple method for generating gamma variables", ACM TOMS 26(3), 363-372.
fn gamma_from_one(rng: &mut impl Rng, shape: f64) -> f64 {
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / (3.0 * sqrt(d));
    loop {
        let x = normal(rng);
        let root = 1.0 + c * x;
        if root <= 0.0 {
            continue;
        }
        let v = root * root * root;
        if ln(unit_open(rng)) < 0.5 * x * x + d * (1.0 - v + ln(v)) {
            return d * v;
        }
    }
}

/// Trials up to and including the first success, each with probability `p`: 1, 2, 3 ...
///
/// Domain [0, 1]. Never (the largest integer) for `p = 0`, 1 for `p = 1` or above.
pub fn geometric(rng: &mut impl Rng, p: f64) -> u64 {
    debug_assert!((0.0..=1.0).contains(&p), "{p} is not a probability");
    if p >= 1.0 {
        return 1;
    }
    geometric_gap(unit_open(rng), 1.0 / ln_1p(-p))
}

/// The geometric draw at `u` in (0, 1), for a caller who keeps `1 / ln(1 - p)`; minus infinity means never.
///
/// More than n trials are needed with probability `(1 - p)^n`, so n is the number of whole times that
/// `ln(1 - p)` goes into `ln u`.
#[inline]
pub(crate) fn geometric_gap(u: f64, inverse_ln_failure: f64) -> u64 {
    // The rough number tells, unless a whole one is near. Conversion cuts off, and saturates: infinity is the largest integer.
    let rough = ln_roughly(u) * inverse_ln_failure;
    let (whole, off) = (rough as i64, 1e-7 * inverse_ln_failure.abs() + 1e-9 * rough);
    let part = rough - whole as f64;
    let gap = if part > off && part < 1.0 - off { whole as u64 } else { (ln(u) * inverse_ln_failure) as u64 };
    gap.saturating_add(1)
}

/// Poisson count with this mean. Domain `mean >= 0`, finite; gives 0 otherwise. Exact up to a mean of about 1e15,
/// where counts leave the integers a double can tell apart.
///
/// # Source
/// From a mean of 10 on: Hörmann (1993), "The transformed rejection method for generating Poisson random
/// variables", Insurance: Mathematics and Economics 12(1), 39-45 (algorithm PTRS).
pub fn poisson(rng: &mut impl Rng, mean: f64) -> u64 {
    debug_assert!(mean >= 0.0, "Poisson with mean {mean}");
    if mean.is_nan() || mean <= 0.0 {
        return 0;
    }
    if mean < 10.0 {
        return search(unit(rng), exp(-mean), |count| mean / count);
    }
    let b = 0.931 + 2.53 * sqrt(mean);
    let a = -0.059 + 0.024_83 * b;
    let inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
    let surely = 0.9277 - 3.6224 / (b - 2.0);
    loop {
        let u = unit(rng) - 0.5;
        let v = unit_open(rng);
        let edge = 0.5 - u.abs();
        let count = ((2.0 * a / edge + b) * u + mean + 0.43).floor();
        if edge >= 0.07 && v <= surely {
            return count as u64;
        }
        // The edge is 0 for the one word that gives u = -0.5; its count, minus infinity, leaves here.
        if count < 0.0 || (edge < 0.013 && v > edge) {
            continue;
        }
        if ln(v * inverse_alpha / (a / (edge * edge) + b)) <= ln_poisson_mass(count, mean) {
            return count as u64;
        }
    }
}

/// Number of successes in `n` trials, each with probability `p`. Domain `p` in [0, 1]; below it 0, above it `n`.
///
/// # Source
/// From ten expected successes on: Hörmann (1993), "The generation of binomial random variates",
/// Journal of Statistical Computation and Simulation 46, 101-110 (algorithm BTRS).
pub fn binomial(rng: &mut impl Rng, n: u64, p: f64) -> u64 {
    debug_assert!((0.0..=1.0).contains(&p), "{p} is not a probability");
    if n == 0 || p.is_nan() || p <= 0.0 {
        return 0;
    }
    if p >= 1.0 {
        return n;
    }
    if p > 0.5 {
        return n - binomial(rng, n, 1.0 - p);
    }
    let trials = n as f64;
    if trials * p < 10.0 {
        let odds = p / (1.0 - p);
        let none = exp(trials * ln_1p(-p));
        return search(unit(rng), none, |count| (trials - count + 1.0) * odds / count).min(n);
    }
    let spread = sqrt(trials * p * (1.0 - p));
    let b = 1.15 + 2.53 * spread;
    let a = -0.0873 + 0.0248 * b + 0.01 * p;
    let alpha = (2.83 + 5.1 / b) * spread;
    let surely = 0.92 - 4.2 / b;
    let ln_mode_mass = ln_binomial_mass(((trials + 1.0) * p).floor(), trials, p);
    loop {
        let u = unit(rng) - 0.5;
        let v = unit_open(rng);
        let edge = 0.5 - u.abs();
        let count = ((2.0 * a / edge + b) * u + trials * p + 0.5).floor();
        if edge >= 0.07 && v <= surely {
            return (count as u64).min(n);
        }
        if count < 0.0 || count > trials {
            continue;
        }
        if ln(v * alpha / (a / (edge * edge) + b)) <= ln_binomial_mass(count, trials, p) - ln_mode_mass {
            return (count as u64).min(n);
        }
    }
}

/// Inverts a count's distribution function at `u` by walking up from 0.
///
/// `mass` is the probability of 0, and `ratio(k)` the probability of k over that of k - 1.
fn search(u: f64, mut mass: f64, ratio: impl Fn(f64) -> f64) -> u64 {
    let (mut count, mut cumulated) = (0.0_f64, mass);
    // Rounding can leave the masses' sum below a `u` next to 1: stop when a mass no longer adds anything.
    while u >= cumulated {
        count += 1.0;
        mass *= ratio(count);
        if cumulated + mass <= cumulated {
            break;
        }
        cumulated += mass;
    }
    count as u64
}

/// Logarithm of the Poisson probability of `count`, accurate for large counts too.
///
/// # Source
/// This and the three functions below: Loader (2000), "Fast and accurate computation of binomial probabilities".
fn ln_poisson_mass(count: f64, mean: f64) -> f64 {
    if count == 0.0 {
        return -mean;
    }
    -stirling_error(count) - deviance(count, mean) - 0.5 * ln(std::f64::consts::TAU * count)
}

/// Logarithm of the binomial probability of `count` in `trials`.
fn ln_binomial_mass(count: f64, trials: f64, p: f64) -> f64 {
    if count == 0.0 {
        return trials * ln_1p(-p);
    }
    let misses = trials - count;
    if misses == 0.0 {
        return trials * ln(p);
    }
    stirling_error(trials)
        - stirling_error(count)
        - stirling_error(misses)
        - deviance(count, trials * p)
        - deviance(misses, trials * (1.0 - p))
        + 0.5 * ln(trials / (std::f64::consts::TAU * count * misses))
}

/// `ln(n!)` minus Stirling's approximation of it.
fn stirling_error(n: f64) -> f64 {
    if n < 16.0 {
        let half_ln_tau = 0.918_938_533_204_672_7;
        return ln_gamma(n + 1.0) - (n + 0.5) * ln(n) + n - half_ln_tau;
    }
    let square = n * n;
    (1.0 / 12.0 - (1.0 / 360.0 - (1.0 / 1260.0 - 1.0 / 1680.0 / square) / square) / square) / n
}

/// `x ln(x / mean) + mean - x`, without the cancellation where `x` is close to `mean`.
fn deviance(x: f64, mean: f64) -> f64 {
    let ratio = (x - mean) / (x + mean);
    if ratio.abs() >= 0.1 {
        return x * ln(x / mean) + mean - x;
    }
    let mut sum = (x - mean) * ratio;
    let mut term = 2.0 * x * ratio;
    // The terms shrink a hundredfold each: 12 of them exhaust a double.
    for power in 1..12 {
        term *= ratio * ratio;
        sum += term / f64::from(2 * power + 1);
    }
    sum
}

/// Index drawn in proportion to its weight; `None` if no weight is positive.
///
/// Weights are added in index order. Domain: finite, not negative; anything that is not positive counts as 0.
pub fn choose_weighted(rng: &mut impl Rng, weights: &[f64]) -> Option<usize> {
    debug_assert!(weights.iter().all(|weight| *weight >= 0.0 && weight.is_finite()), "{weights:?}");
    let positive = |weight: &f64| if *weight > 0.0 { *weight } else { 0.0 };
    let total = weights.iter().map(positive).fold(0.0, |sum, weight| sum + weight);
    if total <= 0.0 {
        return None;
    }
    let target = unit(rng) * total;
    let mut cumulated = 0.0;
    for (index, weight) in weights.iter().enumerate() {
        cumulated += positive(weight);
        if target < cumulated {
            return Some(index);
        }
    }
    // Only an overflowing total gets here: the last possible index then stands for the rest.
    weights.iter().rposition(|weight| *weight > 0.0)
}

/// Puts a slice into uniformly random order. Domain: fewer than 2^32 items.
pub fn shuffle<T>(rng: &mut impl Rng, items: &mut [T]) {
    debug_assert!(u32::try_from(items.len()).is_ok(), "{} items are too many to shuffle", items.len());
    for last in (1..items.len()).rev() {
        let choices = u32::try_from(last + 1).unwrap_or(u32::MAX);
        items.swap(last, below(rng, choices) as usize);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Draws, Key, Purpose, Streams};

    fn draws() -> Draws {
        Streams::new(2024, 1).at(Purpose::Person, Key(11), 5)
    }

    /// Pins the numbers themselves: any change here changes every published result.
    #[test]
    fn value_stability_of_continuous_samplers() {
        let rng = &mut draws();
        let numbers = [
            unit(rng),
            unit_open(rng),
            normal(rng),
            lognormal(rng, 3.0, 0.5),
            exponential(rng, 2.0),
            gumbel(rng),
            gamma(rng, 2.5),
            gamma(rng, 0.3),
            beta(rng, 2.0, 5.0),
            beta(rng, 0.4, 0.2),
        ];
        assert_eq!(
            numbers.map(f64::to_bits),
            [
                4606546221737365234,
                4601761915452741790,
                4593674073687805672,
                4610672565085417211,
                4606181961829052462,
                4611784826427556948,
                4611918953177233645,
                4597689921774689156,
                4593075237769860233,
                4606759191973236295
            ]
        );
    }

    /// Pins the numbers themselves: any change here changes every published result.
    #[test]
    fn value_stability_of_discrete_samplers() {
        let rng = &mut draws();
        let mut cards = [0, 1, 2, 3, 4, 5, 6];
        shuffle(rng, &mut cards);
        assert_eq!(cards, [0, 3, 2, 1, 6, 5, 4]);
        let counts = [
            u64::from(below(rng, 1000)),
            u64::from(chance(rng, 0.5)),
            geometric(rng, 0.03),
            poisson(rng, 3.0),
            poisson(rng, 300.0),
            binomial(rng, 20, 0.1),
            binomial(rng, 10_000, 0.3),
            binomial(rng, 1000, 0.9),
            choose_weighted(rng, &[1.0, 0.0, 5.0, 2.0]).map_or(9, |index| index as u64),
        ];
        assert_eq!(counts, [114, 0, 29, 2, 295, 1, 3047, 908, 3]);
    }

    /// A generator of one word, for the corners.
    struct Constant(u64);

    impl rand::TryRng for Constant {
        type Error = std::convert::Infallible;
        fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
            Ok(self.0 as u32)
        }
        fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
            Ok(self.0)
        }
        fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
            bytes.fill(self.0 as u8);
            Ok(())
        }
    }

    #[test]
    fn the_extreme_words_stay_in_range() {
        for word in [0, u64::MAX] {
            let rng = &mut Constant(word);
            assert!((0.0..1.0).contains(&unit(rng)));
            let open = unit_open(rng);
            assert!(open > 0.0 && open < 1.0);
            assert!(normal(rng).abs() < 8.3);
            assert!(exponential(rng, 1.0).is_finite() && gumbel(rng).is_finite());
            assert!(geometric(rng, 0.5) >= 1);
            assert!(poisson(rng, 9.999) < 60);
            assert!(binomial(rng, 15, 0.5) <= 15);
            assert!(choose_weighted(rng, &[0.0, 0.1, 0.2, 0.0]).is_some_and(|index| index == 1 || index == 2));
            assert!(!chance(rng, 0.0) && chance(rng, 1.0));
        }
    }

    #[test]
    fn what_is_rough_decides_nothing_that_is_close() {
        let mut rng = draws();
        let edges = (0..64).flat_map(|bit| [u64::MAX << bit, u64::MAX >> bit, !(1 << bit), !(u64::MAX >> bit)]);
        for word in edges.chain((0..100_000).map(|_| rng.next_u64())) {
            let (exact, most) = (gumbel_of(word), gumbel_ceiling(word));
            assert!(exact <= most && most < exact + 1e-4, "{word:x}");
            let u = unit_open_of(word);
            for inverse in [-0.0, -0.7, -39.5, -9.5, -1e4, -1e9, f64::NEG_INFINITY] {
                assert_eq!(geometric_gap(u, inverse), ((ln(u) * inverse).floor() as u64).saturating_add(1));
            }
        }
    }

    #[test]
    fn degenerate_parameters() {
        let rng = &mut draws();
        assert_eq!(below(rng, 1), 0);
        assert_eq!((geometric(rng, 0.0), geometric(rng, 1.0)), (u64::MAX, 1));
        assert_eq!((poisson(rng, 0.0), binomial(rng, 0, 0.5)), (0, 0));
        assert_eq!((binomial(rng, 9, 0.0), binomial(rng, 9, 1.0)), (0, 9));
        assert_eq!(choose_weighted(rng, &[]), None);
        assert_eq!(choose_weighted(rng, &[0.0, 0.0]), None);
        assert_eq!(lognormal(rng, 0.0, 1.0), 0.0);
        assert_eq!(exponential(rng, 0.0), 0.0);
        shuffle::<u8>(rng, &mut []);
    }

    #[test]
    fn extreme_parameters_come_back() {
        let rng = &mut draws();
        for _ in 0..1000 {
            assert!(gamma(rng, 1e-300) >= 0.0 && gamma(rng, 1e300).is_finite());
            let share = beta(rng, 1e-300, 1e-300);
            assert!((0.0..=1.0).contains(&share));
            assert!((0.0..=1.0).contains(&beta(rng, 1e9, 1e-9)));
            assert!(poisson(rng, 1e15) > 900_000_000_000_000);
            assert!(binomial(rng, u64::MAX, 0.5) > u64::MAX / 4);
            assert!(binomial(rng, u64::MAX, 1e-19) < 100);
            assert!(geometric(rng, f64::MIN_POSITIVE) > 1);
            poisson(rng, f64::MAX);
        }
    }
}
