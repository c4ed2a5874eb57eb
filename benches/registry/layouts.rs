//! The four layouts, one after the other.

/// What they are called, in the order of everything that is measured of each.
pub(crate) const LAYOUTS: [&str; 4] = ["dense", "hashed", "ordered", "array of structs"];

/// What is measured of each layout.
pub(crate) type Each<T> = [T; LAYOUTS.len()];

/// `rounds` rounds, in each of which every layout has its turn: a list of what a generic function
/// returned for each.
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
