//! Compares `TryVec`, `TryString` and `TryArc` with std's `Vec`, `String` and `Arc`: random
//! operations on both must give the same answers and leave the same content.
//!
//! Also with values whose copies and drops panic. A panic in a copy must change nothing. A panic in
//! a drop must have the same effect as in std's type. In the end no value may be left or dropped
//! twice. These tests need no faults; the sweep tests failed requests.

#![cfg(feature = "collections")]

use oom_sweep::collections::{
    OutOfMemory, TryArc, TryClone, TryCollect, TryExtend, TryString, TryVec,
};
use proptest::collection::vec;
use proptest::prelude::*;
use std::cell::Cell;
use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::sync::Arc;
use std::thread;

thread_local! {
    static LIVE: Cell<isize> = const { Cell::new(0) };
    /// The number of copies and drops that succeed before one panics.
    static FUSE: Cell<Option<u32>> = const { Cell::new(None) };
}

/// A counted value. Its copies and drops count down `FUSE`.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Counted(u8);

impl Counted {
    fn new(value: u8) -> Self {
        LIVE.set(LIVE.get() + 1);
        Self(value)
    }
}

/// Counts down, and panics with `what` at 0.
fn burn(what: &'static str) {
    match FUSE.get() {
        Some(0) if !thread::panicking() => {
            FUSE.set(None);
            panic_any(what);
        }
        fuse => FUSE.set(fuse.map(|left| left.saturating_sub(1))),
    }
}

impl Clone for Counted {
    fn clone(&self) -> Self {
        burn("copy");
        Self::new(self.0)
    }
}

