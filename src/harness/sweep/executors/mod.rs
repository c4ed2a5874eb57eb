//! Where runs take place: [`Executor`], its tasks and its results.
//!
//! An executor runs cases and reports observations. The engine decides which cases, and what the
//! observations mean.

#[cfg(unix)]
pub(crate) mod forked;
pub(crate) mod in_process;

use std::time::Duration;

use crate::harness::alloc::Leftover;
use crate::harness::oracle::{Observation, Rules, judge};
use crate::harness::sweep::api::events::Used;
use crate::harness::sweep::run::agree::NoBaseline;
use crate::harness::sweep::run::baseline::{Baselines, Facts};
use crate::harness::sweep::run::case::Case;
use crate::harness::sweep::run::runner::Runner;

/// Runs to make: some of the cases of a sweep.
#[derive(Clone, Copy)]
pub(crate) struct Task<'a> {
    pub(crate) baselines: &'a Baselines,
    pub(crate) cases: &'a [Case],
    pub(crate) limits: Limits,
}

impl Task<'_> {
    /// Facts of the fault-free run that the case is compared with.
    pub(crate) fn facts(&self, case: &Case) -> &Facts {
        &self.baselines.of(case.temperature).facts
    }
}

/// The result of a case.
#[derive(Debug)]
pub(crate) struct Judged {
    /// The place of the case in the sweep's list.
    pub(crate) case: usize,
    /// 1 if a fault was tolerated, otherwise 0.
    pub(crate) tolerated: u64,
    /// Blocks that its run left, but that a repetition did not leave.
    pub(crate) retained: Vec<Leftover>,
    /// The observation, if it may not be clean.
    pub(crate) suspect: Option<Box<(Observation, Freshness)>>,
}

/// Judges a run, and returns whether it is clean. If it is only clean because its case is excused,
/// its faults count as tolerated.
pub(crate) fn is_clean(seen: &mut Observation, case: &Case, rules: Rules) -> bool {
    if judge(seen, rules).is_empty() {
        return true;
    }
    if !case.is_excused(seen) {
        return false;
    }
    seen.excuse_faults();
    judge(seen, rules).is_empty()
}

/// Whether a process has run faults before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Freshness {
    Fresh,
    Used,
}

/// Reasons given to `tolerate`, and whether a fault was ever in such a region.
pub(crate) type Regions = Vec<(String, bool)>;

/// Time limits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) run: Duration,
}

/// A place where runs are made.
pub(crate) trait Executor {
    /// Describes the executor for reports, when these ways have been used.
    fn describe(&self, used: Used) -> String;

    /// The ways that this executor has used so far.
    fn used(&self) -> Used {
        Used::default()
    }

    /// Returns whether each case can have its own process.
    fn can_isolate(&self) -> bool;

    /// Runs without faults until two runs make the same requests.
    fn baselines(&mut self, code: &mut dyn Runner) -> Result<Baselines, NoBaseline>;

    /// Accepts the cases at these places, ascending.
    ///
    /// # Errors
    /// If the executor cannot begin.
    fn begin(
        &mut self,
        code: &mut dyn Runner,
        task: Task<'_>,
        places: Vec<usize>,
    ) -> Result<(), String>;

    /// Continues with the accepted cases. Returns new results in the order of the places, or an
    /// empty list. Returns `None` when there are no more results.
    ///
    /// # Errors
    /// If the executor cannot continue.
    fn advance(
        &mut self,
        code: &mut dyn Runner,
        task: Task<'_>,
    ) -> Result<Option<Vec<Judged>>, String>;

    /// Drops the cases without results.
    fn stop(&mut self);

    /// Runs one case in the freshest process that there is.
    ///
    /// # Errors
    /// If the executor cannot continue.
    fn alone(
        &mut self,
        code: &mut dyn Runner,
        task: Task<'_>,
        case: &Case,
    ) -> Result<Observation, String>;

    /// Runs the cases at these places in turn in one process, `failures` runs in all, and then once
    /// without faults. Returns how that run failed, if it did. Without isolation, does nothing.
    ///
    /// # Errors
    /// If the executor cannot continue.
    fn endure(
        &mut self,
        code: &mut dyn Runner,
        task: Task<'_>,
        places: &[usize],
        failures: u32,
    ) -> Result<Option<String>, String>;

    /// The places of the cases so far whose process had more descriptors or threads afterwards. Run
    /// each alone to find out whether it leaves one more each time.
    ///
    /// # Errors
    /// If the executor cannot continue.
    fn left_behind(
        &mut self,
        _code: &mut dyn Runner,
        _task: Task<'_>,
    ) -> Result<Vec<usize>, String> {
        Ok(Vec::new())
    }

    /// For each of these cases, the requests after its first fault that have a new call stack in
    /// that run.
    ///
    /// # Errors
    /// If the executor cannot continue.
    fn later_sites(
        &mut self,
        code: &mut dyn Runner,
        task: Task<'_>,
    ) -> Result<Vec<Vec<u64>>, String>;

    /// The tolerated regions entered so far.
    fn regions(&self) -> Regions;
}
