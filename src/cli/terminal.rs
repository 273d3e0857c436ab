//! Standard output and standard error, without panics and with colours only where they are wanted.

use std::io::{ErrorKind, Write};

use super::failure::Failure;

/// Prints text to standard output. A reader that has gone, as in `| head`, is no failure.
///
/// # Errors
/// [`Failure::Machine`] if the text cannot be written, for example to a full disk.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut out = anstream::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(cause) if cause.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::Machine(format!("cannot write to standard output: {cause}")))
        }
        _ => Ok(()),
    }
}

/// Prints one JSON document to standard output.
///
/// # Errors
/// Those of [`print`].
pub(super) fn print_json(document: &serde_json::Value) -> Result<(), Failure> {
    print(&format!("{document}\n"))
}

/// Prints a line for people to standard error; if nobody can read it, nobody can be told.
pub(super) fn note(text: &str) {
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}

/// Whether text on standard error may be coloured.
pub(super) fn stderr_is_coloured() -> bool {
    !matches!(anstream::AutoStream::choice(&std::io::stderr()), anstream::ColorChoice::Never)
}

/// Whether text on standard output may be coloured.
pub(super) fn stdout_is_coloured() -> bool {
    !matches!(anstream::AutoStream::choice(&std::io::stdout()), anstream::ColorChoice::Never)
}
