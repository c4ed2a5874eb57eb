//! Insertion in two steps: first request all nodes that it needs ([`Spare`]), then change the tree,
//! which cannot fail.
//!
//! A full leaf is split, and so is its parent if that is full too, and so on up to the first node
//! with room. So the number of nodes is known before the tree is changed.

use super::node::{CAPACITY, LEAST, Node};
use super::place::{Gap, Place};
use super::{OutOfMemory, Root, TryBTreeMap};

/// Reserved nodes. Unused nodes are freed on drop.
pub(super) struct Spare<K, V> {
    /// Two linked lists, for nodes of height 0 and for all other heights: the first node and the
    /// length.
    chains: [(Option<Node<K, V>>, usize); 2],
}

impl<K, V> Spare<K, V> {
    pub(super) const fn new() -> Self {
        Self { chains: [(None, 0); 2] }
    }

    /// Reserves nodes until there are `count` of this height; all heights above 0 count as one.
    /// Makes one request for each node. After an `Err` the nodes reserved so far stay in the list.
    pub(super) fn reserve(&mut self, height: usize, count: usize) -> Result<(), OutOfMemory> {
        let (first, reserved) = &mut self.chains[height.min(1)];
        while *reserved < count {
            let node = Node::allocate(height)?;
            // SAFETY: the node was just allocated. In the list, `parent` is the link to the next
            // node.
            unsafe { node.set_parent(first.replace(node)) };
            *reserved += 1;
        }
        Ok(())
    }

    /// Reserves the nodes for an insertion into this full leaf, which must belong to a live tree.
    unsafe fn reserve_for(&mut self, leaf: Node<K, V>) -> Result<(), OutOfMemory> {
        let (mut node, mut above) = (leaf, 0);
        // SAFETY: the leaf is alive, and so are the nodes up to the root.
        unsafe {
            // One node for each parent that is split too, and one for a new root if the root is
            // split.
            while node.len() == CAPACITY {
                let Some((parent, _)) = node.parent() else {
                    above += 1;
                    break;
                };
                above += usize::from(parent.len() == CAPACITY);
                node = parent;
            }
        }
        self.reserve(0, 1)?;
        self.reserve(1, above)
    }

    /// The bytes of the reserved nodes.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        (0..2).map(|height| self.chains[height].1 * Node::<K, V>::layout(height).size()).sum()
    }

    /// Takes a reserved node of this height.
    ///
    /// # Panics
    ///
    /// If there is none.
    fn take(&mut self, height: usize) -> Node<K, V> {
        let (first, reserved) = &mut self.chains[height.min(1)];
        let node = first.expect("the needed nodes were reserved");
        // SAFETY: reserved nodes are alive and linked by their parent fields.
        unsafe {
            *first = node.parent().map(|(next, _)| next);
            node.set_parent(None);
        }
        *reserved -= 1;
        node
    }
}

impl<K, V> Drop for Spare<K, V> {
    fn drop(&mut self) {
        for height in 0..2 {
            while self.chains[height].0.is_some() {
                // SAFETY: the node was just taken from the list, and nothing else uses it.
                unsafe { self.take(height).free(height) };
            }
        }
    }
}

impl<K, V> TryBTreeMap<K, V> {
    /// Inserts an entry into the gap of its key, which is a gap of this map, or `None` if the map
    /// has no node. An `Err` returns the entry, and nothing has changed.
    #[inline]
    pub(super) unsafe fn insert_absent(
        &mut self,
        gap: Option<Gap<K, V>>,
        entry: (K, V),
    ) -> Result<Place<K, V>, (OutOfMemory, (K, V))> {
        let gap = match gap {
            Some(gap) => gap,
            None => match Node::allocate(0) {
                Ok(leaf) => {
                    self.root = Some(Root { node: leaf, height: 0 });
                    Gap { leaf, index: 0 }
                }
                Err(oom) => return Err((oom, entry)),
            },
        };
        // SAFETY: the gap is one of this map.
        unsafe {
            if gap.leaf.len() < CAPACITY {
                return Ok(self.insert_with_room(gap, entry));
            }
            self.insert_by_splits(gap, entry, &mut Spare::new())
        }
    }

    /// Makes room for an entry whose value does not exist yet. Returns a gap for
    /// [`insert_at`](Self::insert_at) and the nodes that it needs. The given gap is one of this
    /// map, or `None` if the map has no node. An `Err` changes nothing.
    pub(super) unsafe fn make_room(
        &mut self,
        gap: Option<Gap<K, V>>,
        spare: &mut Spare<K, V>,
    ) -> Result<Gap<K, V>, OutOfMemory> {
        let Some(gap) = gap else {
            let leaf = Node::allocate(0)?;
            self.root = Some(Root { node: leaf, height: 0 });
            return Ok(Gap { leaf, index: 0 });
        };
        // SAFETY: the gap is one of this map.
        unsafe {
            if gap.leaf.len() == CAPACITY {
                spare.reserve_for(gap.leaf)?;
            }
        }
        Ok(gap)
    }

