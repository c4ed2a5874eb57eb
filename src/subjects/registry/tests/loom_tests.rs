//! The registry's lock and counts, in every order of steps that their orderings allow, with at most
//! [`PREEMPTIONS`] changes of thread that no wait forces.
//!
//! `scripts/loom.sh` runs these tests. `tests/type_registry_schedules` tries more operations in
//! other orders, but with atomics that are sequentially consistent.

use crate::subjects::registry::{Dense, ModuleTypes, TypeCollection, TypeRegistry};
use loom::thread;
use rustc_hash::FxBuildHasher;
use std::sync::Arc;

/// Two find every race of two threads that is known; the third is for those that are not.
const PREEMPTIONS: usize = 3;

type Registry = TypeRegistry<Dense, FxBuildHasher>;
type Types = TypeCollection<Dense, FxBuildHasher>;

fn explore(race: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(PREEMPTIONS);
    builder.max_branches = 100_000;
    builder.check(race);
}

/// The types of a module, for all runs of a race.
fn module(text: &str) -> Arc<ModuleTypes> {
    Arc::new(super::module(text))
}

fn registry() -> Registry {
    Registry::with_hasher(FxBuildHasher).expect("memory suffices")
}

fn register(registry: &Registry, module: &ModuleTypes) -> Types {
    registry.register_module(module).expect("memory suffices")
}

fn is_empty(registry: &Registry) {
    registry.check().expect("the registry is whole");
    let stats = registry.stats();
    assert_eq!((stats.groups, stats.types), (0, 0));
}

/// The last handle of a group is dropped while another thread registers a duplicate.
#[test]
fn a_duplicate_meets_the_last_drop() {
    let text = module("(type (struct))");
    explore(move || {
        let registry = registry();
        let first = register(&registry, &text);
        let (other, text) = (registry.clone(), text.clone());
        let thread = thread::spawn(move || {
            let second = register(&other, &text);
            assert_eq!(
                other.read().get(second.types()[0]).map(ToString::to_string).as_deref(),
                Some("(struct)")
            );
            drop(second);
        });
        drop(first);
        thread.join().expect("it does not panic");
        is_empty(&registry);
    });
}

/// Two threads register the same group at once, and drop it.
#[test]
fn two_duplicates_meet() {
    let text = module("(type (array i8))");
    explore(move || {
        let registry = registry();
        let (other, same) = (registry.clone(), text.clone());
        let thread = thread::spawn(move || register(&other, &same).types().to_vec());
        let ours = register(&registry, &text);
        thread.join().expect("it does not panic");
        assert_eq!(registry.stats().types, 1);
        drop(ours);
        is_empty(&registry);
    });
}

/// Two handles of one group are the last ones of two threads.
#[test]
fn two_last_drops_meet() {
    let text = module("(type (struct)) (type (array i8))");
    explore(move || {
        let registry = registry();
        let types = register(&registry, &text);
        let handles = [0, 1].map(|_| registry.root(types.types()[0]).expect("it is there"));
        drop(types);
        let threads = handles.map(|handle| thread::spawn(move || drop(handle)));
        for thread in threads {
            thread.join().expect("it does not panic");
        }
        is_empty(&registry);
    });
}

/// A handle is made for a type of which another thread drops the last one.
#[test]
fn a_root_meets_the_last_drop() {
    let text = module("(type (struct))");
    explore(move || {
        let registry = registry();
        let types = register(&registry, &text);
        let (other, index) = (registry.clone(), types.types()[0]);
        let thread = thread::spawn(move || {
            if let Some(root) = other.root(index) {
                assert_eq!(root.group().key().len(), 1);
            }
        });
        drop(types);
        thread.join().expect("it does not panic");
        is_empty(&registry);
    });
}

/// A thread has dropped the last handle, and waits for the lock to unregister the group. Meanwhile
/// another thread registers a duplicate, unregisters it, and puts another type in its place.
#[test]
fn a_late_unregistration_spares_the_next_type() {
    let (first, next) = (module("(type (struct))"), module("(type (array i8))"));
    explore(move || {
        let registry = registry();
        let types = register(&registry, &first);
        let (other, first, next) = (registry.clone(), first.clone(), next.clone());
        let thread = thread::spawn(move || {
            drop(register(&other, &first));
            register(&other, &next)
        });
        drop(types);
        let kept = thread.join().expect("it does not panic");
        registry.check().expect("the registry is whole");
        assert_eq!(registry.stats().types, 1);
        drop(kept);
        is_empty(&registry);
    });
}
