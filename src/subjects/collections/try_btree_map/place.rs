//! Where in a tree: at an entry, a [`Place`], or in a leaf between entries, a [`Gap`].
//!
//! In each gap between neighbouring entries, before the first and behind the last, there is
//! exactly one position in a leaf; so gaps are equal if and only if they are the same gap. Relies
//! on the links between nodes. Compares no keys.
//!
//! The safety of all methods: the tree is alive, and has not been changed since the place or gap
//! was found, but for its values.

use super::node::Node;

/// Between two entries: in `leaf`, before the `index`th or behind the last.
pub(super) struct Gap<K, V> {
    pub(super) leaf: Node<K, V>,
    pub(super) index: usize,
}

/// At an entry.
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
    /// The gap of a tree that has no node; equal to itself.
    pub(super) const NOWHERE: Self = Self { leaf: Node::NOWHERE, index: 0 };

    /// The first gap below a node.
    #[inline]
    pub(super) unsafe fn first(mut node: Node<K, V>, height: usize) -> Self {
        for _ in 0..height {
            // SAFETY: the node is above the leaves, and such a node has a first child.
            node = unsafe { node.child(0) };
        }
        Self { leaf: node, index: 0 }
    }

    /// The last gap below a node.
    #[inline]
    pub(super) unsafe fn last(mut node: Node<K, V>, height: usize) -> Self {
        for _ in 0..height {
            // SAFETY: the node is above the leaves: it has a child behind its last entry.
            node = unsafe { node.child(node.len()) };
        }
        // SAFETY: the tree is alive.
        Self { leaf: node, index: unsafe { node.len() } }
    }

    /// The entry behind the gap.
    #[inline]
    pub(super) unsafe fn next(self) -> Option<Place<K, V>> {
        let mut place = Place { node: self.leaf, height: 0, index: self.index };
        // SAFETY: the tree is alive, and so is every node up to its root.
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
            // SAFETY: the tree is alive, and so is every node up to its root.
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
            // SAFETY: above the leaves there is a child on the right of each entry.
            height => unsafe { Gap::first(self.node.child(self.index + 1), height - 1) },
        }
    }

    /// The gap before the entry.
    #[inline]
    pub(super) unsafe fn before(self) -> Gap<K, V> {
        match self.height {
            0 => Gap { leaf: self.node, index: self.index },
            // SAFETY: above the leaves there is a child on the left of each entry.
            height => unsafe { Gap::last(self.node.child(self.index), height - 1) },
        }
    }

    /// The key, for as long as the caller answers for it.
    #[inline]
    pub(super) unsafe fn key<'a>(self) -> &'a K {
        // SAFETY: a place is that of an entry.
        unsafe { self.node.key(self.index) }
    }

    /// The key and the value, for as long as the caller answers for it.
    #[inline]
    pub(super) unsafe fn entry<'a>(self) -> (&'a K, &'a V) {
        // SAFETY: a place is that of an entry.
        unsafe { (self.node.key(self.index), &*self.node.value(self.index)) }
    }

    /// The key, and the value to change, for as long as the caller answers for it.
    #[inline]
    pub(super) unsafe fn entry_mut<'a>(self) -> (&'a K, &'a mut V) {
        // SAFETY: a place is that of an entry. Keys and values are in different arrays.
        unsafe { (self.node.key(self.index), &mut *self.node.value(self.index)) }
    }
}
