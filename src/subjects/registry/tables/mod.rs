//! Where a registry keeps what it knows of each type: [`Tables`].
//!
//! Struct of arrays is a slab of types with side tables, of which each may be of any
//! [`SideTable`](side::SideTable); array of structs is the baseline beside it. Nothing here knows
//! how types come and go: that is `state` and `register`, which are the same for all layouts.

mod array_of_structs;
mod dense;
mod hashed;
mod ordered;
pub(super) mod side;
mod struct_of_arrays;

pub use array_of_structs::ArrayOfStructs;
pub use dense::DenseSides;
pub use hashed::HashedSides;
pub use ordered::OrderedSides;
pub use struct_of_arrays::StructOfArrays;

use super::TypeIndex;
use super::group::Group;
use super::layout::TypeLayout;
use super::model::SubType;
use super::schedule::{Native, Schedule};
use crate::collections::{EntityRef, OutOfMemory, TryArc};

/// Side tables that are arrays, indexed by type.
pub type Dense<Y = Native> = StructOfArrays<DenseSides, Y>;
/// Side tables that are hash maps.
pub type Hashed<Y = Native> = StructOfArrays<HashedSides, Y>;
/// Side tables that are B-trees.
pub type Ordered<Y = Native> = StructOfArrays<OrderedSides, Y>;

/// Everything that a registry keeps for a type.
pub(super) struct Row<Y = Native> {
    pub(super) ty: SubType<TypeIndex>,
    pub(super) group: Group<Y>,
    /// Root first, the immediate parent last; none for a type with no supertype.
    pub(super) supertypes: Option<TryArc<[TypeIndex]>>,
    /// None for what is no function type, or its own trampoline type.
    pub(super) trampoline: Option<TypeIndex>,
    pub(super) layout: Option<TypeLayout>,
}

/// A layout of a registry's tables: [`Dense`], [`Hashed`], [`Ordered`] or [`ArrayOfStructs`].
///
/// Each takes a parameter that says how threads take turns; see [`schedule`](super::schedule).
/// Sealed: only the registry can make a row.
#[expect(private_bounds, reason = "sealed")]
pub trait Tables: Default + Rows + Send + Sync {}

impl<T: Default + Rows + Send + Sync> Tables for T {}

/// What a layout does.
pub(super) trait Rows {
    /// How threads take turns in a registry with these tables.
    type Schedule: Schedule;

    /// The indices that the next rows will get, one after the other, without end. No request.
    fn next_indices(&self) -> impl Iterator<Item = usize>;

    /// Adds a row. What it requests depends on the layout; an `Err` leaves the tables as they
    /// were, but for their capacity.
    fn insert(&mut self, row: Row<Self::Schedule>) -> Result<TypeIndex, OutOfMemory>;

    /// Removes a row. No request.
    fn remove(&mut self, index: TypeIndex) -> Option<Row<Self::Schedule>>;

    /// The number of types. O(1), no request.
    fn len(&self) -> usize;

    /// The type of this index. No request, as everything below.
    fn get(&self, index: TypeIndex) -> Option<&SubType<TypeIndex>>;

    /// The group that it belongs to.
    fn group(&self, index: TypeIndex) -> Option<&Group<Self::Schedule>>;

    /// Its supertypes, root first; none if there are none.
    fn supertypes(&self, index: TypeIndex) -> Option<&TryArc<[TypeIndex]>>;

    /// Its supertypes, root first; an empty list if there are none.
    fn above(&self, index: TypeIndex) -> &[TypeIndex] {
        self.supertypes(index).map_or(&[], |above| above)
    }

    /// Its trampoline type, if it has another.
    fn trampoline(&self, index: TypeIndex) -> Option<TypeIndex>;

    /// Its layout.
    fn layout(&self, index: TypeIndex) -> Option<&TypeLayout>;

    /// The types' indices, in order.
    fn indices(&self) -> impl Iterator<Item = TypeIndex>;

    /// The bytes of each table.
    fn bytes(&self) -> TableBytes;

    /// Whether side tables have entries of occupied slots only, and those one of each that every
    /// type has.
    ///
    /// # Errors
    /// With what is wrong.
    fn check(&self) -> Result<(), String>;
}

/// The bytes that each of a layout's tables has requested and holds, without what its entries
/// point to. In an array of structs, everything is in `types`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TableBytes {
    /// The slab of types.
    pub types: usize,
    /// The back links to groups.
    pub groups: usize,
    /// The lists of supertypes.
    pub supertypes: usize,
    /// The links to trampoline types.
    pub trampolines: usize,
    /// The layouts.
    pub layouts: usize,
}

/// The index of a slab's key; beyond what an index can say, there is no memory for it either.
pub(super) fn index_of(key: usize) -> Result<TypeIndex, OutOfMemory> {
    TypeIndex::try_new(key).ok_or(OutOfMemory::new(usize::MAX))
}
