//! Every sampler against an oracle: the distribution functions of `statrs`, and samples of `rand_distr`.
//!
//! Seeds are fixed, so a test passes always or never. Tolerances are those of the statistic's own law: a
//! Kolmogorov-Smirnov distance times root n below 2.2 (probability of more: 1 in 8,000), a chi-square above the
//! 1-in-10,000 quantile fails, and moments lie within 5 standard errors.

use rand_distr::Distribution;
use statrs::distribution::{
    Beta, Binomial, ChiSquared, ContinuousCDF, Discrete, Exp, Gamma, Geometric, Gumbel, LogNormal, Normal, Poisson,
    Uniform,
};
use trihelix::math::ln;
use trihelix::rng::{Key, Purpose, Rng, Stream, Streams, sample};

const DRAWS: usize = 40_000;

fn stream(key: u64) -> Stream {
    Streams::new(20_240_101, 0).stream(Purpose::Person, Key(key))
}

fn sorted(mut draw: impl FnMut() -> f64) -> Vec<f64> {
    let mut sample: Vec<f64> = (0..DRAWS).map(|_| draw()).collect();
    sample.sort_by(f64::total_cmp);
    sample
}

/// Largest distance between the sample's distribution function and the oracle's, times root n.
fn assert_follows(name: &str, oracle: &impl ContinuousCDF<f64, f64>, draw: impl FnMut() -> f64) {
    let sample = sorted(draw);
    let n = sample.len() as f64;
    let distance = sample.iter().enumerate().fold(0.0_f64, |distance, (rank, x)| {
        let p = oracle.cdf(*x);
        distance.max((p - rank as f64 / n).abs()).max(((rank + 1) as f64 / n - p).abs())
    });
    assert!(distance * n.sqrt() < 2.2, "{name}: distance times root n is {}", distance * n.sqrt());
}

/// Two samples of one law: the largest distance of their distribution functions.
fn assert_same_law(name: &str, ours: impl FnMut() -> f64, theirs: impl FnMut() -> f64) {
    let (ours, theirs) = (sorted(ours), sorted(theirs));
    let mut distance = 0_usize;
    let (mut i, mut j) = (0, 0);
    while i < DRAWS && j < DRAWS {
        // Ties advance together, or counts would seem to differ.
        let x = ours[i].min(theirs[j]);
        while i < DRAWS && ours[i] <= x {
            i += 1;
        }
        while j < DRAWS && theirs[j] <= x {
            j += 1;
        }
        distance = distance.max(i.abs_diff(j));
    }
    let scaled = distance as f64 / DRAWS as f64 * (DRAWS as f64 / 2.0).sqrt();
    assert!(scaled < 2.2, "{name}: distance times root n is {scaled}");
}

/// Chi-square of counted cells; cells that expect less than 10 are pooled with the next.
fn assert_counts(name: &str, counted: &[u64], probability: impl Fn(usize) -> f64) {
    let total = counted.iter().sum::<u64>() as f64;
    let (mut chi_square, mut cells, mut expected, mut found) = (0.0, 0, 0.0, 0.0);
    let mut rest = total;
    for (cell, count) in counted.iter().enumerate() {
        expected += probability(cell) * total;
        found += *count as f64;
        // The last pool must be large enough too.
        if expected >= 10.0 && rest - expected >= 10.0 {
            chi_square += (found - expected) * (found - expected) / expected;
            cells += 1;
            rest -= expected;
            (expected, found) = (0.0, 0.0);
        }
    }
    if rest >= 10.0 {
        chi_square += (found - rest) * (found - rest) / rest;
        cells += 1;
    }
    assert!(cells >= 2, "{name}: too few cells");
    let luck = ChiSquared::new(f64::from(cells - 1)).unwrap().sf(chi_square);
    assert!(luck > 1e-4, "{name}: chi-square {chi_square} over {cells} cells, p = {luck}");
}

fn assert_mass(name: &str, oracle: &impl Discrete<u64, f64>, mut draw: impl FnMut() -> u64) {
    let mut counted = vec![0; 2000];
    for _ in 0..2 * DRAWS {
        counted[(draw() as usize).min(1999)] += 1;
    }
    assert_counts(name, &counted, |cell| oracle.pmf(cell as u64));
}

/// Mean and variance within five standard errors, for a law that is close to normal.
fn assert_moments(name: &str, mean: f64, variance: f64, mut draw: impl FnMut() -> f64) {
    let n = DRAWS as f64;
    let sample: Vec<f64> = (0..DRAWS).map(|_| (draw() - mean) / variance.sqrt()).collect();
    let first = sample.iter().sum::<f64>() / n;
    let second = sample.iter().map(|x| x * x).sum::<f64>() / n;
    assert!(first.abs() * n.sqrt() < 5.0, "{name}: mean is off by {first} standard deviations");
    assert!((second - 1.0).abs() * (n / 2.0).sqrt() < 5.0, "{name}: variance is {second} of what it should be");
}

