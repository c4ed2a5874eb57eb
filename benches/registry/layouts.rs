//! The four layouts, and how they are measured in turn.

/// Their names, in the order of all measurements.
pub(crate) const LAYOUTS: [&str; 4] = ["dense", "hashed", "ordered", "array of structs"];

/// A measurement of each layout.
pub(crate) type Each<T> = [T; LAYOUTS.len()];

/// Runs a generic function for every layout in turn, `rounds` times. Returns the list of results of
/// each layout.
macro_rules! in_turn {
    ($rounds:expr, $run:ident($($argument:expr),*)) => {{
        use oom_sweep::registry::{ArrayOfStructs, Dense, Hashed, Ordered};
        $crate::measure::in_turn($rounds, [
            &mut || $run::<Dense>($($argument),*),
            &mut || $run::<Hashed>($($argument),*),
            &mut || $run::<Ordered>($($argument),*),
            &mut || $run::<ArrayOfStructs>($($argument),*),
        ])
    }};
}
pub(crate) use in_turn;
