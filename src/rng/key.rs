//! Lineage keys: who a draw belongs to.

use serde::{Deserialize, Serialize};

use std::fmt;

/// The lineage key of an agent: what chance is addressed by.
///
/// A key is given at birth and depends only on the agent's own descent: a named thing of the scenario gets its
/// key from its name, everything else from its parent's key and its birth order there. Adding an agent
/// somewhere else therefore changes nobody's key, and so nobody's luck. A key is not a row number: rows
/// depend on who else exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key(pub u64);

impl Key {
    /// Key of a thing the scenario names: its kind (`"institution"`) and its id there (`"osaka-university"`).
    ///
    /// The first eight bytes, little end first, of a BLAKE3 digest. The length of `kind` is part of what is
    /// digested, so that no two pairs of kind and id run together.
    ///
    /// ```
    /// use trihelix::rng::Key;
    /// assert_ne!(Key::named("fund", "a"), Key::named("institution", "a"));
    /// ```
    #[must_use]
    pub fn named(kind: &str, id: &str) -> Self {
        let mut digest = blake3::Hasher::new_derive_key("trihelix 2026 lineage key of a named thing v1");
        digest.update(&(kind.len() as u64).to_le_bytes());
        digest.update(kind.as_bytes());
        digest.update(id.as_bytes());
        let mut first = [0; 8];
        digest.finalize_xof().fill(&mut first);
        Self(u64::from_le_bytes(first))
    }

    /// Key of the child number `index` of this agent, among its children of kind `kind`.
    ///
    /// Children of one parent and kind never share a key, because every step is invertible in `index`.
    /// Children of different parents or kinds coincide as often as random 64-bit numbers do: for ten million
    /// agents, with a chance of three in a million that any two coincide at all.
    #[inline]
    #[must_use]
    pub fn child(self, kind: u8, index: u64) -> Self {
        Self(joined(CHILD ^ u64::from(kind), self.0, index))
    }

    /// Word number `index` of a long line of words that this key stands for, without the words before it: SplitMix64, as
    /// good as independent draws for a key that is itself a draw.
    ///
    /// # Source
    /// Steele, Lea and Flood (2014), "Fast splittable pseudorandom number generators", OOPSLA '14.
    #[inline]
    #[must_use]
    pub fn word(self, index: u64) -> u64 {
        scrambled(self.0.wrapping_add(GOLDEN.wrapping_mul(index.wrapping_add(1))))
    }

    /// One word for each of many others, out of a draw that `self` is: who looks at eighty managers draws once, and has
    /// for each of them luck of their own that depends on nobody else there is.
    #[inline]
    #[must_use]
    pub fn word_for(self, other: Self) -> u64 {
        scrambled(self.0 ^ other.0)
    }

    /// Key of an unordered pair: the same for `(a, b)` and `(b, a)`.
    #[inline]
    #[must_use]
    pub fn pair(a: Self, b: Self) -> Self {
        Self(joined(PAIR, a.0.min(b.0), a.0.max(b.0)))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

// Arbitrary constants (digits of e) that keep children and pairs apart; the low byte holds the kind.
const CHILD: u64 = 0xB7E1_5162_8AED_2A00;
const PAIR: u64 = 0x6ABF_7158_809C_F400;
/// 2^64 over the golden ratio, odd.
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// A key from two keys, different in each `domain`.
///
/// Every input is scrambled on its own before it meets another, and the meeting is scrambled again: consecutive
/// indices, kinds and neighbouring parents then leave no pattern, as they would if one were simply added to
/// the other.
#[inline]
fn joined(domain: u64, first: u64, second: u64) -> u64 {
    let origin = scrambled(first.wrapping_add(scrambled(domain)));
    scrambled(origin.rotate_left(32) ^ scrambled(second.wrapping_add(GOLDEN)))
}

/// An invertible scramble of 64 bits in which every input bit reaches every output bit.
///
/// # Source
/// Stafford (2011), "Better bit mixing", variant 13, as in the output function of
/// Steele, Lea and Flood (2014), "Fast splittable pseudorandom number generators", OOPSLA '14.
#[inline]
fn scrambled(bits: u64) -> u64 {
    let bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_all_different(mut keys: Vec<u64>) {
        let made = keys.len();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), made);
    }

