//! What a value holds on the heap: an allocator that counts when it is asked to.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicIsize, Ordering::Relaxed};

struct Counting;

#[global_allocator]
static ALLOC: Counting = Counting;

static COUNTS: AtomicBool = AtomicBool::new(false);
static HELD: AtomicIsize = AtomicIsize::new(0);

fn count(bytes: isize) {
    if COUNTS.load(Relaxed) {
        HELD.fetch_add(bytes, Relaxed);
    }
}

// SAFETY: passes everything on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller's own contract, passed on; here and below.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: see `alloc`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size as isize - layout.size() as isize);
        // SAFETY: see `alloc`.
        unsafe { System.realloc(block, layout, size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: see `alloc`.
        unsafe { System.dealloc(block, layout) }
    }
}

/// The bytes requested and not given back by the making of a value.
pub(crate) fn held<T>(make: impl FnOnce() -> T) -> usize {
    HELD.store(0, Relaxed);
    COUNTS.store(true, Relaxed);
    let value = make();
    COUNTS.store(false, Relaxed);
    drop(value);
    HELD.load(Relaxed).unsigned_abs()
}

/// A line with the bytes that `count` elements take in ours and in the reference.
pub(crate) fn row(name: &str, count: usize, ours: usize, reference: usize) {
    let each = |bytes: usize| format!("{:.1} B", bytes as f64 / count as f64);
    let ratio = ours as f64 / reference as f64;
    println!("{name:<66} {:>11} {:>11} {ratio:>7.2}", each(ours), each(reference));
}
