//! The type registry swept: every operation, cold, warmed and crowded, in all layouts, with every
//! request failed, transient and persistent.
//!
//! After each failure the registry reads as before (`view`), keeps its own rules (`check`), and the
//! retry ends where the run without faults does; nothing leaks. Parsing is set-up: the parser's
//! requests are its own.

#![cfg(feature = "registry")]

mod operations;
mod shapes;
mod surroundings;

use oom_sweep::FaultAlloc;

#[global_allocator]
static ALLOC: FaultAlloc = FaultAlloc::system();
