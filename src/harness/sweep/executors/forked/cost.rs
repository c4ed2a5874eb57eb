//! What runs cost here, measured: by that [`Mode::Auto`](super::Mode) chooses between runs from
//! the start and branches.
//!
//! Whatever takes long, a processor that was away for a while shows longer; so the shortest of
//! several looks counts, and what goes wrong on the way only means that nothing is known.

use std::time::{Duration, Instant};

use super::child::{Context, end, tell};
use super::message::Message;
use crate::harness::alloc::{Capture, Record, Trace};
use crate::harness::oracle::Temperature;
use crate::harness::plan::{AfterFault, Plan};
use crate::harness::sweep::executors::{Baselines, Task};
use crate::harness::sweep::run::baseline::{Facts, Schedule};
use crate::harness::sweep::run::case::{Case, Retrying};
use crate::harness::sweep::run::runner::{Branch, Checks, Pass, Runner, Side};
use crate::harness::sys::{self, Child, Forked};

/// What it costs to fail the middle one of a fault-free run's requests.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    /// A fork whose child does nothing.
    pub(crate) fork: Duration,
    /// A run from its start.
    pub(crate) rerun: Duration,
    /// A branch of another run, with its fork.
    pub(crate) branch: Duration,
}

/// How many looks are taken.
const LOOKS: usize = 3;
/// Shorter runs are cheaper than any branch.
const DEAR_RUN: Duration = Duration::from_micros(100);
/// A longer run is not much longer for having been interrupted.
const LONG_RUN: Duration = Duration::from_millis(30);
/// A run under a fault may take so many fault-free runs, or so long, before it is given up.
const MOST_RUNS: u32 = 20;
const LEAST_PATIENCE: Duration = Duration::from_millis(100);
/// Runs by which what is to be done must exceed what it takes to find out how.
const WORTHWHILE: u64 = 10;
/// Exit code of a child that did what was to be measured.
const DONE: i32 = 0x5d;

/// What is known of what runs take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    /// The time of a run without faults.
    pub(crate) duration: Duration,
    pub(crate) cost: Option<Cost>,
}

/// Whether what runs cost makes a difference to these orders: to find out takes some runs, too.
pub(crate) fn matters(task: Task<'_>, places: &[usize]) -> bool {
    let Baselines { warm, duration, .. } = task.baselines;
    let ways = places.iter().filter_map(|&place| task.cases[place].last());
    // In requests, of which each fault-free run makes as many as there are.
    let work = ways.fold(0, u64::saturating_add);
    *duration >= DEAR_RUN
        && warm.facts.schedule == Schedule::Alone
        && work > warm.facts.requests.saturating_mul(WORTHWHILE)
}

/// How long a run may take, if one without faults took so long.
pub(crate) fn patience(once: Duration) -> Duration {
    once.saturating_mul(MOST_RUNS).max(LEAST_PATIENCE)
}

impl Context<'_> {
    /// Measures and says what runs take here.
    pub(crate) fn cost(&mut self, code: &mut dyn Runner, facts: &Facts, once: Duration) {
        let looks = if once < LONG_RUN { LOOKS } else { 1 };
        let Some(duration) = self.shortest_run(code, looks) else { end(self.channel) };
        let plan = Plan::nth(facts.requests / 2, AfterFault::Succeed);
        let case = Case::new(plan, Temperature::Warm, Retrying::No);
        let mut cost: Option<Cost> = None;
        for _ in 0..looks {
            let Some(look) = self.look(code, facts, &case, patience(once)) else {
                end(self.channel)
            };
            cost = Some(cost.map_or(look, |cost| cost.least(look)));
        }
        tell(self.channel, &mut Message::Priced { duration: duration.min(once), cost });
    }

    fn shortest_run(&mut self, code: &mut dyn Runner, looks: usize) -> Option<Duration> {
        let trace = Trace::private()?;
        let mut run = || {
            self.channel.beat();
            let start = Instant::now();
            code.baseline(&mut self.context, &trace, Capture::Nothing, Checks::None).ok()?;
            Some(start.elapsed())
        };
        let first = run()?;
        (1..looks).try_fold(first, |least, _| Some(least.min(run()?)))
    }

    fn look(
        &mut self,
        code: &mut dyn Runner,
        facts: &Facts,
        case: &Case,
        patience: Duration,
    ) -> Option<Cost> {
        self.channel.beat();
        let fork = time_child(patience, || ())?;
        let rerun = time_child(patience, || drop(code.run(&mut self.context, case, facts)))?;
        let branch = self.time_branch(code, case, facts, patience)?;
        Some(Cost { fork, rerun: rerun.saturating_sub(fork), branch })
    }

    fn time_branch(
        &mut self,
        code: &mut dyn Runner,
        case: &Case,
        facts: &Facts,
        patience: Duration,
    ) -> Option<Duration> {
        let stop = case.first()?;
        let mut record = Record::boxed();
        let branch = Branch { case, record: &raw mut *record, later_sites: None };
        let mut time = None;
        let mut fork = |_| {
            let start = Instant::now();
            match sys::fork_again() {
                Ok(Forked::Child) => return Side::Child(branch),
                Ok(Forked::Parent(child)) => time = wait(child, start, patience),
                Err(_) => {}
            }
            Side::Parent
        };
        self.channel.beat();
        let pass = Pass { stops: &[stop], base: None, fork: &mut fork };
        if code.pass(&mut self.context, pass, facts).is_some() {
            sys::exit_child(DONE);
        }
        time
    }
}

impl Cost {
    fn least(self, other: Self) -> Self {
        Self {
            fork: self.fork.min(other.fork),
            rerun: self.rerun.min(other.rerun),
            branch: self.branch.min(other.branch),
        }
    }
}

/// The time of a child that does this, from its fork to its end.
fn time_child(patience: Duration, work: impl FnOnce()) -> Option<Duration> {
    let start = Instant::now();
    match sys::fork_again().ok()? {
        Forked::Child => {
            work();
            sys::exit_child(DONE)
        }
        Forked::Parent(child) => wait(child, start, patience),
    }
}

/// The time from `start` to the child's end; none if it does not end as it should.
fn wait(mut child: Child, start: Instant, patience: Duration) -> Option<Duration> {
    loop {
        if let Some(ended) = child.look() {
            return (ended == sys::Ended::Exited(DONE)).then(|| start.elapsed());
        }
        let left = patience.checked_sub(start.elapsed())?;
        sys::wait_for_any([&child], left);
    }
}
