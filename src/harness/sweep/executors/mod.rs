//! Where runs take place: [`Executor`], what it is asked for, and what it answers with.
//!
//! An executor runs orders and reports observations. Which orders, and what the observations
//! mean, is the engine's business.

#[cfg(unix)]
pub(crate) mod forked;
pub(crate) mod in_process;

use std::time::Duration;

use crate::harness::alloc::Leftover;
use crate::harness::oracle::Observation;
use crate::harness::sweep::api::events::Used;
use crate::harness::sweep::run::agree::NoBaseline;
use crate::harness::sweep::run::baseline::{Baselines, Facts};
use crate::harness::sweep::run::case::Case;
use crate::harness::sweep::run::runner::Runner;

/// Runs to make: some of the orders of a sweep.
#[derive(Clone, Copy)]
pub(crate) struct Task<'a> {
    pub(crate) baselines: &'a Baselines,
    pub(crate) cases: &'a [Case],
    pub(crate) limits: Limits,
}

impl Task<'_> {
    /// Facts of the fault-free run that the order's is compared with.
    pub(crate) fn facts(&self, case: &Case) -> &Facts {
        &self.baselines.of(case.temperature).facts
    }
}

/// What became of an order.
#[derive(Debug)]
pub(crate) struct Judged {
    /// Its place among the sweep's orders.
    pub(crate) case: usize,
    /// Whether a fault was tolerated: 1 if so.
    pub(crate) tolerated: u64,
    /// Blocks that its run left behind, but did not when it was repeated.
    pub(crate) retained: Vec<Leftover>,
    /// What it did, if it may not be clean.
    pub(crate) suspect: Option<Box<(Observation, Freshness)>>,
}

/// Whether a process had run faults before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Freshness {
    Fresh,
    Used,
}

/// Reasons given to `tolerate`, and whether a fault ever fell into such a region.
pub(crate) type Regions = Vec<(String, bool)>;

/// How long runs may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) run: Duration,
}

/// A place where runs are made.
pub(crate) trait Executor {
    /// What it does, for reports, when these ways have been used.
    fn describe(&self, used: Used) -> String;

    /// Which ways it has used itself; the ones for what it took on count already.
    fn used(&self) -> Used {
        Used::default()
    }

    /// Whether each order can have a process that no other has run in.
    fn can_isolate(&self) -> bool;

    /// Runs without faults until two sequences of requests agree.
    fn baselines(&mut self, code: &mut dyn Runner) -> Result<Baselines, NoBaseline>;

    /// Takes on the orders at these places, ascending.
    ///
    /// # Errors
    /// If the harness cannot begin.
    fn begin(
        &mut self,
        code: &mut dyn Runner,
        task: Task<'_>,
        places: Vec<usize>,
    ) -> Result<(), String>;

    /// Goes on with what it took on. Gives what was judged meanwhile, in the order of the
    /// places, perhaps nothing; `None` when all of it has been given.
    ///
    /// # Errors
    /// If the harness cannot go on.
    fn advance(
        &mut self,
        code: &mut dyn Runner,
        task: Task<'_>,
    ) -> Result<Option<Vec<Judged>>, String>;

    /// Gives up what has not been judged.
    fn stop(&mut self);

    /// Runs one order in as fresh a process as there is.
    ///
    /// # Errors
    /// If the harness cannot go on.
    fn alone(
        &mut self,
        code: &mut dyn Runner,
        task: Task<'_>,
        case: &Case,
    ) -> Result<Observation, String>;

    /// For each of these orders, the requests from its first fault on, without those that come
    /// from a call stack seen before in the same run.
    ///
    /// # Errors
    /// If the harness cannot go on.
    fn later_sites(
        &mut self,
        code: &mut dyn Runner,
        task: Task<'_>,
    ) -> Result<Vec<Vec<u64>>, String>;

    /// The regions passed so far.
    fn regions(&self) -> Regions;
}
