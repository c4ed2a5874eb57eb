//! [`Session`], a thread's right to make runs, and [`Run`], one run. These guards move a thread
//! through the states of the scope. Code under test never sees them.

use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use super::core::{Core, Phase, ProcessEnd};
use super::local::{Local, scope_entry, with};
use super::policy::{AllocPolicy, Capture, SpawnedThreads};
use super::published::publish;
use super::sharing;
use super::state::State;
use crate::harness::alloc::entries::Leftover;
use crate::harness::alloc::ledger;
use crate::harness::alloc::lock::Asker;
use crate::harness::alloc::record::Record;
use crate::harness::alloc::rule::{Compiled, Rule};
use crate::harness::alloc::trace::Trace;

/// Whether a thread of the process has a session open. Two threads with runs would mix up the
/// ledger.
pub(super) static OPEN: AtomicBool = AtomicBool::new(false);

/// Number of runs that this process, and the processes that it was forked from, have begun.
static RUNS: AtomicU64 = AtomicU64::new(0);

/// The calling thread's right to make runs, one after the other.
pub(crate) struct Session {
    _this_thread: PhantomData<*mut ()>,
}

/// Returns whether the calling thread is inside a sweep: it has a session open, or has joined the
/// run of a thread that has.
pub(crate) fn is_in_session() -> bool {
    with(|local| local.owner.get() || local.joined.get() != 0)
}

impl Session {
    /// Waits while another thread of the process has a session open. Returns `None` if this thread
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

    /// Begins a run, in the state `Tracked`.
    pub(crate) fn begin<'a>(&'a self, settings: Settings<'a>) -> Run<'a> {
        with(|local| {
            ledger::open(Asker::Owner).begin_run();
            // No other thread can see the core: the last run unpublished it.
            let core = &local.core;
            core.run.set(RUNS.fetch_add(1, Ordering::Relaxed) + 1);
            core.extent.set(State::Tracked);
            core.next.set(0);
            core.hash.set(0);
            core.unarmed.set(0);
            core.phase.set(Phase::BeforeFault);
            core.awaits_next.set(false);
            core.rule.set(settings.plan.rule);
            core.after.set(settings.plan.after);
            core.policy.set(settings.policy);
            core.capture.set(settings.capture);
            settings.record.clear();
            core.record.set(settings.record);
            core.trace.set(settings.trace.map_or(std::ptr::null(), std::ptr::from_ref));
            core.process_end.set(ProcessEnd::GoesOn);
            core.set_stop();
            local.tolerance.set(0);
            local.state.set(State::Tracked);
            if settings.policy.spawned == SpawnedThreads::Join {
                sharing::expect(SpawnedThreads::Join);
                local.share_own();
            }
        });
        Run { _session: self, _memory: PhantomData }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        sharing::expect(SpawnedThreads::StayOutside);
        with(|local| local.owner.set(false));
        ledger::close_session();
        OPEN.store(false, Ordering::Release);
    }
}

/// What a run does to requests, and where it notes them.
pub(crate) struct Settings<'a> {
    pub(crate) plan: &'a Compiled,
    pub(crate) policy: AllocPolicy,
    pub(crate) capture: Capture,
    pub(crate) record: &'a mut Record,
    pub(crate) trace: Option<&'a Trace>,
}

/// A run on the calling thread, from before the set-up to after the last drop.
pub(crate) struct Run<'a> {
    _session: &'a Session,
    _memory: PhantomData<(&'a mut Record, &'a Trace, &'a Compiled)>,
}

