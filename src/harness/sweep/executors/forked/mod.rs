//! Runs in forked processes. If a process dies, its plan gets the finding, and the next process
//! continues.
//!
//! The calling process never runs the code under test. A *worker* runs cases from their start until
//! one is not clean. Then it ends, so that its damage cannot affect later runs. A *pass* runs the
//! code once, and forks at each request that is to fail.
//!
//! ```text
//!  this process ── pool ──┬── worker: warm up, case, case, …
//!                         ├── worker
//!                         └── pass: warm up, run ──┬── branch: fault, verdict
//!                                                  └── branch
//! ```
//!
//! All processes use shared memory: `work_queue` says which process has which case, and over its
//! `channel` each child sends `message`s.

mod batches;
mod belongings;
mod channel;
mod child;
mod cost;
mod measure;
mod message;
mod pass;
mod pool;
mod post_mortem;
mod run_output;
mod watch;
mod wire;
mod work_queue;

use std::cell::Cell;
use std::num::NonZero;
use std::time::Duration;

pub(crate) use batches::Mode;
use belongings::Watching;
use channel::{Channel, SharedChannel, Writer};
use cost::Known;
use message::Message;
use pool::{Channels, OnTrouble, Pool, add_regions};
use watch::{ChildExit, End, OnAbortMessage, Watched};
use wire::Wire;
use work_queue::{Method, WorkQueue};

use crate::harness::alloc::{AllocPolicy, Trace, hold_for_fork, inside_request};
use crate::harness::oracle::{Observation, Rules, Temperature};
use crate::harness::sweep::api::events::Used;
use crate::harness::sweep::api::options::RunOutput;
use crate::harness::sweep::executors::{Executor, Judged, Regions, Task};
use crate::harness::sweep::run::agree::{Agreement, NoBaseline};
use crate::harness::sweep::run::baseline::{Baselines, Facts, Schedule};
use crate::harness::sweep::run::case::Case;
use crate::harness::sweep::run::runner::Runner;
use crate::harness::sys;

/// The limit of fault-free runs, whose time is not known yet.
const BASELINE_LIMIT: Duration = Duration::from_secs(60);
/// If the sweep has a time limit, fault-free runs get this many times the limit, and at least this
/// time. That is enough to tell a slow run from a hang.
const BASELINE_LIMITS: u32 = 4;
const LEAST_BASELINE_LIMIT: Duration = Duration::from_secs(1);

pub(crate) const DAMAGED: &str =
    "a worker's message is missing or damaged: the code under test wrote over it";
const NO_MEMORY: &str = "no memory for the harness's own data, about 250 MiB of address space in \
    each process: raise the limit on address space (ulimit -v), if there is one";

/// The settings of the forked processes.
#[derive(Clone, Copy)]
pub(crate) struct Settings {
    pub(crate) mode: Mode,
    /// Number of processes at a time; `None` for the number of cores.
    pub(crate) jobs: Option<usize>,
    pub(crate) policy: AllocPolicy,
    pub(crate) rules: Rules,
    pub(crate) limit: Option<Duration>,
    pub(crate) run_output: RunOutput,
}

/// What the fault-free runs have shown about the code.
#[derive(Clone, Copy)]
struct Learned {
    on_abort_message: OnAbortMessage,
    watching: Watching,
}

pub(crate) struct Forked {
    settings: Settings,
    learned: Learned,
    /// For children outside the pool.
    spare: SharedChannel,
    pool: Option<Pool>,
    regions: Regions,
    used: Used,
    costs: Option<Known>,
    /// The places of cases that ran in one process, which then had more than before.
    left_behind: Vec<Vec<usize>>,
    _can_wait: sys::WaitsForChildren,
}

