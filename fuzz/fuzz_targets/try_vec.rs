//! libFuzzer chooses operations on a `TryVec`, and the fault.
#![no_main]

oom_sweep::fuzz_target!(oom_sweep::targets::try_vec::TARGET);
