//! What a fuzzer leaves behind: a target's input whose last four bytes spell out its plans.
//!
//! As [`fuzz`](crate::subjects::drivers::fuzz) reads it, so that what crashed there is seen again here, in
//! forked processes.

use std::cell::Cell;
use std::fs;
use std::path::Path;
use std::rc::Rc;

use super::job::Job;
use crate::cli::Target;
use crate::fuzzing::{Decoded, plans_of};
use crate::harness::oracle::{FindingKind, Status};
use crate::harness::plan::Plan;
use crate::harness::plan::Strategy;
use crate::harness::sweep::Sweep;

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

/// The plans that the bytes spell out: of several the first that shows something, if one does. None
/// at all if something is wrong without any.
///
/// # Errors
/// In one line, if the fault-free run, in which requests are counted, cannot be made.
pub(super) fn plans(job: &Job<'_>, decoded: &Decoded, bytes: &[u8]) -> Result<Vec<Plan>, String> {
    let encoded = Rc::new(Cell::new(Vec::new()));
    let (input, read) = (bytes.to_vec(), Rc::clone(&encoded));
    let nothing = Strategy::Plans(Vec::new());
    let report = job.sweep(
        decoded,
        nothing,
        |_| (),
        |sweep| {
            shape(sweep).plan_by(move |requests| {
                read.set(plans_of(&input, requests));
                vec![Plan::none()]
            })
        },
    );
    let plans = encoded.take();
    if report.error().is_none() && report.is_clean() && plans.len() > 1 {
        let report = job.sweep(decoded, Strategy::Plans(plans.clone()), |_| (), shape);
        let shown = report.findings().iter().find(|finding| finding.status() == Status::New);
        return Ok(shown.map_or(plans, |finding| vec![finding.plan().clone()]));
    }
    match report.error() {
        Some(error) => Err(error.to_owned()),
        None if !report.is_clean() || plans.is_empty() => Ok(vec![Plan::none()]),
        None => Ok(plans),
    }
}

/// The plans in words.
pub(super) fn list(plans: &[Plan]) -> String {
    plans.iter().map(Plan::to_string).collect::<Vec<_>>().join(", ")
}

/// A sweep that judges as fuzzing does: a plan may name a request that is refused anyway.
pub(super) fn shape(sweep: Sweep) -> Sweep {
    sweep.ignore_env().allow(FindingKind::Nondeterministic)
}
