//! libFuzzer chooses operations on a `PrimaryMap`, and the fault.
#![no_main]

oom_sweep::fuzz_target!(oom_sweep::targets::primary_map::TARGET);
