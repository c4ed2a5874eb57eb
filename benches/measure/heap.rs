//! Measures what a value holds on the heap, with an allocator that counts on demand.
//!
//! A program that includes this file uses this allocator. It counts the requests of all threads.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicIsize, Ordering::Relaxed};

struct Counting;

#[global_allocator]
static ALLOC: Counting = Counting;

static COUNTS: AtomicBool = AtomicBool::new(false);
static REQUESTS: AtomicIsize = AtomicIsize::new(0);
static BLOCKS: AtomicIsize = AtomicIsize::new(0);
static BYTES: AtomicIsize = AtomicIsize::new(0);

fn count(requests: isize, blocks: isize, bytes: isize) {
    if COUNTS.load(Relaxed) {
        REQUESTS.fetch_add(requests, Relaxed);
        BLOCKS.fetch_add(blocks, Relaxed);
        BYTES.fetch_add(bytes, Relaxed);
    }
}

// SAFETY: forwards everything to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(1, 1, layout.size() as isize);
        // SAFETY: the caller's contract is the same; here and below.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(1, 1, layout.size() as isize);
        // SAFETY: see `alloc`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(1, 0, size as isize - layout.size() as isize);
        // SAFETY: see `alloc`.
        unsafe { System.realloc(block, layout, size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        count(0, -1, -(layout.size() as isize));
        // SAFETY: see `alloc`.
        unsafe { System.dealloc(block, layout) }
    }
}

/// The heap memory that making a value uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Heap {
    /// The number of requests.
    pub(crate) requests: isize,
    /// The number of blocks that were not freed.
    pub(crate) blocks: isize,
    /// The total size of these blocks, in bytes.
    pub(crate) bytes: isize,
}

/// Makes a value and returns it with the heap memory used, including that of the value.
pub(crate) fn counted<T>(make: impl FnOnce() -> T) -> (T, Heap) {
    let totals = [&REQUESTS, &BLOCKS, &BYTES];
    totals.iter().for_each(|total| total.store(0, Relaxed));
    COUNTS.store(true, Relaxed);
    let value = make();
    COUNTS.store(false, Relaxed);
    let [requests, blocks, bytes] = totals.map(|total| total.load(Relaxed));
    (value, Heap { requests, blocks, bytes })
}
