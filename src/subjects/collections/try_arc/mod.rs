//! [`TryArc`]: `Arc` whose making can fail. Here: the pointer and its count.
//!
//! std's `Arc` has no stable constructor that can fail, so this is a pointer of its own. Relies
//! on `block` for the memory. Slices and strings are in `slices`; the traits of pointers in
//! `crate::collections::pointer`.

mod block;
mod slices;
#[cfg(test)]
mod tests;

use super::pointer::forward_to_value;
use super::{OutOfMemory, TryClone};
use block::{Block, Inner, offset_of_value};
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::process::abort;
use std::ptr::{self, NonNull};
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicUsize, fence};

/// `Arc` for code that survives allocation failure: a value with any number of owners, in any
/// number of threads.
///
/// Making one returns `Result<_, OutOfMemory>`; `clone` only counts, so it is std's [`Clone`].
/// As with an `Arc`, the functions are called as `TryArc::get_mut(&mut arc)`, so that they hide
/// no method of the value.
///
/// There is no weak pointer. So a block has one count and not two, [`get_mut`](Self::get_mut) has
/// nobody to lock out, and dropping the last owner frees the memory at once. Cycles leak.
///
/// ```
/// use oom_sweep::collections::{OutOfMemory, TryArc};
///
/// let limits = TryArc::new([10, 20])?;
/// let ours = limits.clone();
/// let sum = std::thread::spawn(move || limits.iter().sum::<u32>()).join().unwrap();
/// assert_eq!((sum, TryArc::strong_count(&ours)), (30, 1));
/// let name: TryArc<str> = "sweep".try_into()?;
/// assert_eq!(&*name, "sweep");
/// # Ok::<(), OutOfMemory>(())
/// ```
pub struct TryArc<T: ?Sized> {
    inner: NonNull<Inner<T>>,
    /// It owns the value, together with its clones.
    owns: PhantomData<Inner<T>>,
}

// SAFETY: threads that have clones share the value, hence `Sync`; the one that drops the last
// clone, or is the only owner in `get_mut`, has the value to itself, hence `Send`. The count is
// atomic.
unsafe impl<T: ?Sized + Send + Sync> Send for TryArc<T> {}

// SAFETY: as above, since a shared reference is enough to make a clone.
unsafe impl<T: ?Sized + Send + Sync> Sync for TryArc<T> {}

/// As an `Arc`: only through a value that can change behind a shared reference does a caught panic
/// show what it left half done.
impl<T: ?Sized + RefUnwindSafe> UnwindSafe for TryArc<T> {}

/// The value does not move with its pointer.
impl<T: ?Sized> Unpin for TryArc<T> {}

impl<T> TryArc<T> {
    /// The first owner of this value.
    ///
    /// O(1). One request. On `Err` the value is dropped; [`new_or_return`](Self::new_or_return)
    /// gives it back.
    #[inline]
    pub fn new(value: T) -> Result<Self, OutOfMemory> {
        Self::new_or_return(value).map_err(|(oom, _)| oom)
    }

    /// [`new`](Self::new) that gives the value back with an `Err`. The same request.
    #[inline]
    pub fn new_or_return(value: T) -> Result<Self, (OutOfMemory, T)> {
        block::one(value).map(Self::of)
    }

    /// The value, if this is its only owner; otherwise the pointer back. O(1), no request.
    ///
    /// Of several owners in several threads that all call it, each may be given its pointer back:
    /// see [`into_inner`](Self::into_inner).
    pub fn try_unwrap(this: Self) -> Result<T, Self> {
        if !this.is_only_owner() {
            return Err(this);
        }
        // SAFETY: the only owner gives its ownership up here.
        Ok(unsafe { ManuallyDrop::new(this).take() })
    }

    /// Gives this ownership up, and returns the value if it was the last. O(1), no request.
    ///
    /// Of several owners in several threads that all call it, exactly one is given the value.
    #[must_use]
    pub fn into_inner(this: Self) -> Option<T> {
        let this = ManuallyDrop::new(this);
        // SAFETY: the last owner gave its ownership up just now.
        this.give_up().then(|| unsafe { this.take() })
    }

