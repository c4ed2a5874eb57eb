//! [`TryToOwned`]: owning what is borrowed when that may need memory.
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
    /// When a request fails. Nothing remains of the attempt.
    fn try_to_owned(&self) -> Result<Self::Owned, OutOfMemory>;
}

impl<T: TryClone> TryToOwned for T {
    type Owned = T;

    fn try_to_owned(&self) -> Result<T, OutOfMemory> {
        self.try_clone()
    }
}
