//! What both programs do: print, read reports, join and compare them.

pub(crate) mod args;
pub(crate) mod console;
pub(crate) mod diff;
pub(crate) mod known;
pub(crate) mod merge;
pub(crate) mod records;
pub(crate) mod results;
pub(crate) mod shell;
pub(crate) mod similar;

use std::process::ExitCode;

use crate::harness::report::Outcome;

/// Returns the exit code of a program that has printed everything.
pub(crate) fn exit_code(mut outcome: Outcome) -> ExitCode {
    if let Some(error) = console::failure() {
        console::error(&error);
        outcome = Outcome::Error;
    }
    ExitCode::from(match outcome {
        Outcome::Pass => 0,
        Outcome::Fail => 1,
        Outcome::Error => 2,
        Outcome::Partial | Outcome::Empty => 3,
    })
}
