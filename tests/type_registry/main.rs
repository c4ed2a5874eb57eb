//! Sweeps every operation of the type registry: in cold, warmed-up and crowded registries, in all
//! layouts, with every request failed transiently and persistently. Also compares its answers about
//! types with other implementations.
//!
//! After each failure the registry must read as before (`view`) and keep its invariants (`check`),
//! and the retry must have the same result as the run without faults. Nothing may leak. Parsing is
//! part of the set-up, because the requests of the parser are not under test.

#![cfg(feature = "registry")]

#[cfg(feature = "subjects")]
mod alike;
#[cfg(feature = "subjects")]
mod differential;
mod operations;
#[cfg(feature = "subjects")]
#[path = "../random/mod.rs"]
mod random;
mod shapes;
mod spec;
mod surroundings;

use oom_sweep::FaultAlloc;

#[global_allocator]
static ALLOC: FaultAlloc = FaultAlloc::system();
