//! libFuzzer chooses the documents from which a `SecondaryMap` is read, and the fault.
#![no_main]

oom_sweep::fuzz_target!(oom_sweep::targets::secondary_map_serde::TARGET);
