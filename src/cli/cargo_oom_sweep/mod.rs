//! `cargo oom-sweep`: runs the sweeps in the tests of any crate: [`cargo_main`].
//!
//! ```text
//!  words ─→ args ─→ suite (cargo test, nextest) ─→ folder of reports ─→ artefacts ─→ exit code
//!                       └─→ watch (progress)              └─→ verdict
//! ```
//!
//! `run` is the command without a subcommand. It reaches sweeps in other processes only through
//! environment variables and the folder of reports. `workspace` asks Cargo about the crate, and
//! `binaries` tells its test binaries apart. `init`
//! writes a crate's first sweep, and `repro` runs a finding's test again. The commands on reports
//! are those of the other program.

mod args;
mod artefacts;
mod binaries;
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

/// Runs the command line of `cargo oom-sweep`.
///
/// Without a subcommand it runs the tests of the crate in the current folder, with `cargo test` or
/// with nextest, and every sweep in them writes its report. Then it prints a table of all sweeps,
/// each new finding in full, and the paths of the reports: JSON, an HTML page, JUnit, SARIF, and a
/// list of known findings. `init` writes a first sweep, and `repro` runs a finding again. `diff`,
/// `merge` and `known` work on reports. `--help` shows the options.
///
/// # Exit codes
///
/// Those of [`main`](super::main). If tests fail for another reason than a finding, it is 2. If a
/// sweep's process died, or the coverage is too low, it is 3 unless something is worse.
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
