//! Special access to the allocator's state: for the panic hook, for a new forked child, and for the
//! check whether the allocator is installed.

use std::alloc::Layout;
use std::sync::atomic::{AtomicBool, Ordering};

use super::local::{Hook, Local, with};
use super::policy::Capture;
#[cfg(unix)]
use super::policy::SpawnedThreads;
#[cfg(unix)]
use super::published::publish;
use super::session::OPEN;
#[cfg(unix)]
use super::sharing;
use super::state::State;
use crate::harness::alloc::ledger;
#[cfg(unix)]
use crate::harness::alloc::lock::Asker;
use crate::harness::alloc::record::{PanicNote, RawStack};

/// Called by the panic hook to note a panic of a run; `describe` fills in the details. Returns
/// false outside a run. In a worker's process it always returns true, because there panics of other
/// threads are ignored. Only the first panic of a run is noted.
pub(crate) fn note_panic(describe: impl FnOnce(&mut PanicNote)) -> bool {
    with(|local| {
        let is_in_run = local.is_in_run();
        if is_in_run {
            local.note_panic(describe);
        }
        is_in_run || IS_CHILD.load(Ordering::Relaxed)
    })
}

impl Local {
    fn note_panic(&self, describe: impl FnOnce(&mut PanicNote)) {
        let wants_stack = {
            let open = ledger::open(self.asker());
            self.core(&open).is_some_and(|core| core.capture.get() == Capture::Stacks)
        };
        // Before the ledger is held: tracing may take locks of the platform.
        let mut stack = RawStack::EMPTY;
        if wants_stack {
            self.capture_now(&mut stack);
        }
        let open = ledger::open(self.asker());
        let Some(core) = self.core(&open) else { return };
        core.record(|record| {
            if !record.panic.has_happened() {
                record.panic.set_happened();
                // `describe` formats into the note's own bytes, so it allocates nothing.
                describe(&mut record.panic);
                record.panic.stack = stack;
            }
        });
    }
}

/// In a forked child, which has no other threads: forgets their sessions.
#[cfg(unix)]
pub(crate) fn become_child() {
    IS_CHILD.store(true, Ordering::Relaxed);
    let mut open = ledger::open(Asker::Other);
    open.close_inherited_run();
    publish(&open, std::ptr::null());
    drop(open);
    sharing::expect(SpawnedThreads::StayOutside);
    OPEN.store(false, Ordering::Release);
}

/// Whether this process is a forked child. Then nothing may be printed: std's locks may be held by
/// threads that are gone.
static IS_CHILD: AtomicBool = AtomicBool::new(false);

/// Calls `f` from inside the allocator, at the first request that `trigger` makes. If `trigger`
/// holds locks at this point, they are held while `f` runs. Returns false if `trigger` made no
/// request.
pub(crate) fn inside_request(trigger: impl FnOnce(), f: &mut dyn FnMut()) -> bool {
    with(|local| {
        let _paused = local.enter(State::Paused);
        // SAFETY: only the lifetime changes, and the pointer is removed again below.
        let hook = unsafe { std::mem::transmute::<*mut dyn FnMut(), Hook>(f) };
        let set = SetHook::new(local, hook);
        trigger();
        set.remove().is_none()
    })
}

/// A hook is set. Removed on drop, also while `trigger` unwinds: nothing may call it afterwards.
struct SetHook<'a>(&'a Local);

impl<'a> SetHook<'a> {
    fn new(local: &'a Local, hook: Hook) -> Self {
        local.hook.set(Some(hook));
        Self(local)
    }

    /// The hook, if no request has called it.
    fn remove(&self) -> Option<Hook> {
        self.0.hook.take()
    }
}

impl Drop for SetHook<'_> {
    fn drop(&mut self) {
        self.remove();
    }
}

impl Local {
    /// Calls the hook of [`inside_request`](super::inside_request), if there is one.
    #[inline]
    pub(crate) fn call_hook(&self) {
        if let Some(hook) = self.hook.take() {
            // SAFETY: `inside_request` is still on this thread's stack and keeps the closure alive.
            // The hook was taken, so this is the only call.
            unsafe { (*hook)() };
        }
    }
}

/// Whether [`FaultAlloc`](crate::FaultAlloc) is the binary's global allocator.
///
/// The block and the function that allocates it pass through `black_box`, so that no optimiser can
/// remove them.
pub(crate) fn is_installed() -> bool {
    let probe = || {
        let layout = Layout::new::<[u64; 3]>();
        let alloc: unsafe fn(Layout) -> *mut u8 = std::hint::black_box(std::alloc::alloc);
        // SAFETY: the layout has a size.
        let block = std::hint::black_box(unsafe { alloc(layout) });
        if !block.is_null() {
            // SAFETY: the block was allocated just above with this layout.
            unsafe { std::alloc::dealloc(block, layout) };
        }
    };
    inside_request(probe, &mut || ())
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;

    #[test]
    fn a_hook_is_gone_when_its_trigger_unwinds() {
        let mut calls = 0;
        let unwound = catch_unwind(AssertUnwindSafe(|| {
            inside_request(|| std::panic::resume_unwind(Box::new(())), &mut || calls += 1)
        }));
        assert!(unwound.is_err());
        assert!(with(|local| local.hook.take().is_none()), "it dangles");
        assert_eq!(calls, 0);
    }
}
