//! Each insertion of each collection is all or nothing, whichever of its requests fails. The tests
//! of `tests/collections_*` sweep all methods; these run within a second.

use super::*;
use crate::subjects::failing::each_request_fails;
use std::cell::Cell;
use std::fmt::Debug;

#[derive(Clone, Copy, PartialEq, Eq)]
struct K(u32);
crate::entity_impl!(K, "k");

/// A text that needs a request.
fn text(number: u32) -> Result<TryString, OutOfMemory> {
    TryString::from_fmt(format_args!("number {number}"))
}

/// This many texts, made while memory suffices.
fn texts<C: TryFromIterator<TryString>>(count: u32) -> C {
    (0..count).map(|number| text(number).expect("memory suffices")).collect_fallible().unwrap()
}

fn pairs<C: TryFromIterator<(u32, TryString)>>(count: u32) -> C {
    let pair = |number| (number * 2, text(number).expect("memory suffices"));
    (0..count).map(pair).collect_fallible().unwrap()
}

fn shown(value: &impl Debug) -> String {
    format!("{value:?}")
}

/// Items that make no request, so that only the collection's own requests fail.
fn plain(numbers: std::ops::Range<u32>) -> impl Iterator<Item = (u32, u32)> {
    numbers.map(|number| (number, number))
}

/// The items without their number, so that the collection grows several times.
fn untold<T>(items: impl Iterator<Item = T>) -> impl Iterator<Item = T> {
    items.filter(|_| true)
}

type Operation<C> = fn(&mut C) -> Result<(), OutOfMemory>;

#[test]
fn vectors_and_strings() {
    type List = TryVec<TryString>;
    let list = || -> List {
        let mut list = texts::<List>(3);
        list.shrink_to_fit().unwrap();
        list
    };
    let operations: [Operation<List>; 7] = [
        |list| list.push(text(9)?),
        |list| list.insert(1, text(9)?),
        |list| list.extend_from_slice(&list.try_clone()?),
        |list| list.append(&mut (0..5).map(|_| TryString::new()).collect_fallible()?),
        |list| list.resize(9, text(9)?),
        |list| list.try_extend(untold((0..20).map(|_| TryString::new()))),
        |list| list.reserve(100),
    ];
    for operation in operations {
        each_request_fails(list, operation, shown);
    }
    let with_room = || {
        let mut list = list();
        list.reserve(9).unwrap();
        list
    };
    each_request_fails(with_room, List::shrink_to_fit, shown);
    let string = || TryString::try_from("start").unwrap();
    each_request_fails(string, |string| string.push_str(" and more of it"), shown);
    each_request_fails(string, |string| string.insert_str(2, "inserted text"), shown);
    each_request_fails(string, |string| string.push_fmt(format_args!("{:?}", [7; 20])), shown);
}

#[test]
fn slabs() {
    /// Three texts, with free places between them and at the end.
    fn slab() -> Slab<TryString> {
        let mut slab: Slab<_> = texts(7);
        for key in [6, 1, 5, 3] {
            slab.remove(key);
        }
        slab.check().unwrap();
        slab
    }
    let view = |slab: &Slab<TryString>| {
        slab.check().unwrap();
        // A failed operation must not change which keys come next.
        (shown(slab), slab.vacant_keys().take(9).collect::<Vec<_>>())
    };
    each_request_fails(slab, Slab::shrink_to_fit, view);
    each_request_fails(slab, |slab| slab.insert(text(9)?).map(drop), view);
    each_request_fails(slab, |slab| slab.reserve(20), view);
    each_request_fails(slab, |slab| slab.try_extend((0..20).map(|_| TryString::new())), view);
    each_request_fails(slab, |slab| slab.try_clone().map(|copy| *slab = copy), view);
    let full = || {
        let mut slab: Slab<TryString> = texts(3);
        slab.shrink_to_fit().unwrap();
        slab
    };
    each_request_fails(full, |slab| slab.insert(TryString::new()).map(drop), view);
    let by_entry = |slab: &mut Slab<TryString>| {
        slab.vacant_entry()?.insert(TryString::new());
        Ok::<_, OutOfMemory>(())
    };
    each_request_fails(full, by_entry, view);
}

#[test]
fn shrinking_a_slab_drops_free_places_at_its_end() {
    let mut slab: Slab<TryString> = texts(7);
    for key in [6, 1, 5, 3] {
        slab.remove(key);
    }
    slab.shrink_to_fit().unwrap();
    assert_eq!(slab.capacity(), 5);
    assert!(slab.vacant_keys().take(4).eq([1, 3, 5, 6]));
}

