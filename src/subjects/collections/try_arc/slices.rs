//! [`TryArc`]s of slices and strings, made by copying, by moving out of a vector or box, or by
//! collecting.
//!
//! Relies on `block::many`, which makes one request for a block with the count and the values.

use super::{TryArc, block};
use crate::collections::{OutOfMemory, TryBox, TryClone, TryFromIterator, TryString, TryVec, grow};
use std::ptr;

/// Copies the values. O(len). Makes one request, plus those of the copies; an `Err` leaves nothing
/// behind.
impl<T: TryClone> TryFrom<&[T]> for TryArc<[T]> {
    type Error = OutOfMemory;

    fn try_from(values: &[T]) -> Result<Self, OutOfMemory> {
        let fill = |slots: &mut [_]| grow::fill_copies(slots, values);
        // SAFETY: it initialises every slot, or fails.
        unsafe { block::many(values.len(), fill) }.map(Self::of)
    }
}

/// Copies the values. O(len). Makes one request; an `Err` leaves nothing behind.
impl TryFrom<&str> for TryArc<str> {
    type Error = OutOfMemory;

    fn try_from(text: &str) -> Result<Self, OutOfMemory> {
        let bytes = TryArc::try_from(text.as_bytes())?;
        // SAFETY: the bytes are copies of those of a `str`.
        Ok(unsafe { from_utf8_unchecked(bytes) })
    }
}

/// Converts bytes into a string.
///
/// # Safety
///
/// The bytes are UTF-8.
unsafe fn from_utf8_unchecked(bytes: TryArc<[u8]>) -> TryArc<str> {
    // SAFETY: the ownership is taken back once. A `str` has the layout of its bytes, and the caller
    // says that these are UTF-8.
    unsafe { TryArc::from_raw(TryArc::into_raw(bytes) as *const str) }
}

/// Copies the text, because the block of a string has no room for the count. O(len). Makes one
/// request; an `Err` returns the string as it was.
impl TryFrom<TryString> for TryArc<str> {
    type Error = (OutOfMemory, TryString);

    fn try_from(text: TryString) -> Result<Self, Self::Error> {
        match TryArc::try_from(text.as_str()) {
            Ok(copy) => Ok(copy),
            Err(oom) => Err((oom, text)),
        }
    }
}

/// Takes over the memory; makes no request.
impl From<TryArc<str>> for TryArc<[u8]> {
    fn from(text: TryArc<str>) -> Self {
        // SAFETY: the ownership is taken back once, and the bytes of a `str` have its layout.
        unsafe { Self::from_raw(TryArc::into_raw(text) as *const [u8]) }
    }
}

/// Moves the elements. O(len). Makes one request; an `Err` returns the vector as it was.
impl<T> TryFrom<TryVec<T>> for TryArc<[T]> {
    type Error = (OutOfMemory, TryVec<T>);

    fn try_from(values: TryVec<T>) -> Result<Self, Self::Error> {
        let mut vec = values.into_vec();
        // SAFETY: the copy initialises every slot.
        let made = unsafe {
            block::many(vec.len(), |slots| {
                // SAFETY: both are `len` long, and the slots are in a new block. The slots become
                // the owners, because the vector forgets the values.
                ptr::copy_nonoverlapping(vec.as_ptr(), slots.as_mut_ptr().cast(), slots.len());
                Ok(())
            })
        };
        match made {
            Ok(inner) => {
                // SAFETY: all values were moved out of the vector.
                unsafe { vec.set_len(0) };
                Ok(Self::of(inner))
            }
            Err(oom) => Err((oom, vec.into())),
        }
    }
}

/// Moves the values. O(len). Makes one request; an `Err` returns the box as it was.
impl<T> TryFrom<TryBox<[T]>> for TryArc<[T]> {
    type Error = (OutOfMemory, TryBox<[T]>);

    fn try_from(values: TryBox<[T]>) -> Result<Self, Self::Error> {
        // The vector came from a boxed slice and has no spare capacity, so `into_boxed_slice` makes
        // no request.
        let into_box = |vec: TryVec<T>| TryBox::from(vec.into_vec().into_boxed_slice());
        Self::try_from(TryVec::from(values)).map_err(|(oom, vec)| (oom, into_box(vec)))
    }
}

/// Makes the requests of collecting into a vector, plus one.
impl<T> TryFromIterator<T> for TryArc<[T]> {
    fn try_from_iter<I: IntoIterator<Item = T>>(items: I) -> Result<Self, OutOfMemory> {
        Self::try_from(TryVec::try_from_iter(items)?).map_err(|(oom, _)| oom)
    }
}
