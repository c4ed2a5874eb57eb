//! Measures nanoseconds: the average of many calls, and single calls.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// The quantiles of the times of single calls. The last is the maximum.
pub(crate) const QUANTILES: [f64; 7] = [0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999, 1.0];

/// The times of single calls, without the time to read the clock.
pub(crate) struct Stopwatch {
    nanos: Vec<u32>,
    clock: u32,
}

impl Stopwatch {
    /// Makes a stopwatch with room for `calls` calls.
    pub(crate) fn new(calls: usize, clock: u32) -> Self {
        Self { nanos: Vec::with_capacity(calls), clock }
    }

    pub(crate) fn time<T>(&mut self, call: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let value = black_box(call());
        let nanos = nanos(start.elapsed());
        self.nanos.push(nanos.saturating_sub(self.clock));
        value
    }

    /// The time of each call.
    pub(crate) fn into_nanos(self) -> Vec<u32> {
        self.nanos
    }
}

/// The times at [`QUANTILES`] of calls that every round makes, with the median of each call over
/// the rounds. So costs that occur every time, such as growth, count, and random interruptions by
/// other processes do not.
pub(crate) fn quantiles(rounds: &[&[u32]]) -> [f64; QUANTILES.len()] {
    let of_call = |call: usize| {
        let mut nanos: Vec<_> = rounds.iter().map(|round| round[call]).collect();
        nanos.sort_unstable();
        nanos[nanos.len() / 2]
    };
    let mut calls: Vec<_> = (0..rounds[0].len()).map(of_call).collect();
    calls.sort_unstable();
    let last = calls.len() - 1;
    QUANTILES.map(|share| f64::from(calls[(last as f64 * share).ceil() as usize]))
}

/// The time to read the clock twice.
pub(crate) fn clock() -> u32 {
    let mut looks: Vec<_> = (0..10_001).map(|_| nanos(Instant::now().elapsed())).collect();
    looks.sort_unstable();
    looks[looks.len() / 2]
}

fn nanos(time: Duration) -> u32 {
    time.as_nanos().try_into().unwrap_or(u32::MAX)
}

/// The nanoseconds of each of `count` operations, which `work` performs.
pub(crate) fn each(count: usize, work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_nanos() as f64 / count as f64
}

/// The median.
pub(crate) fn median(mut of: Vec<f64>) -> f64 {
    of.sort_by(f64::total_cmp);
    of[of.len() / 2]
}
