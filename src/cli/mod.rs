//! The two programs: `oom-sweep` sweeps targets ([`main`]), and `cargo oom-sweep` runs the sweeps
//! in the tests of any crate ([`cargo_main`]). Both use `shared` to read,
//! compare and print reports.

mod cargo_oom_sweep;
mod oom_sweep;
mod shared;

pub use crate::fuzzing::Target;
pub use cargo_oom_sweep::cargo_main;
pub use oom_sweep::main;
