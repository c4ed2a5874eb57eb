//! [`TryArc`]: an `Arc` whose construction can fail. This file has the pointer and its count.
//!
//! std's `Arc` has no stable fallible constructor, so this is a separate implementation. Relies on
//! `block` for the memory. Slices and strings are in `slices`; traits that forward to the value are
//! in `crate::collections::pointer`.

mod block;
#[cfg(all(loom, test))]
mod loom_tests;
mod slices;
#[cfg(test)]
mod tests;

use super::pointer::forward_to_value;
use super::{OutOfMemory, TryClone};
use crate::subjects::sync::{AtomicUsize, fence};
use block::{Block, Inner, offset_of_value};
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::process::abort;
use std::ptr::{self, NonNull};
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

/// `Arc` for code that survives allocation failure: a value with any number of owners, in any
/// number of threads.
///
/// Constructors return `Result<_, OutOfMemory>`. `clone` only increments the count, so the type
/// implements std's [`Clone`]. Call its functions as `TryArc::get_mut(&mut arc)`, as with an `Arc`,
/// so that they hide no method of the value.
///
/// There is no weak pointer. So a block has one count instead of two, [`get_mut`](Self::get_mut)
/// needs no lock, and dropping the last owner frees the memory at once. Cycles leak.
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
    /// The pointer and its clones own the value.
    owns: PhantomData<Inner<T>>,
}

// SAFETY: threads with clones share the value, so it must be `Sync`. The thread that drops the last
// clone, or that is the only owner in `get_mut`, has exclusive access to the value, so it must be
// `Send`. The count is atomic.
unsafe impl<T: ?Sized + Send + Sync> Send for TryArc<T> {}

// SAFETY: as above, because a shared reference is enough to make a clone.
unsafe impl<T: ?Sized + Send + Sync> Sync for TryArc<T> {}

/// As for `Arc`: a caught panic can expose a half-made change only if the value can change behind a
/// shared reference.
impl<T: ?Sized + RefUnwindSafe> UnwindSafe for TryArc<T> {}

/// Moving the pointer does not move the value.
impl<T: ?Sized> Unpin for TryArc<T> {}

impl<T> TryArc<T> {
    /// Makes the first owner of this value.
    ///
    /// O(1). Makes one request. On `Err` the value is dropped;
    /// [`new_or_return`](Self::new_or_return) gives it back.
    #[inline]
    pub fn new(value: T) -> Result<Self, OutOfMemory> {
        Self::new_or_return(value).map_err(|(oom, _)| oom)
    }

    /// Like [`new`](Self::new), but an `Err` also returns the value. Makes the same requests.
    #[inline]
    pub fn new_or_return(value: T) -> Result<Self, (OutOfMemory, T)> {
        block::one(value).map(Self::of)
    }

    /// Returns the value if this is its only owner, otherwise returns the pointer as `Err`. O(1),
    /// no request.
    ///
    /// If all owners call it at the same time in different threads, each may get its pointer back.
    /// To avoid that, use [`into_inner`](Self::into_inner).
    pub fn try_unwrap(this: Self) -> Result<T, Self> {
        if !this.is_only_owner() {
            return Err(this);
        }
        // SAFETY: the only owner gives its ownership up here.
        Ok(unsafe { ManuallyDrop::new(this).take() })
    }

    /// Gives up this ownership and returns the value if this was the last owner. O(1), no request.
    ///
    /// If all owners call it, exactly one of them gets the value.
    #[must_use]
    pub fn into_inner(this: Self) -> Option<T> {
        let this = ManuallyDrop::new(this);
        // SAFETY: the last owner gave its ownership up just now.
        this.give_up().then(|| unsafe { this.take() })
    }

    /// Returns the value, mutable. If there are other owners, the pointer first gets its own copy
    /// of the value.
    ///
    /// O(1), or the cost of the copy. Makes no request if this is the only owner, otherwise one
    /// plus those of the copy. An `Err` changes nothing.
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

    /// Returns the value: moves it out if this is its only owner, otherwise copies it.
    ///
    /// O(1), or the cost of the copy. Makes no request if this is the only owner, otherwise those
    /// of the copy. An `Err` returns the pointer.
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
    /// The last owner gave up its ownership, and nothing uses the block afterwards.
    unsafe fn take(&self) -> T {
        // SAFETY: the caller says that the block has no owner any more.
        let _block = unsafe { Block::of(self.inner) };
        // SAFETY: the block is alive until `_block` drops, and nothing reads the value again.
        unsafe { (&raw const (*self.inner.as_ptr()).value).read() }
    }
}

