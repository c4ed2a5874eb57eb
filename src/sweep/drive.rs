//! One run, from set-up to last drop: [`Drive`] leads a subject through it and writes down
//! what it sees. It judges nothing and knows no processes.
//!
//! ```text
//!  tracked   setup
//!            for each step:
//!  armed        step ── Ok ──▶ next step (check and view, if a fault fired in it)
//!                 └─ Err, panic
//!  tracked      recover, check, view, retry; after the retry the other steps
//!            check, view
//!  tracked   drop                                   (armed under fail-all, after a fault)
//! ```

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::baseline::{Facts, Schedule, StepFacts};
use super::executor::Lab;
use super::observe::{compare, read_record};
use super::order::{Order, Retrying};
use super::panic_hook;
use super::scenario::Guarantee;
use super::strategy::by_site;
use super::subject::Subject;
use crate::alloc::{self, Capture, Compiled, Leftover, Record, Run, Trace, Turn};
use crate::oracle::{
    Ending, Expected, Observation, Retried, Returned, StepSeen, Temperature, ViewSeen,
};
use crate::plan::{AfterFault, Fault, Plan};

/// Whether a fault-free run is checked; one of a sweep's is, the others do the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Checks {
    /// After each step.
    EachStep,
    None,
}

/// Code under test that can be run again and again, whatever its types.
pub(crate) trait Driven {
    /// Runs without faults, and keeps the last view to compare with.
    ///
    /// # Errors
    /// If the code panics, or is inconsistent, all by itself.
    fn baseline(
        &mut self,
        lab: &mut Lab<'_>,
        trace: &Trace,
        capture: Capture,
        checks: Checks,
    ) -> Result<Facts, String>;

    /// Runs under a plan. Leaves behind in the lab's record what the allocator noted.
    fn run(&mut self, lab: &mut Lab<'_>, order: &Order, facts: &Facts) -> Observation;

    /// Runs once, without faults or under the pass's base, and lets the pass fork at its stops.
    /// In a child, which is on the run of its order from there on, gives what that did; `None`
    /// in the parent.
    fn pass(&mut self, lab: &mut Lab<'_>, pass: Pass<'_>, facts: &Facts) -> Option<Observation>;

    /// The requests after the first fault of a run, each the first of its call stack. What else
    /// the run does is of no interest; in-process, it takes the process along if it aborts.
    fn survey(
        &mut self,
        lab: &mut Lab<'_>,
        order: &Order,
        facts: &Facts,
        trace: &Trace,
    ) -> Vec<u64> {
        let Some(first) = order.first() else { return Vec::new() };
        trace.clear();
        let mut record = Record::boxed();
        let branch = Branch { order, record: &raw mut *record, survey: Some(trace) };
        let mut fork = |_| Side::Child(branch);
        self.pass(lab, Pass { stops: &[first], base: None, fork: &mut fork }, facts);
        // The first fault is taken down, too.
        let later = trace.requests().get(1..).unwrap_or_default();
        by_site(later).into_iter().map(|site| site[0]).collect()
    }

    /// Whether a run's end can be compared with that of a fault-free run.
    fn has_view(&self) -> bool;
}

/// A run from which others branch off.
pub(crate) struct Pass<'a> {
    /// Requests at which to fork, ascending.
    pub(crate) stops: &'a [u64],
    /// What the run itself is under; without it, under no fault.
    pub(crate) base: Option<&'a Order>,
    /// Forks at this request.
    pub(crate) fork: &'a mut dyn FnMut(u64) -> Side<'a>,
}

/// On which side of a fork the code goes on.
pub(crate) enum Side<'a> {
    /// The parent's: without a fault.
    Parent,
    /// A child's: under this order.
    Child(Branch<'a>),
}

/// A run that has branched off.
#[derive(Clone, Copy)]
pub(crate) struct Branch<'a> {
    pub(crate) order: &'a Order,
    /// Where its allocator notes what happens.
    pub(crate) record: *mut Record,
    /// Takes down the requests after the fault, with their stacks: then nothing else of the
    /// run is of interest.
    pub(crate) survey: Option<&'a Trace>,
}

pub(crate) struct Drive<'s, S: Subject> {
    subject: &'s mut S,
    /// The last view of the latest fault-free run.
    end: Option<S::View>,
}

impl<'s, S: Subject> Drive<'s, S> {
    pub(crate) fn new(subject: &'s mut S) -> Self {
        Self { subject, end: None }
    }
}

