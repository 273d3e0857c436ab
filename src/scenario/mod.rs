//! The file as typed, checked and resolved into what the rules read.

pub mod spec;
