//! [`State`]: what is under a registry's lock, and how groups leave it. How they come into it is
//! in `register`.
//!
//! Leaving makes no request and cannot fail: it is what rolls everything else back. So whoever adds
//! a group makes room for it in the drop stack first.

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
    /// The groups that nothing counts any more and that are still in the tables. Empty at rest,
    /// with room for all groups.
    pub(super) drop_stack: TryVec<Group<T::Schedule>>,
}

/// A state under its lock, which the registry and all handles point to.
pub(super) type Shared<T, S> = TryArc<Lock<State<T, S>, <T as Rows>::Schedule>>;

impl<T: Rows, S: BuildHasher> State<T, S> {
    /// Unregisters a group unless somebody counts it again, or has unregistered it; and all
    /// that only it kept. No request.
    ///
    /// O(size of what leaves), with no recursion however long the chains of references are.
    pub(super) fn unregister(&mut self, group: &Group<T::Schedule>) {
        if group.count() > 0 || group.is_unregistered() {
            return;
        }
        self.condemn(group.clone());
        while let Some(group) = self.drop_stack.pop() {
            self.groups.remove(&group);
            let left = self.drop_stack.len();
            // Last in, first out, so that registering the same again gives the same indices: of the
            // group's own types here, and of what is found to go with it below.
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

    /// Counts the group of a type, which another group refers to, once less.
    fn release(&mut self, index: TypeIndex) {
        let group = self.tables.group(index).expect("what is referred to is registered");
        if group.release() == Last::Yes {
            self.condemn(group.clone());
        }
    }

    /// Puts a group where it will be removed, once.
    fn condemn(&mut self, group: Group<T::Schedule>) {
        group.set_unregistered();
        self.drop_stack.push(group).expect("there is room for every group");
    }
}
