//! The ways to read a [`SecondaryMap`]: `Deserialize`, `deserialize_fallible`, and [`Seed`].
//!
//! `read` does the reading. Here it is decided who learns of a failed request.

use super::super::SecondaryMap;
use super::{DeError, Head};
use crate::collections::{EntityRef, OutOfMemory, TryClone};
use serde::de::{Deserialize, DeserializeSeed, Deserializer};
use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;

/// Reads a [`SecondaryMap`] inside of other data, and records a failed request of the map in a
/// cell beside the format's error, from which it could not be recognised.
///
/// It is `Copy`, for as many maps as there are. `S` reads a value: `PhantomData<V>` by
/// `V::deserialize`, or a seed of its own, such as another `Seed` for maps of maps.
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

    /// The same for the format of [`bare_default`](super::bare_default). O(1), no request.
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
    /// Reads a map. An error says whether a request of the map failed.
    ///
    /// O(len). The requests are those for room, of which there is at most a small multiple of what
    /// the elements read so far take, whatever length the input claims; those of a clone of the
    /// default for each gap; and those of `D` and of reading a `V`, of which the map learns
    /// nothing: if they fail, they do so in their own way. An `Err` leaves nothing behind.
    ///
    /// What a clone of the default owns is not bounded by the input: a gap may be one byte of it.
    /// Where the input is not trusted let `V` own nothing, or little.
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

/// Reads with a cell of its own, and tells what kept it from it.
pub(super) fn recognise<T, E>(
    read: impl FnOnce(&Cell<Option<OutOfMemory>>) -> Result<T, E>,
) -> Result<T, DeError<E>> {
    let oom = Cell::new(None);
    read(&oom).map_err(|error| match oom.get() {
        Some(oom) => DeError::Oom(oom),
        None => DeError::Format(error),
    })
}
