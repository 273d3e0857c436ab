//! From an address to words.

use std::convert::Infallible;

use rand::{Rng, SeedableRng, TryRng};
use rand_chacha::ChaCha8Rng;

use super::{Key, Purpose, drawn, philox2x64_7};
use crate::fault;

/// All the chance of one replicate. Copying it copies no state: there is none.
#[derive(Debug, Clone, Copy)]
pub struct Streams {
    seed: u64,
    replicate: u32,
    philox_key: u64,
}

impl Streams {
    /// The chance of replicate `replicate` under the master seed `seed`.
    ///
    /// Seed and replicate enter whole into a ChaCha key, so replicate 1 of seed 5 has nothing to do
    /// with replicate 5 of seed 1, or with any other pair.
    #[must_use]
    pub fn new(seed: u64, replicate: u32) -> Self {
        let replicate = if fault::planted("constant-luck") { 0 } else { replicate };
        if fault::planted("shared-stream") {
            SHARED.set(0);
        }
        let mut derive = ChaCha8Rng::from_seed(chacha_key(seed, replicate, 0));
        let philox_key = derive.next_u64();
        Self { seed, replicate, philox_key }
    }

    /// The draws of one decision: this purpose, this agent, this occasion.
    ///
    /// `occasion` is the month for a decision that comes by the calendar, or the count of the agent's own
    /// occasions of this purpose where a clock drives it. Opening costs nothing; every 128 bits cost one
    /// Philox block. For more than a dozen numbers at one address [`Streams::stream`] is cheaper.
    #[inline]
    #[must_use]
    pub fn at(&self, purpose: Purpose, key: Key, occasion: u32) -> Draws {
        drawn::note(purpose, key, Some(occasion));
        let key = if fault::planted("shared-stream") { shared() } else { key };
        let address = [key.0, u64::from(occasion) << 32 | u64::from(purpose as u8) << BLOCK_BITS];
        Draws { address, philox_key: self.philox_key, words: [0; 2], used: EMPTY }
    }

    /// A long stream of draws for this purpose and agent. Opening it costs about a hundred nanoseconds.
    #[must_use]
    pub fn stream(&self, purpose: Purpose, key: Key) -> Stream {
        drawn::note(purpose, key, None);
        let mut rng = ChaCha8Rng::from_seed(chacha_key(self.seed, self.replicate, purpose as u8));
        // First the stream, then the position. Implementations of ChaCha disagree on whether setting the stream
        // keeps the position (this one) or returns to the start; setting the position last gives
        // the same words with either, and drops what may have been buffered from another stream.
        rng.set_stream(key.0);
        rng.set_word_pos(0);
        Stream(rng)
    }
}

thread_local! {
    static SHARED: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

/// The planted fault of one stream for everybody: the next place in it, whoever asks.
fn shared() -> Key {
    Key(SHARED.replace(SHARED.get() + 1))
}

/// The ChaCha key of (seed, replicate, purpose), each in its own bytes, so that no two share a key.
///
/// Purpose 0 belongs to no [`Purpose`]: it derives the Philox key.
fn chacha_key(seed: u64, replicate: u32, purpose: u8) -> [u8; 32] {
    let mut key = *b"012345678901:trihelix chance 1\0\0";
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..12].copy_from_slice(&replicate.to_le_bytes());
    key[12] = purpose;
    key
}

/// Bits of the second counter word that number the blocks of one address; the purpose has the eight above them, the
/// occasion the upper half.
const BLOCK_BITS: u32 = 24;
const BLOCKS: u64 = (1 << BLOCK_BITS) - 1;

/// Halves of words used when a block has been used up.
const EMPTY: u8 = 4;

/// The draws at one address: words of Philox2x64-7, computed when asked for.
///
/// The words repeat after 2^25 of them (the block number wraps), far beyond what one decision draws.
#[derive(Debug, Clone)]
pub struct Draws {
    /// Counter of the next block.
    address: [u64; 2],
    philox_key: u64,
    words: [u64; 2],
    /// Halves of the present words that have been drawn.
    used: u8,
}

impl Draws {
    /// The next block.
    #[inline]
    fn refill(&mut self) {
        self.words = philox2x64_7(self.address, self.philox_key);
        let [_, counter] = &mut self.address;
        *counter = *counter & !BLOCKS | (*counter + 1) & BLOCKS;
        self.used = 0;
    }
}

