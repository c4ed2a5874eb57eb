//! The allocator's state for a thread, [`Local`], and how it decides on the thread's requests.
//!
//! It is a `const` thread-local without a destructor: it can be read while a thread starts and
//! after its other thread-locals are gone.

use std::cell::Cell;
use std::ops::Range;

use super::core::{Caller, Core};
use super::policy::{Capture, Moves};
use super::published::published;
use super::state::{Answer, Home, State};
use crate::harness::alloc::entries::{Generation, Quarantine};
use crate::harness::alloc::ledger::{self, Open};
use crate::harness::alloc::lock::Asker;
use crate::harness::alloc::record::{Harm, RawStack, Record, Tolerance};
use crate::harness::alloc::request::{Birth, Operation, Request};
use crate::harness::alloc::stack;
use crate::harness::alloc::table::Block;

/// The closure that [`inside_request`](super::inside_request) passes to the allocator.
pub(super) type Hook = *mut (dyn FnMut() + 'static);

/// The allocator's state for a thread.
pub(crate) struct Local {
    pub(super) state: Cell<State>,
    /// Whether this thread has the open session, in a run or between runs.
    pub(super) owner: Cell<bool>,
    /// The number of the shared run that this thread is in: 0 for none,
    /// [`EVERY`](super::published::EVERY) for any.
    pub(super) joined: Cell<u64>,
    pub(super) tolerance: Cell<u32>,
    /// Number of faults in tolerated regions of this thread.
    pub(super) tolerated: Cell<u64>,
    /// Stack pointer at the entry to the scope: captured stacks end there.
    pub(super) entry: Cell<usize>,
    /// Called at the next request that passes; see [`inside_request`](super::inside_request).
    pub(super) hook: Cell<Option<Hook>>,
    /// The run, if this thread has the session.
    pub(super) core: Core,
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

/// Calls `f` with the thread's state.
#[inline]
pub(crate) fn with<R>(f: impl FnOnce(&Local) -> R) -> R {
    LOCAL.with(f)
}

impl Local {
    #[inline]
    pub(crate) fn is_outside(&self) -> bool {
        // `Paused` and `New` must go through `answer`, which treats them almost like `Outside`.
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
            State::Tracked if std::thread::panicking() => Answer::Pass,
            State::Armed if std::thread::panicking() => core.let_panic_through(size),
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

    pub(super) fn capture_now(&self, stack: &mut RawStack) {
        let _paused = self.enter(State::Paused);
        stack::capture(stack, self.entry.get());
    }

    /// The state to set where a run of one thread would set `state`.
    pub(super) fn settle(&self, state: State) -> State {
        match state {
            State::Tracked | State::Armed | State::Joined if self.joined.get() != 0 => {
                State::Joined
            }
            // The run has ended in the meantime.
            State::Joined => State::Outside,
            state => state,
        }
    }

    pub(super) fn enter(&self, state: State) -> Entered<'_> {
        let back = self.state.replace(self.settle(state));
        Entered { local: self, back }
    }
}

/// A request of a run that has one thread. It takes the ledger itself.
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
pub(super) struct Entered<'a> {
    local: &'a Local,
    back: State,
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        // In the meantime the run may have been shared, or may have ended.
        self.local.state.set(self.local.settle(self.back));
    }
}

impl Local {
    pub(super) fn tolerance(&self) -> Tolerance {
        if self.tolerance.get() > 0 { Tolerance::Inside } else { Tolerance::Outside }
    }

    pub(super) fn count_tolerated(&self) {
        if self.tolerance() == Tolerance::Inside {
            self.tolerated.set(self.tolerated.get() + 1);
        }
    }

    /// The run that this thread is in. `_open` proves that no other thread uses it.
    #[inline]
    pub(super) fn core<'a>(&'a self, _open: &'a Open) -> Option<&'a Core> {
        // SAFETY: this thread holds the ledger while the result lives.
        unsafe { self.core_unlocked() }
    }

    /// # Safety
    /// The calling thread holds the ledger while it uses the result.
    #[inline]
    pub(super) unsafe fn core_unlocked(&self) -> Option<&Core> {
        match self.asker() {
            Asker::Owner => Some(&self.core).filter(|core| core.is_on()),
            // SAFETY: passed on.
            Asker::Other => unsafe { published(self.joined.get()) },
        }
    }

    /// Whether blocks that this thread frees go into quarantine.
    #[inline]
    pub(crate) fn quarantine(&self, open: &Open) -> Quarantine {
        match self.core(open) {
            Some(_) => Quarantine::Hold,
            None => Quarantine::None,
        }
    }

    /// The generation of a block that this thread is about to enter.
    #[inline]
    pub(crate) fn generation(&self, open: &Open) -> Generation {
        match self.asker() {
            Asker::Owner => Generation::Run,
            // Its run may have ended since the decision to track the block.
            Asker::Other if self.core(open).is_some() => Generation::Run,
            Asker::Other => Generation::Before,
        }
    }

    pub(crate) fn moves(&self) -> Moves {
        match self.asker() {
            // Nothing writes this during a run.
            Asker::Owner => self.core.policy.get().moves,
            Asker::Other => {
                let open = ledger::open(Asker::Other);
                self.core(&open).map_or(Moves::AsItComes, |core| core.policy.get().moves)
            }
        }
    }

    /// Notes that the system has no memory for a request of this thread.
    #[cold]
    pub(crate) fn note_shortage(&self) {
        let open = ledger::open(self.asker());
        if let Some(core) = self.core(&open) {
            core.record(Record::add_shortage);
        }
    }

    /// Notes a harm to a tracked block, if the thread is in a run. Returns its number. The caller
    /// holds the ledger, so the stack comes later: see [`note_harm_stack`](Self::note_harm_stack).
    pub(crate) fn harm(&self, harm: Harm, block: &Block) -> Option<u64> {
        // SAFETY: the ledger calls this for the current thread, which holds it.
        let core = unsafe { self.core_unlocked() }?;
        let mut number = None;
        core.record(|record| {
            number = Some(record.add_damage(harm, block.size, block.align(), block.birth()));
        });
        number
    }

    /// Captures the stack of the harms with these numbers. The caller does not hold the ledger:
    /// tracing may take locks of the platform, and other threads may allocate while they hold these.
    #[cold]
    pub(crate) fn note_harm_stack(&self, numbers: Range<u64>) {
        let wants_stack = {
            let open = ledger::open(self.asker());
            self.core(&open).is_some_and(|core| core.capture.get() == Capture::Stacks)
        };
        if !wants_stack {
            return;
        }
        let mut stack = RawStack::EMPTY;
        self.capture_now(&mut stack);
        let open = ledger::open(self.asker());
        if let Some(core) = self.core(&open) {
            core.record(|record| record.set_damage_stack(numbers, &stack));
        }
    }

    /// Stores how the allocator gives tracked blocks back.
    #[inline]
    pub(crate) fn set_home(&self, open: &Open, home: Home) {
        match self.asker() {
            // Every request comes here: only a store.
            Asker::Owner => self.core.home.set(Some(home)),
            Asker::Other => {
                if let Some(core) = self.core(open) {
                    core.home.set(Some(home));
                }
            }
        }
    }
}

/// The border between the harness and the code under test: this frame and those outside it belong
/// to the harness.
#[inline(never)]
pub(super) fn scope_entry<R>(f: impl FnOnce() -> R) -> R {
    let result = f();
    // Keeps the compiler from making this a tail call, which would leave no frame.
    std::hint::black_box(());
    result
}
