//! A registry of WebAssembly types that survives allocation failure.
//!
//! An engine interns the types of all modules loaded into it, so that a type has one small integer
//! however many modules define it, and a type check at run time compares integers.
//!
//! | name | what it is |
//! | --- | --- |
//! | [`ModuleTypes`] | the types that a module defines, read and validated |
//! | [`TypeRegistry`] | the types of all modules, each once |
//! | [`TypeIndex`] | what a type is called in a registry |
//! | [`RegisteredGroup`], [`RegisteredType`], [`TypeCollection`] | what keeps types registered |
//! | [`Reader`] | queries: subtypes, supertypes, trampoline types, layouts |
//! | [`Dense`], [`Hashed`], [`Ordered`], [`ArrayOfStructs`] | how the tables are laid out |
//! | [`schedule`] | registries whose threads take turns as a scheduler says, for tests |
//! | [`GroupRef`] | a reference in a recursion group that is to be registered |
//! | [`TypeLayout`] | where the fields of an object stand |
//! | [`model`] | what a type is, in whichever index space types refer to each other |
//! | [`RegisterError`], [`ModuleError`] | what can go wrong; both know an allocation failure |
//! | [`Stats`], [`View`] | how much and what is in a registry |

mod canonical;
mod check;
mod collection;
mod error;
mod group;
mod group_set;
mod handle;
mod index;
mod layout;
mod matching;
pub mod model;
mod module;
mod reader;
mod register;
#[expect(clippy::module_inception, reason = "named after its type, as the others")]
mod registry;
pub mod schedule;
mod state;
mod sync;
mod tables;
#[cfg(test)]
mod tests;
mod trampoline;
mod view;
mod words;

pub use canonical::GroupRef;
pub use collection::TypeCollection;
pub use error::RegisterError;
pub use handle::{RegisteredGroup, RegisteredType};
pub use index::TypeIndex;
pub use layout::{FieldLayout, TypeLayout};
pub use matching::MAX_SUPERTYPES;
pub use module::{ModuleError, ModuleTypes};
pub use reader::Reader;
pub use registry::{Stats, TypeRegistry};
pub use tables::{
    ArrayOfStructs, Dense, DenseSides, Hashed, HashedSides, Ordered, OrderedSides, StructOfArrays,
    TableBytes, Tables,
};
pub use view::{GroupView, TypeView, View};
