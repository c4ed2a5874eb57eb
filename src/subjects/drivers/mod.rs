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
//! | target | subject | bytes |
//! | --- | --- | --- |
//! | [`secondary_map`] | [`SecondaryMap`](crate::collections::SecondaryMap) | a sequence of operations, or a WebAssembly module |
//! | [`secondary_map_serde`] | [`SecondaryMap`](crate::collections::SecondaryMap) under serde | a sequence of tokens and operations |
//! | [`primary_map`] | [`PrimaryMap`](crate::collections::PrimaryMap) | a sequence of operations |
//! | [`slab`] | [`Slab`](crate::collections::Slab) | a sequence of operations |
//! | [`try_arc`] | [`TryArc`](crate::collections::TryArc) | a sequence of operations |
//! | [`try_box`] | [`TryBox`](crate::collections::TryBox) | a sequence of operations |
//! | [`try_btree_map`] | [`TryBTreeMap`](crate::collections::TryBTreeMap) | a sequence of operations |
//! | [`try_hash_map`] | [`TryHashMap`](crate::collections::TryHashMap) | a sequence of operations |
//! | [`try_hash_set`] | [`TryHashSet`](crate::collections::TryHashSet) | a sequence of operations |
//! | [`try_string`] | [`TryString`](crate::collections::TryString) | a sequence of operations |
//! | [`try_vec`] | [`TryVec`](crate::collections::TryVec) | a sequence of operations |
//! | [`type_registry`] | [`TypeRegistry`](crate::subjects::registry::TypeRegistry) | a sequence of operations |
//! | [`type_registry_wasm`] | [`TypeRegistry`](crate::subjects::registry::TypeRegistry) | a WebAssembly module, or choices of which one is made |
//! | [`type_registry_threads`] | [`TypeRegistry`](crate::subjects::registry::TypeRegistry), shared by threads | programs, and the order in which they go on |
//! | [`plan_text`] | the readers of [`Plan`](crate::Plan) and of other texts | a text |
//! | [`report_json`] | the readers of [`Document`](crate::harness::report::Document) and of other documents | a text |
//!
//! # Layout of the collections' targets, version 1
//!
//! | byte | bits | meaning |
//! | --- | --- | --- |
//! | 0 | 4–7 | the version of the layout: 1. Any other is an error, so that inputs outlive changes |
//! | | 0–3 | the types of keys and values, or how the subject is made: the index in the target's list of kinds |
//! | 1 + 4i | 0–4 | the code of the i-th operation: its index in the target's list; greater codes are skipped |
//! | | 5 | whether operand a keeps all 8 bits; otherwise it keeps the lowest 5, so that equal keys are frequent |
//! | | 6–7 | unused |
//! | 2 + 4i, 3 + 4i, 4 + 4i | | the operands a, b, c; their meaning depends on the operation |
//!
//! A series of items has its first key in a and its first value in b. The lowest 2 bits of b are
//! the distance of its keys, the lowest 6 of c the number of items; the highest bit of c says
//! whether the iterator announces a huge `size_hint`. Bytes that do not fill a record are ignored,
//! and so are all bytes after 128 operations. `type_registry` uses this layout too. `secondary_map`
//! uses it in version 2, with other operands; it also reads version 1, its own older layout.
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
