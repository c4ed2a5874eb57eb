//! libFuzzer chooses the operations of threads on a `TypeRegistry`, their schedule, and the fault.
#![no_main]

oom_sweep::fuzz_target!(oom_sweep::targets::type_registry_threads::TARGET);
