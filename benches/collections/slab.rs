//! Compares `Slab` with the crate `slab`.

use super::measure::{interleave, row};
use super::{Scale, bytes, timed};
use oom_sweep::collections::Slab;
use std::hint::black_box;

const TARGET: Option<f64> = Some(1.05);

fn ours(count: usize) -> Slab<u64> {
    let mut slab = Slab::new();
    for value in 0..count as u64 {
        slab.insert(black_box(value)).expect("there is memory");
    }
    slab
}

fn theirs(count: usize) -> slab::Slab<u64> {
    let mut slab = slab::Slab::new();
    for value in 0..count as u64 {
        slab.insert(black_box(value));
    }
    slab
}

pub(crate) fn run(scale: Scale) {
    let (count, rounds) = scale.pick((100_000, 101), (100, 1));
    let name = |what: &str| format!("Slab<u64>, {count} values: {what}");

    let [a, b] =
        interleave(rounds, [&mut || timed(|| ours(count)), &mut || timed(|| theirs(count))]);
    row(&name("insert"), a, b, TARGET);

    let (mut a_slab, mut b_slab) = (ours(count), theirs(count));
    let key = |i: usize| i * 7919 % count;
    let mut get_a = || timed(|| (0..count).map(|i| a_slab[key(i)]).sum::<u64>());
    let mut get_b = || timed(|| (0..count).map(|i| b_slab[key(i)]).sum::<u64>());
    let [a, b] = interleave(rounds, [&mut get_a, &mut get_b]);
    row(&name("get"), a, b, TARGET);

    let mut iter_a = || timed(|| a_slab.iter().map(|(key, value)| key as u64 ^ value).sum::<u64>());
    let mut iter_b = || timed(|| b_slab.iter().map(|(key, value)| key as u64 ^ value).sum::<u64>());
    let [a, b] = interleave(rounds, [&mut iter_a, &mut iter_b]);
    row(&name("iterate"), a, b, TARGET);

    let mut churn_a = || {
        timed(|| {
            for i in 0..count {
                let value = a_slab.remove(key(i)).expect("it is there");
                black_box(a_slab.insert(value).expect("there is room"));
            }
        })
    };
    let mut churn_b = || {
        timed(|| {
            for i in 0..count {
                // Its `remove` panics for an absent key; `try_remove` corresponds to our `remove`.
                let value = b_slab.try_remove(key(i)).expect("it is there");
                black_box(b_slab.insert(value));
            }
        })
    };
    let [a, b] = interleave(rounds, [&mut churn_a, &mut churn_b]);
    row(&name("remove and insert"), a, b, TARGET);
    bytes::row(
        &name("bytes a value"),
        count,
        bytes::held(|| ours(count)),
        bytes::held(|| theirs(count)),
    );
}
