//! Measures what runs cost, in a child.
//!
//! Other processes can only make a measurement longer, so the shortest of several counts. If a
//! measurement fails, the cost stays unknown.

use std::time::{Duration, Instant};

use super::child::{Context, end, send};
use super::cost::{Cost, timeout};
use super::message::Message;
use crate::harness::alloc::{Capture, Record, Trace};
use crate::harness::oracle::Temperature;
use crate::harness::plan::{AfterFault, Plan};
use crate::harness::sweep::run::baseline::Facts;
use crate::harness::sweep::run::case::{Case, Retrying};
use crate::harness::sweep::run::lifecycle::Checks;
use crate::harness::sweep::run::runner::{Branch, Pass, Runner, Side};
use crate::harness::sys::{self, Child, Forked};

/// Number of measurements.
const LOOKS: usize = 3;
/// For a longer run, the noise of other processes is small.
const LONG_RUN: Duration = Duration::from_millis(30);
/// Exit code of a child that did what was measured.
const DONE: i32 = 0x5d;

impl Context<'_> {
    /// Measures what runs cost, and sends the result.
    pub(crate) fn cost(&mut self, code: &mut dyn Runner, facts: &Facts, once: Duration) {
        let looks = if once < LONG_RUN { LOOKS } else { 1 };
        let Some(duration) = self.shortest_run(code, looks) else { end(self.channel) };
        let plan = Plan::nth(facts.requests / 2, AfterFault::Succeed);
        let case = Case::new(plan, Temperature::Warm, Retrying::No);
        let mut cost: Option<Cost> = None;
        for _ in 0..looks {
            let Some(look) = self.look(code, facts, &case, timeout(once)) else {
                end(self.channel)
            };
            cost = Some(cost.map_or(look, |cost| cost.least(look)));
        }
        send(self.channel, &mut Message::Costs { duration: duration.min(once), cost });
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
        timeout: Duration,
    ) -> Option<Cost> {
        self.channel.beat();
        let fork = time_child(timeout, || ())?;
        let rerun = time_child(timeout, || drop(code.run(&mut self.context, case, facts)))?;
        let branch = self.time_branch(code, case, facts, timeout)?;
        Some(Cost { fork, rerun: rerun.saturating_sub(fork), branch })
    }

    fn time_branch(
        &mut self,
        code: &mut dyn Runner,
        case: &Case,
        facts: &Facts,
        timeout: Duration,
    ) -> Option<Duration> {
        let stop = case.first()?;
        let mut record = Record::boxed();
        let branch = Branch { case, record: &raw mut *record, later_sites: None };
        let mut time = None;
        let mut fork = |_| {
            let start = Instant::now();
            match sys::fork_again() {
                Ok(Forked::Child) => return Side::Child(branch),
                Ok(Forked::Parent(child)) => time = wait(child, start, timeout),
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

/// The time of a child that does this work, from its fork to its end.
fn time_child(timeout: Duration, work: impl FnOnce()) -> Option<Duration> {
    let start = Instant::now();
    match sys::fork_again().ok()? {
        Forked::Child => {
            work();
            sys::exit_child(DONE)
        }
        Forked::Parent(child) => wait(child, start, timeout),
    }
}

/// The time from `start` to the child's end; `None` if it does not end as expected.
fn wait(mut child: Child, start: Instant, timeout: Duration) -> Option<Duration> {
    loop {
        if let Some(ended) = child.look() {
            return (ended == sys::Ended::Exited(DONE)).then(|| start.elapsed());
        }
        let left = timeout.checked_sub(start.elapsed())?;
        sys::wait_for_any([&child], left);
    }
}
