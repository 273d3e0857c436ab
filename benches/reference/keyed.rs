//! Draws that are functions of who and when, and choices by table: what [`super::skipping`] runs on.
//!
//! A word is `mix(start + who * odd)`, the generator SplitMix64 entered at any place, and `start` a mix of seed, month
//! and purpose. It is made for the yardstick: results of the simulator come from `trihelix::rng`.

use libm::log as ln;

const ODD: u64 = 0x9E37_79B9_7F4A_7C15;

/// What a draw is for: no two purposes share a word.
#[derive(Clone, Copy)]
pub enum Purpose {
    Start,
    Candidate,
    Mark,
    Position,
    Stage,
    Outcome,
    Request,
    Investor,
    Entry,
    Exit,
}

/// The words of one purpose in one month.
#[derive(Clone, Copy)]
pub struct Words(u64);

impl Words {
    pub fn new(seed: u64, month: i32, purpose: Purpose) -> Self {
        Self(mix(mix(seed ^ 0x5452_4948_454C_4958).wrapping_add((month as u64) << 8 | purpose as u64)))
    }

    #[inline]
    pub fn of(self, who: u64) -> u64 {
        mix(self.0.wrapping_add(who.wrapping_mul(ODD)))
    }
}

/// The finaliser of SplitMix64: Steele, Lea and Flood (2014), "Fast splittable pseudorandom number generators".
#[inline]
pub fn mix(word: u64) -> u64 {
    let word = (word ^ word >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let word = (word ^ word >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    word ^ word >> 31
}

/// Uniform on (0, 1).
pub fn unit(word: u64) -> f64 {
    ((word >> 12) as f64 + 0.5) / (1_u64 << 52) as f64
}

/// Uniform on 0 to n - 1, to one part in 2^32.
#[inline]
pub fn below(word: u64, n: usize) -> usize {
    (((word >> 32) * n as u64) >> 32) as usize
}

/// The share of 2^32 that a word's upper half is below with this probability.
pub fn threshold(p: f64) -> u32 {
    (p * f64::from(u32::MAX)) as u32
}

/// Months until a hazard strikes, at least 1.
pub fn wait(word: u64, hazard: f64) -> i32 {
    (ln(unit(word)) / ln(1.0 - hazard)) as i32 + 1
}

/// A weighted choice with one word and one look: Walker's aliases, built by Vose's method.
pub struct Alias(Vec<(u32, u32)>);

impl Alias {
    pub fn new(weights: &[f64]) -> Self {
        let mean = weights.iter().sum::<f64>() / weights.len() as f64;
        let mut share: Vec<f64> = weights.iter().map(|weight| weight / mean).collect();
        let mut table: Vec<(u32, u32)> = (0..weights.len() as u32).map(|own| (u32::MAX, own)).collect();
        let (mut small, mut large): (Vec<usize>, Vec<usize>) = (0..weights.len()).partition(|of| share[*of] < 1.0);
        while let (Some(poor), Some(&rich)) = (small.pop(), large.last()) {
            table[poor] = (threshold(share[poor]), rich as u32);
            share[rich] -= 1.0 - share[poor];
            if share[rich] < 1.0 {
                small.extend(large.pop());
            }
        }
        Self(table)
    }

    pub fn choose(&self, word: u64) -> usize {
        let column = below(word, self.0.len());
        let (own, alias) = self.0[column];
        if (word as u32) < own { column } else { alias as usize }
    }
}
