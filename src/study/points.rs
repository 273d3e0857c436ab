//! Points of the unit cube: Latin hypercube, scrambled Sobol' and scrambled Halton.
//!
//! A coordinate depends on the seed, the name of its dimension and, for the two sequences, its number in the design and
//! the point's index: a design of more points keeps the earlier ones. A Latin hypercube has no such order: with another
//! number of points every point is another.

use super::joe_kuo;
use super::key::digest;

/// How the points are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// One point in each of `n` layers of every dimension, the layers of different dimensions in random order.
    LatinHypercube,
    /// Sobol' sequence with nested uniform scrambling.
    Sobol,
    /// Halton sequence with random permutations of its digits.
    Halton,
}

impl Method {
    /// Dimensions that it is good for at most.
    #[must_use]
    pub fn dimensions_most(self) -> usize {
        match self {
            Self::LatinHypercube => usize::MAX,
            Self::Sobol => joe_kuo::ROWS.len() + 1,
            Self::Halton => 128,
        }
    }

    /// The `n` coordinates in one dimension, all inside (0, 1).
    #[must_use]
    pub fn column(self, n: u32, dimension: usize, name: &str, seed: u64) -> Vec<f64> {
        let start = draw(seed, name, u64::MAX);
        match self {
            Self::LatinHypercube => latin(n, name, seed),
            Self::Sobol => {
                let directions = directions(dimension);
                (0..n).map(|i| to_unit(owen(sobol(i, &directions), start as u32))).collect()
            }
            Self::Halton => {
                let digits = Digits::scrambled(prime(dimension), name, seed);
                (0..n).map(|i| digits.radical_inverse(i)).collect()
            }
        }
    }
}

/// 64 random bits addressed by seed, name and number.
fn draw(seed: u64, name: &str, number: u64) -> u64 {
    let parts: [&[u8]; 3] = [&seed.to_le_bytes(), name.as_bytes(), &number.to_le_bytes()];
    let bytes = digest("trihelix 2026 design of a study v1", &parts);
    bytes.iter().take(8).rev().fold(0, |bits, byte| (bits << 8) | u64::from(*byte))
}

/// The middle of one of 2^32 equal parts.
fn to_unit(bits: u32) -> f64 {
    (f64::from(bits) + 0.5) / 4_294_967_296.0
}

fn latin(n: u32, name: &str, seed: u64) -> Vec<f64> {
    let mut order: Vec<(u64, u32)> = (0..n).map(|i| (draw(seed, name, u64::from(i)), i)).collect();
    order.sort_unstable();
    let layer = |(i, (_, layer)): (usize, &(u64, u32))| {
        let within = draw(seed, name, (1 << 40) + i as u64) as u32;
        (f64::from(*layer) + to_unit(within)) / f64::from(n)
    };
    order.iter().enumerate().map(layer).collect()
}

/// The 32 direction numbers of a dimension, from 0.
fn directions(dimension: usize) -> [u32; 32] {
    let mut v = [0_u32; 32];
    let Some((polynomial, initial)) = dimension.checked_sub(1).map(|row| joe_kuo::ROWS[row]) else {
        for (bit, number) in v.iter_mut().enumerate() {
            *number = 1 << (31 - bit);
        }
        return v;
    };
    let degree = initial.len();
    for bit in 0..32 {
        v[bit] = if bit < degree {
            initial[bit] << (31 - bit)
        } else {
            // The recurrence of the polynomial: inner coefficients are its bits below the highest and above the lowest.
            let mut number = v[bit - degree] ^ (v[bit - degree] >> degree);
            for k in 1..degree {
                if polynomial >> (degree - k) & 1 == 1 {
                    number ^= v[bit - k];
                }
            }
            number
        };
    }
    v
}

/// Point `i` of the sequence in Gray-code order, as 32 binary digits.
fn sobol(i: u32, directions: &[u32; 32]) -> u32 {
    let gray = i ^ (i >> 1);
    (0..32).filter(|bit| gray >> bit & 1 == 1).fold(0, |point, bit| point ^ directions[bit])
}

/// Nested uniform scrambling by hashing: every digit is flipped by a function of the digits before it.
///
/// # Source
/// Laine and Karras (2011), "Stratified sampling for stochastic transparency", with the constants of Vegdahl as given by
/// Burley (2020), "Practical hash-based Owen scrambling", Journal of Computer Graphics Techniques 9(4).
fn owen(bits: u32, seed: u32) -> u32 {
    let mut x = bits.reverse_bits();
    x ^= x.wrapping_mul(0x3d20_adea);
    x = x.wrapping_add(seed);
    x = x.wrapping_mul((seed >> 16) | 1);
    x ^= x.wrapping_mul(0x0552_6c56);
    x ^= x.wrapping_mul(0x53a2_2864);
    x.reverse_bits()
}

/// The number of the dimension among the primes.
fn prime(dimension: usize) -> u32 {
    let is_prime = |n: &u32| (2..).take_while(|d| d * d <= *n).all(|d| !n.is_multiple_of(d));
    (2..).filter(is_prime).nth(dimension).unwrap_or(2)
}