impl Run<'_> {
    /// Runs `f` armed. The state is restored when `f` returns or unwinds.
    pub(crate) fn armed<R>(&self, f: impl FnOnce() -> R) -> R {
        let mark = 0_u8;
        with(|local| {
            local.entry.set(std::ptr::from_ref(&mark) as usize);
            local.within(State::Armed, || scope_entry(f))
        })
    }

    /// Runs `f` with all threads of the run paused. `f` is code of the harness, or the user's
    /// checks.
    pub(crate) fn paused<R>(&self, f: impl FnOnce() -> R) -> R {
        with(|local| local.within(State::Paused, f))
    }

    /// Number of armed requests so far.
    pub(crate) fn requests(&self) -> u64 {
        self.core(|core| core.next.get())
    }

    /// Whether there has been a fault.
    pub(crate) fn has_faulted(&self) -> bool {
        self.core(|core| core.phase.get() != Phase::BeforeFault)
    }

    /// Ends the wait for the request after the first fault: what follows is another step's.
    pub(crate) fn forget_next(&self) {
        self.core(|core| {
            if core.awaits_next.replace(false) {
                core.set_stop();
            }
        });
    }

    /// Reads the record so far. `look` must not allocate or free.
    pub(crate) fn peek<R: Copy>(&self, look: impl FnOnce(&Record) -> R) -> R {
        // SAFETY: see `Core::record`; nothing writes to it while `look` runs, which makes
        // no request.
        self.core(|core| look(unsafe { &*core.record.get() }))
    }

    /// Calls `f` with the run's state, and holds the ledger: other threads may have joined.
    fn core<R>(&self, f: impl FnOnce(&Core) -> R) -> R {
        with(|local| {
            let _open = ledger::open(Asker::Owner);
            f(&local.core)
        })
    }

    /// Ends the run: completes the record and returns the blocks that are still allocated.
    pub(crate) fn finish(self) -> Vec<Leftover> {
        with(|local| {
            let core = &local.core;
            local.end_sharing();
            let has_faulted = core.phase.get() != Phase::BeforeFault;
            core.record(|record| {
                record.requests = core.next.get();
                if !has_faulted {
                    record.prefix = core.hash.get();
                }
            });
            // Reserve first: nothing may allocate while the ledger is held.
            let mut leftovers = Vec::with_capacity(ledger::open(Asker::Owner).live_in_run());
            ledger::open(Asker::Owner).end_run(
                // No stack: where a run ends does not tell who did the harm.
                &mut |harm, block| {
                    local.harm(harm, block);
                },
                // If other threads still allocate, the last blocks may not fit.
                &mut |leftover| {
                    if leftovers.len() < leftovers.capacity() {
                        leftovers.push(leftover);
                    }
                },
                &mut |address, layout| match core.process_end.get() {
                    ProcessEnd::GoesOn => core.give_back(address, layout),
                    ProcessEnd::Ends => {}
                },
            );
            leftovers
        })
    }
}

impl Drop for Run<'_> {
    fn drop(&mut self) {
        with(|local| {
            local.end_sharing();
            local.core.record.set(std::ptr::null_mut());
            local.core.trace.set(std::ptr::null());
            local.core.rule.set(Rule::Never);
            local.core.forget_forker();
        });
    }
}

impl Local {
    /// Takes this thread out of its run, and ends the sharing. When this returns, the other threads
    /// are out of the run.
    fn end_sharing(&self) {
        self.state.set(State::Outside);
        if self.joined.replace(0) != 0 {
            publish(&ledger::open(Asker::Owner), std::ptr::null());
        }
        self.core.extent.set(State::Outside);
    }

    /// Runs `f` while the run has this state.
    fn within<R>(&self, extent: State, f: impl FnOnce() -> R) -> R {
        struct Leave<'a>(&'a Local, State);
        impl Drop for Leave<'_> {
            fn drop(&mut self) {
                let Self(local, back) = self;
                local.set_extent(*back);
            }
        }
        let _leave = Leave(self, self.set_extent(extent));
        let _entered = self.enter(extent);
        f()
    }

    fn set_extent(&self, extent: State) -> State {
        let _open = ledger::open(Asker::Owner);
        self.core.extent.replace(extent)
    }
}
