//! A [`SecondaryMap`] beside its model, [`Maps`], with a method for each operation on the two.
//!
//! The byte-driven form and the module form of the target share it: it knows values, but not where
//! they come from. A method that fails leaves the map and the model as they were.

use super::super::hint::Hint;
use super::super::modelled::{Answer, ClaimResult, ensure, given_back};
use crate::collections::{EntityRef, SecondaryMap, TryClone};
use crate::pause;
use std::collections::BTreeMap;
use std::fmt::{self, Debug, Write};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::mem;

/// A key over all of `usize`, so that no index is beyond it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Key(pub(super) usize);

impl EntityRef for Key {
    fn new(index: usize) -> Self {
        Self(index)
    }

    fn index(self) -> usize {
        self.0
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            // These have names: nobody counts the digits.
            usize::MAX => f.write_str("k(usize::MAX)"),
            key if key == isize::MAX.cast_unsigned() => f.write_str("k(isize::MAX)"),
            key if key == u32::MAX as usize => f.write_str("k(u32::MAX)"),
            key => write!(f, "k{key}"),
        }
    }
}

/// What a map under test can hold.
pub(super) trait Value: TryClone + Default + Eq + Hash + Debug + Send + 'static {}
impl<V: TryClone + Default + Eq + Hash + Debug + Send + 'static> Value for V {}

pub(super) type Map<V> = SecondaryMap<Key, V>;

/// How many entries are walked, from either end. A map of zero-sized values may have 2^64.
const NEAR: usize = 4096;

/// A map and its model. `SPREAD` is for the byte-driven form: its sparse keys are below it.
pub(super) struct Maps<V, const SPREAD: usize = 0> {
    map: Map<V>,
    model: Model<V>,
}

/// What the map should hold.
struct Model<V> {
    default: V,
    len: usize,
    /// What was set. The other keys below `len` read as the default.
    set: BTreeMap<usize, V>,
}

impl<V> Model<V> {
    /// The value at a key, `None` beyond the end.
    fn get(&self, key: usize) -> Option<&V> {
        (key < self.len).then(|| self.set.get(&key).unwrap_or(&self.default))
    }

    fn insert(&mut self, key: usize, value: V) {
        self.len = self.len.max(key.saturating_add(1));
        self.set.insert(key, value);
    }
}

/// A copy for the model.
fn copy<V: TryClone>(value: &V) -> V {
    pause(|| value.try_clone().expect("there is memory for the model"))
}

impl<V: Value, const SPREAD: usize> Maps<V, SPREAD> {
    /// Both empty, with this default.
    pub(super) fn with_default(default: V) -> Self {
        let model = Model { default: copy(&default), len: 0, set: BTreeMap::new() };
        Self { map: Map::with_default(default), model }
    }

    /// Replaces the map by a new one that is empty and has this default.
    pub(super) fn replace(&mut self, map: Map<V>, default: V) -> Answer {
        self.map = map;
        self.model = Model { default, len: 0, set: BTreeMap::new() };
        Ok(Ok(()))
    }

    pub(super) fn replace_by_default(&mut self, default: V) -> Answer {
        let same = copy(&default);
        self.replace(Map::with_default(default), same)
    }

    pub(super) fn replace_by_room(&mut self, room: usize) -> Answer {
        let map = Map::with_capacity(room)?;
        let has_room = map.capacity() >= room;
        self.replace(map, pause(V::default))?.ok();
        Ok(ensure(has_room, "less room than was asked for"))
    }

    pub(super) fn replace_by_vec(&mut self, values: Vec<V>) -> Answer {
        let set = pause(|| values.iter().map(copy).enumerate().collect());
        let len = values.len();
        self.map = Map::from(values);
        self.model = Model { default: pause(V::default), len, set };
        Ok(Ok(()))
    }

    pub(super) fn insert(&mut self, key: usize, value: V) -> Answer {
        let same = copy(&value);
        let old = self.map.insert(Key(key), value)?;
        Ok(self.has_inserted(key, same, old))
    }

