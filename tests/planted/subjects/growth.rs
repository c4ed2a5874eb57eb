//! Mistakes in the third growth of a buffer: large buffers take another code path than small ones.
//!
//! Seven pushes lead to it, if nothing releases the memory in between.

use std::ptr;

use oom_sweep::FindingKind;

use super::{Condition, Failure, Planted, Subject};

/// The length from which on a buffer is large: it has grown twice.
const LARGE: usize = 6;

/// The new capacity of a full buffer of `len` items: 2, [`LARGE`], 18.
fn grown(len: usize) -> usize {
    (len * 3).max(LARGE / 3)
}

/// A large stack counts a new item before it has grown.
pub(super) const EARLY_COUNT: Planted =
    Planted::new::<Stack>("early_count", FindingKind::PartialUpdate, &[("push", 7)], [0, 2, 0, 0]);

#[derive(Default)]
struct Stack {
    items: Vec<u8>,
    count: u8,
}

impl Stack {
    fn push(&mut self, item: u8, condition: Condition) -> Result<(), Failure> {
        let len = self.items.len();
        let is_early = condition == Condition::Broken && len >= LARGE;
        self.count = self.count.wrapping_add(u8::from(is_early));
        if len == self.items.capacity() {
            self.items.try_reserve_exact(grown(len) - len)?;
        }
        self.items.push(item);
        self.count = self.count.wrapping_add(u8::from(!is_early));
        Ok(())
    }
}

impl Subject for Stack {
    const OPERATIONS: &'static [&'static str] = &["push", "pop", "clear"];

    fn perform(&mut self, code: usize, operand: u8, condition: Condition) -> Result<(), Failure> {
        match code {
            0 => self.push(operand, condition)?,
            1 => self.count = self.count.wrapping_sub(u8::from(self.items.pop().is_some())),
            _ => *self = Self::default(),
        }
        Ok(())
    }

    fn view(&self) -> Vec<u8> {
        [&self.items[..], &[self.count]].concat()
    }
}

/// A large buffer sets its capacity before the growth succeeds, and then writes past its end.
pub(super) const PAST_THE_END: Planted = Planted::new::<Buffer>(
    "past_the_end",
    FindingKind::CorruptedBlock,
    &[("push", 7)],
    [0, 2, 0, 0],
);

#[derive(Default)]
struct Buffer {
    /// Used only for its memory.
    block: Vec<u8>,
    room: usize,
    len: usize,
}

impl Buffer {
    fn grow(&mut self, condition: Condition) -> Result<(), Failure> {
        let room = grown(self.room);
        if condition == Condition::Broken && self.room == LARGE {
            self.room = room;
        }
        self.block.try_reserve_exact(room)?;
        self.room = room;
        Ok(())
    }
}

impl Subject for Buffer {
    const OPERATIONS: &'static [&'static str] = &["push", "clear"];

    fn perform(&mut self, code: usize, operand: u8, condition: Condition) -> Result<(), Failure> {
        if code == 1 {
            *self = Self::default();
            return Ok(());
        }
        if self.len == self.room {
            self.grow(condition)?;
        }
        // SAFETY: in the repaired twin there is room. In the broken one at most twice `LARGE` bytes
        // follow, which are in the harness's red zone.
        unsafe { self.block.as_mut_ptr().add(self.len).write(operand) };
        self.len += 1;
        Ok(())
    }

    fn view(&self) -> Vec<u8> {
        vec![self.len as u8]
    }
}

/// A large queue frees the old block although the growth failed, and keeps using it.
pub(super) const FREED_TWICE: Planted =
    Planted::new::<Queue>("freed_twice", FindingKind::InvalidFree, &[("push", 7)], [0, 2, 0, 0]);

#[derive(Default)]
struct Queue {
    items: Vec<u8>,
    count: u8,
}

impl Queue {
    fn grow(&mut self, condition: Condition) -> Result<(), Failure> {
        let mut larger = Vec::new();
        if let Err(error) = larger.try_reserve_exact(grown(self.items.len())) {
            if condition == Condition::Broken && self.items.len() >= LARGE {
                // SAFETY: none, this is the mistake; the harness quarantines freed blocks.
                drop(unsafe { ptr::read(&self.items) });
            }
            return Err(error.into());
        }
        larger.extend_from_slice(&self.items);
        self.items = larger;
        Ok(())
    }
}

impl Subject for Queue {
    const OPERATIONS: &'static [&'static str] = &["push", "count", "clear"];

    fn perform(&mut self, code: usize, operand: u8, condition: Condition) -> Result<(), Failure> {
        match code {
            0 => {
                if self.items.len() == self.items.capacity() {
                    self.grow(condition)?;
                }
                self.items.push(operand);
            }
            1 => self.count = self.items.len() as u8,
            _ => *self = Self::default(),
        }
        Ok(())
    }

    fn view(&self) -> Vec<u8> {
        vec![self.items.len() as u8, self.count]
    }
}
