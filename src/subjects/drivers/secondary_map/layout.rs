//! The bytes of a sequence of operations, and back. The layout is in the
//! [target's documentation](super).
//!
//! Relies on `model` for the work that an operation makes, to bound a sequence. Encoding is for
//! seeds: it writes only what decoding reads back.

use super::super::erased_steps::ErasedSteps;
use super::model::{Answer, Model};
use super::operation::{Hint, Items, Operation};
use super::script::Script;
use super::value::{Roomy, Sample, ValueId};
use super::view::View;
use arbitrary::{Arbitrary, Unstructured};
use std::sync::Arc;

/// In the high bits of the first byte. Never 0, with which a module starts.
const VERSION: u8 = 1;

/// No sequence is longer.
const MOST_OPERATIONS: usize = 256;

/// What all operations of a sequence may come to, in values walked, made or copied: so that a
/// sweep, which runs a sequence twice for each request, ends. Part of the layout.
const MOST_WORK: usize = 1 << 14;

/// Keys of which every one is likely to be used more than once.
const DENSE: usize = 32;

/// Keys that cannot be afforded unless values are zero-sized. From the fifth on even their size in
/// bytes overflows for some type, or comes to the very end of what an allocation can have.
pub(super) const EDGES: [usize; 16] = {
    const U32_MAX: usize = u32::MAX as usize;
    const ISIZE_MAX: usize = isize::MAX as usize;
    [
        U32_MAX - 1,
        U32_MAX,
        U32_MAX.saturating_add(1),
        U32_MAX.saturating_add(2),
        ISIZE_MAX / 24 - 1,
        ISIZE_MAX / 24,
        ISIZE_MAX / 4 - 1,
        ISIZE_MAX / 4,
        ISIZE_MAX - 1,
        ISIZE_MAX,
        ISIZE_MAX + 1,
        usize::MAX / 24,
        usize::MAX / 4,
        usize::MAX - 2,
        usize::MAX - 1,
        usize::MAX,
    ]
};

/// The type of the values, in the lowest bits of the first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Number,
    Bytes,
    Roomy,
    Unit,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Number, Self::Bytes, Self::Roomy, Self::Unit];

    fn of(first: u8) -> Self {
        Self::ALL[usize::from(first & 3)]
    }
}

/// An operation's bytes, in their order.
#[derive(Arbitrary, Clone, Copy, Debug, Default)]
struct Record {
    code: u8,
    class: u8,
    key: u8,
    value: u8,
}

/// Reads operations; an error is for the first byte alone.
pub(super) fn drive(bytes: &[u8]) -> Result<Arc<dyn ErasedSteps<View>>, String> {
    let [first, records @ ..] = bytes else { return Err("the input is empty".into()) };
    let version = first >> 4;
    if version != VERSION {
        return Err(format!(
            "byte 0 is {first:#04x}, layout version {version}, where this build reads version {VERSION}"
        ));
    }
    Ok(match Kind::of(*first) {
        Kind::Number => script::<u32>(records),
        Kind::Bytes => script::<Vec<u8>>(records),
        Kind::Roomy => script::<Roomy>(records),
        Kind::Unit => script::<()>(records),
    })
}

fn script<V: Sample>(records: &[u8]) -> Arc<dyn ErasedSteps<View>> {
    let values = V::samples();
    let operations = operations::<V>(records, values.len());
    Arc::new(Script::new("map", values, operations))
}

/// The operations of these records, as many as the bounds allow.
pub(super) fn operations<V: Sample>(records: &[u8], values: usize) -> Vec<Operation> {
    let mut bytes = Unstructured::new(records);
    let mut model = Model::new(size_of::<V>(), values);
    let mut operations = Vec::new();
    let mut work = 0;
    while bytes.len() >= size_of::<Record>() && operations.len() < MOST_OPERATIONS {
        let Ok(record) = Record::arbitrary(&mut bytes) else { break };
        let Some(operation) = record.operation(V::SPREAD, values) else { continue };
        work += work_of(&operation, &mut model, size_of::<V>());
        if work > MOST_WORK {
            break;
        }
        operations.push(operation);
    }
    operations
}

/// Does the operation on the model, and says about how many values it has to do with.
fn work_of(operation: &Operation, model: &mut Model, size: usize) -> usize {
    let before = model.len;
    let refused = model.apply(operation) == Answer::Refused;
    if size == 0 || refused {
        return 1;
    }
    let grown = model.len.saturating_sub(before);
    1 + grown
        + match *operation {
            Operation::Reverse
            | Operation::Iterate
            | Operation::IntoIter
            | Operation::Clone
            | Operation::Debug => model.len,
            Operation::Compare(len) => model.len + len,
            Operation::GetEach { count, .. } => count,
            Operation::FromIter(_) => model.len,
            _ => 0,
        }
}