    pub(super) fn insert_or_return(&mut self, key: usize, value: V) -> Answer {
        let same = copy(&value);
        match self.map.insert_or_return(Key(key), value) {
            Ok(old) => Ok(self.has_inserted(key, same, old)),
            Err((oom, returned)) => given_back(oom, returned == same),
        }
    }

    fn has_inserted(&mut self, key: usize, same: V, old: Option<V>) -> ClaimResult {
        let is_old = old.as_ref() == self.model.get(key);
        pause(|| self.model.insert(key, same));
        ensure(is_old, "another value before")
    }

    /// Writes through `get_mut`, where there is a value.
    pub(super) fn get_mut(&mut self, key: usize, value: V) -> Answer {
        let same = copy(&value);
        let old = self.map.get_mut(Key(key)).map(|slot| mem::replace(slot, value));
        let is_old = old.as_ref() == self.model.get(key);
        if old.is_some() {
            pause(|| self.model.set.insert(key, same));
        }
        Ok(ensure(is_old, "another value before"))
    }

    pub(super) fn remove(&mut self, key: usize) -> Answer {
        let old = self.map.remove(Key(key))?;
        let is_old = old.as_ref() == self.model.get(key);
        self.model.set.remove(&key);
        Ok(ensure(is_old, "another value was removed"))
    }

    pub(super) fn get(&self, key: usize) -> Answer {
        Ok(ensure(self.map.get(Key(key)) == self.model.get(key), "`get` gives another value"))
    }

    pub(super) fn index(&self, key: usize) -> Answer {
        let expected = self.model.get(key).unwrap_or(&self.model.default);
        Ok(ensure(self.map[Key(key)] == *expected, "the index gives another value"))
    }

    /// Looks up this many keys from the first on, both ways.
    pub(super) fn get_each(&self, first: usize, count: usize) -> Answer {
        for key in (0..count).map(|i| first.saturating_add(i)) {
            let verdict = self.get(key)?.and(self.index(key)?);
            if verdict.is_err() {
                return Ok(verdict);
            }
        }
        Ok(Ok(()))
    }

    pub(super) fn resize(&mut self, len: usize) -> Answer {
        let capacity = self.map.capacity();
        self.map.resize(len)?;
        self.model.set.retain(|key, _| *key < len);
        self.model.len = len;
        Ok(ensure(self.map.capacity() >= capacity, "the capacity shrank"))
    }

    pub(super) fn clear(&mut self) -> Answer {
        let capacity = self.map.capacity();
        self.map.clear();
        self.model.set.clear();
        self.model.len = 0;
        Ok(ensure(self.map.capacity() == capacity, "the capacity changed"))
    }

    /// Replaces the map by a copy of itself.
    pub(super) fn replace_by_copy(&mut self) -> Answer {
        let copy = self.map.try_clone()?;
        let is_same = copy == self.map && copy.len() == self.map.len();
        self.map = copy;
        Ok(ensure(is_same, "the copy differs"))
    }

    pub(super) fn extend(&mut self, items: Vec<(usize, V)>, hint: Hint) -> Answer {
        let copies = pause(|| items.iter().map(|(key, value)| (*key, copy(value))).collect());
        self.map.try_extend(hint.on(keyed(items)))?;
        self.has_extended(copies)
    }

    /// Replaces the map by one made of items.
    pub(super) fn replace_by_items(&mut self, items: Vec<(usize, V)>, hint: Hint) -> Answer {
        let copies = pause(|| items.iter().map(|(key, value)| (*key, copy(value))).collect());
        let map = Map::try_from_iter(hint.on(keyed(items)))?;
        self.replace(map, pause(V::default))?.ok();
        self.has_extended(copies)
    }

    fn has_extended(&mut self, items: Vec<(usize, V)>) -> Answer {
        pause(|| items.into_iter().for_each(|(key, value)| self.model.insert(key, value)));
        Ok(Ok(()))
    }

