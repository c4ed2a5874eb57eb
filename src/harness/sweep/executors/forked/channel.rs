//! The memory that a child and its parent share: [`Channel`]. The child writes, the parent reads.
//!
//! The code under test may have written anything to it before it died. So all of it is integers,
//! and the parent checks each before it uses it.

use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use crate::harness::alloc::Record;
use crate::harness::sys::{CrashNote, Mapping};

/// Size of the outbox in bytes: messages that the parent has not read yet.
const OUTBOX: usize = 4 << 20;
/// How often a child with a full outbox checks for room.
const POLL: Duration = Duration::from_micros(200);

#[repr(C)]
pub(crate) struct Channel {
    /// Grows with every run that begins. If it stands still, the child hangs.
    beat: AtomicU64,
    /// The place of the running case in the sweep's list.
    current: AtomicUsize,
    /// Number of cases that this child has begun.
    begun: AtomicUsize,
    /// Whether the child ended by itself. Its exit code alone could be the one of the code under
    /// test. [`DONE`] if it did.
    done: AtomicU32,
    /// Not 0 if a branch has left something behind besides memory.
    left_behind: AtomicU32,
    pub(crate) crash: CrashNote,
    /// 0 if nobody holds the outbox.
    held: AtomicU32,
    len: AtomicUsize,
    record: UnsafeCell<Record>,
    /// Messages, each after its length.
    outbox: UnsafeCell<[u8; OUTBOX]>,
}

/// No case is running: the child warms up.
pub(crate) const WARMING_UP: usize = usize::MAX;

/// A value that code which writes to the channel by mistake hardly writes.
const DONE: u32 = 0x646f_6e65;
/// How often the parent tries to hold the outbox. The child may have died, or may have been stopped,
/// while it held it.
const TRIES: u32 = 1000;

/// Whether the child that writes to a channel is alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Writer {
    Alive,
    /// It may have died while it held the outbox.
    Gone,
}

/// The message is larger than the outbox.
#[derive(Debug)]
pub(crate) struct TooLong;

/// A channel in shared pages.
pub(crate) struct SharedChannel {
    pages: Mapping,
}

impl SharedChannel {
    pub(crate) fn new() -> Result<Self, String> {
        let pages =
            Mapping::shared(size_of::<Channel>()).ok_or("no memory to share with workers")?;
        let channel = Self { pages };
        // SAFETY: the pages have this size, and nobody else has them yet. Zero is valid for the
        // rest of a channel. The record is written, so it does not rely on zeros.
        unsafe { channel.get().record.get().write(Record::EMPTY) };
        Ok(channel)
    }

    pub(crate) fn get(&self) -> &Channel {
        // SAFETY: the pages are large enough and aligned. `Channel` consists of atomics, for which
        // zero is valid, and of cells that are only reached through raw pointers.
        unsafe { &*self.pages.start().cast::<Channel>() }
    }
}

impl Channel {
    /// The record that the running child's allocator writes.
    pub(crate) fn record_ptr(&self) -> *mut Record {
        self.record.get()
    }

    /// The record that the running child's allocator writes.
    ///
    /// # Safety
    /// Only the child may call this while it lives, and only the parent after its end.
    #[expect(clippy::mut_from_ref, reason = "shared memory; see the safety section")]
    pub(crate) unsafe fn record(&self) -> &mut Record {
        // SAFETY: see above.
        unsafe { &mut *self.record.get() }
    }

    /// Resets the channel for a new child.
    pub(crate) fn open(&self) {
        self.current.store(WARMING_UP, Ordering::Relaxed);
        self.begun.store(0, Ordering::Relaxed);
        self.done.store(0, Ordering::Relaxed);
        self.left_behind.store(0, Ordering::Relaxed);
        // The last child may have been killed while it held the outbox.
        self.held.store(0, Ordering::Relaxed);
        self.len.store(0, Ordering::Relaxed);
        self.beat();
        self.crash.clear();
    }

    /// Notes that the run of a case begins.
    pub(crate) fn begin(&self, case: usize) {
        self.current.store(case, Ordering::Release);
        self.begun.fetch_add(1, Ordering::AcqRel);
        self.beat();
        self.crash.clear();
    }

    /// Shows that the child makes progress.
    pub(crate) fn beat(&self) {
        self.beat.fetch_add(1, Ordering::Release);
    }

    pub(crate) fn beats(&self) -> u64 {
        self.beat.load(Ordering::Acquire)
    }

    /// The place of the case that is running, or ran last.
    pub(crate) fn current(&self) -> usize {
        self.current.load(Ordering::Acquire)
    }

    pub(crate) fn begun(&self) -> usize {
        self.begun.load(Ordering::Acquire)
    }

    /// Notes that a branch has left something behind besides memory.
    pub(crate) fn set_left_behind(&self) {
        self.left_behind.store(1, Ordering::Release);
    }

    pub(crate) fn has_left_behind(&self) -> bool {
        self.left_behind.load(Ordering::Acquire) != 0
    }

    /// Notes that the child ends by itself.
    pub(crate) fn set_done(&self) {
        self.done.store(DONE, Ordering::Release);
    }

    pub(crate) fn is_done(&self) -> bool {
        self.done.load(Ordering::Acquire) == DONE
    }

    /// Sends a message to the parent. Waits until there is room.
    pub(crate) fn send(&self, message: &[u8]) -> Result<(), TooLong> {
        let size = size_of::<usize>() + message.len();
        if size > OUTBOX {
            return Err(TooLong);
        }
        loop {
            while !self.try_hold() {
                std::thread::yield_now();
            }
            let len = self.len.load(Ordering::Acquire);
            if len.checked_add(size).is_some_and(|end| end <= OUTBOX) {
                // SAFETY: the message fits, and the outbox is held.
                unsafe {
                    let end = self.outbox.get().cast::<u8>().add(len);
                    end.cast::<usize>().write_unaligned(message.len());
                    let text = end.add(size_of::<usize>());
                    text.copy_from_nonoverlapping(message.as_ptr(), message.len());
                }
                self.len.store(len + size, Ordering::Release);
                self.release();
                return Ok(());
            }
            self.release();
            self.beat();
            std::thread::sleep(POLL);
        }
    }

    /// Takes the messages that the child has sent.
    pub(crate) fn take_messages(&self, writer: Writer) -> Vec<Vec<u8>> {
        if self.len.load(Ordering::Acquire) == 0 {
            return Vec::new();
        }
        if writer == Writer::Alive && !(0..TRIES).any(|_| self.try_hold_or_yield()) {
            // The next look finds them, at the latest when the child has ended.
            return Vec::new();
        }
        let len = self.len.swap(0, Ordering::AcqRel).min(OUTBOX);
        // SAFETY: this many bytes were written, and the outbox is held, or the child has ended.
        let bytes =
            unsafe { std::slice::from_raw_parts(self.outbox.get().cast::<u8>(), len) }.to_vec();
        self.release();
        let mut messages = Vec::new();
        let mut rest = &bytes[..];
        while let Some((size, after)) = rest.split_first_chunk() {
            let size = usize::from_ne_bytes(*size).min(after.len());
            messages.push(after[..size].to_vec());
            rest = &after[size..];
        }
        messages
    }

    fn try_hold(&self) -> bool {
        self.held.swap(1, Ordering::Acquire) == 0
    }

    fn try_hold_or_yield(&self) -> bool {
        let is_held = self.try_hold();
        if !is_held {
            std::thread::yield_now();
        }
        is_held
    }

    fn release(&self) {
        self.held.store(0, Ordering::Release);
    }
}
