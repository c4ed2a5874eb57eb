//! [`TryClone`] for std's types that own memory or hold values that may own memory.
//!
//! Copies that are made value by value go through `grow`, so a copy that fails halfway drops the
//! values it has made. std's maps are not covered: their nodes and tables have no fallible
//! allocation interface.

use super::{OutOfMemory, TryBox, TryClone, TryToOwned, grow};
use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::mem::MaybeUninit;
use std::num::{Saturating, Wrapping};
use std::ops::{Bound, ControlFlow, Range, RangeFrom, RangeTo, RangeToInclusive};
use std::path::PathBuf;
use std::task::Poll;

/// Makes one request for the values, plus those of their copies.
impl<T: TryClone> TryClone for Vec<T> {
    fn try_clone(&self) -> Result<Self, OutOfMemory> {
        grow::copy_of(self)
    }
}

/// Makes one request for the values, plus those of their copies.
impl<T: TryClone> TryClone for VecDeque<T> {
    fn try_clone(&self) -> Result<Self, OutOfMemory> {
        let (front, back) = self.as_slices();
        let mut copy = Vec::new();
        grow::reserve_exact(&mut copy, self.len())?;
        grow::append_copies(&mut copy, front)?;
        grow::append_copies(&mut copy, back)?;
        // Takes over the memory; makes no request.
        Ok(copy.into())
    }
}

/// Makes one request, or none for an empty string.
impl TryClone for OsString {
    fn try_clone(&self) -> Result<Self, OutOfMemory> {
        copy_of_os_str(self)
    }
}

/// Makes one request, or none for an empty path.
impl TryClone for PathBuf {
    fn try_clone(&self) -> Result<Self, OutOfMemory> {
        copy_of_os_str(self.as_os_str()).map(Self::from)
    }
}

fn copy_of_os_str(text: &OsStr) -> Result<OsString, OutOfMemory> {
    let mut copy = OsString::new();
    copy.try_reserve_exact(text.len()).map_err(|_| OutOfMemory::new(text.len()))?;
    copy.push(text);
    Ok(copy)
}

/// A borrowed value stays borrowed, without a request. An owned value is copied, with the requests
/// of its copy.
impl<B: ToOwned<Owned: TryClone> + ?Sized> TryClone for Cow<'_, B> {
    fn try_clone(&self) -> Result<Self, OutOfMemory> {
        match self {
            Cow::Borrowed(value) => Ok(Cow::Borrowed(value)),
            Cow::Owned(value) => value.try_clone().map(Cow::Owned),
        }
    }
}

/// Makes one request, or none for an empty string.
impl TryClone for String {
    #[inline]
    fn try_clone(&self) -> Result<Self, OutOfMemory> {
        (**self).try_to_owned().map(Self::from)
    }
}

/// Makes one request for the box, or none if the value has no bytes, plus those of the copy of the
/// value.
impl<T: TryClone> TryClone for Box<T> {
    fn try_clone(&self) -> Result<Self, OutOfMemory> {
        let room = TryBox::new_uninit()?;
        Ok(TryBox::write(room, (**self).try_clone()?).into_box())
    }
}

/// Makes one request, or none for an empty slice, plus those of the copies.
impl<T: TryClone> TryClone for Box<[T]> {
    fn try_clone(&self) -> Result<Self, OutOfMemory> {
        TryBox::try_from(&**self).map(TryBox::into_box)
    }
}

/// Makes one request, or none for an empty string.
impl TryClone for Box<str> {
    fn try_clone(&self) -> Result<Self, OutOfMemory> {
        TryBox::try_from(&**self).map(TryBox::into_box)
    }
}

impl<T: TryClone, const N: usize> TryClone for [T; N] {
    #[inline]
    fn try_clone(&self) -> Result<Self, OutOfMemory> {
        let mut copy = [const { MaybeUninit::<T>::uninit() }; N];
        grow::fill_copies(&mut copy, self)?;
        // SAFETY: `fill_copies` initialised every element, and `MaybeUninit` never drops them.
        Ok(unsafe { copy.as_ptr().cast::<[T; N]>().read() })
    }
}

impl<T: TryClone> TryClone for Option<T> {
    #[inline]
    fn try_clone(&self) -> Result<Self, OutOfMemory> {
        self.as_ref().map(T::try_clone).transpose()
    }
}

impl<T: TryClone, E: TryClone> TryClone for Result<T, E> {
    #[inline]
    fn try_clone(&self) -> Result<Self, OutOfMemory> {
        match self {
            Ok(value) => value.try_clone().map(Ok),
            Err(error) => error.try_clone().map(Err),
        }
    }
}

impl<T: TryClone> TryClone for Bound<T> {
    #[inline]
    fn try_clone(&self) -> Result<Self, OutOfMemory> {
        match self {
            Bound::Included(end) => end.try_clone().map(Bound::Included),
            Bound::Excluded(end) => end.try_clone().map(Bound::Excluded),
            Bound::Unbounded => Ok(Bound::Unbounded),
        }
    }
}

impl<B: TryClone, C: TryClone> TryClone for ControlFlow<B, C> {
    #[inline]
    fn try_clone(&self) -> Result<Self, OutOfMemory> {
        match self {
            ControlFlow::Break(value) => value.try_clone().map(ControlFlow::Break),
            ControlFlow::Continue(value) => value.try_clone().map(ControlFlow::Continue),
        }
    }
}