    /// Turns the order of the values round, from both ends at once: the iterator has to meet itself.
    pub(super) fn reverse(&mut self) -> Answer {
        if size_of::<V>() == 0 {
            // There is no order to change, and there may be 2^64 values to do it to.
            return Ok(Ok(()));
        }
        let mut values = self.map.iter_mut();
        while let (Some((_, first)), Some((_, last))) = (values.next(), values.next_back()) {
            mem::swap(first, last);
        }
        let Model { len, set, .. } = &mut self.model;
        pause(|| *set = mem::take(set).into_iter().map(|(key, v)| (*len - 1 - key, v)).collect());
        Ok(Ok(()))
    }

    /// Swaps the first value with the last, through `values_mut`.
    pub(super) fn swap_ends(&mut self) -> Answer {
        let mut ends = self.map.values_mut();
        if let (Some(first), Some(last)) = (ends.next(), ends.next_back()) {
            mem::swap(first, last);
            let Model { len, set, .. } = &mut self.model;
            pause(|| {
                let [first, last] = [0, *len - 1].map(|key| set.remove(&key));
                set.extend(first.map(|value| (*len - 1, value)));
                set.extend(last.map(|value| (0, value)));
            });
        }
        Ok(Ok(()))
    }

    /// Every shared iterator from the front, and from the back.
    pub(super) fn iterate(&self) -> Answer {
        Ok(self.iterators_agree())
    }

    fn iterators_agree(&self) -> ClaimResult {
        let map = &self.map;
        let len = map.len();
        let as_long = map.iter().len() == len
            && map.keys().len() == len
            && map.values().len() == len
            && map.into_iter().count() == len;
        ensure(as_long, "an iterator is not as long as the map")?;
        let ends = map.keys().next() == len.checked_sub(1).map(|_| Key(0))
            && map.iter().last().map(|(key, _)| key) == len.checked_sub(1).map(Key);
        ensure(ends, "an iterator has other ends than the map")?;

        let front = map.iter().zip(map.keys()).zip(map.values()).take(NEAR);
        for (i, (((key, value), same_key), same_value)) in front.enumerate() {
            let same = key.index() == i && same_key == key && value == same_value;
            ensure(same && map.get(key) == Some(value), "iterators differ from the front")?;
        }
        let back = map.iter().rev().zip(map.keys().rev()).zip(map.values().rev()).take(NEAR);
        for (i, (((key, value), same_key), same_value)) in back.enumerate() {
            let same = key.index() == len - 1 - i && same_key == key && value == same_value;
            ensure(same && map[key] == *value, "iterators differ from the back")?;
        }
        Ok(())
    }

    /// A copy by value: some of it from the front, some from the back, the rest dropped.
    pub(super) fn walk_copy(&self) -> Answer {
        let mut copies = self.map.try_clone()?.into_iter();
        let each = copies.len().min(NEAR) / 3;
        for _ in 0..each {
            let ends = (copies.next(), copies.next_back());
            let (Some((first, at_first)), Some((last, at_last))) = ends else {
                return Ok(Err("the iterator ends early".into()));
            };
            if self.map.get(first) != Some(&at_first) || self.map.get(last) != Some(&at_last) {
                return Ok(Err("the iterator by value has other values".into()));
            }
        }
        Ok(ensure(copies.len() == self.map.len() - 2 * each, "the iterator has lost count"))
    }

    /// The map and a copy of another length: `==` both ways, and the hashes if they are equal.
    pub(super) fn compare(&self, len: usize) -> Answer {
        let Self { map, model } = self;
        let mut copy = map.try_clone()?;
        copy.resize(len)?;
        let expected = model.set.range(len..).all(|(_, value)| *value == model.default);
        let both_ways = [(map, &copy), (&copy, map)];
        let are_right = both_ways.iter().all(|(one, other)| (one == other) == expected);
        let has_hash = !expected || hash(map) == hash(&copy);
        Ok(ensure(are_right, "equal, or not, against the model")
            .and(ensure(has_hash, "equal maps have different hashes")))
    }

