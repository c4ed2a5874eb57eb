//! Several threads in one run: [`Scope`], with which other threads join it, and the requests that
//! they make there.
//!
//! A run's thread publishes its [`Core`] when it first asks for its scope. Before that, no other
//! thread knows the run, and its own thread needs no atomics. After that, every access to the core
//! holds the ledger; see [`Local::core`].

use std::sync::atomic::{AtomicBool, Ordering};

use super::core::{Caller, Core};
use super::local::{Local, scope_entry, with};
use super::policy::SpawnedThreads;
use super::published::{EVERY, publish, published};
use super::state::{Answer, State};
use crate::harness::alloc::ledger;
use crate::harness::alloc::lock::Asker;
use crate::harness::alloc::record::{RawStack, Record, Tolerance};
use crate::harness::alloc::request::Request;

/// Whether new threads join the runs of the process without a call.
static JOIN_WHEN_STARTED: AtomicBool = AtomicBool::new(false);

/// Sets what happens to threads that start from now on.
pub(super) fn expect(spawned: SpawnedThreads) {
    JOIN_WHEN_STARTED.store(spawned == SpawnedThreads::Join, Ordering::Relaxed);
}

/// The scope of a run. The sweep counts, fails and checks the requests of a thread that joins it,
/// like those of its own thread, in the order in which they come.
///
/// Take it on the thread that runs the code, and pass it to other threads. Outside a sweep, and
/// after the end of its run, it does nothing.
///
/// ```
/// use oom_sweep::{FaultAlloc, Scope, Sweep, pause};
/// # use std::collections::TryReserveError;
///
/// #[global_allocator]
/// static ALLOC: FaultAlloc = FaultAlloc::system();
///
/// fn sum() -> Result<u64, TryReserveError> {
///     let scope = Scope::current();
///     let work = move || scope.join(|| {
///         let mut numbers = Vec::new();
///         numbers.try_reserve_exact(10)?;
///         numbers.extend(0..10);
///         Ok(numbers.iter().sum())
///     });
///     // Starting a thread allocates, and aborts where it cannot: that is not under test.
///     pause(|| std::thread::scope(|threads| threads.spawn(work).join().expect("it returns")))
/// }
///
/// # fn main() {
/// let report = Sweep::new("sum").run(sum);
/// report.assert_clean();
/// assert_eq!(report.requests(), 1);
/// # }
/// ```
///
/// - Requests of a joined closure count while the code under test runs. During set-up, retry and
///   drop they are only tracked. While the harness checks and views, they pass.
/// - [`pause`](crate::pause) and [`tolerate`](crate::tolerate) apply to the thread that calls them.
///   If the sweep's own thread pauses to wait for a joined thread, the joined thread is not paused,
///   and it does not inherit tolerance. If a thread that is in the scope already joins again, the
///   closure is not paused. It is still tolerated, unless there is a pause in between.
/// - A panic of a joined thread is noted, not printed. If the code passes it on to the sweep's own
///   thread, the finding is [`Panicked`](crate::FindingKind::Panicked), with the message and place
///   of the first panic. If the code turns it into an error or a value, the sweep judges that.
/// - If requests of several threads come in any order, their numbers do too, and the report says
///   so. If the threads take turns, reports are repeatable.
#[derive(Clone, Copy, Debug)]
pub struct Scope {
    /// The run's number; 0 for none.
    run: u64,
}

impl Scope {
    /// Returns the scope that the calling thread is in.
    #[must_use]
    pub fn current() -> Self {
        Self { run: with(Local::share) }
    }

    /// Runs `f` inside the scope, on the calling thread.
    pub fn join<R>(&self, f: impl FnOnce() -> R) -> R {
        with(|local| {
            if !local.may_join(self.run) {
                return f();
            }
            let _back = local.saved_state();
            let mark = 0_u8;
            local.entry.set(std::ptr::from_ref(&mark) as usize);
            local.joined.set(self.run);
            local.state.set(State::Joined);
            scope_entry(f)
        })
    }
}

