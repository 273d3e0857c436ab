//! The `trihelix` command: everything it does is in [`trihelix::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    trihelix::cli::main()
}
