//! Tests hostile modules: the error messages and the memory that they use.
//!
//! Each module is either refused with one line that names a byte offset, or its types are
//! registered and unregistered. No module may panic, change a registry that refuses it, or use more
//! memory than a multiple of its size. This is a separate binary because its allocator counts
//! bytes.

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