impl Forked {
    /// # Errors
    /// If the system has no shared memory.
    pub(crate) fn new(settings: Settings) -> Result<Self, String> {
        let (spare, regions) = (SharedChannel::new()?, Regions::new());
        Ok(Self {
            settings,
            learned: Learned { on_abort_message: OnAbortMessage::End, watching: Watching::Yes },
            spare,
            pool: None,
            regions,
            used: Used::default(),
            costs: None,
            left_behind: Vec::new(),
            _can_wait: sys::WaitsForChildren::new(),
        })
    }

    /// Runs `work` in a child outside the pool, and waits for its end. Repeats it if the harness
    /// ended the child without need.
    fn run_child(
        &self,
        limit: Duration,
        mut work: impl FnMut(&mut child::Context<'_>),
    ) -> Result<ChildExit, String> {
        let exit = self.run_child_and(self.learned.on_abort_message, limit, &mut work)?;
        if exit.ended_early() {
            return self.run_child_and(OnAbortMessage::Wait, limit, work);
        }
        Ok(exit)
    }

    fn run_child_and(
        &self,
        on_abort_message: OnAbortMessage,
        limit: Duration,
        work: impl FnOnce(&mut child::Context<'_>),
    ) -> Result<ChildExit, String> {
        let channel = self.spare.get();
        let learned = Learned { on_abort_message, ..self.learned };
        let watched = start(channel, self.settings, learned, limit, work)?;
        Ok(watched.wait(channel, &mut || ()))
    }

    /// The mode to use. A snapshot can only have one thread.
    fn mode(&self, baselines: &Baselines) -> Result<Mode, String> {
        match (self.settings.mode, baselines.warm.facts.schedule) {
            (mode, Schedule::Alone) => Ok(mode),
            (Mode::Auto | Mode::Worker, Schedule::Shared) => Ok(Mode::Worker),
            (Mode::Snapshot, Schedule::Shared) => Err(pool::OTHER_THREADS.to_owned()),
        }
    }

    /// Measures the costs of runs, once, if that is worth it for these cases. It happens in a
    /// child, which may crash: then the costs stay unknown.
    fn measure_costs(&mut self, code: &mut dyn Runner, task: Task<'_>, places: &[usize]) {
        let Baselines { warm, duration, .. } = task.baselines;
        if self.costs.is_some() || !cost::matters(task, places) {
            return;
        }
        // The child makes several such runs.
        let limit = cost::timeout(*duration).saturating_mul(4);
        let exit = self.run_child(limit, |context| context.cost(code, &warm.facts, *duration));
        let message = self.spare.get().take_messages(Writer::Gone).pop().unwrap_or_default();
        self.costs = Some(match (exit, Message::take(&mut &message[..])) {
            (Ok(_), Some(Message::Costs { duration, cost })) => Known { duration, cost },
            _ => Known { duration: *duration, cost: None },
        });
    }

    fn take_regions(&mut self) {
        // SAFETY: no child writes to the spare channel between two calls.
        add_regions(&mut self.regions, unsafe { self.spare.get().record() }.regions());
        if let Some(pool) = &self.pool {
            add_regions(&mut self.regions, pool.regions().clone());
        }
    }

    /// Drops the pool, and keeps what is known about its runs.
    fn close(&mut self) {
        self.take_regions();
        if let Some(mut pool) = self.pool.take() {
            self.left_behind.append(&mut pool.take_left_behind());
            self.used = self.used.and(pool.used());
        }
    }
}

/// Forks, and runs `work` in the child.
fn start(
    channel: &Channel,
    settings: Settings,
    learned: Learned,
    limit: Duration,
    work: impl FnOnce(&mut child::Context<'_>),
) -> Result<Watched, String> {
    channel.open();
    let forked = sys::fork(fork_holding_locks).map_err(|error| {
        format!(
            "cannot fork a worker: {error}; free processes or memory, or use \
             Isolation::InProcess"
        )
    })?;
    match forked {
        sys::Forked::Child => child::run(channel, settings, learned, work),
        sys::Forked::Parent(child) => {
            Ok(Watched::new(child, channel, limit, learned.on_abort_message))
        }
    }
}

/// Starts a child of the pool on a batch.
fn start_at(
    code: &mut dyn Runner,
    task: Task<'_>,
    (settings, learned): (Settings, Learned),
    (queue, batch): (&WorkQueue, usize),
    channels: &Channels,
) -> Result<Watched, String> {
    let chosen = &queue.batches[batch];
    let facts = &task.baselines.of(chosen.temperature).facts;
    start(channels.main.get(), settings, learned, task.limits.run, |context| {
        if chosen.temperature == Temperature::Warm {
            context.warm_up(code, facts);
        }
        match chosen.method {
            Method::Rerun => context.rerun(code, task, queue, batch),
            Method::Branch { .. } => {
                context.pass(code, task, (queue, batch), channels.branch.get())
            }
        }
    })
}

impl Executor for Forked {
    fn describe(&self, used: Used) -> String {
        match (used.workers, used.passes_from) {
            (false, None) if self.settings.mode == Mode::Snapshot => "snapshot".to_owned(),
            (_, None) => "worker".to_owned(),
            (false, Some(_)) => "snapshot".to_owned(),
            (true, Some(from)) => format!("worker, snapshot from request {from} on"),
        }
    }

    fn used(&self) -> Used {
        let now = self.pool.as_ref().map(Pool::used).unwrap_or_default();
        self.used.and(now)
    }

    fn can_isolate(&self) -> bool {
        true
    }

    fn baselines(&mut self, code: &mut dyn Runner) -> Result<Baselines, NoBaseline> {
        let trouble = |text: &str| NoBaseline::Trouble(text.to_owned());
        let trace = || Trace::shared().ok_or_else(|| trouble(NO_MEMORY));
        let traces = [trace()?, trace()?];
        let copy = |trace: &Trace| {
            let copy = Trace::private().ok_or_else(|| trouble(NO_MEMORY))?;
            trace.checked_copy(&copy).map(|()| copy).ok_or_else(|| trouble(DAMAGED))
        };
        let several = |limit: Duration| limit.saturating_mul(BASELINE_LIMITS);
        let limit = self
            .settings
            .limit
            .map_or(BASELINE_LIMIT, |limit| several(limit).max(LEAST_BASELINE_LIMIT));
        let mut on_abort_message = OnAbortMessage::End;
        let mut attempt = |on_abort_message| {
            self.run_child_and(on_abort_message, limit, |context| {
                context.baselines(code, &traces);
            })
            .map_err(NoBaseline::Trouble)
        };
        let mut exit = attempt(on_abort_message)?;
        if exit.may_have_inherited_a_lock() {
            exit = attempt(on_abort_message)?;
        }
        if exit.ended_early() {
            // The code writes such a line without any fault.
            on_abort_message = OnAbortMessage::Wait;
            exit = attempt(on_abort_message)?;
        }
        self.learned.on_abort_message = on_abort_message;
        match exit.ended {
            End::Done => {}
            End::Died(_) | End::Hung(_) | End::Lost => {
                return Err(NoBaseline::Trouble(exit.describe_trouble()));
            }
        }
        let message = self.spare.get().take_messages(Writer::Gone).pop().unwrap_or_default();
        match Message::take(&mut &message[..]) {
            Some(Message::Agreed { mut first, warm, duration, watching }) => {
                self.learned.watching = watching;
                // Later children cannot write to the copies.
                let traces = [copy(&traces[0])?, copy(&traces[1])?];
                let is_of = |facts: &Facts, trace: &Trace| facts.requests == trace.len();
                let is_warm = warm.as_ref().is_none_or(|warm| is_of(warm, &traces[1]));
                if !is_of(&first, &traces[0]) || !is_warm {
                    return Err(trouble(DAMAGED));
                }
                first.prefix = Facts::fold_prefixes(&traces[0]);
                let warm =
                    warm.map(|warm| Facts { prefix: Facts::fold_prefixes(&traces[1]), ..*warm });
                Ok(Agreement { first, warm, duration }.into_baselines(traces))
            }
            Some(Message::Trouble(text)) => Err(NoBaseline::Trouble(text)),
            Some(Message::Nondeterministic(text)) => Err(NoBaseline::Nondeterministic(text)),
            _ => Err(trouble(DAMAGED)),
        }
    }

    fn begin(
        &mut self,
        code: &mut dyn Runner,
        task: Task<'_>,
        places: Vec<usize>,
    ) -> Result<(), String> {
        self.close();
        let mode = self.mode(task.baselines)?;
        if mode == Mode::Auto {
            self.measure_costs(code, task, &places);
        }
        let costs = self.costs;
        let batches = batches::batches(mode, costs, task, &places);
        let cores = || std::thread::available_parallelism().map_or(1, NonZero::get);
        let wanted = self.settings.jobs.unwrap_or_else(cores);
        let jobs = batches::jobs(wanted, costs, task, &batches, &places);
        let queue = WorkQueue::new(places, batches)?;
        let on_trouble = match self.settings.mode {
            Mode::Snapshot => OnTrouble::Refuse,
            Mode::Auto | Mode::Worker => OnTrouble::Rerun,
        };
        self.pool = Some(Pool::new(queue, jobs, on_trouble, self.settings.run_output)?);
        Ok(())
    }

    fn advance(
        &mut self,
        code: &mut dyn Runner,
        task: Task<'_>,
    ) -> Result<Option<Vec<Judged>>, String> {
        let how = (self.settings, self.learned);
        let Some(pool) = &mut self.pool else { return Ok(None) };
        let judged = pool.advance(task, &mut |queue, batch, channels| {
            start_at(code, task, how, (queue, batch), channels)
        })?;
        if judged.is_none() {
            self.stop();
        }
        Ok(judged)
    }

    fn stop(&mut self) {
        self.close();
    }

    fn alone(
        &mut self,
        code: &mut dyn Runner,
        task: Task<'_>,
        case: &Case,
    ) -> Result<Observation, String> {
        let facts = task.facts(case);
        let channel = self.spare.get();
        let mut attempt = || {
            self.run_child(task.limits.run, |context| {
                if case.temperature == Temperature::Warm {
                    context.warm_up(code, facts);
                }
                context.alone(code, task, case);
            })
        };
        let mut exit = attempt()?;
        if channel.begun() == 0 && exit.may_have_inherited_a_lock() {
            exit = attempt()?;
        }
        run_output::show_case(self.settings.run_output, &exit.said, case);
        let message = channel.take_messages(Writer::Gone).pop();
        let message = message.and_then(|bytes| Message::take(&mut &bytes[..]));
        match (exit.ended, message) {
            (_, Some(Message::Trouble(text))) => Err(text),
            (End::Done, Some(Message::Judged { result, .. })) => {
                let clean = || Observation::new(case.plan.clone(), case.temperature);
                Ok(result.suspect.map_or_else(clean, |suspect| suspect.0))
            }
            (End::Done, _) => Err(DAMAGED.to_owned()),
            (ended, _) => {
                let is_lost = matches!(ended, End::Lost);
                let exit = ChildExit { ended, said: exit.said };
                match channel.begun() {
                    _ if is_lost => Err(exit.describe_trouble()),
                    0 => Err(exit.describe_trouble()),
                    _ => Ok(post_mortem::observe(channel, task, case, exit)),
                }
            }
        }
    }

    fn endure(
        &mut self,
        code: &mut dyn Runner,
        task: Task<'_>,
        places: &[usize],
        failures: u32,
    ) -> Result<Option<String>, String> {
        let cases: Vec<_> = places.iter().map(|&place| &task.cases[place]).collect();
        let Some(first) = cases.first() else { return Ok(None) };
        let facts = task.facts(first);
        let exit = self.run_child(task.limits.run, |context| {
            context.warm_up(code, facts);
            context.endure(code, task, &cases, failures);
        })?;
        let channel = self.spare.get();
        let message = channel.take_messages(Writer::Gone).pop().unwrap_or_default();
        match (exit.ended, Message::take(&mut &message[..])) {
            (_, Some(Message::Trouble(text))) => Err(text),
            (End::Done, Some(Message::Endured(how))) => Ok(how),
            (End::Died(_), _) if channel.begun() > 0 => Ok(Some("the process died".to_owned())),
            // Load can make many runs slow.
            (End::Done | End::Died(_) | End::Hung(_) | End::Lost, _) => Ok(None),
        }
    }

    fn left_behind(&mut self, code: &mut dyn Runner, task: Task<'_>) -> Result<Vec<usize>, String> {
        let mut found = Vec::new();
        for places in std::mem::take(&mut self.left_behind) {
            let Some(&first) = places.first() else { continue };
            let facts = task.facts(&task.cases[first]);
            self.run_child(task.limits.run, |context| {
                context.warm_up(code, facts);
                context.left_behind(code, task, &places);
            })?;
            let message = self.spare.get().take_messages(Writer::Gone).pop().unwrap_or_default();
            match Message::take(&mut &message[..]) {
                Some(Message::LeftBehind { places: more }) => {
                    found.extend(more.into_iter().filter(|place| places.contains(place)));
                }
                Some(Message::Trouble(text)) => return Err(text),
                // They were clean one after the other; if now they are not, nothing is known.
                _ => {}
            }
        }
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }

    fn later_sites(
        &mut self,
        code: &mut dyn Runner,
        task: Task<'_>,
    ) -> Result<Vec<Vec<u64>>, String> {
        let mut all = vec![Vec::new(); task.cases.len()];
        let mut from = 0;
        while let Some(case) = task.cases.get(from) {
            let facts = task.facts(case);
            let exit = self.run_child(task.limits.run, |context| {
                context.warm_up(code, facts);
                context.later_sites(code, task, from);
            })?;
            let channel = self.spare.get();
            for message in channel.take_messages(Writer::Gone) {
                match Message::take(&mut &message[..]) {
                    Some(Message::LaterSites { place, numbers }) => match all.get_mut(place) {
                        Some(known) => *known = numbers,
                        None => return Err(DAMAGED.to_owned()),
                    },
                    Some(Message::Trouble(text)) => return Err(text),
                    _ => {}
                }
            }
            match exit.ended {
                End::Done => break,
                End::Died(_) | End::Hung(_) if channel.begun() == 0 => {
                    return Err(exit.describe_trouble());
                }
                End::Lost => return Err(exit.describe_trouble()),
                // It dies of the first fault alone. Other strategies report that.
                End::Died(_) | End::Hung(_) => match channel.current() {
                    place if place >= from && place < task.cases.len() => from = place + 1,
                    _ => return Err(DAMAGED.to_owned()),
                },
            }
        }
        Ok(all)
    }

    fn regions(&self) -> Regions {
        let mut regions = self.regions.clone();
        if let Some(pool) = &self.pool {
            add_regions(&mut regions, pool.regions().clone());
        }
        regions
    }
}

/// Forks while this thread holds the ledger and std's lock around stack traces. std allocates while
/// it holds that lock, and the fork happens in this allocation.
fn fork_holding_locks(fork: &mut dyn FnMut() -> i32) -> i32 {
    let pid = Cell::new(None);
    let mut fork = || {
        let _ledger = hold_for_fork();
        pid.set(Some(fork()));
    };
    inside_request(|| drop(std::backtrace::Backtrace::force_capture()), &mut fork);
    if pid.get().is_none() {
        // std traced a stack without allocating: fork without that lock.
        fork();
    }
    pid.get().unwrap_or(-1)
}
