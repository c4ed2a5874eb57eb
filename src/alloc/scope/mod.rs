//! The scope: where requests are tracked, numbered and faulted. One per thread.
//!
//! ```text
//!             Session::begin                  armed
//!   Outside ─────────────────▶ Tracked ─────────────────▶ Armed
//!      ▲                        │   ▲ ◀─────────────────  │  ▲
//!      │   Run finished/dropped │   │    guard dropped     │  │
//!      └────────────────────────┘   │    (also unwinding)  │  │
//!                       pause       │ guard                │  │ guard
//!                      (harness,    ▼ dropped      pause   ▼  │ dropped
//!                       user)     Paused ◀──────────────── Paused
//!
//!   Outside, Paused   requests pass; blocks born are not tracked
//!   Tracked           blocks born are tracked; requests have no number and do not fault
//!   Armed             blocks born are tracked; requests are numbered and may fault
//!
//!   re-entrancy       the harness allocates nothing in here. Capturing a stack might (in the
//!                     platform's unwinder): meanwhile the state is Paused.
//!   panic             a panic allocates. While the thread panics, Armed and Tracked act like
//!                     Paused; guards restore the state while unwinding.
//!   free, realloc     of a tracked block are recognised in every state, on every thread.
//! ```
//!
//! The state is a `const` thread-local without a destructor: it can be read while a thread
//! starts and after its other thread-locals are gone.

mod aside;
mod fork;
mod session;
mod user;

use std::alloc::Layout;
use std::cell::Cell;

use super::ledger::{self, Custody};
use super::lock::Asker;
use super::record::{Harm, Record, Tolerance};
use super::request::{Birth, Operation, Request};
use super::rule::Rule;
use super::stack;
use super::table::Block;
use super::trace::Trace;
use crate::plan::AfterFault;

#[cfg(unix)]
pub(crate) use aside::become_child;
pub(crate) use aside::{inside_request, is_installed, note_panic};
pub(crate) use fork::Turn;
pub(crate) use session::{Run, Session, Settings, is_in_session};
pub use user::{pause, tolerate};

/// What the allocator does with the requests of a thread; see the diagram above.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum State {
    Outside,
    Paused,
    Tracked,
    Armed,
}

/// Whether call stacks are captured as things happen; dear, hence not in plain runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Capture {
    Nothing,
    /// Of faults and damages.
    Stacks,
}

/// How `realloc` is treated inside a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moves {
    /// As the inner allocator does it.
    AsItComes,
    /// Every one gives another address.
    Always,
}

/// Whether a `realloc` that shrinks is a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shrinks {
    Count,
    Ignore,
}

/// How a session treats every request, whatever the plan.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Habits {
    /// Larger single requests are refused, in bytes.
    pub(crate) ceiling: usize,
    pub(crate) moves: Moves,
    pub(crate) shrinks: Shrinks,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    BeforeFault,
    /// Refusals still owed by `fail-next`.
    AfterFault(u64),
}

/// What [`inside_request`] has called.
type Hook = *mut (dyn FnMut() + 'static);

/// What the allocator keeps for a thread.
pub(crate) struct Local {
    state: Cell<State>,
    /// Whether this thread has the open session, in a run or between two.
    owner: Cell<bool>,
    /// Number of the next armed request.
    next: Cell<u64>,
    /// Requests below this number are served unseen.
    stop: Cell<u64>,
    /// Running hash of the armed requests.
    hash: Cell<u64>,
    unarmed: Cell<u32>,
    tolerance: Cell<u32>,
    phase: Cell<Phase>,
    rule: Cell<Rule>,
    after: Cell<AfterFault>,
    habits: Cell<Habits>,
    capture: Cell<Capture>,
    record: Cell<*mut Record>,
    trace: Cell<*const Trace>,
    /// Stack pointer at the scope's entry: captured stacks end there.
    entry: Cell<usize>,
    /// Called at the next request that passes; see [`inside_request`].
    hook: Cell<Option<Hook>>,
    /// The request at which `forker` is called; see [`fork`].
    fork_at: Cell<u64>,
    forker: Cell<Option<fork::Forker>>,
    /// How to give quarantined blocks back past the ledger: the allocator that serves this
    /// thread's tracked blocks, and its way to the inner one.
    home: Cell<Option<Home>>,
}

const UNBOUNDED: Habits =
    Habits { ceiling: usize::MAX, moves: Moves::AsItComes, shrinks: Shrinks::Count };

thread_local! {
    static LOCAL: Local = const {
        Local {
            state: Cell::new(State::Outside),
            owner: Cell::new(false),
            next: Cell::new(0),
            stop: Cell::new(u64::MAX),
            hash: Cell::new(0),
            unarmed: Cell::new(0),
            tolerance: Cell::new(0),
            phase: Cell::new(Phase::BeforeFault),
            rule: Cell::new(Rule::Never),
            after: Cell::new(AfterFault::Succeed),
            habits: Cell::new(UNBOUNDED),
            capture: Cell::new(Capture::Nothing),
            record: Cell::new(std::ptr::null_mut()),
            trace: Cell::new(std::ptr::null()),
            entry: Cell::new(usize::MAX),
            hook: Cell::new(None),
            fork_at: Cell::new(u64::MAX),
            forker: Cell::new(None),
            home: Cell::new(None),
        }
    };
}

/// Hands the thread's state to `f`.
#[inline]
pub(crate) fn with<R>(f: impl FnOnce(&Local) -> R) -> R {
    LOCAL.with(f)
}

/// The allocator that serves tracked blocks, type-erased.
#[derive(Clone, Copy)]
pub(crate) struct Home {
    pub(crate) alloc: *const (),
    /// Frees past the ledger.
    pub(crate) dealloc: unsafe fn(*const (), *mut u8, Layout),
}

/// What becomes of a request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Serve it; the block is not tracked.
    Pass,
    /// Serve it and enter the block into the ledger.
    Track(Birth),
    /// Give null.
    Refuse,
}

