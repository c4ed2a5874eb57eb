//! Comparison and formatting of [`SecondaryMap`]: `Eq`, `Hash`, `Debug`.
//!
//! Maps are equal if they read the same at every key, so trailing defaults are ignored. Values of a
//! zero-sized type are indistinguishable, so one comparison decides for all of them.

use super::SecondaryMap;
use std::fmt;
use std::hash::{Hash, Hasher};

impl<K, V: PartialEq, D> SecondaryMap<K, V, D> {
    /// The values up to the last that differs from the default. O(trailing defaults).
    pub(super) fn without_trailing_defaults(&self) -> &[V] {
        let is_set = |value: &V| *value != self.default;
        let len = match self.elems.last() {
            Some(last) if size_of::<V>() == 0 && !is_set(last) => 0,
            _ => self.elems.iter().rposition(is_set).map_or(0, |last| last + 1),
        };
        &self.elems[..len]
    }
}

/// Two maps are equal if their defaults are equal and their values are equal at every key. O(the
/// longer length), no request.
impl<K, V: PartialEq, D> PartialEq for SecondaryMap<K, V, D> {
    fn eq(&self, other: &Self) -> bool {
        if self.default != other.default {
            return false;
        }
        if size_of::<V>() == 0 {
            return true;
        }
        let common = self.elems.len().min(other.elems.len());
        let (start, rest) = self.elems.split_at(common);
        let (other_start, other_rest) = other.elems.split_at(common);
        start == other_start && rest.iter().chain(other_rest).all(|value| *value == self.default)
    }
}

impl<K, V: Eq, D> Eq for SecondaryMap<K, V, D> {}

/// Consistent with `Eq`: trailing defaults are left out. O(len), no request.
impl<K, V: Eq + Hash, D> Hash for SecondaryMap<K, V, D> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.default.hash(state);
        self.without_trailing_defaults().hash(state);
    }
}

/// The values of the keys `0..len`, then the default, in the format of `cranelift_entity`.
impl<K, V: fmt::Debug, D> fmt::Debug for SecondaryMap<K, V, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecondaryMap")
            .field("elems", &self.elems)
            .field("default", &self.default)
            .finish()
    }
}
