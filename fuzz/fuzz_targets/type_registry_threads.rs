//! libFuzzer chooses what threads do to a `TypeRegistry`, which of them goes on, and the fault.
#![no_main]

oom_sweep::fuzz_target!(oom_sweep::targets::type_registry_threads::TARGET);
