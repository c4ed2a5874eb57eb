//! [`Tables`]: the layouts of the tables in which a registry stores its types.
//!
//! A struct of arrays is a slab of types with side tables, each of which is a
//! [`SideTable`](side::SideTable). An array of structs is the baseline. Registration and removal
//! are in `register` and `state` and are the same for all layouts.

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

/// Everything that a registry stores for a type.
pub(super) struct Row<Y = Native> {
    pub(super) ty: SubType<TypeIndex>,
    pub(super) group: Group<Y>,
    /// From the root to the immediate parent; `None` for a type without a supertype.
    pub(super) supertypes: Option<TryArc<[TypeIndex]>>,
    /// `None` for a type that is not a function, or that is its own trampoline type.
    pub(super) trampoline: Option<TypeIndex>,
    pub(super) layout: Option<TypeLayout>,
}

/// A layout of a registry's tables: [`Dense`], [`Hashed`], [`Ordered`] or [`ArrayOfStructs`].
///
/// Each takes a parameter that says who schedules threads; see [`schedule`](super::schedule). The
/// trait is sealed.
#[expect(private_bounds, reason = "sealed")]
pub trait Tables: Default + Rows + Send + Sync {}

impl<T: Default + Rows + Send + Sync> Tables for T {}

/// The operations of a layout.
pub(super) trait Rows {
    /// Who schedules the threads of a registry with these tables.
    type Schedule: Schedule;

    /// The indices that the next rows will get, in order. The iterator is endless. No request.
    fn next_indices(&self) -> impl Iterator<Item = usize>;

    /// Adds a row. The requests depend on the layout; an `Err` leaves the tables as they were,
    /// except that capacities may have grown.
    fn insert(&mut self, row: Row<Self::Schedule>) -> Result<TypeIndex, OutOfMemory>;

    /// Removes a row. No request.
    fn remove(&mut self, index: TypeIndex) -> Option<Row<Self::Schedule>>;

    /// The number of types. O(1), no request.
    fn len(&self) -> usize;

    /// The type of this index. This and all methods below make no request.
    fn get(&self, index: TypeIndex) -> Option<&SubType<TypeIndex>>;

    /// The group that it belongs to.
    fn group(&self, index: TypeIndex) -> Option<&Group<Self::Schedule>>;

    /// Its supertypes, root first; `None` if there are none.
    fn supertypes(&self, index: TypeIndex) -> Option<&TryArc<[TypeIndex]>>;

    /// Its supertypes, root first; an empty list if there are none.
    fn above(&self, index: TypeIndex) -> &[TypeIndex] {
        self.supertypes(index).map_or(&[], |above| above)
    }

    /// Its trampoline type, if that is another type.
    fn trampoline(&self, index: TypeIndex) -> Option<TypeIndex>;

    /// Its layout.
    fn layout(&self, index: TypeIndex) -> Option<&TypeLayout>;

    /// The types' indices, in order.
    fn indices(&self) -> impl Iterator<Item = TypeIndex>;

    /// The bytes of each table.
    fn bytes(&self) -> TableBytes;

    /// Checks that side tables have entries only for existing types, and that every type has the
    /// entries that all types must have.
    ///
    /// # Errors
    /// Returns a description of what is wrong.
    fn check(&self) -> Result<(), String>;
}

/// The bytes that each table of a layout has requested and holds, without memory that its entries
/// point to. For an array of structs, all bytes are in `types`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TableBytes {
    /// The slab of types.
    pub types: usize,
    /// The links from types to their groups.
    pub groups: usize,
    /// The lists of supertypes.
    pub supertypes: usize,
    /// The links to trampoline types.
    pub trampolines: usize,
    /// The layouts.
    pub layouts: usize,
}

/// The type index of a slab's key. A key that does not fit is reported as out of memory.
pub(super) fn index_of(key: usize) -> Result<TypeIndex, OutOfMemory> {
    TypeIndex::try_new(key).ok_or(OutOfMemory::new(usize::MAX))
}
