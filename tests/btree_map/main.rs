//! `TryBTreeMap` with nodes of the size that users get, beside std's in `model`, and swept in
//! `sweep`. The crate's unit tests have small nodes.

#![cfg(feature = "collections")]

mod model;
mod sweep;

use oom_sweep::FaultAlloc;

#[global_allocator]
static ALLOC: FaultAlloc = FaultAlloc::system();
