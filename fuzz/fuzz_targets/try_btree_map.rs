//! libFuzzer chooses operations on a `TryBTreeMap`, and the fault.
#![no_main]

oom_sweep::fuzz_target!(oom_sweep::targets::try_btree_map::TARGET);
