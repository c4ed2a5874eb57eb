//! [`State`]: the data under a registry's lock, and the removal of groups. Registration is in
//! `register`.
//!
//! Removal makes no request and cannot fail, because rollbacks use it. So registration makes room
//! for each group in the drop stack first.

use super::TypeIndex;
use super::canonical::for_each_outside;
use super::group::{Group, Last};
use super::group_set::GroupSet;
use super::sync::Lock;
use super::tables::Rows;
use crate::collections::{TryArc, TryVec};
use std::hash::BuildHasher;

pub(super) struct State<T: Rows, S> {
    pub(super) groups: GroupSet<S, T::Schedule>,
    pub(super) tables: T,
    /// The groups with a count of 0 that are still in the tables. It is empty between operations
    /// and has room for all groups.
    pub(super) drop_stack: TryVec<Group<T::Schedule>>,
}

/// A state under its lock. The registry and all handles point to it.
pub(super) type Shared<T, S> = TryArc<Lock<State<T, S>, <T as Rows>::Schedule>>;

impl<T: Rows, S: BuildHasher> State<T, S> {
    /// Unregisters a group and all groups that only it kept registered. Does nothing if the group
    /// is counted again or was already unregistered. No request.
    ///
    /// O(size of the removed groups), without recursion, however long the chains of references are.
    pub(super) fn unregister(&mut self, group: &Group<T::Schedule>) {
        if group.count() > 0 || group.is_unregistered() {
            return;
        }
        self.condemn(group.clone());
        while let Some(group) = self.drop_stack.pop() {
            self.groups.remove(&group);
            let left = self.drop_stack.len();
            // Last in, first out, so that a later registration of the same groups gives the same
            // indices. This holds for the types of the group here and for the groups removed with
            // it below.
            for index in group.indices().iter().rev() {
                let row = self.tables.remove(*index);
                if let Some(trampoline) = row.and_then(|row| row.trampoline) {
                    self.release(trampoline);
                }
            }
            for_each_outside(group.key(), |index| self.release(index));
            self.drop_stack[left..].reverse();
        }
    }

    /// Decrements the count of the group of a type to which another group refers.
    fn release(&mut self, index: TypeIndex) {
        let group = self.tables.group(index).expect("a referenced type is registered");
        if group.release() == Last::Yes {
            self.condemn(group.clone());
        }
    }

    /// Pushes a group on the drop stack, at most once.
    fn condemn(&mut self, group: Group<T::Schedule>) {
        group.set_unregistered();
        self.drop_stack.push(group).expect("the drop stack has room for every group");
    }
}
