//! [`TryBTreeMap`], its iterators and its entries. This file has the map and access to single keys.
//!
//! std's `BTreeMap` has no fallible insertion, so this is a separate B-tree. All nodes hold
//! entries, at most fifteen each, and nodes have links to their parents. An insertion has two steps
//! (`insert`): first it requests all nodes that it will need, then it changes the tree, which
//! cannot fail. Only insertions, copies, collecting and `append` make requests. Keys are compared
//! only in searches, which change nothing (`search`), so a comparison that panics leaves the map as
//! it was.
//!
//! `node` has the raw memory, `place` the positions in a tree, `remove` the removals. Whenever user
//! code may run, all nodes satisfy what `check` checks. The unsafe blocks in all files here rely on
//! that: the nodes reachable from the root are alive and belong to the map, and the length of each
//! is the number of its initialised entries.

mod append;
mod bulk;
mod check;
mod compare;
mod entry;
mod insert;
mod iter;
mod node;
mod owned;
mod place;
mod range;
mod remove;
mod search;
#[cfg(test)]
mod tests;

pub use entry::{Entry, OccupiedEntry, VacantEntry};
pub use iter::{Iter, IterMut, Keys, Values, ValuesMut};
pub use owned::{IntoIter, IntoKeys, IntoValues};
pub use range::{Range, RangeMut};

use super::OutOfMemory;
use node::Node;
use place::{Gap, Place};
use search::Found;
use std::borrow::Borrow;
use std::marker::PhantomData;
use std::mem;
use std::ops::Index;

/// An ordered map whose insertions can fail and then change nothing.
///
/// It is [`std::collections::BTreeMap`] for code that survives allocation failure: methods that can
/// make a request return `Result<_, OutOfMemory>`, and after an `Err` the map reads as before. The
/// type does not implement `Clone`, `Extend` or `FromIterator`, which could not report a failure;
/// see [`TryClone`](super::TryClone), [`TryExtend`](super::TryExtend) and
/// [`TryFromIterator`](super::TryFromIterator).
///
/// The order of a key, also of its borrowed form, must not change while the key is in the map. If
/// it does, or if `Ord` contradicts itself, the results of operations are unspecified, but memory
/// stays safe.
///
/// If a comparison panics, the map is as it was before. If the drop of a key or value panics, the
/// map stays valid, and everything else that the operation drops is still dropped.
///
/// ```
/// use oom_sweep::collections::{OutOfMemory, TryBTreeMap};
///
/// let mut ports = TryBTreeMap::new();
/// assert_eq!(ports.insert(443, "https")?, None);
/// assert_eq!(ports.insert(80, "web")?, None);
/// assert_eq!(ports.insert(80, "http")?, Some("web"));
/// assert_eq!(ports.first_key_value(), Some((&80, &"http")));
/// assert_eq!(ports.range(100..).count(), 1);
/// *ports.entry(22).or_insert("ssh")? = "shell";
/// assert_eq!(ports.into_values().collect::<Vec<_>>(), ["shell", "http", "https"]);
/// # Ok::<(), OutOfMemory>(())
/// ```
pub struct TryBTreeMap<K, V> {
    /// `None` until the first insertion. An emptied map keeps an empty leaf.
    root: Option<Root<K, V>>,
    len: usize,
    /// Entries are behind a pointer, so they do not move with the map.
    owns: PhantomData<Box<(K, V)>>,
}

/// The root node and its height above the leaves.
struct Root<K, V> {
    node: Node<K, V>,
    height: usize,
}

impl<K, V> Clone for Root<K, V> {
    #[inline]
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V> Copy for Root<K, V> {}

impl<K, V> TryBTreeMap<K, V> {
    /// An empty map. O(1), no request.
    #[must_use]
    pub const fn new() -> Self {
        Self { root: None, len: 0, owns: PhantomData }
    }

    /// The number of entries. O(1), no request.
    #[must_use]
    #[inline]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no entry. O(1), no request.
    #[must_use]
    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The value at `key`. O(log len), no request.
    #[inline]
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.get_key_value(key).map(|(_, value)| value)
    }

