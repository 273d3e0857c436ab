//! What several test programs share.
#![allow(dead_code, reason = "no test program uses all of it")]

use std::fs;
use std::path::Path;

pub mod command;
pub mod identities;
pub mod sample;
pub mod study;
pub mod worlds;

/// BLAKE3 of every file below a folder, by its path from there, in order.
pub fn files_below(folder: &Path) -> Vec<(String, String)> {
    let (mut open, mut found) = (vec![folder.to_path_buf()], Vec::new());
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().display().to_string();
                found.push((name, blake3::hash(&fs::read(path).unwrap()).to_hex().to_string()));
            }
        }
    }
    found.sort();
    found
}
