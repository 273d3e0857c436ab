//! A list of the addresses that were opened, for finding where two runs part.

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{Key, Purpose, Rng, Streams};

/// Whether anybody wants to know: looked at by every draw, and false but for a month of `diverge`.
static WANTED: AtomicBool = AtomicBool::new(false);

thread_local! {
    static DRAWN: RefCell<Vec<Drawn>> = const { RefCell::new(Vec::new()) };
}

/// An address that was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drawn {
    /// What for.
    pub purpose: Purpose,
    /// Whose draw.
    pub key: Key,
    /// Which occasion; `None` for a long stream.
    pub occasion: Option<u32>,
}

impl Drawn {
    /// The first 64 bits at this address.
    #[must_use]
    pub fn word(&self, streams: &Streams) -> u64 {
        match self.occasion {
            Some(occasion) => streams.at(self.purpose, self.key, occasion).next_u64(),
            None => streams.stream(self.purpose, self.key).next_u64(),
        }
    }
}

/// Takes the addresses that this thread has opened since the last call, and says whether to go on noting them.
pub fn record_draws(on: bool) -> Vec<Drawn> {
    WANTED.store(on, Ordering::Relaxed);
    DRAWN.take()
}

/// Notes an address, if anybody wants to know.
#[inline]
pub(super) fn note(purpose: Purpose, key: Key, occasion: Option<u32>) {
    if WANTED.load(Ordering::Relaxed) {
        DRAWN.with_borrow_mut(|drawn| drawn.push(Drawn { purpose, key, occasion }));
    }
}
