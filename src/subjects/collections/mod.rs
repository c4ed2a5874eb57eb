//! Collections that survive allocation failure.
//!
//! Relies on std's allocation interfaces that can fail, and on nothing else of this crate. It
//! does not inject faults or judge code: that is the harness's work, to which these collections
//! are subjects like any other.
//!
//! Every method that can make a request returns `Result<_, OutOfMemory>`, keeps the name that it
//! has in `std` or `cranelift_entity`, and gives the strong guarantee: after an `Err` the
//! collection reads as it did before the call. Nothing panics or aborts because memory ran out.
//!
//! | name | what it is |
//! | --- | --- |
//! | [`SecondaryMap`] | a dense map from small integer keys in which every key reads as a default until it is set |
//! | [`NoAlloc`], [`NoAllocDefault`] | the form of it whose default needs no memory and which can `take`; the values for that |
//! | [`PrimaryMap`] | values under small integer keys that it hands out itself, one after the other |
//! | [`TryVec`], [`TryString`], [`TryBox`] | `Vec`, `String` and `Box`; each is std's in memory |
//! | [`TryArc`] | `Arc` without weak pointers |
//! | [`Slab`] | values under small, stable keys that it hands out itself |
//! | [`TryBTreeMap`] | an ordered map, as std's `BTreeMap` |
//! | `TryHashMap`, `TryHashSet`, with the feature `hashbrown` | std's `HashMap` and `HashSet`; the hasher is a parameter |
//! | [`EntityRef`] | what such a key is; [`entity_impl!`](crate::entity_impl) makes one of a newtype |
//! | [`TryClone`], [`Copies`] | `Clone` for values whose copy may need memory, and how many are copied |
//! | [`TryExtend`], [`TryFromIterator`], [`TryCollect`], [`TryToOwned`] | std's `Extend`, `FromIterator`, `collect` and `ToOwned` for them |
//! | [`Undo`] | a guard that rolls partial changes back unless they are committed |
//! | `secondary_map::{DeError, Seed, bare_default}` | with the feature `serde`: reading maps so that a failed request is recognised; a variant of the format |
//! | [`OutOfMemory`] | the error of them all |
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

mod entity;
mod entity_iter;
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
