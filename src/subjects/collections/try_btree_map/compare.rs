//! What two [`TryBTreeMap`]s are to each other and to a reader: `Eq`, `Ord`, `Hash`, `Debug`.
//!
//! All of it is that of the series of entries, as in std. Makes no request.

use super::TryBTreeMap;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

/// The same entries. O(len), no request.
impl<K: PartialEq, V: PartialEq> PartialEq for TryBTreeMap<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && self.iter().eq(other)
    }
}

impl<K: Eq, V: Eq> Eq for TryBTreeMap<K, V> {}

/// As the series of entries. O(len), no request.
impl<K: PartialOrd, V: PartialOrd> PartialOrd for TryBTreeMap<K, V> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.iter().partial_cmp(other)
    }
}

/// As the series of entries. O(len), no request.
impl<K: Ord, V: Ord> Ord for TryBTreeMap<K, V> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.iter().cmp(other)
    }
}

/// The length, then the entries. O(len), no request.
impl<K: Hash, V: Hash> Hash for TryBTreeMap<K, V> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.len.hash(state);
        self.iter().for_each(|entry| entry.hash(state));
    }
}

/// As std's map.
impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for TryBTreeMap<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}
