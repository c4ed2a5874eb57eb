//! Removing entries: no request, and nothing that can fail.
//!
//! A node that is left with too few entries borrows one from a neighbour, or is merged with it;
//! which takes an entry from the parent, and so on up to the root. Relies on `node` for the moves.

use super::TryBTreeMap;
use super::node::{LEAST, Node};
use super::place::{Gap, Place};

impl<K, V> TryBTreeMap<K, V> {
    /// Takes out the entry at a place of this map. Also gives the gap where it was.
    pub(super) unsafe fn remove_at(&mut self, place: Place<K, V>) -> ((K, V), Gap<K, V>) {
        self.len -= 1;
        // SAFETY: the place is one of this map. An entry above the leaves gives its place to the
        // one before it, which is in a leaf. Taking that one out may move it, but there is no
        // entry between the gap that this leaves and it.
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

    /// Takes an entry out of a leaf of this map, and sees to it that nodes have enough.
    unsafe fn remove_from_leaf(&mut self, leaf: Node<K, V>, index: usize) -> ((K, V), Gap<K, V>) {
        // SAFETY: leaf and index are those of an entry of this map. Siblings are as alive as
        // their parent. A node below `LEAST` and a neighbour at `LEAST` fit into one.
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

    /// Sees to it that this node, of height 1, and those above it have enough entries.
    unsafe fn refill_from(&mut self, mut node: Node<K, V>) {
        let mut height = 1;
        // SAFETY: as above. A root without entries has one child, and nothing refers to it when
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

    /// Puts the only child of the root in its place.
    unsafe fn lower_root(&mut self) {
        let Some(root) = &mut self.root else { return };
        // SAFETY: the root is above the leaves, and without entries.
        unsafe {
            let child = root.node.child(0);
            child.set_parent(None);
            root.node.free(root.height);
            (root.node, root.height) = (child, root.height - 1);
        }
    }
}

/// How a node got what it was short of.
enum Refill<K, V> {
    FromLeft,
    FromRight,
    /// Into the neighbour on the left, which had so many entries.
    MergedLeft(Node<K, V>, usize),
    MergedRight,
}

/// Gives the child `slot` of `parent`, which is of this height and has one entry less than
/// [`LEAST`], what it is short of. The parent may then be short itself.
///
/// # Safety
/// The nodes are alive, and the parent has an entry.
unsafe fn refill<K, V>(parent: Node<K, V>, slot: usize, height: usize) -> Refill<K, V> {
    // SAFETY: by the contract there is a neighbour on one side; if it has no entry to spare, it
    // and the child fit into one node.
    unsafe {
        let Some(before) = slot.checked_sub(1) else {
            if parent.child(1).len() > LEAST {
                parent.lend_left(0, height);
                return Refill::FromRight;
            }
            parent.merge_children(0, height);
            return Refill::MergedRight;
        };
        let left = parent.child(before);
        let len = left.len();
        if len > LEAST {
            parent.lend_right(before, height);
            return Refill::FromLeft;
        }
        parent.merge_children(before, height);
        Refill::MergedLeft(left, len)
    }
}
