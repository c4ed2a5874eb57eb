//! What the benchmarks share: closures timed in turn, and the rows of a table.

use std::time::Duration;

/// Prints what stands above the columns.
pub(crate) fn head() {
    println!("{:<66} {:>11} {:>11} {:>7} {:>7}", "", "A", "B", "A/B", "target");
}

/// Median times of closures that are run in turn.
pub(crate) fn interleave<const K: usize>(
    rounds: usize,
    mut timed: [&mut dyn FnMut() -> Duration; K],
) -> [Duration; K] {
    let mut times = [const { Vec::new() }; K];
    for _ in 0..rounds {
        for (times, timed) in times.iter_mut().zip(&mut timed) {
            times.push(timed());
        }
    }
    times.map(|mut times| {
        times.sort();
        times[times.len() / 2]
    })
}

pub(crate) fn row(name: &str, a: Duration, b: Duration, target: Option<f64>) {
    let ratio = a.as_secs_f64() / b.as_secs_f64();
    let target = target.map(|target| format!("{target:.2}")).unwrap_or_default();
    println!("{name:<66} {a:>11.2?} {b:>11.2?} {ratio:>7.2} {target:>7}");
}
