//! Runs in forked workers: a death is charged to its plan, and the next worker carries on.
//!
//! The calling process never runs the code under test. A worker runs orders until one is not
//! clean; then it is retired, so that what it broke cannot colour later runs.

mod board;
mod child;
mod wire;

use std::cell::Cell;
use std::time::{Duration, Instant};

use board::{SharedBoard, WARMING_UP};
use wire::Wire;

use super::baseline::Facts;
use super::drive::Driven;
use super::executor::{
    Agreement, Baselines, Executor, Freshness, Leg, Limits, NoBaseline, Order, Tally,
};
use super::observe::read_record;
use crate::alloc::{Habits, Trace, hold_for_fork, inside_request};
use crate::oracle::{Death, Ending, Observation, Rules, Temperature};
use crate::sys::{self, Child, Ended, Forked};

/// How often the parent looks at a worker's beat.
const GLANCE: Duration = Duration::from_millis(50);
/// How long a child with several threads may take to abort once it has said so.
const ABORT_PATIENCE: Duration = Duration::from_secs(5);
/// For fault-free runs, whose time nobody knows yet, unless somebody says how long runs may take.
const BASELINE_LIMIT: Duration = Duration::from_secs(60);

pub(crate) struct Worker {
    board: SharedBoard,
    habits: Habits,
    rules: Rules,
    limit: Option<Duration>,
}

/// How a worker's life ended.
struct Life {
    ended: End,
    said: String,
}

enum End {
    /// It has said all it had to say.
    Done,
    Died(Death),
    Hung(Duration),
}

impl Life {
    /// Whether a fault-free run is worth a second try in another child. While a thread of the
    /// parent begins or ends, it holds a lock of std's (around the guard pages that its handler of
    /// stack overflows knows) which a fork cannot take first: a child that is forked then hangs as
    /// soon as it starts a thread.
    fn may_have_inherited_a_lock(&self) -> bool {
        matches!(self.ended, End::Hung(_)) && sys::has_other_threads()
    }
}

impl Worker {
    /// # Errors
    /// If the system gives no shared memory.
    pub(crate) fn new(
        habits: Habits,
        rules: Rules,
        limit: Option<Duration>,
    ) -> Result<Self, String> {
        let board = SharedBoard::new().ok_or("no memory to share with workers")?;
        Ok(Self { board, habits, rules, limit })
    }

