//! What both programs do: print, read reports, join and compare them.

pub(crate) mod args;
pub(crate) mod console;
pub(crate) mod diff;
pub(crate) mod known;
pub(crate) mod merge;
pub(crate) mod records;
pub(crate) mod results;
pub(crate) mod shell;

use std::process::ExitCode;

use crate::harness::report::Outcome;

pub(crate) fn exit_code(outcome: Outcome) -> ExitCode {
    ExitCode::from(match outcome {
        Outcome::Pass => 0,
        Outcome::Fail => 1,
        Outcome::Error => 2,
        Outcome::Partial | Outcome::Empty => 3,
    })
}
