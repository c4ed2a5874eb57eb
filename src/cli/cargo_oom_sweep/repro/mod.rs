//! `repro`: runs a finding of the last run again, with the test that found it.
//!
//! ```text
//!  words ─→ choice (which findings) ─→ candidates (which executables) ─→ rerun ─→ a line
//! ```
//!
//! It reads the report, makes Cargo build the tests, and runs the finding's test with its plan in
//! the environment. It runs tests directly, without a runner from Cargo's configuration.

mod candidates;
mod choice;
mod rerun;

use std::path::PathBuf;

use choice::Wanted;
use rerun::Seen;

use super::args::ReproArgs;
use super::artefacts::report_in;
use super::binaries::Binary;
use super::workspace::Workspace;
use crate::cli::shared::{console, records};
use crate::harness::oracle::FindingKind;
use crate::harness::report::{Names, Outcome};

/// Runs all selected findings, one after the other.
///
/// # Errors
/// In one line: if there is no report, no such finding, or the tests do not build.
pub(super) fn run(args: &ReproArgs) -> Result<Outcome, String> {
    let workspace = Workspace::find(&args.others)?;
    let reports = records::reports(&file(args, &workspace)?)?;
    let names = Names::new(&reports);
    let wanted = choice::choose(&reports, &names, &args.finding)?;
    let binaries = candidates::build(&args.others, &workspace)?;
    let mut worst = Outcome::Pass;
    for wanted in &wanted {
        let outcome = show(wanted, &binaries).unwrap_or_else(|error| {
            console::error(&error);
            Outcome::Error
        });
        worst = worst.max(outcome);
    }
    Ok(worst)
}

fn file(args: &ReproArgs, workspace: &Workspace) -> Result<PathBuf, String> {
    if let Some(file) = &args.report {
        return Ok(file.clone());
    }
    let file = report_in(&workspace.artefacts());
    match file.exists() {
        true => Ok(file),
        false => {
            let file = file.display();
            Err(format!(
                "there is no report {file}: run `cargo oom-sweep` first, or name one with --report"
            ))
        }
    }
}

/// # Errors
/// In one line, if the finding's sweep cannot be run again.
fn show(wanted: &Wanted<'_>, binaries: &[Binary]) -> Result<Outcome, String> {
    let value = wanted.replay()?;
    let candidates =
        candidates::of(wanted.origin(), binaries).map_err(|why| format!("{wanted}: {why}"))?;
    let mut first_error = None;
    for candidate in &candidates {
        let seen = rerun::run(candidate, &value, wanted.sweep())?;
        if seen.is_of_sweep() {
            return conclude(wanted, &seen);
        }
        // The next binary may have the sweep.
        first_error = first_error.or(seen.did_not_run());
    }
    if let Some(error) = first_error {
        return Err(format!("{wanted}: {error}"));
    }
    let names: Vec<_> = candidates.iter().map(|candidate| candidate.describe()).collect();
    Err(format!(
        "{wanted}: no sweep of this name ran in {}: name the same features and package as for the \
         report, or run `cargo oom-sweep` again",
        names.join(", ")
    ))
}

/// Prints the result.
///
/// The sweep's own report decides. The test may pass because it expects the finding, or fail for
/// another reason.
fn conclude(wanted: &Wanted<'_>, seen: &Seen) -> Result<Outcome, String> {
    let kinds = seen.kinds();
    if kinds.contains(&wanted.finding.kind()) {
        console::result(format_args!("reproduces: {wanted}"));
        return Ok(Outcome::Fail);
    }
    if let Some(error) = seen.harness_error() {
        return Err(format!("{wanted}: the sweep could not be run: {error}"));
    }
    // A plan whose request is gone means only that the finding is gone too.
    let others: Vec<_> =
        kinds.iter().filter(|kind| **kind != FindingKind::Nondeterministic).collect();
    match (&others[..], &kinds[..], seen.failure()) {
        ([], [], Some(failure)) => Err(format!(
            "{wanted}: does not reproduce, but the test fails for another reason: {failure}"
        )),
        ([], [], None) => {
            console::result(format_args!("does not reproduce: {wanted}"));
            Ok(Outcome::Pass)
        }
        ([], _, _) => {
            console::result(format_args!(
                "does not reproduce: {wanted}: the code now makes other requests"
            ));
            Ok(Outcome::Pass)
        }
        ([other, ..], _, _) => {
            console::result(format_args!("reproduces as {other}: {wanted}"));
            Ok(Outcome::Fail)
        }
    }
}
