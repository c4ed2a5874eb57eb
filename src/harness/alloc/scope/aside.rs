//! Side doors into the allocator's state: for the panic hook, for a freshly forked child, and for
//! the probe that asks whether the allocator is installed at all.

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

/// Lets the panic hook note a panic of a run: `describe` fills in what the panic says. False
/// outside of a run, unless this is a worker's process, where panics of other threads are
/// passed over. A panic that follows another in the same run is part of its story.
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
        // Before the ledger is held: tracing may take the platform's locks.
        let mut stack = RawStack::EMPTY;
        if wants_stack {
            self.capture_now(&mut stack);
        }
        let open = ledger::open(self.asker());
        let Some(core) = self.core(&open) else { return };
        core.record(|record| {
            if !record.panic.happened {
                record.panic.happened = true;
                // It formats into the note's own bytes, and so allocates nothing.
                describe(&mut record.panic);
                record.panic.stack = stack;
            }
        });
    }
}

/// In a forked child, where no other thread lives on: forgets their sessions.
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

/// Whether this process is a worker: nothing may be printed, std's locks may be lost.
static IS_CHILD: AtomicBool = AtomicBool::new(false);

/// Calls `f` from inside the allocator, at the first request that `trigger` makes; whatever
/// locks `trigger` holds then are held meanwhile. False if it never came to that.
pub(crate) fn inside_request(trigger: impl FnOnce(), f: &mut dyn FnMut()) -> bool {
    with(|local| {
        let _paused = local.enter(State::Paused);
        // SAFETY: only the lifetime changes, and the pointer is taken out again below.
        let hook = unsafe { std::mem::transmute::<*mut dyn FnMut(), Hook>(f) };
        local.hook.set(Some(hook));
        trigger();
        local.hook.take().is_none()
    })
}

impl Local {
    /// The allocator's side of [`inside_request`].
    #[inline]
    pub(crate) fn call_hook(&self) {
        if let Some(hook) = self.hook.take() {
            // SAFETY: `inside_request`, which waits for `trigger` on this thread's stack,
            // keeps it alive, and taking it makes this the only call.
            unsafe { (*hook)() };
        }
    }
}

/// Whether [`FaultAlloc`](crate::FaultAlloc) is the binary's global allocator.
///
/// The block passes through `black_box`, and so does the function that makes it, so that no
/// optimiser can know that nobody looks.
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