impl<S: Subject> Driven for Drive<'_, S> {
    fn baseline(
        &mut self,
        lab: &mut Lab<'_>,
        trace: &Trace,
        capture: Capture,
        checks: Checks,
    ) -> Result<Facts, String> {
        trace.clear();
        let plan = Compiled::new(&Plan::none());
        let run = lab.begin(&plan, capture, Some(trace));
        let nothing = Cell::new(None);
        let walk = Walk::new(self.subject, &run, &nothing);
        let (steps, end) = walk.fault_free(checks)?;
        self.end = Some(end);
        let leftovers = run.finish();
        let schedule = Schedule::of(lab.record);
        let (prefix, multitude) = (Facts::fold_prefixes(trace), Facts::add_up(trace));
        Ok(Facts { requests: trace.len(), prefix, multitude, schedule, steps, leftovers })
    }

    fn run(&mut self, lab: &mut Lab<'_>, order: &Order, facts: &Facts) -> Observation {
        let (seen, end, left) = self.run_once(lab, order, facts);
        self.conclude(lab, (order, facts), seen, end, left)
    }

    fn pass(&mut self, lab: &mut Lab<'_>, pass: Pass<'_>, facts: &Facts) -> Option<Observation> {
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
                chosen.set(Some(side.order));
                branch.set(Some(side));
                let plan = &side.order.compiled;
                Turn::Fault { plan, record: side.record, trace: side.survey }
            }
        };
        let mut seen = Observation::new(Plan::none(), Temperature::Warm);
        let nothing = Compiled::new(&Plan::none());
        let plan = base.map_or(&nothing, |base| &base.compiled);
        let run = lab.begin(plan, Capture::Nothing, None);
        run.fork_from(stops.first().copied().unwrap_or(u64::MAX), &mut turn);
        let mut walk = Walk {
            facts: Some(facts),
            stops: Some(&ahead),
            ..Walk::new(self.subject, &run, &chosen)
        };
        let end = walk.faulted(&mut seen);
        let left = run.finish();
        let Branch { order, record, survey } = branch.get()?;
        (seen.plan, seen.temperature) = (order.plan.clone(), order.temperature);
        if survey.is_some() {
            return Some(seen);
        }
        // SAFETY: the record is this branch's own, in memory that outlives the process.
        let mut lab = Lab { record: unsafe { &mut *record }, ..*lab };
        read_record(lab.record, order, facts, &mut seen);
        Some(self.conclude(&mut lab, (order, facts), seen, end, left))
    }

    fn has_view(&self) -> bool {
        size_of::<S::View>() > 0
    }
}

impl<S: Subject> Drive<'_, S> {
    /// Looks at what a run has left behind: its last view and its blocks.
    fn conclude(
        &mut self,
        lab: &mut Lab<'_>,
        (order, facts): (&Order, &Facts),
        mut seen: Observation,
        end: Option<S::View>,
        left: Vec<Leftover>,
    ) -> Observation {
        if seen.ending == Ending::Finished {
            seen.end = self.compare_end(lab, order, &seen, end);
        }
        let fault = seen.faults.first().map_or(u64::MAX, |fault| fault.request.number);
        let unexpected = facts.unexpected(&left, fault);
        if !unexpected.is_empty() {
            let (.., left) = self.run_once(lab, order, facts);
            let again = facts.unexpected(&left, fault);
            let is_again = |block: &Leftover| again.iter().any(|other| facts.is_same(block, other));
            (seen.leaked, seen.retained) = unexpected.into_iter().partition(is_again);
        }
        seen
    }

    fn run_once(
        &mut self,
        lab: &mut Lab<'_>,
        order: &Order,
        facts: &Facts,
    ) -> (Observation, Option<S::View>, Vec<Leftover>) {
        let mut seen = Observation::new(order.plan.clone(), order.temperature);
        let run = lab.begin(&order.compiled, order.capture, None);
        let chosen = Cell::new(Some(order));
        let mut walk = Walk { facts: Some(facts), ..Walk::new(self.subject, &run, &chosen) };
        let end = walk.faulted(&mut seen);
        let left = run.finish();
        read_record(lab.record, order, facts, &mut seen);
        (seen, end, left)
    }

    /// Compares the view at the end with the fault-free run's: in a process that was cold,
    /// with one made now.
    fn compare_end(
        &mut self,
        lab: &mut Lab<'_>,
        order: &Order,
        seen: &Observation,
        end: Option<S::View>,
    ) -> ViewSeen {
        let Some(end) = end else { return ViewSeen::NotCompared };
        let is_excused = seen.has_failed_step() && self.subject.guarantee() == Guarantee::Basic;
        if is_excused || size_of::<S::View>() == 0 {
            return ViewSeen::NotCompared;
        }
        if order.temperature == Temperature::Cold && self.refresh_end(lab).is_err() {
            return ViewSeen::NotCompared;
        }
        self.end.as_ref().map_or(ViewSeen::NotCompared, |expected| compare(expected, &end))
    }

    /// A fault-free run for its last view alone; keeps the record of the run before it.
    fn refresh_end(&mut self, lab: &mut Lab<'_>) -> Result<(), String> {
        let mut record = Record::boxed();
        let plan = Compiled::new(&Plan::none());
        let mut lab = Lab { record: &mut record, ..*lab };
        let run = lab.begin(&plan, Capture::Nothing, None);
        let nothing = Cell::new(None);
        let (_, end) = Walk::new(self.subject, &run, &nothing).fault_free(Checks::None)?;
        self.end = Some(end);
        drop(run.finish());
        Ok(())
    }
}

