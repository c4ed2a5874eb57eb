//! Code under test that can run again and again: [`Runner`], and its implementation for subjects,
//! [`ScenarioRunner`]. [`RunLifecycle`] makes a fault-free run, a run under a plan, and a pass from
//! which other runs branch off. This file does what comes before and after.

use std::cell::Cell;

use super::baseline::{Facts, Schedule};
use super::case::Case;
use super::choose::by_site;
use super::context::RunContext;
use super::lifecycle::{Checks, RunLifecycle};
use super::observe::{compare, read_record};
use super::subject::Subject;
use crate::harness::alloc::{Capture, Compiled, Leftover, Record, Trace, Turn};
use crate::harness::oracle::{Ending, Observation, Temperature, ViewSeen};
use crate::harness::plan::Plan;
use crate::harness::sweep::api::scenario::Guarantee;

/// Code under test that can be run again and again, whatever its types.
pub(crate) trait Runner {
    /// Runs without faults, and keeps the last view to compare with.
    ///
    /// # Errors
    /// If the code panics, or is inconsistent, without faults.
    fn baseline(
        &mut self,
        context: &mut RunContext<'_>,
        trace: &Trace,
        capture: Capture,
        checks: Checks,
    ) -> Result<Facts, String>;

    /// Runs under a plan. Afterwards the record of the context has what the allocator noted.
    fn run(&mut self, context: &mut RunContext<'_>, case: &Case, facts: &Facts) -> Observation;

    /// Runs once, under `base` or without faults, and lets the pass fork at its stops. In a child,
    /// which continues under its own case, returns the observation; in the parent, returns `None`.
    fn pass(
        &mut self,
        context: &mut RunContext<'_>,
        pass: Pass<'_>,
        facts: &Facts,
    ) -> Option<Observation>;

    /// The requests after the first fault of a run that have a new call stack. Nothing else of the
    /// run is used. In-process, an abort of the run ends the process.
    fn later_sites(
        &mut self,
        context: &mut RunContext<'_>,
        case: &Case,
        facts: &Facts,
        trace: &Trace,
    ) -> Vec<u64> {
        let Some(first) = case.first() else { return Vec::new() };
        trace.clear();
        let mut record = Record::boxed();
        let branch = Branch { case, record: &raw mut *record, later_sites: Some(trace) };
        let mut fork = |_| Side::Child(branch);
        self.pass(context, Pass { stops: &[first], base: None, fork: &mut fork }, facts);
        // The first entry is the fault itself.
        let later = trace.requests().get(1..).unwrap_or_default();
        by_site(later).into_iter().map(|site| site[0]).collect()
    }
}

/// A run from which other runs branch off.
pub(crate) struct Pass<'a> {
    /// Requests at which to fork, ascending.
    pub(crate) stops: &'a [u64],
    /// The case of the pass itself; `None` to run without faults.
    pub(crate) base: Option<&'a Case>,
    /// Forks at this request.
    pub(crate) fork: &'a mut dyn FnMut(u64) -> Side<'a>,
}

/// Which side of a fork the code continues on.
pub(crate) enum Side<'a> {
    /// The parent's, without a fault.
    Parent,
    /// A child's, under this case.
    Child(Branch<'a>),
}

/// A run that has branched off.
#[derive(Clone, Copy)]
pub(crate) struct Branch<'a> {
    pub(crate) case: &'a Case,
    /// Where its allocator notes what happens.
    pub(crate) record: *mut Record,
    /// Traces the requests after the fault, with their stacks. Then nothing else of the run is
    /// used.
    pub(crate) later_sites: Option<&'a Trace>,
}

pub(crate) struct ScenarioRunner<'s, S: Subject> {
    subject: &'s mut S,
    /// The last view of the latest fault-free run.
    end: Option<S::View>,
}

impl<'s, S: Subject> ScenarioRunner<'s, S> {
    pub(crate) fn new(subject: &'s mut S) -> Self {
        Self { subject, end: None }
    }
}

