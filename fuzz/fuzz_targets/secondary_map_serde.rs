//! libFuzzer chooses documents that a `SecondaryMap` is read from, and the fault.
#![no_main]

oom_sweep::fuzz_target!(oom_sweep::targets::secondary_map_serde::TARGET);
