//! What a map means to its user, to compare and to read: its length, its default, and the values
//! that differ from it.
//!
//! A view is small where the map is regular, because a sweep may keep one of every step: keys in
//! a row that show the same are one entry. Does not know what the map should hold.

use super::value::{Key, Map, Value};
use std::fmt;
use std::ops::RangeInclusive;

/// The views of all maps of a target's state, by name.
#[derive(PartialEq, Eq)]
pub struct View(pub(super) Vec<(&'static str, MapView)>);

/// The view of one map.
#[derive(PartialEq, Eq)]
pub struct MapView {
    len: usize,
    default: String,
    /// The keys that do not read as the default, in order.
    set: Vec<(RangeInclusive<usize>, Shown)>,
}

/// How a value is shown.
#[derive(PartialEq, Eq)]
enum Shown {
    /// The value that belongs to its key.
    AsRead,
    Value(String),
}

impl MapView {
    pub(super) fn of<V: Value>(map: &Map<V>, is_home: impl Fn(usize, &V) -> bool) -> Self {
        let default = map.default_value();
        // Values without bytes are all the default; there may be 2^64 of them.
        let values = if size_of::<V>() == 0 { &[] } else { map.as_values_slice() };
        let mut set: Vec<(RangeInclusive<usize>, Shown)> = Vec::new();
        for (key, value) in values.iter().enumerate().filter(|(_, value)| *value != default) {
            let shown =
                if is_home(key, value) { Shown::AsRead } else { Shown::Value(value.show()) };
            match set.last_mut() {
                Some((keys, same)) if keys.end() + 1 == key && *same == shown => {
                    *keys = *keys.start()..=key;
                }
                _ => set.push((key..=key, shown)),
            }
        }
        Self { len: map.len(), default: default.show(), set }
    }
}

impl fmt::Debug for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut maps = f.debug_map();
        for (name, view) in &self.0 {
            maps.entry(&format_args!("{name}"), view);
        }
        maps.finish()
    }
}

impl fmt::Debug for MapView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = f.debug_map();
        lines.entry(&format_args!("len"), &self.len);
        lines.entry(&format_args!("default"), &format_args!("{}", self.default));
        for (keys, shown) in &self.set {
            let (first, last) = (Key(*keys.start()), Key(*keys.end()));
            if first == last {
                lines.entry(&format_args!("{first}"), shown);
            } else {
                lines.entry(&format_args!("{first}..={last}"), shown);
            }
        }
        lines.finish()
    }
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AsRead => "as read",
            Self::Value(text) => text,
        })
    }
}
