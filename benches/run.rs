//! Benchmarks of this part.
fn main() {}
