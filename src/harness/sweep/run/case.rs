//! One run to make: [`Case`], a plan with its compiled form and what is known before the run.

use std::cell::Cell;
use std::time::Duration;

use crate::harness::alloc::{Capture, Compiled};
use crate::harness::oracle::{Observation, Temperature};
use crate::harness::plan::{Fault, Plan};

/// One run to make.
pub(crate) struct Case {
    pub(crate) plan: Plan,
    /// The plan for the allocator: a site is replaced by a request's number.
    resolved: Plan,
    pub(crate) compiled: Compiled,
    pub(crate) temperature: Temperature,
    pub(crate) retry: Retrying,
    pub(crate) capture: Capture,
    /// How often a run that leaves blocks is repeated, to tell a leak from a cache.
    pub(crate) leak_tries: u32,
    /// How long these repetitions may take.
    pub(crate) patience: Duration,
    /// A path excuses it only if its run needs that; the sweep finds out while it runs.
    pub(crate) excuse: Cell<Excuse>,
    /// Call stack of the first request to fail, if the baseline knows it.
    pub(crate) stack: Option<u32>,
}

/// Whether a failed operation is retried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Retrying {
    Yes,
    No,
}

/// A fact that is known before the run and excuses its outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Excuse {
    None,
    /// The first fault is under a `tolerate_in` path.
    FirstFault,
    /// The ceiling refuses the plan's request in all runs, so the fault cannot fire.
    Ceiling,
}

impl Case {
    pub(crate) fn new(plan: Plan, temperature: Temperature, retry: Retrying) -> Self {
        let compiled = Compiled::new(&plan);
        let (resolved, capture) = (plan.clone(), Capture::Nothing);
        let (excuse, stack) = (Cell::new(Excuse::None), None);
        let (leak_tries, patience) = (1, Duration::MAX);
        Self {
            plan,
            resolved,
            compiled,
            temperature,
            retry,
            capture,
            leak_tries,
            patience,
            excuse,
            stack,
        }
    }

    /// Makes the case fail this request, whatever its plan's text says.
    pub(crate) fn resolve(&mut self, number: u64) {
        self.resolved.fault = Fault::Nth(number);
        self.compiled = Compiled::new(&self.resolved);
    }

    /// The same run, with call stacks and texts.
    pub(crate) fn diagnosing(&self) -> Self {
        Self {
            resolved: self.resolved.clone(),
            compiled: Compiled::new(&self.resolved),
            capture: Capture::Stacks,
            // Such a run has call stacks, and the path is looked up in them.
            excuse: Cell::new(match self.excuse.get() {
                Excuse::Ceiling => Excuse::Ceiling,
                Excuse::None | Excuse::FirstFault => Excuse::None,
            }),
            stack: self.stack,
            ..Self::new(self.plan.clone(), self.temperature, self.retry)
        }
    }

    /// Returns whether the path excuses all faults.
    pub(crate) fn is_excused(&self, seen: &Observation) -> bool {
        self.excuse.get() == Excuse::FirstFault && seen.refused == 1
    }

    /// The first request that the plan fails, if the plan names one.
    pub(crate) fn first(&self) -> Option<u64> {
        match &self.resolved.fault {
            Fault::Nth(number) => Some(*number),
            Fault::Set(numbers) => numbers.first().copied(),
            _ => None,
        }
    }

    /// The name of the case in notes.
    pub(crate) fn describe(&self) -> String {
        match self.temperature {
            Temperature::Cold => format!("{} (cold)", self.plan),
            Temperature::Warm => self.plan.to_string(),
        }
    }

    /// The last request that the plan names.
    pub(crate) fn last(&self) -> Option<u64> {
        match &self.resolved.fault {
            Fault::Set(numbers) => numbers.last().copied(),
            _ => self.first(),
        }
    }

    /// Returns whether a run with this number of requests makes the request that the plan names.
    pub(crate) fn has_target(&self, requests: u64) -> bool {
        match &self.resolved.fault {
            Fault::Site { .. } => false,
            _ => self.first().is_none_or(|number| number < requests),
        }
    }

    /// Returns whether it is a finding if no fault fires under this plan.
    pub(crate) fn must_fire(&self) -> bool {
        match &self.plan.fault {
            _ if self.excuse.get() == Excuse::Ceiling => false,
            Fault::Nth(_) | Fault::Site { .. } => true,
            Fault::Set(numbers) => !numbers.is_empty(),
            _ => false,
        }
    }
}
