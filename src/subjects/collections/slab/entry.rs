//! [`VacantEntry`]: the next key of a [`Slab`], known before its value exists.
//!
//! Relies on the borrow of the slab: while the entry exists, nothing else can use up the capacity.

use super::Slab;
use crate::collections::OutOfMemory;
use std::fmt;

/// A free place of a [`Slab`] into which an insertion cannot fail; from [`Slab::vacant_entry`].
pub struct VacantEntry<'a, V> {
    slab: &'a mut Slab<V>,
}

impl<V> Slab<V> {
    /// Reserves the place of the next value and returns it with its key. Use it for values that
    /// contain their own key. Inserting into the entry cannot fail.
    ///
    /// Amortised O(1). Makes no request if there is capacity, otherwise one; an `Err` leaves the
    /// slab as it was.
    ///
    /// ```
    /// use oom_sweep::collections::{OutOfMemory, Slab};
    ///
    /// let mut tasks = Slab::new();
    /// let entry = tasks.vacant_entry()?;
    /// let key = entry.key();
    /// entry.insert(format!("task {key}"));
    /// assert_eq!(tasks[key], "task 0");
    /// # Ok::<(), OutOfMemory>(())
    /// ```
    pub fn vacant_entry(&mut self) -> Result<VacantEntry<'_, V>, OutOfMemory> {
        self.reserve(1)?;
        Ok(VacantEntry { slab: self })
    }
}

impl<'a, V> VacantEntry<'a, V> {
    /// The key that the value will have. O(1), no request.
    #[must_use]
    pub fn key(&self) -> usize {
        self.slab.vacant_key()
    }

    /// Adds the value and returns a mutable reference to it. O(1), no request.
    pub fn insert(self, value: V) -> &'a mut V {
        let key = self.slab.insert(value).expect("there is room");
        &mut self.slab[key]
    }
}

impl<V> fmt::Debug for VacantEntry<'_, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("VacantEntry").field(&self.key()).finish()
    }
}