impl<T: TryClone> TryClone for Poll<T> {
    #[inline]
    fn try_clone(&self) -> Result<Self, OutOfMemory> {
        match self {
            Poll::Ready(value) => value.try_clone().map(Poll::Ready),
            Poll::Pending => Ok(Poll::Pending),
        }
    }
}

macro_rules! by_field {
    ($($type:ident { $($field:tt),* })*) => {$(
        impl<T: TryClone> TryClone for $type<T> {
            #[inline]
            fn try_clone(&self) -> Result<Self, OutOfMemory> {
                Ok($type { $($field: self.$field.try_clone()?),* })
            }
        }
    )*};
}

by_field! {
    Range { start, end }
    RangeFrom { start }
    RangeTo { end }
    RangeToInclusive { end }
    Reverse { 0 }
    Saturating { 0 }
    Wrapping { 0 }
}

macro_rules! tuples {
    ($($($name:ident $field:tt)*;)*) => {$(
        impl<$($name: TryClone),*> TryClone for ($($name,)*) {
            #[inline]
            fn try_clone(&self) -> Result<Self, OutOfMemory> {
                Ok(($(self.$field.try_clone()?,)*))
            }
        }
    )*};
}

tuples! {
    A 0;
    A 0 B 1;
    A 0 B 1 C 2;
    A 0 B 1 C 2 D 3;
    A 0 B 1 C 2 D 3 E 4;
    A 0 B 1 C 2 D 3 E 4 F 5;
    A 0 B 1 C 2 D 3 E 4 F 5 G 6;
    A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7;
    A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8;
    A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9;
    A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10;
    A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collections::testing::{Budget, CountedValue};

    #[track_caller]
    fn copies<T: TryClone + PartialEq + std::fmt::Debug>(value: T) {
        assert_eq!(value.try_clone().as_ref(), Ok(&value));
    }

    #[test]
    fn copies_are_equal() {
        copies(vec![String::from("a"), String::new()]);
        copies(Vec::<String>::new());
        copies(vec![[1_u8, 2], [3, 4]]);
        copies([String::from("a"), String::from("b")]);
        copies([0_u8; 0]);
        copies(Some(Box::new(7_u64)));
        copies(Box::new(()));
        copies(Box::new([0_u128; 3]));
        copies(Box::<[String]>::from([String::from("a")]));
        copies(Box::<str>::from("a"));
        copies(Ok::<String, u8>(String::from("a")));
        copies(Err::<String, u8>(3));
        copies((1_u8, "b", Some('c'), vec![1.5], ()));
        copies((Bound::Included(1), Bound::Excluded(2), Bound::<u8>::Unbounded));
        let mut ring = VecDeque::from([String::from("b"), String::from("c")]);
        ring.push_front(String::from("a"));
        copies(ring);
        copies((VecDeque::<u8>::new(), OsString::from("a"), PathBuf::from("a/b")));
        copies((Cow::Borrowed("a"), Cow::<str>::Owned(String::from("b"))));
        copies((Poll::Ready(1), Poll::<u8>::Pending));
        copies((ControlFlow::<u8, char>::Break(1), ControlFlow::<u8, char>::Continue('b')));
        copies((1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, String::from("twelve")));
        copies((1..3, 4.., ..5, ..=6, Reverse(7), Wrapping(8), Saturating(9)));
    }

    #[test]
    fn a_vec_is_copied_with_no_spare_room() {
        let mut vec = Vec::with_capacity(100);
        vec.extend([1, 2, 3]);
        assert_eq!(vec.try_clone().unwrap().capacity(), 3);
        assert_eq!(vec![(); usize::MAX].try_clone().unwrap().len(), usize::MAX);
    }

    /// Fails the copy of each part in turn. The whole copy must fail and keep nothing.
    #[test]
    fn a_copy_that_fails_halfway_drops_what_it_made() {
        fn fails<T: TryClone>(parts: usize, make: impl Fn(&Budget) -> T) {
            for allowed in 0..parts {
                let budget = Budget::default();
                let value = make(&budget);
                let live = budget.live();
                budget.allow(allowed);
                assert!(value.try_clone().is_err());
                assert_eq!(budget.live(), live, "after {allowed} copies");
                budget.allow(parts);
                assert!(value.try_clone().is_ok());
            }
        }
        let part = |budget: &Budget| CountedValue::new(budget, 1);
        fails(3, |b| vec![part(b), part(b), part(b)]);
        fails(3, |b| [part(b), part(b), part(b)]);
        fails(3, |b| (part(b), part(b), part(b)));
        fails(3, |b| VecDeque::from([part(b), part(b), part(b)]));
        fails(1, |b| Poll::Ready(part(b)));
        fails(1, |b| ControlFlow::<_, ()>::Break(part(b)));
        fails(2, |b| part(b)..part(b));
        fails(1, |b| Box::new(part(b)));
        fails(1, |b| Some(part(b)));
        fails(1, |b| Ok::<_, ()>(part(b)));
        fails(1, |b| Err::<(), _>(part(b)));
    }
}
