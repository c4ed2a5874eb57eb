//! libFuzzer chooses operations on a `TryString`, and the fault.
#![no_main]

oom_sweep::fuzz_target!(oom_sweep::targets::try_string::TARGET);
