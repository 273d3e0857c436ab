//! Per-person event clocks: cost follows events, not people.
//!
//! A [`Clock`] draws the months in which something *may* happen to a person; the [`Calendar`] keeps those
//! candidate months, one bucket a month; when one comes up, [`Clock::accepts`] decides by the true hazard of that
//! month whether anything does happen, and the mark says what.
//!
//! # Why this is exactly the monthly loop
//!
//! The plain loop asks every person in every month t: with probability `h_t` an event happens, independently of
//! earlier answers, where `h_t` may depend on everything known at t. Let b be a bound, `h_t <= b` always.
//!
//! 1. Mark each month as a candidate with probability b, independently. The gaps between candidates are then
//!    geometric, `P(gap > n) = (1 - b)^n`, so the next candidate can be drawn in one step.
//! 2. In a candidate month draw a mark u, uniform on [0, b), and let the event happen if `u < h_t`. Given all that
//!    happened before, the event has the probability `b * (h_t / b) = h_t`, which is the loop's. By the chain rule,
//!    month after month, all histories have the same probability in both. Nothing was used of `h_t` but that it
//!    is known at t and does not look at later candidates or marks: it may drift, jump, or follow the world.
//! 3. With competing hazards `h_1 + ... + h_k = h_t <= b`, event j happens if u lies in
//!    `[h_1 + ... + h_(j-1), h_1 + ... + h_j)`, with probability `b * (h_j / b) = h_j`. One mark decides which event,
//!    if any: the loop's categorical draw.
//!
//! If a person's bound must change, the waiting candidate may be dropped and a new one drawn from now under the new
//! bound, because geometric gaps have no memory.

use std::fmt;

use serde::{Deserialize, Serialize};

use thiserror::Error;

use crate::rng::{Rng, sample};
use crate::units::{Month, MonthlyProbability};
use crate::world::sieve::Sieve;

/// A hazard that its clock cannot reproduce, because it is above the bound (or negative, or not a number).
#[derive(Debug, Clone, Copy, PartialEq, Error)]
#[error("expected a hazard per month in [0, {bound}], the bound of its clock, found {hazard}")]
pub struct HazardOutOfBound {
    /// The total hazard per month that was asked for.
    pub hazard: f64,
    /// The bound per month of the clock.
    pub bound: f64,
}

/// Draws candidate months at a bounding probability and thins them to the true hazard.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Clock {
    bound: MonthlyProbability,
    /// `1 / ln(1 - bound)`: minus infinity for a bound of 0, 0 for a bound of 1.
    inverse_ln_silence: f64,
}

impl Clock {
    /// A clock for events whose total hazard never exceeds `bound` a month.
    ///
    /// A tight bound is cheap, a loose one only wastes candidates; the law of the events is the same. It should be
    /// the same in every scenario that is to be compared, so that they share candidates and marks.
    #[must_use]
    pub fn new(bound: MonthlyProbability) -> Self {
        Self { bound, inverse_ln_silence: 1.0 / crate::math::ln_1p(-bound.get()) }
    }

    /// The bound per month.
    #[must_use]
    pub fn bound(&self) -> MonthlyProbability {
        self.bound
    }

    /// The next candidate month after `now`; [`Month::NEVER`] if it is beyond all months.
    #[inline]
    #[must_use]
    pub fn next(&self, now: Month, rng: &mut impl Rng) -> Month {
        now.plus(sample::geometric_gap(sample::unit_open(rng), self.inverse_ln_silence))
    }

    /// In a candidate month: the mark, uniform below the bound.
    #[inline]
    #[must_use]
    pub fn mark(&self, rng: &mut impl Rng) -> f64 {
        self.bound.get() * sample::unit(rng)
    }

    /// Whether an event happens, given the mark. Compare the mark with the cumulated hazards to learn which.
    ///
    /// `hazard` is the total probability, this month, of all events on this clock.
    ///
    /// # Errors
    /// [`HazardOutOfBound`] if `hazard` is above the bound, negative, or not a number: thinning cannot add events,
    /// and clipping would silently lose them.
    ///
    /// ```
    /// use trihelix::rng::{Key, Purpose, Streams};
    /// use trihelix::units::{Month, MonthlyProbability};
    /// use trihelix::world::calendar::Clock;
    ///
    /// let clock = Clock::new(MonthlyProbability::new(0.05)?);
    /// let mut rng = Streams::new(1, 0).at(Purpose::Clock, Key(7), 0);
    /// let candidate = clock.next(Month(0), &mut rng);
    /// let (moves, leaves) = (0.03, 0.01);
    /// let mark = clock.mark(&mut rng);
    /// let event = match clock.accepts(mark, moves + leaves)? {
    ///     true if mark < moves => "moves",
    ///     true => "leaves",
    ///     false => "stays",
    /// };
    /// # let _ = (candidate, event);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn accepts(&self, mark: f64, hazard: f64) -> Result<bool, HazardOutOfBound> {
        let bound = self.bound.get();
        if !(0.0..=bound).contains(&hazard) {
            return Err(HazardOutOfBound { hazard, bound });
        }
        Ok(mark < hazard)
    }
}

