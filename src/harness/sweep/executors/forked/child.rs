//! The child's side: what a forked process does from its start to its end.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use super::belongings::{Belongings, Watching};
use super::channel::Channel;
use super::message::{CaseResult, Message, shorten};
use super::run_output::{mark_begin, mark_end};
use super::wire::to_bytes;
use super::work_queue::{Progress, WorkQueue};
use super::{Learned, NO_MEMORY, Settings};
use crate::harness::alloc::{self, Capture, Session, Trace};
use crate::harness::oracle::{LeftBehind, Observation, Rules, Temperature};
use crate::harness::sweep::api::options::RunOutput;
use crate::harness::sweep::executors::{Freshness, Regions, Task, is_clean};
use crate::harness::sweep::run::agree::{Agreement, MOST_BASELINES, NoBaseline, agree};
use crate::harness::sweep::run::baseline::{Facts, Schedule};
use crate::harness::sweep::run::case::Case;
use crate::harness::sweep::run::context::RunContext;
use crate::harness::sweep::run::lifecycle::Checks;
use crate::harness::sweep::run::runner::{Pass, Runner};
use crate::harness::sys;

/// Exit code of a child that has done its work.
pub(crate) const DONE: i32 = 0x5e;
/// What a child needs to run code.
pub(crate) struct Context<'a> {
    pub(crate) channel: &'a Channel,
    pub(crate) context: RunContext<'a>,
    pub(crate) learned: Learned,
    pub(crate) run_output: RunOutput,
    /// The last [`regions_mark`](Record::regions_mark) that the parent knows.
    regions_sent: u64,
}

