//! Tests of [`SecondaryMap`]: this file has its behaviour when memory suffices, `failure` clones
//! that fail or panic, `edge` the greatest keys and values of zero size.
//!
//! The sweep tests failed requests. `tests/secondary_map_differential.rs` compares with
//! `cranelift_entity`.

mod edge;
mod failure;

use super::*;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

#[derive(Clone, Copy, PartialEq, Eq)]
struct K(u32);
crate::entity_impl!(K, "k");

/// A key over all of `usize`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Wide(usize);

impl EntityRef for Wide {
    fn new(index: usize) -> Self {
        Self(index)
    }

    fn index(self) -> usize {
        self.0
    }
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

fn map(default: u32, values: &[u32]) -> SecondaryMap<K, u32> {
    let mut map = SecondaryMap::with_default(default);
    for (index, value) in values.iter().enumerate() {
        map.insert(K::new(index), *value).unwrap();
    }
    map
}

#[test]
fn keys_read_as_the_default_until_they_are_set() {
    let mut map = SecondaryMap::with_default(9);
    assert!(map.is_empty());
    assert_eq!((map[K(3)], map.get(K(3))), (9, None));
    assert_eq!(map.insert(K(3), 1), Ok(None));
    assert_eq!(map.as_values_slice(), [9, 9, 9, 1]);
    assert_eq!((map[K(1)], map.get(K(1)), map.get(K(4))), (9, Some(&9), None));
    assert_eq!(map.insert(K(3), 2), Ok(Some(1)));
    assert_eq!(map.insert_or_return(K(0), 3), Ok(Some(9)));
    *map.get_mut(K(3)).unwrap() += 5;
    assert_eq!((map[K(3)], map.get_mut(K(4))), (7, None));
    assert_eq!((map.len(), map.default_value()), (4, &9));
}

#[test]
fn remove_writes_the_default_and_never_shrinks() {
    let mut map = map(9, &[1, 2]);
    assert_eq!(map.remove(K(1)), Ok(Some(2)));
    assert_eq!(map.remove(K(1)), Ok(Some(9)));
    assert_eq!(map.remove(K(2)), Ok(None));
    assert_eq!(map.as_values_slice(), [1, 9]);
}

#[test]
fn resize_and_clear_keep_the_capacity() {
    let mut map = map(9, &[1, 2]);
    map.resize(5).unwrap();
    assert_eq!(map.as_values_slice(), [1, 2, 9, 9, 9]);
    let capacity = map.capacity();
    map.resize(5).unwrap();
    map.resize(1).unwrap();
    assert_eq!(map.as_values_slice(), [1]);
    map.clear();
    assert!(map.is_empty());
    assert_eq!((map.capacity(), map[K(0)]), (capacity, 9));
}

#[test]
fn constructors() {
    assert_eq!(SecondaryMap::<K, u32>::new().capacity(), 0);
    assert_eq!(SecondaryMap::<K, u32>::with_capacity(0).unwrap().capacity(), 0);
    let mut roomy = SecondaryMap::<K, u32>::with_capacity(17).unwrap();
    assert!(roomy.is_empty());
    roomy.insert(K(16), 1).unwrap();
    assert_eq!(roomy.capacity(), 17);

    roomy.reserve_exact(0).unwrap();
    roomy.reserve(0).unwrap();
    assert_eq!(roomy.capacity(), 17);
    roomy.reserve(1).unwrap();
    assert_eq!((roomy.capacity(), roomy.len()), (34, 17));
    roomy.reserve_exact(18).unwrap();
    assert_eq!((roomy.capacity(), roomy.len()), (35, 17));

    let from = SecondaryMap::<K, u32>::from(vec![1, 2]);
    assert_eq!((from.as_values_slice(), from[K(2)]), (&[1, 2][..], 0));
    assert_eq!(SecondaryMap::<K, u32>::default(), SecondaryMap::new());
}

#[test]
fn it_is_a_vec_in_memory() {
    let vec = vec![1, 2, 3];
    let place = vec.as_ptr();
    let map = SecondaryMap::<K, u32>::from(vec);
    assert_eq!(map.as_values_slice().as_ptr(), place);
    let vec = Vec::from(map.into_no_alloc().unwrap());
    assert_eq!((vec.as_ptr(), vec), (place, vec![1, 2, 3]));
}

#[test]
fn try_clone_copies_gaps_and_trailing_defaults() {
    let mut map = map(9, &[1]);
    map.resize(3).unwrap();
    let copy = TryClone::try_clone(&map).unwrap();
    assert_eq!((copy.as_values_slice(), copy.default_value()), (&[1, 9, 9][..], &9));
}

#[test]
fn of_items_with_the_same_key_the_last_wins() {
    let items = [(K(1), 1), (K(3), 2), (K(1), 3), (K(0), 4), (K(3), 5)];
    let mut map = SecondaryMap::try_from_iter(items).unwrap();
    assert_eq!(map.as_values_slice(), [4, 3, 0, 5]);
    map.try_extend([(K(4), 6), (K(1), 7), (K(4), 8), (K(1), 9)]).unwrap();
    assert_eq!(map.as_values_slice(), [4, 9, 0, 5, 8]);
    map.try_extend([]).unwrap();
    assert_eq!(map.len(), 5);
}

#[test]
fn a_false_size_hint_is_ignored() {
    struct EndlessHint(u32);
    impl Iterator for EndlessHint {
        type Item = (K, u32);

        fn next(&mut self) -> Option<Self::Item> {
            self.0 = self.0.checked_sub(1)?;
            Some((K(self.0), self.0))
        }

        fn size_hint(&self) -> (usize, Option<usize>) {
            (usize::MAX, Some(usize::MAX))
        }
    }
    let mut map = SecondaryMap::try_from_iter(EndlessHint(3)).unwrap();
    map.try_extend(EndlessHint(5)).unwrap();
    assert_eq!(map.as_values_slice(), [0, 1, 2, 3, 4]);
    assert!(map.capacity() < 20);
}

#[test]
fn equal_maps_read_the_same_and_hash_the_same() {
    let short = map(9, &[1, 2]);
    let mut long = map(9, &[1, 2]);
    long.resize(50).unwrap();
    for (a, b) in [(&short, &long), (&long, &short)] {
        assert_eq!(a, b);
        assert_eq!(hash(a), hash(b));
    }
    assert_eq!(hash(&map(9, &[9, 9])), hash(&map(9, &[])));
    for other in [map(9, &[1]), map(9, &[1, 3]), map(9, &[1, 2, 0]), map(0, &[1, 2])] {
        assert_ne!(short, other);
        assert_ne!(other, short);
    }
    let nan = SecondaryMap::<K, f32>::with_default(f32::NAN);
    assert_ne!(nan, nan);
}

#[test]
fn debug_shows_entries_then_the_default() {
    assert_eq!(format!("{:?}", map(9, &[1, 2])), "SecondaryMap { elems: [1, 2], default: 9 }");
}

#[test]
fn iterators_cover_gaps_from_both_ends() {
    let mut map = map(0, &[]);
    map.insert(K(3), 7).unwrap();

    let mut iter = map.iter();
    assert_eq!((iter.len(), iter.clone().count()), (4, 4));
    assert_eq!(iter.next_back(), Some((K(3), &7)));
    assert_eq!(iter.next(), Some((K(0), &0)));
    assert_eq!(iter.size_hint(), (2, Some(2)));
    assert_eq!(iter.clone().last(), Some((K(2), &0)));
    assert_eq!(iter.nth(1), Some((K(2), &0)));
    assert_eq!((iter.next(), iter.next_back(), iter.next()), (None, None, None));

    let mut keys = map.keys();
    assert_eq!(keys.nth_back(1), Some(K(2)));
    assert_eq!(keys.clone().rev().collect::<Vec<_>>(), [K(1), K(0)]);
    assert_eq!(keys.len(), 2);

    map.iter_mut().rev().for_each(|(key, value)| *value += key.as_u32());
    (&mut map).into_iter().for_each(|(_, value)| *value *= 2);
    map.values_mut().for_each(|value| *value += 1);
    assert_eq!(map.values().copied().collect::<Vec<_>>(), [1, 3, 5, 21]);
    assert!((&map).into_iter().eq(map.iter()));

    let mut owned = map.into_iter();
    assert_eq!((owned.next_back(), owned.len()), (Some((K(3), 21)), 3));
    assert_eq!(owned.collect::<Vec<_>>(), [(K(0), 1), (K(1), 3), (K(2), 5)]);
}
