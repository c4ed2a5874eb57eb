//! libFuzzer chooses operations on a `SecondaryMap`, and the fault.
#![no_main]

use oom_sweep::{FaultAlloc, targets};

#[global_allocator]
static ALLOC: FaultAlloc = FaultAlloc::system();

libfuzzer_sys::fuzz_target!(|data: &[u8]| targets::fuzz(&targets::secondary_map::TARGET, data));