#[test]
fn entity_maps() {
    let map = || -> SecondaryMap<K, TryString> {
        let mut map = SecondaryMap::with_default(text(0).unwrap());
        map.insert(K(1), text(1).unwrap()).unwrap();
        map
    };
    each_request_fails(map, |map| map.insert(K(9), TryString::new()).map(drop), shown);
    each_request_fails(map, |map| map.resize(7), shown);
    each_request_fails(map, |map| map.remove(K(1)).map(drop), shown);
    each_request_fails(map, |map| map.try_clone().map(|copy| *map = copy), shown);
    let items = || [4, 1, 0, 4, 9].map(|key| (K(key), TryString::new()));
    each_request_fails(map, |map| map.try_extend(items()), shown);

    let map = || -> PrimaryMap<K, TryString> {
        let mut map: PrimaryMap<_, _> = texts(3);
        map.shrink_to_fit().unwrap();
        map
    };
    each_request_fails(map, |map| map.push(text(9)?).map(drop), shown);
    each_request_fails(map, |map| map.try_extend(untold((0..20).map(|_| TryString::new()))), shown);
}

#[test]
fn trees() {
    type Map = TryBTreeMap<u32, TryString>;
    let view = |map: &Map| {
        map.check().unwrap();
        shown(map)
    };
    // Leaves have three entries in unit tests, so some of these split nodes up to the root.
    for count in [0, 1, 3, 4, 9, 13, 30] {
        let map = || pairs::<Map>(count);
        for key in [0, count, 2 * count].map(|key| key | 1) {
            each_request_fails(map, |map| map.insert(key, text(key)?).map(drop), view);
        }
        each_request_fails(
            map,
            |map| map.append(&mut [(1, text(1)?)].into_iter().collect_fallible()?),
            view,
        );
    }
    let copy = |map: &mut Map| map.try_clone().map(|copy| *map = copy);
    each_request_fails(|| pairs::<Map>(20), copy, view);
    let extend = |map: &mut TryBTreeMap<u32, u32>| map.try_extend(plain(3..40));
    each_request_fails(|| plain(0..9).collect_fallible().unwrap(), extend, shown);
}

#[test]
fn shared_values() {
    let arc = || {
        let first: TryArc<TryString> = TryArc::new(text(1).unwrap()).unwrap();
        (first.clone(), first)
    };
    let view = |(one, other): &(TryArc<TryString>, TryArc<TryString>)| {
        (shown(one), TryArc::strong_count(other))
    };
    let change =
        |(one, _): &mut (TryArc<TryString>, _)| TryArc::make_mut(one).map(|text| text.truncate(3));
    each_request_fails(arc, change, view);
}

/// The value is made once there is room for it, so a failed request costs no value.
#[test]
fn an_entry_makes_its_value_once_there_is_room() {
    let made = Cell::new(0);
    let make = || {
        made.set(made.get() + 1);
        0
    };
    // Maps without room: without any memory, and with a block that is full.
    for count in [0, 3] {
        fn map<C: TryFromIterator<(u32, u32)>>(made: &Cell<u32>, count: u32) -> C {
            made.set(0);
            plain(0..count).collect_fallible().unwrap()
        }
        type Tree = TryBTreeMap<u32, u32>;
        each_request_fails(
            || map::<Tree>(&made, count),
            |map| map.entry(count).or_insert_with(make).map(drop),
            |map| (map.len(), made.get()),
        );
        #[cfg(feature = "hashbrown")]
        each_request_fails(
            || map::<TryHashMap<u32, u32>>(&made, count),
            |map| map.entry(count).or_insert_with(make).map(drop),
            |map| (map.len(), made.get()),
        );
    }
}

#[cfg(feature = "hashbrown")]
#[test]
fn hash_tables() {
    type Map = TryHashMap<u32, TryString>;
    let view = |map: &Map| {
        let mut entries: Vec<_> = map.iter().map(|entry| shown(&entry)).collect();
        entries.sort_unstable();
        entries
    };
    let copy = |map: &mut Map| map.try_clone().map(|copy| *map = copy);
    for count in [0, 3, 7] {
        let map = || pairs::<Map>(count);
        each_request_fails(map, |map| map.insert(99, text(99)?).map(drop), view);
        each_request_fails(map, |map| map.reserve(50), view);
        let items = || (0..30).map(|key| (key, TryString::new()));
        each_request_fails(map, |map| map.try_extend(items()), view);
        if count > 0 {
            each_request_fails(map, copy, view);
            each_request_fails(map, |map| map.insert(0, text(1)?).map(drop), view);
        }
    }
    let with_room = || {
        let mut map = pairs::<Map>(3);
        map.reserve(50).unwrap();
        map
    };
    each_request_fails(with_room, Map::shrink_to_fit, view);

    type Set = TryHashSet<TryString>;
    let view = |set: &Set| {
        let mut values: Vec<_> = set.iter().map(shown).collect();
        values.sort_unstable();
        values
    };
    let set = || texts::<Set>(3);
    each_request_fails(set, |set| set.insert(text(9)?).map(drop), view);
    each_request_fails(set, |set| set.replace(text(1)?).map(drop), view);
    each_request_fails(set, |set| set.get_or_insert(text(9)?).map(drop), view);
}
