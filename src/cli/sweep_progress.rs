//! How far a sweep is: cells, rate and remaining time; on standard error.

use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::study::Done;

use super::terminal;

/// Between two plain lines.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// Shows the cells go by; any thread may tell.
pub(super) struct SweepProgress {
    began: Instant,
    shown: Shown,
}

enum Shown {
    Nothing,
    Bar(ProgressBar),
    Lines(Mutex<Instant>),
}

impl SweepProgress {
    /// Begins to show `todo` of `cells` cells; nothing at all if `quiet`.
    pub(super) fn start(todo: usize, cells: usize, quiet: bool) -> Self {
        let began = now();
        if !quiet && todo < cells {
            terminal::note(&format!("{} of {cells} cells are done already", cells - todo));
        }
        let shown = if quiet {
            Shown::Nothing
        } else if std::io::stderr().is_terminal() {
            let style = "  {bar:40.cyan/dim}  {pos} of {len} cells, {per_sec}, {eta} left{msg}";
            let style = ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar());
            Shown::Bar(ProgressBar::new(todo as u64).with_style(style.progress_chars("━╸─")))
        } else {
            Shown::Lines(Mutex::new(began))
        };
        Self { began, shown }
    }

    /// A cell is done.
    pub(super) fn reach(&self, done: Done) {
        match &self.shown {
            Shown::Nothing => {}
            Shown::Bar(bar) => {
                bar.set_position(done.done as u64);
                if done.failed > 0 {
                    bar.set_message(format!(", {} failed", done.failed));
                }
            }
            Shown::Lines(last) => {
                let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
                let now = now();
                if now.duration_since(*last) >= LINE_EVERY {
                    *last = now;
                    let rate = done.done as f64 / now.duration_since(self.began).as_secs_f64().max(1e-9);
                    let left = (done.total - done.done) as f64 / rate;
                    let failed = if done.failed > 0 { format!(", {} failed", done.failed) } else { String::new() };
                    let (done, total) = (done.done, done.total);
                    let time = duration(left);
                    terminal::note(&format!("{done} of {total} cells, {rate:.1} a second, {time} left{failed}"));
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

/// Seconds in words: `40 s`, `12 min`, `3.5 h`.
pub(super) fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 90.0 => format!("{s:.0} s"),
        s if s < 5400.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    }
}

#[expect(clippy::disallowed_methods, reason = "the progress display alone may look at a clock; no result sees it")]
pub(super) fn now() -> Instant {
    Instant::now()
}
