//! How many runs are done: a bar on a terminal, a plain line every few seconds elsewhere. Always on standard error.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::super::terminal;

/// Between two plain lines.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// Shows the runs go by; threads may report at once.
pub(super) struct Progress {
    runs: u64,
    done: AtomicU64,
    shown: Shown,
}

enum Shown {
    Nothing,
    Bar(ProgressBar),
    Lines { last: Mutex<Instant> },
}

impl Progress {
    /// Begins to show so many runs; `at_most` if a rule may end them earlier.
    pub(super) fn start(runs: u64, at_most: bool, quiet: bool) -> Self {
        let shown = if quiet {
            Shown::Nothing
        } else if std::io::stderr().is_terminal() {
            let most = if at_most { "at most " } else { "" };
            let template = format!("  {{bar:40.cyan/dim}}  run {{pos}} of {most}{{len}}, {{eta}} left");
            let style = ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar());
            let bar = ProgressBar::with_draw_target(Some(runs), ProgressDrawTarget::stderr());
            Shown::Bar(bar.with_style(style.progress_chars("━╸─")))
        } else {
            Shown::Lines { last: Mutex::new(now()) }
        };
        Self { runs, done: AtomicU64::new(0), shown }
    }

    /// One more run is done.
    pub(super) fn run_done(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        match &self.shown {
            Shown::Nothing => {}
            Shown::Bar(bar) => bar.set_position(done),
            Shown::Lines { last } => {
                let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
                let now = now();
                if now.duration_since(*last) >= LINE_EVERY {
                    *last = now;
                    terminal::note(&format!("run {done} of {}", self.runs));
                }
            }
        }
    }

    /// Takes the bar away.
    pub(super) fn finish(self) {
        if let Shown::Bar(bar) = self.shown {
            bar.finish_and_clear();
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the progress display alone may look at a clock; no result sees it")]
fn now() -> Instant {
    Instant::now()
}
