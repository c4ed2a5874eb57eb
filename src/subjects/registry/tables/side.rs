//! What a side table is: [`SideTable`], and [`Sides`], the choice of one for all of them.

use crate::collections::{OutOfMemory, TryClone};
use crate::subjects::registry::TypeIndex;

/// Values of some types, by index. One that nothing was ever inserted into has never allocated.
pub(in crate::subjects::registry) trait SideTable<V>:
    Default
{
    /// Sets the value of a type that has none. There is room for `places` types in all, which a
    /// table that grows by their number takes for its own. An `Err` leaves the table as it was, but
    /// for its capacity.
    fn insert(&mut self, index: TypeIndex, value: V, places: usize) -> Result<(), OutOfMemory>;

    /// Removes the value of a type. No request, as everything below.
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
