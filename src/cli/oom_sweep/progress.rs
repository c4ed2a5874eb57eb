//! The progress of a sweep on standard error: [`Progress`]. On a terminal it is a bar, elsewhere
//! one line a sweep.
//!
//! The bar is drawn only when the sweep reports progress. A thread that draws would make every fork
//! more expensive, and would have to stop during each fork.

use std::fmt;
use std::io::{self, IsTerminal};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::cli::shared::console;
use crate::harness::sweep::SweepProgress;

/// How often a second the bar may be drawn.
const DRAWS: u8 = 10;
/// Shown before the number of plans is known.
const STARTING: &str = "{prefix} runs without faults";
const RUNNING: &str = "{prefix} [{wide_bar}] {pos}/{len} runs, {rate}, eta {eta}, {msg}";

/// The progress of one sweep.
pub(super) enum Progress {
    Bar(ProgressBar),
    Line,
}

impl Progress {
    /// Starts the progress of sweep `number` of `count`.
    pub(super) fn start(number: usize, count: usize, name: &str) -> Self {
        if !io::stderr().is_terminal() {
            console::progress(&format!("sweep {number}/{count} {name}"));
            return Self::Line;
        }
        let target = ProgressDrawTarget::stderr_with_hz(DRAWS);
        let bar = ProgressBar::with_draw_target(None, target).with_style(style(STARTING));
        bar.set_prefix(format!("{number}/{count} {}", console::line(name)));
        bar.tick();
        Self::Bar(bar)
    }

    /// Returns the function that the sweep calls with its progress.
    pub(super) fn listener(&self) -> impl FnMut(SweepProgress<'_>) + 'static {
        let bar = match self {
            Self::Bar(bar) => Some(bar.clone()),
            Self::Line => None,
        };
        let mut shown = None;
        move |progress| {
            let Some(bar) = &bar else { return };
            if shown.is_none() {
                bar.set_length(progress.plans);
                bar.set_style(style(RUNNING));
            }
            if shown != Some(progress.findings) {
                shown = Some(progress.findings);
                bar.set_message(match progress.findings {
                    0 => "no findings".to_owned(),
                    1 => "1 finding".to_owned(),
                    findings => format!("{findings} findings"),
                });
            }
            bar.set_position(progress.runs);
        }
    }

    /// Removes the bar before something else is printed.
    pub(super) fn end(self) {
        match self {
            Self::Bar(bar) => bar.finish_and_clear(),
            Self::Line => {}
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    let rate = |state: &ProgressState, out: &mut dyn fmt::Write| {
        let digits = if state.per_sec() < 10.0 { 1 } else { 0 };
        let _ = write!(out, "{:.digits$}/s", state.per_sec());
    };
    let style = ProgressStyle::with_template(template).expect("the template is well-formed");
    style.progress_chars("=> ").with_key("rate", rate)
}
