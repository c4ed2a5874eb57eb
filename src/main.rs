//! `oom-sweep`: the command line over this crate's own targets.
//!
//! A program for one's own targets is as short; see `examples/own_targets.rs`.

use std::process::ExitCode;

use oom_sweep::FaultAlloc;

#[global_allocator]
static ALLOC: FaultAlloc = FaultAlloc::system();

fn main() -> ExitCode {
    oom_sweep::cli::main(oom_sweep::targets::TABLE)
}
