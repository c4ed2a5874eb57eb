//! libFuzzer chooses operations on `TryBox`es, and the fault.
#![no_main]

oom_sweep::fuzz_target!(oom_sweep::targets::try_box::TARGET);
