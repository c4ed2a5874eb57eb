//! What a fuzzer leaves behind: a target's input whose last four bytes spell out a plan.
//!
//! As [`fuzz`](crate::targets::fuzz) reads it, so that what crashed there is seen again here, in
//! forked processes.

use std::fs;
use std::path::Path;

use super::Target;
use super::job::Job;
use crate::oracle::FindingKind;
use crate::plan::Plan;
use crate::sweep::{Strategy, Sweep};
use crate::targets::{Decoded, plan_of};

/// Finds out whether the file lies in the folder of another target, as artifacts and corpora do.
///
/// Most bytes mean something to every target, so that nothing else would tell.
///
/// # Errors
/// In one line, if it does.
pub(super) fn check_place(path: &Path, target: &Target, targets: &[Target]) -> Result<(), String> {
    let path_in_full = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folders = path_in_full.ancestors().skip(1).filter_map(Path::file_name);
    let folder = folders.into_iter().find(|&name| name != "regressions");
    let is_named = |target: &&Target| folder.is_some_and(|folder| folder == target.name());
    match targets.iter().find(is_named) {
        Some(other) if other.name() != target.name() => Err(format!(
            "{}: it lies in the folder of {}: name --target {1}, or move it",
            path.display(),
            other.name()
        )),
        Some(_) | None => Ok(()),
    }
}

/// The plan that the bytes spell out; none at all if something is wrong without it.
///
/// # Errors
/// In one line, if the fault-free run, in which requests are counted, cannot be made.
pub(super) fn plan(job: &Job<'_>, decoded: &Decoded, bytes: &[u8]) -> Result<Plan, String> {
    let report = job.sweep(decoded, Strategy::Plans(vec![Plan::none()]), |_| (), shape);
    match report.error() {
        Some(error) => Err(error.to_owned()),
        None if !report.is_clean() => Ok(Plan::none()),
        None => Ok(plan_of(bytes, report.requests()).unwrap_or_else(Plan::none)),
    }
}

/// A sweep that judges as fuzzing does: a plan may name a request that is refused anyway.
pub(super) fn shape(sweep: Sweep) -> Sweep {
    sweep.heedless().allow(FindingKind::Nondeterministic)
}
