//! Compares `TryArc` with `Arc`: making, cloning and dropping, reading through many pointers, and
//! bytes.

use crate::measure::{interleave, row};
use crate::{Scale, bytes};
use oom_sweep::collections::TryArc;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The time of `times` calls.
fn time(times: u64, mut f: impl FnMut(u64)) -> Duration {
    let start = Instant::now();
    (0..times).for_each(&mut f);
    start.elapsed()
}

pub(crate) fn run(scale: Scale) {
    let (rounds, times) = match scale {
        Scale::Full => (41, 100_000),
        Scale::Smoke => (1, 1),
    };
    let [a, b] = interleave(
        rounds,
        [&mut || time(times, |i| drop(black_box(TryArc::new(black_box(i)).unwrap()))), &mut || {
            time(times, |i| drop(black_box(Arc::new(black_box(i)))))
        }],
    );
    row("TryArc: new and drop, u64", a, b, Some(1.05));

    let (ours, theirs) = (TryArc::new(7_u64).unwrap(), Arc::new(7_u64));
    let [a, b] = interleave(
        rounds,
        [&mut || time(times, |_| drop(black_box(black_box(&ours).clone()))), &mut || {
            time(times, |_| drop(black_box(black_box(&theirs).clone())))
        }],
    );
    row("TryArc: clone and drop, u64", a, b, Some(1.05));

    let ours: Vec<_> = (0..1000_u64).map(|i| TryArc::new(i).unwrap()).collect();
    let theirs: Vec<_> = (0..1000_u64).map(Arc::new).collect();
    let times = times.div_ceil(1000);
    let [a, b] = interleave(
        rounds,
        [
            &mut || {
                time(times, |_| _ = black_box(black_box(&ours).iter().map(|i| **i).sum::<u64>()))
            },
            &mut || {
                time(times, |_| _ = black_box(black_box(&theirs).iter().map(|i| **i).sum::<u64>()))
            },
        ],
    );
    row("TryArc: sum through 1000 pointers, u64", a, b, Some(1.05));

    let ours = || {
        (0..1000).map(|n| TryArc::new(n).expect("there is memory")).collect::<Vec<TryArc<u64>>>()
    };
    let theirs = || (0..1000).map(Arc::new).collect::<Vec<Arc<u64>>>();
    bytes::row(
        "TryArc: bytes a value of 8, pointer included",
        1000,
        bytes::held(ours),
        bytes::held(theirs),
    );
}
