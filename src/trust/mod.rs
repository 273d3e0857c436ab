//! What makes a result worth believing: states that can be saved and gone on from, results that can be made again.

pub mod bundle;
pub mod diverge;
mod entity;
pub mod locate;
pub mod selftest;
