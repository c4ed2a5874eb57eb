//! Where runs take place: [`Executor`], what it is asked for, and what it answers with.
//!
//! An executor runs orders and reports observations. Which orders, and what the observations
//! mean, is the engine's business.

use std::time::Duration;

use super::baseline::{Facts, Schedule};
use super::drive::{Checks, Driven};
use crate::alloc::{Capture, Compiled, Habits, Leftover, Record, Run, Session, Settings, Trace};
use crate::oracle::{Observation, Rules, Temperature};
use crate::plan::{Fault, Plan};

/// One run to make.
pub(crate) struct Order {
    pub(crate) plan: Plan,
    /// What the plan means to the allocator: a request's number in place of a site.
    resolved: Plan,
    pub(crate) compiled: Compiled,
    pub(crate) temperature: Temperature,
    pub(crate) retry: Retrying,
    pub(crate) capture: Capture,
    pub(crate) excuse: Excuse,
}

/// Whether a failed operation is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Retrying {
    Yes,
    No,
}

/// What is known beforehand to excuse the outcome of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Excuse {
    None,
    /// The first fault falls under a `tolerate_in` path.
    FirstFault,
    /// The ceiling refuses the plan's request, faults or not: the fault cannot fire.
    Ceiling,
}

impl Order {
    pub(crate) fn new(plan: Plan, temperature: Temperature, retry: Retrying) -> Self {
        let compiled = Compiled::new(&plan);
        let (resolved, capture) = (plan.clone(), Capture::Nothing);
        Self { plan, resolved, compiled, temperature, retry, capture, excuse: Excuse::None }
    }

    /// Makes the order fail this request, whatever its plan's text.
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
            // A path is looked for in the stacks that such a run takes.
            excuse: match self.excuse {
                Excuse::Ceiling => Excuse::Ceiling,
                Excuse::None | Excuse::FirstFault => Excuse::None,
            },
            ..Self::new(self.plan.clone(), self.temperature, self.retry)
        }
    }

    /// Whether all that was refused is excused by its path.
    pub(crate) fn is_excused(&self, record: &Record) -> bool {
        self.excuse == Excuse::FirstFault && record.refused == 1
    }

    /// Whether the plan names a request, if it names one, that a run of so many makes.
    pub(crate) fn has_target(&self, requests: u64) -> bool {
        match &self.resolved.fault {
            Fault::Nth(number) => *number < requests,
            Fault::Set(numbers) => numbers.first().is_none_or(|number| *number < requests),
            Fault::Site { .. } => false,
            _ => true,
        }
    }

    /// Whether a run under this plan in which no fault fires is a finding.
    pub(crate) fn must_fire(&self) -> bool {
        match &self.plan.fault {
            _ if self.excuse == Excuse::Ceiling => false,
            Fault::Nth(_) | Fault::Site { .. } => true,
            Fault::Set(numbers) => !numbers.is_empty(),
            _ => false,
        }
    }
}

/// What a run takes place in.
pub(crate) struct Lab<'a> {
    pub(crate) session: &'a Session,
    pub(crate) record: &'a mut Record,
    pub(crate) habits: Habits,
    pub(crate) rules: Rules,
}

impl Lab<'_> {
    /// Begins a run that notes what happens in the lab's record.
    pub(crate) fn begin<'a>(
        &'a mut self,
        plan: &'a Compiled,
        capture: Capture,
        trace: Option<&'a Trace>,
    ) -> Run<'a> {
        let settings = Settings { plan, habits: self.habits, capture, record: self.record, trace };
        self.session.begin(settings)
    }
}

/// The fault-free runs of a sweep.
pub(crate) struct Baselines {
    pub(crate) warm: Baseline,
    /// The first run of all, if its requests are not those of the later ones.
    pub(crate) cold: Option<Baseline>,
    /// The time that one took.
    pub(crate) duration: Duration,
}

/// A fault-free run with the sequence of its requests.
pub(crate) struct Baseline {
    pub(crate) facts: Facts,
    pub(crate) trace: Trace,
}

impl Baselines {
    pub(crate) fn of(&self, temperature: Temperature) -> &Baseline {
        match (temperature, &self.cold) {
            (Temperature::Cold, Some(cold)) => cold,
            _ => &self.warm,
        }
    }
}

/// Why there are no baselines.
pub(crate) enum NoBaseline {
    /// The harness cannot work, for this reason.
    Trouble(String),
    /// No two runs made the same requests; how the last two differ.
    Nondeterministic(String),
}