#[test]
fn uniforms() {
    let rng = &mut stream(1);
    let oracle = Uniform::new(0.0, 1.0).unwrap();
    assert_follows("unit", &oracle, || sample::unit(rng));
    assert_follows("unit_open", &oracle, || sample::unit_open(rng));
    for p in [0.001, 0.3, 0.999] {
        let mut hits = [0; 2];
        (0..DRAWS).for_each(|_| hits[usize::from(sample::chance(rng, p))] += 1);
        assert_counts(&format!("chance {p}"), &hits, |hit| if hit == 1 { p } else { 1.0 - p });
    }
}

#[test]
fn below_is_even() {
    let rng = &mut stream(2);
    for n in [2, 3, 7, 10, 1000] {
        let mut counted = vec![0; n as usize];
        (0..2 * DRAWS).for_each(|_| counted[sample::below(rng, n) as usize] += 1);
        assert_counts(&format!("below {n}"), &counted, |_| 1.0 / f64::from(n));
    }
    // Three quarters of the range of a word: without rejection every third value would come twice as often.
    let n = 3 << 30;
    let mut thirds = [0; 3];
    (0..2 * DRAWS).for_each(|_| thirds[(sample::below(rng, n) % 3) as usize] += 1);
    assert_counts("below 3 * 2^30", &thirds, |_| 1.0 / 3.0);
}

#[test]
fn normals() {
    let rng = &mut stream(3);
    assert_follows("normal", &Normal::new(0.0, 1.0).unwrap(), || sample::normal(rng));
    for (median, sigma) in [(1.0, 0.1), (5e8, 1.0), (0.02, 2.5)] {
        let oracle = LogNormal::new(ln(median), sigma).unwrap();
        assert_follows(&format!("lognormal {median} {sigma}"), &oracle, || sample::lognormal(rng, median, sigma));
    }
    let theirs = &mut stream(103);
    assert_same_law("normal", || sample::normal(rng), || rand_distr::StandardNormal.sample(theirs));
}

#[test]
fn exponentials_and_gumbels() {
    let rng = &mut stream(4);
    for mean in [1e-9, 1.0, 36.0, 1e12] {
        let oracle = Exp::new(1.0 / mean).unwrap();
        assert_follows(&format!("exponential {mean}"), &oracle, || sample::exponential(rng, mean));
    }
    assert_follows("gumbel", &Gumbel::new(0.0, 1.0).unwrap(), || sample::gumbel(rng));
    let theirs = &mut stream(104);
    assert_same_law("exponential", || sample::exponential(rng, 1.0), || rand_distr::Exp1.sample(theirs));
}

#[test]
fn gammas() {
    let rng = &mut stream(5);
    for shape in [0.05, 0.3, 0.999, 1.0, 1.7, 5.0, 60.0] {
        let oracle = Gamma::new(shape, 1.0).unwrap();
        assert_follows(&format!("gamma {shape}"), &oracle, || sample::gamma(rng, shape));
        let theirs = &mut stream(105);
        let other = rand_distr::Gamma::new(shape, 1.0).unwrap();
        assert_same_law(&format!("gamma {shape}"), || sample::gamma(rng, shape), || other.sample(theirs));
    }
    for shape in [1e4, 1e9, 1e15] {
        assert_moments(&format!("gamma {shape}"), shape, shape, || sample::gamma(rng, shape));
    }
}

#[test]
fn betas() {
    let rng = &mut stream(6);
    for (a, b) in [(2.0, 5.0), (5.0, 2.0), (1.0, 1.0), (0.5, 0.5), (0.05, 0.2), (300.0, 100.0), (0.2, 40.0)] {
        let oracle = Beta::new(a, b).unwrap();
        assert_follows(&format!("beta {a} {b}"), &oracle, || sample::beta(rng, a, b));
        let theirs = &mut stream(106);
        let other = rand_distr::Beta::new(a, b).unwrap();
        assert_same_law(&format!("beta {a} {b}"), || sample::beta(rng, a, b), || other.sample(theirs));
    }
    // In the limit of tiny shapes all the weight is on the two ends, in the shapes' proportion.
    let mut ends = [0; 2];
    (0..DRAWS).for_each(|_| ends[usize::from(sample::beta(rng, 3e-6, 1e-6) > 0.5)] += 1);
    assert_counts("beta 3e-6 1e-6", &ends, |end| if end == 1 { 0.75 } else { 0.25 });
}

