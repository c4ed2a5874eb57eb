//! Code that misuses blocks: `CorruptedBlock`, `InvalidFree`.
//!
//! The damage is done while handling a failure, through raw pointers, only to blocks that the
//! harness has padded or quarantined. Nothing else is damaged.

use std::alloc::{Layout, alloc, dealloc, realloc};
use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering};

use oom_sweep::FindingKind::{CorruptedBlock, InvalidFree, Leaked};
use oom_sweep::{AfterFault, OutOfMemory};

use crate::specimen::{Home, Specimen};

specimens!(
    writes_past_the_end = Specimen {
        kinds: &[CorruptedBlock],
        broken: |sweep| sweep.run(|| with_block(|block| block.terminate_then_free(32))),
        repaired: |sweep| sweep.run(|| with_block(|block| block.terminate_then_free(31))),
        look: |report| assert!(report.findings()[0].message().contains("past its end")),
        ..Specimen::BASE
    },
    writes_past_the_end_of_what_set_up_made = Specimen {
        kinds: &[CorruptedBlock],
        broken: |sweep| sweep.run_state(Owner::setup, |o| o.note_failure(32), |_| ()),
        repaired: |sweep| sweep.run_state(Owner::setup, |o| o.note_failure(31), |_| ()),
        ..Specimen::BASE
    },
    writes_after_free = Specimen {
        kinds: &[CorruptedBlock],
        broken: |sweep| sweep.run(|| with_block(|block| {
            block.free();
            block.terminate_at(5);
        })),
        repaired: |sweep| sweep.run(|| with_block(|block| block.terminate_then_free(5))),
        look: |report| assert!(
            report.findings()[0].message().contains("written to at offset 5 after")
        ),
        ..Specimen::BASE
    },
    // So much is freed after the write that the block leaves the quarantine before the run ends.
    writes_after_free_then_frees_much = Specimen {
        kinds: &[CorruptedBlock],
        broken: |sweep| sweep.after(AfterFault::Succeed).run(|| with_block(|block| {
            block.free();
            block.terminate_at(5);
            free_blocks(40, 16 << 10);
        })),
        repaired: |sweep| sweep.after(AfterFault::Succeed).run(|| with_block(|block| {
            block.terminate_then_free(5);
            free_blocks(40, 16 << 10);
        })),
        look: |report| assert!(
            report.findings()[0].message().contains("written to at offset 5 after")
        ),
        ..Specimen::BASE
    },
    writes_after_free_then_frees_many = Specimen {
        kinds: &[CorruptedBlock],
        broken: |sweep| sweep.after(AfterFault::Succeed).run(|| with_block(|block| {
            block.free();
            block.terminate_at(5);
            free_blocks(5000, 8);
        })),
        repaired: |sweep| sweep.after(AfterFault::Succeed).run(|| with_block(|block| {
            block.terminate_then_free(5);
            free_blocks(5000, 8);
        })),
        ..Specimen::BASE
    },
    writes_past_the_end_of_what_it_leaks = Specimen {
        kinds: &[CorruptedBlock, Leaked],
        broken: |sweep| sweep.run(|| with_block(|block| block.terminate_at(32))),
        repaired: |sweep| sweep.run(|| with_block(|block| block.terminate_then_free(31))),
        ..Specimen::BASE
    },
    writes_past_the_end_of_what_it_caches = Specimen {
        kinds: &[CorruptedBlock],
        broken: |sweep| sweep.run(|| with_block(|block| block.cache_with_end(32))),
        repaired: |sweep| sweep.run(|| with_block(|block| block.cache_with_end(31))),
        look: |report| assert!(report.findings()[0].message().contains("past its end")),
        home: Home::Worker,
        ..Specimen::BASE
    },
    writes_where_it_moved_from = Specimen {
        kinds: &[CorruptedBlock],
        broken: |sweep| sweep.moving_reallocs().run(|| grow_and_write(|old, _| old)),
        repaired: |sweep| sweep.moving_reallocs().run(|| grow_and_write(|_, new| new)),
        ..Specimen::BASE
    },
    frees_twice = Specimen {
        kinds: &[InvalidFree],
        broken: |sweep| sweep.run(|| with_block(|block| {
            block.free();
            block.free();
        })),
        repaired: |sweep| sweep.run(|| with_block(Block::free)),
        look: |report| assert!(report.findings()[0].message().contains("twice"), "{report}"),
        ..Specimen::BASE
    },
    frees_once_more_when_dropped = Specimen {
        kinds: &[InvalidFree],
        broken: |sweep| sweep.run_state(Owner::setup, Owner::give_up, |_| ()),
        repaired: |sweep| sweep.run_state(Owner::setup, |_| request(64), |_| ()),
        ..Specimen::BASE
    },
    frees_inside = Specimen {
        kinds: &[InvalidFree],
        broken: |sweep| sweep.run(|| with_block(|block| {
            Block { start: block.start.wrapping_add(8), size: 24 }.free();
            block.free();
        })),
        repaired: |sweep| sweep.run(|| with_block(Block::free)),
        look: |report| assert!(report.findings()[0].message().contains("8 bytes past its start")),
        ..Specimen::BASE
    },
    frees_with_another_layout = Specimen {
        kinds: &[InvalidFree],
        broken: |sweep| sweep.run(|| with_block(|block| Block { size: 16, ..*block }.free())),
        repaired: |sweep| sweep.run(|| with_block(Block::free)),
        look: |report| assert!(report.findings()[0].message().contains("the layout of 16 bytes")),
        ..Specimen::BASE
    },
    reallocates_with_another_layout = Specimen {
        kinds: &[InvalidFree],
        broken: |sweep| sweep.run(|| with_block(|block| block.resize_as(16))),
        repaired: |sweep| sweep.run(|| with_block(|block| block.resize_as(32))),
        look: |report| assert!(report.findings()[0].message().contains("the layout of 16 bytes")),
        ..Specimen::BASE
    },
);

