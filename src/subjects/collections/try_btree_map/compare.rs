//! Comparison and formatting of [`TryBTreeMap`]: `Eq`, `Ord`, `Hash`, `Debug`.
//!
//! All of these compare or format the sequence of entries, as in std. They make no request.

use super::TryBTreeMap;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

/// Two maps are equal if they have equal entries. O(len), no request.
impl<K: PartialEq, V: PartialEq> PartialEq for TryBTreeMap<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && self.iter().eq(other)
    }
}

impl<K: Eq, V: Eq> Eq for TryBTreeMap<K, V> {}

/// Compares the sequences of entries. O(len), no request.
impl<K: PartialOrd, V: PartialOrd> PartialOrd for TryBTreeMap<K, V> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.iter().partial_cmp(other)
    }
}

/// Compares the sequences of entries. O(len), no request.
impl<K: Ord, V: Ord> Ord for TryBTreeMap<K, V> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.iter().cmp(other)
    }
}

/// Hashes the length, then the entries. O(len), no request.
impl<K: Hash, V: Hash> Hash for TryBTreeMap<K, V> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.len.hash(state);
        self.iter().for_each(|entry| entry.hash(state));
    }
}

/// Formats like std's map.
impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for TryBTreeMap<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}
