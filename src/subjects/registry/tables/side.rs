//! [`SideTable`]: the trait of a side table. [`Sides`]: which side table a layout uses.

use crate::collections::{OutOfMemory, TryClone};
use crate::subjects::registry::TypeIndex;

/// A map from type indices to values, for values that only some types have. It makes no request
/// before the first insertion.
pub(in crate::subjects::registry) trait SideTable<V>:
    Default
{
    /// Sets the value of a type that has none. The slab has room for `places` types; a table
    /// indexed by type uses that as its greatest capacity. An `Err` leaves the table as it was,
    /// except that its capacity may have grown.
    fn insert(&mut self, index: TypeIndex, value: V, places: usize) -> Result<(), OutOfMemory>;

    /// Removes the value of a type. This and all methods below make no request.
    fn take(&mut self, index: TypeIndex) -> Option<V>;

    /// The value of a type.
    fn get(&self, index: TypeIndex) -> Option<&V>;

    /// The types that have a value.
    fn indices(&self) -> impl Iterator<Item = TypeIndex>;

    /// The bytes that the table has requested and holds.
    fn bytes(&self) -> usize;
}

/// A kind of side table.
pub(in crate::subjects::registry) trait Sides {
    type Table<V: TryClone>: SideTable<V>;
}
