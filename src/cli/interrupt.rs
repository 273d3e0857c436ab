//! An interruption by the user: nothing half-written stays behind, and the exit code tells it from an end.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::output::abandon;

/// Exit code: interrupted.
pub(super) const INTERRUPTED: u8 = 130;

/// Whether the first Ctrl-C only asks, because what is in hand is worth finishing.
static PATIENT: AtomicBool = AtomicBool::new(false);
/// True once the user asked a patient verb to stop.
static ASKED: AtomicBool = AtomicBool::new(false);

/// Makes Ctrl-C remove what is half-written and end the process; files that are just taking their names are waited for.
pub(super) fn clean_up_on_ctrl_c() {
    // Without a handler the system ends the process too; a leftover is out of sight, and the next run removes it.
    let _ = ctrlc::set_handler(|| {
        if PATIENT.load(Ordering::SeqCst) && !ASKED.swap(true, Ordering::SeqCst) {
            super::terminal::note("finishing the cells in hand; interrupt again to stop at once");
            return;
        }
        abandon();
        std::process::exit(i32::from(INTERRUPTED));
    });
}

/// From now on the first Ctrl-C only sets the flag that is returned; the second ends the process.
pub(super) fn ask_first() -> &'static AtomicBool {
    PATIENT.store(true, Ordering::SeqCst);
    &ASKED
}

/// From now on Ctrl-C ends the process again.
pub(super) fn at_once() {
    PATIENT.store(false, Ordering::SeqCst);
}
