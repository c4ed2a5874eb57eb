//! Removes entries. It makes no request and cannot fail.
//!
//! A node with too few entries takes one from a neighbour or is merged with it. A merge takes an
//! entry from the parent, so the same may happen there, up to the root. Relies on `node` for the
//! moves.

use super::TryBTreeMap;
use super::node::{LEAST, Node};
use super::place::{Gap, Place};

impl<K, V> TryBTreeMap<K, V> {
    /// Removes the entry at a place of this map. Returns the entry and the gap where it was.
    pub(super) unsafe fn remove_at(&mut self, place: Place<K, V>) -> ((K, V), Gap<K, V>) {
        self.len -= 1;
        // SAFETY: the place is one of this map. An entry above the leaves is replaced by the entry
        // before it, which is in a leaf. Removing that entry from the leaf may move the replaced
        // place, but no entry is between it and the gap in the leaf.
        unsafe {
            if place.height == 0 {
                return self.remove_from_leaf(place.node, place.index);
            }
            let before = place.before();
            let (entry, gap) = self.remove_from_leaf(before.leaf, before.index - 1);
            let place = gap.next().expect("an entry above the leaves follows");
            (place.node.replace(place.index, entry), place.after())
        }
    }

    /// Removes an entry from a leaf of this map and refills nodes that have too few entries.
    unsafe fn remove_from_leaf(&mut self, leaf: Node<K, V>, index: usize) -> ((K, V), Gap<K, V>) {
        // SAFETY: leaf and index are those of an entry of this map. Siblings of a live node are
        // alive. A node below `LEAST` and a neighbour at `LEAST` fit into one node.
        unsafe {
            let entry = leaf.remove(index);
            let mut gap = Gap { leaf, index };
            if leaf.len() >= LEAST {
                return (entry, gap);
            }
            let Some((parent, slot)) = leaf.parent() else { return (entry, gap) };
            match refill(parent, slot, 0) {
                Refill::FromLeft => gap.index += 1,
                Refill::FromRight | Refill::MergedRight => {}
                Refill::MergedLeft(left, len) => gap = Gap { leaf: left, index: len + 1 + index },
            }
            self.refill_from(parent);
            (entry, gap)
        }
    }

    /// Refills this node, of height 1, and the nodes above it if they have too few entries.
    unsafe fn refill_from(&mut self, mut node: Node<K, V>) {
        let mut height = 1;
        // SAFETY: as above. A root without entries has one child. Nothing refers to the root when
        // it is freed.
        unsafe {
            while node.len() < LEAST {
                let Some((parent, slot)) = node.parent() else {
                    if node.len() == 0 {
                        self.lower_root();
                    }
                    return;
                };
                refill(parent, slot, height);
                (node, height) = (parent, height + 1);
            }
        }
    }

    /// Replaces the root by its only child.
    unsafe fn lower_root(&mut self) {
        let Some(root) = &mut self.root else { return };
        // SAFETY: the root is above the leaves and has no entries.
        unsafe {
            let child = root.node.child(0);
            child.set_parent(None);
            root.node.free(root.height);
            (root.node, root.height) = (child, root.height - 1);
        }
    }
}

/// How a node was refilled.
enum Refill<K, V> {
    FromLeft,
    FromRight,
    /// It was merged into the left neighbour, which had this many entries.
    MergedLeft(Node<K, V>, usize),
    MergedRight,
}

/// Refills the child `slot` of `parent`, which has this height and one entry less than [`LEAST`].
/// The parent may then have too few entries itself.
///
/// # Safety
/// The nodes are alive, and the parent has an entry.
unsafe fn refill<K, V>(parent: Node<K, V>, slot: usize, height: usize) -> Refill<K, V> {
    // SAFETY: by the contract there is a neighbour on one side. If it has only [`LEAST`] entries,
    // it and the child fit into one node.
    unsafe {
        let Some(before) = slot.checked_sub(1) else {
            if parent.child(1).len() > LEAST {
                parent.move_left(0, height);
                return Refill::FromRight;
            }
            parent.merge_children(0, height);
            return Refill::MergedRight;
        };
        let left = parent.child(before);
        let len = left.len();
        if len > LEAST {
            parent.move_right(before, height);
            return Refill::FromLeft;
        }
        parent.merge_children(before, height);
        Refill::MergedLeft(left, len)
    }
}
