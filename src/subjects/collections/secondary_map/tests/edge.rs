//! [`SecondaryMap`] at the greatest keys, and with values that have no bytes. In these tests every
//! request for a great key fails. Insertions at great keys that succeed run in the sweep, below its
//! memory ceiling.

use super::*;
use std::panic::catch_unwind;

const MOST: usize = isize::MAX as usize;

/// Checks that every method that grows the map to a length of `index + 1` fails, reports
/// `requested` bytes, and changes nothing.
#[track_caller]
fn out_of_reach(index: usize, requested: usize) {
    let mut map = SecondaryMap::<Wide, u32>::new();
    map.insert(Wide(1), 5).unwrap();
    let oom = OutOfMemory::new(requested);
    assert_eq!(oom.requested(), requested);
    let key = Wide(index);
    assert_eq!(map.insert(key, 6), Err(oom));
    assert_eq!(map.insert_or_return(key, 6), Err((oom, 6)));
    assert_eq!(map.try_extend([(Wide(0), 7), (Wide(9), 8), (key, 6)]), Err(oom));
    if let Some(len) = index.checked_add(1) {
        assert_eq!(map.resize(len), Err(oom));
        assert_eq!(SecondaryMap::<Wide, u32>::with_capacity(len).unwrap_err(), oom);
        assert_eq!(map.reserve(len - 2), Err(oom));
        assert_eq!(map.reserve_exact(len - 2), Err(oom));
    }
    assert_eq!((map.get(key), map[key]), (None, 0));
    assert_eq!(map.remove(key), Ok(None));
    assert_eq!(map.as_values_slice(), [0, 5]);
}

#[test]
fn an_index_without_a_successor() {
    out_of_reach(usize::MAX, MOST);
}

#[test]
fn more_bytes_than_isize_holds() {
    out_of_reach(usize::MAX - 1, MOST);
    out_of_reach(usize::MAX / 4 + 1, MOST);
    out_of_reach(MOST / 4, MOST);
}

#[test]
#[cfg(target_pointer_width = "64")]
fn more_bytes_than_there_are_addresses() {
    out_of_reach(MOST / 4 - 1, MOST / 4 * 4);
    out_of_reach(1 << 56, ((1 << 56) + 1) * 4);
}

#[test]
fn values_without_bytes_reach_any_key_in_one_step() {
    let mut map = SecondaryMap::<Wide, ()>::new();
    assert_eq!(map.capacity(), usize::MAX);
    assert_eq!(map.insert(Wide(u32::MAX as usize), ()), Ok(None));
    assert_eq!(map.len(), u32::MAX as usize + 1);
    assert_eq!(map.insert(Wide(usize::MAX), ()), Err(OutOfMemory::new(usize::MAX)));
    assert_eq!(map.len(), u32::MAX as usize + 1);
    assert_eq!(map.insert(Wide(usize::MAX - 1), ()), Ok(None));
    assert_eq!(map.insert(Wide(usize::MAX), ()), Err(OutOfMemory::new(usize::MAX)));

    assert_eq!(map.remove(Wide(usize::MAX - 1)), Ok(Some(())));
    assert_eq!(
        map.try_extend([(Wide(5), ()), (Wide(usize::MAX), ())]).unwrap_err().requested(),
        MOST
    );
    assert_eq!(map.len(), usize::MAX);
    assert_eq!(map.iter().last(), Some((Wide(usize::MAX - 1), &())));
    assert_eq!(map.iter().nth(usize::MAX / 2), Some((Wide(usize::MAX / 2), &())));
    assert_eq!(map.iter_mut().count(), usize::MAX);

    let copy = map.try_clone().unwrap();
    assert_eq!(copy.len(), usize::MAX);
    map.resize(3).unwrap();
    assert!(map == copy && copy == SecondaryMap::new());
    assert_eq!(hash(&map), hash(&copy));
    map.resize(usize::MAX).unwrap();
    map.clear();
    assert!(map.is_empty());
    assert_eq!(copy.into_iter().next_back(), Some((Wide(usize::MAX - 1), ())));
    assert_eq!(SecondaryMap::<Wide, ()>::with_capacity(usize::MAX).unwrap().len(), 0);
}

#[test]
fn values_without_bytes_may_refuse_to_be_cloned() {
    struct Sole;
    impl TryClone for Sole {
        fn try_clone(&self) -> Result<Self, OutOfMemory> {
            Err(OutOfMemory::new(3))
        }
    }
    let mut map = SecondaryMap::<K, Sole>::with_default(Sole);
    assert!(map.insert(K(0), Sole).unwrap().is_none());
    assert_eq!(map.insert(K(2), Sole).err(), Some(OutOfMemory::new(3)));
    assert_eq!(map.remove(K(0)).err(), Some(OutOfMemory::new(3)));
    assert_eq!(map.resize(9), Err(OutOfMemory::new(3)));
    assert_eq!(map.len(), 1);
}

#[test]
fn values_without_bytes_that_equal_nothing() {
    #[derive(Debug)]
    struct Nan;
    impl PartialEq for Nan {
        fn eq(&self, _: &Self) -> bool {
            false
        }
    }
    impl TryClone for Nan {
        fn try_clone(&self) -> Result<Self, OutOfMemory> {
            Ok(Self)
        }
    }
    let mut map = SecondaryMap::<K, Nan>::with_default(Nan);
    assert_ne!(map, map);
    map.resize(2).unwrap();
    assert_ne!(map, map);
}

#[test]
#[cfg(target_pointer_width = "64")]
fn iteration_never_wraps_a_key() {
    let mut map = SecondaryMap::<K, ()>::new();
    map.insert(K(u32::MAX), ()).unwrap();
    assert_eq!(map.keys().next_back(), Some(K(u32::MAX)));
    map.resize(map.len() + 1).unwrap();
    assert_eq!(map.values().len(), u32::MAX as usize + 2);
    assert!(catch_unwind(|| map.keys().next()).is_err());
    assert!(catch_unwind(|| map.iter().next()).is_err());
    assert_eq!(map[K(u32::MAX)], ());
}
