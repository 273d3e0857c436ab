//! How far a run is: a bar on a terminal, a plain line every few seconds elsewhere. Always on standard error.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::units::{CalendarMonth, Month};

use super::terminal;

/// Between two plain lines.
const LINE_EVERY: Duration = Duration::from_secs(5);
/// Until the bar appears: a shorter run needs none.
const BAR_AFTER: Duration = Duration::from_millis(400);

/// Shows the months go by.
pub(super) struct Progress {
    start: CalendarMonth,
    months: u16,
    began: Instant,
    shown: Shown,
}

enum Shown {
    Nothing,
    Bar(ProgressBar),
    Lines { last: Instant },
}

impl Progress {
    /// Begins to show a run of this many months; nothing at all if `quiet`.
    pub(super) fn start(start: CalendarMonth, months: u16, quiet: bool) -> Self {
        let began = now();
        let shown = if quiet {
            Shown::Nothing
        } else if std::io::stderr().is_terminal() {
            Shown::Bar(hidden_bar(months))
        } else {
            Shown::Lines { last: began }
        };
        Self { start, months, began, shown }
    }

    /// A month is done.
    pub(super) fn reach(&mut self, month: Month) {
        let done = month.0.saturating_add(1);
        let date = || self.start.plus(i32::from(month.0)).to_string();
        match &mut self.shown {
            Shown::Nothing => {}
            Shown::Bar(bar) => {
                let now = now();
                if bar.is_hidden() && now.duration_since(self.began) >= BAR_AFTER {
                    bar.set_draw_target(ProgressDrawTarget::stderr());
                }
                bar.set_message(date()[..7].to_owned());
                bar.set_position(u64::from(done));
            }
            Shown::Lines { last } => {
                let now = now();
                if now.duration_since(*last) >= LINE_EVERY {
                    *last = now;
                    terminal::note(&format!("{}: month {done} of {}", &date()[..7], self.months));
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

fn hidden_bar(months: u16) -> ProgressBar {
    let style = ProgressStyle::with_template("  {msg}  {bar:40.cyan/dim}  month {pos} of {len}, {eta} left")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("━╸─");
    ProgressBar::with_draw_target(Some(u64::from(months)), ProgressDrawTarget::hidden()).with_style(style)
}

#[expect(clippy::disallowed_methods, reason = "the progress display alone may look at a clock; no result sees it")]
fn now() -> Instant {
    Instant::now()
}
