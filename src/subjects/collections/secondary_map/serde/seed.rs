//! The ways to read a [`SecondaryMap`]: `Deserialize`, `deserialize_fallible`, and [`Seed`].
//!
//! Relies on `read` for the reading. This file decides how a failed request is reported.

use super::super::SecondaryMap;
use super::{DeError, Head};
use crate::collections::{EntityRef, OutOfMemory, TryClone};
use serde::de::{Deserialize, DeserializeSeed, Deserializer};
use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;

/// Reads a [`SecondaryMap`] inside other data and records a failed request of the map in a cell.
/// The format's error alone would not show that a request failed.
///
/// It is `Copy`, so one seed can read many maps. `S` reads a value: `PhantomData<V>` uses
/// `V::deserialize`; another `Seed` reads maps of maps.
///
/// ```
/// use oom_sweep::collections::{SecondaryMap, secondary_map::Seed};
/// use serde::de::DeserializeSeed;
/// use std::cell::Cell;
///
/// #[derive(Clone, Copy, PartialEq, Eq)]
/// struct Block(u32);
/// oom_sweep::entity_impl!(Block, "block");
///
/// let oom = Cell::new(None);
/// let rows = Seed::with_values(&oom, Seed::new(&oom));
/// let mut json = serde_json::Deserializer::from_str("[[0], [0, 7], null, [0, 8, 9]]");
/// let map: SecondaryMap<Block, SecondaryMap<Block, u8>> = rows.deserialize(&mut json)?;
/// assert_eq!((map[Block(2)][Block(1)], oom.get()), (9, None));
/// # Ok::<(), serde_json::Error>(())
/// ```
pub struct Seed<'a, K, S> {
    pub(super) oom: &'a Cell<Option<OutOfMemory>>,
    pub(super) values: S,
    pub(super) head: Head,
    key: PhantomData<fn() -> K>,
}

impl<'a, K: EntityRef, V> Seed<'a, K, PhantomData<V>> {
    /// A seed for a map of values that implement `Deserialize`. O(1), no request.
    #[must_use]
    pub const fn new(oom: &'a Cell<Option<OutOfMemory>>) -> Self {
        Self::with_values(oom, PhantomData)
    }
}

impl<'a, K: EntityRef, S> Seed<'a, K, S> {
    /// A seed for a map of values that are read by `values`. O(1), no request.
    #[must_use]
    pub const fn with_values(oom: &'a Cell<Option<OutOfMemory>>, values: S) -> Self {
        Self { oom, values, head: Head::Optional, key: PhantomData }
    }

    /// Changes the seed to the format of [`bare_default`](super::bare_default). O(1), no request.
    #[must_use]
    pub fn bare_default(self) -> Self {
        Self { head: Head::Bare, ..self }
    }
}

impl<K, S: Clone> Clone for Seed<'_, K, S> {
    fn clone(&self) -> Self {
        Self { values: self.values.clone(), ..*self }
    }
}

impl<K, S: Copy> Copy for Seed<'_, K, S> {}

impl<K, S> fmt::Debug for Seed<'_, K, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seed").field("oom", self.oom).field("head", &self.head).finish()
    }
}

/// O(len). The requests of [`deserialize_fallible`](SecondaryMap::deserialize_fallible); one that
/// fails is an error of the format with the text of [`OutOfMemory`].
impl<'de, K: EntityRef, V: TryClone + Deserialize<'de>> Deserialize<'de> for SecondaryMap<K, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Seed::new(&Cell::new(None)).deserialize(deserializer)
    }
}

impl<K: EntityRef, V: TryClone> SecondaryMap<K, V> {
    /// Reads a map. The error says whether a request of the map failed.
    ///
    /// O(len). The map requests room, at most a small multiple of what the elements read so far
    /// need, whatever length the input claims. It also makes the requests of one clone of the
    /// default for each gap. `D` and the reading of each `V` make requests of their own; if one of
    /// those fails, `D` and `V` decide how it is reported. An `Err` leaves nothing behind.
    ///
    /// The size of the input does not bound what the clones of the default own: one byte of input
    /// can be a gap. For untrusted input, use a `V` that owns no memory or little.
    ///
    /// ```
    /// use oom_sweep::collections::SecondaryMap;
    ///
    /// # #[derive(Clone, Copy, PartialEq, Eq)]
    /// # struct Block(u32);
    /// # oom_sweep::entity_impl!(Block);
    /// let mut json = serde_json::Deserializer::from_str("[7, null, 9]");
    /// let map = SecondaryMap::<Block, u8>::deserialize_fallible(&mut json)?;
    /// assert_eq!((map[Block(0)], map[Block(1)], map[Block(2)]), (7, 9, 7));
    /// # Ok::<(), oom_sweep::collections::secondary_map::DeError<serde_json::Error>>(())
    /// ```
    pub fn deserialize_fallible<'de, D>(deserializer: D) -> Result<Self, DeError<D::Error>>
    where
        V: Deserialize<'de>,
        D: Deserializer<'de>,
    {
        recognise(|oom| Seed::new(oom).deserialize(deserializer))
    }
}

/// Calls `read` with a new cell and converts its error: out of memory if the cell recorded a failed
/// request.
pub(super) fn recognise<T, E>(
    read: impl FnOnce(&Cell<Option<OutOfMemory>>) -> Result<T, E>,
) -> Result<T, DeError<E>> {
    let oom = Cell::new(None);
    read(&oom).map_err(|error| match oom.get() {
        Some(oom) => DeError::Oom(oom),
        None => DeError::Format(error),
    })
}
