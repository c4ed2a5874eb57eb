//! The scope: where requests are tracked, numbered and faulted. A run's own thread opens it;
//! other threads can join it.
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
//!   New               the thread has made no request yet: Outside, or Joined if the run counts
//!                     every thread that is born in it
//!   Outside, Paused   requests pass; blocks born are not tracked
//!   Tracked           blocks born are tracked; requests have no number and do not fault
//!   Armed             blocks born are tracked; requests are numbered and may fault
//!
//!   With company: from the first `Scope::current` in a run on, for every thread in it
//!
//!   the run's thread  Tracked, Armed ──Scope::current──▶ Joined ──Run finished──▶ Outside
//!   another thread    New, Outside, Paused ──────join──▶ Joined ──guard dropped──▶ as it was
//!   a newborn thread  New ──────────────first request──▶ Joined, to its end
//!
//!   Joined            Tracked or Armed, whichever the run's `extent` says. The run's state is
//!                     read and written with the ledger held, by its own thread too.
//!                     A `join` that is still on when its run ends passes: requests name the
//!                     run that they mean, and another one's number never matches.
//!
//!   re-entrancy       the harness allocates nothing in here. Capturing a stack might (in the
//!                     platform's unwinder): meanwhile the state is Paused. Nothing takes the
//!                     ledger that holds it.
//!   coroutines        a paused region may go on with other tasks on this thread, which enter regions
//!                     and leave them in any order. So it ends by putting back all of `Local` that
//!                     is the task's, whatever is there then (`footing`).
//!   panic             a panic allocates. While a thread panics, its Armed, Tracked and Joined
//!                     act like Paused; guards restore the state while unwinding.
//!   free, realloc     of a tracked block are recognised in every state, on every thread.
//! ```
//!
//! A run alone on its thread pays nothing for any of this: no atomic is read, and the run's own
//! thread is the one that gives it up, in `Scope::current`.
//!
//! The state is a `const` thread-local without a destructor: it can be read while a thread
//! starts and after its other thread-locals are gone.

mod aside;
mod core;
mod fork;
mod future;
mod policy;
mod saved_state;
mod session;
mod sharing;
mod user;

use std::alloc::Layout;
use std::cell::Cell;

use self::core::{Caller, Core};
use super::ledger::{self, Generation, Open, Quarantine};
use super::lock::Asker;
use super::record::{Harm, RawStack, Tolerance};
use super::request::{Birth, Operation, Request};
use super::stack;
use super::table::Block;

#[cfg(unix)]
pub(crate) use aside::become_child;
pub(crate) use aside::{inside_request, is_installed, note_panic};
pub(crate) use fork::Turn;
pub(crate) use future::resume_async;
pub use future::{pause_async, tolerate_async};
pub(crate) use policy::{AllocPolicy, Capture, Moves, Shrinks, SpawnedThreads};
pub(crate) use session::{Run, Session, Settings, is_in_session};
pub use sharing::Scope;
pub use user::{pause, tolerate};

/// What the allocator does with the requests of a thread; see the diagram above.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum State {
    New,
    Outside,
    Paused,
    Tracked,
    Armed,
    Joined,
}

/// What [`inside_request`] has called.
type Hook = *mut (dyn FnMut() + 'static);

/// What the allocator keeps for a thread.
pub(crate) struct Local {
    state: Cell<State>,
    /// Whether this thread has the open session, in a run or between two.
    owner: Cell<bool>,
    /// The run with company that this thread is in, if it is not paused: its number, 0 for none,
    /// [`company::EVERY`] for whichever is on.
    joined: Cell<u64>,
    tolerance: Cell<u32>,
    /// Faults that fell into tolerated regions of this thread.
    tolerated: Cell<u64>,
    /// Stack pointer at the scope's entry: captured stacks end there.
    entry: Cell<usize>,
    /// Called at the next request that passes; see [`inside_request`].
    hook: Cell<Option<Hook>>,
    /// The run, if this thread is the one that has it.
    core: Core,
}

thread_local! {
    static LOCAL: Local = const {
        Local {
            state: Cell::new(State::New),
            owner: Cell::new(false),
            joined: Cell::new(0),
            tolerance: Cell::new(0),
            tolerated: Cell::new(0),
            entry: Cell::new(usize::MAX),
            hook: Cell::new(None),
            core: Core::new(),
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
        // `Paused` and `New` have to pass through `answer`, where they are as good as outside.
        self.state.get() == State::Outside
    }

    pub(crate) fn asker(&self) -> Asker {
        if self.owner.get() { Asker::Owner } else { Asker::Other }
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
        let core = &self.core;
        match self.state.get() {
            State::Outside | State::Paused => Answer::Pass,
            State::Tracked | State::Armed if std::thread::panicking() => Answer::Pass,
            State::Tracked => core.answer_tracked(size),
            State::Armed if core.is_ignored(operation, old_size, size) => core.answer_tracked(size),
            State::Armed => {
                let number = core.next.get();
                let request = Request { number, size, old_size, align, operation };
                core.next.set(number + 1);
                if number >= core.stop.get() || size > core.policy.get().ceiling {
                    if number == core.fork_at.get() {
                        self.fork(number);
                    }
                    return core.answer_slowly(&request, &Alone(self));
                }
                core.hash.set(request.fold(core.hash.get()));
                Answer::Track(Birth::Armed(number as u32))
            }
            State::New | State::Joined => {
                self.answer_shared(Request { number: 0, size, old_size, align, operation })
            }
        }
    }

    fn capture_now(&self, stack: &mut RawStack) {
        let _paused = self.enter(State::Paused);
        stack::capture(stack, self.entry.get());
    }

    /// The state to be in where a thread alone would be in `state`.
    fn settle(&self, state: State) -> State {
        match state {
            State::Tracked | State::Armed | State::Joined if self.joined.get() != 0 => {
                State::Joined
            }
            // The run has ended meanwhile.
            State::Joined => State::Outside,
            state => state,
        }
    }

    fn enter(&self, state: State) -> Entered<'_> {
        let back = self.state.replace(self.settle(state));
        Entered { local: self, back }
    }
}

/// A request of a run's own thread, which has no company: it takes the ledger itself.
struct Alone<'a>(&'a Local);

