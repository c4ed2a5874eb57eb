//! What is to be run and how far it has come, in memory that all processes of a sweep share:
//! [`Stage`]. Every order is claimed by one process, and by one only.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering};

use crate::harness::oracle::Temperature;
use crate::harness::sweep::executors::Used;
use crate::harness::sweep::run::case::Order;
use crate::harness::sys::Mapping;

/// How far an order has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Status {
    Pending,
    Claimed,
    Clean,
    /// Clean, with a tolerated fault.
    Tolerated,
    /// There is a message about it.
    Told,
}

/// How the orders of a lot are run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Each from its start.
    Rerun,
    /// As branches of a pass; its own plan is that of the pair's first fault, if there is one.
    Branch { first: Option<u64> },
}

/// Orders of a stage that follow each other and are run the same way.
#[derive(Clone, Debug)]
pub(crate) struct Lot {
    pub(crate) way: Way,
    pub(crate) temperature: Temperature,
    /// Where in the stage they are.
    pub(crate) range: Range<usize>,
}

/// Some of a sweep's orders.
pub(crate) struct Stage {
    /// Their places among the sweep's, ascending.
    pub(crate) places: Vec<usize>,
    pub(crate) lots: Vec<Lot>,
    /// What has been used, a cursor for each lot, then a status for each order.
    pages: Mapping,
}

/// How orders have been run so far. All zeros: not at all.
struct Use {
    has_rerun: AtomicBool,
    /// The first request that was forked at, plus 1.
    forked_from: AtomicU64,
}

impl Stage {
    pub(crate) fn new(places: Vec<usize>, lots: Vec<Lot>) -> Result<Self, String> {
        let len = size_of::<Use>() + lots.len() * size_of::<AtomicUsize>() + places.len();
        let pages = Mapping::shared(len.max(1)).ok_or("no memory to share with workers")?;
        Ok(Self { places, lots, pages })
    }

    fn in_use(&self) -> &Use {
        // SAFETY: the pages begin with one, and zero is valid.
        unsafe { &*self.pages.start().cast() }
    }

    fn cursors(&self) -> &[AtomicUsize] {
        // SAFETY: so many follow, aligned as what is before them, and zero is valid.
        unsafe {
            let start = self.pages.start().add(size_of::<Use>()).cast();
            std::slice::from_raw_parts(start, self.lots.len())
        }
    }

    fn statuses(&self) -> &[AtomicU8] {
        let offset = size_of::<Use>() + self.lots.len() * size_of::<AtomicUsize>();
        // SAFETY: so many follow on the cursors, and zero is valid.
        unsafe {
            let start = self.pages.start().add(offset).cast();
            std::slice::from_raw_parts(start, self.places.len())
        }
    }

    pub(crate) fn status(&self, index: usize) -> Status {
        match self.statuses()[index].load(Ordering::Acquire) {
            0 => Status::Pending,
            1 => Status::Claimed,
            2 => Status::Clean,
            3 => Status::Tolerated,
            _ => Status::Told,
        }
    }

    pub(crate) fn set(&self, index: usize, status: Status) {
        self.statuses()[index].store(status as u8, Ordering::Release);
    }

    /// Makes the order the caller's to run; false if it is somebody's already.
    fn claim(&self, index: usize) -> bool {
        let (from, to) = (Status::Pending as u8, Status::Claimed as u8);
        let status = &self.statuses()[index];
        status.compare_exchange(from, to, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }

    /// Claims the next order of a lot that is run in turn.
    pub(crate) fn claim_next(&self, lot: usize) -> Option<usize> {
        loop {
            let index =
                self.lots[lot].range.start + self.cursors()[lot].fetch_add(1, Ordering::Relaxed);
            if !self.lots[lot].range.contains(&index) {
                return None;
            }
            if self.claim(index) {
                self.in_use().has_rerun.store(true, Ordering::Relaxed);
                return Some(index);
            }
        }
    }

    /// Claims an order for a fork at this request.
    pub(crate) fn claim_at(&self, index: usize, number: u64) -> bool {
        let is_claimed = self.claim(index);
        if is_claimed {
            let earliest = |from: u64| (from == 0 || number < from - 1).then_some(number + 1);
            let (set, fetch) = (Ordering::Relaxed, Ordering::Relaxed);
            // Another pass may have been earlier.
            let _ = self.in_use().forked_from.fetch_update(set, fetch, earliest);
        }
        is_claimed
    }

    /// Gives up the claims of a lot on which nobody works.
    pub(crate) fn release(&self, lot: usize) {
        for index in self.lots[lot].range.clone() {
            if self.status(index) == Status::Claimed {
                self.set(index, Status::Pending);
            }
        }
    }

    pub(crate) fn used(&self) -> Used {
        let Use { has_rerun, forked_from } = self.in_use();
        Used {
            workers: has_rerun.load(Ordering::Relaxed),
            passes_from: forked_from.load(Ordering::Relaxed).checked_sub(1),
        }
    }

    /// Whether a lot has orders from `front` on that nobody has claimed.
    pub(crate) fn has_pending(&self, lot: usize, front: usize) -> bool {
        let Range { start, end } = self.lots[lot].range;
        (start.max(front)..end).any(|index| self.status(index) == Status::Pending)
    }

    /// Where in the stage an order is, by its place among the sweep's.
    pub(crate) fn index_of(&self, place: usize) -> Option<usize> {
        self.places.binary_search(&place).ok()
    }

    pub(crate) fn order<'a>(&self, orders: &'a [Order], index: usize) -> &'a Order {
        &orders[self.places[index]]
    }
}
