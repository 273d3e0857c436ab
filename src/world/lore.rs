//! What an organisation knows beside the levels that the rules read: who its experts are, what it would remember
//! without them, and where its people came from.

use serde::{Deserialize, Serialize};

use crate::math;
use crate::scenario::spec::{ClusterId, Spec};
use crate::units::Month;
use crate::world::organisation::{Expertise, FIELDS};

/// People who count in a field: an organisation knows what so many of its best do.
const BEST: f64 = 3.0;

/// People by field.
pub type Heads = [u32; FIELDS];

/// How people learn and forget, as the scenario has it now.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Learning {
    /// Growth a month of what is in use, in points, before saturation at ten.
    pub growth: f64,
    /// Share lost in a month of what is not.
    pub decay: f64,
    /// Whether those who come bring what they know, and those who go take it along.
    pub carried: bool,
}

impl Learning {
    /// As the parameters say; nothing moves if M1 is off.
    #[must_use]
    pub fn of(spec: &Spec) -> Self {
        let knowledge = &spec.knowledge;
        let on = f64::from(u8::from(spec.mechanisms.m1));
        Self { growth: knowledge.learning * on, decay: knowledge.decay * on, carried: spec.mechanisms.m1 }
    }

    /// A level after months of use: `e += g (1 - e / 10)` each month, in one step.
    #[must_use]
    pub fn used(&self, level: f64, months: u16) -> f64 {
        if months == 0 { level } else { 10.0 - (10.0 - level) * math::pow(1.0 - self.growth / 10.0, f64::from(months)) }
    }

    /// A level after months out of use: `e *= 1 - d` each month, in one step.
    #[must_use]
    pub fn unused(&self, level: f64, months: u16) -> f64 {
        if months == 0 { level } else { level * math::pow(1.0 - self.decay, f64::from(months)) }
    }

    /// What somebody knows after years of practice from nothing.
    #[must_use]
    pub fn practised(spec: &Spec, years: f64) -> f64 {
        let growth = Self { growth: spec.knowledge.learning, decay: 0.0, carried: false };
        growth.used(0.0, (years.max(0.0) * 12.0).min(f64::from(u16::MAX)) as u16)
    }
}

/// The people behind an organisation's expertise.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Lore {
    /// Researchers by field; they add up to the organisation's researchers.
    pub experts: Heads,
    /// Level under which a field does not fall whoever leaves: what is written down and built in.
    pub memory: Expertise,
    /// People by the cluster they worked in before, if another.
    pub roots: Vec<(ClusterId, u32)>,
}

impl Lore {
    /// Counts people in or out by the cluster that they came from.
    #[inline]
    pub fn count_root(&mut self, from: Option<ClusterId>, heads: u32, came: bool) {
        let Some(from) = from else { return };
        match self.roots.iter().position(|(cluster, _)| *cluster == from) {
            Some(at) if came => self.roots[at].1 += heads,
            Some(at) => {
                self.roots[at].1 = self.roots[at].1.saturating_sub(heads);
                if self.roots[at].1 == 0 {
                    self.roots.swap_remove(at);
                }
            }
            None if came => self.roots.push((from, heads)),
            None => {}
        }
    }

    /// People who came from a cluster.
    #[must_use]
    pub fn from(&self, cluster: ClusterId) -> u32 {
        self.roots.iter().find(|(root, _)| *root == cluster).map_or(0, |(_, heads)| *heads)
    }

    /// The level of a field after somebody of this skill joined a group of `researchers`, the newcomer included: who
    /// knows more than the group does moves it one part in that many of the way, and at most a third, because an
    /// organisation knows what its best few do together.
    #[must_use]
    pub fn joined(level: f64, skill: f64, researchers: f64) -> f64 {
        level + (skill - level).max(0.0) / researchers.max(BEST)
    }

    /// The level of a field after one of `agents` agents left. The best few of n people stand apart by the n-th part
    /// of what they know, and a leaver is one of them once in n times: the loss goes with 1/n^2. Whoever was the
    /// only one leaves nothing but memory.
    #[must_use]
    pub fn left(level: f64, memory: f64, agents: f64) -> f64 {
        level - (level - memory).max(0.0) / (agents * agents).max(1.0)
    }
}

/// What a person knows of the own field, as a value and its date.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Skill {
    /// Level then, 0 to 10.
    pub level: f32,
    /// When.
    pub at: Month,
}

impl Skill {
    /// The level now, after practice or without.
    #[inline]
    #[must_use]
    pub fn now(self, learning: &Learning, now: Month, practised: bool) -> f64 {
        let months = now.since(self.at);
        let level = f64::from(self.level);
        if practised { learning.used(level, months) } else { learning.unused(level, months) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_step_over_many_months_is_the_monthly_loop() {
        let learning = Learning { growth: 0.06, decay: 0.01, carried: true };
        let (mut used, mut unused) = (2.5, 8.0);
        for _ in 0..137 {
            used += learning.growth * (1.0 - used / 10.0);
            unused *= 1.0 - learning.decay;
        }
        assert!((learning.used(2.5, 137) - used).abs() < 1e-9);
        assert!((learning.unused(8.0, 137) - unused).abs() < 1e-9);
        assert_eq!(learning.used(2.5, 0), 2.5);
    }

    #[test]
    fn the_only_expert_takes_everything_but_memory_along() {
        assert!((Lore::left(8.0, 2.0, 1.0) - 2.0).abs() < 1e-12);
        assert!(Lore::left(8.0, 2.0, 50.0) > 7.99);
        assert!((Lore::joined(5.0, 8.0, 1.0) - 6.0).abs() < 1e-12 && Lore::joined(5.0, 4.0, 1.0) == 5.0);
        assert!((Lore::joined(5.0, 8.0, 30.0) - 5.1).abs() < 1e-12);
    }

    #[test]
    fn roots_are_counted_in_and_out() {
        let mut lore = Lore::default();
        lore.count_root(Some(ClusterId(3)), 2, true);
        lore.count_root(Some(ClusterId(3)), 1, true);
        lore.count_root(None, 5, true);
        lore.count_root(Some(ClusterId(3)), 2, false);
        assert_eq!((lore.from(ClusterId(3)), lore.roots.len()), (1, 1));
        lore.count_root(Some(ClusterId(3)), 1, false);
        assert!(lore.roots.is_empty());
    }
}
