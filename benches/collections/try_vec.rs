//! `TryVec` against `Vec`: pushing, extending from slices and from iterators, and bytes.
//!
//! Vectors are emptied and kept where the growth is not what is measured.

use crate::Scale;
use crate::measure::{interleave, row};
use oom_sweep::collections::{TryExtend, TryVec};
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
    let (mut ours, mut theirs) = (TryVec::new(), Vec::new());
    let [a, b] = interleave(
        rounds,
        [
            &mut || {
                time(times, || {
                    ours.clear();
                    ours.extend_from_slice(values()).unwrap();
                    black_box(&ours);
                })
            },
            &mut || {
                time(times, || {
                    theirs.clear();
                    theirs.extend_from_slice(values());
                    black_box(&theirs);
                })
            },
        ],
    );
    row(&format!("TryVec: extend_from_slice of {n}, u32, into room"), a, b, Some(1.05));
    let [a, b] = interleave(
        rounds,
        [
            &mut || {
                time(times, || {
                    ours.clear();
                    ours.try_extend(values().iter().map(|&i| step(i))).unwrap();
                    black_box(&ours);
                })
            },
            &mut || {
                time(times, || {
                    theirs.clear();
                    theirs.extend(values().iter().map(|&i| step(i)));
                    black_box(&theirs);
                })
            },
        ],
    );
    row(&format!("TryVec: extend by {n} mapped items, u32, into room"), a, b, Some(1.05));
    let some = |i: &u32| !i.is_multiple_of(3);
    let [a, b] = interleave(
        rounds,
        [
            &mut || {
                time(times, || {
                    let mut vec = TryVec::new();
                    vec.try_extend((0..n).filter(some)).unwrap();
                    black_box(&vec);
                })
            },
            &mut || {
                time(times, || {
                    let mut vec = Vec::new();
                    vec.extend((0..n).filter(some));
                    black_box(&vec);
                })
            },
        ],
    );
    row(&format!("TryVec: extend by {n} filtered items, u32, from empty"), a, b, Some(1.05));
}
