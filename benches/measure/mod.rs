//! Shared by the benchmarks: running closures in turn, and printing the rows of a table.

use std::time::Duration;

/// Prints the header of the table.
pub(crate) fn head() {
    println!("{:<66} {:>11} {:>11} {:>7} {:>7}", "", "A", "B", "A/B", "target");
}

/// Runs the closures in turn and returns the list of results of each.
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

/// Runs the closures in turn and returns their median times.
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
