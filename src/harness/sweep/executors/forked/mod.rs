//! Runs in forked processes: a death is charged to its plan, and the next process carries on.
//!
//! The calling process never runs the code under test. A *worker* runs orders from their start
//! until one is not clean; then it is retired, so that what it broke cannot colour later runs.
//! A *pass* runs the code once, and forks at each request that is to fail.
//!
//! ```text
//!  this process ── pool ──┬── worker: warm up, order, order, …
//!                         ├── worker
//!                         └── pass: warm up, run ──┬── branch: fault, verdict
//!                                                  └── branch
//! ```
//!
//! What all share lies in shared memory: `stage` says which order is whose, on its `board` a
//! child says what it does, and in a `message` what it found.

mod board;
mod child;
mod choose;
mod message;
mod pass;
mod pool;
mod post_mortem;
mod price;
mod stage;
mod watch;
mod wire;

use std::cell::Cell;
use std::num::NonZero;
use std::time::Duration;

use board::{Board, SharedBoard, Writer};
pub(crate) use choose::Mode;
use message::Message;
use pool::{Boards, OnTrouble, Pool, add_regions};
use price::Known;
use stage::{Stage, Way};
use watch::{End, Life, Watched};
use wire::Wire;

use crate::harness::alloc::{Habits, Trace, hold_for_fork, inside_request};
use crate::harness::oracle::{Observation, Rules, Temperature};
use crate::harness::sweep::executors::{
    Agreement, Baselines, Executor, Judged, NoBaseline, Regions, Task, Used,
};
use crate::harness::sweep::run::baseline::{Facts, Schedule};
use crate::harness::sweep::run::case::Order;
use crate::harness::sweep::run::runner::Driven;
use crate::harness::sys;

/// For fault-free runs, whose time nobody knows yet.
const BASELINE_LIMIT: Duration = Duration::from_secs(60);
/// Where a limit is set, they may take so many times that, or at least so long: enough to tell
/// one that is slow from one that hangs.
const BASELINE_LIMITS: u32 = 4;
const LEAST_BASELINE_LIMIT: Duration = Duration::from_secs(1);

/// How a sweep wants its processes.
#[derive(Clone, Copy)]
pub(crate) struct Settings {
    pub(crate) mode: Mode,
    /// Processes at a time; without it, as many as there are cores.
    pub(crate) jobs: Option<usize>,
    pub(crate) habits: Habits,
    pub(crate) rules: Rules,
    pub(crate) limit: Option<Duration>,
}

pub(crate) struct Forked {
    settings: Settings,
    /// For children that run beside the pool's.
    spare: SharedBoard,
    pool: Option<Pool>,
    regions: Regions,
    used: Used,
    prices: Option<Known>,
}

impl Forked {
    /// # Errors
    /// If the system gives no shared memory.
    pub(crate) fn new(settings: Settings) -> Result<Self, String> {
        let (spare, regions) = (SharedBoard::new()?, Regions::new());
        Ok(Self { settings, spare, pool: None, regions, used: Used::default(), prices: None })
    }

