//! Mistakes in the clean-up after a failure: the clean-up fails too, or leaks something.

use std::mem::ManuallyDrop;

use oom_sweep::FindingKind;

use super::{Condition, Failure, Planted, Subject};

/// Undoing half a batch makes a request and ignores its failure.
pub(super) const SECOND_FAULT: Planted =
    Planted::new::<Batches>("second_fault", FindingKind::Panicked, &[("batch", 3)], [0, 2, 0, 4]);

#[derive(Default)]
struct Batches {
    items: Vec<u8>,
}

impl Batches {
    fn undo(&mut self, len: usize, condition: Condition) {
        if condition == Condition::Repaired || len == 0 {
            return self.items.truncate(len);
        }
        let mut kept = Vec::new();
        kept.try_reserve_exact(len).expect("room for what is kept");
        kept.extend_from_slice(&self.items[..len]);
        self.items = kept;
    }
}

impl Subject for Batches {
    const OPERATIONS: &'static [&'static str] = &["batch", "clear"];

    fn perform(&mut self, code: usize, operand: u8, condition: Condition) -> Result<(), Failure> {
        let len = self.items.len();
        if code == 1 {
            self.items = Vec::new();
            return Ok(());
        }
        for item in 0..operand % 4 {
            if let Err(error) = self.items.try_reserve_exact(1) {
                if item > 0 {
                    self.undo(len, condition);
                }
                return Err(error.into());
            }
            self.items.push(item);
        }
        Ok(())
    }

    fn view(&self) -> Vec<u8> {
        self.items.clone()
    }
}

/// A merge of two sections that fails halfway leaks the finished part.
pub(super) const LOST_SCRATCH: Planted = Planted::new::<Sections>(
    "lost_scratch",
    FindingKind::Leaked,
    &[("left", 1), ("right", 1), ("merge", 1)],
    [0, 3, 0, 0],
);

#[derive(Default)]
struct Sections {
    left: Vec<u8>,
    right: Vec<u8>,
}

impl Sections {
    fn merge(&mut self, condition: Condition) -> Result<(), Failure> {
        if self.left.is_empty() || self.right.is_empty() {
            return Ok(());
        }
        let mut scratch = Vec::new();
        scratch.try_reserve_exact(self.right.len())?;
        let mut scratch = ManuallyDrop::new(scratch);
        scratch.extend_from_slice(&self.right);
        let room = self.left.try_reserve_exact(self.right.len());
        if room.is_err() && condition == Condition::Broken {
            return room.map_err(Failure::from);
        }
        let scratch = ManuallyDrop::into_inner(scratch);
        room?;
        self.left.extend_from_slice(&scratch);
        self.right.clear();
        Ok(())
    }
}

impl Subject for Sections {
    const OPERATIONS: &'static [&'static str] = &["left", "right", "merge"];

    fn perform(&mut self, code: usize, operand: u8, condition: Condition) -> Result<(), Failure> {
        let section = match code {
            0 => &mut self.left,
            1 => &mut self.right,
            _ => return self.merge(condition),
        };
        section.try_reserve_exact(1)?;
        section.push(operand);
        Ok(())
    }

    fn view(&self) -> Vec<u8> {
        [&self.left[..], &[u8::MAX], &self.right[..]].concat()
    }
}
