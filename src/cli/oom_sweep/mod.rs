//! The command line for a list of targets: [`main`].
//!
//! ```text
//!  words ─→ args ─→ choice, input ─→ jobs ─→ reports ─→ results ─→ exit code
//! ```
//!
//! `args` parses the words and is the only part that uses clap. `choice` finds targets by name,
//! `input` finds and reads their inputs, and `job` turns a target and an input into a report. The
//! commands are:
//!
//! - `list`;
//! - `sweep`, with `results`, `progress` and `journal`;
//! - `repro`, with `repro_command`, which writes and reads the command that runs a finding again;
//! - `minimize`. It reads a fuzzer's crash file with `crash`, as `repro` does;
//! - `merge`, `known` and `diff`, which work on reports (`records`);
//! - `explain`, which prints the guide's page of a kind;
//! - `completions` and `man`, which need only `args`.
//!
//! `console` prints. `cargo oom-sweep` is another program with its own arguments.
//!
//! Reports go to standard output. Standard error gets the progress, and one line for each error,
//! which starts with `error: `. An error does not stop the other sweeps. The engine makes all
//! verdicts.

mod args;
mod choice;
mod crash;
mod explain;
mod input;
mod job;
mod journal;
mod list;
mod minimize;
mod progress;
mod repro;
mod repro_command;
mod sweep;
mod targets_tested;

use std::process::ExitCode;

use super::shared::{console, diff, exit_code, known, merge};
use crate::fuzzing::Target;
use crate::harness::alloc::is_installed;
use crate::harness::report::Outcome;
use crate::harness::sweep::NOT_INSTALLED;
use args::{Args, Command};

/// Runs the command line with these targets. It is the whole body of a `main`.
///
/// `list` lists the targets and `sweep` sweeps them. `repro` runs a finding again and `minimize`
/// makes it small. `merge`, `known` and `diff` work on reports. `explain`
/// explains a kind of finding. `completions` and `man` print completions and man pages. `--help`
/// shows the options.
///
/// ```no_run
/// use std::process::ExitCode;
///
/// use oom_sweep::{FaultAlloc, Target};
/// # mod journal {
/// #     /// Appends to a journal, a byte a step.
/// #     pub struct Journal(Vec<u8>);
/// #
/// #     pub fn decode(bytes: &[u8]) -> Journal {
/// #         Journal(bytes.to_vec())
/// #     }
/// #
/// #     impl oom_sweep::Steps for Journal {
/// #         type State = Vec<u8>;
/// #         type Error = std::collections::TryReserveError;
/// #         type View = Vec<u8>;
/// #
/// #         fn setup(&self) -> Vec<u8> {
/// #             Vec::new()
/// #         }
/// #         fn len(&self) -> usize {
/// #             self.0.len()
/// #         }
/// #         fn step(&self, journal: &mut Vec<u8>, index: usize) -> Result<(), Self::Error> {
/// #             journal.try_reserve(1)?;
/// #             journal.push(self.0[index]);
/// #             Ok(())
/// #         }
/// #         fn view(&self, journal: &mut Vec<u8>) -> Vec<u8> {
/// #             journal.clone()
/// #         }
/// #     }
/// # }
///
/// #[global_allocator]
/// static ALLOC: FaultAlloc = FaultAlloc::system();
///
/// const TARGETS: &[Target] = &[Target::steps("journal", journal::decode)];
///
/// fn main() -> ExitCode {
///     oom_sweep::cli::main(TARGETS)
/// }
/// ```
///
/// # Exit codes
///
/// | code | when |
/// | --- | --- |
/// | 0 | nothing was found |
/// | 1 | there are new findings, or `repro` reproduced a finding |
/// | 2 | bad usage, bad input, or the harness could not work |
/// | 3 | nothing was found, but not every plan ran (0 with `--allow-partial`), or a target had nothing to fail |
///
/// If several apply, the worst counts: 2 before 1 before 3. So 1 means that everything was judged,
/// and 2 does not mean that nothing was found.
pub fn main(targets: &[Target]) -> ExitCode {
    let args = match Args::read(std::env::args_os(), targets) {
        Ok(args) => args,
        Err(refusal) => return refusal.answer(),
    };
    let outcome = match &args.command {
        Command::List(args) => list::run(args, targets),
        Command::Sweep(args) => installed().and_then(|()| sweep::run(args, targets)),
        Command::Repro(args) => installed().and_then(|()| repro::run(args, targets)),
        Command::Minimize(args) => installed().and_then(|()| minimize::run(args, targets)),
        Command::Merge(args) => merge::run(args),
        Command::Known(args) => known::run(args),
        Command::Diff(args) => diff::run(args),
        Command::Explain(args) => Ok(explain::run(args)),
        Command::Completions(args) => printed(args.print(targets).map_err(|e| e.to_string())),
        Command::Man(args) => printed(args.print(targets)),
    };
    exit_code(outcome.unwrap_or_else(|error| {
        console::error(&error);
        Outcome::Error
    }))
}

/// Checks for the allocator once. Otherwise each sweep would report that it is missing.
fn installed() -> Result<(), String> {
    if is_installed() { Ok(()) } else { Err(NOT_INSTALLED.to_owned()) }
}

/// The user wants to keep what is printed, so a failure to print it is an error.
fn printed(result: Result<(), String>) -> Result<Outcome, String> {
    result.map(|()| Outcome::Pass)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// This crate's unit tests run without the allocator.
    #[test]
    fn a_missing_allocator_is_one_line_with_the_repair() {
        let error = installed().unwrap_err();
        assert!(error.contains("#[global_allocator]") && !error.contains('\n'), "{error}");
    }
}
