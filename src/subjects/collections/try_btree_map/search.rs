//! Searches for keys. Only this file and `range` compare keys.
//!
//! A search changes nothing, so a comparison may panic. If `Ord` contradicts itself, a search ends
//! at an arbitrary place of the tree. No unsafe code relies on it being the right one.

use super::node::Node;
use super::place::{Gap, Place};
use super::{Root, TryBTreeMap};
use std::borrow::Borrow;
use std::cmp::Ordering;

/// The result of a search.
pub(super) enum Found<K, V> {
    At(Place<K, V>),
    /// The key is absent; it would be in this gap.
    Absent(Gap<K, V>),
}

impl<K, V> TryBTreeMap<K, V> {
    /// The place of a key.
    #[inline]
    pub(super) fn find<Q: Ord + ?Sized>(&self, key: &Q) -> Option<Place<K, V>>
    where
        K: Borrow<Q>,
    {
        match self.root?.search(key) {
            Found::At(place) => Some(place),
            Found::Absent(_) => None,
        }
    }
}

impl<K, V> Root<K, V> {
    /// Searches the tree for `key`. The tree must be alive, as that of a map always is.
    #[inline]
    pub(super) fn search<Q: Ord + ?Sized>(self, key: &Q) -> Found<K, V>
    where
        K: Borrow<Q>,
    {
        let Self { mut node, mut height } = self;
        loop {
            // SAFETY: the tree is alive, and nothing changes it while it is searched.
            match unsafe { search_node(node, key) } {
                Ok(index) => return Found::At(Place { node, height, index }),
                Err(index) if height == 0 => return Found::Absent(Gap { leaf: node, index }),
                // SAFETY: above the leaves there is a child before each entry and one behind the
                // last.
                Err(index) => node = unsafe { node.child(index) },
            }
            height -= 1;
        }
    }
}

/// The index of `key` in a node, or as `Err` the index of the first greater key.
///
/// A linear search: in a node this small, predictable branches are worth more than fewer
/// comparisons.
///
/// # Safety
/// The node is alive and does not change during the search.
#[inline]
unsafe fn search_node<K, V, Q: Ord + ?Sized>(node: Node<K, V>, key: &Q) -> Result<usize, usize>
where
    K: Borrow<Q>,
{
    // SAFETY: by the contract.
    let keys = unsafe { node.keys() };
    for (index, other) in keys.iter().enumerate() {
        match key.cmp(other.borrow()) {
            Ordering::Greater => {}
            Ordering::Equal => return Ok(index),
            Ordering::Less => return Err(index),
        }
    }
    Err(keys.len())
}
