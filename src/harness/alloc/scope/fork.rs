//! Runs that branch off another run: at chosen requests the process forks inside the allocator, and
//! the child continues under its own plan.
//!
//! The executor makes the fork; this file only gives it the chance. The thread is `Paused` during
//! the fork, and holds no lock of the allocator. This does not happen in a run with several
//! threads.

use super::core::{Forker, ProcessEnd, Turn};
use super::local::{Local, with};
use super::policy::Capture;
use super::session::Run;
use super::state::State;

impl<'a> Run<'a> {
    /// Calls `forker` at request `first`, and then at the requests that it names, until the run
    /// ends or `forker` returns a plan.
    pub(crate) fn fork_from(&self, first: u64, forker: &'a mut dyn FnMut(u64) -> Turn<'a>) {
        with(|local| {
            // SAFETY: only lifetimes change. The pointer, and what the closure returns, are not
            // used after the end of this run, which `'a` outlives.
            let forker = unsafe {
                std::mem::transmute::<*mut (dyn FnMut(u64) -> Turn<'a> + 'a), Forker>(forker)
            };
            local.core.forker.set(Some(forker));
            local.core.fork_at.set(first);
            local.core.set_stop();
        });
    }
}

impl Local {
    /// Gives the executor the chance to fork.
    #[cold]
    pub(super) fn fork(&self, request: u64) {
        let core = &self.core;
        let Some(forker) = core.forker.get() else { return };
        let turn = {
            let _paused = self.enter(State::Paused);
            // SAFETY: see `Run::fork_from`. Nothing else calls it, and while the thread is paused
            // its requests do not come back here.
            unsafe { (*forker)(request) }
        };
        match turn {
            Turn::GoOn { next } => core.fork_at.set(next),
            Turn::Fault { plan, record, trace } => {
                core.forget_forker();
                core.process_end.set(ProcessEnd::Ends);
                // SAFETY: both records are valid for the run, and this thread holds no reference to
                // either.
                unsafe { (*record).take_over(&*core.record.get()) };
                core.record.set(record);
                core.rule.set(plan.rule);
                core.after.set(plan.after);
                if let Some(trace) = trace {
                    trace.clear();
                    core.trace.set(trace);
                    core.capture.set(Capture::Stacks);
                }
            }
        }
        core.set_stop();
    }
}
