//! [`TryBox`]: a `Box` whose construction can fail.
//!
//! Relies on `Box`'s documented layout: a block of the global allocator, or a dangling pointer for
//! a value without bytes. Boxes of unsized types come from growing collections
//! ([`TryVec::into_boxed_slice`](super::TryVec::into_boxed_slice)) or from a `Box` that was
//! coerced: on stable Rust only std's pointers coerce to a trait object.

use super::pointer::forward_to_value;
use super::{OutOfMemory, TryClone, grow, shrink};
use std::alloc::{Layout, alloc};
use std::borrow::BorrowMut;
use std::mem::MaybeUninit;
use std::ops::{Deref, DerefMut};
use std::pin::Pin;
use std::ptr::NonNull;
use std::{slice, vec};

/// `Box` for code that survives allocation failure.
///
/// It has the layout of a `Box`, and conversions between the two cost nothing. Convert to a `Box`
/// to get a trait object or a pinned pointer. The type does not implement `Clone`, which could not
/// report a failure; see [`TryClone`]. It does not implement `Iterator` even if its value does, so
/// that boxed slices can be iterated over by value. Call its functions as `TryBox::leak(boxed)`, as
/// with a `Box`, so that they hide no method of the value.
///
/// ```
/// use oom_sweep::collections::{OutOfMemory, TryBox};
///
/// let number = TryBox::new(7)?;
/// assert_eq!(*number + 1, 8);
/// let shown: TryBox<dyn std::fmt::Display> = TryBox::from(number.into_box() as Box<_>);
/// assert_eq!(shown.to_string(), "7");
/// # Ok::<(), OutOfMemory>(())
/// ```
#[repr(transparent)]
pub struct TryBox<T: ?Sized> {
    boxed: Box<T>,
}

impl<T> TryBox<T> {
    /// A box of this value.
    ///
    /// O(1). Makes one request, or none if the value has no bytes. On `Err` the value is dropped;
    /// [`new_or_return`](Self::new_or_return) gives it back.
    #[inline]
    pub fn new(value: T) -> Result<Self, OutOfMemory> {
        Ok(TryBox::write(Self::new_uninit()?, value))
    }

    /// Like [`new`](Self::new), but an `Err` also returns the value. Makes the same requests.
    #[inline]
    pub fn new_or_return(value: T) -> Result<Self, (OutOfMemory, T)> {
        match Self::new_uninit() {
            Ok(room) => Ok(TryBox::write(room, value)),
            Err(oom) => Err((oom, value)),
        }
    }

    /// A box whose value is written later, for example because making the value may fail too.
    ///
    /// O(1). Makes one request, or none if the value has no bytes; an `Err` leaves nothing behind.
    #[inline]
    pub fn new_uninit() -> Result<TryBox<MaybeUninit<T>>, OutOfMemory> {
        let layout = Layout::new::<T>();
        let room = if layout.size() == 0 {
            NonNull::dangling()
        } else {
            // SAFETY: the layout's size is not zero.
            let block = unsafe { alloc(layout) };
            NonNull::new(block.cast()).ok_or(OutOfMemory::for_layout(layout))?
        };
        // SAFETY: `room` is a block of the global allocator for a `T`, owned by nobody else, or
        // dangling and aligned if `T` has no bytes: what a box is made of. It need not be
        // initialised.
        Ok(unsafe { TryBox::from_raw(room.as_ptr()) })
    }

    /// A pinned box of this value. Returns std's type, because only that coerces to a pinned trait
    /// object.
    ///
    /// O(1). The requests of [`new`](Self::new); on `Err` the value is dropped.
    pub fn pin(value: T) -> Result<Pin<Box<T>>, OutOfMemory> {
        Self::new(value).map(Self::into_pin)
    }

    /// Returns the value and frees its memory. O(1), no request.
    #[must_use]
    #[inline]
    pub fn into_inner(this: Self) -> T {
        *this.boxed
    }
}

impl<T> TryBox<MaybeUninit<T>> {
    /// Writes the value into the box. O(1), no request.
    #[inline]
    pub fn write(this: Self, value: T) -> TryBox<T> {
        Box::write(this.boxed, value).into()
    }

    /// Converts to a box of the value, which must have been written. O(1), no request.
    ///
    /// # Safety
    ///
    /// The value has been initialised.
    #[must_use]
    #[inline]
    pub unsafe fn assume_init(self) -> TryBox<T> {
        // SAFETY: the caller's promise is the same.
        unsafe { self.boxed.assume_init() }.into()
    }
}