impl Local {
    /// Shares the run that this thread is in, and returns its number; 0 for none.
    fn share(&self) -> u64 {
        self.settle_new_thread();
        match self.asker() {
            Asker::Owner if !self.core.is_on() => 0,
            Asker::Owner => {
                self.share_own();
                self.core.run.get()
            }
            Asker::Other => {
                let open = ledger::open(Asker::Other);
                self.core(&open).map_or(0, |core| core.run.get())
            }
        }
    }

    /// Publishes the run of this thread.
    pub(super) fn share_own(&self) {
        if self.joined.get() == 0 {
            publish(&ledger::open(Asker::Owner), &raw const self.core);
            // Before anything else uses the core: from now on only with the ledger.
            self.joined.set(self.core.run.get());
            self.state.set(self.settle(self.state.get()));
        }
    }

    /// Returns whether the run is still on. Notes that it is shared, if it is another thread's.
    fn may_join(&self, run: u64) -> bool {
        if run == 0 {
            return false;
        }
        self.settle_new_thread();
        let asker = self.asker();
        let open = ledger::open(asker);
        // SAFETY: the ledger is held by `open`.
        let Some(core) = (unsafe { published(run) }) else { return false };
        if asker == Asker::Other {
            core.record(Record::set_shared);
        }
        drop(open);
        true
    }

    /// Sets the state of a thread at its first request or call.
    pub(super) fn settle_new_thread(&self) {
        if self.state.get() != State::New {
            return;
        }
        if JOIN_WHEN_STARTED.load(Ordering::Relaxed) {
            self.joined.set(EVERY);
            self.state.set(State::Joined);
        } else {
            self.state.set(State::Outside);
        }
    }

    /// Decides on a request of a thread in a shared run, or on the first request of a thread. The
    /// request has no number yet.
    #[cold]
    #[inline(never)]
    pub(super) fn answer_shared(&self, mut request: Request) -> Answer {
        self.settle_new_thread();
        if self.state.get() != State::Joined {
            return Answer::Pass;
        }
        if std::thread::panicking() {
            let open = ledger::open(self.asker());
            let core = self.core(&open).filter(|core| core.extent.get() == State::Armed);
            return core.map_or(Answer::Pass, |core| core.let_panic_through(request.size));
        }
        let mut stack = None;
        let mut open = ledger::open(self.asker());
        if self.core(&open).is_some_and(Core::wants_next_stack) {
            // Tracing may take locks of the platform, and other threads may allocate while they
            // hold these.
            drop(open);
            self.capture_now(stack.insert(RawStack::EMPTY));
            open = ledger::open(self.asker());
        }
        let armed_bytes = open.armed_bytes();
        let Some(core) = self.core(&open) else { return Answer::Pass };
        if self.asker() == Asker::Other {
            core.record(Record::set_shared);
        }
        let is_ignored = core.is_ignored(request.operation, request.old_size, request.size);
        match core.extent.get() {
            State::Armed if !is_ignored => {
                request.number = core.next.get();
                core.next.set(request.number + 1);
                core.answer_slowly(&request, &SharedCaller { local: self, armed_bytes, stack })
            }
            State::Armed | State::Tracked => core.answer_tracked(request.size),
            State::New | State::Outside | State::Paused | State::Joined => Answer::Pass,
        }
    }
}

/// A request that is decided while this thread holds the ledger, so everything it needs is
/// collected before. The stack may be missing, if a request of another thread came first and took
/// the number.
struct SharedCaller<'a> {
    local: &'a Local,
    armed_bytes: usize,
    stack: Option<RawStack>,
}

impl Caller for SharedCaller<'_> {
    fn tolerance(&self) -> Tolerance {
        self.local.tolerance()
    }

    fn armed_bytes(&self) -> usize {
        self.armed_bytes
    }

    fn stack_into(&self, stack: &mut RawStack) {
        if let Some(captured) = &self.stack {
            *stack = *captured;
        }
    }

    fn faulted(&self) {
        self.local.count_tolerated();
    }
}
