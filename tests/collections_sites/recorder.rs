//! Where requests come from: an allocator that notes the return addresses of their call stacks.
//!
//! It stands behind the harness's, where a request arrives that has not been failed. It must not
//! request memory itself, which would be counted: hence a table of fixed size.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use crate::{FOLDER, Line};

pub(crate) struct Recorder;

thread_local!(static RECORDS: Cell<bool> = const { Cell::new(false) });

/// Return addresses, each once, at a place that its hash leads to; 0 is a free place.
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

// SAFETY: passes everything on to the system's allocator.
unsafe impl GlobalAlloc for Recorder {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note();
        // SAFETY: the caller's own contract, passed on; here and below.
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

/// Notes the requests that `f` makes on this thread.
pub(crate) fn record<R>(f: impl FnOnce() -> R) -> R {
    RECORDS.set(true);
    let result = f();
    RECORDS.set(false);
    result
}

/// The lines of the collections' sources that requests noted so far came through.
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
