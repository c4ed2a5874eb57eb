//! Targets: the subjects' drivers, shared by the command line, libFuzzer and the tests.
//!
//! A [`Target`] turns bytes into a scenario: its `decode(&[u8])` gives something that implements
//! [`Steps`](crate::Steps), or says in one line what is wrong with the bytes. What the bytes are
//! is the target's own business; its documentation has the layout, and a version in the first
//! byte keeps a corpus from being silently misread by a later build.
//!
//! Each target has a module here, seeds in the folder of its name under `corpus/`, and these
//! properties, which its tests hold it to:
//!
//! - decoding is not swept: it may allocate as it likes, but in proportion to the input, and never
//!   panics;
//! - a step makes no request but those of the subject and of the values that it handles. What it
//!   compares answers with was computed by decoding;
//! - a step that failed for want of memory can be repeated.
//!
//! | target | subject | bytes |
//! | --- | --- | --- |
//! | [`secondary_map`] | [`SecondaryMap`](crate::collections::SecondaryMap) | a sequence of operations, or a WebAssembly module |
//!
//! [`TABLE`] lists them all, by hand. Relies on the collections and on the trait; does not run
//! anything: that is the engine's work.

mod decoder;
mod drive;
mod fuzzing;
mod hint;
mod modelled;
pub mod primary_map;
mod sample;
pub mod secondary_map;
mod series;
pub mod slab;
mod target;
pub mod try_arc;
pub mod try_box;
pub mod try_btree_map;
pub mod try_hash_map;
pub mod try_hash_set;
pub mod try_string;
pub mod try_vec;

pub use drive::Driven;
pub use fuzzing::{fuzz, plan_of};
pub use target::{Decoded, Target};

/// Every target of this crate.
pub const TABLE: &[Target] = &[
    secondary_map::TARGET,
    primary_map::TARGET,
    slab::TARGET,
    try_arc::TARGET,
    try_box::TARGET,
    try_btree_map::TARGET,
    try_hash_map::TARGET,
    try_hash_set::TARGET,
    try_string::TARGET,
    try_vec::TARGET,
];

/// Those that are a collection beside its model.
#[cfg(test)]
const MODELLED: &[&modelled::Modelled] = &[
    &primary_map::MODELLED,
    &slab::MODELLED,
    &try_arc::MODELLED,
    &try_box::MODELLED,
    &try_btree_map::MODELLED,
    &try_hash_map::MODELLED,
    &try_hash_set::MODELLED,
    &try_string::MODELLED,
    &try_vec::MODELLED,
];