impl<S: Subject> Runner for ScenarioRunner<'_, S> {
    fn baseline(
        &mut self,
        context: &mut RunContext<'_>,
        trace: &Trace,
        capture: Capture,
        checks: Checks,
    ) -> Result<Facts, String> {
        trace.clear();
        let plan = Compiled::new(&Plan::none());
        let run = context.begin(&plan, capture, Some(trace));
        let nothing = Cell::new(None);
        let lifecycle = RunLifecycle::new(self.subject, &run, &nothing);
        let (steps, end) = lifecycle.fault_free(checks)?;
        self.end = Some(end);
        let leftovers = run.finish();
        let schedule = Schedule::of(context.record);
        let (prefix, multitude) = (Facts::fold_prefixes(trace), Facts::add_up(trace));
        Ok(Facts { requests: trace.len(), prefix, multitude, schedule, steps, leftovers })
    }

    fn run(&mut self, context: &mut RunContext<'_>, case: &Case, facts: &Facts) -> Observation {
        let (seen, end, left) = self.run_once(context, case, facts);
        self.conclude(context, (case, facts), seen, end, left)
    }

    fn pass(
        &mut self,
        context: &mut RunContext<'_>,
        pass: Pass<'_>,
        facts: &Facts,
    ) -> Option<Observation> {
        let Pass { stops, base, fork } = pass;
        let (chosen, branch, ahead) = (Cell::new(base), Cell::new(None), Cell::new(stops));
        let mut turn = |number: u64| match fork(number) {
            Side::Parent => {
                let past = stops.partition_point(|&stop| stop <= number);
                ahead.set(&stops[past..]);
                Turn::GoOn { next: stops.get(past).copied().unwrap_or(u64::MAX) }
            }
            Side::Child(side) => {
                ahead.set(&[]);
                chosen.set(Some(side.case));
                branch.set(Some(side));
                let plan = &side.case.compiled;
                Turn::Fault { plan, record: side.record, trace: side.later_sites }
            }
        };
        let mut seen = Observation::new(Plan::none(), Temperature::Warm);
        let nothing = Compiled::new(&Plan::none());
        let plan = base.map_or(&nothing, |base| &base.compiled);
        let run = context.begin(plan, Capture::Nothing, None);
        run.fork_from(stops.first().copied().unwrap_or(u64::MAX), &mut turn);
        let mut lifecycle = RunLifecycle {
            facts: Some(facts),
            stops: Some(&ahead),
            ..RunLifecycle::new(self.subject, &run, &chosen)
        };
        let end = lifecycle.faulted(&mut seen);
        let left = run.finish();
        let Branch { case, record, later_sites } = branch.get()?;
        (seen.plan, seen.temperature) = (case.plan.clone(), case.temperature);
        if later_sites.is_some() {
            return Some(seen);
        }
        // SAFETY: the record is this branch's own, in memory that outlives the process.
        let mut context = RunContext { record: unsafe { &mut *record }, ..*context };
        read_record(context.record, case, facts, &mut seen);
        Some(self.conclude(&mut context, (case, facts), seen, end, left))
    }
}

impl<S: Subject> ScenarioRunner<'_, S> {
    /// Looks at what a run has left: its last view and its blocks.
    fn conclude(
        &mut self,
        context: &mut RunContext<'_>,
        (case, facts): (&Case, &Facts),
        mut seen: Observation,
        end: Option<S::View>,
        left: Vec<Leftover>,
    ) -> Observation {
        if seen.ending == Ending::Finished {
            seen.end = self.compare_end(context, case, &seen, end);
        }
        let fault = seen.faults.first().map_or(u64::MAX, |fault| fault.request.number);
        let unexpected = facts.unexpected(&left, fault);
        if !unexpected.is_empty() {
            let (.., left) = self.run_once(context, case, facts);
            let again = facts.unexpected(&left, fault);
            let is_again = |block: &Leftover| again.iter().any(|other| facts.is_same(block, other));
            (seen.leaked, seen.retained) = unexpected.into_iter().partition(is_again);
        }
        seen
    }

    fn run_once(
        &mut self,
        context: &mut RunContext<'_>,
        case: &Case,
        facts: &Facts,
    ) -> (Observation, Option<S::View>, Vec<Leftover>) {
        let mut seen = Observation::new(case.plan.clone(), case.temperature);
        let run = context.begin(&case.compiled, case.capture, None);
        let chosen = Cell::new(Some(case));
        let mut lifecycle =
            RunLifecycle { facts: Some(facts), ..RunLifecycle::new(self.subject, &run, &chosen) };
        let end = lifecycle.faulted(&mut seen);
        let left = run.finish();
        read_record(context.record, case, facts, &mut seen);
        (seen, end, left)
    }

    /// Compares the last view with that of the fault-free run. In a process that was cold, makes
    /// such a run now.
    fn compare_end(
        &mut self,
        context: &mut RunContext<'_>,
        case: &Case,
        seen: &Observation,
        end: Option<S::View>,
    ) -> ViewSeen {
        let Some(end) = end else { return ViewSeen::NotCompared };
        let is_excused = seen.has_failed_step() && self.subject.guarantee() == Guarantee::Basic;
        if is_excused || size_of::<S::View>() == 0 {
            return ViewSeen::NotCompared;
        }
        if case.temperature == Temperature::Cold && self.refresh_end(context).is_err() {
            return ViewSeen::NotCompared;
        }
        self.end.as_ref().map_or(ViewSeen::NotCompared, |expected| compare(expected, &end))
    }

    /// Makes a fault-free run for its last view. Keeps the record of the run before it.
    fn refresh_end(&mut self, context: &mut RunContext<'_>) -> Result<(), String> {
        let mut record = Record::boxed();
        let plan = Compiled::new(&Plan::none());
        let mut context = RunContext { record: &mut record, ..*context };
        let run = context.begin(&plan, Capture::Nothing, None);
        let nothing = Cell::new(None);
        let (_, end) = RunLifecycle::new(self.subject, &run, &nothing).fault_free(Checks::None)?;
        self.end = Some(end);
        drop(run.finish());
        Ok(())
    }
}
