//! [`TryToOwned`]: `ToOwned` that can fail.
//!
//! The implementations for slices and strings are beside the collections that they make.

use super::{OutOfMemory, TryClone};

/// `ToOwned` for values whose owned form may need memory.
pub trait TryToOwned {
    /// The owned form.
    type Owned;

    /// An owned copy of this value.
    ///
    /// # Errors
    /// Fails if a request fails. An `Err` leaves nothing behind.
    fn try_to_owned(&self) -> Result<Self::Owned, OutOfMemory>;
}

impl<T: TryClone> TryToOwned for T {
    type Owned = T;

    fn try_to_owned(&self) -> Result<T, OutOfMemory> {
        self.try_clone()
    }
}
