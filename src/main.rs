//! `oom-sweep`: the command line over this crate's own targets.
//!
//! A program for one's own targets is as short; see `examples/own_targets.rs`.

use std::process::ExitCode;

use oom_sweep::FaultAlloc;

#[global_allocator]
static ALLOC: FaultAlloc = FaultAlloc::system();

#[cfg(feature = "subjects")]
use oom_sweep::targets::TABLE;
/// Without its subjects the program reads and compares reports, and explains what they say.
#[cfg(not(feature = "subjects"))]
const TABLE: &[oom_sweep::Target] = &[];

fn main() -> ExitCode {
    oom_sweep::cli::main(TABLE)
}
