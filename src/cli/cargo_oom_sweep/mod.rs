//! `cargo oom-sweep`: the sweeps in the tests of any crate, as one: [`cargo_main`].
//!
//! ```text
//!  words ─→ args ─→ suite (cargo test, nextest) ─→ folder of reports ─→ artefacts ─→ exit code
//!                       └─→ watch (progress)              └─→ verdict
//! ```
//!
//! `run` is the command without a subcommand. It talks with sweeps in other processes through what
//! the environment of a sweep says and the folder that their reports lie in, and no other way.
//! `workspace` is what Cargo says of the crate. `init` writes a crate's first sweeps, `repro` runs a
//! finding's test again; what is done with reports alone is the other program's.

mod args;
mod artefacts;
mod init;
mod options;
mod repro;
mod run;
mod suite;
mod suite_verdict;
mod watch;
mod workspace;

use std::process::ExitCode;

use args::{Args, Command};

use super::shared::{console, diff, exit_code, known, merge};
use crate::harness::report::Outcome;

/// Does what the arguments of `cargo oom-sweep` say.
///
/// Without a subcommand it runs the tests of the crate in the current folder, with `cargo test` or
/// with nextest, and has every sweep in them leave its report. Then it prints a table of them all,
/// each new finding in full, and where the reports lie: as JSON, as a page, as JUnit and SARIF, and
/// as a list of known findings. `init` writes a first sweep, `repro` shows a finding again; `diff`,
/// `merge` and `known` work on reports; `--help` says how.
///
/// # Exit codes
///
/// Those of [`main`](super::main). Tests that fail for another reason than a sweep are 2. A sweep
/// whose process died is 3 if nothing else is wrong, and so is less coverage than was asked for.
pub fn cargo_main() -> ExitCode {
    let args = match Args::read(std::env::args_os()) {
        Ok(args) => args,
        Err(refusal) => return refusal.answer(),
    };
    let outcome = match &args.command {
        Command::Run(args) => run::run(args),
        Command::Init(args) => init::run(args),
        Command::Repro(args) => repro::run(args),
        Command::Diff(args) => diff::run(args),
        Command::Merge(args) => merge::run(args),
        Command::Known(args) => known::run(args),
    };
    exit_code(outcome.unwrap_or_else(|error| {
        console::error(&error);
        Outcome::Error
    }))
}
