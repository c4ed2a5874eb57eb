//! Tests the race between the last drop of a group and a registration of the same group, step by
//! step; and a panic under the lock.
//!
//! `tests/type_registry_schedules` tests other orders, real threads, and failed requests during
//! races.

use super::{module, registry};
use crate::subjects::registry::group::Last;
use crate::subjects::registry::tables::Rows;
use crate::subjects::registry::{Dense, TypeRegistry};
use std::cell::Cell;
use std::hash::{BuildHasher, DefaultHasher};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// One thread drops the last handle. Before it has the lock, another thread registers the same
/// group.
#[test]
fn a_duplicate_prevents_the_unregistration() {
    let registry = registry::<Dense>();
    let types = module("(type (struct))");
    let first = registry.register_module(&types).unwrap();
    let group = registry.shared.read().tables.group(first.types()[0]).unwrap().clone();
    // The part of the drop that runs before it takes the lock.
    assert_eq!(group.release(), Last::Yes);
    std::mem::forget(first);
    let second = registry.register_module(&types).unwrap();
    registry.shared.write().unregister(&group);
    assert_eq!(registry.stats().types, 1);
    // The second drop unregisters the group. A late third one does nothing.
    drop(second);
    assert_eq!(registry.stats().types, 0);
    let third = registry.register_module(&types).unwrap();
    registry.shared.write().unregister(&group);
    assert_eq!(registry.stats().types, 1);
    drop((group, third));
    assert_eq!(registry.stats().types, 0);
}

thread_local! {
    /// The number of keys that are hashed before one panics.
    static CALM: Cell<Option<usize>> = const { Cell::new(None) };
}

#[derive(Clone, Default)]
struct Moody;

impl BuildHasher for Moody {
    type Hasher = DefaultHasher;

    fn build_hasher(&self) -> DefaultHasher {
        let calm = CALM.get();
        assert!(calm != Some(0), "the hasher panics on purpose");
        CALM.set(calm.map(|calm| calm - 1));
        DefaultHasher::new()
    }
}

/// The hasher panics at each key in turn: that of the first group, looked up under the read lock;
/// those of later groups, after others are registered; and those of trampoline types, after others
/// are linked.
#[test]
fn a_panic_under_the_lock_rolls_back_and_does_not_poison() {
    let registry = TypeRegistry::<Dense, Moody>::with_hasher(Moody).unwrap();
    let held = registry.register_module(&module("(type (struct))")).unwrap();
    let before = registry.view();
    let more = module(
        "(type (struct)) (type (array i8))
         (rec (type (func (param eqref))) (type (func (param (ref func))))
              (type (func (result i31ref)))) (type (func (param structref i32)))",
    );
    let mut panics = 0;
    let types = loop {
        CALM.set(Some(panics));
        let outcome = catch_unwind(AssertUnwindSafe(|| registry.register_module(&more)));
        CALM.set(None);
        registry.check().unwrap();
        match outcome {
            Ok(types) => break types.unwrap(),
            Err(_) => assert_eq!(registry.view(), before),
        }
        panics += 1;
    };
    // Four groups, two of which are looked up twice, and four trampoline types.
    assert_eq!(panics, 9);
    drop((types, held));
    registry.check().unwrap();
    assert_eq!(registry.stats().types, 0);
}
