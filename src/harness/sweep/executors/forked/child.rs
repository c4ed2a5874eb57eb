//! The child's side: what a forked process does from its first to its last moment.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::channel::Channel;
use super::message::{CaseResult, Message, shorten};
use super::wire::to_bytes;
use super::work_queue::{Progress, WorkQueue};
use crate::harness::alloc::{self, AllocPolicy, Capture, Session, Trace};
use crate::harness::oracle::{Observation, Rules, Temperature, judge};
use crate::harness::sweep::executors::{Freshness, Regions, Task};
use crate::harness::sweep::run::agree::{Agreement, MOST_BASELINES, NoBaseline, agree};
use crate::harness::sweep::run::baseline::{Facts, Schedule};
use crate::harness::sweep::run::case::Case;
use crate::harness::sweep::run::context::RunContext;
use crate::harness::sweep::run::lifecycle::Checks;
use crate::harness::sweep::run::runner::{Pass, Runner};
use crate::harness::sys;

/// Exit code of a child that has said all it had to say.
pub(crate) const DONE: i32 = 0x5e;
/// What a child runs code in.
pub(crate) struct Context<'a> {
    pub(crate) channel: &'a Channel,
    pub(crate) context: RunContext<'a>,
    /// Mark of the tolerated regions that the parent knows of.
    regions_told: u64,
}

/// Leads a new child through `life`, and ends it.
pub(crate) fn run(
    channel: &Channel,
    policy: AllocPolicy,
    rules: Rules,
    life: impl FnOnce(&mut Context<'_>),
) -> ! {
    alloc::become_child();
    // SAFETY: the board is mapped as long as the process lives.
    unsafe { sys::install_crash_handlers(&raw const channel.crash) };
    if let Some(session) = Session::open() {
        // SAFETY: this is the child, and no other one lives.
        let record = unsafe { channel.record() };
        let context = RunContext { session: &session, record, policy, rules };
        let mut context = Context { channel, context, regions_told: 0 };
        // What panics here is the user's `Debug`, `PartialEq`, `OomError` or `len`, which no
        // run catches. Up the stack from here on all is the parent's: none of it may run.
        if catch_unwind(AssertUnwindSafe(|| life(&mut context))).is_err() {
            std::process::abort();
        }
    }
    end(channel)
}

/// Ends the child of its own accord.
pub(crate) fn end(channel: &Channel) -> ! {
    channel.set_done();
    sys::exit_child(DONE)
}

/// Says something to the parent. What is longer than any outbox is about thousands of steps
/// that went wrong at once; the first few say enough.
pub(crate) fn tell(channel: &Channel, message: &mut Message) {
    if channel.send(&to_bytes(message)).is_err() {
        shorten(message);
        // Short enough now: a few steps with bounded views.
        let _ = channel.send(&to_bytes(message));
    }
}

impl Context<'_> {
    /// Runs without faults until two sequences agree, and says what they do.
    pub(crate) fn baselines(&mut self, code: &mut dyn Runner, traces: &[Trace; 2]) {
        let mut code = Heartbeat { channel: self.channel, code };
        let mut message = match agree(&mut code, &mut self.context, traces, Capture::Stacks) {
            Ok(agreement) => {
                let Agreement { first, warm, duration } = agreement;
                Message::Agreed { first, warm: warm.map(Box::new), duration }
            }
            Err(NoBaseline::Trouble(text)) => Message::Trouble(text),
            Err(NoBaseline::Nondeterministic(text)) => Message::Nondeterministic(text),
        };
        tell(self.channel, &mut message);
    }

    /// Runs without faults until the requests are those of the warm baseline.
    pub(crate) fn warm_up(&mut self, code: &mut dyn Runner, facts: &Facts) {
        let Some(trace) = Trace::private() else { end(self.channel) };
        for _ in 0..MOST_BASELINES {
            self.channel.beat();
            let warm = code.baseline(&mut self.context, &trace, Capture::Nothing, Checks::None);
            if warm.is_ok_and(|warm| warm.agrees_with(facts)) {
                return;
            }
        }
        if facts.schedule == Schedule::Shared {
            // The schedule may never come the same way again.
            return;
        }
        let text = "fault-free runs in another process make other requests: the code depends on \
                    something outside, such as time, addresses or random numbers";
        tell(self.channel, &mut Message::Trouble(text.to_owned()));
        end(self.channel)
    }

    /// Runs orders of a lot until there are none, or one that may not be clean; a cold one is
    /// the only one of its process.
    pub(crate) fn rerun(
        &mut self,
        code: &mut dyn Runner,
        task: Task<'_>,
        queue: &WorkQueue,
        batch: usize,
    ) {
        let temperature = queue.batches[batch].temperature;
        let mut freshness = Freshness::Fresh;
        while let Some(index) = queue.claim_next(batch) {
            let case = queue.case(task.cases, index);
            let is_clean = self.run_order(code, task, case, (queue, index), freshness);
            freshness = Freshness::Used;
            if !is_clean || temperature == Temperature::Cold {
                return;
            }
        }
    }

    /// Runs an order, tells what became of it, and says whether it was clean.
    fn run_order(
        &mut self,
        code: &mut dyn Runner,
        task: Task<'_>,
        case: &Case,
        (queue, index): (&WorkQueue, usize),
        freshness: Freshness,
    ) -> bool {
        let place = queue.places[index];
        self.channel.begin(place);
        let seen = code.run(&mut self.context, case, task.facts(case));
        let mark = self.context.record.regions_mark();
        let is_new = std::mem::replace(&mut self.regions_told, mark) != mark;
        let regions = if is_new { self.context.record.regions() } else { Regions::new() };
        match conclude(seen, self.context.rules, freshness, regions) {
            Ok(status) => {
                queue.set(index, status);
                true
            }
            Err(telling) => {
                let is_clean = telling.suspect.is_none();
                tell(self.channel, &mut Message::Told { place, telling });
                queue.set(index, Progress::Told);
                is_clean
            }
        }
    }

    /// Runs one order, and says what it did, clean or not.
    pub(crate) fn alone(&mut self, code: &mut dyn Runner, task: Task<'_>, case: &Case) {
        self.channel.begin(0);
        let seen = code.run(&mut self.context, case, task.facts(case));
        let telling = CaseResult::suspect(seen, Freshness::Fresh, Regions::new());
        tell(self.channel, &mut Message::Told { place: 0, telling });
    }

    /// Follows the runs of some orders past their faults, from the first of those left on.
    pub(crate) fn later_sites(&mut self, code: &mut dyn Runner, task: Task<'_>, from: usize) {
        let Some(trace) = Trace::private() else { end(self.channel) };
        for (place, case) in task.cases.iter().enumerate().skip(from) {
            self.channel.begin(place);
            let numbers = code.later_sites(&mut self.context, case, task.facts(case), &trace);
            tell(self.channel, &mut Message::Surveyed { place, numbers });
        }
    }
}

