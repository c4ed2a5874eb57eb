//! Runs that branch off a run: at the requests of its choice the process forks inside the
//! allocator, and the child goes on under a plan of its own.
//!
//! The fork itself is the engine's; here is only the place for it. The thread is `Paused`
//! meanwhile, and holds no lock of the allocator's. A run that has company does not come by.

use super::core::{Forker, ProcessEnd, Turn};
use super::local::{Local, with};
use super::policy::Capture;
use super::session::Run;
use super::state::State;

impl<'a> Run<'a> {
    /// Calls `forker` at request `first`, and at those that it then names, until the run ends
    /// or it gives a plan to go on under.
    pub(crate) fn fork_from(&self, first: u64, forker: &'a mut dyn FnMut(u64) -> Turn<'a>) {
        with(|local| {
            // SAFETY: only lifetimes change. The pointer, and what it gives, are used up to the
            // end of this run, which `'a` outlives.
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
    /// Gives the engine the chance to fork.
    #[cold]
    pub(super) fn fork(&self, request: u64) {
        let core = &self.core;
        let Some(forker) = core.forker.get() else { return };
        let turn = {
            let _paused = self.enter(State::Paused);
            // SAFETY: see `Run::fork_from`; nothing else calls it, and it makes no request that
            // could come back here.
            unsafe { (*forker)(request) }
        };
        match turn {
            Turn::GoOn { next } => core.fork_at.set(next),
            Turn::Fault { plan, record, trace } => {
                core.forget_forker();
                core.process_end.set(ProcessEnd::Ends);
                // SAFETY: both records are valid for the run, and no reference to either is
                // held while the thread is in here.
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
