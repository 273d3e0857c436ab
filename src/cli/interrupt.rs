//! An interruption by the user: nothing half-written stays behind, and the exit code tells it from an end.

use crate::output::abandon;

/// Exit code: interrupted.
const INTERRUPTED: i32 = 130;

/// Makes Ctrl-C remove what is half-written and end the process; files that are just taking their names are waited for.
pub(super) fn clean_up_on_ctrl_c() {
    // Without a handler the system ends the process too; a leftover is out of sight, and the next run removes it.
    let _ = ctrlc::set_handler(|| {
        abandon();
        std::process::exit(INTERRUPTED);
    });
}