    /// Leads a child beside the pool's through `life`, and waits for its end.
    fn live(
        &self,
        limit: Duration,
        life: impl FnOnce(&mut child::Context<'_>),
    ) -> Result<Life, String> {
        let board = self.spare.get();
        let watched = start(board, self.settings, limit, life)?;
        Ok(watched.wait(board, &mut || ()))
    }

    /// How runs are made, if that is left open: a snapshot has one thread.
    fn mode(&self, baselines: &Baselines) -> Result<Mode, String> {
        match (self.settings.mode, baselines.warm.facts.schedule) {
            (mode, Schedule::Alone) => Ok(mode),
            (Mode::Auto | Mode::Worker, Schedule::Shared) => Ok(Mode::Worker),
            (Mode::Snapshot, Schedule::Shared) => Err(pool::OTHER_THREADS.to_owned()),
        }
    }

    /// Has runs priced, once, if these orders make that worth its while. It takes place in a child
    /// of its own, which may come to harm: then nothing is known.
    fn learn_prices(&mut self, code: &mut dyn Driven, task: Task<'_>, places: &[usize]) {
        let Baselines { warm, duration, .. } = task.baselines;
        if self.prices.is_some() || !price::matters(task, places) {
            return;
        }
        // It waits for several such runs in a row.
        let limit = price::patience(*duration).saturating_mul(4);
        let life = self.live(limit, |context| context.price(code, &warm.facts, *duration));
        let message = self.spare.get().take_messages(Writer::Gone).pop().unwrap_or_default();
        self.prices = Some(match (life, Message::take(&mut &message[..])) {
            (Ok(_), Some(Message::Priced { duration, price })) => Known { duration, price },
            _ => Known { duration: *duration, price: None },
        });
    }

    fn take_regions(&mut self) {
        // SAFETY: no child writes to the spare board between two calls.
        add_regions(&mut self.regions, unsafe { self.spare.get().record() }.regions());
        if let Some(pool) = &self.pool {
            add_regions(&mut self.regions, pool.regions().clone());
        }
    }

    /// Gives up the pool, but not what there is to say about it.
    fn close(&mut self) {
        self.take_regions();
        if let Some(pool) = self.pool.take() {
            self.used = self.used.and(pool.used());
        }
    }
}

/// Tries again, once, what has come to nothing.
fn twice<T, E>(
    mut attempt: impl FnMut() -> Result<T, E>,
    is_void: impl FnOnce(&T) -> bool,
) -> Result<T, E> {
    let first = attempt()?;
    if is_void(&first) { attempt() } else { Ok(first) }
}

/// Forks, and leads the child through `life`.
fn start(
    board: &Board,
    settings: Settings,
    limit: Duration,
    life: impl FnOnce(&mut child::Context<'_>),
) -> Result<Watched, String> {
    board.open();
    let forked = sys::fork(fork_holding_locks).map_err(|error| {
        format!(
            "cannot fork a worker: {error}; free processes or memory, or use \
             Isolation::InProcess"
        )
    })?;
    match forked {
        sys::Forked::Child => child::run(board, settings.habits, settings.rules, life),
        sys::Forked::Parent(child) => Ok(Watched::new(child, board, limit)),
    }
}

/// Leads a child of the pool through its life at a lot.
fn start_at(
    code: &mut dyn Driven,
    task: Task<'_>,
    settings: Settings,
    (stage, lot): (&Stage, usize),
    boards: &Boards,
) -> Result<Watched, String> {
    let lot_of = &stage.lots[lot];
    let facts = &task.baselines.of(lot_of.temperature).facts;
    let needs_warmth = lot_of.temperature == Temperature::Warm
        && (lot_of.way == Way::Rerun || task.baselines.cold.is_some() || code.has_view());
    start(boards.main.get(), settings, task.limits.run, |context| {
        if needs_warmth {
            context.warm_up(code, facts);
        }
        match lot_of.way {
            Way::Rerun => context.rerun(code, task, stage, lot),
            Way::Branch { .. } => context.pass(code, task, (stage, lot), boards.branch.get()),
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

    fn baselines(&mut self, code: &mut dyn Driven) -> Result<Baselines, NoBaseline> {
        let trouble = |text: &str| NoBaseline::Trouble(text.to_owned());
        let trace = || Trace::shared().ok_or_else(|| trouble("no memory for a shared trace"));
        let traces = [trace()?, trace()?];
        let several = |limit: Duration| limit.saturating_mul(BASELINE_LIMITS);
        let limit = self
            .settings
            .limit
            .map_or(BASELINE_LIMIT, |limit| several(limit).max(LEAST_BASELINE_LIMIT));
        let attempt = || {
            self.live(limit, |context| context.baselines(code, &traces))
                .map_err(NoBaseline::Trouble)
        };
        let life = twice(attempt, |life| life.may_have_inherited_a_lock())?;
        match life.ended {
            End::Done => {}
            End::Died(_) | End::Hung(_) => {
                return Err(NoBaseline::Trouble(life.describe_trouble()));
            }
        }
        let message = self.spare.get().take_messages(Writer::Gone).pop().unwrap_or_default();
        match Message::take(&mut &message[..]) {
            Some(Message::Agreed { mut first, warm, duration }) => {
                first.prefix = Facts::fold_prefixes(&traces[0]);
                let warm =
                    warm.map(|warm| Facts { prefix: Facts::fold_prefixes(&traces[1]), ..*warm });
                Ok(Agreement { first, warm, duration }.into_baselines(traces))
            }
            Some(Message::Trouble(text)) => Err(NoBaseline::Trouble(text)),
            Some(Message::Nondeterministic(text)) => Err(NoBaseline::Nondeterministic(text)),
            _ => Err(trouble("the worker said nothing: the code under test wrote over it")),
        }
    }

    fn begin(
        &mut self,
        code: &mut dyn Driven,
        task: Task<'_>,
        places: Vec<usize>,
    ) -> Result<(), String> {
        self.close();
        let mode = self.mode(task.baselines)?;
        if mode == Mode::Auto {
            self.learn_prices(code, task, &places);
        }
        let prices = self.prices;
        let lots = choose::lots(mode, prices, task, &places);
        let cores = || std::thread::available_parallelism().map_or(1, NonZero::get);
        let wanted = self.settings.jobs.unwrap_or_else(cores);
        let jobs = choose::jobs(wanted, prices, task, &lots, &places);
        let stage = Stage::new(places, lots)?;
        let on_trouble = match self.settings.mode {
            Mode::Snapshot => OnTrouble::Refuse,
            Mode::Auto | Mode::Worker => OnTrouble::Rerun,
        };
        self.pool = Some(Pool::new(stage, jobs, on_trouble)?);
        Ok(())
    }

    fn advance(
        &mut self,
        code: &mut dyn Driven,
        task: Task<'_>,
    ) -> Result<Option<Vec<Judged>>, String> {
        let settings = self.settings;
        let Some(pool) = &mut self.pool else { return Ok(None) };
        let judged = pool.advance(task, &mut |stage, lot, boards| {
            start_at(code, task, settings, (stage, lot), boards)
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
        code: &mut dyn Driven,
        task: Task<'_>,
        order: &Order,
    ) -> Result<Observation, String> {
        let facts = task.facts(order);
        let board = self.spare.get();
        let attempt = || {
            self.live(task.limits.run, |context| {
                if order.temperature == Temperature::Warm {
                    context.warm_up(code, facts);
                }
                context.alone(code, task, order);
            })
        };
        let is_stuck = |life: &Life| board.begun() == 0 && life.may_have_inherited_a_lock();
        let life = twice(attempt, is_stuck)?;
        let message = board.take_messages(Writer::Gone).pop();
        let message = message.and_then(|bytes| Message::take(&mut &bytes[..]));
        match (life.ended, message) {
            (_, Some(Message::Trouble(text))) => Err(text),
            (End::Done, Some(Message::Told { telling, .. })) => {
                let clean = || Observation::new(order.plan.clone(), order.temperature);
                Ok(telling.suspect.map_or_else(clean, |suspect| suspect.0))
            }
            (End::Done, _) => {
                Err("a worker's message is damaged: the code under test wrote over it".to_owned())
            }
            (ended, _) => {
                let life = Life { ended, said: life.said };
                match board.begun() {
                    0 => Err(life.describe_trouble()),
                    _ => Ok(post_mortem::observe(board, task, order, life)),
                }
            }
        }
    }

    fn survey(&mut self, code: &mut dyn Driven, task: Task<'_>) -> Result<Vec<Vec<u64>>, String> {
        let mut all = vec![Vec::new(); task.orders.len()];
        let mut from = 0;
        while let Some(order) = task.orders.get(from) {
            let facts = task.facts(order);
            let life = self.live(task.limits.run, |context| {
                context.warm_up(code, facts);
                context.survey(code, task, from);
            })?;
            let board = self.spare.get();
            for message in board.take_messages(Writer::Gone) {
                match Message::take(&mut &message[..]) {
                    Some(Message::Surveyed { place, numbers }) => all[place] = numbers,
                    Some(Message::Trouble(text)) => return Err(text),
                    _ => {}
                }
            }
            match life.ended {
                End::Done => break,
                End::Died(_) | End::Hung(_) if board.begun() == 0 => {
                    return Err(life.describe_trouble());
                }
                // It dies of the first fault alone, which is for other strategies to say.
                End::Died(_) | End::Hung(_) => from = board.current() + 1,
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

/// Makes the fork while this thread holds the ledger, and std's lock around stack traces: std
/// allocates under it, and that is where the fork is made.
fn fork_holding_locks(fork: &mut dyn FnMut() -> i32) -> i32 {
    let pid = Cell::new(None);
    let mut fork = || {
        let _ledger = hold_for_fork();
        pid.set(Some(fork()));
    };
    inside_request(|| drop(std::backtrace::Backtrace::force_capture()), &mut fork);
    if pid.get().is_none() {
        // std has traced a stack without allocating: then without that lock.
        fork();
    }
    pid.get().unwrap_or(-1)
}
