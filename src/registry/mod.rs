//! A registry of WebAssembly types that survives allocation failure.
//!
//! An engine interns the types of all modules loaded into it, so that a type has one small integer
//! however many modules define it, and a type check at run time compares integers.
//!
//! | name | what it is |
//! | --- | --- |
//! | [`ModuleTypes`] | the types that a module defines, read and validated |
//! | [`TypeIndex`] | what a type is called in a registry |
//! | [`model`] | what a type is, in whichever index space types refer to each other |

mod index;
pub mod model;
mod module;

pub use index::TypeIndex;
pub use module::{ModuleError, ModuleTypes};