impl Record {
    /// What the record stands for, if anything. The codes are never given another meaning within
    /// a version; new ones may be added.
    fn operation(self, spread: usize, values: usize) -> Option<Operation> {
        let key = self.key(spread);
        let value = ValueId::from(self.value & 7) % values;
        let count = self.code >> 5;
        Some(match self.code & 31 {
            0 => Operation::Insert { key, value },
            1 => Operation::InsertOrReturn { key, value },
            2 => Operation::Remove(key),
            3 => Operation::Get(key),
            4 => Operation::GetMut { key, value },
            5 => Operation::Index(key),
            6 => Operation::GetEach { first: key, count: usize::from(count) + 1 },
            7 => Operation::Resize(key),
            8 => Operation::Clear,
            9 => Operation::New,
            10 => Operation::Default,
            11 => Operation::WithDefault(value),
            12 => Operation::WithCapacity(key),
            13 => Operation::FromVec { count: usize::from(count), value },
            14 => Operation::Clone,
            15 => Operation::Extend(self.items(key, count, value)),
            16 => Operation::FromIter(self.items(key, count, value)),
            17 => Operation::Iterate,
            18 => Operation::Reverse,
            19 => Operation::SwapEnds,
            20 => Operation::IntoIter,
            21 => Operation::Compare(key),
            22 => Operation::Debug,
            _ => return None,
        })
    }

    fn key(self, spread: usize) -> usize {
        match self.class & 3 {
            0 | 1 => usize::from(self.key) % DENSE,
            2 => usize::from(u16::from_be_bytes([self.class >> 2, self.key])) % spread,
            _ => EDGES[usize::from(self.key) % EDGES.len()],
        }
    }

    fn items(self, key: usize, leading: u8, value: ValueId) -> Items {
        let hint = if self.value & 32 == 0 { Hint::Honest } else { Hint::Huge };
        Items { key, leading, stride: self.value >> 3 & 3, value, hint }
    }
}

/// The bytes of these operations.
///
/// # Panics
/// If an operation cannot be written in a record.
#[cfg(test)]
pub(super) fn encode(kind: Kind, operations: &[Operation]) -> Vec<u8> {
    let mut bytes = vec![VERSION << 4 | kind as u8];
    for operation in operations {
        let Record { code, class, key, value } = Record::of(operation);
        bytes.extend([code, class, key, value]);
    }
    bytes
}

#[cfg(test)]
impl Record {
    fn of(operation: &Operation) -> Self {
        match *operation {
            Operation::Insert { key, value } => Self::new(0, key).with_value(value),
            Operation::InsertOrReturn { key, value } => Self::new(1, key).with_value(value),
            Operation::Remove(key) => Self::new(2, key),
            Operation::Get(key) => Self::new(3, key),
            Operation::GetMut { key, value } => Self::new(4, key).with_value(value),
            Operation::Index(key) => Self::new(5, key),
            Operation::GetEach { first, count } => Self::new(6, first).with_count(count - 1),
            Operation::Resize(len) => Self::new(7, len),
            Operation::Clear => Self::new(8, 0),
            Operation::New => Self::new(9, 0),
            Operation::Default => Self::new(10, 0),
            Operation::WithDefault(value) => Self::new(11, 0).with_value(value),
            Operation::WithCapacity(room) => Self::new(12, room),
            Operation::FromVec { count, value } => {
                Self::new(13, 0).with_count(count).with_value(value)
            }
            Operation::Clone => Self::new(14, 0),
            Operation::Extend(items) => Self::new(15, items.key).with_items(items),
            Operation::FromIter(items) => Self::new(16, items.key).with_items(items),
            Operation::Iterate => Self::new(17, 0),
            Operation::Reverse => Self::new(18, 0),
            Operation::SwapEnds => Self::new(19, 0),
            Operation::IntoIter => Self::new(20, 0),
            Operation::Compare(len) => Self::new(21, len),
            Operation::Debug => Self::new(22, 0),
        }
    }

    fn new(code: u8, key: usize) -> Self {
        let (class, key) = match EDGES.iter().position(|edge| *edge == key) {
            Some(edge) => (3, edge as u8),
            None if key < DENSE => (0, key as u8),
            None => {
                assert!(key < 1 << 14, "{key} is no key that a record can hold");
                (2 | (key >> 8 << 2) as u8, key as u8)
            }
        };
        Self { code, class, key, value: 0 }
    }

