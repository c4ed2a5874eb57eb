//! One run, from set-up to last drop: [`RunLifecycle`] calls the subject and notes what it does. It
//! judges nothing and knows no processes.
//!
//! ```text
//!  tracked   setup
//!            for each step:
//!  armed        step ── Ok ──▶ next step (check and view, if a fault fired in it)
//!                 └─ Err, panic
//!  tracked      recover, check, view, retry as the guarantee says; after the retry the other steps
//!            check, view
//!  tracked   drop                                   (armed under fail-all, after a fault)
//! ```

use std::cell::Cell;
use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::baseline::{Facts, Schedule, Stability, StepFacts};
use super::case::{Case, Retrying};
use super::observe::compare;
use super::panic_hook;
use super::subject::Subject;
use crate::harness::alloc::{self, Capture, Run};
use crate::harness::oracle::{
    Ending, Expected, FaultFree, Observation, Retried, Returned, StepSeen, ViewSeen,
};
use crate::harness::plan::{AfterFault, Fault};
use crate::harness::sweep::api::scenario::{Guarantee, Recovery};

/// When a fault-free run calls `check`. One of a sweep's runs does; the others do the same work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Checks {
    /// After each step.
    EachStep,
    /// After every sixteenth step, and after the last: a check may cost more than all steps.
    Few,
    None,
}

impl Checks {
    /// Returns whether there is a check after step `index` of `len`.
    pub(crate) fn are_due(self, index: usize, len: usize) -> bool {
        let done = index + 1;
        match self {
            Self::EachStep => true,
            Self::Few => done == len || done.is_multiple_of(16),
            Self::None => false,
        }
    }
}

/// A subject in one run.
pub(crate) struct RunLifecycle<'a, 'r, S: Subject> {
    pub(crate) subject: &'a mut S,
    pub(crate) run: &'a Run<'r>,
    /// The case of the run. A child that branches off a pass gets its own case during the run.
    pub(crate) chosen: &'a Cell<Option<&'a Case>>,
    pub(crate) facts: Option<&'a Facts>,
    /// Requests at which other runs may still branch off.
    pub(crate) stops: Option<&'a Cell<&'a [u64]>>,
    /// What the run leaves to compare.
    pub(crate) kept: Kept<S::View, S::OutputView>,
}

/// What a run under a plan leaves to compare with the fault-free run.
pub(crate) struct Kept<V, O> {
    /// The last view, if the run got that far.
    pub(crate) end: Option<V>,
    /// The last output, if outputs are compared.
    pub(crate) output: Option<O>,
    pub(crate) prefixes: Vec<PrefixSeen<V>>,
}

/// A failed step under [`Guarantee::Prefix`].
pub(crate) struct PrefixSeen<V> {
    /// Its position among the steps of the observation.
    pub(crate) position: usize,
    pub(crate) before: V,
    pub(crate) now: V,
}

/// What a fault-free run did.
pub(crate) struct FaultFreeRun<V, O> {
    pub(crate) steps: Vec<StepFacts>,
    pub(crate) values: Values<V, O>,
    /// How the run broke [`FaultFree`], if it did.
    pub(crate) failure: Option<String>,
}

/// The values of a fault-free run, which other runs are compared with.
pub(crate) struct Values<V, O> {
    /// The last view.
    pub(crate) end: V,
    /// The last output, if outputs are compared.
    pub(crate) output: Option<O>,
    /// The views after the steps under [`Guarantee::Prefix`], by index.
    pub(crate) complete: Vec<(usize, V)>,
}

/// Code panicked. The panic hook has noted the details.
struct Unwound;

impl<'a, 'r, S: Subject> RunLifecycle<'a, 'r, S> {
    pub(crate) fn new(
        subject: &'a mut S,
        run: &'a Run<'r>,
        chosen: &'a Cell<Option<&'a Case>>,
    ) -> Self {
        let kept = Kept { end: None, output: None, prefixes: Vec::new() };
        Self { subject, run, chosen, facts: None, stops: None, kept }
    }