    #[test]
    fn four_million_keys_do_not_collide() {
        let root = Key::named("school", "kobe");
        let mut keys = Vec::new();
        // Children of the root, of its neighbours in value, and grandchildren; several kinds; pairs.
        for index in 0..1_000_000 {
            keys.push(root.child(1, index).0);
        }
        for parent in 0..1000 {
            for index in 0..1000 {
                keys.push(Key(root.0.wrapping_add(parent)).child(2, index).0);
                keys.push(root.child(3, parent).child(3, index).0);
            }
        }
        for a in 0..1000 {
            for b in a..1000 {
                keys.push(Key::pair(Key(a), Key(b)).0);
            }
        }
        for kind in 0..=255 {
            for index in 0..2000 {
                keys.push(Key(0).child(kind, index).0);
            }
        }
        assert!(keys.len() > 4_000_000);
        assert_all_different(keys);
    }

    #[test]
    fn every_input_bit_moves_half_of_the_output() {
        let mut rows = Vec::new();
        for trial in 0..2000_u64 {
            let parent = Key(trial.wrapping_mul(0x1234_5678_9ABC_DEF1));
            let base = parent.child(5, trial).0;
            for bit in 0..64 {
                rows.push((bit, (base ^ Key(parent.0 ^ 1 << bit).child(5, trial).0).count_ones()));
                rows.push((64 + bit, (base ^ parent.child(5, trial ^ 1 << bit).0).count_ones()));
            }
            for bit in 0..8 {
                rows.push((128 + bit, (base ^ parent.child(5 ^ 1 << bit, trial).0).count_ones()));
            }
        }
        for bit in 0..136 {
            let flips: u32 = rows.iter().filter(|row| row.0 == bit).map(|row| row.1).sum();
            // 2,000 trials of 64 bits at one half: standard error 4 / sqrt(2000) = 0.09 bits of 32.
            let mean = f64::from(flips) / 2000.0;
            assert!((mean - 32.0).abs() < 5.0 * 0.09, "input bit {bit} moves {mean} bits");
        }
    }

    /// Words of one draw, in a line or for others, are as even as draws: whole, in their halves, and against each other.
    #[test]
    fn words_of_a_draw_are_even_and_independent() {
        let draws: Vec<Key> = (0..1_000).map(|ix| Key(scrambled(ix))).collect();
        let lines = |draw: &Key| (0..100).map(|index| draw.word(index)).collect::<Vec<u64>>();
        let others = |draw: &Key| draws[..100].iter().map(|other| draw.word_for(*other)).collect::<Vec<u64>>();
        for table in [draws.iter().map(lines).collect::<Vec<_>>(), draws.iter().skip(100).map(others).collect()] {
            let mut cells = [0_u32; 256];
            for (row, words) in table.iter().enumerate() {
                for (column, word) in words.iter().enumerate() {
                    // The highest four bits beside the four of the next draw's word for the same other, and of the next in the line.
                    let beside = table[(row + 1) % table.len()][column] >> 60;
                    let next = words[(column + 1) % words.len()] >> 60;
                    for pair in [word >> 60 << 4 | beside, word >> 60 << 4 | next, word >> 28 & 0xF0 | word >> 60] {
                        cells[pair as usize] += 1;
                    }
                }
            }
            let expected = f64::from(cells.iter().sum::<u32>()) / 256.0;
            let chi: f64 = cells
                .iter()
                .map(|count| (f64::from(*count) - expected) * (f64::from(*count) - expected) / expected)
                .sum();
            // 255 degrees of freedom, a little more spread for words counted three times: mean 255, five deviations 115.
            assert!((chi - 255.0).abs() < 140.0, "chi-square {chi}");
        }
    }

    #[test]
    fn pairs_have_no_order() {
        let (a, b) = (Key::named("person", "a"), Key::named("person", "b"));
        assert_eq!(Key::pair(a, b), Key::pair(b, a));
        assert_ne!(Key::pair(a, b), a.child(0, b.0));
        assert_ne!(Key::pair(a, a), a);
    }

    #[test]
    fn names_do_not_run_together() {
        assert_ne!(Key::named("ab", "c"), Key::named("a", "bc"));
    }

    /// Pins the keys themselves: any change here changes every published result.
    #[test]
    fn value_stability() {
        let osaka = Key::named("institution", "osaka-university");
        let keys = [osaka, osaka.child(1, 0), osaka.child(2, 7), Key::pair(osaka, Key(1))];
        assert_eq!(
            keys.map(|key| key.to_string()),
            ["dbb05ed40285c931", "86cbd738e6a768fe", "151e6b3eb73af31a", "a2188c94055fd6db"]
        );
    }
}
