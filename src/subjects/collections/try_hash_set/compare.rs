//! Operations on two [`TryHashSet`]s: equality, subsets, intersection, union, difference.
//!
//! They return iterators instead of new sets, so they make no request.

use super::{Iter, TryHashSet};
use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::iter::{Chain, FusedIterator};

impl<T: Eq + Hash, S: BuildHasher> TryHashSet<T, S> {
    /// Whether all values of this set are in `other`. O(len), no request.
    #[must_use]
    pub fn is_subset(&self, other: &Self) -> bool {
        self.len() <= other.len() && self.difference(other).next().is_none()
    }

    /// Whether all values of `other` are in this set. O(other's len), no request.
    #[must_use]
    pub fn is_superset(&self, other: &Self) -> bool {
        other.is_subset(self)
    }

    /// Whether the two sets have no value in common. O(the smaller len), no request.
    #[must_use]
    pub fn is_disjoint(&self, other: &Self) -> bool {
        self.intersection(other).next().is_none()
    }

    /// The values that are in both sets. O(the smaller len) for all, no request.
    pub fn intersection<'a>(&'a self, other: &'a Self) -> Intersection<'a, T, S> {
        let (few, many) = if self.len() <= other.len() { (self, other) } else { (other, self) };
        Intersection { values: few.iter(), other: many }
    }

    /// The values of this set that are not in `other`. O(len) for all, no request.
    pub fn difference<'a>(&'a self, other: &'a Self) -> Difference<'a, T, S> {
        Difference { values: self.iter(), other }
    }

    /// The values that are in at least one of the sets, each once. O(both lens) for all, no
    /// request.
    pub fn union<'a>(&'a self, other: &'a Self) -> Union<'a, T, S> {
        Union { values: self.iter().chain(other.difference(self)) }
    }

    /// The values that are in exactly one of the two sets. O(both lens) for all, no request.
    pub fn symmetric_difference<'a>(&'a self, other: &'a Self) -> SymmetricDifference<'a, T, S> {
        SymmetricDifference { values: self.difference(other).chain(other.difference(self)) }
    }
}

/// The iterator of [`TryHashSet::intersection`].
pub struct Intersection<'a, T, S> {
    values: Iter<'a, T>,
    other: &'a TryHashSet<T, S>,
}

/// The iterator of [`TryHashSet::difference`].
pub struct Difference<'a, T, S> {
    values: Iter<'a, T>,
    other: &'a TryHashSet<T, S>,
}

/// The iterator of [`TryHashSet::union`].
pub struct Union<'a, T, S> {
    values: Chain<Iter<'a, T>, Difference<'a, T, S>>,
}

/// The iterator of [`TryHashSet::symmetric_difference`].
pub struct SymmetricDifference<'a, T, S> {
    values: Chain<Difference<'a, T, S>, Difference<'a, T, S>>,
}

macro_rules! iterator {
    ($name:ident { values $(, $other:ident)? }, $self:ident => $next:expr) => {
        impl<'a, T: Eq + Hash, S: BuildHasher> Iterator for $name<'a, T, S> {
            type Item = &'a T;

            #[inline]
            fn next(&mut $self) -> Option<&'a T> {
                $next
            }

            #[inline]
            fn size_hint(&self) -> (usize, Option<usize>) {
                (0, self.values.size_hint().1)
            }
        }

        impl<T: Eq + Hash, S: BuildHasher> FusedIterator for $name<'_, T, S> {}

        impl<T, S> Clone for $name<'_, T, S> {
            fn clone(&self) -> Self {
                Self { values: self.values.clone() $(, $other: self.$other)? }
            }
        }

        impl<T: fmt::Debug + Eq + Hash, S: BuildHasher> fmt::Debug for $name<'_, T, S> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_list().entries(self.clone()).finish()
            }
        }
    };
}

iterator!(Intersection { values, other }, self => self.values.find(|value| self.other.contains(*value)));
iterator!(Difference { values, other }, self => self.values.find(|value| !self.other.contains(*value)));
iterator!(Union { values }, self => self.values.next());
iterator!(SymmetricDifference { values }, self => self.values.next());

/// Two sets are equal if they have the same values. O(len), no request.
impl<T: Eq + Hash, S: BuildHasher> PartialEq for TryHashSet<T, S> {
    fn eq(&self, other: &Self) -> bool {
        self.map == other.map
    }
}

impl<T: Eq + Hash, S: BuildHasher> Eq for TryHashSet<T, S> {}

impl<T: fmt::Debug, S> fmt::Debug for TryHashSet<T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self).finish()
    }
}
