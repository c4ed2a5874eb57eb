//! What can be done with a [`SecondaryMap`](crate::collections::SecondaryMap): every public
//! method, alone or with its relatives, as a plain value.
//!
//! Values are named by their place in a script's table. Does not know bytes (`layout`), answers
//! (`model`) or how it is done (`perform`, `inspect`).

pub(super) use super::super::hint::Hint;
use super::value::{Key, Value, ValueId};

/// One step on one map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    /// Replaces the map by `SecondaryMap::new()`.
    New,
    /// Replaces the map by `SecondaryMap::default()`.
    Default,
    /// Replaces the map by one of this default.
    WithDefault(ValueId),
    /// Replaces the map by an empty one with room.
    WithCapacity(usize),
    /// Replaces the map by one made of a `Vec` of the values from this one on, cyclically.
    FromVec {
        count: usize,
        value: ValueId,
    },
    Insert {
        key: usize,
        value: ValueId,
    },
    InsertOrReturn {
        key: usize,
        value: ValueId,
    },
    /// Writes through `get_mut`, where there is a value.
    GetMut {
        key: usize,
        value: ValueId,
    },
    Remove(usize),
    Get(usize),
    /// `map[key]`.
    Index(usize),
    /// Looks up this many keys from the first on, both ways.
    GetEach {
        first: usize,
        count: usize,
    },
    Resize(usize),
    Clear,
    /// Turns the order of the values round, through `iter_mut`.
    Reverse,
    /// Swaps the first value with the last, through `values_mut`.
    SwapEnds,
    /// Walks all shared iterators, from both ends.
    Iterate,
    /// Walks a copy by value, and leaves some of it.
    IntoIter,
    /// Replaces the map by a copy of itself.
    Clone,
    /// Compares the map, and its hash, with a copy resized to this length.
    Compare(usize),
    /// Formats the map.
    Debug,
    Extend(Items),
    /// Replaces the map by one made of items.
    FromIter(Items),
}

/// A short series of keys and values: some at the start, the last one anywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Items {
    /// Of the last item.
    pub(super) key: usize,
    /// Number of items before it, at multiples of the stride; with a stride of 0 at the same key.
    pub(super) leading: u8,
    pub(super) stride: u8,
    /// Of the first item; the next has the next value, cyclically.
    pub(super) value: ValueId,
    pub(super) hint: Hint,
}

impl Items {
    pub(super) fn len(&self) -> usize {
        usize::from(self.leading) + 1
    }

    /// The items, given the number of values to choose from.
    pub(super) fn each(self, values: usize) -> impl Iterator<Item = (usize, ValueId)> {
        (0..self.len()).map(move |i| {
            let last = i == usize::from(self.leading);
            let key = if last { self.key } else { i * usize::from(self.stride) };
            (key, (self.value + i) % values)
        })
    }

    fn describe<V: Value>(self, values: &[V]) -> String {
        let items: Vec<String> = self
            .each(values.len())
            .map(|(key, value)| format!("({}, {})", Key(key), short(&values[value])))
            .collect();
        let hint = match self.hint {
            Hint::Honest => "",
            Hint::Huge => ".with_huge_size_hint()",
        };
        format!("[{}]{hint}", items.join(", "))
    }
}

/// A value in no more characters than a line can take: names may be long.
fn short<V: Value>(value: &V) -> String {
    const MOST: usize = 60;
    let text = value.show();
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}… ({} bytes)", &text[..end], text.len()),
        None => text,
    }
}

impl Operation {
    /// Whether it leaves the map as it is, as far as anyone can see.
    pub(super) fn only_looks(&self) -> bool {
        matches!(
            self,
            Self::Get(_)
                | Self::Index(_)
                | Self::GetEach { .. }
                | Self::Iterate
                | Self::IntoIter
                | Self::Clone
                | Self::Compare(_)
                | Self::Debug
        )
    }

    /// The operation in Rust-like notation.
    pub(super) fn describe<V: Value>(&self, values: &[V]) -> String {
        let show = |id: ValueId| short(&values[id]);
        match *self {
            Self::New => "= SecondaryMap::new()".into(),
            Self::Default => "= SecondaryMap::default()".into(),
            Self::WithDefault(value) => format!("= SecondaryMap::with_default({})", show(value)),
            Self::WithCapacity(room) => format!("= SecondaryMap::with_capacity({room})"),
            Self::FromVec { count, value } => {
                let values: Vec<String> =
                    (0..count).map(|i| show((value + i) % values.len())).collect();
                format!("= SecondaryMap::from(vec![{}])", values.join(", "))
            }
            Self::Insert { key, value } => format!("insert({}, {})", Key(key), show(value)),
            Self::InsertOrReturn { key, value } => {
                format!("insert_or_return({}, {})", Key(key), show(value))
            }
            Self::GetMut { key, value } => format!("get_mut({}) = {}", Key(key), show(value)),
            Self::Remove(key) => format!("remove({})", Key(key)),
            Self::Get(key) => format!("get({})", Key(key)),
            Self::Index(key) => format!("[{}]", Key(key)),
            Self::GetEach { first, count } => {
                format!("get({}..{})", Key(first), Key(first.saturating_add(count)))
            }
            Self::Resize(len) => format!("resize({len})"),
            Self::Clear => "clear()".into(),
            Self::Reverse => "iter_mut(), to reverse".into(),
            Self::SwapEnds => "values_mut(), to swap the ends".into(),
            Self::Iterate => "iter(), keys(), values()".into(),
            Self::IntoIter => "try_clone().into_iter()".into(),
            Self::Clone => "= try_clone()".into(),
            Self::Compare(len) => format!("== try_clone().resize({len})"),
            Self::Debug => "fmt()".into(),
            Self::Extend(items) => format!("try_extend({})", items.describe(values)),
            Self::FromIter(items) => {
                format!("= SecondaryMap::try_from_iter({})", items.describe(values))
            }
        }
    }
}
