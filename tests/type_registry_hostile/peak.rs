//! [`peak_of`]: the most bytes that a thread holds at one time.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// An allocator that forwards to the system's and counts the bytes of each thread.
pub(crate) struct Counting;

thread_local! {
    /// The bytes that the thread holds, and the most that it has held.
    static HELD: Cell<(isize, isize)> = const { Cell::new((0, 0)) };
}

/// Runs the closure. Returns its result and the peak of the bytes held in addition to those before.
pub(crate) fn peak_of<R>(run: impl FnOnce() -> R) -> (R, usize) {
    HELD.set((0, 0));
    let returned = run();
    (returned, HELD.get().1 as usize)
}

fn count(bytes: isize) {
    let (held, peak) = HELD.get();
    HELD.set((held + bytes, peak.max(held + bytes)));
}

// SAFETY: everything is forwarded to the system allocator. Counting uses a `Cell` that needs no
// allocation and no destructor.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: by the caller.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: by the caller.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // Both blocks exist while the content is copied.
        count(size as isize);
        count(-(layout.size() as isize));
        // SAFETY: by the caller.
        unsafe { System.realloc(block, layout, size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: by the caller.
        unsafe { System.dealloc(block, layout) }
    }
}
