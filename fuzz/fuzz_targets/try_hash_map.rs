//! libFuzzer chooses operations on a `TryHashMap`, and the fault.
#![no_main]

oom_sweep::fuzz_target!(oom_sweep::targets::try_hash_map::TARGET);
