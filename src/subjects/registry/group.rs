//! [`Group`]: a registered recursion group, with the count that keeps it registered.
//!
//! This count is separate from the count of the pointer, which only keeps the memory. A reference
//! from another group increments the count and holds no pointer. The tables hold pointers and do
//! not increment the count.
//!
//! ```text
//!   interned ──► count ≥ 1 ◄─── retain, under the lock ───┐
//!                   │                                     │
//!                   └── the last release, with no lock ──► count = 0 ── still 0 under the lock ──► unregistered
//! ```
//!
//! The thread that decrements the count to 0 takes the lock to unregister the group. Before it has
//! the lock, another thread may register a duplicate, so it reads the count again. Another thread
//! may also have decremented the count to 0 again and unregistered the group already; a flag
//! records that.

use super::TypeIndex;
use super::canonical::{Key, KeyHash};
use super::group_ref::GroupRef;
use super::model::SubType;
use super::schedule::{Native, Schedule};
use super::sync::Atomic;
use crate::collections::{OutOfMemory, TryArc, TryBox, TryClone};
use crate::subjects::sync::{AtomicBool, AtomicUsize};
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};

/// A recursion group that is or was registered.
pub(super) struct Group<Y = Native> {
    entry: TryArc<Entry<Y>>,
}

struct Entry<Y> {
    hash: KeyHash,
    key: Key,
    indices: TryBox<[TypeIndex]>,
    count: Atomic<AtomicUsize, Y>,
    is_unregistered: Atomic<AtomicBool, Y>,
}

impl<Y: Schedule> Group<Y> {
    /// Makes a group with a count of one. Makes one request.
    pub(super) fn new(
        hash: KeyHash,
        key: Key,
        indices: TryBox<[TypeIndex]>,
    ) -> Result<Self, OutOfMemory> {
        let (count, is_unregistered) = (Atomic::new(1_usize), Atomic::new(false));
        Ok(Self { entry: TryArc::new(Entry { hash, key, indices, count, is_unregistered })? })
    }

    /// The hash of its key.
    pub(super) fn hash(&self) -> KeyHash {
        self.entry.hash
    }

    pub(super) fn key(&self) -> &[SubType<GroupRef>] {
        &self.entry.key
    }

    /// The indices of the group's types, in order.
    pub(super) fn indices(&self) -> &[TypeIndex] {
        &self.entry.indices
    }

    pub(super) fn count(&self) -> usize {
        self.entry.count.step().load(Acquire)
    }

    /// Increments the count. The caller must already hold a count, or the lock.
    pub(super) fn retain(&self) {
        // `Relaxed`: the caller's own count, or the lock, keeps the group registered.
        self.entry.count.step().fetch_add(1, Relaxed);
    }

    /// Decrements the count. If it becomes 0, the caller must unregister the group under the lock.
    #[must_use]
    pub(super) fn release(&self) -> Last {
        match self.entry.count.step().fetch_sub(1, AcqRel) {
            1 => Last::Yes,
            _ => Last::No,
        }
    }

    pub(super) fn is_unregistered(&self) -> bool {
        self.entry.is_unregistered.step().load(Acquire)
    }

    /// Records that the group was removed from the tables. The caller holds the lock.
    pub(super) fn set_unregistered(&self) {
        self.entry.is_unregistered.step().store(true, Release);
    }

    /// Whether both point to the same group, not only to equal ones.
    pub(super) fn is(&self, other: &Self) -> bool {
        TryArc::ptr_eq(&self.entry, &other.entry)
    }

    /// The number of pointers to the group: one in the set, one for each type, one for each handle.
    pub(super) fn pointers(&self) -> usize {
        TryArc::strong_count(&self.entry)
    }

    #[cfg(test)]
    pub(super) fn set_count(&self, count: usize) {
        self.entry.count.step().store(count, Release);
    }
}

/// Whether a release was the last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Last {
    Yes,
    No,
}

/// Copies the pointer without incrementing the count.
impl<Y> Clone for Group<Y> {
    fn clone(&self) -> Self {
        Self { entry: self.entry.clone() }
    }
}

impl<Y> TryClone for Group<Y> {
    fn try_clone(&self) -> Result<Self, OutOfMemory> {
        Ok(self.clone())
    }
}