/// Runs `work` in a new child, and ends it.
pub(crate) fn run(
    channel: &Channel,
    Settings { policy, rules, run_output, .. }: Settings,
    learned: Learned,
    work: impl FnOnce(&mut Context<'_>),
) -> ! {
    alloc::become_child();
    // SAFETY: the channel is mapped while the process lives.
    unsafe { sys::install_crash_handlers(&raw const channel.crash) };
    let Some(session) = Session::open() else {
        let text = "a sweep inside another sweep: run one after the other";
        send(channel, &mut Message::Trouble(text.to_owned()));
        end(channel)
    };
    // SAFETY: this is the child, and no other child uses the channel.
    let record = unsafe { channel.record() };
    let context = RunContext { session: &session, record, policy, rules };
    let mut context = Context { channel, context, learned, run_output, regions_sent: 0 };
    // A panic here comes from the user's `Debug`, `PartialEq`, `OomError` or `len`, outside any
    // run. All frames outside this one are the parent's and must not run, so abort.
    if catch_unwind(AssertUnwindSafe(|| work(&mut context))).is_err() {
        std::process::abort();
    }
    end(channel)
}

/// Ends the child by itself.
pub(crate) fn end(channel: &Channel) -> ! {
    channel.set_done();
    sys::exit_child(DONE)
}

/// Sends a message to the parent. A message that is too long is about thousands of failed steps;
/// the first few are enough.
pub(crate) fn send(channel: &Channel, message: &mut Message) {
    if channel.send(&to_bytes(message)).is_err() {
        shorten(message);
        // It fits now: it has a few steps, and views of limited size.
        let _ = channel.send(&to_bytes(message));
    }
}

impl Context<'_> {
    /// Runs without faults until two runs make the same requests, and sends their facts.
    pub(crate) fn baselines(&mut self, code: &mut dyn Runner, traces: &[Trace; 2]) {
        let watching = Watching::Yes;
        let mut code = Heartbeat { channel: self.channel, code, watching };
        let mut message = match agree(&mut code, &mut self.context, traces, Capture::Stacks) {
            Ok(agreement) => {
                let Agreement { first, warm, duration } = agreement;
                let watching = code.watching;
                Message::Agreed { first, warm: warm.map(Box::new), duration, watching }
            }
            Err(NoBaseline::Trouble(text)) => Message::Trouble(text),
            Err(NoBaseline::Nondeterministic(text)) => Message::Nondeterministic(text),
        };
        send(self.channel, &mut message);
    }

    /// A trace of this process's own. Without memory for it, the child ends with a message.
    fn trace(&self) -> Trace {
        Trace::private().unwrap_or_else(|| {
            send(self.channel, &mut Message::Trouble(NO_MEMORY.to_owned()));
            end(self.channel)
        })
    }

    /// Runs without faults until a run makes the requests of the warm baseline.
    pub(crate) fn warm_up(&mut self, code: &mut dyn Runner, facts: &Facts) {
        let trace = self.trace();
        for _ in 0..MOST_BASELINES {
            self.channel.beat();
            let warm = code.baseline(&mut self.context, &trace, Capture::Nothing, Checks::None);
            if warm.is_ok_and(|warm| warm.agrees_with(facts)) {
                return;
            }
        }
        if facts.schedule == Schedule::Shared {
            // The schedule may never be the same again.
            return;
        }
        let text = "fault-free runs in another process make different requests: the code depends on \
                    something outside it, such as time, addresses or random numbers";
        send(self.channel, &mut Message::Trouble(text.to_owned()));
        end(self.channel)
    }

    /// Runs the cases of a batch until none are left, or until one may not be clean. A cold case is
    /// the only one of its process.
    pub(crate) fn rerun(
        &mut self,
        code: &mut dyn Runner,
        task: Task<'_>,
        queue: &WorkQueue,
        batch: usize,
    ) {
        let temperature = queue.batches[batch].temperature;
        let before = self.belongings(temperature);
        let mut freshness = Freshness::Fresh;
        let mut places = Vec::new();
        while let Some(index) = queue.claim_next(batch) {
            let case = queue.case(task.cases, index);
            places.push(queue.places[index]);
            let is_clean = self.run_case(code, task, case, (queue, index), freshness);
            freshness = Freshness::Used;
            if !is_clean || temperature == Temperature::Cold {
                break;
            }
        }
        if before.is_some_and(|before| before.added(patience(task)).is_some()) {
            send(self.channel, &mut Message::LeftBehind { places });
        }
    }

    /// What the process has before its runs, if they are watched. In a cold process, a run may open
    /// what later runs use.
    pub(crate) fn belongings(&self, temperature: Temperature) -> Option<Belongings> {
        let is_watched = self.learned.watching == Watching::Yes && temperature == Temperature::Warm;
        is_watched.then(Belongings::now)
    }

    /// Notes that the run of a case begins.
    pub(crate) fn begin(&self, place: usize) {
        self.channel.begin(place);
        mark_begin(self.run_output);
    }

    /// Runs a case and reports its result. Returns whether it was clean.
    fn run_case(
        &mut self,
        code: &mut dyn Runner,
        task: Task<'_>,
        case: &Case,
        (queue, index): (&WorkQueue, usize),
        freshness: Freshness,
    ) -> bool {
        let place = queue.places[index];
        self.begin(place);
        let seen = code.run(&mut self.context, case, task.facts(case));
        mark_end(self.run_output);
        let mark = self.context.record.regions_mark();
        let is_new = std::mem::replace(&mut self.regions_sent, mark) != mark;
        let regions = if is_new { self.context.record.regions() } else { Regions::new() };
        match conclude(seen, case, self.context.rules, freshness, regions) {
            Ok(status) => {
                queue.set(index, status);
                true
            }
            Err(result) => {
                let is_clean = result.suspect.is_none();
                send(self.channel, &mut Message::Judged { place, result });
                queue.set(index, Progress::Reported);
                is_clean
            }
        }
    }

    /// Runs one case, and sends its observation, clean or not.
    pub(crate) fn alone(&mut self, code: &mut dyn Runner, task: Task<'_>, case: &Case) {
        self.begin(0);
        let before = self.belongings(case.temperature);
        let mut seen = code.run(&mut self.context, case, task.facts(case));
        mark_end(self.run_output);
        if before.is_some_and(|before| before.added(patience(task)).is_some()) {
            seen.left_behind = self.grows(code, task, case);
        }
        let result = CaseResult::suspect(seen, Freshness::Fresh, Regions::new());
        send(self.channel, &mut Message::Judged { place: 0, result });
    }

    /// Runs the cases in turn, then the code without faults, and sends how that failed.
    pub(crate) fn endure(
        &mut self,
        code: &mut dyn Runner,
        task: Task<'_>,
        cases: &[&Case],
        failures: u32,
    ) {
        self.channel.begin(0);
        let cases: Vec<_> = cases.iter().map(|&case| (case, task.facts(case))).collect();
        let how = code.endure(&mut self.context, &cases, failures);
        send(self.channel, &mut Message::Endured(how));
    }

    /// What every repetition of a case leaves behind. Caches and pools do not grow each time.
    fn grows(&mut self, code: &mut dyn Runner, task: Task<'_>, case: &Case) -> Option<LeftBehind> {
        let mut left = None;
        for _ in 0..REPETITIONS {
            self.channel.beat();
            let before = Belongings::now();
            drop(code.run(&mut self.context, case, task.facts(case)));
            left = Some(before.added(patience(task))?);
        }
        left
    }

    /// Finds the cases that leave something behind, among those that ran in one process.
    pub(crate) fn left_behind(&mut self, code: &mut dyn Runner, task: Task<'_>, places: &[usize]) {
        let mut found = Vec::new();
        for &place in places {
            let case = &task.cases[place];
            self.channel.begin(place);
            let before = Belongings::now();
            drop(code.run(&mut self.context, case, task.facts(case)));
            if before.added(patience(task)).is_some() {
                found.push(place);
            }
        }
        send(self.channel, &mut Message::LeftBehind { places: found });
    }

    /// Finds the requests that follow the faults of some cases, from the case at `from` on.
    pub(crate) fn later_sites(&mut self, code: &mut dyn Runner, task: Task<'_>, from: usize) {
        let trace = self.trace();
        for (place, case) in task.cases.iter().enumerate().skip(from) {
            self.channel.begin(place);
            let numbers = code.later_sites(&mut self.context, case, task.facts(case), &trace);
            send(self.channel, &mut Message::LaterSites { place, numbers });
        }
    }
}

