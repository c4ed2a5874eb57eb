//! [`Series`]: a short series of items for collections under test, chosen by the operands of an
//! operation.

use super::hint::Hint;
use super::modelled::Operands;
use super::sample::{Sample, with_room};
use crate::collections::OutOfMemory;

/// Keys from operand a on, in steps, with values from b on. The lowest 6 bits of c are the number
/// of items, the lowest 2 of b the distance of keys (0: all equal). The highest bit of c says
/// whether `size_hint` is huge.
#[derive(Clone, Copy)]
pub(super) struct Series {
    key: u8,
    stride: u8,
    value: u8,
    len: u8,
    hint: Hint,
}

impl Series {
    pub(super) fn of(Operands { a, b, c }: Operands) -> Self {
        let hint = if c & 128 == 0 { Hint::Honest } else { Hint::Huge };
        Self { key: a, stride: b & 3, value: b, len: c & 63, hint }
    }

    pub(super) fn len(self) -> usize {
        self.len.into()
    }

    /// The numbers of keys and values.
    pub(super) fn ids<K: Sample, V: Sample>(self) -> impl Iterator<Item = (u8, u8)> {
        (0..self.len).map(move |i| {
            let key = self.key.wrapping_add(i.wrapping_mul(self.stride));
            (K::pick(key), V::pick(self.value.wrapping_add(i)))
        })
    }

    /// Keys and values, made in advance, because an iterator cannot report a failure.
    pub(super) fn pairs<K: Sample, V: Sample>(
        self,
    ) -> Result<impl Iterator<Item = (K, V)>, OutOfMemory> {
        let mut list = with_room(self.len())?;
        for (key, value) in self.ids::<K, V>() {
            list.push((K::make(key)?, V::make(value)?));
        }
        Ok(self.hint.on(list))
    }

    /// The values alone.
    pub(super) fn values<V: Sample>(self) -> Result<impl Iterator<Item = V>, OutOfMemory> {
        Ok(self.pairs::<(), V>()?.map(|((), value)| value))
    }

    /// The numbers of the values alone.
    pub(super) fn value_ids<V: Sample>(self) -> impl Iterator<Item = u8> {
        self.ids::<(), V>().map(|(_, value)| value)
    }
}
