//! Targets: the drivers of the subjects, shared by the command line, libFuzzer and the tests.
//!
//! A [`Target`] turns bytes into a scenario: its `decode(&[u8])` returns a value that implements
//! [`Steps`](crate::Steps), or one line that says what is wrong with the bytes. Each target
//! documents its own layout of bytes. The first byte has a version, so that a later build does not
//! silently misread a corpus.
//!
//! Each target has a module here and seeds in the folder of its name under `corpus/`. Its tests
//! check these properties:
//!
//! - decoding is not swept. It may allocate memory proportional to the input, and it never panics;
//! - a step makes only the requests of the subject and of the values that it handles. Decoding
//!   computes the expected answers;
//! - a step that failed because a request failed can be repeated.
//!
//! The targets of the harness's own readers make no request, so no fault can hit them. They let a
//! fuzzer find texts that are read wrongly.
//!
//! `layout.md` has the table of targets and the layout of their bytes; it is shown in the
//! documentation of `oom_sweep::targets`.
//!
//! [`TABLE`] lists all targets. The targets run nothing themselves; the engine does.

mod erased_steps;
mod hint;
mod modelled;
pub mod plan_text;
pub mod primary_map;
mod reader;
pub mod report_json;
mod sample;
pub mod secondary_map;
pub mod secondary_map_serde;
#[cfg(test)]
mod seeds;
mod series;
pub mod slab;
pub mod try_arc;
pub mod try_box;
pub mod try_btree_map;
pub mod try_hash_map;
pub mod try_hash_set;
pub mod try_string;
pub mod try_vec;
pub mod type_registry;
pub mod type_registry_threads;
pub mod type_registry_wasm;

use crate::fuzzing::Target;
pub use erased_steps::AnySteps;

/// The old name of [`AnySteps`].
#[deprecated(since = "0.2.0", note = "renamed to `AnySteps`")]
pub type Driven<W> = AnySteps<W>;

/// Every target of this crate.
pub const TABLE: &[Target] = &[
    secondary_map::TARGET,
    secondary_map_serde::TARGET,
    primary_map::TARGET,
    slab::TARGET,
    try_arc::TARGET,
    try_box::TARGET,
    try_btree_map::TARGET,
    try_hash_map::TARGET,
    try_hash_set::TARGET,
    try_string::TARGET,
    try_vec::TARGET,
    type_registry::TARGET,
    type_registry_wasm::TARGET,
    type_registry_threads::TARGET,
    plan_text::TARGET,
    report_json::TARGET,
];

/// The targets of the harness's own readers; see [`reader`].
#[cfg(test)]
const READERS: &[&reader::Reader] = &[&plan_text::READER, &report_json::READER];

/// The targets that compare a subject with its model; see [`modelled`].
#[cfg(test)]
const MODELLED: &[&modelled::Modelled] = &[
    &secondary_map::MODELLED,
    &secondary_map_serde::MODELLED,
    &primary_map::MODELLED,
    &slab::MODELLED,
    &try_arc::MODELLED,
    &try_box::MODELLED,
    &try_btree_map::MODELLED,
    &try_hash_map::MODELLED,
    &try_hash_set::MODELLED,
    &try_string::MODELLED,
    &try_vec::MODELLED,
    &type_registry::MODELLED,
];