/// A subject on its way through one run.
struct Walk<'a, 'r, S: Subject> {
    subject: &'a mut S,
    run: &'a Run<'r>,
    /// What the run is under; a child that branches off a pass gets another order on its way.
    chosen: &'a Cell<Option<&'a Order>>,
    facts: Option<&'a Facts>,
    /// Requests at which others may yet branch off.
    stops: Option<&'a Cell<&'a [u64]>>,
}

/// What a panicking piece of code leaves: the hook has noted the rest.
struct Unwound;

impl<'a, 'r, S: Subject> Walk<'a, 'r, S> {
    fn new(subject: &'a mut S, run: &'a Run<'r>, chosen: &'a Cell<Option<&'a Order>>) -> Self {
        Self { subject, run, chosen, facts: None, stops: None }
    }

    fn order(&self) -> Option<&'a Order> {
        self.chosen.get()
    }

    fn step_facts(&self, index: usize) -> Option<&'a StepFacts> {
        self.facts.and_then(|facts| facts.steps.get(index))
    }

    /// # Errors
    /// If the code fails in a way that no fault-free run may.
    fn fault_free(mut self, checks: Checks) -> Result<(Vec<StepFacts>, S::View), String> {
        let unwound = |what: &str| {
            let (message, place) =
                self.run.peek(|record| (record.panic.message, record.panic.location));
            let (message, place) = (message.text(), place.text());
            format!("{what} panicked without any fault: {message} at {place}")
        };
        let mut state = catch(|| self.subject.setup()).map_err(|_| unwound("the set-up"))?;
        let mut steps = alloc::pause(|| Vec::with_capacity(self.subject.len()));
        for index in 0..self.subject.len() {
            let from = self.run.requests();
            let result = catch(|| self.run.armed(|| self.subject.step(&mut state, index)))
                .map_err(|_| unwound("the code"))?;
            let expected = match &result {
                Ok(_) => Expected::Ok,
                Err(error) => Expected::Err { is_oom: self.classify(error).0 },
            };
            catch(|| drop(result)).map_err(|_| unwound("dropping a result"))?;
            if expected != Expected::Ok {
                catch(|| self.subject.recover(&mut state)).map_err(|_| unwound("recover"))?;
            }
            if checks == Checks::EachStep {
                self.check(&mut state)
                    .map_err(|_| unwound("check"))?
                    .map_err(|message| format!("check failed without any fault: {message}"))?;
            }
            // Pushing within the capacity: the harness makes no request in here.
            steps.push(StepFacts { expected, from, to: self.run.requests() });
        }
        let view = self.view(&mut state).map_err(|_| unwound("view"))?;
        catch(|| drop(state)).map_err(|_| unwound("dropping the state"))?;
        Ok((steps, view))
    }

    /// Runs under the order's plan; gives the view at the end, if the run came so far.
    fn faulted(&mut self, seen: &mut Observation) -> Option<S::View> {
        match self.try_faulted(seen) {
            Ok(end) => end,
            Err(Unwound) => {
                // `read_record` puts in what the hook noted.
                seen.ending = panicked();
                None
            }
        }
    }

    fn try_faulted(&mut self, seen: &mut Observation) -> Result<Option<S::View>, Unwound> {
        let mut state = catch(|| self.subject.setup())?;
        let mut end = None;
        let mut unwound = None;
        match self.steps(&mut state, seen) {
            Ok(Outlook::Complete) => match self.look_at_end(&mut state, seen) {
                Ok(view) => end = Some(view),
                Err(panic) => unwound = Some(panic),
            },
            Ok(Outlook::CutShort) => {}
            Err(panic) => {
                unwound = Some(panic);
                self.look_after_panic(&mut state, seen);
            }
        }
        self.drop_faulted(state)?;
        unwound.map_or(Ok(end), Err)
    }

    fn steps(&mut self, state: &mut S::State, seen: &mut Observation) -> Result<Outlook, Unwound> {
        let mut is_live = true;
        for index in 0..self.subject.len() {
            let before =
                if is_live && self.may_fault(index) { Some(self.view(state)?) } else { None };
            let marks = self.marks();
            let result = if is_live {
                catch(|| self.run.armed(|| self.subject.step(state, index)))
            } else {
                catch(|| self.subject.step(state, index))
            };
            let mut step = self.describe(index, marks, result)?;
            if !step.is_notable() {
                continue;
            }
            if step.returned != Returned::Ok {
                catch(|| self.subject.recover(state))?;
                is_live &= !self.ends_at_failure();
            }
            step.inconsistency = self.check(state)?.err();
            if let (Returned::Err { .. }, Some(before), Guarantee::Strong) =
                (&step.returned, before, self.subject.guarantee())
            {
                let after = self.view(state)?;
                step.view = alloc::pause(|| compare(&before, &after));
            }
            let is_retried = self.retry(index, state, &mut step)?;
            alloc::pause(|| seen.steps.push(step));
            if is_retried == Outlook::CutShort {
                return Ok(Outlook::CutShort);
            }
        }
        Ok(Outlook::Complete)
    }

    /// Reads a step's result off and drops it, with faults on if they are to stay on.
    fn describe(
        &mut self,
        index: usize,
        marks: Marks,
        result: Result<Result<S::Output, S::Error>, Unwound>,
    ) -> Result<StepSeen, Unwound> {
        let result = result?;
        let returned = match &result {
            Ok(_) => Returned::Ok,
            Err(error) => {
                let (is_oom, requested) = self.classify(error);
                let text = self.wants_text().then(|| alloc::pause(|| format!("{error:?}")));
                Returned::Err { is_oom, requested, text }
            }
        };
        self.drop_faulted(result)?;
        let now = self.marks();
        let expected = self.step_facts(index);
        Ok(StepSeen {
            index,
            returned,
            expected: expected.map_or(Expected::Ok, |step| step.expected),
            refused: now.refused - marks.refused,
            untolerated: now.untolerated - marks.untolerated,
            over_ceiling: now.over_ceiling - marks.over_ceiling,
            inconsistency: None,
            view: ViewSeen::NotCompared,
            retry: Retried::Not,
        })
    }

    /// Tries a step that failed, and would not have, again without faults.
    fn retry(
        &mut self,
        index: usize,
        state: &mut S::State,
        step: &mut StepSeen,
    ) -> Result<Outlook, Unwound> {
        let Returned::Err { .. } = step.returned else { return Ok(Outlook::Complete) };
        if step.refused == 0 && step.expected != Expected::Ok {
            return Ok(Outlook::Complete);
        }
        if self.order().is_some_and(|order| order.retry == Retrying::No) {
            return Ok(Outlook::CutShort);
        }
        let result = catch(|| self.subject.step(state, index))?;
        step.retry = match (&result, step.expected) {
            (Ok(_), Expected::Ok) | (Err(_), Expected::Err { .. }) => Retried::AsExpected,
            (Ok(_), Expected::Err { .. }) => {
                alloc::pause(|| Retried::Failed("succeeded where it fails otherwise".to_owned()))
            }
            (Err(error), Expected::Ok) => {
                alloc::pause(|| Retried::Failed(format!("failed with {error:?}")))
            }
        };
        catch(|| drop(result))?;
        Ok(Outlook::Complete)
    }

    /// What was tried again, and what followed, has left a consistent state, too.
    fn look_at_end(
        &mut self,
        state: &mut S::State,
        seen: &mut Observation,
    ) -> Result<S::View, Unwound> {
        if let Some(last) = seen.steps.last_mut()
            && last.inconsistency.is_none()
        {
            last.inconsistency = self.check(state)?.err();
        }
        self.view(state)
    }

    /// After a panic the state may be anything; only `check` has a say.
    fn look_after_panic(&mut self, state: &mut S::State, seen: &mut Observation) {
        let recovered = catch(|| self.subject.recover(state));
        let Ok(Ok(Err(message))) = recovered.map(|()| self.check(state)) else { return };
        alloc::pause(|| {
            seen.steps.push(StepSeen {
                index: 0,
                returned: Returned::Panicked,
                expected: Expected::Ok,
                refused: 0,
                untolerated: 0,
                over_ceiling: 0,
                inconsistency: Some(message),
                view: ViewSeen::NotCompared,
                retry: Retried::Not,
            });
        });
    }

    fn check(&mut self, state: &mut S::State) -> Result<Result<(), String>, Unwound> {
        catch(|| self.run.paused(|| self.subject.check(state)))
    }

    fn view(&mut self, state: &mut S::State) -> Result<S::View, Unwound> {
        catch(|| self.run.paused(|| self.subject.view(state)))
    }

    fn classify(&mut self, error: &S::Error) -> (bool, Option<usize>) {
        alloc::pause(|| self.subject.classify(error))
    }

    /// Drops a value, under a persistent shortage with faults still on.
    fn drop_faulted<T>(&mut self, value: T) -> Result<(), Unwound> {
        let is_persistent = self.run.has_faulted()
            && self.order().is_some_and(|order| order.plan.after == AfterFault::FailAll);
        if is_persistent { catch(|| self.run.armed(|| drop(value))) } else { catch(|| drop(value)) }
    }

    /// Whether a fault may fall into this step, so that the view before it is wanted.
    fn may_fault(&self, index: usize) -> bool {
        if size_of::<S::View>() == 0 {
            return false;
        }
        let Some(step) = self.step_facts(index) else { return true };
        // After a fault, requests no longer have the numbers of the fault-free run: then only
        // what is past is sure to be past.
        let next = self.run.requests();
        let stop = self.stops.and_then(|stops| stops.get().first());
        if stop.is_some_and(|&stop| stop < step.to || self.order().is_some()) {
            return true;
        }
        let Some(order) = self.order() else { return false };
        if self.facts.is_some_and(|facts| facts.schedule == Schedule::Shared)
            && order.plan.fault != Fault::None
        {
            return true;
        }
        match &order.plan.fault {
            Fault::None => false,
            Fault::Nth(number) => (step.from..step.to).contains(number),
            Fault::Set(numbers) => numbers.range(next..).next().is_some(),
            _ => true,
        }
    }

    fn ends_at_failure(&self) -> bool {
        self.run.has_faulted()
            && self.order().is_some_and(|order| {
                matches!(order.plan.after, AfterFault::FailAll | AfterFault::Forbid)
            })
    }

    fn wants_text(&self) -> bool {
        self.order().is_some_and(|order| order.capture == Capture::Stacks)
    }

    fn marks(&self) -> Marks {
        self.run.peek(|record| Marks {
            refused: record.refused,
            untolerated: record.untolerated,
            over_ceiling: record.over_ceiling,
        })
    }
}

