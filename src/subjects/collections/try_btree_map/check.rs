//! Whether a [`TryBTreeMap`] is the tree that it should be. For tests.
//!
//! Checks all that the other files rely on: occupancy, equal depth, the links to parents, order,
//! and the length.

use super::TryBTreeMap;
use super::node::{CAPACITY, LEAST, Node};

impl<K: Ord, V> TryBTreeMap<K, V> {
    /// Says what is wrong with the tree, if anything is. O(len).
    #[doc(hidden)]
    pub fn check(&self) -> Result<(), String> {
        let Some(root) = self.root else {
            return if self.len == 0 { Ok(()) } else { Err("entries without a node".into()) };
        };
        // SAFETY: the map's nodes are alive; that they are is what a test cannot check.
        let entries = unsafe {
            if root.node.parent().is_some() {
                return Err("the root has a parent".into());
            }
            if root.height > 0 && root.node.len() == 0 {
                return Err("a root without entries".into());
            }
            check_below(root.node, root.height)?
        };
        if entries != self.len {
            return Err(format!("{entries} entries, and a length of {}", self.len));
        }
        if !self.keys().zip(self.keys().skip(1)).all(|(key, next)| key < next) {
            return Err("keys out of order".into());
        }
        let walks = (self.keys().count(), self.keys().map(|_| 1).sum(), self.keys().rev().count());
        if walks != (entries, entries, entries) {
            return Err(format!("walks of {walks:?} for {entries} entries"));
        }
        Ok(())
    }
}

/// Counts the entries of a node and below it.
///
/// # Safety
/// The node is alive, at this height.
unsafe fn check_below<K, V>(node: Node<K, V>, height: usize) -> Result<usize, String> {
    // SAFETY: by the contract; children are as alive as their parents.
    unsafe {
        let len = node.len();
        if len > CAPACITY || (len < LEAST && node.parent().is_some()) {
            return Err(format!("{len} entries in a node at height {height}"));
        }
        let mut entries = len;
        for slot in (0..=len).filter(|_| height > 0) {
            let child = node.child(slot);
            if !child.parent().is_some_and(|(parent, at)| parent == node && at == slot) {
                return Err(format!("child {slot} at height {height} has another parent"));
            }
            entries += check_below(child, height - 1)?;
        }
        Ok(entries)
    }
}