#[test]
fn geometrics() {
    let rng = &mut stream(7);
    for p in [0.9, 0.5, 0.1, 0.02] {
        let oracle = Geometric::new(p).unwrap();
        assert_mass(&format!("geometric {p}"), &oracle, || sample::geometric(rng, p));
        let theirs = &mut stream(107);
        let other = rand_distr::Geometric::new(p).unwrap();
        assert_same_law(
            &format!("geometric {p}"),
            || sample::geometric(rng, p) as f64,
            || (other.sample(theirs) + 1) as f64,
        );
    }
    // Rare events are exponential in the limit.
    let oracle = Exp::new(1e-9).unwrap();
    assert_follows("geometric 1e-9", &oracle, || sample::geometric(rng, 1e-9) as f64);
}

#[test]
fn poissons() {
    let rng = &mut stream(8);
    for mean in [0.001, 0.3, 3.0, 9.99, 10.0, 11.0, 30.0, 400.0] {
        let oracle = Poisson::new(mean).unwrap();
        assert_mass(&format!("poisson {mean}"), &oracle, || sample::poisson(rng, mean));
        let theirs = &mut stream(108);
        let other = rand_distr::Poisson::new(mean).unwrap();
        assert_same_law(&format!("poisson {mean}"), || sample::poisson(rng, mean) as f64, || other.sample(theirs));
    }
    for mean in [1e4, 1e7, 1e12] {
        assert_moments(&format!("poisson {mean}"), mean, mean, || sample::poisson(rng, mean) as f64);
    }
}

#[test]
fn binomials() {
    let rng = &mut stream(9);
    let cases =
        [(1, 0.3), (8, 0.5), (20, 0.1), (20, 0.5), (21, 0.5), (20, 0.95), (100, 0.1), (1000, 0.3), (100_000, 1e-4)];
    for (n, p) in cases {
        let oracle = Binomial::new(p, n).unwrap();
        assert_mass(&format!("binomial {n} {p}"), &oracle, || sample::binomial(rng, n, p));
        let theirs = &mut stream(109);
        let other = rand_distr::Binomial::new(n, p).unwrap();
        assert_same_law(
            &format!("binomial {n} {p}"),
            || sample::binomial(rng, n, p) as f64,
            || other.sample(theirs) as f64,
        );
    }
    for (n, p) in [(1_000_000_u64, 0.5), (1_000_000_000, 0.001), (1_000_000_000_000, 0.97)] {
        let mean = n as f64 * p;
        let draw = || sample::binomial(rng, n, p) as f64;
        assert_moments(&format!("binomial {n} {p}"), mean, mean * (1.0 - p), draw);
    }
}

#[test]
fn choices_follow_their_weights() {
    let rng = &mut stream(10);
    let rising: Vec<f64> = (1..=200).map(f64::from).collect();
    for weights in [vec![1.0], vec![0.0, 3.0, 0.0, 1.0, 0.0], vec![1e-300, 3e-300], vec![1e300, 2e300, 1e300], rising] {
        let total: f64 = weights.iter().sum();
        let mut counted = vec![0; weights.len()];
        (0..2 * DRAWS).for_each(|_| counted[sample::choose_weighted(rng, &weights).unwrap()] += 1);
        for (weight, count) in weights.iter().zip(&counted) {
            assert!(*weight > 0.0 || *count == 0, "an item without weight was chosen");
        }
        if weights.len() > 1 {
            assert_counts("choose_weighted", &counted, |index| weights[index] / total);
        }
    }
    assert_eq!(sample::choose_weighted(rng, &[0.0; 5]), None);
}

#[test]
fn the_largest_of_utilities_with_gumbel_noise_is_a_logit_choice() {
    let rng = &mut stream(11);
    let weights = [1.0, 2.0, 5.0];
    let mut counted = [0; 3];
    for _ in 0..2 * DRAWS {
        let utilities = weights.map(|weight| ln(weight) + sample::gumbel(rng));
        let best = (0..3).max_by(|i, j| utilities[*i].total_cmp(&utilities[*j])).unwrap();
        counted[best] += 1;
    }
    assert_counts("gumbel choice", &counted, |index| weights[index] / 8.0);
}

#[test]
fn every_order_is_equally_likely() {
    let rng = &mut stream(12);
    let mut counted = [0; 256];
    for _ in 0..2 * DRAWS {
        let mut cards = [0, 1, 2, 3];
        sample::shuffle(rng, &mut cards);
        counted[cards.iter().fold(0, |code, card| code * 4 + card)] += 1;
    }
    let seen: Vec<u64> = counted.into_iter().filter(|count| *count > 0).collect();
    assert_eq!(seen.len(), 24);
    assert_counts("shuffle", &seen, |_| 1.0 / 24.0);
}