impl TryClone for Counted {
    fn try_clone(&self) -> Result<Self, OutOfMemory> {
        Ok(self.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        LIVE.set(LIVE.get() - 1);
        burn("drop");
    }
}

/// A value in the vectors.
trait Value: TryClone + Clone + Debug + Ord {
    fn make(number: u8) -> Self;
}

impl Value for u32 {
    fn make(number: u8) -> Self {
        number.into()
    }
}

impl Value for () {
    fn make(_: u8) {}
}

impl Value for String {
    fn make(number: u8) -> Self {
        number.to_string()
    }
}

impl Value for Counted {
    fn make(number: u8) -> Self {
        Self::new(number)
    }
}

/// A value with unusual alignment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(align(32))]
struct Aligned(u8);

impl TryClone for Aligned {
    fn try_clone(&self) -> Result<Self, OutOfMemory> {
        Ok(self.clone())
    }
}

impl Value for Aligned {
    fn make(number: u8) -> Self {
        Self(number)
    }
}

#[derive(Clone, Debug)]
enum Op {
    Push(u8),
    Insert(usize, u8),
    Pop,
    Remove(usize),
    SwapRemove(usize),
    Truncate(usize),
    Clear,
    Drain(usize, usize),
    Retain(u8),
    Dedup,
    SplitOff(usize),
    Append(Vec<u8>),
    ExtendFromSlice(Vec<u8>),
    Extend(Vec<u8>),
    Resize(usize, u8),
    ResizeWith(usize, u8),
    Reserve(usize),
    Shrink(usize),
    Box,
    Clone,
}

fn op() -> impl Strategy<Value = Op> {
    let n = || 0..12_usize;
    let few = || vec(0..9_u8, 0..6);
    prop_oneof![
        3 => (0..9_u8).prop_map(Op::Push),
        2 => (n(), 0..9_u8).prop_map(|(at, v)| Op::Insert(at, v)),
        1 => Just(Op::Pop),
        1 => n().prop_map(Op::Remove),
        1 => n().prop_map(Op::SwapRemove),
        1 => n().prop_map(Op::Truncate),
        1 => Just(Op::Clear),
        1 => (n(), n()).prop_map(|(from, to)| Op::Drain(from, to)),
        1 => (0..9_u8).prop_map(Op::Retain),
        1 => Just(Op::Dedup),
        2 => n().prop_map(Op::SplitOff),
        1 => few().prop_map(Op::Append),
        2 => few().prop_map(Op::ExtendFromSlice),
        2 => few().prop_map(Op::Extend),
        2 => (n(), 0..9_u8).prop_map(|(len, v)| Op::Resize(len, v)),
        1 => (n(), 0..9_u8).prop_map(|(len, v)| Op::ResizeWith(len, v)),
        1 => (0..40_usize).prop_map(Op::Reserve),
        2 => (0..20_usize).prop_map(Op::Shrink),
        1 => Just(Op::Box),
        1 => Just(Op::Clone),
    ]
}

fn make<V: Value>(numbers: &[u8]) -> Vec<V> {
    numbers.iter().copied().map(V::make).collect()
}

/// Performs one step and returns its result as text.
fn ours<V: Value>(vec: &mut TryVec<V>, op: &Op) -> String {
    let within = |at: usize| at.min(vec.len());
    match op.clone() {
        Op::Push(v) => vec.push(V::make(v)).unwrap(),
        Op::Insert(at, v) => vec.insert(within(at), V::make(v)).unwrap(),
        Op::Pop => return format!("{:?}", vec.pop()),
        Op::Remove(at) if at < vec.len() => return format!("{:?}", vec.remove(at)),
        Op::SwapRemove(at) if at < vec.len() => return format!("{:?}", vec.swap_remove(at)),
        Op::Remove(_) | Op::SwapRemove(_) => {}
        Op::Truncate(len) => vec.truncate(len),
        Op::Clear => vec.clear(),
        Op::Drain(from, to) => {
            let to = within(to);
            return format!("{:?}", vec.drain(from.min(to)..to).collect::<Vec<_>>());
        }
        Op::Retain(number) => {
            let pivot = V::make(number);
            vec.retain(|value| *value > pivot);
        }
        Op::Dedup => vec.dedup(),
        Op::SplitOff(at) => return format!("{:?}", vec.split_off(within(at)).unwrap()),
        Op::Append(more) => vec.append(&mut make(&more).into()).unwrap(),
        Op::ExtendFromSlice(more) => vec.extend_from_slice(&make(&more)).unwrap(),
        Op::Extend(more) => vec.try_extend(more.into_iter().map(V::make)).unwrap(),
        Op::Resize(len, v) => vec.resize(len, V::make(v)).unwrap(),
        Op::ResizeWith(len, v) => vec.resize_with(len, || V::make(v)).unwrap(),
        Op::Reserve(more) => {
            vec.reserve(more).unwrap();
            assert!(vec.capacity() >= vec.len() + more);
        }
        Op::Shrink(room) => {
            let before = vec.capacity();
            vec.shrink_to(room).unwrap();
            assert!(vec.capacity() <= before && vec.capacity() >= vec.len().max(room.min(before)));
        }
        Op::Box => *vec = std::mem::take(vec).into_boxed_slice().unwrap().into(),
        Op::Clone => *vec = vec.try_clone().unwrap(),
    }
    String::new()
}

fn theirs<V: Value>(vec: &mut Vec<V>, op: &Op) -> String {
    let within = |at: usize| at.min(vec.len());
    match op.clone() {
        Op::Push(v) => vec.push(V::make(v)),
        Op::Insert(at, v) => vec.insert(within(at), V::make(v)),
        Op::Pop => return format!("{:?}", vec.pop()),
        Op::Remove(at) if at < vec.len() => return format!("{:?}", vec.remove(at)),
        Op::SwapRemove(at) if at < vec.len() => return format!("{:?}", vec.swap_remove(at)),
        Op::Remove(_) | Op::SwapRemove(_) | Op::Reserve(_) | Op::Shrink(_) | Op::Box => {}
        Op::Truncate(len) => vec.truncate(len),
        Op::Clear => vec.clear(),
        Op::Drain(from, to) => {
            let to = within(to);
            return format!("{:?}", vec.drain(from.min(to)..to).collect::<Vec<_>>());
        }
        Op::Retain(number) => {
            let pivot = V::make(number);
            vec.retain(|value| *value > pivot);
        }
        Op::Dedup => vec.dedup(),
        Op::SplitOff(at) => return format!("{:?}", vec.split_off(within(at))),
        Op::Append(more) => vec.append(&mut make(&more)),
        Op::ExtendFromSlice(more) => vec.extend_from_slice(&make(&more)),
        Op::Extend(more) => vec.extend(more.into_iter().map(V::make)),
        Op::Resize(len, v) => vec.resize(len, V::make(v)),
        Op::ResizeWith(len, v) => vec.resize_with(len, || V::make(v)),
        Op::Clone => *vec = vec.clone(),
    }
    String::new()
}

fn agree<V: Value>(ops: &[Op]) {
    let (mut left, mut right) = (TryVec::new(), Vec::<V>::new());
    for op in ops {
        assert_eq!(ours(&mut left, op), theirs(&mut right, op), "{op:?}");
        assert_eq!(left, right, "{op:?}");
        assert_eq!(left.cmp(&right.clone().into()), std::cmp::Ordering::Equal);
    }
}

/// Runs each step once with a fuse. After a panic in a copy the vector must read as before. After a
/// panic in a drop the test continues, and no value may be lost.
fn survives(ops: &[(Op, u32)]) {
    LIVE.set(0);
    let mut vec = TryVec::<Counted>::new();
    for (op, fuse) in ops {
        let before = format!("{vec:?}");
        FUSE.set(Some(*fuse));
        let outcome = catch_unwind(AssertUnwindSafe(|| ours(&mut vec, op)));
        FUSE.set(None);
        if outcome.is_err_and(|panic| panic.downcast_ref() == Some(&"copy")) {
            assert_eq!(format!("{vec:?}"), before, "{op:?}");
        }
        assert_eq!(LIVE.get(), vec.len() as isize, "{op:?}");
        ours(&mut vec, &Op::Push(1));
    }
    drop(vec);
    assert_eq!(LIVE.get(), 0);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn vec_of_numbers(ops in vec(op(), 0..40)) {
        agree::<u32>(&ops);
    }

    #[test]
    fn vec_of_strings(ops in vec(op(), 0..40)) {
        agree::<String>(&ops);
    }

    #[test]
    fn vec_of_values_without_bytes(ops in vec(op(), 0..40)) {
        agree::<()>(&ops);
    }

    #[test]
    fn vec_of_aligned_values(ops in vec(op(), 0..40)) {
        agree::<Aligned>(&ops);
    }

    #[test]
    fn vec_of_counted_values(ops in vec(op(), 0..40)) {
        LIVE.set(0);
        agree::<Counted>(&ops);
        prop_assert_eq!(LIVE.get(), 0);
    }

    #[test]
    fn vec_of_values_that_panic(ops in vec((op(), 0..8_u32), 0..20)) {
        survives(&ops);
    }

    #[test]
    fn strings(ops in vec((0..12_u8, 0..6_usize, "[a-cé€]{0,5}"), 0..40)) {
        let (mut left, mut right) = (TryString::new(), String::new());
        for (op, at, text) in ops {
            let at = right.char_indices().nth(at).map_or(right.len(), |(at, _)| at);
            match op {
                0 => (left.push('é').unwrap(), right.push('é')).1,
                1 => (left.push_str(&text).unwrap(), right.push_str(&text)).1,
                2 => (left.insert(at, '€').unwrap(), right.insert(at, '€')).1,
                3 => (left.insert_str(at, &text).unwrap(), right.insert_str(at, &text)).1,
                4 => prop_assert_eq!(left.pop(), right.pop()),
                5 if at < right.len() => prop_assert_eq!(left.remove(at), right.remove(at)),
                6 => (left.truncate(at), right.truncate(at)).1,
                7 => (left.retain(|c| c != 'a'), right.retain(|c| c != 'a')).1,
                8 => prop_assert_eq!(left.split_off(at).unwrap(), right.split_off(at)),
                9 => {
                    left.shrink_to_fit().unwrap();
                    left.try_extend(text.chars()).unwrap();
                    right.push_str(&text);
                }
                10 => (left.push_fmt(format_args!("{text:?}")).unwrap(), right += &format!("{text:?}")).1,
                _ => left = left.try_clone().unwrap().into_boxed_str().unwrap().into(),
            }
            prop_assert_eq!(&left, &right);
        }
        prop_assert_eq!(right.chars().collect_fallible::<String>().unwrap(), right);
    }

    #[test]
    fn arcs(ops in vec((0..7_u8, 0..4_usize, 0..3_u32), 0..40)) {
        LIVE.set(0);
        let mut pairs = vec![arc_pair(0)];
        for (op, at, fuse) in ops {
            if pairs.is_empty() {
                pairs.push(arc_pair(1));
            }
            let at = at % pairs.len();
            arcs_step(&mut pairs, op, at, fuse);
            for (ours, theirs) in &pairs {
                prop_assert_eq!(&**ours, &**theirs);
                prop_assert_eq!(TryArc::strong_count(ours), Arc::strong_count(theirs));
            }
        }
        drop(pairs);
        prop_assert_eq!(LIVE.get(), 0);
    }
}

type ArcPair = (TryArc<Counted>, Arc<Counted>);

fn arc_pair(value: u8) -> ArcPair {
    (TryArc::new(Counted::new(value)).unwrap(), Arc::new(Counted::new(value)))
}

/// Performs one step on the owner at `at`, on ours and on std's.
fn arcs_step(pairs: &mut Vec<ArcPair>, op: u8, at: usize, fuse: u32) {
    match op {
        0 => pairs.push(arc_pair(at as u8)),
        1 | 2 => pairs.push(pairs[at].clone()),
        3 => {
            let (ours, theirs) = &mut pairs[at];
            let ours = TryArc::get_mut(ours).map(|value| value.0 += 1);
            assert_eq!(ours, Arc::get_mut(theirs).map(|value| value.0 += 1));
        }
        4 => {
            let (ours, theirs) = &mut pairs[at];
            FUSE.set(Some(fuse));
            let made = catch_unwind(AssertUnwindSafe(|| TryArc::make_mut(ours).unwrap().0 += 1));
            FUSE.set(None);
            if made.is_ok() {
                Arc::make_mut(theirs).0 += 1;
            }
        }
        5 => {
            let (ours, theirs) = pairs.swap_remove(at);
            assert_eq!(TryArc::into_inner(ours), Arc::into_inner(theirs));
        }
        _ => {
            let (ours, theirs) = pairs.swap_remove(at);
            FUSE.set(Some(0));
            let dropped = catch_unwind(AssertUnwindSafe(|| drop(ours)));
            FUSE.set(None);
            assert_eq!(dropped.is_err(), Arc::strong_count(&theirs) == 1);
        }
    }
}
