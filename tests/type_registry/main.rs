//! The type registry: every operation swept, cold, warmed and crowded, in all layouts, with every
//! request failed, transient and persistent; and what it says of types beside what others say.
//!
//! After each failure the registry reads as before (`view`), keeps its own rules (`check`), and the
//! retry ends where the run without faults does; nothing leaks. Parsing is set-up: the parser's
//! requests are its own.

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
