//! [`TryClone`] for std's plain types, whose copy makes no request and so cannot fail.
//!
//! Relies on `Copy`, or on the documentation of `Clone` that it only counts a reference. Generic
//! wrappers around values that may need memory are in `owned`.

use super::{Copies, TryClone};
use crate::collections::OutOfMemory;
use std::alloc::Layout;
use std::any::TypeId;
use std::cmp::Ordering;
use std::convert::Infallible;
use std::marker::{PhantomData, PhantomPinned};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::num::NonZero;
use std::ops::RangeFull;
use std::ptr::NonNull;
use std::rc::{self, Rc};
use std::sync::{self, Arc};
use std::thread::ThreadId;
use std::time::{Duration, Instant, SystemTime};
use std::{fmt, io};

macro_rules! copied {
    ($([$($generics:tt)*] $type:ty),* $(,)?) => {$(
        impl<$($generics)*> TryClone for $type {
            const COPIES: Copies<Self> = Copies::at_once();

            #[inline]
            fn try_clone(&self) -> Result<Self, OutOfMemory> {
                Ok(*self)
            }
        }
    )*};
}

copied! {
    [] (), [] bool, [] char, [] f32, [] f64,
    [] i8, [] i16, [] i32, [] i64, [] i128, [] isize,
    [] u8, [] u16, [] u32, [] u64, [] u128, [] usize,
    [] NonZero<i8>, [] NonZero<i16>, [] NonZero<i32>,
    [] NonZero<i64>, [] NonZero<i128>, [] NonZero<isize>,
    [] NonZero<u8>, [] NonZero<u16>, [] NonZero<u32>,
    [] NonZero<u64>, [] NonZero<u128>, [] NonZero<usize>,
    [] Duration, [] Instant, [] SystemTime, [] ThreadId,
    [] IpAddr, [] Ipv4Addr, [] Ipv6Addr, [] SocketAddr, [] SocketAddrV4, [] SocketAddrV6,
    [] fmt::Error, [] io::ErrorKind,
    [] Infallible, [] Layout, [] Ordering, [] OutOfMemory, [] PhantomPinned, [] RangeFull, [] TypeId,
    [T: ?Sized] &T, [T: ?Sized] *const T, [T: ?Sized] *mut T, [T: ?Sized] NonNull<T>,
    [T: ?Sized] PhantomData<T>,
}

macro_rules! counted {
    ($($type:ty),* $(,)?) => {$(
        /// Increments the reference count; makes no request.
        impl<T: ?Sized> TryClone for $type {
            #[inline]
            fn try_clone(&self) -> Result<Self, OutOfMemory> {
                Ok(self.clone())
            }
        }
    )*};
}

counted!(Rc<T>, rc::Weak<T>, Arc<T>, sync::Weak<T>);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_values_are_copied() {
        assert_eq!(7_u32.try_clone(), Ok(7));
        assert_eq!("text".try_clone(), Ok("text"));
        assert_eq!(Ordering::Less.try_clone(), Ok(Ordering::Less));
        assert_eq!(PhantomData::<str>.try_clone(), Ok(PhantomData));
    }

    #[test]
    fn counted_references_share() {
        let (rc, arc) = (Rc::<str>::from("a"), Arc::<[u8]>::from([1, 2]));
        assert!(Rc::ptr_eq(&rc.try_clone().unwrap(), &rc));
        assert!(Arc::ptr_eq(&arc.try_clone().unwrap(), &arc));
        let weak = Rc::downgrade(&rc);
        assert_eq!(Rc::weak_count(&rc), 1);
        let _other = weak.try_clone().unwrap();
        assert_eq!(Rc::weak_count(&rc), 2);
    }
}
