//! An allocator that records the return addresses in the call stack of each request.
//!
//! It is behind the harness's allocator, so it sees only requests that are not failed. It must not
//! make requests itself, which would be counted, so its table has a fixed size.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use crate::{FOLDER, Line};

pub(crate) struct Recorder;

thread_local!(static RECORDS: Cell<bool> = const { Cell::new(false) });

/// A hash set of return addresses; 0 is a free slot.
static ADDRESSES: [AtomicUsize; 1 << 16] = [const { AtomicUsize::new(0) }; 1 << 16];

fn note() {
    if !RECORDS.replace(false) {
        return;
    }
    backtrace::trace(|frame| {
        let address = frame.ip().addr();
        let mut place = address.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 48;
        loop {
            match ADDRESSES[place].compare_exchange(0, address, Relaxed, Relaxed) {
                Ok(_) => break,
                Err(other) if other == address => break,
                Err(_) => place = (place + 1) % ADDRESSES.len(),
            }
        }
        true
    });
    RECORDS.set(true);
}

// SAFETY: forwards everything to the system's allocator.
unsafe impl GlobalAlloc for Recorder {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note();
        // SAFETY: the caller's contract is the same; here and below.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        note();
        // SAFETY: see `alloc`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note();
        // SAFETY: see `alloc`.
        unsafe { System.realloc(block, layout, size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: see `alloc`.
        unsafe { System.dealloc(block, layout) }
    }
}

/// Records the requests that `f` makes on this thread.
pub(crate) fn record<R>(f: impl FnOnce() -> R) -> R {
    RECORDS.set(true);
    let result = f();
    RECORDS.set(false);
    result
}

/// The lines of the collections' sources in the call stacks recorded so far.
pub(crate) fn lines() -> BTreeSet<Line> {
    let mut lines = BTreeSet::new();
    let addresses = ADDRESSES.iter().map(|address| address.load(Relaxed));
    for address in addresses.filter(|address| *address != 0) {
        backtrace::resolve(std::ptr::without_provenance_mut(address), |symbol| {
            let Some((path, line)) = symbol.filename().zip(symbol.lineno()) else { return };
            let path = path.to_string_lossy();
            if let Some((_, file)) = path.split_once(FOLDER) {
                lines.insert((file.to_owned(), line));
            }
        });
    }
    lines
}
