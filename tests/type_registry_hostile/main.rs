//! Modules that nobody means well with: what they are told, and what they cost.
//!
//! Each is refused with one line that names a byte, or its types are registered and go again; none
//! panics, changes a registry that refuses it, or takes memory out of proportion to its bytes. The
//! allocator counts, which is why this is a binary of its own.

#![cfg(feature = "registry")]

mod announced;
mod bytes;
mod damaged;
mod million;
mod outcome;
mod peak;
#[path = "../random/mod.rs"]
mod random;
mod refused;

#[global_allocator]
static ALLOC: peak::Counting = peak::Counting;