    /// The value, to change it; if it has other owners, this pointer first gets a copy for itself.
    ///
    /// O(1), or that of the copy. No request if this is the only owner; else those of the copy,
    /// and one. An `Err` changes nothing.
    pub fn make_mut(this: &mut Self) -> Result<&mut T, OutOfMemory>
    where
        T: TryClone,
    {
        if !this.is_only_owner() {
            *this = Self::new((**this).try_clone()?)?;
        }
        // SAFETY: it was the only owner, or has just become one.
        Ok(unsafe { this.value_mut() })
    }

    /// The value, which is moved out if this is its only owner, and otherwise copied.
    ///
    /// O(1), or that of the copy. No request if this is the only owner; else those of the copy. An
    /// `Err` gives the pointer back.
    pub fn unwrap_or_clone(this: Self) -> Result<T, (OutOfMemory, Self)>
    where
        T: TryClone,
    {
        Self::try_unwrap(this).or_else(|shared| (*shared).try_clone().map_err(|oom| (oom, shared)))
    }

    /// Moves the value out and frees the block.
    ///
    /// # Safety
    ///
    /// There was one owner, which has given its ownership up: nobody uses the block afterwards.
    unsafe fn take(&self) -> T {
        // SAFETY: the caller says that the block is nobody's any more.
        let _block = unsafe { Block::of(self.inner) };
        // SAFETY: the block is there until `_block` drops, and nobody will read the value again.
        unsafe { (&raw const (*self.inner.as_ptr()).value).read() }
    }
}

impl<T: ?Sized> TryArc<T> {
    /// The value, to change it, if this is its only owner. O(1), no request.
    #[must_use]
    pub fn get_mut(this: &mut Self) -> Option<&mut T> {
        // SAFETY: it is the only owner.
        this.is_only_owner().then(|| unsafe { this.value_mut() })
    }

    /// The number of owners; other threads may change it at any time. O(1), no request.
    #[must_use]
    pub fn strong_count(this: &Self) -> usize {
        this.count().load(Relaxed)
    }

    /// Whether both own the same value. O(1), no request.
    #[must_use]
    pub fn ptr_eq(this: &Self, other: &Self) -> bool {
        ptr::addr_eq(this.inner.as_ptr(), other.inner.as_ptr())
    }

    /// The address of the value. O(1), no request.
    #[must_use]
    #[inline]
    pub fn as_ptr(this: &Self) -> *const T {
        // SAFETY: the block is there; no reference is made, so the pointer is good for all of it.
        unsafe { &raw const (*this.inner.as_ptr()).value }
    }

    /// The address of the value, which this ownership stays with. O(1), no request.
    #[must_use = "what is not turned into a pointer again leaks"]
    pub fn into_raw(this: Self) -> *const T {
        Self::as_ptr(&ManuallyDrop::new(this))
    }

    /// The pointer that [`into_raw`](Self::into_raw) was given. O(1), no request.
    ///
    /// Between the two the address can be coerced, which stable Rust does not allow for a pointer
    /// such as this:
    ///
    /// ```
    /// # use oom_sweep::collections::{OutOfMemory, TryArc};
    /// use std::fmt::Display;
    ///
    /// let raw = TryArc::into_raw(TryArc::new(7)?);
    /// // SAFETY: the address is from `into_raw`, and its ownership has not been taken back.
    /// let shown: TryArc<dyn Display> = unsafe { TryArc::from_raw(raw as *const dyn Display) };
    /// assert_eq!(shown.to_string(), "7");
    /// # Ok::<(), OutOfMemory>(())
    /// ```
    ///
    /// # Safety
    ///
    /// The address is from [`into_raw`](Self::into_raw) of a `TryArc<T>`, or of another type that
    /// it has been coerced from, or of one of the same layout for which its value is valid. Each
    /// `into_raw` is taken back once at most.
    #[must_use]
    pub unsafe fn from_raw(value: *const T) -> Self {
        // SAFETY: the caller says that an owner is left, so the value is there.
        let offset = offset_of_value(align_of_val(unsafe { &*value }));
        // SAFETY: the value stands at this offset in its block.
        let inner = unsafe { value.byte_sub(offset) } as *mut Inner<T>;
        // SAFETY: a block is not null.
        Self::of(unsafe { NonNull::new_unchecked(inner) })
    }

