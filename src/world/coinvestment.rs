//! Who has invested beside whom: the network of managers.

use serde::{Deserialize, Serialize};

use crate::world::organisation::FundId;

/// Companies held side by side, for every pair of managers. A manager is no neighbour of itself.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Coinvestment {
    managers: usize,
    /// Companies that a pair has held together, row by row.
    together: Vec<u16>,
    /// Neighbours of each manager as bits, so that a path of two steps is one pass over a few words.
    neighbours: Vec<u64>,
    words: usize,
}

impl Coinvestment {
    /// Nobody has invested beside anybody yet.
    #[must_use]
    pub fn new(managers: usize) -> Self {
        let words = managers.div_ceil(64);
        Self { managers, together: vec![0; managers * managers], neighbours: vec![0; managers * words], words }
    }

    /// Two managers hold one more company together.
    pub fn meet(&mut self, a: FundId, b: FundId) {
        if a == b {
            return;
        }
        for (one, other) in [(a.ix(), b.ix()), (b.ix(), a.ix())] {
            let count = &mut self.together[one * self.managers + other];
            *count = count.saturating_add(1);
            self.neighbours[one * self.words + other / 64] |= 1 << (other % 64);
        }
    }

    /// Companies that the two have held together.
    #[inline]
    #[must_use]
    pub fn together(&self, a: FundId, b: FundId) -> u16 {
        self.together[a.ix() * self.managers + b.ix()]
    }

    /// Managers that one has ever invested beside.
    #[inline]
    #[must_use]
    pub fn degree(&self, a: FundId) -> u32 {
        self.row(a).iter().map(|word| word.count_ones()).sum()
    }

    /// Whether the two are the same, have invested side by side, or have both invested beside a third.
    #[inline]
    #[must_use]
    pub fn within_two_steps(&self, a: FundId, b: FundId) -> bool {
        a == b || self.together(a, b) > 0 || self.row(a).iter().zip(self.row(b)).any(|(one, other)| one & other != 0)
    }

    #[inline]
    fn row(&self, a: FundId) -> &[u64] {
        &self.neighbours[a.ix() * self.words..(a.ix() + 1) * self.words]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_one_and_two_steps_are_warm_and_longer_ones_cold() {
        let mut network = Coinvestment::new(130);
        let [a, b, c, d] = [FundId(0), FundId(64), FundId(129), FundId(3)];
        network.meet(a, b);
        network.meet(b, c);
        network.meet(c, d);
        network.meet(c, d);
        assert!(network.within_two_steps(a, a) && network.within_two_steps(a, b) && network.within_two_steps(c, a));
        assert!(!network.within_two_steps(a, d), "three steps");
        assert_eq!((network.together(c, d), network.together(d, c), network.together(a, c)), (2, 2, 0));
        assert_eq!((network.degree(b), network.degree(d), network.degree(FundId(7))), (2, 1, 0));
        network.meet(a, a);
        assert_eq!(network.degree(a), 1);
    }
}
