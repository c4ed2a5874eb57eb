//! Crash files of a fuzzer: inputs of a target whose last four bytes encode the plans.
//!
//! It reads them as [`fuzz`](crate::targets::fuzz) does, and runs them in forked
//! processes, so a crash there is a crash here.

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

/// Checks that the file is not in the folder of another target: artifacts and corpora have one for
/// each.
///
/// Most bytes mean something to every target, so nothing else would show the mistake.
///
/// # Errors
/// In one line, if the file is in such a folder.
pub(super) fn check_place(path: &Path, target: &Target, targets: &[Target]) -> Result<(), String> {
    let path_in_full = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folders = path_in_full.ancestors().skip(1).filter_map(Path::file_name);
    let folder = folders.into_iter().find(|&name| name != "regressions");
    let is_named = |target: &&Target| folder.is_some_and(|folder| folder == target.name());
    match targets.iter().find(is_named) {
        Some(other) if other.name() != target.name() => Err(format!(
            "{}: the file is in the folder of {}: use --target {1}, or move the file",
            path.display(),
            other.name()
        )),
        Some(_) | None => Ok(()),
    }
}

/// Returns the plans that the bytes encode. If there are several, it returns the first that shows a
/// finding, if one does. It returns none if the run without faults has a finding.
///
/// # Errors
/// In one line, if the fault-free run fails: it counts the requests.
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

/// Lists the plans.
pub(super) fn list(plans: &[Plan]) -> String {
    plans.iter().map(Plan::to_string).collect::<Vec<_>>().join(", ")
}

/// Makes a sweep judge as fuzzing does: a plan may name a request that fails anyway.
pub(super) fn shape(sweep: Sweep) -> Sweep {
    sweep.ignore_env().allow(FindingKind::Nondeterministic)
}
