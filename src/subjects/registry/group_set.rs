//! [`GroupSet`]: the hash-consing set of recursion groups.
//!
//! Relies on `hashbrown::HashTable` and stores the hash beside each group. So growth reads no key,
//! and a removal compares none. The user's hasher, which may panic, is called only in lookups.

use super::canonical::{Draft, KeyHash};
use super::group::Group;
use super::group_ref::GroupRef;
use super::schedule::Schedule;
use crate::collections::{OutOfMemory, reserve_in_table};
use hashbrown::HashTable;
use std::hash::BuildHasher;

pub(super) struct GroupSet<S, Y> {
    table: HashTable<Entry<Y>>,
    hasher: S,
}

struct Entry<Y> {
    hash: KeyHash,
    group: Group<Y>,
}

impl<S, Y: Schedule> GroupSet<S, Y> {
    pub(super) fn new(hasher: S) -> Self {
        Self { table: HashTable::new(), hasher }
    }

    pub(super) fn len(&self) -> usize {
        self.table.len()
    }

    /// The bytes that the set has requested and holds.
    pub(super) fn bytes(&self) -> usize {
        self.table.allocation_size()
    }

    /// The groups, in no particular order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Group<Y>> {
        self.table.iter().map(|entry| &entry.group)
    }

    /// Makes room for one more group. O(size) if the set grows. Makes at most one request; an `Err`
    /// leaves the set as it was.
    pub(super) fn reserve(&mut self) -> Result<(), OutOfMemory> {
        reserve_in_table(&mut self.table, 1, |entry| entry.hash.0)
    }

    /// Adds a group within the capacity. Its key must be absent. No request.
    pub(super) fn insert(&mut self, group: Group<Y>) {
        debug_assert!(self.table.len() < self.table.capacity(), "room is made before");
        let hash = group.hash();
        self.table.insert_unique(hash.0, Entry { hash, group }, |entry| entry.hash.0);
    }
}

impl<S: BuildHasher, Y: Schedule> GroupSet<S, Y> {
    /// The hash of a group's key. O(size), no request.
    pub(super) fn hash<R: Copy>(&self, draft: &Draft<'_, R, impl Fn(R) -> GroupRef>) -> KeyHash {
        draft.hash(&self.hasher)
    }

    /// The group of this key, which has this hash. O(size of the group), no request.
    pub(super) fn get<R: Copy>(
        &self,
        hash: KeyHash,
        draft: &Draft<'_, R, impl Fn(R) -> GroupRef>,
    ) -> Option<&Group<Y>> {
        let is_it = |entry: &Entry<Y>| entry.hash == hash && draft.is(entry.group.key());
        self.table.find(hash.0, is_it).map(|entry| &entry.group)
    }

    /// Removes a group if it is in the set. O(1), no request.
    pub(super) fn remove(&mut self, group: &Group<Y>) {
        let is_it = |entry: &Entry<Y>| entry.group.is(group);
        if let Ok(entry) = self.table.find_entry(group.hash().0, is_it) {
            entry.remove();
        }
    }
}