impl Local {
    #[inline]
    pub(crate) fn is_outside(&self) -> bool {
        // `Paused` has to pass through `answer`, where it is as good as outside.
        self.state.get() == State::Outside
    }

    pub(crate) fn asker(&self) -> Asker {
        if self.owner.get() { Asker::Owner } else { Asker::Other }
    }

    pub(crate) fn custody(&self) -> Custody {
        if self.record.get().is_null() { Custody::None } else { Custody::Quarantine }
    }

    pub(crate) fn moves(&self) -> Moves {
        self.habits.get().moves
    }

    /// Decides on a request of this thread.
    #[inline(always)]
    pub(crate) fn answer(
        &self,
        operation: Operation,
        old_size: usize,
        size: usize,
        align: usize,
    ) -> Answer {
        match self.state.get() {
            State::Outside | State::Paused => Answer::Pass,
            State::Tracked | State::Armed if std::thread::panicking() => Answer::Pass,
            State::Tracked => self.answer_tracked(size),
            State::Armed if self.is_ignored(operation, old_size, size) => self.answer_tracked(size),
            State::Armed => {
                let number = self.next.get();
                let request = Request { number, size, old_size, align, operation };
                self.next.set(number + 1);
                if number >= self.stop.get() || size > self.habits.get().ceiling {
                    return self.answer_slowly(&request);
                }
                self.hash.set(request.fold(self.hash.get()));
                Answer::Track(Birth::Armed(number as u32))
            }
        }
    }

    #[inline]
    fn is_ignored(&self, operation: Operation, old_size: usize, size: usize) -> bool {
        operation == Operation::Realloc
            && size < old_size
            && self.habits.get().shrinks == Shrinks::Ignore
    }

    #[inline(never)]
    fn answer_tracked(&self, size: usize) -> Answer {
        if size > self.habits.get().ceiling {
            self.record(|record| record.over_ceiling += 1);
            return Answer::Refuse;
        }
        let number = self.unarmed.get();
        self.unarmed.set(number.saturating_add(1));
        Answer::Track(Birth::Unarmed(number))
    }

    #[cold]
    fn answer_slowly(&self, request: &Request) -> Answer {
        self.trace(request);
        let prefix = self.hash.get();
        self.hash.set(request.fold(prefix));
        // First the ceiling: what fault-free runs refuse too is no fault.
        if request.size > self.habits.get().ceiling {
            self.record(|record| record.over_ceiling += 1);
            return Answer::Refuse;
        }
        if request.number == self.fork_at.get() {
            self.fork(request.number);
        }
        if self.hits(request) {
            self.fault(request, prefix);
            return Answer::Refuse;
        }
        Answer::Track(Birth::Armed(request.number as u32))
    }

