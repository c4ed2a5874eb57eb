//! Code under test that can run again and again: [`Runner`], and its implementation for subjects,
//! [`ScenarioRunner`]. [`RunLifecycle`] makes a fault-free run, a run under a plan, and a pass from
//! which other runs branch off. This file does what comes before and after.

use std::cell::Cell;

use super::baseline::{Facts, Schedule, Stability, StepFacts};
use super::case::Case;
use super::choose::by_site;
use super::context::RunContext;
use super::lifecycle::{Checks, FaultFreeRun, Kept, PrefixSeen, RunLifecycle, Values};
use super::observe::{compare, describe_change, read_record};
use super::subject::Subject;
use crate::harness::alloc::{Capture, Compiled, Leftover, Record, Trace, Turn};
use crate::harness::oracle::{
    Ending, Expected, FaultFree, Observation, Returned, Temperature, ViewSeen,
};
use crate::harness::plan::Plan;
use crate::harness::sweep::api::scenario::Guarantee;
use crate::harness::sys;

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

    /// Runs these cases in turn, `failures` runs in all, and then without faults. Returns how that
    /// run failed, if it did.
    fn endure(
        &mut self,
        context: &mut RunContext<'_>,
        cases: &[(&Case, &Facts)],
        failures: u32,
    ) -> Option<String>;
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
    /// The values of the latest fault-free run.
    values: Option<Values<S::View, S::OutputView>>,
    /// The number of threads before the run, in runs that collect details.
    pub(super) threads: Option<u64>,
}

impl<'s, S: Subject> ScenarioRunner<'s, S> {
    pub(crate) fn new(subject: &'s mut S) -> Self {
        Self { subject, values: None, threads: None }
    }
}

/// What a fault-free run of a subject did.
type FaultFreeOf<S> = FaultFreeRun<<S as Subject>::View, <S as Subject>::OutputView>;

impl<S: Subject> Runner for ScenarioRunner<'_, S> {
    fn baseline(
        &mut self,
        context: &mut RunContext<'_>,
        trace: &Trace,
        capture: Capture,
        checks: Checks,
    ) -> Result<Facts, String> {
        trace.clear();
        let demand = context.rules.fault_free;
        let (seen, leftovers) =
            self.run_fault_free(context, capture, Some(trace), (checks, demand))?;
        let FaultFreeRun { steps, values, failure } = seen;
        let before = self.values.as_ref();
        let views = Stability::of(&values.end, before.map(|values| &values.end));
        let output_before = before.and_then(|values| values.output.as_ref());
        let outputs = values.output.as_ref();
        let outputs =
            outputs.map_or(Stability::Stable, |output| Stability::of(output, output_before));
        self.values = Some(values);
        let schedule = Schedule::of(context.record);
        let (prefix, multitude) = (Facts::fold_prefixes(trace), Facts::add_up(trace));
        let requests = trace.len();
        Ok(Facts {
            requests,
            prefix,
            multitude,
            schedule,
            steps,
            leftovers,
            views,
            outputs,
            failure,
        })
    }

    fn run(&mut self, context: &mut RunContext<'_>, case: &Case, facts: &Facts) -> Observation {
        self.threads = (case.leak_tries > 1).then(sys::threads).flatten();
        let (seen, kept, left) = self.run_once(context, case, facts);
        self.conclude(context, (case, facts), seen, kept, left)
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
        lifecycle.faulted(&mut seen);
        let kept = lifecycle.kept;
        let left = run.finish();
        let Branch { case, record, later_sites } = branch.get()?;
        (seen.plan, seen.temperature) = (case.plan.clone(), case.temperature);
        if later_sites.is_some() {
            return Some(seen);
        }
        // SAFETY: the record is this branch's own, in memory that outlives the process.
        let mut context = RunContext { record: unsafe { &mut *record }, ..*context };
        read_record(context.record, case, facts, &mut seen);
        Some(self.conclude(&mut context, (case, facts), seen, kept, left))
    }

    fn endure(
        &mut self,
        context: &mut RunContext<'_>,
        cases: &[(&Case, &Facts)],
        failures: u32,
    ) -> Option<String> {
        for (case, facts) in cases.iter().cycle().take(failures as usize) {
            self.run_once(context, case, facts);
        }
        let expected = &cases.first()?.1.steps;
        let demand = match expected.iter().all(|step| step.expected == Expected::Ok) {
            true => FaultFree::Ok,
            false => FaultFree::Anything,
        };
        let how = (Checks::EachStep, demand);
        let seen = match self.run_fault_free(context, Capture::Nothing, None, how) {
            Err(how) => return Some(how),
            Ok((seen, _)) => seen,
        };
        let is_other = |(seen, usual): (&StepFacts, &StepFacts)| seen.expected != usual.expected;
        let differs = seen.steps.iter().zip(expected).position(is_other);
        let how =
            differs.map(|step| format!("step {step} returns another result without any fault"));
        seen.failure.or(how)
    }
}

