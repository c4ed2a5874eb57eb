//! Compares `TryHashMap` with `hashbrown::HashMap`, with the same hasher.

use super::measure::{interleave, row};
use super::{Scale, bytes, timed};
use oom_sweep::collections::TryHashMap;
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::hint::black_box;

const TARGET: Option<f64> = Some(1.05);

type Hasher = BuildHasherDefault<DefaultHasher>;
type Ours = TryHashMap<u64, u64, Hasher>;
type Theirs = hashbrown::HashMap<u64, u64, Hasher>;

/// Distinct keys in pseudo-random order.
fn key(i: usize) -> u64 {
    (i as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

fn ours(count: usize) -> Ours {
    let mut map = Ours::default();
    for i in 0..count {
        map.insert(key(i), black_box(1)).expect("there is memory");
    }
    map
}

fn theirs(count: usize) -> Theirs {
    let mut map = Theirs::default();
    for i in 0..count {
        map.insert(key(i), black_box(1));
    }
    map
}

pub(crate) fn run(scale: Scale) {
    let (count, rounds) = scale.pick((100_000, 51), (100, 1));
    let name = |what: &str| format!("TryHashMap<u64, u64>, {count} entries: {what}");

    let [a, b] =
        interleave(rounds, [&mut || timed(|| ours(count)), &mut || timed(|| theirs(count))]);
    row(&name("insert"), a, b, TARGET);

    let (mut a_map, mut b_map) = (ours(count), theirs(count));
    for (what, from) in [("get hit", 0), ("get miss", count)] {
        let keys = from..from + count;
        let mut get_a = || timed(|| keys.clone().filter_map(|i| a_map.get(&key(i))).sum::<u64>());
        let mut get_b = || timed(|| keys.clone().filter_map(|i| b_map.get(&key(i))).sum::<u64>());
        let [a, b] = interleave(rounds, [&mut get_a, &mut get_b]);
        row(&name(what), a, b, TARGET);
    }

    let mut iter_a =
        || timed(|| a_map.iter().map(|(key, value)| key ^ value).fold(0, u64::wrapping_add));
    let mut iter_b =
        || timed(|| b_map.iter().map(|(key, value)| key ^ value).fold(0, u64::wrapping_add));
    let [a, b] = interleave(rounds, [&mut iter_a, &mut iter_b]);
    row(&name("iterate"), a, b, TARGET);

    let mut churn_a = || {
        timed(|| {
            for i in 0..count {
                let value = a_map.remove(&key(i)).expect("it is there");
                black_box(a_map.insert(key(i), value).expect("there is room"));
            }
        })
    };
    let mut churn_b = || {
        timed(|| {
            for i in 0..count {
                let value = b_map.remove(&key(i)).expect("it is there");
                black_box(b_map.insert(key(i), value));
            }
        })
    };
    let [a, b] = interleave(rounds, [&mut churn_a, &mut churn_b]);
    row(&name("remove and insert"), a, b, TARGET);
    bytes::row(
        &name("bytes an entry"),
        count,
        bytes::held(|| ours(count)),
        bytes::held(|| theirs(count)),
    );
}