/// The digits of a Halton dimension, each with its permutation.
struct Digits {
    base: u32,
    permutations: Vec<Vec<u32>>,
}

impl Digits {
    /// Digits enough for 2^32 points.
    fn count(base: u32) -> usize {
        let (mut count, mut reach) = (0, 1_u64);
        while reach < 1 << 32 {
            reach *= u64::from(base);
            count += 1;
        }
        count
    }

    fn scrambled(base: u32, name: &str, seed: u64) -> Self {
        let permutation = |level: usize| {
            let key = |digit: u32| draw(seed, name, ((level as u64) << 32) | u64::from(digit));
            let mut digits: Vec<(u64, u32)> = (0..base).map(|digit| (key(digit), digit)).collect();
            digits.sort_unstable();
            digits.into_iter().map(|(_, digit)| digit).collect()
        };
        Self { base, permutations: (0..Self::count(base)).map(permutation).collect() }
    }

    /// The digits of `i` mirrored at the point, permuted level by level; the middle of the last digit's interval.
    fn radical_inverse(&self, i: u32) -> f64 {
        let (mut rest, mut scale, mut sum) = (i, 1.0, 0.0);
        for permutation in &self.permutations {
            scale /= f64::from(self.base);
            sum += f64::from(permutation[(rest % self.base) as usize]) * scale;
            rest /= self.base;
        }
        // Never 0 and never 1, whatever the rounding of the sum.
        (sum + scale / 2.0).clamp(f64::MIN_POSITIVE, 1.0 - f64::EPSILON / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOBOL_37: [u32; 6] = [3_959_422_976, 2_751_463_424, 2_483_027_968, 603_979_776, 3_556_769_792, 2_885_681_152];
    const SOBOL_777: [u32; 6] = [2_973_761_536, 4_022_337_536, 700_448_768, 3_862_953_984, 1_832_910_848, 507_510_784];
    const HALTON_100: [(usize, f64); 5] =
        [(0, 0.1484375), (1, 0.4115226337448559), (2, 0.032), (10, 0.22892819979188345), (39, 0.5780346820809248)];
    const PINNED: [u64; 3] = [13_066_369_975_619_940_983, 1_453_599_230_383_167_673, 1_423_974_109_626_757_824];

    #[test]
    fn unscrambled_points_are_those_of_joe_and_kuo() {
        // Made with scipy.stats.qmc.Sobol(128, scramble=False, bits=32), points 37 and 777.
        let dimensions = [0, 1, 2, 31, 63, 127];
        let point = |i: u32| dimensions.map(|dimension| sobol(i, &directions(dimension)));
        assert_eq!(point(37), SOBOL_37);
        assert_eq!(point(777), SOBOL_777);
    }

    #[test]
    fn unscrambled_halton_points_are_known() {
        // Made with scipy.stats.qmc.Halton(40, scramble=False), point 100.
        for (dimension, expected) in HALTON_100 {
            let base = prime(dimension);
            let digits = Digits { base, permutations: vec![(0..base).collect(); Digits::count(base)] };
            let found = digits.radical_inverse(100);
            assert!((found - expected).abs() < 1e-9, "{dimension}: {found}");
        }
    }

    #[test]
    fn every_dyadic_interval_holds_one_of_the_first_points() {
        for dimension in 0..128 {
            let column = Method::Sobol.column(64, dimension, "some.path", 5);
            let mut cells: Vec<u32> = column.iter().map(|u| (u * 64.0) as u32).collect();
            cells.sort_unstable();
            assert_eq!(cells, (0..64).collect::<Vec<u32>>(), "{dimension}");
        }
    }

    #[test]
    fn layers_of_a_latin_hypercube_are_filled_once() {
        let mut cells: Vec<u32> =
            Method::LatinHypercube.column(37, 2, "p", 1).iter().map(|u| (u * 37.0) as u32).collect();
        cells.sort_unstable();
        assert_eq!(cells, (0..37).collect::<Vec<u32>>());
    }

    #[test]
    fn more_points_of_a_sequence_keep_the_earlier_ones() {
        for method in [Method::Sobol, Method::Halton] {
            for dimension in [0, 5, 20] {
                let (few, many) = (method.column(10, dimension, "p", 3), method.column(200, dimension, "p", 3));
                assert_eq!(few, many[..10], "{method:?}");
                assert!(many.iter().all(|u| (0.0..1.0).contains(u)));
                let mean: f64 = many.iter().sum::<f64>() / 200.0;
                assert!((mean - 0.5).abs() < 0.05, "{method:?} {dimension}: {mean}");
                assert_ne!(few, method.column(10, dimension, "p", 4));
            }
        }
    }

    /// Pins the numbers: a change here changes every design.
    #[test]
    fn value_stability() {
        let first = |method: Method| method.column(4, 1, "ties.search", 1).map_bits();
        assert_eq!([first(Method::Sobol), first(Method::Halton), first(Method::LatinHypercube)], PINNED);
    }

    trait Bits {
        fn map_bits(&self) -> u64;
    }
    impl Bits for Vec<f64> {
        fn map_bits(&self) -> u64 {
            self.iter().fold(0, |sum: u64, u| sum.rotate_left(7) ^ u.to_bits())
        }
    }
}
