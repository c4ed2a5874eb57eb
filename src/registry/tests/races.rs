//! The last drop of a group against a registration of the same, step by step; and a panic under the
//! lock.
//!
//! Other orders, real threads and requests that fail meanwhile are in
//! `tests/type_registry_schedules`.

use super::{module, registry};
use crate::registry::group::Last;
use crate::registry::tables::Rows;
use crate::registry::{Dense, TypeRegistry};
use std::cell::Cell;
use std::hash::{BuildHasher, DefaultHasher, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A thread drops the last handle, and before it has the lock another registers the same.
#[test]
fn a_duplicate_resurrects_what_is_about_to_go() {
    let registry = registry::<Dense>();
    let types = module("(type (struct))");
    let first = registry.register_module(&types).unwrap();
    let group = registry.shared.read().tables.group(first.types()[0]).unwrap().clone();
    // What the drop of the handle does before it has the lock.
    assert_eq!(group.release(), Last::Yes);
    std::mem::forget(first);
    let second = registry.register_module(&types).unwrap();
    registry.shared.write().unregister(&group);
    assert_eq!(registry.stats().types, 1);
    // The second one goes the whole way; a third drop that comes late finds nothing to do.
    drop(second);
    assert_eq!(registry.stats().types, 0);
    let third = registry.register_module(&types).unwrap();
    registry.shared.write().unregister(&group);
    assert_eq!(registry.stats().types, 1);
    drop((group, third));
    assert_eq!(registry.stats().types, 0);
}

thread_local! {
    static PANICS: Cell<bool> = const { Cell::new(false) };
}

#[derive(Clone, Default)]
struct Moody;

impl BuildHasher for Moody {
    type Hasher = DefaultHasher;

    fn build_hasher(&self) -> DefaultHasher {
        assert!(!PANICS.get(), "no mood to hash");
        let mut hasher = DefaultHasher::new();
        hasher.write_u8(1);
        hasher
    }
}

#[test]
fn a_panic_under_the_lock_does_not_poison() {
    let registry = TypeRegistry::<Dense, Moody>::with_hasher(Moody).unwrap();
    let held = registry.register_module(&module("(type (struct))")).unwrap();
    let before = registry.view();
    let more = module("(type (func (param eqref)))");
    PANICS.set(true);
    let panicked = catch_unwind(AssertUnwindSafe(|| drop(registry.register_module(&more))));
    PANICS.set(false);
    assert!(panicked.is_err());
    registry.check().unwrap();
    assert_eq!(registry.view(), before);
    drop(registry.register_module(&more).unwrap());
    drop(held);
    registry.check().unwrap();
    assert_eq!(registry.stats().types, 0);
}
