//! Moves entries and children between nodes: splits, merges, and moves of one entry to a neighbour.
//!
//! Nothing here allocates, compares, or runs user code, so nothing can fail halfway. The safety
//! rules of [`Node`] hold for all methods. `height` is that of the nodes whose entries move.

use super::{CAPACITY, Node, close, open};
use std::ptr;

impl<K, V> Node<K, V> {
    /// Moves the entries behind `middle` to `right`, a new node of the same height. Removes the
    /// entry `middle` and returns it for the parent.
    pub(in super::super) unsafe fn split(
        self,
        middle: usize,
        right: Self,
        height: usize,
    ) -> (K, V) {
        // SAFETY: `right` is new and has room for all entries. The moved slots are initialised in
        // this node and uninitialised in `right`.
        unsafe {
            let moved = self.len() - middle - 1;
            ptr::copy_nonoverlapping(self.key_slot(middle + 1), right.key_slot(0), moved);
            ptr::copy_nonoverlapping(self.value_slot(middle + 1), right.value_slot(0), moved);
            let entry = self.read(middle);
            self.set_len(middle);
            right.set_len(moved);
            if height > 0 {
                let from = self.child_slot(middle + 1);
                ptr::copy_nonoverlapping(from, right.child_slot(0), moved + 1);
                right.adopt(0..=moved);
            }
            entry
        }
    }

    /// Moves the entry `index` and the child to the right of it into the child to the left, and
    /// frees the one on the right. All of them must fit into one node.
    pub(in super::super) unsafe fn merge_children(self, index: usize, height: usize) {
        // SAFETY: both children are alive, as this node is. The sum of their lengths plus one is at
        // most `CAPACITY`. Nothing refers to the right child when it is freed.
        unsafe {
            let (left, right) = (self.child(index), self.child(index + 1));
            let (start, moved) = (left.len() + 1, right.len());
            debug_assert!(start + moved <= CAPACITY);
            close(self.child_slot(0), self.len() + 1, index + 1);
            left.write(start - 1, self.remove(index));
            self.adopt(index + 1..=self.len());
            ptr::copy_nonoverlapping(right.key_slot(0), left.key_slot(start), moved);
            ptr::copy_nonoverlapping(right.value_slot(0), left.value_slot(start), moved);
            left.set_len(start + moved);
            if height > 0 {
                let to = left.child_slot(start);
                ptr::copy_nonoverlapping(right.child_slot(0), to, moved + 1);
                left.adopt(start..=start + moved);
            }
            right.free(height);
        }
    }

    /// Moves the last entry of the child left of `index` into this node at `index`, and the old
    /// entry `index` to the front of the right child, which has room.
    pub(in super::super) unsafe fn move_right(self, index: usize, height: usize) {
        // SAFETY: both children are alive, the left one has an entry.
        unsafe {
            let (left, right) = (self.child(index), self.child(index + 1));
            let last = left.len() - 1;
            let lent = left.read(last);
            left.set_len(last);
            right.insert(0, self.replace(index, lent));
            if height > 0 {
                let len = right.len();
                open(right.child_slot(0), len, 0, left.child(last + 1));
                right.adopt(0..=len);
            }
        }
    }

    /// Moves the first entry of the child right of `index` into this node at `index`, and the old
    /// entry `index` to the end of the left child, which has room.
    pub(in super::super) unsafe fn move_left(self, index: usize, height: usize) {
        // SAFETY: both children are alive, the right one has an entry.
        unsafe {
            let (left, right) = (self.child(index), self.child(index + 1));
            let lent = right.remove(0);
            let end = left.len();
            let entry = self.replace(index, lent);
            if height == 0 {
                left.insert(end, entry);
            } else {
                let child = close(right.child_slot(0), right.len() + 2, 0);
                right.adopt(0..=right.len());
                left.insert_with_child(end, entry, child);
            }
        }
    }
}