    /// Whether the plan refuses the request.
    fn hits(&self, request: &Request) -> bool {
        let by_rule = || {
            let rule = self.rule.get();
            let live = match rule {
                Rule::Budget(_) => ledger::open(self.asker()).armed_bytes(),
                _ => 0,
            };
            rule.hits(request, live)
        };
        match (self.phase.get(), self.after.get()) {
            (Phase::BeforeFault, _) | (_, AfterFault::Succeed) => by_rule(),
            (_, AfterFault::FailAll) => true,
            (Phase::AfterFault(owed), AfterFault::FailNext(_)) if owed > 0 => {
                self.phase.set(Phase::AfterFault(owed - 1));
                true
            }
            (_, AfterFault::FailNext(_)) => by_rule(),
            (_, AfterFault::Forbid) => {
                self.record(|record| {
                    if record.forbidden == 0 {
                        record.first_forbidden = *request;
                    }
                    record.forbidden += 1;
                });
                false
            }
        }
    }

    fn fault(&self, request: &Request, prefix: u64) {
        let tolerance =
            if self.tolerance.get() > 0 { Tolerance::Inside } else { Tolerance::Outside };
        let is_first = self.phase.get() == Phase::BeforeFault;
        self.record(|record| {
            if is_first {
                record.prefix = prefix;
            }
            if let Some(slot) = record.add_fault(tolerance) {
                slot.request = *request;
                slot.tolerance = tolerance;
                slot.stack.clear();
                self.capture_into(&mut slot.stack);
            }
        });
        if is_first {
            self.phase.set(Phase::AfterFault(match self.after.get() {
                AfterFault::FailNext(owed) => owed,
                _ => 0,
            }));
        }
        self.set_stop();
        oom_sweep_fault(request.number, request.size);
    }

    /// From which request on the plan has to be asked.
    fn set_stop(&self) {
        let next = self.next.get();
        let by_plan = match (self.phase.get(), self.after.get()) {
            (Phase::BeforeFault, _) | (_, AfterFault::Succeed) => self.rule.get().next_stop(next),
            _ => next,
        };
        let by_plan = by_plan.min(self.fork_at.get());
        self.stop.set(if self.trace.get().is_null() { by_plan } else { next });
    }

    fn trace(&self, request: &Request) {
        // SAFETY: `Session::begin` set the pointer from a reference that outlives the run,
        // whose drop clears it.
        let Some(trace) = (unsafe { self.trace.get().as_ref() }) else { return };
        if self.capture.get() == Capture::Nothing {
            return trace.push(*request, None);
        }
        let mut stack = super::record::RawStack::EMPTY;
        self.capture_into(&mut stack);
        trace.push(*request, Some(&stack));
    }

    pub(crate) fn capture_into(&self, stack: &mut super::record::RawStack) {
        if self.capture.get() == Capture::Stacks {
            let _paused = self.enter(State::Paused);
            stack::capture(stack, self.entry.get());
        }
    }

    /// Notes a harm to a tracked block, if a run is on to note it for.
    pub(crate) fn harm(&self, harm: Harm, block: &Block) {
        self.record(|record| {
            if let Some(slot) = record.add_damage() {
                slot.harm = harm;
                slot.size = block.size;
                slot.align = block.align();
                slot.birth = block.birth();
                slot.stack.clear();
                self.capture_into(&mut slot.stack);
            }
        });
    }

    fn record(&self, note: impl FnOnce(&mut Record)) {
        // SAFETY: `Session::begin` set the pointer from a unique reference that outlives the
        // run, whose drop clears it; only this thread uses it, one call at a time.
        if let Some(record) = unsafe { self.record.get().as_mut() } {
            note(record);
        }
    }

    fn enter(&self, state: State) -> Entered<'_> {
        Entered { local: self, back: self.state.replace(state) }
    }
}

/// Restores the state on drop, also while unwinding.
struct Entered<'a> {
    local: &'a Local,
    back: State,
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        self.local.state.set(self.back);
    }
}

/// Called at each fault with the request's number and size: a place for a debugger's
/// break point (`break oom_sweep_fault`).
#[unsafe(no_mangle)]
#[inline(never)]
pub extern "C" fn oom_sweep_fault(request: u64, size: usize) {
    std::hint::black_box((request, size));
}

impl Local {
    /// Returns a quarantined block to the inner allocator.
    fn give_back(&self, address: *mut u8, layout: Layout) {
        if let Some(Home { alloc, dealloc }) = self.home.get() {
            // SAFETY: `alloc` is the allocator that gave the block out with this layout, and
            // the ledger hands out each block once.
            unsafe { dealloc(alloc, address, layout) };
        }
    }

    /// Lets the allocator that serves tracked blocks say how to give them back.
    #[inline]
    pub(crate) fn set_home(&self, home: Home) {
        self.home.set(Some(home));
    }

    fn peek_refused(&self) -> u64 {
        // SAFETY: see `Local::record`.
        unsafe { self.record.get().as_ref() }.map_or(0, |record| record.refused)
    }
}
