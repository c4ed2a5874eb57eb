//! [`Sample`]: keys and values for collections under test. A byte names each value.
//!
//! The collection holds the values, its model only the bytes. So the model does not copy values,
//! and a damaged value differs from every valid one. A step's own requests are only those that make
//! a value.

use crate::collections::{OutOfMemory, TryClone};
use std::fmt::Debug;
use std::hash::Hash;

/// A type with at most 256 values, ordered by their numbers. The default has number 0.
pub(super) trait Sample:
    TryClone + Default + Ord + Hash + Debug + Send + Sync + 'static
{
    /// The number of values.
    const COUNT: u16;

    /// The value of this number, which is below [`COUNT`](Self::COUNT).
    fn make(id: u8) -> Result<Self, OutOfMemory>;

    /// The number of this value, or `None` if the value is damaged.
    fn id(&self) -> Option<u8>;

    /// Maps any byte to a number of a value.
    fn pick(byte: u8) -> u8 {
        (u16::from(byte) % Self::COUNT) as u8
    }
}

/// Values that make no request.
impl Sample for u32 {
    const COUNT: u16 = 256;

    fn make(id: u8) -> Result<Self, OutOfMemory> {
        Ok(Self::from_be_bytes([id; 4]))
    }

    fn id(&self) -> Option<u8> {
        let [id, rest @ ..] = self.to_be_bytes();
        (rest == [id; 3]).then_some(id)
    }
}

/// Values on the heap, of several sizes. The default has no block.
impl Sample for Vec<u8> {
    const COUNT: u16 = 256;

    fn make(id: u8) -> Result<Self, OutOfMemory> {
        bytes(id, 0)
    }

    fn id(&self) -> Option<u8> {
        id_of_bytes(self)
    }
}

/// Bytes whose copies always have spare capacity, so that even a copy of the default makes a
/// request.
#[derive(Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Roomy(pub(super) Vec<u8>);

impl Roomy {
    const ROOM: usize = 8;
}

impl TryClone for Roomy {
    fn try_clone(&self) -> Result<Self, OutOfMemory> {
        let mut copy = with_room(self.0.len().max(Self::ROOM))?;
        copy.extend_from_slice(&self.0);
        Ok(Self(copy))
    }
}

impl Sample for Roomy {
    const COUNT: u16 = 256;

    fn make(id: u8) -> Result<Self, OutOfMemory> {
        bytes(id, Self::ROOM).map(Self)
    }

    fn id(&self) -> Option<u8> {
        id_of_bytes(&self.0)
    }
}

/// A zero-sized value.
impl Sample for () {
    const COUNT: u16 = 1;

    fn make(_: u8) -> Result<Self, OutOfMemory> {
        Ok(())
    }

    fn id(&self) -> Option<u8> {
        Some(0)
    }
}

/// A value with a greater alignment than allocators give by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(align(64))]
pub(super) struct Aligned(u8);

impl TryClone for Aligned {
    fn try_clone(&self) -> Result<Self, OutOfMemory> {
        Ok(*self)
    }
}

impl Sample for Aligned {
    const COUNT: u16 = 256;

    fn make(id: u8) -> Result<Self, OutOfMemory> {
        Ok(Self(id))
    }

    fn id(&self) -> Option<u8> {
        // A misaligned reference means that the value is damaged.
        std::ptr::from_ref(self).is_aligned().then_some(self.0)
    }
}

fn bytes(id: u8, room: usize) -> Result<Vec<u8>, OutOfMemory> {
    let len = len_of_bytes(id);
    let mut bytes = with_room(len.max(room))?;
    bytes.resize(len, id);
    Ok(bytes)
}

fn id_of_bytes(bytes: &[u8]) -> Option<u8> {
    let id = bytes.first().copied().unwrap_or(0);
    let is_sound = bytes.len() == len_of_bytes(id) && bytes.iter().all(|byte| *byte == id);
    is_sound.then_some(id)
}

fn len_of_bytes(id: u8) -> usize {
    if id == 0 { 0 } else { 1 + usize::from(id) % 24 }
}

/// An empty list with capacity, for values that will be moved into a collection.
pub(super) fn with_room<T>(len: usize) -> Result<Vec<T>, OutOfMemory> {
    let mut list = Vec::new();
    list.try_reserve_exact(len).map_err(|_| OutOfMemory::for_array(len, size_of::<T>()))?;
    Ok(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_name_values_in_order() {
        fn check<V: Sample>() {
            let ids = (0..V::COUNT).map(|id| id as u8);
            let values: Vec<V> = ids.clone().map(|id| V::make(id).unwrap()).collect();
            assert!(values.is_sorted_by(|a, b| a < b));
            assert_eq!(values[0], V::default());
            assert!(values.iter().map(|value| value.id().unwrap()).eq(ids));
            assert!(values.iter().all(|value| value.try_clone().as_ref() == Ok(value)));
            assert!(u16::from(V::pick(255)) < V::COUNT);
        }
        check::<u32>();
        check::<Vec<u8>>();
        check::<Roomy>();
        check::<()>();
        check::<Aligned>();
    }

    #[test]
    fn damage_is_seen() {
        assert_eq!((0x0101_0102_u32.id(), vec![7_u8].id()), (None, None));
        assert_eq!(Roomy(vec![0]).id(), None);
    }
}