/// Code whose every fault-free run begins with a beat, so that each has its time.
struct Heartbeat<'a> {
    channel: &'a Channel,
    code: &'a mut dyn Runner,
}

impl Runner for Heartbeat<'_> {
    fn baseline(
        &mut self,
        context: &mut RunContext<'_>,
        trace: &Trace,
        capture: Capture,
        checks: Checks,
    ) -> Result<Facts, String> {
        self.channel.beat();
        self.code.baseline(context, trace, capture, checks)
    }

    fn run(&mut self, context: &mut RunContext<'_>, case: &Case, facts: &Facts) -> Observation {
        self.code.run(context, case, facts)
    }

    fn pass(
        &mut self,
        context: &mut RunContext<'_>,
        pass: Pass<'_>,
        facts: &Facts,
    ) -> Option<Observation> {
        self.code.pass(context, pass, facts)
    }

    fn has_view(&self) -> bool {
        self.code.has_view()
    }
}

/// A run that is clean, as a status; what there is to tell of another. Regions that the parent
/// does not know of are told with the verdict, which might else be all that outlives a kill.
pub(crate) fn conclude(
    mut seen: Observation,
    rules: Rules,
    freshness: Freshness,
    regions: Regions,
) -> Result<Progress, Box<CaseResult>> {
    let is_tolerated = seen.refused > seen.untolerated;
    if !judge(&seen, rules).is_empty() {
        return Err(CaseResult::suspect(seen, freshness, regions));
    }
    if !seen.retained.is_empty() || !regions.is_empty() {
        let (tolerated, retained) = (u64::from(is_tolerated), std::mem::take(&mut seen.retained));
        return Err(Box::new(CaseResult { tolerated, retained, suspect: None, regions }));
    }
    Ok(if is_tolerated { Progress::Tolerated } else { Progress::Clean })
}