impl Caller for Alone<'_> {
    fn tolerance(&self) -> Tolerance {
        self.0.tolerance()
    }

    fn armed_bytes(&self) -> usize {
        ledger::open(Asker::Owner).armed_bytes()
    }

    fn stack_into(&self, stack: &mut RawStack) {
        self.0.capture_now(stack);
    }

    fn faulted(&self) {
        self.0.count_tolerated();
    }
}

/// Restores the state on drop, also while unwinding.
struct Entered<'a> {
    local: &'a Local,
    back: State,
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        // The run may have got company, or its end, meanwhile.
        self.local.state.set(self.local.settle(self.back));
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
    fn tolerance(&self) -> Tolerance {
        if self.tolerance.get() > 0 { Tolerance::Inside } else { Tolerance::Outside }
    }

    fn count_tolerated(&self) {
        if self.tolerance() == Tolerance::Inside {
            self.tolerated.set(self.tolerated.get() + 1);
        }
    }

    /// The run that this thread is in. `_open` shows that nobody else is at it.
    #[inline]
    fn core<'a>(&'a self, _open: &'a Open) -> Option<&'a Core> {
        // SAFETY: this thread holds the ledger as long as the result lives.
        unsafe { self.core_unlocked() }
    }

    /// # Safety
    /// The calling thread holds the ledger, and goes on holding it while it uses the result.
    #[inline]
    unsafe fn core_unlocked(&self) -> Option<&Core> {
        match self.asker() {
            Asker::Owner => Some(&self.core).filter(|core| core.is_on()),
            // SAFETY: passed on.
            Asker::Other => unsafe { sharing::published(self.joined.get()) },
        }
    }

    /// Whether blocks that this thread frees are held back for a while.
    #[inline]
    pub(crate) fn quarantine(&self, open: &Open) -> Quarantine {
        match self.core(open) {
            Some(_) => Quarantine::Hold,
            None => Quarantine::None,
        }
    }

    /// When a block that this thread was to have tracked is born.
    #[inline]
    pub(crate) fn generation(&self, open: &Open) -> Generation {
        match self.asker() {
            Asker::Owner => Generation::Run,
            // Its run may have ended since it was promised a tracked block.
            Asker::Other if self.core(open).is_some() => Generation::Run,
            Asker::Other => Generation::Before,
        }
    }

    pub(crate) fn moves(&self) -> Moves {
        match self.asker() {
            // Nobody writes this while the run is on.
            Asker::Owner => self.core.policy.get().moves,
            Asker::Other => {
                let open = ledger::open(Asker::Other);
                self.core(&open).map_or(Moves::AsItComes, |core| core.policy.get().moves)
            }
        }
    }

    /// Notes a harm to a tracked block, if a run is on to note it for.
    pub(crate) fn harm(&self, harm: Harm, block: &Block) {
        // SAFETY: the ledger is what calls this, on behalf of this thread, which holds it.
        let Some(core) = (unsafe { self.core_unlocked() }) else { return };
        core.record(|record| {
            if let Some(slot) = record.add_damage() {
                slot.harm = harm;
                slot.size = block.size;
                slot.align = block.align();
                slot.birth = block.birth();
                slot.stack.clear();
                if core.capture.get() == Capture::Stacks {
                    self.capture_now(&mut slot.stack);
                }
            }
        });
    }

    /// Lets the allocator that serves tracked blocks say how to give them back.
    #[inline]
    pub(crate) fn set_home(&self, open: &Open, home: Home) {
        match self.asker() {
            // On the way of every request: no more than the store.
            Asker::Owner => self.core.home.set(Some(home)),
            Asker::Other => {
                if let Some(core) = self.core(open) {
                    core.home.set(Some(home));
                }
            }
        }
    }
}

impl Core {
    /// Returns a quarantined block to the inner allocator.
    fn give_back(&self, address: *mut u8, layout: Layout) {
        if let Some(Home { alloc, dealloc }) = self.home.get() {
            // SAFETY: `alloc` is the allocator that gave the block out with this layout, and
            // the ledger hands out each block once.
            unsafe { dealloc(alloc, address, layout) };
        }
    }
}
