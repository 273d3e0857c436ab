//! Shares of a study for several machines, and what is missing.

use std::str::FromStr;

use super::key::CellKey;
use super::store::Store;

/// Part `number` of `of`: every `of`-th cell of the canonical order, so that long scenarios are spread over all parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// From 0.
    pub number: u32,
    /// At least 1.
    pub of: u32,
}

impl Shard {
    /// Everything.
    pub const WHOLE: Self = Self { number: 0, of: 1 };

    /// Whether the cell with this index belongs to it.
    #[must_use]
    pub fn has(self, index: usize) -> bool {
        index % self.of as usize == self.number as usize
    }
}

impl std::fmt::Display for Shard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text.split_once('/').and_then(|(k, n)| Some((k.trim().parse().ok()?, n.trim().parse().ok()?)));
        match numbers {
            Some((number, of)) if number < of && of <= 1_000_000 => Ok(Self { number, of }),
            Some((number, of)) => Err(format!("part {number} of {of} does not exist: parts count from 0")),
            None => Err("expected K/N, for example 0/8 for the first of eight".to_owned()),
        }
    }
}

/// Indices of the cells of a shard that the store does not hold.
#[must_use]
pub fn missing(keys: &[CellKey], store: &Store, shard: Shard) -> Vec<usize> {
    (0..keys.len()).filter(|index| shard.has(*index) && !store.holds(keys[*index])).collect()
}

/// Which of `of` shards have to be computed again for these cells.
#[must_use]
pub fn shards_with(missing: &[usize], of: u32) -> Vec<u32> {
    let mut shards: Vec<u32> = missing.iter().map(|index| (index % of as usize) as u32).collect();
    shards.sort_unstable();
    shards.dedup();
    shards
}

/// Into how many shards the segments of a store say that the work was cut; `None` if they do not agree.
#[must_use]
pub fn cut_into(store: &Store) -> Option<u32> {
    let told = |segment: &super::store::Segment| {
        let shard: Shard = segment.provenance["shard"].as_str()?.parse().ok()?;
        Some(shard.of)
    };
    let mut all: Vec<u32> = store.segments().iter().filter_map(told).filter(|of| *of > 1).collect();
    all.sort_unstable();
    all.dedup();
    match all[..] {
        [of] => Some(of),
        _ => None,
    }
}