/// A stretch of a sweep.
#[derive(Default)]
pub(crate) struct Leg {
    /// Number of orders that have run.
    pub(crate) ran: usize,
    /// What the last of them did, if it may not be clean.
    pub(crate) suspect: Option<(Observation, Freshness)>,
    /// Blocks that an order's run left behind, but did not when it was repeated.
    pub(crate) retained: Vec<(usize, Leftover)>,
}

/// Whether a process had run faults before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Freshness {
    Fresh,
    Used,
}

/// What the runs of a whole sweep add up to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    /// Runs in which a fault was tolerated.
    pub(crate) tolerated: u64,
    /// Reasons given to `tolerate`, and whether a fault ever fell into such a region.
    pub(crate) regions: Vec<(String, bool)>,
}

/// How long runs may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) run: Duration,
}

/// A place where runs are made.
pub(crate) trait Executor {
    /// Its name in reports.
    fn name(&self) -> &'static str;

    /// Runs without faults until two sequences of requests agree.
    fn baselines(&mut self, code: &mut dyn Driven) -> Result<Baselines, NoBaseline>;

    /// Runs the orders in turn, at least one, up to the first that may not be clean or to
    /// where the executor has to take a break. `tick` hears how many have run.
    ///
    /// # Errors
    /// If the harness cannot go on.
    fn advance(
        &mut self,
        code: &mut dyn Driven,
        baselines: &Baselines,
        orders: &[Order],
        limits: Limits,
        tick: &mut dyn FnMut(usize),
    ) -> Result<Leg, String>;

    /// Runs one order in as fresh a process as there is.
    ///
    /// # Errors
    /// If the harness cannot go on.
    fn alone(
        &mut self,
        code: &mut dyn Driven,
        baselines: &Baselines,
        order: &Order,
        limits: Limits,
    ) -> Result<Observation, String>;

    /// What all runs so far add up to.
    fn tally(&self) -> Tally;
}

/// Runs without faults until two sequences of requests agree, at most [`MOST_BASELINES`]
/// times; the building block of every executor's baselines.
pub(crate) fn agree(
    code: &mut dyn Driven,
    lab: &mut Lab<'_>,
    traces: &[Trace; 2],
    capture_first: Capture,
) -> Result<Agreement, NoBaseline> {
    let trouble = NoBaseline::Trouble;
    let first = code.baseline(lab, &traces[0], capture_first, Checks::EachStep).map_err(trouble)?;
    let mut last =
        code.baseline(lab, &traces[1], Capture::Nothing, Checks::None).map_err(trouble)?;
    if first.agrees_with(&last) {
        return Ok(Agreement { first, warm: None });
    }
    // `traces[0]` holds the cold run's stacks: from here on the second one does for two runs.
    for _ in 2..MOST_BASELINES {
        let next =
            code.baseline(lab, &traces[1], Capture::Nothing, Checks::None).map_err(trouble)?;
        if next.agrees_with(&last) {
            let warm =
                code.baseline(lab, &traces[1], capture_first, Checks::None).map_err(trouble)?;
            if warm.agrees_with(&next) {
                return Ok(Agreement { first, warm: Some(warm) });
            }
        }
        last = next;
    }
    if [&first, &last].iter().any(|facts| facts.schedule == Schedule::Shared) {
        // With company that is the schedule's doing. One of them has to do for a yardstick.
        let first = Facts { schedule: Schedule::Shared, ..first };
        return Ok(Agreement { first, warm: None });
    }
    Err(NoBaseline::Nondeterministic(describe_difference(&traces[0], &traces[1])))
}

/// Fault-free runs tried at most.
pub(crate) const MOST_BASELINES: usize = 10;

/// Baselines that agree; `warm` only where it differs from the first.
pub(crate) struct Agreement {
    pub(crate) first: Facts,
    pub(crate) warm: Option<Facts>,
}

fn describe_difference(one: &Trace, other: &Trace) -> String {
    let pairs = one.requests().iter().zip(other.requests());
    let differing = pairs.map(|(a, b)| (a.request, b.request)).find(|(a, b)| !a.asks_same(b));
    match differing {
        Some((a, b)) => format!(
            "fault-free runs differ: request {} was {a} in one and {b} in another",
            a.number
        ),
        None => format!(
            "fault-free runs differ: {} requests in one, {} in another",
            one.len(),
            other.len()
        ),
    }
}
