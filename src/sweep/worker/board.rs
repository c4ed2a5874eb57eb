//! The memory that a worker and its parent share: [`Board`]. Its child writes, the parent reads.

use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use crate::alloc::{Leftover, Record};
use crate::sys::{CrashNote, Mapping};

/// Bytes for what a child says at its end.
const POST: usize = 4 << 20;
const MAX_RETAINED: usize = 64;

#[repr(C)]
pub(super) struct Board {
    /// Rises with every run that begins: a child whose beat stands still hangs.
    beat: AtomicU64,
    /// Index of the order that is running.
    current: AtomicUsize,
    /// Runs with a tolerated fault, over all children.
    tolerated: AtomicU64,
    retained: AtomicUsize,
    post_len: AtomicUsize,
    /// Whether the child has come to its end; its exit code could be the code's under test.
    is_done: AtomicBool,
    pub(super) crash: CrashNote,
    retained_by: UnsafeCell<[(usize, Leftover); MAX_RETAINED]>,
    record: UnsafeCell<Record>,
    post: UnsafeCell<[u8; POST]>,
}

/// No order is running: the child warms up.
pub(super) const WARMING_UP: usize = usize::MAX;

/// A board in shared pages.
pub(super) struct SharedBoard {
    pages: Mapping,
}

impl SharedBoard {
    pub(super) fn new() -> Option<Self> {
        let pages = Mapping::shared(size_of::<Board>())?;
        let board = Self { pages };
        // SAFETY: the pages are that large, and nobody else has them yet. The rest of a board
        // is valid when zero; a record is written so as not to lean on that.
        unsafe { board.get().record.get().write(Record::EMPTY) };
        Some(board)
    }

    pub(super) fn get(&self) -> &Board {
        // SAFETY: the pages are large enough and aligned; `Board` is made of atomics, for
        // which zero is valid, and of cells that are reached through raw pointers.
        unsafe { &*self.pages.start().cast::<Board>() }
    }
}

impl Board {
    /// The record that the running child's allocator writes.
    ///
    /// # Safety
    /// Only the child may call this while it lives, and only the parent when it is gone.
    #[expect(clippy::mut_from_ref, reason = "shared memory; see the safety section")]
    pub(super) unsafe fn record(&self) -> &mut Record {
        // SAFETY: see above.
        unsafe { &mut *self.record.get() }
    }

    pub(super) fn begin(&self, order: usize) {
        self.current.store(order, Ordering::Release);
        self.beat.store(self.beat.load(Ordering::Relaxed) + 1, Ordering::Release);
        self.crash.clear();
    }

    /// A child is about to begin, or to end of its own accord.
    pub(super) fn set_done(&self, is_done: bool) {
        self.is_done.store(is_done, Ordering::Release);
    }

    pub(super) fn is_done(&self) -> bool {
        self.is_done.load(Ordering::Acquire)
    }

    pub(super) fn beat(&self) -> u64 {
        self.beat.load(Ordering::Acquire)
    }

    pub(super) fn current(&self) -> usize {
        self.current.load(Ordering::Acquire)
    }

    pub(super) fn add_tolerated(&self) {
        self.tolerated.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn tolerated(&self) -> u64 {
        self.tolerated.load(Ordering::Relaxed)
    }

    /// Notes blocks that were left once, but not again; those beyond the first few are not kept.
    pub(super) fn add_retained(&self, order: usize, blocks: &[Leftover]) {
        for block in blocks {
            let len = self.retained.load(Ordering::Relaxed);
            if len < MAX_RETAINED {
                // SAFETY: the slot is in the array, and only the one child writes.
                unsafe {
                    let slots = self.retained_by.get().cast::<(usize, Leftover)>();
                    slots.add(len).write((order, *block));
                }
                self.retained.store(len + 1, Ordering::Release);
            }
        }
    }

    /// Takes those notes away.
    pub(super) fn take_retained(&self) -> Vec<(usize, Leftover)> {
        let len = self.retained.swap(0, Ordering::AcqRel).min(MAX_RETAINED);
        let slots = self.retained_by.get().cast::<(usize, Leftover)>();
        // SAFETY: the child wrote these slots before it raised the length; it is gone.
        (0..len).map(|index| unsafe { slots.add(index).read() }).collect()
    }

    /// Leaves a message for the parent; false if it is too long.
    pub(super) fn post(&self, message: &[u8]) -> bool {
        if message.len() > POST {
            return false;
        }
        // SAFETY: the message fits, and only the one child writes.
        unsafe {
            let post = self.post.get().cast::<u8>();
            post.copy_from_nonoverlapping(message.as_ptr(), message.len());
        }
        self.post_len.store(message.len(), Ordering::Release);
        true
    }

    /// Takes the message of a child that is gone.
    pub(super) fn take_post(&self) -> Vec<u8> {
        let len = self.post_len.swap(0, Ordering::AcqRel).min(POST);
        // SAFETY: the child wrote so many bytes before it raised the length; it is gone.
        unsafe { std::slice::from_raw_parts(self.post.get().cast::<u8>(), len) }.to_vec()
    }
}
