//! The target `secondary_map`: [`SecondaryMap`](crate::collections::SecondaryMap) under
//! operations that bytes spell out, or under the functions of a real WebAssembly module.
//!
//! [`decode`] looks at the first bytes. `\0asm` starts a module: its functions' types and names
//! go into two maps, one call a step. Anything else is a sequence of operations:
//!
//! # Layout, version 1
//!
//! | byte | bits | what they say |
//! | --- | --- | --- |
//! | 0 | 4–7 | the version of the layout: 1. Any other is an error, so that inputs outlive changes |
//! | | 0–1 | the values: 0 `u32`, 1 bytes on the heap, 2 values whose default's copy makes a request, 3 zero-sized |
//! | | 2–3 | nothing |
//! | 1 + 4i | 0–4 | the code of the i-th operation; operations without a meaning are left out |
//! | | 5–7 | a count |
//! | 2 + 4i | 0–1 | the class of the key: 0, 1 dense, 2 sparse, 3 edge |
//! | | 2–7 | high bits of a sparse key |
//! | 3 + 4i | | the key: its low 5 bits if dense, all 8 if sparse, a choice of 16 by its low 4 bits at the edge |
//! | 4 + 4i | 0–2 | the value, one of eight samples; 0 is the default |
//! | | 3–4 | the stride of a series of items |
//! | | 5 | whether such a series announces a huge `size_hint` |
//! | | 6–7 | nothing |
//!
//! Sparse keys are taken modulo a number that keeps gaps of these values affordable. Bytes that
//! do not fill a record are ignored, and so is what follows 256 operations, or those that a
//! bound on all their work allows. Any bytes of version 1 therefore decode, at worst to no
//! operation at all. The codes are in the file `layout.rs`.
//!
//! Keys at the edge ask for more memory than there is. They expect to be refused: by arithmetic,
//! or by a [`CEILING`] on single requests, which a sweep of this target has to set.
//!
//! # The parts
//!
//! `layout` and `wasm` read bytes, `module` and `script` make steps of what they read, `model`
//! knows the right answers, `perform` and `inspect` make the calls, `view` shows a map, `value`
//! has the types of keys and values, `operation` what can be done with them.
//!
//! Does not judge what faults do: it compares answers and contents with the model's, and leaves
//! the rest to the engine.

mod inspect;
mod layout;
mod model;
mod module;
mod operation;
mod perform;
mod script;
#[cfg(test)]
mod seeds;
#[cfg(test)]
mod tests;
mod value;
mod view;
mod wasm;

use super::erased_steps::AnySteps;
use crate::Target;

pub use view::{MapView, View};

/// The target's name, and that of its folder in the corpus.
pub const NAME: &str = "secondary_map";

/// The size in bytes of the greatest request that a sweep of this target may serve.
///
/// Operations at the keys of the edge count on being refused above it; all others stay far below.
pub const CEILING: usize = 64 << 20;

/// The target, as the table has it.
pub const TARGET: Target = Target::try_steps(NAME, decode)
    .about("SecondaryMap, by operations that bytes spell out or by the functions of a module")
    .takes_wasm()
    .ceiling(CEILING);

/// The steps that `bytes` stand for: those of a WebAssembly module if they start as one, and
/// otherwise the operations that they spell out.
///
/// # Errors
/// With one line, when there are no bytes, when their layout is of another version, or when the
/// module is malformed; then the line says at which offset.
pub fn decode(bytes: &[u8]) -> Result<SecondaryMapSteps, String> {
    let drive = match bytes {
        [] => return Err("the input is empty".into()),
        [b'\0', b'a', b's', b'm', ..] => module::drive(&wasm::read(bytes)?),
        _ => layout::drive(bytes)?,
    };
    Ok(AnySteps::new(drive))
}

/// What [`decode`] makes of bytes.
pub type SecondaryMapSteps = AnySteps<View>;
