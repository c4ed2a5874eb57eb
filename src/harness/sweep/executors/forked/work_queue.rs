//! The cases to run and their progress, in memory that all processes of a sweep share:
//! [`WorkQueue`]. Exactly one process claims each case.
//!
//! Code under test may have written anything to this memory. So all of it is integers, and a number
//! that makes no sense is never used as an index.

use std::ops::Range;
use std::sync::atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering};

use crate::harness::oracle::Temperature;
use crate::harness::sweep::api::events::Used;
use crate::harness::sweep::run::case::Case;
use crate::harness::sys::Mapping;

/// The progress of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Progress {
    Pending,
    Claimed,
    Clean,
    /// Clean, with a tolerated fault.
    Tolerated,
    /// There is a message about it.
    Reported,
}

/// How the cases of a batch run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    /// Each from its start.
    Rerun,
    /// As branches of a pass. For pairs, the pass runs under a plan with only the first fault.
    Branch { first: Option<u64> },
}

/// Consecutive cases of a queue that run with the same method.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    pub(crate) method: Method,
    pub(crate) temperature: Temperature,
    /// Their indices in the queue.
    pub(crate) range: Range<usize>,
}

/// Some of a sweep's cases.
pub(crate) struct WorkQueue {
    /// Their places in the sweep's list, ascending.
    pub(crate) places: Vec<usize>,
    pub(crate) batches: Vec<Batch>,
    /// A `Use`, then a cursor for each batch, then a status for each case.
    pages: Mapping,
}

/// How cases have been run so far. All zeros: not at all.
struct Use {
    /// 0 if no case has run from its start.
    has_rerun: AtomicU8,
    /// The lowest request number at which a pass forked, plus 1.
    forked_from: AtomicU64,
}

impl WorkQueue {
    pub(crate) fn new(places: Vec<usize>, batches: Vec<Batch>) -> Result<Self, String> {
        let len = size_of::<Use>() + batches.len() * size_of::<AtomicUsize>() + places.len();
        let pages = Mapping::shared(len.max(1)).ok_or("no memory to share with workers")?;
        Ok(Self { places, batches, pages })
    }

    fn in_use(&self) -> &Use {
        // SAFETY: the pages begin with a `Use`, and zero is valid.
        unsafe { &*self.pages.start().cast() }
    }

    fn cursors(&self) -> &[AtomicUsize] {
        // SAFETY: this many cursors follow, aligned like the `Use` before them, and zero is valid.
        unsafe {
            let start = self.pages.start().add(size_of::<Use>()).cast();
            std::slice::from_raw_parts(start, self.batches.len())
        }
    }

    fn statuses(&self) -> &[AtomicU8] {
        let offset = size_of::<Use>() + self.batches.len() * size_of::<AtomicUsize>();
        // SAFETY: this many statuses follow the cursors, and zero is valid.
        unsafe {
            let start = self.pages.start().add(offset).cast();
            std::slice::from_raw_parts(start, self.places.len())
        }
    }

    pub(crate) fn status(&self, index: usize) -> Progress {
        match self.statuses()[index].load(Ordering::Acquire) {
            0 => Progress::Pending,
            1 => Progress::Claimed,
            2 => Progress::Clean,
            3 => Progress::Tolerated,
            _ => Progress::Reported,
        }
    }

    pub(crate) fn set(&self, index: usize, status: Progress) {
        self.statuses()[index].store(status as u8, Ordering::Release);
    }

    /// Claims a case for the caller. Returns false if it is claimed already.
    fn claim(&self, index: usize) -> bool {
        let (from, to) = (Progress::Pending as u8, Progress::Claimed as u8);
        let status = &self.statuses()[index];
        status.compare_exchange(from, to, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }

    /// Claims the next case of a batch that runs from the start.
    pub(crate) fn claim_next(&self, batch: usize) -> Option<usize> {
        loop {
            let next = self.cursors()[batch].fetch_add(1, Ordering::Relaxed);
            let index = self.batches[batch].range.start.saturating_add(next);
            if !self.batches[batch].range.contains(&index) {
                return None;
            }
            if self.claim(index) {
                self.in_use().has_rerun.store(1, Ordering::Relaxed);
                return Some(index);
            }
        }
    }

    /// Lets the next worker look for unclaimed cases from the start of a batch.
    pub(crate) fn rewind(&self, batch: usize) {
        self.cursors()[batch].store(0, Ordering::Relaxed);
    }

    /// Claims a case for a fork at this request.
    pub(crate) fn claim_at(&self, index: usize, number: u64) -> bool {
        let is_claimed = self.claim(index);
        if is_claimed {
            let earliest = |from: u64| (from == 0 || number < from - 1).then_some(number + 1);
            let (set, fetch) = (Ordering::Relaxed, Ordering::Relaxed);
            // Another pass may have forked at a lower number.
            let _ = self.in_use().forked_from.fetch_update(set, fetch, earliest);
        }
        is_claimed
    }

    /// Releases the claims of a batch that nobody works on.
    pub(crate) fn release(&self, batch: usize) {
        for index in self.batches[batch].range.clone() {
            if self.status(index) == Progress::Claimed {
                self.set(index, Progress::Pending);
            }
        }
    }

    pub(crate) fn used(&self) -> Used {
        let Use { has_rerun, forked_from } = self.in_use();
        Used {
            workers: has_rerun.load(Ordering::Relaxed) != 0,
            passes_from: forked_from.load(Ordering::Relaxed).checked_sub(1),
        }
    }

    /// Returns whether a batch has unclaimed cases from `front` on.
    pub(crate) fn has_pending(&self, batch: usize, front: usize) -> bool {
        let Range { start, end } = self.batches[batch].range;
        (start.max(front)..end).any(|index| self.status(index) == Progress::Pending)
    }

    /// The number of cases that have been claimed, finished ones included.
    pub(crate) fn claimed(&self) -> usize {
        (0..self.places.len()).filter(|&index| self.status(index) != Progress::Pending).count()
    }

    /// The index in the queue of a case, from its place in the sweep's list.
    pub(crate) fn index_of(&self, place: usize) -> Option<usize> {
        self.places.binary_search(&place).ok()
    }

    pub(crate) fn case<'a>(&self, cases: &'a [Case], index: usize) -> &'a Case {
        &cases[self.places[index]]
    }
}
