//! The state of a run that all its threads share: [`Core`].
//!
//! While the run has one thread, that thread reads and writes it freely. Once other threads can
//! join ([`published`](super::published)), every access holds the ledger. It takes no lock,
//! captures no stack and allocates nothing itself.

use std::alloc::Layout;
use std::cell::Cell;

use super::policy::{AllocPolicy, Capture, FIRST_FAULTS, Moves, Shrinks, SpawnedThreads};
use super::state::{Answer, Home, State};
use crate::harness::alloc::record::{RawStack, Record, Tolerance};
use crate::harness::alloc::request::{Birth, Operation, Request};
use crate::harness::alloc::rule::{Compiled, Rule};
use crate::harness::alloc::trace::Trace;
use crate::harness::plan::AfterFault;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    BeforeFault,
    /// The number of requests that `fail-next` still fails.
    AfterFault(u64),
}

/// How a thread continues after a possible fork.
pub(crate) enum Turn<'a> {
    /// As before, until request `next`.
    GoOn { next: u64 },
    /// Under this plan, which may fail the current request. The allocator writes to the other
    /// record. If there is a trace, it records the later requests with their stacks.
    Fault { plan: &'a Compiled, record: *mut Record, trace: Option<&'a Trace> },
}

/// What happens to a process after its current run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ProcessEnd {
    GoesOn,
    /// It branched off and ends soon: it frees no memory, so that the kernel copies no pages.
    Ends,
}

/// The closure that decides on a fork.
pub(super) type Forker = *mut (dyn FnMut(u64) -> Turn<'static> + 'static);

/// The state of a run. It is in the [`Local`](super::local::Local) of the thread that has the
/// session.
pub(crate) struct Core {
    /// The run's number in the process, counted from 1.
    pub(super) run: Cell<u64>,
    /// The state of the run's threads that are not paused: `Outside`, `Paused`, `Tracked` or
    /// `Armed`.
    pub(super) extent: Cell<State>,
    /// Number of the next armed request.
    pub(super) next: Cell<u64>,
    /// Requests below this number need no decision.
    pub(super) stop: Cell<u64>,
    /// Running hash of the armed requests.
    pub(super) hash: Cell<u64>,
    pub(super) unarmed: Cell<u32>,
    pub(super) phase: Cell<Phase>,
    pub(super) rule: Cell<Rule>,
    pub(super) after: Cell<AfterFault>,
    pub(super) policy: Cell<AllocPolicy>,
    pub(super) capture: Cell<Capture>,
    pub(super) record: Cell<*mut Record>,
    pub(super) trace: Cell<*const Trace>,
    /// The request at which the thread calls `forker`; see [`fork`](super::fork).
    pub(super) fork_at: Cell<u64>,
    /// Whether the next armed request is to be noted: it follows the first fault.
    pub(super) awaits_next: Cell<bool>,
    pub(super) forker: Cell<Option<Forker>>,
    /// Whether the process continues after the run.
    pub(super) process_end: Cell<ProcessEnd>,
    /// How to give quarantined blocks back without the ledger: the allocator that serves tracked
    /// blocks, and its function for that.
    pub(super) home: Cell<Option<Home>>,
}

const UNBOUNDED: AllocPolicy = AllocPolicy {
    ceiling: usize::MAX,
    moves: Moves::AsItComes,
    shrinks: Shrinks::Count,
    spawned: SpawnedThreads::StayOutside,
};

/// What a decision needs to know about the thread that makes the request.
pub(super) trait Caller {
    /// Whether the thread is in a tolerated region.
    fn tolerance(&self) -> Tolerance;
    /// Total size in bytes of the live blocks that armed requests allocated.
    fn armed_bytes(&self) -> usize;
    /// Captures the request's call stack. Called only if the run needs it.
    fn stack_into(&self, stack: &mut RawStack);
    /// Called when the request fails.
    fn faulted(&self);
}

impl Core {
    pub(super) const fn new() -> Self {
        Self {
            run: Cell::new(0),
            extent: Cell::new(State::Outside),
            next: Cell::new(0),
            stop: Cell::new(u64::MAX),
            hash: Cell::new(0),
            unarmed: Cell::new(0),
            phase: Cell::new(Phase::BeforeFault),
            rule: Cell::new(Rule::Never),
            after: Cell::new(AfterFault::Succeed),
            policy: Cell::new(UNBOUNDED),
            capture: Cell::new(Capture::Nothing),
            record: Cell::new(std::ptr::null_mut()),
            trace: Cell::new(std::ptr::null()),
            fork_at: Cell::new(u64::MAX),
            awaits_next: Cell::new(false),
            forker: Cell::new(None),
            process_end: Cell::new(ProcessEnd::GoesOn),
            home: Cell::new(None),
        }
    }

    #[inline]
    pub(super) fn is_ignored(&self, operation: Operation, old_size: usize, size: usize) -> bool {
        operation == Operation::Realloc
            && size < old_size
            && self.policy.get().shrinks == Shrinks::Ignore
    }

    #[inline(never)]
    pub(super) fn answer_tracked(&self, size: usize) -> Answer {
        if size > self.policy.get().ceiling {
            self.record(Record::add_shortage);
            return Answer::Refuse;
        }
        let number = self.unarmed.get();
        self.unarmed.set(number.saturating_add(1));
        Answer::Track(Birth::Unarmed(number))
    }