impl<T: ?Sized> TryArc<T> {
    /// Returns the value, mutable, if this is its only owner. O(1), no request.
    #[must_use]
    pub fn get_mut(this: &mut Self) -> Option<&mut T> {
        // SAFETY: it is the only owner.
        this.is_only_owner().then(|| unsafe { this.value_mut() })
    }

    /// The number of owners. Other threads may change it at any time. O(1), no request.
    #[must_use]
    pub fn strong_count(this: &Self) -> usize {
        this.count().load(Relaxed)
    }

    /// Whether both pointers own the same value. O(1), no request.
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

    /// Returns the address of the value and gives up the pointer. The ownership is leaked unless
    /// [`from_raw`](Self::from_raw) takes it back. O(1), no request.
    #[must_use = "the value leaks unless `from_raw` takes the address back"]
    pub fn into_raw(this: Self) -> *const T {
        Self::as_ptr(&ManuallyDrop::new(this))
    }

    /// Takes back the ownership that [`into_raw`](Self::into_raw) gave up. O(1), no request.
    ///
    /// The address can be coerced between the two calls. Stable Rust does not coerce a `TryArc`
    /// itself:
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
    /// The address is from [`into_raw`](Self::into_raw) of a `TryArc<T>`, of a type that was
    /// coerced to `T`, or of a type with the same layout whose value is valid as a `T`. Each
    /// `into_raw` is taken back at most once.
    #[must_use]
    pub unsafe fn from_raw(value: *const T) -> Self {
        // SAFETY: the caller says that an owner is left, so the value is there.
        let offset = offset_of_value(align_of_val(unsafe { &*value }));
        // SAFETY: the value is at this offset in its block.
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
        // SAFETY: an owner keeps the block alive, and the count is only used through `&`.
        unsafe { &(*self.inner.as_ptr()).count }
    }

    /// Whether there is no other owner. If so, all that former owners did to the value is visible
    /// here.
    ///
    /// Callers have the pointer by value or `&mut`, so no other thread can clone it: a count of 1
    /// cannot grow. The 1 cannot be a stale value from before other owners existed: the clones of
    /// this pointer happened before this call, and a clone of another owner starts from a count of
    /// at least 2 while this owner exists. The `Acquire` pairs with the `Release` of the former
    /// owners.
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
        // SAFETY: the block is alive, and the only pointer to it is borrowed for as long.
        unsafe { &mut (*self.inner.as_ptr()).value }
    }

    /// Gives up this ownership and returns whether it was the last one.
    ///
    /// `Release`: what this thread did to the value happens before what the last owner does. Only
    /// the last owner needs the `Acquire`, so the others do not pay for it.
    #[inline]
    fn give_up(&self) -> bool {
        let is_last = self.count().fetch_sub(1, Release) == 1;
        if is_last {
            fence(Acquire);
        }
        is_last
    }
}

/// Makes another owner. O(1), no request.
impl<T: ?Sized> Clone for TryArc<T> {
    /// Aborts if the count exceeds `isize::MAX`, as `Arc` does. Only a program that leaks owners
    /// reaches that, and a count that wraps would free memory in use.
    #[inline]
    fn clone(&self) -> Self {
        // `Relaxed`: this owner exists before and after, so no other access depends on the order.
        let before = self.count().fetch_add(1, Relaxed);
        if before > isize::MAX.cast_unsigned() {
            abort();
        }
        Self::of(self.inner)
    }
}

/// Makes another owner. O(1), no request.
impl<T: ?Sized> TryClone for TryArc<T> {
    #[inline]
    fn try_clone(&self) -> Result<Self, OutOfMemory> {
        Ok(self.clone())
    }
}

impl<T: ?Sized> Drop for TryArc<T> {
    #[inline]
    fn drop(&mut self) {
        /// Not inlined, to keep the common drop, which only decrements the count, small.
        ///
        /// # Safety
        ///
        /// The last owner has given its ownership up.
        #[inline(never)]
        unsafe fn free<T: ?Sized>(inner: NonNull<Inner<T>>) {
            // The guard frees the block even if the drop of the value panics. SAFETY: the caller
            // says that the block has no owner any more.
            let _block = unsafe { Block::of(inner) };
            // SAFETY: as above; nothing uses the value again.
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
        // SAFETY: an owner keeps the block alive, and while `self` is borrowed nothing has a `&mut`
        // to the value.
        unsafe { &(*self.inner.as_ptr()).value }
    }
}

forward_to_value!(TryArc);
