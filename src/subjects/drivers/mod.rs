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
//! Those of the harness's own readers make no request, and so meet no fault: they are there for a
//! fuzzer, which finds texts that are read wrongly.
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
//! | byte | bits | what they say |
//! | --- | --- | --- |
//! | 0 | 4–7 | the version of the layout: 1. Any other is an error, so that inputs outlive changes |
//! | | 0–3 | the types of keys and values, or how the subject is made: the place in the target's list of kinds |
//! | 1 + 4i | 0–4 | the code of the i-th operation: its place in the target's list; codes beyond it are left out |
//! | | 5 | whether operand a has all of its 8 bits; otherwise it has its lowest 5, so that keys meet |
//! | | 6–7 | nothing |
//! | 2 + 4i, 3 + 4i, 4 + 4i | | the operands a, b, c, whose meaning is the operation's business |
//!
//! A series of items has its first key in a and its first value in b; the lowest 2 bits of b say how
//! far its keys are apart, the lowest 6 of c how many there are, and the highest whether a huge
//! `size_hint` is announced. Bytes that do not fill a record are ignored, and so is what follows 128
//! operations. `type_registry` has this layout, too. `secondary_map` has it in version 2, with other
//! operands; it also reads version 1 of its own, older layout.
//!
//! [`TABLE`] lists them all, by hand. Relies on the subjects and on the trait; does not run
//! anything: that is the engine's work.

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

/// Those of the harness's own readers, as [`reader`] has it.
#[cfg(test)]
const READERS: &[&reader::Reader] = &[&plan_text::READER, &report_json::READER];

/// Those that are a subject beside its model, as [`modelled`] has it.
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
