//! Positions in a tree: [`Place`], at an entry, and [`Gap`], between entries in a leaf.
//!
//! Each gap between neighbouring entries, before the first and behind the last, is exactly one
//! position in a leaf. So two gaps are the same if and only if they are equal. Relies on the links
//! between nodes and compares no keys.
//!
//! Safety of all methods: the tree is alive, and nothing except its values has changed since the
//! place or gap was found.

use super::node::Node;

/// A gap between two entries: in `leaf`, before the `index`th entry or behind the last.
pub(super) struct Gap<K, V> {
    pub(super) leaf: Node<K, V>,
    pub(super) index: usize,
}

/// The position of an entry.
pub(super) struct Place<K, V> {
    pub(super) node: Node<K, V>,
    pub(super) height: usize,
    pub(super) index: usize,
}

impl<K, V> Clone for Gap<K, V> {
    #[inline]
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V> Copy for Gap<K, V> {}

impl<K, V> Clone for Place<K, V> {
    #[inline]
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V> Copy for Place<K, V> {}

impl<K, V> PartialEq for Gap<K, V> {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.leaf == other.leaf && self.index == other.index
    }
}

impl<K, V> Gap<K, V> {
    /// The gap of a tree without nodes. It equals itself.
    pub(super) const NOWHERE: Self = Self { leaf: Node::NOWHERE, index: 0 };

    /// The first gap below a node.
    #[inline]
    pub(super) unsafe fn first(mut node: Node<K, V>, height: usize) -> Self {
        for _ in 0..height {
            // SAFETY: the node is above the leaves, so it has a first child.
            node = unsafe { node.child(0) };
        }
        Self { leaf: node, index: 0 }
    }

    /// The last gap below a node.
    #[inline]
    pub(super) unsafe fn last(mut node: Node<K, V>, height: usize) -> Self {
        for _ in 0..height {
            // SAFETY: the node is above the leaves, so it has a child behind its last entry.
            node = unsafe { node.child(node.len()) };
        }
        // SAFETY: the tree is alive.
        Self { leaf: node, index: unsafe { node.len() } }
    }

    /// The entry behind the gap.
    #[inline]
    pub(super) unsafe fn next(self) -> Option<Place<K, V>> {
        let mut place = Place { node: self.leaf, height: 0, index: self.index };
        // SAFETY: the tree is alive, with every node up to its root.
        unsafe {
            while place.index >= place.node.len() {
                (place.node, place.index) = place.node.parent()?;
                place.height += 1;
            }
        }
        Some(place)
    }

    /// The entry before the gap.
    #[inline]
    pub(super) unsafe fn previous(self) -> Option<Place<K, V>> {
        let mut place = Place { node: self.leaf, height: 0, index: self.index };
        while place.index == 0 {
            // SAFETY: the tree is alive, with every node up to its root.
            (place.node, place.index) = unsafe { place.node.parent() }?;
            place.height += 1;
        }
        place.index -= 1;
        Some(place)
    }
}

impl<K, V> Place<K, V> {
    /// The gap behind the entry.
    #[inline]
    pub(super) unsafe fn after(self) -> Gap<K, V> {
        match self.height {
            0 => Gap { leaf: self.node, index: self.index + 1 },
            // SAFETY: above the leaves each entry has a child on its right.
            height => unsafe { Gap::first(self.node.child(self.index + 1), height - 1) },
        }
    }

    /// The gap before the entry.
    #[inline]
    pub(super) unsafe fn before(self) -> Gap<K, V> {
        match self.height {
            0 => Gap { leaf: self.node, index: self.index },
            // SAFETY: above the leaves each entry has a child on its left.
            height => unsafe { Gap::last(self.node.child(self.index), height - 1) },
        }
    }

    /// The key. The caller is responsible for the lifetime.
    #[inline]
    pub(super) unsafe fn key<'a>(self) -> &'a K {
        // SAFETY: a place is the position of an entry.
        unsafe { self.node.key(self.index) }
    }

    /// The key and the value. The caller is responsible for the lifetime.
    #[inline]
    pub(super) unsafe fn entry<'a>(self) -> (&'a K, &'a V) {
        // SAFETY: a place is the position of an entry.
        unsafe { (self.node.key(self.index), &*self.node.value(self.index)) }
    }

    /// The key, and the value as mutable. The caller is responsible for the lifetime.
    #[inline]
    pub(super) unsafe fn entry_mut<'a>(self) -> (&'a K, &'a mut V) {
        // SAFETY: a place is the position of an entry. Keys and values are in different arrays.
        unsafe { (self.node.key(self.index), &mut *self.node.value(self.index)) }
    }
}
