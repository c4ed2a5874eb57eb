//! libFuzzer chooses operations on a `Slab`, and the fault.
#![no_main]

oom_sweep::fuzz_target!(oom_sweep::targets::slab::TARGET);
