//! Several threads in one run: [`Scope`], by which other threads join it, and the requests that
//! they make there.
//!
//! A run's own thread publishes its [`Core`] itself, the first time that it is asked for its
//! scope: until then no other thread knows of it, and nothing on that thread's way need be
//! atomic. From then on whoever touches the core holds the ledger; see [`Local::core`].

use std::sync::atomic::{AtomicBool, Ordering};

use super::core::{Caller, Core};
use super::local::{Local, scope_entry, with};
use super::policy::SpawnedThreads;
use super::published::{EVERY, publish, published};
use super::state::{Answer, State};
use crate::harness::alloc::ledger;
use crate::harness::alloc::lock::Asker;
use crate::harness::alloc::record::{RawStack, Sharing, Tolerance};
use crate::harness::alloc::request::Request;

/// Whether threads that are born now join the runs of the process by themselves.
static JOIN_AT_BIRTH: AtomicBool = AtomicBool::new(false);

/// Says what becomes of threads that are born from now on.
pub(super) fn expect(spawned: SpawnedThreads) {
    JOIN_AT_BIRTH.store(spawned == SpawnedThreads::Join, Ordering::Relaxed);
}

/// The scope of a run: a thread of the code under test that joins it has its requests counted,
/// failed and watched like those of the sweep's own thread, in the order in which they come.
///
/// Take it on the thread that runs the code, and hand it to others. Outside a sweep it does
/// nothing, and so does one whose run is over.
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
/// - What a joined closure asks for counts while the code under test runs. During set-up,
///   retry and drop it is watched only; while the harness checks and views, not even that.
/// - [`pause`](crate::pause) and [`tolerate`](crate::tolerate) are of the thread that calls them:
///   a joined thread is not paused where the sweep's own thread pauses to wait for it, and does
///   not inherit its tolerance. A closure that is joined on a thread that is in the scope already
///   is no longer paused; it goes on being tolerated, unless a pause is between.
/// - A panic of a joined thread is noted, not printed. What becomes of it is the code's affair,
///   as with one that the code catches itself: passed on to the sweep's own thread it is
///   [`Panicked`](crate::FindingKind::Panicked), with the message and place of the first;
///   turned into an error or a value, that counts.
/// - When requests of several threads come in any order, so do their numbers, and the report
///   says so. Threads that take turns make reports that can be repeated.
#[derive(Clone, Copy, Debug)]
pub struct Scope {
    /// The run's number; 0 for none.
    run: u64,
}

impl Scope {
    /// The scope that the calling thread is in.
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
    /// The number of the run that this thread is in, made fit for company; 0 for none.
    fn share(&self) -> u64 {
        self.be_born();
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

    /// Gives up that the run, which this thread has, is its alone.
    pub(super) fn share_own(&self) {
        if self.joined.get() == 0 {
            publish(&ledger::open(Asker::Owner), &raw const self.core);
            // Before anything else of the core is touched: from here on with the ledger only.
            self.joined.set(self.core.run.get());
            self.state.set(self.settle(self.state.get()));
        }
    }

    /// Whether the run is on. Notes that it has company, if that is another thread's.
    fn may_join(&self, run: u64) -> bool {
        if run == 0 {
            return false;
        }
        self.be_born();
        let asker = self.asker();
        let open = ledger::open(asker);
        // SAFETY: the ledger is held by `open`.
        let Some(core) = (unsafe { published(run) }) else { return false };
        if asker == Asker::Other {
            core.record(|record| record.sharing = Sharing::Shared);
        }
        drop(open);
        true
    }

    /// Settles which scope a thread is born into, when it is first heard of.
    pub(super) fn be_born(&self) {
        if self.state.get() != State::New {
            return;
        }
        if JOIN_AT_BIRTH.load(Ordering::Relaxed) {
            self.joined.set(EVERY);
            self.state.set(State::Joined);
        } else {
            self.state.set(State::Outside);
        }
    }

    /// Decides on a request of a thread that has company, or whose first one this is; its number
    /// is still to be given.
    #[cold]
    #[inline(never)]
    pub(super) fn answer_shared(&self, mut request: Request) -> Answer {
        self.be_born();
        if self.state.get() != State::Joined || std::thread::panicking() {
            return Answer::Pass;
        }
        let mut stack = None;
        let mut open = ledger::open(self.asker());
        if self.core(&open).is_some_and(Core::wants_next_stack) {
            // Tracing may take the platform's locks, under which other threads allocate.
            drop(open);
            self.capture_now(stack.insert(RawStack::EMPTY));
            open = ledger::open(self.asker());
        }
        let armed_bytes = open.armed_bytes();
        let Some(core) = self.core(&open) else { return Answer::Pass };
        if self.asker() == Asker::Other {
            core.record(|record| record.sharing = Sharing::Shared);
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

/// A request that is made while this thread holds the ledger: all is known beforehand. A stack
/// may be missing where another thread's request came between: numbers had gone on then.
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