/// Pairs of neighbouring addresses, as a 16 x 16 table of four bits of each; low and high bits apart.
fn assert_neighbours_independent(name: &str, word: impl Fn(u32) -> u64) {
    for (bits, shift) in [("low", 0), ("middle", 30), ("high", 60)] {
        let mut counted = [0; 256];
        for pair in 0..DRAWS as u32 {
            let (here, next) = (word(2 * pair) >> shift & 15, word(2 * pair + 1) >> shift & 15);
            counted[(here * 16 + next) as usize] += 1;
        }
        assert_counts(&format!("{name}, {bits} bits"), &counted, |_| 1.0 / 256.0);
    }
}

#[test]
fn neighbouring_addresses_are_independent() {
    let streams = Streams::new(7, 3);
    let root = Key::named("school", "osaka");
    assert_neighbours_independent("consecutive keys", |i| streams.at(Purpose::Clock, Key(u64::from(i)), 5).next_u64());
    assert_neighbours_independent("keys apart in the upper word", |i| {
        streams.at(Purpose::Clock, Key(u64::from(i) << 32), 5).next_u64()
    });
    assert_neighbours_independent("siblings", |i| {
        streams.at(Purpose::Clock, root.child(1, u64::from(i)), 5).next_u64()
    });
    assert_neighbours_independent("sibling keys themselves", |i| root.child(1, u64::from(i)).0);
    assert_neighbours_independent("consecutive occasions", |i| streams.at(Purpose::Clock, root, i).next_u64());
    assert_neighbours_independent("two purposes", |i| {
        let purpose = if i % 2 == 0 { Purpose::StageOutcome } else { Purpose::StageDuration };
        streams.at(purpose, root, i / 2).next_u64()
    });
    assert_neighbours_independent("first and second draw", |i| {
        let mut draws = streams.at(Purpose::Clock, root, i / 2);
        let first = draws.next_u64();
        if i % 2 == 0 { first } else { draws.next_u64() }
    });
    assert_neighbours_independent("fourth and fifth word", |i| {
        let mut draws = streams.at(Purpose::Clock, root, i / 2);
        let words = [(); 6].map(|()| u64::from(draws.next_u32()));
        if i % 2 == 0 { words[2] | words[3] << 32 } else { words[4] | words[5] << 32 }
    });
    assert_neighbours_independent("consecutive seeds", |i| {
        Streams::new(u64::from(i), 0).at(Purpose::Clock, root, 5).next_u64()
    });
    assert_neighbours_independent("consecutive replicates", |i| {
        Streams::new(1, i).at(Purpose::Clock, root, 5).next_u64()
    });
    assert_neighbours_independent("consecutive streams", |i| {
        streams.stream(Purpose::Clock, Key(u64::from(i))).next_u64()
    });
}

/// A wrong constant in a rejection sampler moves probabilities by parts in a thousand: it takes millions of draws to see.
#[test]
fn rejection_samplers_by_the_million() {
    let draws = 3_000_000;
    let rng = &mut stream(13);
    for mean in [10.0, 17.5, 60.0] {
        let oracle = Poisson::new(mean).unwrap();
        let mut counted = vec![0; 400];
        (0..draws).for_each(|_| counted[sample::poisson(rng, mean) as usize] += 1);
        assert_counts(&format!("poisson {mean}"), &counted, |cell| oracle.pmf(cell as u64));
    }
    for (n, p) in [(20, 0.5), (110, 0.1), (300, 0.3)] {
        let oracle = Binomial::new(p, n).unwrap();
        let mut counted = vec![0; n as usize + 1];
        (0..draws).for_each(|_| counted[sample::binomial(rng, n, p) as usize] += 1);
        assert_counts(&format!("binomial {n} {p}"), &counted, |cell| oracle.pmf(cell as u64));
    }
    // Gamma and normal by the hundred intervals of equal probability under the oracle.
    let mut counted = vec![0; 100];
    let oracle = Gamma::new(1.2, 1.0).unwrap();
    (0..draws / 4).for_each(|_| counted[(oracle.cdf(sample::gamma(rng, 1.2)) * 100.0) as usize] += 1);
    assert_counts("gamma 1.2", &counted, |_| 0.01);
    counted.fill(0);
    let oracle = Normal::new(0.0, 1.0).unwrap();
    (0..draws).for_each(|_| counted[(oracle.cdf(sample::normal(rng)) * 100.0) as usize] += 1);
    assert_counts("normal", &counted, |_| 0.01);
}
