//! Collections that survive allocation failure.
//!
//! They work on stable Rust. They allocate through std's fallible interfaces and use nothing else
//! of this crate. The harness treats them like any other code under test.
//!
//! Every method that can make a request returns `Result<_, OutOfMemory>`. Its name is the one in
//! `std` or `cranelift_entity`. A method that needs no memory makes no request. The docs of each
//! method state its cost in O notation, then the requests that it makes, then what an `Err` leaves.
//! After an `Err` the collection reads as it did before the call, and the call can be repeated.
//! Nothing panics or aborts because memory ran out. A method that takes a value has a twin that
//! gives the value back on failure, such as `insert_or_return`.
//!
//! | name | what it is |
//! | --- | --- |
//! | [`SecondaryMap`] | `cranelift_entity`'s: a dense map from small integer keys; every key reads as a default until it is set. With the feature `serde` it has the same format, byte for byte |
//! | [`NoAlloc`], [`NoAllocDefault`] | the marker of a `SecondaryMap` whose default needs no memory, so that it has `take`; and the trait of its values |
//! | [`PrimaryMap`] | `cranelift_entity`'s: values under small integer keys, that the map hands out in order |
//! | [`TryVec`], [`TryString`], [`TryBox`] | `Vec`, `String` and `Box`, with std's layout in memory: conversions cost nothing |
//! | [`TryArc`] | `Arc` without weak pointers; of values, slices and strings |
//! | [`Slab`] | values under small, stable keys, which the slab hands out, as in the crate `slab` |
//! | [`TryBTreeMap`] | an ordered map with the interface of std's `BTreeMap`, implemented here as a B-tree |
//! | `TryHashMap`, `TryHashSet`, with the feature `hashbrown` | std's `HashMap` and `HashSet`, over `hashbrown`; the hasher is a parameter |
//! | [`EntityRef`] | the trait of a key; [`entity_impl!`](crate::entity_impl) implements it for a newtype |
//! | [`TryClone`], [`Copies`] | `Clone` for values whose copy may need memory, and how many copies to make |
//! | [`TryExtend`], [`TryFromIterator`], [`TryCollect`], [`TryToOwned`] | std's `Extend`, `FromIterator`, `collect` and `ToOwned` for these collections |
//! | [`Undo`] | a guard that rolls partial changes back unless they are committed |
//! | `secondary_map::{DeError, Seed, bare_default}`, with the feature `serde` | reading maps with failed requests told apart from bad input; a variant of the format |
//! | [`OutOfMemory`] | the error of all of them |
//!
//! ```
//! use oom_sweep::collections::{OutOfMemory, SecondaryMap};
//!
//! #[derive(Clone, Copy, PartialEq, Eq)]
//! struct Block(u32);
//! oom_sweep::entity_impl!(Block, "block");
//!
//! # fn main() -> Result<(), OutOfMemory> {
//! let mut visits = SecondaryMap::<Block, u64>::new();
//! assert_eq!(visits[Block(7)], 0);
//! assert_eq!(visits.insert(Block(2), 40)?, None);
//! assert_eq!(visits.insert(Block(2), 41)?, Some(40));
//! assert_eq!(visits.len(), 3);
//! # Ok(())
//! # }
//! ```
//!
//! [`Undo`] makes an operation on several collections all or nothing:
//!
//! ```
//! use oom_sweep::collections::{OutOfMemory, TryBTreeMap, TryCollect, TryVec, Undo};
//!
//! fn register(
//!     names: &mut TryBTreeMap<&'static str, usize>,
//!     sizes: &mut TryVec<u32>,
//!     name: &'static str,
//!     size: u32,
//! ) -> Result<usize, OutOfMemory> {
//!     let id = sizes.len();
//!     // If a later line fails, `Undo` removes the size again.
//!     let mut sizes = Undo::new(sizes, |sizes| sizes.truncate(id));
//!     sizes.push(size)?;
//!     names.insert(name, id)?;
//!     sizes.commit();
//!     Ok(id)
//! }
//!
//! let mut names = TryBTreeMap::new();
//! let mut sizes: TryVec<u32> = [4096, 65536].into_iter().collect_fallible()?;
//! assert_eq!(register(&mut names, &mut sizes, "page", 16384)?, 2);
//! if let Err((oom, name, id)) = names.insert_or_return("huge page", 3) {
//!     println!("{oom}: {name} ({id}) was not added");
//! }
//! # Ok::<(), OutOfMemory>(())
//! ```
//!
//! `tests/README.md` describes how the collections are tested, and `benches/README.md` lists
//! measured costs.

mod entity;
mod entity_iter;
#[cfg(test)]
mod failed_requests;
mod grow;
mod pointer;
pub mod primary_map;
pub mod secondary_map;
mod shrink;
pub mod slab;
#[cfg(test)]
mod testing;
mod try_arc;
mod try_box;
pub mod try_btree_map;
mod try_clone;
mod try_clone_owned;
#[cfg(feature = "hashbrown")]
pub mod try_hash_map;
#[cfg(feature = "hashbrown")]
pub mod try_hash_set;
mod try_iter;
mod try_string;
mod try_to_owned;
mod try_vec;
mod undo;

pub use crate::error::OutOfMemory;
pub use entity::EntityRef;
pub use primary_map::PrimaryMap;
pub use secondary_map::{NoAlloc, NoAllocDefault, SecondaryMap};
pub use slab::Slab;
pub use try_arc::TryArc;
pub use try_box::TryBox;
pub use try_btree_map::TryBTreeMap;
pub use try_clone::{Copies, TryClone};
#[cfg(feature = "hashbrown")]
pub use try_hash_map::TryHashMap;
#[cfg(feature = "registry")]
pub(crate) use try_hash_map::reserve_in_table;
#[cfg(feature = "hashbrown")]
pub use try_hash_set::TryHashSet;
pub use try_iter::{TryCollect, TryExtend, TryFromIterator};
pub use try_string::TryString;
pub use try_to_owned::TryToOwned;
pub use try_vec::TryVec;
pub use undo::Undo;
