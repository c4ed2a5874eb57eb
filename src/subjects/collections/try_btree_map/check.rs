//! Checks the invariants of a [`TryBTreeMap`], for tests.
//!
//! The other files rely on these: number of entries in each node, equal depth of leaves, links to
//! parents, order of keys, and the length.

use super::TryBTreeMap;
use super::node::{CAPACITY, LEAST, Node};

impl<K: Ord, V> TryBTreeMap<K, V> {
    /// Returns a description of what is wrong with the tree, if anything is. O(len).
    #[doc(hidden)]
    pub fn check(&self) -> Result<(), String> {
        let Some(root) = self.root else {
            return if self.len == 0 { Ok(()) } else { Err("entries without a node".into()) };
        };
        // SAFETY: the map's nodes are alive. This is an invariant that a test cannot check.
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

/// Checks a node and the nodes below it, and returns the number of their entries.
///
/// # Safety
/// The node is alive, at this height.
unsafe fn check_below<K, V>(node: Node<K, V>, height: usize) -> Result<usize, String> {
    // SAFETY: by the contract; the children of a live node are alive.
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
