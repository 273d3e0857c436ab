//! The key of a cell: everything that can change its numbers, and nothing else.

use std::fmt;

/// BLAKE3 over the behaviour's number, the resolved scenario with the design point, seed, replicate and recording.
///
/// Two cells with one key have the same numbers. Where and by what build a cell was computed is no part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CellKey(pub [u8; 32]);

impl CellKey {
    /// The key of the parts, each kept apart from the next by its length.
    #[must_use]
    pub fn of(parts: &[&[u8]]) -> Self {
        Self(digest("trihelix 2026 cell of a study v1", parts))
    }
}

impl fmt::Display for CellKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(blake3::Hash::from_bytes(self.0).to_hex().as_str())
    }
}

/// BLAKE3 in the given context over parts with their lengths.
pub(super) fn digest(context: &str, parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_derive_key(context);
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    *hasher.finalize().as_bytes()
}