    /// Takes over one ownership of a block.
    #[inline]
    fn of(inner: NonNull<Inner<T>>) -> Self {
        Self { inner, owns: PhantomData }
    }

    #[inline]
    fn count(&self) -> &AtomicUsize {
        // SAFETY: an owner keeps the block, and the count is only ever used through `&`.
        unsafe { &(*self.inner.as_ptr()).count }
    }

    /// Whether there is no other owner, and what the others did to the value is to be seen here.
    ///
    /// Called with the pointer by value or `&mut`, so that nobody can clone this pointer: once
    /// the count is 1 nobody can make it more. It cannot be a 1 from before the other owners
    /// were made, because the clones of this pointer happened before, and those of other owners
    /// never begin at 1 while this one is there. `Acquire` goes with the `Release` of the owners
    /// that are gone.
    #[inline]
    fn is_only_owner(&self) -> bool {
        self.count().load(Acquire) == 1
    }

    /// The value.
    ///
    /// # Safety
    ///
    /// [`is_only_owner`](Self::is_only_owner) held, and still does.
    #[inline]
    unsafe fn value_mut(&mut self) -> &mut T {
        // SAFETY: the block is there, and the only pointer to it is borrowed for as long.
        unsafe { &mut (*self.inner.as_ptr()).value }
    }

    /// Gives this ownership up; whether it was the last one.
    ///
    /// `Release`: what this thread did to the value happens before whatever the last owner does.
    /// The last one sees it by the `Acquire`, which the others need not pay for.
    #[inline]
    fn give_up(&self) -> bool {
        let is_last = self.count().fetch_sub(1, Release) == 1;
        if is_last {
            fence(Acquire);
        }
        is_last
    }
}

/// Another owner. O(1), no request.
impl<T: ?Sized> Clone for TryArc<T> {
    /// Aborts if there are more owners than half the address space, as `Arc` does: only a program
    /// that leaks them can have so many, and a count that wraps would free what is in use.
    #[inline]
    fn clone(&self) -> Self {
        // `Relaxed`: this owner is there before and after, so nothing depends on who sees when.
        let before = self.count().fetch_add(1, Relaxed);
        if before > isize::MAX.cast_unsigned() {
            abort();
        }
        Self::of(self.inner)
    }
}

/// Another owner. O(1), no request.
impl<T: ?Sized> TryClone for TryArc<T> {
    #[inline]
    fn try_clone(&self) -> Result<Self, OutOfMemory> {
        Ok(self.clone())
    }
}

impl<T: ?Sized> Drop for TryArc<T> {
    #[inline]
    fn drop(&mut self) {
        /// Out of the way of the drops that only count.
        ///
        /// # Safety
        ///
        /// The last owner has given its ownership up.
        #[inline(never)]
        unsafe fn free<T: ?Sized>(inner: NonNull<Inner<T>>) {
            // Freed in the end, even if the value's drop panics.
            // SAFETY: the caller says that the block is nobody's any more.
            let _block = unsafe { Block::of(inner) };
            // SAFETY: as above; nobody will use the value again.
            unsafe { ptr::drop_in_place(&raw mut (*inner.as_ptr()).value) };
        }

        if self.give_up() {
            // SAFETY: it was the last.
            unsafe { free(self.inner) };
        }
    }
}

impl<T: ?Sized> Deref for TryArc<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: an owner keeps the block, and while `self` is borrowed nobody has `&mut`.
        unsafe { &(*self.inner.as_ptr()).value }
    }
}

forward_to_value!(TryArc);
