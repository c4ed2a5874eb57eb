//! The run that several threads are in: its [`Core`], published for threads other than its own.

use std::cell::UnsafeCell;

use super::core::Core;
use crate::harness::alloc::ledger::Open;

/// For [`Local::joined`]: in whichever run is on.
pub(super) const EVERY: u64 = u64::MAX;

/// The run that has company, if one has. There is one session at a time, hence one run.
static PUBLISHED: Published = Published(UnsafeCell::new(std::ptr::null()));
struct Published(UnsafeCell<*const Core>);

// SAFETY: reached by the two functions below alone, whose callers hold the ledger.
unsafe impl Sync for Published {}

/// Lets other threads have a part in the calling thread's run; null: no more.
pub(super) fn publish(_open: &Open, core: *const Core) {
    // SAFETY: `_open` shows that this thread holds the ledger, and no other is here.
    unsafe { *PUBLISHED.0.get() = core };
}

/// The published run, if that is the one of this number.
///
/// # Safety
/// The calling thread holds the ledger, and goes on holding it while it uses the result.
pub(super) unsafe fn published<'a>(run: u64) -> Option<&'a Core> {
    if run == 0 {
        return None;
    }
    // SAFETY: the ledger is held. What is published lives: it is in a thread-local of the thread
    // that has the run, and that thread takes it back before the run ends. All of it is in
    // cells, and none is used without the ledger until then.
    let core = unsafe { (*PUBLISHED.0.get()).as_ref() }?;
    (run == EVERY || run == core.run.get()).then_some(core)
}