    /// Inserts an entry into a gap of this map. Takes nodes from `spare` after requesting the
    /// missing ones. An `Err` returns the entry, and nothing has changed.
    pub(super) unsafe fn insert_at(
        &mut self,
        gap: Gap<K, V>,
        entry: (K, V),
        spare: &mut Spare<K, V>,
    ) -> Result<Place<K, V>, (OutOfMemory, (K, V))> {
        // SAFETY: the gap is one of this map.
        unsafe {
            if gap.leaf.len() < CAPACITY {
                return Ok(self.insert_with_room(gap, entry));
            }
            self.insert_by_splits(gap, entry, spare)
        }
    }

    /// Inserts an entry into a leaf of this map that is not full.
    #[inline]
    unsafe fn insert_with_room(&mut self, gap: Gap<K, V>, entry: (K, V)) -> Place<K, V> {
        let Gap { leaf, index } = gap;
        // SAFETY: the leaf has room.
        unsafe { leaf.insert(index, entry) };
        self.len += 1;
        Place { node: leaf, height: 0, index }
    }

    /// Inserts an entry into a full leaf of this map, as `insert_at` does.
    #[inline(never)]
    unsafe fn insert_by_splits(
        &mut self,
        gap: Gap<K, V>,
        entry: (K, V),
        spare: &mut Spare<K, V>,
    ) -> Result<Place<K, V>, (OutOfMemory, (K, V))> {
        // SAFETY: the leaf is a full one of this map, and the needed nodes are reserved before the
        // split.
        unsafe {
            match spare.reserve_for(gap.leaf) {
                Ok(()) => Ok(self.split(gap, entry, spare)),
                Err(oom) => Err((oom, entry)),
            }
        }
    }

    /// Inserts an entry into a full leaf. The needed nodes must be reserved.
    unsafe fn split(
        &mut self,
        Gap { leaf, index }: Gap<K, V>,
        entry: (K, V),
        spare: &mut Spare<K, V>,
    ) -> Place<K, V> {
        self.len += 1;
        let (middle, side, at) = split_point(index);
        let right = spare.take(0);
        // SAFETY: the leaf is alive and full, `right` is new; both have room after the split.
        let (mut up, node) = unsafe {
            let up = leaf.split(middle, right, 0);
            let node = side.of(leaf, right);
            node.insert(at, entry);
            (up, node)
        };
        let (mut left, mut right, mut height) = (leaf, right, 1);
        // SAFETY: the parents of live nodes are alive. `up` and `right` belong behind `left` in its
        // parent, which is split first if it is full. If `left` was the root, a new root gets them.
        unsafe {
            while let Some((parent, slot)) = left.parent() {
                if parent.len() < CAPACITY {
                    parent.insert_with_child(slot, up, right);
                    return Place { node, height: 0, index: at };
                }
                let (middle, side, at) = split_point(slot);
                let sibling = spare.take(height);
                let next = parent.split(middle, sibling, height);
                side.of(parent, sibling).insert_with_child(at, up, right);
                (left, right, up, height) = (parent, sibling, next, height + 1);
            }
            let root = spare.take(height);
            root.set_first_child(left);
            root.insert_with_child(0, up, right);
            self.root = Some(Root { node: root, height });
        }
        Place { node, height: 0, index: at }
    }
}

/// One half of a node that was split.
#[derive(Clone, Copy)]
enum Side {
    Left,
    Right,
}

impl Side {
    fn of<T>(self, left: T, right: T) -> T {
        match self {
            Self::Left => left,
            Self::Right => right,
        }
    }
}

/// Where to split a full node for an entry at `index`. Returns the entry that moves up, and the
/// side and the index at which the new entry is inserted. Both sides then have at least [`LEAST`]
/// entries. If one side gets one entry more, it is the side that a series of ordered insertions
/// leaves behind.
fn split_point(index: usize) -> (usize, Side, usize) {
    if index < LEAST {
        (LEAST - 1, Side::Left, index)
    } else if index == LEAST {
        (LEAST, Side::Left, index)
    } else if index == LEAST + 1 {
        (LEAST, Side::Right, 0)
    } else {
        (LEAST + 1, Side::Right, index - LEAST - 2)
    }
}