    /// Forks, and leads the child through `life`. In the parent, waits for its end.
    fn live(
        &mut self,
        limit: Duration,
        tick: &mut dyn FnMut(usize),
        life: impl FnOnce(&mut child::Context<'_>),
    ) -> Result<Life, String> {
        self.board.get().begin(WARMING_UP);
        self.board.get().set_done(false);
        let forked = sys::fork(fork_holding_locks).map_err(|error| {
            format!(
                "cannot fork a worker: {error}; free processes or memory, or use \
                 Isolation::InProcess"
            )
        })?;
        match forked {
            Forked::Child => child::run(self.board.get(), self.habits, self.rules, life),
            Forked::Parent(child) => Ok(self.watch(child, limit, tick)),
        }
    }

    fn watch(&self, mut child: Child, limit: Duration, tick: &mut dyn FnMut(usize)) -> Life {
        let board = self.board.get();
        let (mut beat, mut since) = (board.beat(), Instant::now());
        let mut is_stopped = false;
        let mut aborting_since = None;
        let ended = loop {
            if let Some(ended) = child.wait(GLANCE.min(limit)) {
                break self.read_end(ended);
            }
            if !is_stopped && has_abort_message(child.said()) {
                let since = aborting_since.get_or_insert_with(Instant::now);
                // If it is another thread that aborts, that one shall say where.
                if !child.has_threads() || since.elapsed() > ABORT_PATIENCE {
                    // Lets the crash handler note where it is, and spares us the stack trace.
                    child.signal(libc::SIGABRT);
                    is_stopped = true;
                }
            }
            if board.beat() != beat {
                (beat, since) = (board.beat(), Instant::now());
                match board.current() {
                    WARMING_UP => {}
                    order => tick(order),
                }
            } else if since.elapsed() > limit {
                child.end();
                break match board.crash.signal() {
                    // It hung on its way down, as under a lock that its handlers want.
                    Some(_) => self.read_end(Ended::Signaled(libc::SIGABRT)),
                    None => End::Hung(limit),
                };
            }
        };
        child.end();
        Life { ended, said: String::from_utf8_lossy(child.said()).into_owned() }
    }

    fn read_end(&self, ended: Ended) -> End {
        let crash = self.board.get().crash.signal();
        End::Died(match (ended, crash) {
            (Ended::Exited(child::DONE), _) if self.board.get().is_done() => return End::Done,
            (_, Some((signal, address))) if signal != libc::SIGABRT => {
                Death::Crash { signal, address }
            }
            (Ended::Signaled(libc::SIGABRT), _) => Death::Abort,
            (Ended::Signaled(signal), _) => Death::Signal(signal),
            (Ended::Exited(code), _) => Death::Exit(code),
        })
    }

    /// What a worker that died or hung can still tell of the order that it was running.
    fn post_mortem(&self, order: &Order, facts: &Facts, life: Life) -> Observation {
        let mut seen = Observation::new(order.plan.clone(), order.temperature);
        // SAFETY: the child is gone.
        let record = unsafe { self.board.get().record() };
        let panic = record.panic.happened.then(|| {
            format!("{} at {}", record.panic.message.text(), record.panic.location.text())
        });
        seen.ending = match life.ended {
            End::Done => Ending::Finished,
            End::Hung(limit) => Ending::Hung { limit },
            End::Died(death) => {
                // An abort that follows a panic is of interest for where the panic was.
                let stack = match (death, &panic) {
                    (Death::Abort, Some(_)) => record.panic.stack.frames().to_vec(),
                    _ => self.board.get().crash.frames(),
                };
                Ending::Died { death, panic, said: life.said, stack }
            }
        };
        read_record(record, order, facts, &mut seen);
        seen
    }

    /// Runs orders in one worker, up to the first that may not be clean.
    fn run_one_worker(
        &mut self,
        code: &mut dyn Driven,
        baselines: &Baselines,
        orders: &[Order],
        limit: Duration,
        tick: &mut dyn FnMut(usize),
    ) -> Result<Leg, String> {
        let temperature = orders[0].temperature;
        let facts = &baselines.of(temperature).facts;
        let mut attempt = |worker: &mut Self| {
            worker.live(limit, tick, |context| {
                if temperature == Temperature::Warm {
                    context.warm_up(code, facts);
                }
                context.sweep(code, facts, orders);
            })
        };
        let mut life = attempt(self)?;
        if self.board.get().current() == WARMING_UP && life.may_have_inherited_a_lock() {
            life = attempt(self)?;
        }
        let board = self.board.get();
        let retained = board.take_retained();
        let last = board.current();
        if last == WARMING_UP {
            return Err(describe_failed_warm_up(&life, limit));
        }
        let post = board.take_post();
        let seen = match life.ended {
            End::Done if post.is_empty() => None,
            End::Done => Some(
                Observation::take(&mut &post[..])
                    .ok_or("a worker's message is damaged: the code under test wrote over it")?,
            ),
            End::Died(_) | End::Hung(_) => Some(self.post_mortem(&orders[last], facts, life)),
        };
        let freshness = if last == 0 { Freshness::Fresh } else { Freshness::Used };
        Ok(Leg { ran: last + 1, suspect: seen.map(|seen| (seen, freshness)), retained })
    }
}

impl Executor for Worker {
    fn name(&self) -> &'static str {
        "worker"
    }

