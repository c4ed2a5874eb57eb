//! Tests a type registry that is shared by threads, under many interleavings and with failed
//! requests.
//!
//! A *race* is what the threads do. An *order* says which thread continues at each step of the
//! registry's lock and counts, so it can be replayed. Each race runs in many orders and is swept in
//! some of them: every request of every task fails, transiently and persistently, while the other
//! tasks continue. After each run the registry must keep its invariants (`check`) and be empty, and
//! the race must be able to run again.
//!
//! A failure is named by race, layout and order, for example "root and last drop, dense, random
//! 17". The order is the same in every run of the test.

#![cfg(feature = "registry")]

mod orders;
mod proofs;
mod races;
mod stress;
mod tasks;
mod twins;
mod world;

use oom_sweep::FaultAlloc;

#[global_allocator]
static ALLOC: FaultAlloc = FaultAlloc::system();