    /// The value at `key`, mutable. O(log len), no request.
    #[inline]
    pub fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let place = self.find(key)?;
        // SAFETY: a place of this map, which is borrowed for as long as the value is.
        Some(unsafe { place.entry_mut() }.1)
    }

    /// The key in the map that equals `key`, and its value. O(log len), no request.
    #[inline]
    pub fn get_key_value<Q: Ord + ?Sized>(&self, key: &Q) -> Option<(&K, &V)>
    where
        K: Borrow<Q>,
    {
        let place = self.find(key)?;
        // SAFETY: a place of this map, which is borrowed for as long as the entry is.
        Some(unsafe { place.entry() })
    }

    /// Whether `key` is in the map. O(log len), no request.
    #[inline]
    pub fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.find(key).is_some()
    }

    /// Sets `key` to `value` and returns the previous value. If the key is present, the map keeps
    /// its own key, as in std.
    ///
    /// O(log len). Makes no request if the key is present or its leaf has room. Otherwise makes one
    /// for each node that is split, and one for a new root. On average over a series of insertions
    /// that is less than one request for seven insertions. An `Err` leaves the map as it was; `key`
    /// and `value` are dropped. [`insert_or_return`](Self::insert_or_return) gives them back.
    #[inline]
    pub fn insert(&mut self, key: K, value: V) -> Result<Option<V>, OutOfMemory>
    where
        K: Ord,
    {
        self.insert_or_return(key, value).map_err(|(oom, _, _)| oom)
    }

    /// Like [`insert`](Self::insert), but an `Err` also returns the key and the value. Makes the
    /// same requests; an `Err` leaves the map as it was.
    #[inline]
    pub fn insert_or_return(&mut self, key: K, value: V) -> Result<Option<V>, (OutOfMemory, K, V)>
    where
        K: Ord,
    {
        let gap = match self.root.map(|root| root.search(&key)) {
            None => None,
            Some(Found::Absent(gap)) => Some(gap),
            Some(Found::At(place)) => {
                // Dropped before the result exists: a panic of this drop would leak the result.
                drop(key);
                // SAFETY: a place of this map, which is borrowed.
                return Ok(Some(mem::replace(unsafe { place.entry_mut() }.1, value)));
            }
        };
        // SAFETY: the gap was just found in this map.
        match unsafe { self.insert_absent(gap, (key, value)) } {
            Ok(_) => Ok(None),
            Err((oom, (key, value))) => Err((oom, key, value)),
        }
    }

    /// Removes `key` and returns its value. O(log len), no request.
    #[inline]
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        self.remove_entry(key).map(value_of)
    }

    /// Removes `key` and returns the key and the value that the map held. O(log len), no request.
    #[inline]
    pub fn remove_entry<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<(K, V)>
    where
        K: Borrow<Q>,
    {
        let place = self.find(key)?;
        // SAFETY: a place of this map.
        Some(unsafe { self.remove_at(place) }.0)
    }

    /// The least key and its value. O(log len), no request.
    #[must_use]
    pub fn first_key_value(&self) -> Option<(&K, &V)> {
        // SAFETY: a place of this map, which is borrowed for as long as the entry is.
        self.first_place().map(|place| unsafe { place.entry() })
    }

    /// The greatest key and its value. O(log len), no request.
    #[must_use]
    pub fn last_key_value(&self) -> Option<(&K, &V)> {
        // SAFETY: a place of this map, which is borrowed for as long as the entry is.
        self.last_place().map(|place| unsafe { place.entry() })
    }

    /// Removes the least key and returns it with its value. O(log len), no request.
    pub fn pop_first(&mut self) -> Option<(K, V)> {
        let place = self.first_place()?;
        // SAFETY: a place of this map.
        Some(unsafe { self.remove_at(place) }.0)
    }

    /// Removes the greatest key and returns it with its value. O(log len), no request.
    pub fn pop_last(&mut self) -> Option<(K, V)> {
        let place = self.last_place()?;
        // SAFETY: a place of this map.
        Some(unsafe { self.remove_at(place) }.0)
    }

    /// Drops all entries and frees all memory. O(len), no request.
    pub fn clear(&mut self) {
        drop(mem::take(self));
    }

    /// The bytes that the map has requested for its nodes and holds. O(nodes), no request.
    #[must_use]
    pub fn allocated_bytes(&self) -> usize {
        /// The bytes of this node, which must be alive, and of the nodes below it.
        unsafe fn below<K, V>(node: Node<K, V>, height: usize) -> usize {
            let own = Node::<K, V>::layout(height).size();
            // SAFETY: the node is alive, and so are its children.
            let (len, below) = unsafe { (node.len(), |at| below(node.child(at), height - 1)) };
            own + match height {
                0 => 0,
                1 => (len + 1) * Node::<K, V>::layout(0).size(),
                _ => (0..=len).map(below).sum(),
            }
        }
        // SAFETY: the map's nodes are alive.
        self.root.map_or(0, |root| unsafe { below(root.node, root.height) })
    }

    fn first_place(&self) -> Option<Place<K, V>> {
        let Root { node, height } = self.root?;
        // SAFETY: the map's nodes are alive.
        unsafe { Gap::first(node, height).next() }
    }

    fn last_place(&self) -> Option<Place<K, V>> {
        let Root { node, height } = self.root?;
        // SAFETY: the map's nodes are alive.
        unsafe { Gap::last(node, height).previous() }
    }
}

/// The value of an entry. Drops the key first: if that panics, unwinding drops the value, which
/// would leak if it were already the result.
#[inline]
fn value_of<K, V>((key, value): (K, V)) -> V {
    drop(key);
    value
}

/// `&map[&key]`: the value at a key. O(log len), no request.
///
/// # Panics
///
/// If the key is not in the map.
impl<K: Borrow<Q>, Q: Ord + ?Sized, V> Index<&Q> for TryBTreeMap<K, V> {
    type Output = V;

    #[inline]
    fn index(&self, key: &Q) -> &V {
        self.get(key).expect("no entry found for key")
    }
}

/// [`TryBTreeMap::new`].
impl<K, V> Default for TryBTreeMap<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

/// Drops the entries in order. If a drop panics, the remaining entries are still dropped.
impl<K, V> Drop for TryBTreeMap<K, V> {
    fn drop(&mut self) {
        drop(mem::take(self).into_iter());
    }
}
