//! The hand-written seeds of the corpus, as text. Each target names some sequences of operations.
//! Each sequence becomes one file for each kind of the target.
//!
//! A sequence lists operations by name with their operands: `insert 3 7, remove 3`. Omitted
//! operands are 0. `name 0..5 1` stands for five operations, with a from 0 to 4 and b from 1 to 5.
//! A test checks that the files in the corpus are the encoded sequences. After a change, write the
//! files again with `WRITE_SEEDS=1 cargo test --lib modelled::seeds`.

use super::super::MODELLED;
use super::super::seeds::hold;
use super::script::{NARROW, WIDE};
use super::{Kind, Modelled};
use std::collections::BTreeSet;

/// The name of a sequence and its text.
pub(in crate::subjects::drivers) type Seed = (&'static str, &'static str);

/// The file names and contents of a target's seeds.
pub(super) fn of(target: &Modelled) -> Vec<(String, Vec<u8>)> {
    let mut seeds = Vec::new();
    for (theme, words) in target.seeds {
        for (number, kind) in (0_u8..).zip(target.kinds) {
            let mut bytes = vec![target.version << 4 | number];
            bytes.extend(words.split(',').flat_map(|words| encode(kind, words)));
            seeds.push((format!("{theme}-{}.bin", kind.name), bytes));
        }
    }
    seeds
}

/// Encodes one operation, which may be repeated, as records.
fn encode(kind: &Kind, words: &str) -> Vec<u8> {
    let mut words = words.split_whitespace();
    let name = words.next().expect("the name of an operation");
    let is_it = |text: &&'static str| text.split('(').next() == Some(name);
    let code = (kind.operations)().iter().position(is_it);
    let code = code.unwrap_or_else(|| panic!("no operation is called {name}")) as u8;
    let number = |word: &str| word.parse::<u8>().unwrap_or_else(|_| panic!("{name} {word}"));
    let first = words.next().unwrap_or("0");
    let [b, c] = [(); 2].map(|()| words.next().map_or(0, number));
    let range = match first.split_once("..") {
        Some((start, end)) => number(start)..number(end),
        None => number(first)..number(first) + 1,
    };
    (0..)
        .zip(range)
        .flat_map(|(i, a)| [if a > NARROW { code | WIDE } else { code }, a, b.wrapping_add(i), c])
        .collect()
}

#[test]
fn the_corpus_equals_the_encoded_seeds() {
    for target in MODELLED {
        hold(target.name, of(target));
    }
}

#[test]
fn every_operation_is_in_a_seed() {
    for target in MODELLED {
        let operations = (target.kinds[0].operations)();
        assert!(operations.len() <= 32, "{}: a code has five bits", target.name);
        let records = of(target).into_iter().flat_map(|(_, bytes)| bytes[1..].to_vec());
        let used: BTreeSet<u8> = records.step_by(4).map(|code| code & 31).collect();
        for (code, text) in (0..).zip(operations) {
            assert!(used.contains(&code), "{}: no seed uses {text}", target.name);
        }
    }
}
