//! A registry of WebAssembly types that survives allocation failure.
//!
//! A WebAssembly engine interns the types of all modules that it loads. A type has one small index,
//! however many modules define it, so a type check at run time compares integers. The registry
//! removes unused types. Every operation is all or nothing: if memory runs out, or if a module is
//! refused, the registry is as it was.
//!
//! | name | what it is |
//! | --- | --- |
//! | [`ModuleTypes`] | the types that a module defines, parsed and validated |
//! | [`TypeRegistry`] | the types of all modules, each once |
//! | [`TypeIndex`] | the name of a type in a registry |
//! | [`RegisteredGroup`], [`RegisteredType`], [`TypeCollection`] | handles that keep types registered |
//! | [`Reader`] | queries: subtypes, supertypes, trampoline types, layouts |
//! | [`Dense`], [`Hashed`], [`Ordered`], [`ArrayOfStructs`] | the layouts of the tables |
//! | [`schedule`] | registries that call a hook before each step, so that tests can schedule threads |
//! | [`GroupRef`] | a reference in the key of a recursion group |
//! | [`TypeLayout`] | the offsets of the fields of an object |
//! | [`model`] | what a type is, in whichever index space types refer to each other |
//! | [`RegisterError`], [`ModuleError`] | what can go wrong; both recognise an allocation failure |
//! | [`Stats`], [`View`] | how much, and what, is in a registry |
//!
//! ```
//! use oom_sweep::registry::{ModuleTypes, TypeRegistry};
//!
//! // (module (type $a (sub (array i8))) (type (sub final $a (array i8))))
//! let bytes = b"\0asm\x01\0\0\0\x01\x0c\x02\x50\0\x5e\x78\0\x4f\x01\0\x5e\x78\0";
//! let module = ModuleTypes::parse(bytes)?; // an error names the offset of the byte
//! let registry = <TypeRegistry>::new()?;
//! let types = registry.register_module(&module)?;
//! let [a, b] = types.types() else { unreachable!() };
//! // A handle keeps its type registered, and every type that it refers to.
//! let (a, b) = (registry.root(*a).unwrap(), registry.root(*b).unwrap());
//! assert!(b.is_subtype_of(&a)); // no lock, no atomic write
//! drop(types);
//! let reader = registry.read(); // many threads can read at the same time
//! assert_eq!(reader.layout(a.index()).unwrap().size, 12);
//! assert_eq!(reader.supertypes(b.index()), [a.index()]);
//! # drop(reader);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! - The types are those of WebAssembly 3.0: recursion groups, supertypes, functions, structs, arrays,
//!   and the exceptions of tags. Groups that do not come from a module are validated in the same way.
//! - `TypeRegistry<T>` takes the layout of its tables: [`Dense`] (side tables as arrays, the default),
//!   [`Hashed`], [`Ordered`] or [`ArrayOfStructs`]. `benches/README.md` compares them.
//! - Threads can share a registry. Other threads see a module completely or not at all. To test
//!   code that shares a registry under a scheduler such as `shuttle`, use
//!   `TypeRegistry<Dense<Scheduled>>`: it calls a hook before every step of its lock and its
//!   counts. See [`schedule`].
//! - `tests/README.md` describes how the registry is tested.
//!
//! # The types of a module
//!
//! `oom-sweep types`, built with the feature `subjects`, shows the types of modules in a registry:
//! each recursion group once, with the number of equal groups in the modules; the supertypes; the
//! trampoline type of each function; the layout of objects; what the modules share; and the bytes
//! of each table in each of the four layouts. `--json` prints the same as JSON.
//!
//! ```sh
//! oom-sweep types corpus/type_registry_wasm/cycle.wasm
//! ```
//!
//! ```text
//! uses  type   definition
//!    1  type1  (rec (sub (struct (field (ref null rec.0)) (field (ref rec.1))))
//!                     16 bytes, fields at 8 (ref), 12 (ref)
//!       type2       (sub rec.0 (struct (field (ref null rec.1)) (field (ref rec.1)) (field i8)))
//!                     below type1; 24 bytes, fields at 8 (ref), 12 (ref), 16
//!       type3       (func (param (ref rec.0)) (result (ref null rec.2))))
//!                     called through type0
//!    1  type4  (rec (array (mut (ref null rec.1)))
//!                     elements from 12 (ref)
//!       type5       (struct (field (ref rec.0)) (field (ref type3))))
//!                     16 bytes, fields at 8 (ref), 12 (ref)
//!    1  type7  (func (param (ref type5)))
//!                called through type6
//!    -  type0  (func (param (ref any)) (result (ref null func)))
//!    -  type6  (func (param (ref any)))
//!
//! module                                types  groups  distinct
//! corpus/type_registry_wasm/cycle.wasm      6       3         6
//! 6 distinct types in 3 groups; 2 trampoline types were added
//!
//! bytes             types  groups  supertypes  trampolines  layouts  group set  drop stack  total  per type
//! dense               384      64          64           64      192         88          64    920     115.0
//! hashed              384     288         116           52      280         88          64   1272     159.0
//! ordered             384     192         312          136      432         88          64   1608     201.0
//! array of structs    832       0           0            0        0         88          64    984     123.0
//! ```
//!
//! To check that a registry survives failed requests with the types of your module: `oom-sweep
//! sweep type_registry_wasm --wasm module.wasm`.

mod canonical;
mod check;
mod collection;
mod error;
mod group;
mod group_ref;
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

pub use collection::TypeCollection;
pub use error::RegisterError;
pub use group_ref::GroupRef;
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
