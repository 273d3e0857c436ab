//! The `trihelix` command: everything it does is in [`trihelix::cli`].
fn main() {}
