//! What a [`SecondaryMap`](crate::collections::SecondaryMap) should answer and hold: a
//! `BTreeMap` of the values that were set, in terms of value numbers.
//!
//! Works for values of any type, because it never sees one; where it compares it relies on values
//! with different numbers being different. It runs while bytes are decoded and while a state is
//! checked, never inside a step, so it allocates as it likes.

use super::CEILING;
use super::operation::{Items, Operation};
use super::value::ValueId;
use std::collections::BTreeMap;

/// Whether an answer was right, or what was wrong with it.
pub(super) type ClaimResult = Result<(), &'static str>;

pub(super) fn ensure(condition: bool, otherwise: &'static str) -> ClaimResult {
    if condition { Ok(()) } else { Err(otherwise) }
}

/// What an operation that meets no fault comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// No answer, but success.
    Done,
    /// `OutOfMemory`: it asks for more than any allocator has, or than [`CEILING`] allows.
    Refused,
    Value(Option<ValueId>),
    Values(Box<[Option<ValueId>]>),
    Equal(bool),
}

/// No memory for an operation; nothing has changed.
struct Refused;

#[derive(Clone)]
pub(super) struct Model {
    /// The size of a value in bytes.
    size: usize,
    /// How many values there are.
    kinds: usize,
    pub(super) default: ValueId,
    pub(super) len: usize,
    /// What was set. The other keys below `len` read as the default.
    pub(super) set: BTreeMap<usize, ValueId>,
}

impl Model {
    pub(super) fn new(size: usize, kinds: usize) -> Self {
        Self { size, kinds, default: 0, len: 0, set: BTreeMap::new() }
    }

    /// The value at a key, `None` beyond the end.
    pub(super) fn get(&self, key: usize) -> Option<ValueId> {
        (key < self.len).then(|| self.set.get(&key).copied().unwrap_or(self.default))
    }

    /// Does an operation. One that is refused changes nothing.
    pub(super) fn apply(&mut self, operation: &Operation) -> Answer {
        self.answer(operation).unwrap_or(Answer::Refused)
    }

    fn answer(&mut self, operation: &Operation) -> Result<Answer, Refused> {
        Ok(match *operation {
            Operation::New | Operation::Default => self.replace(0),
            Operation::WithDefault(value) => self.replace(value),
            Operation::WithCapacity(room) => {
                self.afford(room)?;
                self.replace(0)
            }
            Operation::FromVec { count, value } => {
                self.replace(0);
                self.len = count;
                self.set = (0..count).map(|i| (i, (value + i) % self.kinds)).collect();
                Answer::Done
            }
            Operation::Insert { key, value } | Operation::InsertOrReturn { key, value } => {
                let old = self.get(key);
                self.insert(key, value)?;
                Answer::Value(old)
            }
            Operation::GetMut { key, value } => self.overwrite(key, value),
            Operation::Remove(key) => self.overwrite(key, self.default),
            Operation::Get(key) => Answer::Value(self.get(key)),
            Operation::Index(key) => Answer::Value(self.get(key).or(Some(self.default))),
            Operation::GetEach { first, count } => {
                Answer::Values((0..count).map(|i| self.get(first.saturating_add(i))).collect())
            }
            Operation::Resize(len) => {
                self.resize(len)?;
                Answer::Done
            }
            Operation::Clear => {
                self.len = 0;
                self.set.clear();
                Answer::Done
            }
            Operation::Reverse => {
                let len = self.len;
                self.set = self.set.iter().map(|(key, value)| (len - 1 - key, *value)).collect();
                Answer::Done
            }
            Operation::SwapEnds => self.swap_ends(),
            Operation::Iterate | Operation::IntoIter | Operation::Clone | Operation::Debug => {
                Answer::Done
            }
            Operation::Compare(len) => {
                self.clone().resize(len)?;
                Answer::Equal(self.set.range(len..).all(|(_, value)| *value == self.default))
            }
            Operation::Extend(items) => {
                self.extend(items)?;
                Answer::Done
            }
            Operation::FromIter(items) => {
                let mut made = Self::new(self.size, self.kinds);
                made.extend(items)?;
                *self = made;
                Answer::Done
            }
        })
    }

    fn replace(&mut self, default: ValueId) -> Answer {
        *self = Self { default, ..Self::new(self.size, self.kinds) };
        Answer::Done
    }

    fn overwrite(&mut self, key: usize, value: ValueId) -> Answer {
        let old = self.get(key);
        if old.is_some() {
            self.set.insert(key, value);
        }
        Answer::Value(old)
    }

    fn insert(&mut self, key: usize, value: ValueId) -> Result<(), Refused> {
        if key >= self.len {
            let len = key.checked_add(1).ok_or(Refused)?;
            self.resize(len)?;
        }
        self.set.insert(key, value);
        Ok(())
    }

    fn resize(&mut self, len: usize) -> Result<(), Refused> {
        if len > self.len {
            self.afford(len)?;
        } else {
            self.set.split_off(&len);
        }
        self.len = len;
        Ok(())
    }

    fn extend(&mut self, items: Items) -> Result<(), Refused> {
        let mut extended = self.clone();
        for (key, value) in items.each(self.kinds) {
            extended.insert(key, value)?;
        }
        *self = extended;
        Ok(())
    }

    fn swap_ends(&mut self) -> Answer {
        if let Some(last) = self.len.checked_sub(1) {
            for (key, value) in [(0, self.get(last)), (last, self.get(0))] {
                self.set.extend(value.map(|value| (key, value)));
            }
        }
        Answer::Done
    }

    fn afford(&self, len: usize) -> Result<(), Refused> {
        let bytes = len.checked_mul(self.size).ok_or(Refused)?;
        if bytes > CEILING { Err(Refused) } else { Ok(()) }
    }
}