/// Rows of one block of a [`Calendar`]: with the two numbers beside them two lines of the processor's cache.
const ROOM: usize = 30;

/// No block.
const NONE: u32 = u32::MAX;

/// Some rows of one month, and where more of them are.
#[derive(Debug, Clone, Copy)]
struct Block {
    rows: [u32; ROOM],
    filled: u32,
    before: u32,
}

/// Candidate months of all rows: one bucket a month, no queue.
///
/// Buckets are chains of small blocks that all months share: as a list for each of hundreds of months, all of them grown
/// by doubling, they took ten times as much memory as the rows in them.
#[derive(Clone, Default)]
pub struct Calendar {
    /// The last block of each month.
    last: Vec<u32>,
    blocks: Vec<Block>,
    free: Vec<u32>,
    /// Months before this one have been taken.
    taken: u16,
    /// Memory for the rows of a month, to be used again.
    spare: Vec<u32>,
    sieve: Sieve,
}

/// A calendar as it is written: the rows of each month in the order in which they were noted.
#[derive(Debug, Serialize, Deserialize)]
struct Written {
    buckets: Vec<Vec<u32>>,
    taken: u16,
}

impl fmt::Debug for Calendar {
    /// Where the blocks lie says nothing about a state.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.written().fmt(f)
    }
}

impl Serialize for Calendar {
    fn serialize<S: serde::Serializer>(&self, writer: S) -> Result<S::Ok, S::Error> {
        self.written().serialize(writer)
    }
}

impl<'de> Deserialize<'de> for Calendar {
    fn deserialize<D: serde::Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        let Written { buckets, taken } = Written::deserialize(reader)?;
        let months = u16::try_from(buckets.len()).map_err(serde::de::Error::custom)?;
        let mut calendar = Self { taken, ..Self::new(months) };
        for (month, rows) in buckets.iter().enumerate() {
            for row in rows {
                calendar.note(*row, month);
            }
        }
        Ok(calendar)
    }
}

impl Calendar {
    /// An empty calendar of `horizon_months` months, from month 0.
    #[must_use]
    pub fn new(horizon_months: u16) -> Self {
        Self { last: vec![NONE; usize::from(horizon_months)], ..Self::default() }
    }

    /// Notes `row` for `month`; at or after the horizon it is forgotten.
    ///
    /// A row may stand in several months, or twice in one. There is no way to take it out: whoever draws a new date
    /// for a row keeps that date beside it, and ignores a row that comes up on any other.
    #[inline]
    pub fn schedule(&mut self, row: u32, month: Month) {
        debug_assert!(month.0 >= self.taken, "month {} has already been taken", month.0);
        if usize::from(month.0) < self.last.len() {
            self.note(row, usize::from(month.0));
        }
    }

    #[inline]
    fn note(&mut self, row: u32, month: usize) {
        let mut at = self.last[month];
        if at == NONE || self.blocks[at as usize].filled as usize == ROOM {
            at = self.open_block(at);
            self.last[month] = at;
        }
        let block = &mut self.blocks[at as usize];
        block.rows[block.filled as usize] = row;
        block.filled += 1;
    }

    /// An empty block behind another.
    fn open_block(&mut self, before: u32) -> u32 {
        let block = Block { rows: [0; ROOM], filled: 0, before };
        if let Some(at) = self.free.pop() {
            self.blocks[at as usize] = block;
            return at;
        }
        self.blocks.push(block);
        (self.blocks.len() - 1) as u32
    }

    /// Takes the rows of `month` out of the calendar, in ascending order; none at or after the horizon.
    ///
    /// The order is that of the rows, not of scheduling, so that it does not depend on who was visited first.
    #[must_use]
    pub fn take(&mut self, month: Month) -> Vec<u32> {
        let mut rows = self.bucket(month);
        rows.sort_unstable();
        rows
    }

    /// The same, each row once; for many rows at a time.
    #[must_use]
    pub fn take_once(&mut self, month: Month) -> Vec<u32> {
        let mut rows = self.bucket(month);
        self.sieve.ascending(&mut rows, |row| row, |row| row);
        rows
    }

    /// The rows of a month in no order, out of the calendar.
    fn bucket(&mut self, month: Month) -> Vec<u32> {
        self.taken = self.taken.max(month.0.saturating_add(1));
        let mut rows = std::mem::take(&mut self.spare);
        let last = self.last.get_mut(usize::from(month.0));
        let mut at = last.map_or(NONE, |last| std::mem::replace(last, NONE));
        while let Some(block) = self.blocks.get(at as usize) {
            rows.extend_from_slice(&block.rows[..block.filled as usize]);
            self.free.push(at);
            at = block.before;
        }
        rows
    }