    fn with_value(self, value: ValueId) -> Self {
        assert!(value < 8, "{value} is no value that a record can hold");
        Self { value: self.value | value as u8, ..self }
    }

    fn with_count(self, count: usize) -> Self {
        assert!(count < 8, "{count} is more than a record can hold");
        Self { code: self.code | (count as u8) << 5, ..self }
    }

    fn with_items(self, items: Items) -> Self {
        let Items { key: _, leading, stride, value, hint } = items;
        assert!(stride < 4, "{stride} is no stride that a record can hold");
        let record = self.with_count(leading.into()).with_value(value);
        let hint = u8::from(hint == Hint::Huge);
        Self { value: record.value | stride << 3 | hint << 5, ..record }
    }
}

/// The codes of the operations in these bytes, without those that have no meaning.
#[cfg(test)]
pub(super) fn codes(bytes: &[u8]) -> Vec<u8> {
    bytes[1..]
        .chunks_exact(size_of::<Record>())
        .filter(|record| {
            let record = Record { code: record[0], ..Record::default() };
            record.operation(1, 1).is_some()
        })
        .map(|record| record[0] & 31)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::seeds::seeds;
    use super::*;
    use proptest::prelude::*;

    fn decoded(bytes: &[u8]) -> (Kind, Vec<Operation>) {
        fn of<V: Sample>(bytes: &[u8]) -> Vec<Operation> {
            operations::<V>(&bytes[1..], V::samples().len())
        }
        let kind = Kind::of(bytes[0]);
        let operations = match kind {
            Kind::Number => of::<u32>(bytes),
            Kind::Bytes => of::<Vec<u8>>(bytes),
            Kind::Roomy => of::<Roomy>(bytes),
            Kind::Unit => of::<()>(bytes),
        };
        (kind, operations)
    }

    #[test]
    fn seeds_lose_nothing_to_the_bounds() {
        for (name, bytes) in seeds() {
            let (kind, operations) = decoded(&bytes);
            assert_eq!(operations.len(), bytes.len() / size_of::<Record>(), "{name}");
            assert_eq!(encode(kind, &operations), bytes, "{name}");
        }
    }

    #[test]
    fn the_layout_is_that_of_version_1() {
        let bytes = [0x11, 0, 0, 5, 3, 0xef, 0b11, 15, 0xb2, 31, 0, 0, 0, 7, 0b110, 1, 0, 2];
        let items = Items { key: usize::MAX, leading: 7, stride: 2, value: 2, hint: Hint::Huge };
        let expected = [
            Operation::Insert { key: 5, value: 3 },
            Operation::Extend(items),
            Operation::Resize(257),
        ];
        assert_eq!(decoded(&bytes), (Kind::Bytes, expected.to_vec()));
    }

    #[test]
    fn another_version_is_not_read() {
        let error = drive(&[0x23, 0]).err().unwrap();
        assert_eq!(error, "byte 0 is 0x23, layout version 2, where this build reads version 1");
        assert_eq!(drive(&[0x10]).unwrap().len(), 0);
    }

    #[test]
    fn sequences_are_bounded() {
        let many = [&[0x10][..], &[8; 4 * 1000]].concat();
        assert_eq!(drive(&many).unwrap().len(), MOST_OPERATIONS);
        // Copies of a map of 4,001 values.
        let copies = [[7, 2 | 0xf << 2, 0xa1, 0], [14, 0, 0, 0], [14, 0, 0, 0], [14, 0, 0, 0]];
        let work = [&[0x10][..], copies.as_flattened()].concat();
        assert_eq!(drive(&work).unwrap().len(), 4);
        let work = [&[0x10][..], copies.as_flattened(), &[14, 0, 0, 0]].concat();
        assert_eq!(drive(&work).unwrap().len(), 4);
    }

    #[test]
    fn samples_are_distinct_and_start_with_the_default() {
        fn check<V: Sample>() {
            let samples = V::samples();
            assert!(samples.len() <= 8 && samples[0] == V::default());
            for (i, sample) in samples.iter().enumerate() {
                assert_eq!(samples.iter().position(|other| other == sample), Some(i));
            }
        }
        check::<u32>();
        check::<Vec<u8>>();
        check::<Roomy>();
        check::<()>();
    }

    proptest! {
        #[test]
        fn operations_are_encoded_as_they_are_read(
            kind in 0x10..0x14_u8,
            records in proptest::collection::vec(any::<[u8; 4]>(), 0..64),
        ) {
            let bytes = [&[kind][..], records.as_flattened()].concat();
            let (kind, operations) = decoded(&bytes);
            prop_assert_eq!(decoded(&encode(kind, &operations)), (kind, operations));
        }
    }
}