    /// The format, compared without writing it anywhere.
    pub(super) fn debug(&self) -> Answer {
        let map = &self.map;
        if map.len() > NEAR {
            return Ok(Ok(()));
        }
        let (elems, default) = (map.as_values_slice(), map.default_value());
        let expected =
            print(format_args!("SecondaryMap {{ elems: {elems:?}, default: {default:?} }}"));
        Ok(ensure(print(format_args!("{map:?}")) == expected, "the format is another"))
    }

    /// Changes the map behind the model's back.
    #[cfg(test)]
    pub(super) fn damage(&mut self, change: impl FnOnce(&mut Map<V>)) {
        change(&mut self.map);
    }

    /// Whether the map is consistent, and holds what the model does.
    pub(super) fn check(&self) -> ClaimResult {
        let Self { map, model } = self;
        if map.len() > map.capacity() || map.is_empty() != matches!(map.len(), 0) {
            return Err(format!("length {}, capacity {}", map.len(), map.capacity()).into());
        }
        if map.len() != model.len {
            return Err(format!("length {}, and not {}", map.len(), model.len).into());
        }
        if *map.default_value() != model.default {
            return Err(format!("the default is {:?}", map.default_value()).into());
        }
        let is_as_long = map.as_values_slice().len() == map.len() && map.iter().len() == map.len();
        ensure(is_as_long, "the slice, or the iterator, is not as long as the map")?;
        // Zero-sized values are all the same.
        let some = if size_of::<V>() == 0 { 1 } else { usize::MAX };
        let mut set = model.set.iter().peekable();
        for ((key, value), in_slice) in map.iter().zip(map.as_values_slice()).take(some) {
            let expected = set.next_if(|(set, _)| **set == key.index());
            let expected = expected.map_or(&model.default, |(_, value)| value);
            if value != expected || in_slice != expected {
                return Err(format!("{key} is {value:?}, and not {expected:?}").into());
            }
            if map.get(key) != Some(value) || map[key] != *value {
                return Err(format!("{key} differs between `get`, the index and `iter`").into());
            }
        }
        let beyond = Key(map.len());
        let is_default = map.get(beyond).is_none() && map[beyond] == *map.default_value();
        ensure(is_default, "a key beyond the end does not read as the default")
    }

    /// The length, the default, and the values that differ from it, as `show` has them. Keys in a
    /// row that show the same are one entry, because a sweep may keep a view of every step.
    pub(super) fn view(&self, show: impl Fn(usize, &V) -> String) -> String {
        let default = self.map.default_value();
        let mut text = format!("{{len: {}, default: {}", self.map.len(), show(usize::MAX, default));
        // Zero-sized values are all the default, and there may be 2^64 of them.
        let values = if size_of::<V>() == 0 { &[] } else { self.map.as_values_slice() };
        let mut set = values.iter().enumerate().filter(|(_, value)| *value != default).peekable();
        while let Some((first, value)) = set.next() {
            let shown = show(first, value);
            let mut last = first;
            while set.next_if(|(key, v)| *key == last + 1 && show(*key, v) == shown).is_some() {
                last += 1;
            }
            text += &match first == last {
                true => format!(", {}: {shown}", Key(first)),
                false => format!(", {}..={}: {shown}", Key(first), Key(last)),
            };
        }
        text + "}"
    }
}

fn keyed<V>(items: Vec<(usize, V)>) -> impl Iterator<Item = (Key, V)> {
    items.into_iter().map(|(key, value)| (Key(key), value))
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// A hash of the text, and its length.
fn print(text: fmt::Arguments<'_>) -> (u64, usize) {
    struct Sink(DefaultHasher, usize);

    impl Write for Sink {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            self.0.write(text.as_bytes());
            self.1 += text.len();
            Ok(())
        }
    }

    let mut sink = Sink(DefaultHasher::new(), 0);
    match sink.write_fmt(text) {
        Ok(()) => (sink.0.finish(), sink.1),
        Err(_) => (0, usize::MAX),
    }
}
