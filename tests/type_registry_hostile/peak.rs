//! How many bytes a thread holds at most: [`peak_of`].

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// The system's allocator, which counts the bytes of each thread.
pub(crate) struct Counting;

thread_local! {
    /// What the thread holds, and the most that it held.
    static HELD: Cell<(isize, isize)> = const { Cell::new((0, 0)) };
}

/// What the closure returns, and how many bytes more than before it held at some time.
pub(crate) fn peak_of<R>(run: impl FnOnce() -> R) -> (R, usize) {
    HELD.set((0, 0));
    let returned = run();
    (returned, HELD.get().1 as usize)
}

fn count(bytes: isize) {
    let (held, peak) = HELD.get();
    HELD.set((held + bytes, peak.max(held + bytes)));
}

// SAFETY: everything is the system allocator's; counting touches a `Cell` that needs no allocation
// and no destructor.
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
        // Both are there while one is copied into the other.
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