/// A block of bytes that must be freed explicitly.
#[derive(Clone, Copy)]
struct Block {
    start: *mut u8,
    size: usize,
}

fn layout(size: usize) -> Layout {
    Layout::from_size_align(size, 8).expect("a small size")
}

impl Block {
    fn new(size: usize) -> Result<Self, OutOfMemory> {
        // SAFETY: all sizes in this file are greater than zero.
        let start = black_box(unsafe { alloc(layout(size)) });
        if start.is_null() { Err(OutOfMemory::new(size)) } else { Ok(Self { start, size }) }
    }

    fn free(&self) {
        // SAFETY: broken on purpose by some callers; the harness does not pass invalid frees on.
        unsafe { dealloc(black_box(self.start), layout(self.size)) };
    }

    fn terminate_at(&self, offset: usize) {
        // SAFETY: broken on purpose by some callers, within the harness's red zone.
        unsafe { black_box(self.start).wrapping_add(offset).write_volatile(0) };
    }

    fn terminate_then_free(&self, offset: usize) {
        self.terminate_at(offset);
        self.free();
    }

    /// Marks the end of the block, and keeps the first such block for the rest of the process.
    fn cache_with_end(&self, offset: usize) {
        static IS_FULL: AtomicBool = AtomicBool::new(false);
        match IS_FULL.swap(true, Ordering::Relaxed) {
            false => self.terminate_at(offset),
            true => self.free(),
        }
    }

    /// Doubles the block, with `size` as its old size.
    fn resize_as(&self, size: usize) {
        // SAFETY: broken on purpose by a caller; the harness knows the size.
        let start = black_box(unsafe { realloc(black_box(self.start), layout(size), 64) });
        if start.is_null() {
            self.free();
        } else {
            Self { start, size: 64 }.free();
        }
    }
}

/// Makes and frees blocks, one after another.
fn free_blocks(count: usize, size: usize) {
    for _ in 0..count {
        request(size).expect("only one request fails");
    }
}

fn request(size: usize) -> Result<(), OutOfMemory> {
    Block::new(size).map(|block| block.free())
}

/// Uses a block of 32 bytes. After a failure `on_failure` must free it.
fn with_block(on_failure: fn(&Block)) -> Result<(), OutOfMemory> {
    let block = Block::new(32)?;
    let result = request(64);
    match result {
        Ok(()) => block.free(),
        Err(_) => on_failure(&block),
    }
    result
}

/// Grows a block, then writes to the address that `pick` chooses.
fn grow_and_write(pick: fn(*mut u8, *mut u8) -> *mut u8) -> Result<(), OutOfMemory> {
    let Block { start: old, .. } = Block::new(32)?;
    // SAFETY: the block is live and of that size.
    let new = black_box(unsafe { realloc(black_box(old), layout(32), 64) });
    if new.is_null() {
        Block { start: old, size: 32 }.free();
        return Err(OutOfMemory::new(64));
    }
    // SAFETY: broken on purpose by a caller; the old block is in quarantine.
    unsafe { black_box(pick(old, new)).write_volatile(1) };
    Block { start: new, size: 64 }.free();
    Ok(())
}

/// A state that owns a block.
struct Owner(Block);

impl Owner {
    fn setup() -> Self {
        Self(Block::new(32).expect("no fault in the set-up"))
    }

    fn note_failure(&mut self, offset: usize) -> Result<(), OutOfMemory> {
        request(64).inspect_err(|_| self.0.terminate_at(offset))
    }

    /// Frees the block; the destructor then frees it again.
    fn give_up(&mut self) -> Result<(), OutOfMemory> {
        request(64).inspect_err(|_| self.0.free())
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.0.free();
    }
}
