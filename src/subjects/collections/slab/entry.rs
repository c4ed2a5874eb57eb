//! [`VacantEntry`]: a key of a [`Slab`] that is known before its value is.
//!
//! Relies on the slab being borrowed, so that the room that was made is still there.

use super::Slab;
use crate::collections::OutOfMemory;
use std::fmt;

/// A place for one value, with room for it; from [`Slab::vacant_entry`].
pub struct VacantEntry<'a, V> {
    slab: &'a mut Slab<V>,
}

impl<V> Slab<V> {
    /// The place of the next value, for one that is to know its own key: its insertion cannot fail.
    ///
    /// Amortised O(1). No request if there is room, else one; an `Err` leaves the slab as it was.
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

    /// Adds the value, which is lent. O(1), no request.
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
