//! The hand-made seeds of the corpus: eight themes that together cover every operation, each for
//! every type of values.
//!
//! The files in the corpus are what this table encodes, and a test holds them to it. After a
//! change here write them anew with
//! `WRITE_SEEDS=1 cargo test --lib --features targets secondary_map::seeds`.

use super::super::seeds::hold;
use super::NAME;
use super::layout::{EDGES, Kind, codes, encode};
use super::operation::{Hint, Items, Operation, Operation::*};
use std::collections::BTreeSet;
use std::path::PathBuf;

const KINDS: [(Kind, &str); 4] =
    [(Kind::Number, "u32"), (Kind::Bytes, "bytes"), (Kind::Roomy, "roomy"), (Kind::Unit, "unit")];

/// File names and contents.
pub(super) fn seeds() -> Vec<(String, Vec<u8>)> {
    let themes = [
        ("grow_dense", grow_dense()),
        ("gaps", gaps()),
        ("remove", remove()),
        ("resize", resize()),
        ("replace", replace()),
        ("bulk", bulk()),
        ("walk", walk()),
        ("edge_keys", edge_keys()),
    ];
    let mut seeds = Vec::new();
    for (theme, operations) in themes {
        for (kind, name) in KINDS {
            // There is but one value without bytes, and a script that says so reads back the same.
            let operations: Vec<Operation> = match kind {
                Kind::Unit => operations.iter().map(|operation| operation.of_unit()).collect(),
                _ => operations.clone(),
            };
            seeds.push((format!("{theme}-{name}.bin"), encode(kind, &operations)));
        }
    }
    seeds
}

pub(super) fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus").join(NAME)
}

/// Key after key, so that every capacity on the way is outgrown.
fn grow_dense() -> Vec<Operation> {
    let mut operations: Vec<Operation> =
        (0..18).map(|key| Insert { key, value: key % 7 + 1 }).collect();
    operations.push(InsertOrReturn { key: 18, value: 5 });
    operations.push(InsertOrReturn { key: 2, value: 6 });
    operations.push(GetEach { first: 16, count: 4 });
    operations
}

/// Growth over gaps, near and far, under a default that needs memory.
fn gaps() -> Vec<Operation> {
    vec![
        Insert { key: 3, value: 7 },
        Get(1),
        Index(1),
        Insert { key: 1, value: 2 },
        InsertOrReturn { key: 12, value: 4 },
        Get(13),
        Index(13),
        WithDefault(3),
        Insert { key: 5, value: 6 },
        Insert { key: 60, value: 1 },
        InsertOrReturn { key: 63, value: 0 },
        GetEach { first: 58, count: 8 },
    ]
}

/// Removal in bounds, twice, beyond the end, and under a default that needs memory.
fn remove() -> Vec<Operation> {
    vec![
        Remove(0),
        Insert { key: 2, value: 5 },
        Remove(2),
        Remove(2),
        Remove(1),
        Remove(3),
        WithDefault(4),
        Insert { key: 1, value: 7 },
        Remove(1),
        Remove(1),
        Remove(30),
        GetEach { first: 0, count: 3 },
    ]
}

fn resize() -> Vec<Operation> {
    vec![
        Resize(0),
        Resize(12),
        Insert { key: 4, value: 3 },
        Insert { key: 11, value: 6 },
        Compare(12),
        Compare(20),
        Compare(11),
        Compare(5),
        Resize(5),
        Resize(5),
        Clear,
        Compare(0),
        Resize(3),
        WithDefault(2),
        Resize(9),
        Compare(0),
        Resize(2),
        Resize(40),
    ]
}

/// Every way to make a map, in the place of one that holds something.
fn replace() -> Vec<Operation> {
    vec![
        Insert { key: 1, value: 7 },
        New,
        Insert { key: 1, value: 6 },
        Default,
        Insert { key: 1, value: 5 },
        WithDefault(4),
        Insert { key: 3, value: 3 },
        WithCapacity(9),
        Insert { key: 8, value: 2 },
        Insert { key: 9, value: 1 },
        FromVec { count: 6, value: 5 },
        Insert { key: 6, value: 1 },
        Clone,
        Insert { key: 7, value: 4 },
        WithCapacity(0),
        FromVec { count: 0, value: 0 },
        Clone,
    ]
}

