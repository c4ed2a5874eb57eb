//! Iterators over the entries of a [`TryBTreeMap`] whose keys are in a range.
//!
//! A range consists of two gaps, found by two searches. Makes no request.

use super::iter::{Span, iterate};
use super::place::Gap;
use super::search::Found;
use super::{Root, TryBTreeMap};
use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Bound, RangeBounds};

impl<K, V> TryBTreeMap<K, V> {
    /// The entries whose keys are in `range`, in order. O(log len), no request.
    ///
    /// # Panics
    ///
    /// If the range starts behind its end, or if start and end are equal and both excluded, as in
    /// std.
    pub fn range<Q: Ord + ?Sized>(&self, range: impl RangeBounds<Q>) -> Range<'_, K, V>
    where
        K: Borrow<Q>,
    {
        Range { inner: self.span(range), lends: PhantomData }
    }

    /// Like [`range`](Self::range), but mutable. O(log len), no request.
    ///
    /// # Panics
    ///
    /// Like [`range`](Self::range).
    pub fn range_mut<Q: Ord + ?Sized>(&mut self, range: impl RangeBounds<Q>) -> RangeMut<'_, K, V>
    where
        K: Borrow<Q>,
    {
        RangeMut { inner: self.span(range), lends: PhantomData }
    }

    /// The places between the bounds. The map must not change while the span exists.
    fn span<Q: Ord + ?Sized>(&self, range: impl RangeBounds<Q>) -> Span<K, V>
    where
        K: Borrow<Q>,
    {
        let (start, end) = (range.start_bound(), range.end_bound());
        check_bounds(start, end);
        let Some(root) = self.root else {
            return Span { front: Gap::NOWHERE, back: Gap::NOWHERE };
        };
        // SAFETY: the map's nodes are alive, and the places found belong to it.
        unsafe {
            let front = match start {
                Bound::Included(key) => root.gap(key, Side::Before),
                Bound::Excluded(key) => root.gap(key, Side::Behind),
                Bound::Unbounded => Gap::first(root.node, root.height),
            };
            let back = match end {
                Bound::Included(key) => root.gap(key, Side::Behind),
                Bound::Excluded(key) => root.gap(key, Side::Before),
                Bound::Unbounded => Gap::last(root.node, root.height),
            };
            Span { front, back }
        }
    }
}

fn check_bounds<Q: Ord + ?Sized>(start: Bound<&Q>, end: Bound<&Q>) {
    use Bound::{Excluded, Included};
    let (Included(first) | Excluded(first)) = start else { return };
    let (Included(last) | Excluded(last)) = end else { return };
    match first.cmp(last) {
        Ordering::Greater => panic!("range start is greater than range end in TryBTreeMap"),
        Ordering::Equal if matches!((start, end), (Excluded(_), Excluded(_))) => {
            panic!("range start and end are equal and excluded in TryBTreeMap")
        }
        _ => {}
    }
}

/// A side of a key.
#[derive(Clone, Copy)]
enum Side {
    Before,
    Behind,
}

impl<K, V> Root<K, V> {
    /// The gap beside `key`, or the gap where `key` would be. The tree must be alive.
    unsafe fn gap<Q: Ord + ?Sized>(self, key: &Q, side: Side) -> Gap<K, V>
    where
        K: Borrow<Q>,
    {
        match (self.search(key), side) {
            (Found::Absent(gap), _) => gap,
            // SAFETY: the place was just found.
            (Found::At(place), Side::Before) => unsafe { place.before() },
            // SAFETY: the place was just found.
            (Found::At(place), Side::Behind) => unsafe { place.after() },
        }
    }
}

/// The iterator of [`TryBTreeMap::range`].
pub struct Range<'a, K, V> {
    inner: Span<K, V>,
    lends: PhantomData<&'a (K, V)>,
}

iterate! {
    Range ['a, K, V],
    // SAFETY: the map is borrowed as long as the entry.
    (&'a K, &'a V) = |place| unsafe { place.entry() }
}

/// The iterator of [`TryBTreeMap::range_mut`].
pub struct RangeMut<'a, K, V> {
    inner: Span<K, V>,
    lends: PhantomData<&'a mut (K, V)>,
}

iterate! {
    RangeMut ['a, K, V],
    // SAFETY: the map is borrowed, and each place is visited once: the ends move towards each other
    // and stop where they meet. If a contradictory `Ord` put them in the wrong order, they move
    // apart.
    (&'a K, &'a mut V) = |place| unsafe { place.entry_mut() }
}

impl<K, V> Clone for Range<'_, K, V> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), ..*self }
    }
}

/// Shows the entries that remain.
impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Range<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}