    /// Returns a buffer from [`Calendar::take`], so that a later month needs no new memory.
    pub fn give_back(&mut self, mut rows: Vec<u32>) {
        rows.clear();
        self.spare = rows;
    }

    fn written(&self) -> Written {
        let buckets = self.last.iter().map(|last| self.rows_of(*last).collect()).collect();
        Written { buckets, taken: self.taken }
    }

    /// The blocks of a month from the last to the first.
    fn chain(&self, last: u32) -> impl Iterator<Item = &Block> {
        std::iter::successors(self.blocks.get(last as usize), |block| self.blocks.get(block.before as usize))
    }

    /// The rows of a month in the order in which they were noted.
    fn rows_of(&self, last: u32) -> impl Iterator<Item = u32> {
        let blocks: Vec<&Block> = self.chain(last).collect();
        blocks.into_iter().rev().flat_map(|block| block.rows[..block.filled as usize].iter().copied())
    }

    /// Number of rows that wait in the calendar.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.last.iter().flat_map(|last| self.chain(*last)).map(|block| block.filled as usize).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Key, Purpose, Streams};

    #[test]
    fn rows_come_out_sorted_and_once() {
        let mut calendar = Calendar::new(3);
        for (row, month) in [(9, 1), (2, 1), (5, 0), (2, 1), (7, 3), (8, u16::MAX)] {
            calendar.schedule(row, Month(month));
        }
        assert_eq!(calendar.waiting(), 4);
        assert_eq!(calendar.take(Month(0)), [5]);
        let rows = calendar.take(Month(1));
        assert_eq!(rows, [2, 2, 9]);
        let memory = rows.as_ptr();
        calendar.give_back(rows);
        calendar.schedule(4, Month(2));
        let rows = calendar.take(Month(2));
        assert_eq!((rows.as_slice(), rows.as_ptr()), ([4].as_slice(), memory));
        assert!(calendar.take(Month(2)).is_empty());
        assert!(calendar.take(Month(3)).is_empty());
        assert!(calendar.take(Month::NEVER).is_empty());
    }

    #[test]
    fn blocks_are_used_again_and_what_is_written_is_what_is_read() {
        let mut calendar = Calendar::new(4);
        for round in 0..3_u16 {
            for row in (0..1_000).rev() {
                calendar.schedule(row, Month(round + u16::from(row % 2 == 0)));
            }
            assert_eq!(calendar.waiting(), if round == 0 { 1_000 } else { 1_500 });
            let bytes = postcard::to_allocvec(&calendar).unwrap();
            let mut again: Calendar = postcard::from_bytes(&bytes).unwrap();
            assert!(postcard::to_allocvec(&again).unwrap() == bytes);
            let rows = calendar.take_once(Month(round));
            assert!(rows == again.take_once(Month(round)));
            assert_eq!(rows.len(), if round == 0 { 500 } else { 1_000 });
            calendar.give_back(rows);
        }
        assert!(calendar.blocks.len() <= 3 * (500 / ROOM + 1), "{} blocks", calendar.blocks.len());
    }

    #[test]
    fn bounds_of_nothing_and_everything() {
        let rng = &mut Streams::new(1, 0).at(Purpose::Clock, Key(7), 0);
        let never = Clock::new(MonthlyProbability::new(0.0).unwrap());
        let always = Clock::new(MonthlyProbability::new(1.0).unwrap());
        for month in 0..100 {
            assert_eq!(never.next(Month(month), rng), Month::NEVER);
            assert_eq!(always.next(Month(month), rng), Month(month + 1));
            assert_eq!(never.accepts(never.mark(rng), 0.0), Ok(false));
            assert_eq!(always.accepts(always.mark(rng), 1.0), Ok(true));
        }
    }

    #[test]
    fn a_hazard_above_the_bound_is_reported() {
        let rng = &mut Streams::new(1, 0).at(Purpose::Clock, Key(7), 0);
        let clock = Clock::new(MonthlyProbability::new(0.25).unwrap());
        let mark = clock.mark(rng);
        let error = clock.accepts(mark, 0.5).unwrap_err();
        assert_eq!((error.hazard, error.bound), (0.5, 0.25));
        assert_eq!(error.to_string(), "expected a hazard per month in [0, 0.25], the bound of its clock, found 0.5");
        assert!(clock.accepts(mark, -0.1).is_err() && clock.accepts(mark, f64::NAN).is_err());
    }

    /// Pins the numbers themselves: any change here changes every published result.
    #[test]
    fn value_stability() {
        let clock = Clock::new(MonthlyProbability::new(0.02).unwrap());
        let rng = &mut Streams::new(42, 0).at(Purpose::Clock, Key(7), 3);
        let months = [(); 4].map(|()| clock.next(Month(10), rng).0);
        assert_eq!((months, clock.mark(rng).to_bits()), ([97, 317, 24, 93], 4574511323227102567));
    }
}
