//! What runs cost here, measured: by that [`Mode::Auto`](super::Mode) chooses between runs from
//! the start and branches.
//!
//! Whatever takes long, a processor that was away for a while shows longer; so the shortest of
//! several looks counts, and what goes wrong on the way only means that nothing is known.

use std::time::{Duration, Instant};

use super::child::Context;
use crate::alloc::{Capture, Record, Trace};
use crate::oracle::Temperature;
use crate::plan::{AfterFault, Plan};
use crate::sweep::baseline::{Facts, Schedule};
use crate::sweep::drive::{Branch, Checks, Driven, Pass, Side};
use crate::sweep::executor::Price;
use crate::sweep::order::{Order, Retrying};
use crate::sys::{self, Child, Forked};

/// How many looks are taken.
const LOOKS: usize = 3;
/// Shorter runs are cheaper than any branch.
const DEAR_RUN: Duration = Duration::from_micros(100);
/// A longer run is not much longer for having been interrupted.
const LONG_RUN: Duration = Duration::from_millis(30);
/// A run under a fault may take so many fault-free runs, or so long, before it is given up.
const MOST_RUNS: u32 = 20;
const LEAST_PATIENCE: Duration = Duration::from_millis(100);
/// Exit code of a child that did what was to be measured.
const DONE: i32 = 0x5d;

impl Context<'_> {
    /// The time of a fault-free run, of which one took so long, and the price of those under
    /// a plan, if it matters.
    pub(super) fn measure(
        &mut self,
        code: &mut dyn Driven,
        facts: &Facts,
        once: Duration,
    ) -> (Duration, Option<Price>) {
        let duration = self.shortest_run(code, once);
        let is_of_interest = duration >= DEAR_RUN
            && facts.requests > 1
            && facts.schedule == Schedule::Alone
            && !sys::has_other_threads();
        let price = is_of_interest.then(|| self.price(code, facts, duration));
        (duration, price.flatten())
    }

    fn shortest_run(&mut self, code: &mut dyn Driven, once: Duration) -> Duration {
        if !(DEAR_RUN..LONG_RUN).contains(&once) {
            return once;
        }
        let Some(trace) = Trace::private() else { return once };
        let run = || {
            let start = Instant::now();
            let facts = code.baseline(&mut self.lab, &trace, Capture::Nothing, Checks::None);
            facts.map_or(once, |_| start.elapsed())
        };
        std::iter::repeat_with(run).take(LOOKS - 1).fold(once, Duration::min)
    }

    fn price(&mut self, code: &mut dyn Driven, facts: &Facts, run: Duration) -> Option<Price> {
        let patience = run.saturating_mul(MOST_RUNS).max(LEAST_PATIENCE);
        let plan = Plan::nth(facts.requests / 2, AfterFault::Succeed);
        let order = Order::new(plan, Temperature::Warm, Retrying::No);
        let looks = if run < LONG_RUN { LOOKS } else { 1 };
        let mut price = None;
        for _ in 0..looks {
            let fork = time_child(patience, || ())?;
            let rerun = time_child(patience, || {
                code.run(&mut self.lab, &order, facts);
            })?;
            let branch = self.time_branch(code, &order, facts, patience)?;
            let rerun = rerun.saturating_sub(fork);
            let Price { fork: f, rerun: r, branch: b } =
                price.unwrap_or(Price { fork, rerun, branch });
            price = Some(Price { fork: fork.min(f), rerun: rerun.min(r), branch: branch.min(b) });
        }
        price
    }

    fn time_branch(
        &mut self,
        code: &mut dyn Driven,
        order: &Order,
        facts: &Facts,
        patience: Duration,
    ) -> Option<Duration> {
        let stop = order.first()?;
        let mut record = Record::boxed();
        let branch = Branch { order, record: &raw mut *record, survey: None };
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
        self.board.beat();
        let pass = Pass { stops: &[stop], base: None, fork: &mut fork };
        if code.pass(&mut self.lab, pass, facts).is_some() {
            sys::exit_child(DONE);
        }
        time
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