    /// Serves an armed request of a thread that panics: a null would abort the process. Notes it if
    /// the plan leaves no memory, because without the harness it would abort.
    #[cold]
    pub(super) fn let_panic_through(&self, size: usize) -> Answer {
        if self.phase.get() != Phase::BeforeFault && self.after.get() == AfterFault::FailAll {
            self.record(|record| record.panic_needed = record.panic_needed.max(size));
        }
        Answer::Pass
    }

    /// Decides on an armed request that already has its number.
    #[cold]
    pub(super) fn answer_slowly(&self, request: &Request, caller: &impl Caller) -> Answer {
        self.trace(request, caller);
        let prefix = self.hash.get();
        self.hash.set(request.fold(prefix));
        // The ceiling comes first: a request that fault-free runs refuse too is not a fault.
        if request.size > self.policy.get().ceiling {
            self.record(Record::add_shortage);
            return Answer::Refuse;
        }
        let awaits_next = self.awaits_next.replace(false);
        if self.hits(request, caller) {
            self.fault(request, prefix, caller);
            return Answer::Refuse;
        }
        if awaits_next {
            self.record(|record| caller.stack_into(record.note_next(*request)));
            self.set_stop();
        }
        Answer::Track(Birth::Armed(request.number as u32))
    }

    /// Returns whether the plan fails the request.
    fn hits(&self, request: &Request, caller: &impl Caller) -> bool {
        let by_rule = || {
            let rule = self.rule.get();
            let live = match rule {
                Rule::Budget(_) => caller.armed_bytes(),
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
                self.record(|record| record.add_forbidden(request));
                false
            }
        }
    }

    fn fault(&self, request: &Request, prefix: u64, caller: &impl Caller) {
        let tolerance = caller.tolerance();
        let is_first = self.phase.get() == Phase::BeforeFault;
        let wants_stack = |faults| match self.capture.get() {
            Capture::Nothing => false,
            Capture::FirstFaults => faults < FIRST_FAULTS,
            Capture::Stacks => true,
        };
        self.record(|record| {
            let faults = record.refused;
            if is_first {
                record.prefix = prefix;
            }
            if let Some(stack) = record.add_fault(*request, tolerance)
                && wants_stack(faults)
            {
                caller.stack_into(stack);
            }
        });
        caller.faulted();
        if is_first {
            self.awaits_next.set(self.capture.get() == Capture::Stacks);
            self.phase.set(Phase::AfterFault(match self.after.get() {
                AfterFault::FailNext(owed) => owed,
                _ => 0,
            }));
        }
        self.set_stop();
        oom_sweep_fault(request.number, request.size);
    }

    /// Sets the request from which on each request needs a decision.
    pub(super) fn set_stop(&self) {
        let next = self.next.get();
        let by_plan = match (self.phase.get(), self.after.get()) {
            (Phase::BeforeFault, _) | (_, AfterFault::Succeed) => self.rule.get().next_stop(next),
            _ => next,
        };
        let by_plan = by_plan.min(self.fork_at.get());
        let is_due_now = !self.trace.get().is_null() || self.awaits_next.get();
        self.stop.set(if is_due_now { next } else { by_plan });
    }

    fn trace(&self, request: &Request, caller: &impl Caller) {
        // SAFETY: `Session::begin` made the pointer from a reference that outlives the run. The
        // drop of the run clears it.
        let Some(trace) = (unsafe { self.trace.get().as_ref() }) else { return };
        if self.capture.get() != Capture::Stacks {
            return trace.push(*request, None);
        }
        let mut stack = RawStack::EMPTY;
        caller.stack_into(&mut stack);
        trace.push(*request, Some(&stack));
    }

    /// Returns whether the call stack of the next armed request may be needed.
    pub(super) fn wants_next_stack(&self) -> bool {
        self.capture.get() != Capture::Nothing && self.next.get() >= self.stop.get()
    }

    pub(super) fn forget_forker(&self) {
        self.forker.set(None);
        self.fork_at.set(u64::MAX);
    }

    /// Returns a quarantined block to the inner allocator.
    pub(super) fn give_back(&self, address: *mut u8, layout: Layout) {
        if let Some(Home { alloc, dealloc }) = self.home.get() {
            // SAFETY: `alloc` is the allocator that allocated the block with this layout, and the
            // ledger gives each block back once.
            unsafe { dealloc(alloc, address, layout) };
        }
    }

    pub(super) fn is_on(&self) -> bool {
        !self.record.get().is_null()
    }

    pub(super) fn record(&self, note: impl FnOnce(&mut Record)) {
        // SAFETY: `Session::begin` made the pointer from a unique reference that outlives the run.
        // The drop of the run clears it. There is one call at a time: the run has one thread, or
        // the caller holds the ledger.
        if let Some(record) = unsafe { self.record.get().as_mut() } {
            note(record);
        }
    }
}

/// Called at each fault with the request's number and size. Set a debugger's break point here
/// (`break oom_sweep_fault`).
#[unsafe(no_mangle)]
#[inline(never)]
pub extern "C" fn oom_sweep_fault(request: u64, size: usize) {
    std::hint::black_box((request, size));
}