    fn case(&self) -> Option<&'a Case> {
        self.chosen.get()
    }

    fn step_facts(&self, index: usize) -> Option<&'a StepFacts> {
        self.facts.and_then(|facts| facts.steps.get(index))
    }

    /// # Errors
    /// If the code fails in a way that is an error in a fault-free run.
    pub(crate) fn fault_free(
        mut self,
        checks: Checks,
        demand: FaultFree,
    ) -> Result<FaultFreeRun<S::View, S::OutputView>, String> {
        let unwound = |what: &str| {
            let (message, place) =
                self.run.peek(|record| (record.panic.message, record.panic.location));
            let (message, place) = (message.text(), place.text());
            format!("{what} panicked without any fault: {message} at {place}")
        };
        let mut state = catch(|| self.subject.setup()).map_err(|_| unwound("the set-up"))?;
        let (mut failure, mut complete) = (None, Vec::new());
        let mut steps = alloc::pause(|| Vec::with_capacity(self.subject.len()));
        for index in 0..self.subject.len() {
            let (from, over_ceiling) = (self.run.requests(), self.marks().over_ceiling);
            let result = catch(|| self.run.armed(|| self.subject.step(&mut state, index)))
                .map_err(|_| unwound("the code"))?;
            let expected = match &result {
                Ok(_) => Expected::Ok,
                Err(error) => Expected::Err { is_oom: self.classify(error).0 },
            };
            let was_refused = self.marks().over_ceiling > over_ceiling;
            if failure.is_none() && !was_refused {
                failure = self.broken_demand(demand, expected, &result);
            }
            self.keep_output(&result).map_err(|_| unwound("the comparison of an output"))?;
            catch(|| drop(result)).map_err(|_| unwound("dropping a result"))?;
            if self.subject.guarantee(index) == Guarantee::Prefix {
                let view = self.view(&mut state).map_err(|_| unwound("view"))?;
                alloc::pause(|| complete.push((index, view)));
            }
            if expected != Expected::Ok {
                catch(|| self.subject.recover(&mut state)).map_err(|_| unwound("recover"))?;
            }
            if checks.are_due(index, self.subject.len()) {
                self.check(&mut state)
                    .map_err(|_| unwound("check"))?
                    .map_err(|message| format!("check failed without any fault: {message}"))?;
            }
            // The capacity is reserved, so the harness makes no request here.
            steps.push(StepFacts { expected, from, to: self.run.requests() });
        }
        let end = self.view(&mut state).map_err(|_| unwound("view"))?;
        catch(|| drop(state)).map_err(|_| unwound("dropping the state"))?;
        let values = Values { end, output: self.kept.output.take(), complete };
        Ok(FaultFreeRun { steps, values, failure })
    }

    /// Says how a result without faults breaks what is demanded of it. `None` if it does not.
    fn broken_demand(
        &mut self,
        demand: FaultFree,
        seen: Expected,
        result: &Result<S::Output, S::Error>,
    ) -> Option<String> {
        // No allocator is asked for more bytes than a layout can have.
        let is_possible = |size: Option<usize>| size.is_none_or(|size| size < isize::MAX as usize);
        match (demand, seen, result) {
            (FaultFree::NoOom, Expected::Err { is_oom: true }, Err(error))
                if !is_possible(self.classify(error).1) =>
            {
                None
            }
            (FaultFree::Ok, _, Err(error))
            | (FaultFree::NoOom, Expected::Err { is_oom: true }, Err(error)) => {
                Some(alloc::pause(|| format!("failed with {error:?} without any fault")))
            }
            (FaultFree::Err, _, Ok(_)) => Some(alloc::pause(|| {
                "the code returned Ok without faults, but `.expect_error()` says that it fails"
                    .to_owned()
            })),
            _ => None,
        }
    }

    /// Runs under the plan of the case. What it leaves to compare is in `kept`.
    pub(crate) fn faulted(&mut self, seen: &mut Observation) {
        if let Err(Unwound) = self.try_faulted(seen) {
            // `read_record` fills in what the hook noted.
            seen.ending = panicked();
            self.kept.end = None;
        }
    }

    fn try_faulted(&mut self, seen: &mut Observation) -> Result<(), Unwound> {
        let mut state = catch(|| self.subject.setup())?;
        let start = if self.wants_details() { Some(self.view(&mut state)?) } else { None };
        let mut unwound = Ok(());
        match self.steps(&mut state, seen) {
            Ok(RunEnd::Complete) => match self.look_at_end(&mut state, seen) {
                Ok(view) => {
                    seen.is_view_telling = start.is_some_and(|start| start != view);
                    self.kept.end = Some(view);
                }
                Err(panic) => unwound = Err(panic),
            },
            Ok(RunEnd::CutShort) => {}
            Err(panic) => {
                unwound = Err(panic);
                self.look_after_panic(&mut state, seen);
            }
        }
        self.drop_faulted(state)?;
        unwound
    }

    fn steps(&mut self, state: &mut S::State, seen: &mut Observation) -> Result<RunEnd, Unwound> {
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
            if self.wants_details() {
                self.run.forget_next();
            }
            let mut step = self.describe(index, marks, result)?;
            if !step.is_notable() {
                continue;
            }
            let mut end = RunEnd::Complete;
            if step.returned == Returned::Ok {
                step.inconsistency = self.check(state)?.err();
            } else {
                is_live &= !self.ends_at_failure();
                // An error for a fault in an earlier step says nothing about a retry.
                let is_late = step.is_oom_without_fault() && seen.has_untold_fault();
                let position = seen.steps.len();
                let recovery = self.look_after_failure(state, &mut step, before, position)?;
                end = match step.refused == 0 && step.expected != Expected::Ok {
                    true => RunEnd::Complete,
                    false if is_late || !self.is_retried() => RunEnd::CutShort,
                    false => self.retry(state, &mut step, recovery)?,
                };
            }
            alloc::pause(|| seen.steps.push(step));
            if end == RunEnd::CutShort {
                return Ok(RunEnd::CutShort);
            }
        }
        Ok(RunEnd::Complete)
    }

    /// Recovers, checks and views the state after a step failed.
    fn look_after_failure(
        &mut self,
        state: &mut S::State,
        step: &mut StepSeen,
        before: Option<S::View>,
        position: usize,
    ) -> Result<Recovery, Unwound> {
        let guarantee = self.subject.guarantee(step.index);
        if guarantee == Guarantee::Poisons && self.is_retried() {
            step.retry = self.probe(state, step.index)?;
        }
        let recovery = catch(|| self.subject.recover(state))?;
        step.inconsistency = self.check(state)?.err();
        let has_view = self.facts.is_none_or(|facts| facts.views != Stability::NotItself);
        match (guarantee, before) {
            (Guarantee::Strong, Some(before)) if has_view => {
                let after = self.view(state)?;
                step.view = alloc::pause(|| compare(&before, &after));
            }
            (Guarantee::Prefix, Some(before)) if has_view => {
                let seen = PrefixSeen { position, before, now: self.view(state)? };
                alloc::pause(|| self.kept.prefixes.push(seen));
            }
            _ => {}
        }
        Ok(recovery)
    }

    /// Retries a failed step without faults, as its guarantee says.
    fn retry(
        &mut self,
        state: &mut S::State,
        step: &mut StepSeen,
        recovery: Recovery,
    ) -> Result<RunEnd, Unwound> {
        let result = match (self.subject.guarantee(step.index), recovery) {
            (Guarantee::Prefix, _) => catch(|| self.subject.resume(state, step.index))?,
            (Guarantee::Poisons, Recovery::Missing) => None,
            (Guarantee::Poisons, _) if step.retry != Retried::AsExpected => None,
            _ => Some(catch(|| self.subject.step(state, step.index))?),
        };
        let Some(result) = result else { return Ok(RunEnd::CutShort) };
        step.retry = judge_retry(&result, step.expected);
        self.keep_output(&result)?;
        catch(|| drop(result))?;
        Ok(RunEnd::Complete)
    }

    /// Calls a step of a state that must refuse everything.
    fn probe(&mut self, state: &mut S::State, index: usize) -> Result<Retried, Unwound> {
        let result = catch(|| self.subject.step(state, index))?;
        let seen = match &result {
            Err(error) if self.classify(error).0 => Retried::AsExpected,
            Err(error) => alloc::pause(|| Retried::NotPoisoned(format!("failed with {error:?}"))),
            Ok(_) => alloc::pause(|| Retried::NotPoisoned("returned Ok".to_owned())),
        };
        catch(|| drop(result))?;
        Ok(seen)
    }

    /// Keeps what is compared of an output.
    fn keep_output(&mut self, result: &Result<S::Output, S::Error>) -> Result<(), Unwound> {
        if let Ok(output) = result {
            self.kept.output = catch(|| self.run.paused(|| self.subject.output_view(output)))?;
        }
        Ok(())
    }

    /// Reads the result of a step and drops it, with faults on if the plan says so.
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
                let text = self.wants_details().then(|| alloc::pause(|| format!("{error:?}")));
                Returned::Err { is_oom, requested, text }
            }
        };
        self.keep_output(&result)?;
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

    /// Checks and views the state after the retry and the later steps.
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

    /// After a panic the state may be anything, so only `check` is called.
    fn look_after_panic(&mut self, state: &mut S::State, seen: &mut Observation) {
        let recovered = catch(|| self.subject.recover(state));
        let Ok(Ok(Err(message))) = recovered.map(|_| self.check(state)) else { return };
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

    /// Drops a value. If the plan fails all later requests, faults stay on.
    fn drop_faulted<T>(&mut self, value: T) -> Result<(), Unwound> {
        let is_persistent = self.run.has_faulted()
            && self.case().is_some_and(|case| case.plan.after == AfterFault::FailAll);
        if is_persistent { catch(|| self.run.armed(|| drop(value))) } else { catch(|| drop(value)) }
    }

    /// Returns whether a fault may be in this step, so that the view before it is needed.
    fn may_fault(&self, index: usize) -> bool {
        if size_of::<S::View>() == 0 {
            return false;
        }
        let Some(step) = self.step_facts(index) else { return true };
        // After a fault, requests no longer have the numbers of the fault-free run. Only faults
        // that are in the past are certain.
        let next = self.run.requests();
        let stop = self.stops.and_then(|stops| stops.get().first());
        if stop.is_some_and(|&stop| stop < step.to || self.case().is_some()) {
            return true;
        }
        let Some(case) = self.case() else { return false };
        if self.facts.is_some_and(|facts| facts.schedule == Schedule::Shared)
            && case.plan.fault != Fault::None
        {
            return true;
        }
        match &case.plan.fault {
            Fault::None => false,
            Fault::Nth(number) => (step.from..step.to).contains(number),
            Fault::Set(numbers) => numbers.range(next..).next().is_some(),
            _ => true,
        }
    }

    fn ends_at_failure(&self) -> bool {
        self.run.has_faulted()
            && self.case().is_some_and(|case| {
                matches!(case.plan.after, AfterFault::FailAll | AfterFault::Forbid)
            })
    }

    fn is_retried(&self) -> bool {
        self.case().is_none_or(|case| case.retry == Retrying::Yes)
    }

    fn wants_details(&self) -> bool {
        self.case().is_some_and(|case| case.capture == Capture::Stacks)
    }

    fn marks(&self) -> Marks {
        self.run.peek(|record| Marks {
            refused: record.refused,
            untolerated: record.untolerated,
            over_ceiling: record.over_ceiling,
        })
    }
}

fn judge_retry<T, E: Debug>(result: &Result<T, E>, expected: Expected) -> Retried {
    match (result, expected) {
        (Ok(_), Expected::Ok) | (Err(_), Expected::Err { .. }) => Retried::AsExpected,
        (Ok(_), Expected::Err { .. }) => alloc::pause(|| {
            Retried::Failed("succeeded, but fails in the fault-free run".to_owned())
        }),
        (Err(error), Expected::Ok) => {
            alloc::pause(|| Retried::Failed(format!("failed with {error:?}")))
        }
    }
}

/// Whether a run completed all steps.
#[derive(Clone, Copy, PartialEq, Eq)]
enum RunEnd {
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
    fn is_oom_without_fault(&self) -> bool {
        self.refused == 0 && matches!(self.returned, Returned::Err { is_oom: true, .. })
    }

    /// Returns whether the step differs from the fault-free run.
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

/// Runs `f` and stops a panic. It drops the payload, which may panic too.
fn catch<R>(f: impl FnOnce() -> R) -> Result<R, Unwound> {
    catch_unwind(AssertUnwindSafe(f)).map_err(|payload| {
        // If somebody replaced the harness's hook, the panic is not noted yet.
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
