//! Tests `TryBTreeMap` with nodes of the size that users get. `model` compares it with std's,
//! `sweep` fails its requests. The crate's unit tests use small nodes.

#![cfg(feature = "collections")]

mod model;
mod sweep;

use oom_sweep::FaultAlloc;

#[global_allocator]
static ALLOC: FaultAlloc = FaultAlloc::system();
