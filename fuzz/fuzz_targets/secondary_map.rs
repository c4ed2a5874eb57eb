//! libFuzzer chooses operations on a `SecondaryMap`, and the fault.
#![no_main]

oom_sweep::fuzz_target!(oom_sweep::targets::secondary_map::TARGET);
