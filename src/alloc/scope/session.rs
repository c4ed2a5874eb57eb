//! A thread's right to make runs, [`Session`], and one run, [`Run`]: the guards that move a thread
//! through the states of the scope. Code under test never sees them.

use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::{Capture, Habits, Phase, State, with};
use crate::alloc::ledger::{self, Leftover};
use crate::alloc::lock::Asker;
use crate::alloc::record::Record;
use crate::alloc::rule::{Compiled, Rule};
use crate::alloc::trace::Trace;

/// Whether some thread of the process has a session open: runs of two threads would mix up
/// each other's ledger.
pub(super) static OPEN: AtomicBool = AtomicBool::new(false);

/// The calling thread's right to make runs, one after the other.
pub(crate) struct Session {
    _this_thread: PhantomData<*mut ()>,
}

/// Whether the calling thread has a session open: a sweep is going on around it.
pub(crate) fn is_in_session() -> bool {
    with(|local| local.owner.get())
}

impl Session {
    /// Waits while another thread of the process has a session open; `None` if this thread
    /// has one itself.
    pub(crate) fn open() -> Option<Self> {
        if with(|local| local.owner.get()) {
            return None;
        }
        while OPEN.swap(true, Ordering::Acquire) {
            std::thread::sleep(Duration::from_micros(200));
        }
        ledger::open_session();
        with(|local| local.owner.set(true));
        Some(Self { _this_thread: PhantomData })
    }

    /// Begins a run: enters `Tracked`.
    pub(crate) fn begin<'a>(&'a self, settings: Settings<'a>) -> Run<'a> {
        with(|local| {
            ledger::open(Asker::Owner).begin_run();
            local.next.set(0);
            local.hash.set(0);
            local.unarmed.set(0);
            local.tolerance.set(0);
            local.phase.set(Phase::BeforeFault);
            local.rule.set(settings.plan.rule);
            local.after.set(settings.plan.after);
            local.habits.set(settings.habits);
            local.capture.set(settings.capture);
            settings.record.clear();
            local.record.set(settings.record);
            local.trace.set(settings.trace.map_or(std::ptr::null(), std::ptr::from_ref));
            local.set_stop();
            local.state.set(State::Tracked);
        });
        Run { _session: self, _memory: PhantomData }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        with(|local| local.owner.set(false));
        ledger::close_session();
        OPEN.store(false, Ordering::Release);
    }
}

/// What a run does to requests, and where it notes them.
pub(crate) struct Settings<'a> {
    pub(crate) plan: &'a Compiled,
    pub(crate) habits: Habits,
    pub(crate) capture: Capture,
    pub(crate) record: &'a mut Record,
    pub(crate) trace: Option<&'a Trace>,
}

/// A run's extent on the calling thread, from before set-up to after the last drop.
pub(crate) struct Run<'a> {
    _session: &'a Session,
    _memory: PhantomData<(&'a mut Record, &'a Trace, &'a Compiled)>,
}

impl Run<'_> {
    /// Runs `f` armed. Ends as `f` does, also by unwinding.
    pub(crate) fn armed<R>(&self, f: impl FnOnce() -> R) -> R {
        let mark = 0_u8;
        with(|local| {
            local.entry.set(std::ptr::from_ref(&mark) as usize);
            let _armed = local.enter(State::Armed);
            scope_entry(f)
        })
    }

    /// Number of armed requests so far.
    pub(crate) fn requests(&self) -> u64 {
        with(|local| local.next.get())
    }

    /// Whether a fault has fired.
    pub(crate) fn has_faulted(&self) -> bool {
        with(|local| local.phase.get() != Phase::BeforeFault)
    }

    /// The record so far.
    pub(crate) fn peek<R>(&self, look: impl FnOnce(&Record) -> R) -> R {
        // SAFETY: see `Local::record`; nothing writes to it while `look` runs, which makes
        // no request inside the run.
        with(|local| look(unsafe { &*local.record.get() }))
    }

    /// Ends the run: completes the record and lists the blocks that live on.
    pub(crate) fn finish(self) -> Vec<Leftover> {
        with(|local| {
            local.state.set(State::Outside);
            let (requests, hash) = (local.next.get(), local.hash.get());
            let has_faulted = self.has_faulted();
            local.record(|record| {
                record.requests = requests;
                if !has_faulted {
                    record.prefix = hash;
                }
            });
            // Room beforehand: while the ledger is held, nothing may be allocated.
            let mut leftovers = Vec::with_capacity(ledger::open(Asker::Owner).live_in_run());
            ledger::open(Asker::Owner).end_run(
                &mut |harm, block| local.harm(harm, block),
                &mut |leftover| leftovers.push(leftover),
                &mut |address, layout| local.give_back(address, layout),
            );
            leftovers
        })
    }
}

impl Drop for Run<'_> {
    fn drop(&mut self) {
        with(|local| {
            local.state.set(State::Outside);
            local.record.set(std::ptr::null_mut());
            local.trace.set(std::ptr::null());
            local.rule.set(Rule::Never);
            local.forget_forker();
        });
    }
}

/// Everything up to this frame is the harness's, everything below it the code under test's.
#[inline(never)]
fn scope_entry<R>(f: impl FnOnce() -> R) -> R {
    let result = f();
    // Keeps the call from becoming a jump, which would leave no frame.
    std::hint::black_box(());
    result
}
