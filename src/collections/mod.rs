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
//! | [`EntityRef`] | what such a key is; [`entity_impl!`](crate::entity_impl) makes one of a newtype |
//! | [`TryBTreeMap`] | an ordered map, as std's `BTreeMap` |
//! | [`TryClone`] | `Clone` for values whose copy may need memory |
//! | [`TryExtend`], [`TryFromIterator`], [`TryCollect`], [`TryToOwned`] | std's `Extend`, `FromIterator`, `collect` and `ToOwned` for them |
//! | [`Undo`] | a guard that rolls partial changes back unless they are committed |
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
mod grow;
pub mod secondary_map;
#[cfg(test)]
mod testing;
pub mod try_btree_map;
mod try_clone;
mod try_iter;
mod try_to_owned;
mod undo;

pub use crate::error::OutOfMemory;
pub use entity::EntityRef;
pub use secondary_map::SecondaryMap;
pub use try_btree_map::TryBTreeMap;
pub use try_clone::TryClone;
pub use try_iter::{TryCollect, TryExtend, TryFromIterator};
pub use try_to_owned::TryToOwned;
pub use undo::Undo;
