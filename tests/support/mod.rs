//! What several test programs share.
#![allow(dead_code, reason = "no test program uses all of it")]

pub mod command;
pub mod sample;
pub mod study;