    fn baselines(&mut self, code: &mut dyn Driven) -> Result<Baselines, NoBaseline> {
        let trouble = |text: &str| NoBaseline::Trouble(text.to_owned());
        let trace = || Trace::shared().ok_or_else(|| trouble("no memory for a shared trace"));
        let traces = [trace()?, trace()?];
        let limit = self.limit.unwrap_or(BASELINE_LIMIT);
        let mut attempt = || {
            self.live(limit, &mut |_| (), |context| context.baselines(code, &traces))
                .map_err(NoBaseline::Trouble)
        };
        let mut life = attempt()?;
        if life.may_have_inherited_a_lock() {
            life = attempt()?;
        }
        let post = self.board.get().take_post();
        let mut post = &post[..];
        match life.ended {
            End::Done => {}
            End::Died(death) => {
                return Err(NoBaseline::Trouble(describe_dead_baseline(death, &life.said)));
            }
            End::Hung(limit) => return Err(NoBaseline::Trouble(describe_hung_baseline(limit))),
        }
        let damaged = || trouble("the worker said nothing: the code under test wrote over it");
        match child::Answer::take(&mut post).ok_or_else(damaged)? {
            child::Answer::Agreed(mut first, mut warm, duration) => {
                first.prefix = Facts::fold_prefixes(&traces[0]);
                if let Some(warm) = &mut warm {
                    warm.prefix = Facts::fold_prefixes(&traces[1]);
                }
                Ok(Agreement { first, warm }.into_baselines(traces, duration))
            }
            child::Answer::Trouble(text) => Err(NoBaseline::Trouble(text)),
            child::Answer::Nondeterministic(text) => Err(NoBaseline::Nondeterministic(text)),
        }
    }

    fn advance(
        &mut self,
        code: &mut dyn Driven,
        baselines: &Baselines,
        orders: &[Order],
        limits: Limits,
        tick: &mut dyn FnMut(usize),
    ) -> Result<Leg, String> {
        self.run_one_worker(code, baselines, orders, limits.run, tick)
    }

    fn alone(
        &mut self,
        code: &mut dyn Driven,
        baselines: &Baselines,
        order: &Order,
        limits: Limits,
    ) -> Result<Observation, String> {
        let orders = std::slice::from_ref(order);
        let leg = self.run_one_worker(code, baselines, orders, limits.run, &mut |_| ())?;
        let clean = || Observation::new(order.plan.clone(), order.temperature);
        Ok(leg.suspect.map_or_else(clean, |(seen, _)| seen))
    }

    fn tally(&self) -> Tally {
        // SAFETY: no child is alive between two calls.
        let record = unsafe { self.board.get().record() };
        Tally { tolerated: self.board.get().tolerated(), regions: record.regions() }
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

/// Whether std said what it says when an allocation failure aborts. A stack trace may follow,
/// which takes a lock and a long time, and which nobody will read. A line of it and no part of
/// one: code may well log that an allocation failed, and go on.
fn has_abort_message(said: &[u8]) -> bool {
    said.split_inclusive(|&byte| byte == b'\n').any(|line| {
        let size = line
            .strip_prefix(b"memory allocation of ")
            .and_then(|rest| rest.strip_suffix(b" bytes failed\n"));
        size.is_some_and(|size| size.iter().all(u8::is_ascii_digit))
    })
}

fn describe_dead_baseline(death: Death, said: &str) -> String {
    let last_words = said.lines().next().unwrap_or("it said nothing");
    match death {
        Death::Exit(code) => {
            format!("the code ended the process (exit code {code}) without any fault: {last_words}")
        }
        Death::Crash { signal, .. } | Death::Signal(signal) => {
            format!("the code died of signal {signal} without any fault: {last_words}")
        }
        Death::Abort => format!("the code aborted without any fault: {last_words}"),
    }
}

fn describe_hung_baseline(limit: Duration) -> String {
    format!(
        "a fault-free run did not end within {limit:?} in a child process; if it waits for a \
         thread from before the fork: create it in `setup`; if it takes so long: raise `time_limit`"
    )
}

fn describe_failed_warm_up(life: &Life, limit: Duration) -> String {
    match life.ended {
        End::Hung(_) => describe_hung_baseline(limit),
        End::Died(death) => describe_dead_baseline(death, &life.said),
        End::Done => "fault-free runs in another process make other requests: the code depends \
                      on something outside, such as time, addresses or random numbers"
            .to_owned(),
    }
}