impl<T: ?Sized> TryBox<T> {
    /// Converts to std's `Box`. O(1), no request: it takes over the memory. (Coherence rules forbid
    /// a `From` impl.)
    #[must_use]
    #[inline]
    pub fn into_box(self) -> Box<T> {
        self.boxed
    }

    /// Converts to std's `Box`, pinned. O(1), no request: it takes over the memory.
    #[must_use]
    #[inline]
    pub fn into_pin(this: Self) -> Pin<Box<T>> {
        Box::into_pin(this.boxed)
    }

    /// Returns a reference to the value that may last for the rest of the program. The memory is
    /// never freed. O(1), no request.
    #[must_use]
    #[inline]
    pub fn leak<'a>(this: Self) -> &'a mut T
    where
        T: 'a,
    {
        Box::leak(this.boxed)
    }

    /// Returns the pointer of the box and gives up ownership. Without [`from_raw`](Self::from_raw)
    /// the box leaks. O(1), no request.
    #[must_use = "the box leaks unless `from_raw` takes the pointer back"]
    #[inline]
    pub fn into_raw(this: Self) -> *mut T {
        Box::into_raw(this.boxed)
    }

    /// Takes ownership of a pointer from [`into_raw`](Self::into_raw) or `Box::into_raw`. O(1), no
    /// request.
    ///
    /// # Safety
    ///
    /// As for `Box::from_raw`: the pointer is from [`into_raw`](Self::into_raw) or `Box::into_raw`,
    /// or it is a block of the global allocator with the layout that a `Box` has. Nothing else owns
    /// it.
    #[must_use]
    #[inline]
    pub unsafe fn from_raw(raw: *mut T) -> Self {
        // SAFETY: the caller's promise is the same.
        unsafe { Box::from_raw(raw) }.into()
    }
}

/// Makes one request for the box, or none if the value has no bytes, plus those of the copy of the
/// value.
impl<T: TryClone> TryClone for TryBox<T> {
    fn try_clone(&self) -> Result<Self, OutOfMemory> {
        self.boxed.try_clone().map(Self::from)
    }
}

/// Makes one request, or none for an empty slice, plus those of the copies.
impl<T: TryClone> TryClone for TryBox<[T]> {
    fn try_clone(&self) -> Result<Self, OutOfMemory> {
        Self::try_from(&**self)
    }
}

/// Makes one request, or none for an empty string.
impl TryClone for TryBox<str> {
    fn try_clone(&self) -> Result<Self, OutOfMemory> {
        Self::try_from(&**self)
    }
}

/// Copies the values. Makes one request, or none for an empty slice, plus those of the copies; an
/// `Err` leaves nothing behind.
impl<T: TryClone> TryFrom<&[T]> for TryBox<[T]> {
    type Error = OutOfMemory;

    fn try_from(values: &[T]) -> Result<Self, OutOfMemory> {
        let copy = shrink::into_boxed_slice(grow::copy_of(values)?);
        copy.map(Self::from).map_err(|(oom, _)| oom)
    }
}

/// Copies the values. Makes one request, or none for an empty string; an `Err` leaves nothing
/// behind.
impl TryFrom<&str> for TryBox<str> {
    type Error = OutOfMemory;

    fn try_from(text: &str) -> Result<Self, OutOfMemory> {
        let bytes = TryBox::try_from(text.as_bytes())?;
        // SAFETY: a `str` is a slice of bytes that are UTF-8, and these are copies of a `str`'s.
        Ok(unsafe { Self::from_raw(TryBox::into_raw(bytes) as *mut str) })
    }
}

/// Takes over the memory; makes no request.
impl<T: ?Sized> From<Box<T>> for TryBox<T> {
    #[inline]
    fn from(boxed: Box<T>) -> Self {
        Self { boxed }
    }
}

/// Takes over the memory; makes no request.
impl<T, const N: usize> From<TryBox<[T; N]>> for TryBox<[T]> {
    #[inline]
    fn from(array: TryBox<[T; N]>) -> Self {
        Self { boxed: array.boxed }
    }
}

impl<T: ?Sized> Deref for TryBox<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.boxed
    }
}

impl<T: ?Sized> DerefMut for TryBox<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.boxed
    }
}

impl<T: ?Sized> AsMut<T> for TryBox<T> {
    #[inline]
    fn as_mut(&mut self) -> &mut T {
        self
    }
}

