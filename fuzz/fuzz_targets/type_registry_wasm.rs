//! libFuzzer chooses the types of a module that is registered in a `TypeRegistry`, and the fault.
#![no_main]

oom_sweep::fuzz_target!(oom_sweep::targets::type_registry_wasm::TARGET);
