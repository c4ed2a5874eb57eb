//! libFuzzer chooses operations on `TryArc`s, and the fault.
#![no_main]

oom_sweep::fuzz_target!(oom_sweep::targets::try_arc::TARGET);
