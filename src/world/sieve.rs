//! Rows in ascending order, each once: a bit for every row there could be, set and then read off.
//!
//! A sort asks some twenty times for each of many thousand rows; this asks twice, and once for every 64 rows that there are.

use std::fmt;

/// Memory for the bits, all of them 0 between two uses.
#[derive(Clone, Default)]
pub struct Sieve {
    words: Vec<u64>,
}

impl fmt::Debug for Sieve {
    /// How much memory there is says nothing about a state.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sieve")
    }
}

impl Sieve {
    /// Puts rows in ascending order and leaves out those that stand there already.
    pub fn ascending<T: Copy + Ord>(&mut self, rows: &mut Vec<T>, number: impl Fn(T) -> u32, row: impl Fn(u32) -> T) {
        let words = rows.iter().map(|row| number(*row) as usize / 64 + 1).max().unwrap_or(0);
        // A few among very many are sooner sorted than looked for.
        if words > 4 * rows.len() {
            rows.sort_unstable();
            rows.dedup();
            return;
        }
        if words > self.words.len() {
            self.words.resize(words, 0);
        }
        for row in rows.iter() {
            let number = number(*row);
            self.words[number as usize / 64] |= 1 << (number % 64);
        }
        rows.clear();
        for (place, word) in self.words[..words].iter_mut().enumerate() {
            let mut left = std::mem::take(word);
            while left != 0 {
                rows.push(row(place as u32 * 64 + left.trailing_zeros()));
                left &= left - 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sieve_does_what_a_sort_does() {
        let mut sieve = Sieve::default();
        for (rows, among) in [(0, 10), (1, 1), (5, 1_000_000), (300, 500), (4_000, 70_000), (9, 64)] {
            let row = |ix| (crate::rng::Key(7).child(1, ix).0 % among) as u32;
            let mut found: Vec<u32> = (0..rows).map(row).collect();
            let mut wanted = found.clone();
            wanted.sort_unstable();
            wanted.dedup();
            sieve.ascending(&mut found, |row| row, |row| row);
            assert!(found == wanted, "{rows} rows among {among}");
            assert!(sieve.words.iter().all(|word| *word == 0));
        }
    }
}