/// 64 bits that begin in the middle of a word. Rare, and kept out of the way of the rest.
#[cold]
#[inline(never)]
fn odd(mut draws: Draws) -> (u64, Draws) {
    let draw = u64::from(draws.next_u32()) | u64::from(draws.next_u32()) << 32;
    (draw, draws)
}

impl TryRng for Draws {
    type Error = Infallible;

    /// Half a word, the low one first.
    #[inline]
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        if self.used == EMPTY {
            self.refill();
        }
        let word = self.words[usize::from(self.used >> 1 & 1)] >> (32 * (self.used & 1));
        self.used += 1;
        Ok(word as u32)
    }

    #[inline]
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        if self.used == EMPTY {
            self.refill();
        }
        let [first, second] = self.words;
        // Nearly all draws are of 64 bits, and so take a whole word.
        let word = match self.used {
            0 => first,
            2 => second,
            _ => {
                let (draw, rest) = odd(self.clone());
                *self = rest;
                return Ok(draw);
            }
        };
        self.used += 2;
        Ok(word)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(4) {
            chunk.copy_from_slice(&self.next_u32().to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

/// A long stream of draws: words of ChaCha8.
#[derive(Debug, Clone)]
pub struct Stream(ChaCha8Rng);

impl TryRng for Stream {
    type Error = Infallible;

    #[inline]
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.0.try_next_u32()
    }

    #[inline]
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0.try_next_u64()
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.try_fill_bytes(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_the_address_matters() {
        let words = |seed, replicate, purpose, key, occasion| {
            let streams = Streams::new(seed, replicate);
            (streams.at(purpose, Key(key), occasion).next_u64(), streams.stream(purpose, Key(key)).next_u64())
        };
        let base = words(5, 1, Purpose::Clock, 9, 3);
        assert_eq!(base, words(5, 1, Purpose::Clock, 9, 3));
        for other in [
            words(1, 5, Purpose::Clock, 9, 3),
            words(6, 1, Purpose::Clock, 9, 3),
            words(5, 2, Purpose::Clock, 9, 3),
            words(5, 1, Purpose::Retirement, 9, 3),
            words(5, 1, Purpose::Clock, 9 << 32, 3),
        ] {
            assert_ne!(base.0, other.0);
            assert_ne!(base.1, other.1);
        }
        assert_ne!(base.0, words(5, 1, Purpose::Clock, 9, 4).0);
    }

    #[test]
    fn draws_run_on_past_a_block_and_mix_widths() {
        let open = || Streams::new(8, 2).at(Purpose::Look, Key(77), 1);
        let mut narrow = open();
        let words: Vec<u32> = (0..12).map(|_| narrow.next_u32()).collect();
        let mut wide = open();
        assert_eq!(wide.next_u32(), words[0]);
        for pair in words[1..11].chunks(2) {
            assert_eq!(wide.next_u64(), u64::from(pair[1]) << 32 | u64::from(pair[0]));
        }
        let mut bytes = [0; 10];
        open().fill_bytes(&mut bytes);
        assert_eq!(bytes[..4], words[0].to_le_bytes());
        assert_eq!(bytes[8..], words[2].to_le_bytes()[..2]);
    }

    /// The block number must stay out of the purpose's byte.
    #[test]
    fn the_last_block_wraps_into_the_first() {
        let open = || Streams::new(8, 2).at(Purpose::Look, Key(77), 1);
        let mut late = open();
        late.address[1] |= BLOCKS;
        for _ in 0..4 {
            late.next_u32();
        }
        assert_eq!(late.next_u32(), open().next_u32());
    }

    /// Pins the words themselves: any change here changes every published result.
    #[test]
    fn value_stability() {
        let streams = Streams::new(42, 7);
        let mut draws = streams.at(Purpose::Founding, Key(0x0123_4567_89AB_CDEF), 13);
        assert_eq!(
            [draws.next_u64(), draws.next_u64(), draws.next_u64()],
            [10462761216813542996, 8548518439496324197, 482848415700747724]
        );
        let mut stream = streams.stream(Purpose::Founding, Key(0x0123_4567_89AB_CDEF));
        assert_eq!(
            [stream.next_u64(), stream.next_u64(), stream.next_u64()],
            [5668382782689048792, 11634204679104741016, 5655472871379830360]
        );
    }
}