impl<S: Subject> ScenarioRunner<'_, S> {
    /// Looks at what a run has left: its last view and its blocks.
    fn conclude(
        &mut self,
        context: &mut RunContext<'_>,
        (case, facts): (&Case, &Facts),
        mut seen: Observation,
        kept: Kept<S::View, S::OutputView>,
        left: Vec<Leftover>,
    ) -> Observation {
        if seen.ending == Ending::Finished {
            self.compare_values(context, (case, facts), &mut seen, kept);
        }
        let fault = seen.faults.first().map_or(u64::MAX, |fault| fault.request.number);
        let unexpected = facts.unexpected(&left, fault);
        if !unexpected.is_empty() {
            (seen.leaked, seen.retained) =
                self.tell_leaks(context, (case, facts), unexpected, fault);
        }
        seen
    }

    /// Runs without faults, and returns the blocks that are left.
    ///
    /// # Errors
    /// If the code panics, or is inconsistent, without faults.
    fn run_fault_free(
        &mut self,
        context: &mut RunContext<'_>,
        capture: Capture,
        trace: Option<&Trace>,
        (checks, demand): (Checks, FaultFree),
    ) -> Result<(FaultFreeOf<S>, Vec<Leftover>), String> {
        let plan = Compiled::new(&Plan::none());
        let run = context.begin(&plan, capture, trace);
        let nothing = Cell::new(None);
        let lifecycle = RunLifecycle::new(self.subject, &run, &nothing);
        let seen = lifecycle.fault_free(checks, demand)?;
        Ok((seen, run.finish()))
    }

    /// Runs under a plan, and compares nothing with the fault-free run.
    pub(super) fn run_once(
        &mut self,
        context: &mut RunContext<'_>,
        case: &Case,
        facts: &Facts,
    ) -> (Observation, Kept<S::View, S::OutputView>, Vec<Leftover>) {
        let mut seen = Observation::new(case.plan.clone(), case.temperature);
        let run = context.begin(&case.compiled, case.capture, None);
        let chosen = Cell::new(Some(case));
        let mut lifecycle =
            RunLifecycle { facts: Some(facts), ..RunLifecycle::new(self.subject, &run, &chosen) };
        lifecycle.faulted(&mut seen);
        let kept = lifecycle.kept;
        let left = run.finish();
        read_record(context.record, case, facts, &mut seen);
        (seen, kept, left)
    }

    /// Compares the values of a run with those of the fault-free run. In a process that was cold,
    /// makes such a run now.
    fn compare_values(
        &mut self,
        context: &mut RunContext<'_>,
        (case, facts): (&Case, &Facts),
        seen: &mut Observation,
        kept: Kept<S::View, S::OutputView>,
    ) {
        let (has_view, is_cold) = (size_of::<S::View>() > 0, case.temperature == Temperature::Cold);
        let needs_values = kept.output.is_some() || (has_view && kept.end.is_some());
        if is_cold && needs_values && self.refresh_values(context).is_err() {
            return;
        }
        let Some(values) = &self.values else { return };
        for PrefixSeen { position, before, now } in &kept.prefixes {
            let step = &mut seen.steps[*position];
            let complete = values.complete.iter().find(|(index, _)| *index == step.index);
            let Some((_, complete)) = complete else { continue };
            if !self.subject.is_prefix(step.index, before, now, complete) {
                step.view = ViewSeen::Changed(describe_change(complete, now));
            }
        }
        if let (Some(output), Some(expected), Stability::Stable) =
            (&kept.output, &values.output, facts.outputs)
        {
            seen.output = compare(expected, output);
        }
        let is_excused = seen.steps.iter().any(|step| {
            let guarantee = self.subject.guarantee(step.index);
            step.returned != Returned::Ok
                && matches!(guarantee, Guarantee::Basic | Guarantee::Poisons)
        });
        if let (Some(end), true, false, Stability::Stable) =
            (&kept.end, has_view, is_excused, facts.views)
        {
            seen.end = compare(&values.end, end);
        }
    }

    /// Makes a fault-free run for its values. Keeps the record of the run before it.
    fn refresh_values(&mut self, context: &mut RunContext<'_>) -> Result<(), String> {
        let mut record = Record::boxed();
        let mut context = RunContext { record: &mut record, ..*context };
        let how = (Checks::None, FaultFree::Anything);
        let (seen, _) = self.run_fault_free(&mut context, Capture::Nothing, None, how)?;
        self.values = Some(seen.values);
        Ok(())
    }
}
