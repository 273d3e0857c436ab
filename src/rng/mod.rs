//! The only door to randomness: chance has an address.
//!
//! A draw is a function of (seed, replicate, purpose, key, occasion) and of nothing else: not of the order of
//! visits, not of the number of threads, not of what other agents drew. Two scenarios under one seed therefore
//! share the luck of every agent they share, which is what makes their difference precise.
//!
//! [`Streams::at`] opens an address for a handful of draws (Philox2x64-7, no set-up);
//! [`Streams::stream`] opens a long stream at an address (ChaCha8, cheap by the thousand). What they cost is measured by
//! `benches/chance.rs`. A still smaller generator (squares) was not taken, because its
//! 64 bits of counter cannot hold an address, which would have to be hashed and could then collide.
//! What is drawn from words is in [`sample`].
//!
//! Unseeded randomness does not compile in this build, because `rand` comes without its default features:
//!
//! ```compile_fail
//! let mut rng = rand::rng();
//! ```
//! ```compile_fail
//! let luck: f64 = rand::random();
//! ```
//! ```
//! // The crate itself is there; only the door without an address is missing.
//! use rand::Rng as _;
//! use trihelix::rng::{Key, Purpose, Streams};
//! let word = || Streams::new(42, 0).at(Purpose::Founding, Key::named("institution", "mit"), 7).next_u64();
//! assert_eq!(word(), word());
//! ```

mod drawn;
mod key;
mod philox;
mod purpose;
pub mod sample;
mod streams;

pub use drawn::{Drawn, record_draws};
pub use key::Key;
pub use philox::philox2x64_7;
pub use purpose::Purpose;
pub use rand::Rng;
pub use streams::{Draws, Stream, Streams};