impl<T: ?Sized> BorrowMut<T> for TryBox<T> {
    #[inline]
    fn borrow_mut(&mut self) -> &mut T {
        self
    }
}

forward_to_value!(TryBox);

/// An empty slice. No request.
impl<T> Default for TryBox<[T]> {
    fn default() -> Self {
        Self { boxed: Box::default() }
    }
}

/// An empty string. No request.
impl Default for TryBox<str> {
    fn default() -> Self {
        Self { boxed: Box::default() }
    }
}

impl<T> IntoIterator for TryBox<[T]> {
    type Item = T;
    type IntoIter = vec::IntoIter<T>;

    fn into_iter(self) -> vec::IntoIter<T> {
        self.boxed.into_vec().into_iter()
    }
}

impl<'a, T> IntoIterator for &'a TryBox<[T]> {
    type Item = &'a T;
    type IntoIter = slice::Iter<'a, T>;

    fn into_iter(self) -> slice::Iter<'a, T> {
        self.iter()
    }
}

impl<'a, T> IntoIterator for &'a mut TryBox<[T]> {
    type Item = &'a mut T;
    type IntoIter = slice::IterMut<'a, T>;

    fn into_iter(self) -> slice::IterMut<'a, T> {
        self.iter_mut()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collections::testing::{Budget, CountedValue};

    #[test]
    fn a_box_holds_its_value_and_drops_it_once() {
        let budget = Budget::default();
        let mut boxed = TryBox::new(CountedValue::new(&budget, 1)).unwrap();
        boxed.value += 1;
        assert_eq!((boxed.value, budget.live()), (2, 1));
        let copy = boxed.try_clone().unwrap();
        assert_eq!((copy == boxed, budget.live()), (true, 2));
        let value = TryBox::into_inner(copy);
        drop(boxed);
        assert_eq!((value.value, budget.live()), (2, 1));
        drop(value);
        drop(TryBox::<CountedValue>::new_uninit().unwrap());
        let boxed = TryBox::new_or_return(CountedValue::new(&budget, 3)).unwrap();
        let raw = TryBox::into_raw(boxed);
        // SAFETY: the pointer is from `into_raw`.
        drop(unsafe { TryBox::from_raw(raw) });
        assert_eq!(budget.live(), 0);
    }

    #[test]
    fn a_copy_that_fails_leaves_nothing() {
        let budget = Budget::default();
        let make = |value| CountedValue::new(&budget, value);
        let boxed: TryBox<[CountedValue]> = TryBox::new([1, 2, 3].map(make)).unwrap().into();
        for allowed in 0..3 {
            budget.allow(allowed);
            assert!(boxed.try_clone().is_err());
            assert_eq!(budget.live(), 3);
        }
        budget.allow(3);
        assert_eq!(boxed.try_clone().unwrap(), boxed);
    }

    #[test]
    fn values_of_any_layout() {
        #[repr(align(256))]
        struct Page([u8; 300]);
        let page = TryBox::new(Page([7; 300])).unwrap();
        assert_eq!(((&raw const *page).addr() % 256, page.0[299]), (0, 7));
        let () = TryBox::into_inner(TryBox::new(()).unwrap());
        let text = TryBox::<str>::try_from("tell").unwrap();
        assert_eq!((&*text, &*TryBox::<str>::default()), ("tell", ""));
        assert_eq!((text.to_string(), format!("{text:?}")), ("tell".into(), "\"tell\"".into()));
        assert_eq!(TryBox::<[u8]>::try_from(&[][..]).unwrap(), TryBox::default());
    }

    #[test]
    fn trait_objects_and_pins_come_through_std() {
        let add = TryBox::new(|n: u32| n + 1).unwrap();
        let add: TryBox<dyn Fn(u32) -> u32> = TryBox::from(add.into_box() as Box<_>);
        assert_eq!(add(1), 2);
        let future: Pin<Box<dyn Future<Output = u8>>> = TryBox::pin(async { 3 }).unwrap();
        assert_eq!(pollster::block_on(future), 3);
    }

    #[test]
    fn a_boxed_slice_is_iterated_over() {
        let mut values = TryBox::<[String]>::from(Box::from([String::from("a"), "b".into()]));
        for value in &mut values {
            value.push('!');
        }
        assert_eq!((&values).into_iter().map(String::len).sum::<usize>(), 4);
        assert_eq!(values.into_iter().collect::<String>(), "a!b!");
    }
}
