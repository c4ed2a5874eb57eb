//! libFuzzer chooses operations on `TryHashSet`s, and the fault.
#![no_main]

oom_sweep::fuzz_target!(oom_sweep::targets::try_hash_set::TARGET);