/// Series of items: new keys, old keys, the same key, and false hints.
fn bulk() -> Vec<Operation> {
    let items = |leading, stride, key, hint| Items { key, leading, stride, value: 6, hint };
    vec![
        Extend(items(5, 1, 5, Hint::Honest)),
        Extend(items(7, 2, 1, Hint::Honest)),
        Extend(items(3, 0, 0, Hint::Huge)),
        Extend(items(4, 3, 20, Hint::Huge)),
        Insert { key: 22, value: 3 },
        FromIter(items(6, 1, 0, Hint::Honest)),
        FromIter(items(3, 0, 9, Hint::Huge)),
        WithDefault(5),
        Insert { key: 2, value: 1 },
        Extend(items(7, 3, 40, Hint::Honest)),
        FromIter(items(0, 0, 0, Hint::Honest)),
    ]
}

/// All that walks a map, when it is empty, and short, and of odd and even length.
fn walk() -> Vec<Operation> {
    let walk = [Iterate, Reverse, SwapEnds, IntoIter, Debug, Compare(4)];
    let mut operations = walk.to_vec();
    operations.push(FromVec { count: 1, value: 3 });
    operations.extend(walk);
    operations.push(FromVec { count: 6, value: 2 });
    operations.push(GetMut { key: 2, value: 7 });
    operations.push(GetMut { key: 6, value: 1 });
    operations.extend(walk);
    operations.push(WithDefault(4));
    operations.push(Insert { key: 14, value: 1 });
    operations.push(Insert { key: 1, value: 2 });
    operations.extend(walk);
    operations
}

/// Keys and lengths that only values without bytes can have; a map that is refused stays as it
/// is.
fn edge_keys() -> Vec<Operation> {
    let last = usize::MAX;
    let to_the_edge = |key| Items { key, leading: 4, stride: 1, value: 4, hint: Hint::Honest };
    let mut operations = vec![Insert { key: 2, value: 5 }];
    for edge in EDGES {
        operations.extend([Get(edge), Index(edge), GetMut { key: edge, value: 3 }, Remove(edge)]);
        operations.extend([Insert { key: edge, value: 6 }, InsertOrReturn { key: edge, value: 2 }]);
    }
    operations.extend([GetEach { first: last - 2, count: 4 }, Iterate, IntoIter, Clone]);
    operations.extend([Clear, Insert { key: 2, value: 5 }]);
    for edge in [EDGES[1], EDGES[12], last - 1, last] {
        operations.extend([Compare(edge), Extend(to_the_edge(edge))]);
        operations.extend([FromIter(to_the_edge(edge)), Resize(edge), WithCapacity(edge)]);
    }
    operations.extend([Insert { key: 3, value: 1 }, Resize(last), Iterate, Reverse, SwapEnds]);
    operations.extend([Compare(0), Debug, Insert { key: last, value: 1 }, Resize(4), Debug]);
    operations
}

impl Operation {
    /// The same on values of which there is only one.
    fn of_unit(self) -> Self {
        let value = 0;
        match self {
            WithDefault(_) => WithDefault(value),
            FromVec { count, .. } => FromVec { count, value },
            Insert { key, .. } => Insert { key, value },
            InsertOrReturn { key, .. } => InsertOrReturn { key, value },
            GetMut { key, .. } => GetMut { key, value },
            Extend(items) => Extend(Items { value, ..items }),
            FromIter(items) => FromIter(Items { value, ..items }),
            other => other,
        }
    }
}

#[test]
fn the_corpus_is_what_this_table_encodes() {
    hold(NAME, seeds());
}

#[test]
fn every_operation_is_in_a_seed() {
    let used: BTreeSet<u8> = seeds().iter().flat_map(|(_, bytes)| codes(bytes)).collect();
    let all: BTreeSet<u8> =
        (0..32).filter(|code| !codes(&[0, *code, 0, 0, 0]).is_empty()).collect();
    assert_eq!(used, all);
}
