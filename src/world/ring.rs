//! Choice at random from a set that changes, without disturbing other choices.
//!
//! Members stand on a ring at the places of their keys; a draw is a point, and the next member after it is chosen.
//! Adding a member changes only the draws that fall on the arc it takes over, so one more startup in Kobe leaves
//! almost every draw in Boston as it was. An index into a list would shift them all.

use serde::{Deserialize, Serialize};

use crate::rng::Key;

/// Members by the place of their keys.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Ring<T> {
    members: Vec<(u64, T)>,
}

impl<T> Default for Ring<T> {
    fn default() -> Self {
        Self { members: Vec::new() }
    }
}

impl<T: Copy + Ord> Ring<T> {
    /// From members in any order; ties of places are broken by the members' own order.
    #[must_use]
    pub fn new(mut members: Vec<(u64, T)>) -> Self {
        members.sort_unstable();
        Self { members }
    }

    /// Adds a member at the place of its key.
    pub fn insert(&mut self, key: Key, member: T) {
        let at = self.members.partition_point(|entry| *entry < (key.0, member));
        self.members.insert(at, (key.0, member));
    }

    /// Removes a member.
    pub fn remove(&mut self, key: Key, member: T) {
        if let Ok(at) = self.members.binary_search(&(key.0, member)) {
            self.members.remove(at);
        }
    }

    /// Members on the ring.
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether nobody is on the ring.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The member at or after a point, going round.
    #[inline]
    #[must_use]
    pub fn after(&self, point: u64) -> Option<T> {
        self.find_after(point, |_| true)
    }

    /// Members in order of their places.
    pub fn iter(&self) -> impl Iterator<Item = T> + '_ {
        self.members.iter().map(|(_, member)| *member)
    }

    /// The first member at or after a point, going round, that suits.
    #[inline]
    pub fn find_after(&self, point: u64, suits: impl Fn(T) -> bool) -> Option<T> {
        let at = self.members.partition_point(|(place, _)| *place < point);
        let (before, after) = self.members.split_at(at);
        after.iter().chain(before).map(|(_, member)| *member).find(|member| suits(*member))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_more_member_moves_only_its_own_arc() {
        let member = |ix: u64| (Key(3).child(1, ix).0, ix);
        let before = Ring::new((0..1_000).map(member).collect());
        let mut after = before.clone();
        after.insert(Key(member(5_000).0), 5_000);
        let point = |ix: u64| Key(9).child(2, ix).0;
        let moved = (0..100_000).filter(|ix| before.after(point(*ix)) != after.after(point(*ix))).count();
        // The new arc is 1/1001 of the ring on average, exponentially distributed: 100 draws expected.
        assert!(moved < 900, "{moved}");
        assert!((0..100_000).all(|ix| {
            let chosen = after.after(point(ix));
            chosen == Some(5_000) || chosen == before.after(point(ix))
        }));
    }
}