/// How long a thread that the code has joined may still exist for the system.
const JOINED: Duration = Duration::from_millis(100);
/// How often a case is repeated before what it leaves behind counts.
const REPETITIONS: u32 = 8;

/// How long a run's threads may take to end: far less than the limit of a run.
pub(crate) fn patience(task: Task<'_>) -> Duration {
    const MOST: Duration = Duration::from_millis(200);
    MOST.min(task.limits.run / 8)
}

/// Code with a heartbeat before every fault-free run, so that each run has the full time limit.
/// Notes whether the last run left something behind.
struct Heartbeat<'a> {
    channel: &'a Channel,
    code: &'a mut dyn Runner,
    watching: Watching,
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
        let before = Belongings::now();
        let facts = self.code.baseline(context, trace, capture, checks);
        self.watching = match before.added(JOINED) {
            Some(_) => Watching::No,
            None => Watching::Yes,
        };
        facts
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

    fn endure(
        &mut self,
        context: &mut RunContext<'_>,
        cases: &[(&Case, &Facts)],
        failures: u32,
    ) -> Option<String> {
        self.code.endure(context, cases, failures)
    }
}

/// Judges a run: `Ok` if it is clean, otherwise the result to send. The result also has the
/// tolerated regions that the parent does not know, in the same message, because the child may be
/// killed afterwards.
pub(crate) fn conclude(
    mut seen: Observation,
    case: &Case,
    rules: Rules,
    freshness: Freshness,
    regions: Regions,
) -> Result<Progress, Box<CaseResult>> {
    let is_clean = is_clean(&mut seen, case, rules);
    let is_tolerated = seen.refused > seen.untolerated;
    if !is_clean {
        return Err(CaseResult::suspect(seen, freshness, regions));
    }
    if !seen.retained.is_empty() || !regions.is_empty() {
        let (tolerated, retained) = (u64::from(is_tolerated), std::mem::take(&mut seen.retained));
        return Err(Box::new(CaseResult { tolerated, retained, suspect: None, regions }));
    }
    Ok(if is_tolerated { Progress::Tolerated } else { Progress::Clean })
}
