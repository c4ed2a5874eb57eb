//! libFuzzer chooses operations on a `TypeRegistry`, and the fault.
#![no_main]

oom_sweep::fuzz_target!(oom_sweep::targets::type_registry::TARGET);
