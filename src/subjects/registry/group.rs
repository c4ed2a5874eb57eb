//! [`Group`]: a recursion group that is registered, with the count that keeps it so.
//!
//! The count is apart from the pointer's own, which only keeps the memory: what refers to a group
//! from other groups counts, and holds no pointer; the tables hold pointers, and do not count.
//!
//! ```text
//!   interned ──► count ≥ 1 ◄─── retain, under the lock ───┐
//!                   │                                     │
//!                   └── the last release, with no lock ──► count = 0 ── still 0 under the lock ──► unregistered
//! ```
//!
//! Whoever takes the count to 0 takes the lock to unregister. Before it has it, a duplicate may be
//! registered, so it looks again; and others may have taken the count to 0 since and have been
//! faster, hence the flag.

use super::TypeIndex;
use super::canonical::{Key, KeyHash};
use super::group_ref::GroupRef;
use super::model::SubType;
use super::schedule::{Native, Schedule};
use super::sync::Atomic;
use crate::collections::{OutOfMemory, TryArc, TryBox, TryClone};
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicBool, AtomicUsize};

/// A recursion group that is registered, or was.
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
    /// A group with a count of one. One request.
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

    /// What the group's types are called, in their order.
    pub(super) fn indices(&self) -> &[TypeIndex] {
        &self.entry.indices
    }

    pub(super) fn count(&self) -> usize {
        self.entry.count.step().load(Acquire)
    }

    /// Counts once more. By somebody who counts already, or under the lock.
    pub(super) fn retain(&self) {
        // `Relaxed`: whoever counts already, or holds the lock, keeps the group registered.
        self.entry.count.step().fetch_add(1, Relaxed);
    }

    /// Counts once less. If that was the last, the caller sees to it that the group is
    /// unregistered under the lock.
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

    /// Under the lock, by whoever removes the group from the tables.
    pub(super) fn set_unregistered(&self) {
        self.entry.is_unregistered.step().store(true, Release);
    }

    /// Whether both are the same group, not only equal ones.
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

/// Whether a release was the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Last {
    Yes,
    No,
}

/// Another pointer, which does not count.
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
