//! Tests of [`TryHashSet`]: the behaviour that it adds to the map.

use super::*;
use crate::collections::TryCollect;
use std::hash::Hasher;

fn set(values: &[u32]) -> TryHashSet<u32> {
    values.iter().copied().collect_fallible().unwrap()
}

fn sorted<'a>(values: impl Iterator<Item = &'a u32>) -> Vec<u32> {
    let mut values: Vec<u32> = values.copied().collect();
    values.sort();
    values
}

#[test]
fn equal_values_are_stored_once() {
    let mut set = TryHashSet::<String>::new();
    assert_eq!((set.insert("a".into()), set.insert("a".into())), (Ok(true), Ok(false)));
    assert_eq!(set.insert_or_return("b".into()), Ok(true));
    assert_eq!((set.len(), set.contains("a"), set.get("c")), (2, true, None));
    assert_eq!((set.remove("a"), set.remove("a"), set.take("b")), (true, false, Some("b".into())));
    assert!(set.is_empty() && set.capacity() > 0);
}

#[test]
fn operations_on_two_sets() {
    let (few, many) = (set(&[1, 2, 9]), set(&[1, 2, 3, 4]));
    assert_eq!(sorted(few.intersection(&many)), [1, 2]);
    assert_eq!(sorted(few.difference(&many)), [9]);
    assert_eq!(sorted(few.union(&many)), [1, 2, 3, 4, 9]);
    assert_eq!(sorted(few.symmetric_difference(&many)), [3, 4, 9]);
    assert!(set(&[1, 4]).is_subset(&many) && many.is_superset(&set(&[])));
    assert!(!few.is_subset(&many) && !few.is_disjoint(&many) && few.is_disjoint(&set(&[7])));
    assert_eq!(set(&[3, 1, 3]), set(&[1, 3]));
    assert_ne!(few, many);
    assert_eq!(
        (format!("{:?}", set(&[5])), format!("{:?}", few.difference(&many))),
        ("{5}".into(), "[9]".into())
    );
}

#[test]
fn insert_keeps_the_first_value() {
    #[derive(Debug, Eq)]
    struct Named(u32, &'static str);
    impl PartialEq for Named {
        fn eq(&self, other: &Self) -> bool {
            self.0 == other.0
        }
    }
    impl Hash for Named {
        fn hash<H: Hasher>(&self, state: &mut H) {
            self.0.hash(state);
        }
    }
    let mut set = TryHashSet::new();
    set.insert(Named(1, "first")).unwrap();
    set.insert(Named(1, "second")).unwrap();
    set.try_extend([Named(1, "third"), Named(2, "new"), Named(2, "newer")]).unwrap();
    assert_eq!(set.get_or_insert(Named(1, "fourth")).unwrap().1, "first");
    assert_eq!(set.get_or_insert(Named(3, "other")).unwrap().1, "other");
    assert_eq!(set.take(&Named(2, "")).unwrap().1, "new");
    assert_eq!(set.replace(Named(1, "fifth")).unwrap().unwrap().1, "first");
    assert_eq!(set.replace(Named(4, "last")).unwrap(), None);
    assert_eq!((set.get(&Named(1, "")).unwrap().1, set.len()), ("fifth", 3));
}

#[test]
fn values_by_value() {
    let mut set = set(&[1, 2, 3]);
    set.retain(|value| *value != 2);
    assert_eq!(sorted(set.iter()), [1, 3]);
    assert_eq!(sorted((&set).into_iter()), [1, 3]);
    assert_eq!(set.try_clone().unwrap().into_iter().sum::<u32>(), 4);
    assert_eq!(set.drain().sum::<u32>(), 4);
    set.shrink_to(9).unwrap();
    set.try_extend(&[7, 8]).unwrap();
    set.shrink_to_fit().unwrap();
    assert_eq!((sorted(set.iter()), set.capacity() < 9), (vec![7, 8], true));
    set.clear();
    assert!(set.is_empty() && set.reserve(usize::MAX).is_err() && set.reserve(9).is_ok());
}
