//! Nanoseconds: of one call among many, and of calls one by one.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// The shares of calls that take at most as long as is said of them. The last is the worst.
pub(crate) const QUANTILES: [f64; 7] = [0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999, 1.0];

/// Times of single calls, without what it takes to look at the clock.
pub(crate) struct Stopwatch {
    nanos: Vec<u32>,
    clock: u32,
}

impl Stopwatch {
    /// One that has room for so many calls.
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

    /// The times, call by call.
    pub(crate) fn into_nanos(self) -> Vec<u32> {
        self.nanos
    }
}

/// The times at [`QUANTILES`] of calls that were made in every round: of each call the median over
/// the rounds. What takes long every time, as growth does, is in them; what comes between at random,
/// as other processes do, is not.
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

/// What it takes to look at the clock twice.
pub(crate) fn clock() -> u32 {
    let mut looks: Vec<_> = (0..10_001).map(|_| nanos(Instant::now().elapsed())).collect();
    looks.sort_unstable();
    looks[looks.len() / 2]
}

fn nanos(time: Duration) -> u32 {
    time.as_nanos().try_into().unwrap_or(u32::MAX)
}

/// Nanoseconds for each of `count`, all of which `work` does.
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
