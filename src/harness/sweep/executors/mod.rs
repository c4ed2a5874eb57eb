//! Where runs take place: [`Executor`], what it is asked for, and what it answers with.
//!
//! An executor runs orders and reports observations. Which orders, and what the observations
//! mean, is the engine's business.

#[cfg(unix)]
pub(crate) mod forked;
pub(crate) mod in_process;

use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::harness::alloc::{
    AllocPolicy, Capture, Compiled, Leftover, Record, Run, Session, Settings, Trace,
};
use crate::harness::oracle::{Observation, Rules, Temperature};
use crate::harness::sweep::run::baseline::{Facts, Schedule};
use crate::harness::sweep::run::case::Case;
use crate::harness::sweep::run::runner::{Checks, Runner};

/// What a run takes place in.
pub(crate) struct RunContext<'a> {
    pub(crate) session: &'a Session,
    pub(crate) record: &'a mut Record,
    pub(crate) policy: AllocPolicy,
    pub(crate) rules: Rules,
}

impl RunContext<'_> {
    /// Begins a run that notes what happens in the lab's record.
    pub(crate) fn begin<'a>(
        &'a mut self,
        plan: &'a Compiled,
        capture: Capture,
        trace: Option<&'a Trace>,
    ) -> Run<'a> {
        let settings = Settings { plan, policy: self.policy, capture, record: self.record, trace };
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
    pub(crate) trace: Rc<Trace>,
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

/// Of several ways to make runs, which have been used: for reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Used {
    pub(crate) workers: bool,
    /// The first request that was forked at, as far as numbers tell.
    pub(crate) passes_from: Option<u64>,
}

impl Used {
    /// Both together.
    pub(crate) fn and(self, other: Self) -> Self {
        let passes_from = self.passes_from.into_iter().chain(other.passes_from).min();
        Self { workers: self.workers || other.workers, passes_from }
    }
}

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

/// Runs without faults until two sequences of requests agree, at most [`MOST_BASELINES`]
/// times; the building block of every executor's baselines.
pub(crate) fn agree(
    code: &mut dyn Runner,
    context: &mut RunContext<'_>,
    traces: &[Trace; 2],
    capture_first: Capture,
) -> Result<Agreement, NoBaseline> {
    let trouble = NoBaseline::Trouble;
    let first =
        code.baseline(context, &traces[0], capture_first, Checks::EachStep).map_err(trouble)?;
    let start = Instant::now();
    let mut last =
        code.baseline(context, &traces[1], Capture::Nothing, Checks::None).map_err(trouble)?;
    let duration = start.elapsed();
    if first.agrees_with(&last) {
        return Ok(Agreement { first, warm: None, duration });
    }
    // `traces[0]` holds the cold run's stacks: from here on the second one does for two runs.
    for _ in 2..MOST_BASELINES {
        let next =
            code.baseline(context, &traces[1], Capture::Nothing, Checks::None).map_err(trouble)?;
        if next.agrees_with(&last) {
            let warm =
                code.baseline(context, &traces[1], capture_first, Checks::None).map_err(trouble)?;
            if warm.agrees_with(&next) {
                return Ok(Agreement { first, warm: Some(warm), duration });
            }
        }
        last = next;
    }
    if [&first, &last].iter().any(|facts| facts.schedule == Schedule::Shared) {
        // With company that is the schedule's doing. One of them has to do for a yardstick.
        let first = Facts { schedule: Schedule::Shared, ..first };
        return Ok(Agreement { first, warm: None, duration });
    }
    Err(NoBaseline::Nondeterministic(describe_difference(&traces[0], &traces[1])))
}

/// Fault-free runs tried at most.
pub(crate) const MOST_BASELINES: usize = 10;

/// Baselines that agree; `warm` only where it differs from the first.
pub(crate) struct Agreement {
    pub(crate) first: Facts,
    pub(crate) warm: Option<Facts>,
    /// The time that a run took, without call stacks.
    pub(crate) duration: Duration,
}

impl Agreement {
    /// Puts facts and traces together. With one sequence only, the first trace has its stacks.
    pub(crate) fn into_baselines(self, traces: [Trace; 2]) -> Baselines {
        let [first, second] = traces;
        let pair = |facts: Facts, trace: Trace| Baseline { facts, trace: Rc::new(trace) };
        let (warm, cold) = match self.warm {
            None => (pair(self.first, first), None),
            Some(warm) => (pair(warm, second), Some(pair(self.first, first))),
        };
        Baselines { warm, cold, duration: self.duration }
    }
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
