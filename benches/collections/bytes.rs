//! Measures the bytes that a value holds on the heap, and prints them.

use crate::heap::counted;

/// The bytes that making a value requests and does not free.
pub(crate) fn held<T>(make: impl FnOnce() -> T) -> usize {
    counted(make).1.bytes.unsigned_abs()
}

/// Prints the bytes that `count` elements use in our collection and in the reference.
pub(crate) fn row(name: &str, count: usize, ours: usize, reference: usize) {
    let each = |bytes: usize| format!("{:.1} B", bytes as f64 / count as f64);
    let ratio = ours as f64 / reference as f64;
    println!("{name:<66} {:>11} {:>11} {ratio:>7.2}", each(ours), each(reference));
}