/// Whether a run goes through all steps.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outlook {
    Complete,
    CutShort,
}

/// Counters of the record at one moment.
#[derive(Clone, Copy)]
struct Marks {
    refused: u64,
    untolerated: u64,
    over_ceiling: u64,
}

impl StepSeen {
    /// Whether it differs from what the fault-free run shows.
    fn is_notable(&self) -> bool {
        let is_expected = match (&self.returned, self.expected) {
            (Returned::Ok, Expected::Ok) => true,
            (Returned::Err { is_oom, .. }, Expected::Err { is_oom: expected }) => {
                *is_oom == expected
            }
            _ => false,
        };
        self.refused > 0 || !is_expected
    }
}

/// Runs `f`; a panic ends here. What it carries is dropped, and may panic in turn.
fn catch<R>(f: impl FnOnce() -> R) -> Result<R, Unwound> {
    catch_unwind(AssertUnwindSafe(f)).map_err(|payload| {
        // In case somebody has replaced the harness's hook, which knows more.
        alloc::note_panic(|note| panic_hook::describe_payload(&*payload, note));
        if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
            std::mem::forget(second);
        }
        Unwound
    })
}

fn panicked() -> Ending {
    Ending::Panicked { message: String::new(), location: String::new(), stack: Vec::new() }
}
