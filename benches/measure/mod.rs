//! What the benchmarks share: closures run in turn, and the rows of a table.

use std::time::Duration;

/// Prints what stands above the columns.
pub(crate) fn head() {
    println!("{:<66} {:>11} {:>11} {:>7} {:>7}", "", "A", "B", "A/B", "target");
}

/// What closures return that are run in turn, a list for each.
pub(crate) fn in_turn<T, const K: usize>(
    rounds: usize,
    mut closures: [&mut dyn FnMut() -> T; K],
) -> [Vec<T>; K] {
    let mut returned = [const { Vec::new() }; K];
    for _ in 0..rounds {
        for (returned, closure) in returned.iter_mut().zip(&mut closures) {
            returned.push(closure());
        }
    }
    returned
}

/// Median times of closures that are run in turn.
pub(crate) fn interleave<const K: usize>(
    rounds: usize,
    timed: [&mut dyn FnMut() -> Duration; K],
) -> [Duration; K] {
    in_turn(rounds, timed).map(|mut times| {
        times.sort();
        times[times.len() / 2]
    })
}

pub(crate) fn row(name: &str, a: Duration, b: Duration, target: Option<f64>) {
    let ratio = a.as_secs_f64() / b.as_secs_f64();
    let target = target.map(|target| format!("{target:.2}")).unwrap_or_default();
    println!("{name:<66} {a:>11.2?} {b:>11.2?} {ratio:>7.2} {target:>7}");
}
