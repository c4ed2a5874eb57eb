//! Compares `TryVec` with `Vec`: pushing, extending from slices and from iterators, and bytes.
//!
//! Rows that do not measure growth fill the same memory for both, so that its placement favours
//! neither.

use crate::Scale;
use crate::measure::{interleave, row};
use oom_sweep::collections::{TryExtend, TryVec};
use std::cell::Cell;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// The time of `times` calls.
fn time(times: usize, mut f: impl FnMut()) -> Duration {
    let start = Instant::now();
    (0..times).for_each(|_| f());
    start.elapsed()
}

pub(crate) fn run(scale: Scale) {
    let (rounds, times) = match scale {
        Scale::Full => (41, 4_000),
        Scale::Smoke => (1, 1),
    };
    for n in [100_u32, 10_000] {
        let times = (times * 100 / n as usize).max(1);
        push(rounds, times, n);
        extend(rounds, times, n);
    }
    // Both are a `Vec`: a pointer, a length and a capacity.
    let ours = size_of::<TryVec<u32>>();
    println!("TryVec: header {ours} bytes, Vec {}; no bytes an element", size_of::<Vec<u32>>());
}

fn push(rounds: usize, times: usize, n: u32) {
    let [a, b] = interleave(
        rounds,
        [
            &mut || {
                time(times, || {
                    let mut vec = TryVec::new();
                    for i in 0..n {
                        vec.push(black_box(i)).unwrap();
                    }
                    black_box(&vec);
                })
            },
            &mut || {
                time(times, || {
                    let mut vec = Vec::new();
                    for i in 0..n {
                        vec.push(black_box(i));
                    }
                    black_box(&vec);
                })
            },
        ],
    );
    row(&format!("TryVec: {n} pushes from empty, u32"), a, b, Some(1.05));
}

fn extend(rounds: usize, times: usize, n: u32) {
    let values: Vec<u32> = (0..n).collect();
    let values = || black_box(&values[..]);
    let step = |i: u32| i.wrapping_mul(0x9e37_79b9);
    let room = Cell::new(Vec::with_capacity(n as usize));
    let ours = |fill: &dyn Fn(&mut TryVec<u32>)| {
        time(times, || {
            let mut vec = TryVec::from(room.take());
            vec.clear();
            fill(&mut vec);
            room.set(black_box(vec).into());
        })
    };
    let theirs = |fill: &dyn Fn(&mut Vec<u32>)| {
        time(times, || {
            let mut vec = room.take();
            vec.clear();
            fill(&mut vec);
            room.set(black_box(vec));
        })
    };
    let [a, b] = interleave(
        rounds,
        [&mut || ours(&|vec| vec.extend_from_slice(values()).unwrap()), &mut || {
            theirs(&|vec| vec.extend_from_slice(values()))
        }],
    );
    row(&format!("TryVec: extend_from_slice of {n}, u32, into room"), a, b, Some(1.05));
    let mapped = || values().iter().map(|&i| step(i));
    let [a, b] = interleave(
        rounds,
        [&mut || ours(&|vec| vec.try_extend(mapped()).unwrap()), &mut || {
            theirs(&|vec| vec.extend(mapped()))
        }],
    );
    row(&format!("TryVec: extend by {n} mapped items, u32, into room"), a, b, Some(1.05));
    from_empty(rounds, times, n, "counted", || 0..n);
    from_empty(rounds, times, n, "filtered", || (0..n).filter(|i| !i.is_multiple_of(3)));
}

/// With a known number of items `Vec` makes one request, because it trusts the number. `TryVec`
/// grows step by step.
fn from_empty<I: Iterator<Item = u32>>(
    rounds: usize,
    times: usize,
    n: u32,
    which: &str,
    items: impl Fn() -> I,
) {
    let [a, b] = interleave(
        rounds,
        [
            &mut || {
                time(times, || {
                    let mut vec = TryVec::new();
                    vec.try_extend(items()).unwrap();
                    black_box(&vec);
                })
            },
            &mut || {
                time(times, || {
                    let mut vec = Vec::new();
                    vec.extend(items());
                    black_box(&vec);
                })
            },
        ],
    );
    row(&format!("TryVec: extend by {n} {which} items, u32, from empty"), a, b, Some(1.05));
}
