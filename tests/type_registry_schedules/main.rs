//! The type registry shared by threads: interleavings × requests.
//!
//! What the threads do is a *race*; an *order* says who goes on at each step of the registry's lock
//! and counts, so it can be replayed. Each race is run in many orders, and in some of them swept:
//! every request of every task fails, transient and persistent, while the others go on. After each
//! run the registry keeps its own rules (`check`) and is empty, and the race can be run again.
//!
//! What fails is named by race, layout and order, as in "root and last drop, dense, random 17": the
//! order is the same whenever the test is run.

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
