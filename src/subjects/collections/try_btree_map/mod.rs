//! [`TryBTreeMap`], its iterators and its entries. Here: the map, and access to one key at a time.
//!
//! std has no insertion that can fail, so this is a B-tree of its own. Entries stand in all nodes,
//! at most fifteen in each, and nodes know their parents. An insertion is two steps: all nodes
//! that it will take are requested before anything is touched (`insert`), and the change itself
//! cannot fail. All else makes no request, but for copies, collecting and `append`. Keys are
//! compared in searches alone, which change nothing (`search`): a comparison that panics leaves
//! the map as it was.
//!
//! Raw memory is in `node`; `place` names positions in a tree, `remove` shrinks it. Of all nodes
//! it holds, whenever code of the user may run, what `check` checks, and the unsafe blocks of all
//! files here rely on that: nodes that the root leads to are alive and belong to the map, and each
//! has as many initialised entries as its length says.

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

/// An ordered map whose insertions can fail, and then change nothing.
///
/// It is [`std::collections::BTreeMap`] for code that survives allocation failure: what can make
/// a request returns `Result<_, OutOfMemory>`, and after an `Err` the map reads as before. Hence
/// no `Clone`, `Extend` or `FromIterator`, which could not report a failure; see
/// [`TryClone`](super::TryClone), [`TryExtend`](super::TryExtend) and
/// [`TryFromIterator`](super::TryFromIterator).
///
/// The order of a key, by [`Ord`] and by that of what it is borrowed as, must not change while the
/// key is in the map. If it does, or if `Ord` contradicts itself, what operations do to the map is
/// not specified; memory is safe all the same.
///
/// If a comparison panics the map is as it was before. If a drop of a key or value panics, the map
/// remains valid, and what was to be dropped with it still is.
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
    /// None until the first insertion. A map that was emptied keeps an empty leaf.
    root: Option<Root<K, V>>,
    len: usize,
    /// Behind a pointer: entries do not move with the map.
    owns: PhantomData<Box<(K, V)>>,
}

/// The node without parent, and how far it is above the leaves.
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

    /// The value at `key`, to change it. O(log len), no request.
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

    /// Sets `key` to `value` and returns the value before. If the key was there it is not
    /// replaced, as in std.
    ///
    /// O(log len). No request if the key was there, or there is room where it belongs; otherwise
    /// one for each node that is split, and one for a new root: in a series of insertions, less than
    /// one for seven of them. An `Err` leaves the map as it was; `key` and `value` are dropped.
    /// [`insert_or_return`](Self::insert_or_return) gives them back.
    #[inline]
    pub fn insert(&mut self, key: K, value: V) -> Result<Option<V>, OutOfMemory>
    where
        K: Ord,
    {
        self.insert_or_return(key, value).map_err(|(oom, _, _)| oom)
    }

    /// [`insert`](Self::insert) that gives key and value back with an `Err`. The same requests,
    /// and the map is left the same.
    #[inline]
    pub fn insert_or_return(&mut self, key: K, value: V) -> Result<Option<V>, (OutOfMemory, K, V)>
    where
        K: Ord,
    {
        let gap = match self.root.map(|root| root.search(&key)) {
            None => None,
            Some(Found::Absent(gap)) => Some(gap),
            Some(Found::At(place)) => {
                // Before there is a result, which a panic of this drop would leak.
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

    /// Takes `key` out and returns its value. O(log len), no request.
    #[inline]
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        self.remove_entry(key).map(value_of)
    }

    /// Takes `key` out and returns what the map held. O(log len), no request.
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

    /// Takes the least key out, with its value. O(log len), no request.
    pub fn pop_first(&mut self) -> Option<(K, V)> {
        let place = self.first_place()?;
        // SAFETY: a place of this map.
        Some(unsafe { self.remove_at(place) }.0)
    }

    /// Takes the greatest key out, with its value. O(log len), no request.
    pub fn pop_last(&mut self) -> Option<(K, V)> {
        let place = self.last_place()?;
        // SAFETY: a place of this map.
        Some(unsafe { self.remove_at(place) }.0)
    }

    /// Drops all entries and frees all memory. O(len), no request.
    pub fn clear(&mut self) {
        drop(mem::take(self));
    }

    /// The bytes of the map's nodes, used or not. O(len), a step for dozens of entries; no request.
    #[must_use]
    pub fn allocated_bytes(&self) -> usize {
        /// The bytes from this node down, which must be alive.
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

/// The value of an entry. The key is dropped first: should that panic, so is the value, which
/// would leak if it were a result already.
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

/// Drops the entries in their order. If a drop panics, the rest is dropped all the same.
impl<K, V> Drop for TryBTreeMap<K, V> {
    fn drop(&mut self) {
        drop(mem::take(self).into_iter());
    }
}
