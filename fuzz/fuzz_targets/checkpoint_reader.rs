//! Any bytes, read as a checkpoint, and as what stands in one whose mark and seal are right: refused or read, never a panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use trihelix::checkpoint::Checkpoint;

fuzz_target!(|bytes: &[u8]| {
    drop(Checkpoint::from_bytes(bytes));
    let mut sealed = b"trihelix checkpoint\n\x01\0\0\0".to_vec();
    sealed.extend_from_slice(bytes);
    let seal = blake3::hash(&sealed);
    sealed.extend_from_slice(seal.as_bytes());
    drop(Checkpoint::from_bytes(&sealed));
});
