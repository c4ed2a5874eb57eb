//! Operations of [`TryBTreeMap`] on many entries at once: copying, collecting, `retain`.
//!
//! Relies on `append`, which inserts many entries or none.

use super::node::Node;
use super::{OutOfMemory, Root, TryBTreeMap};
use crate::collections::{TryClone, TryExtend, TryFromIterator};
use std::marker::PhantomData;
use std::mem::ManuallyDrop;

impl<K: TryClone, V: TryClone> TryBTreeMap<K, V> {
    /// Copies the map node by node, without comparing keys.
    ///
    /// O(len). Makes one request for each node, plus those of the clones; an `Err` leaves nothing
    /// behind. (The [`TryClone`] of the map does the same. This method needs no import.)
    pub fn try_clone(&self) -> Result<Self, OutOfMemory> {
        match self.root {
            // SAFETY: the map's nodes are alive, and it is borrowed.
            Some(root) if self.len > 0 => unsafe { clone_below(root.node, root.height) },
            _ => Ok(Self::new()),
        }
    }
}

impl<K: TryClone, V: TryClone> TryClone for TryBTreeMap<K, V> {
    fn try_clone(&self) -> Result<Self, OutOfMemory> {
        self.try_clone()
    }
}

/// Copies the entries of this node and below into a new map. The recursion is `height` calls deep.
///
/// The unfinished copy is a map at any time, except that nodes may have too few entries. So
/// dropping it drops everything.
///
/// # Safety
/// The node is alive, at this height, and nothing changes it.
unsafe fn clone_below<K: TryClone, V: TryClone>(
    node: Node<K, V>,
    height: usize,
) -> Result<TryBTreeMap<K, V>, OutOfMemory> {
    // SAFETY: by the contract, which also holds for the children. The root of the copy has only the
    // entries copied so far, so it has room for one more.
    unsafe {
        let mut copy = match height {
            0 => TryBTreeMap::of_leaf()?,
            _ => clone_below(node.child(0), height - 1)?.below_new_root()?,
        };
        for index in 0..node.len() {
            let (key, value) = (node.key(index).try_clone()?, (*node.value(index)).try_clone()?);
            let root = copy.root.expect("the node was just made").node;
            if height == 0 {
                root.insert(index, (key, value));
            } else {
                let child = ManuallyDrop::new(clone_below(node.child(index + 1), height - 1)?);
                let below = child.root.expect("the node was just made").node;
                root.insert_with_child(index, (key, value), below);
                copy.len += child.len;
            }
            copy.len += 1;
        }
        Ok(copy)
    }
}

impl<K, V> TryBTreeMap<K, V> {
    /// An empty map with a node. Makes one request.
    fn of_leaf() -> Result<Self, OutOfMemory> {
        let root = Root { node: Node::allocate(0)?, height: 0 };
        Ok(Self { root: Some(root), len: 0, owns: PhantomData })
    }

    /// Puts a new root without entries above the map. Makes one request; an `Err` drops the map.
    /// The map must have a node.
    unsafe fn below_new_root(mut self) -> Result<Self, OutOfMemory> {
        let root = self.root.as_mut().expect("the caller says so");
        let (child, height) = (root.node, root.height + 1);
        let node = Node::allocate(height)?;
        // SAFETY: the node is new and above the leaves.
        unsafe { node.set_first_child(child) };
        *root = Root { node, height };
        Ok(self)
    }

    /// Keeps the entries for which `keep` returns true and drops the others, in order.
    ///
    /// O(len), plus O(log len) for each dropped entry. No request. If `keep` or a drop panics, the
    /// entries not yet visited are kept.
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &mut V) -> bool) {
        let Some(first) = self.first_place() else { return };
        // SAFETY: only this loop changes the map, so the place and the gap of each step are valid.
        // A removal returns the gap from which to continue.
        unsafe {
            let mut next = Some(first);
            while let Some(place) = next {
                let (key, value) = place.entry_mut();
                let gap = if keep(key, value) {
                    place.after()
                } else {
                    let (entry, gap) = self.remove_at(place);
                    drop(entry);
                    gap
                };
                next = gap.next();
            }
        }
    }
}

/// If several items have the same key, the value of the last one wins.
///
/// O(items · log items). Makes the requests of [`insert`](TryBTreeMap::insert) for each item;
/// `size_hint` of `items` is not called.
impl<K: Ord, V> TryFromIterator<(K, V)> for TryBTreeMap<K, V> {
    fn try_from_iter<I: IntoIterator<Item = (K, V)>>(items: I) -> Result<Self, OutOfMemory> {
        let mut map = Self::new();
        for (key, value) in items {
            map.insert(key, value)?;
        }
        Ok(map)
    }
}

/// If several items have the same key, the value of the last one wins.
///
/// O(items · log(len + items)). Collects the items into a map, then
/// [`append`](TryBTreeMap::append)s it. Makes the requests of both. An `Err`, or a panic of `items`
/// or of a comparison, leaves the map as it was.
impl<K: Ord, V> TryExtend<(K, V)> for TryBTreeMap<K, V> {
    fn try_extend<I: IntoIterator<Item = (K, V)>>(&mut self, items: I) -> Result<(), OutOfMemory> {
        self.append(&mut Self::try_from_iter(items)?)
    }
}

/// Copies the items, as std's `Extend` does for references.
impl<'a, K: Ord + Copy, V: Copy> TryExtend<(&'a K, &'a V)> for TryBTreeMap<K, V> {
    fn try_extend<I: IntoIterator<Item = (&'a K, &'a V)>>(
        &mut self,
        items: I,
    ) -> Result<(), OutOfMemory> {
        self.try_extend(items.into_iter().map(|(key, value)| (*key, *value)))
    }
}
