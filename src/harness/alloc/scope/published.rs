//! The run that other threads can join: its [`Core`], published for them.

use std::cell::UnsafeCell;

use super::core::Core;
use crate::harness::alloc::ledger::Open;

/// A value of [`Local::joined`](super::local::Local::joined): the thread is in any run that is
/// published.
pub(super) const EVERY: u64 = u64::MAX;

/// The run that other threads can join, if there is one. There is one session at a time, so there
/// is at most one run.
static PUBLISHED: Published = Published(UnsafeCell::new(std::ptr::null()));
struct Published(UnsafeCell<*const Core>);

// SAFETY: only the two functions below use it, and their callers hold the ledger.
unsafe impl Sync for Published {}

/// Lets other threads join the calling thread's run; null ends that.
pub(super) fn publish(_open: &Open, core: *const Core) {
    // SAFETY: `_open` proves that this thread holds the ledger, so no other thread is here.
    unsafe { *PUBLISHED.0.get() = core };
}

/// The published run, if it has this number.
///
/// # Safety
/// The calling thread holds the ledger while it uses the result.
pub(super) unsafe fn published<'a>(run: u64) -> Option<&'a Core> {
    if run == 0 {
        return None;
    }
    // SAFETY: the ledger is held. The pointer is valid: it points into a thread-local of the run's
    // thread, and that thread removes it before the run ends. All fields are cells, and until then
    // every use of them holds the ledger.
    let core = unsafe { (*PUBLISHED.0.get()).as_ref() }?;
    (run == EVERY || run == core.run.get()).then_some(core)
}
