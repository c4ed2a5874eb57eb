//! Runs real threads, scheduled by the platform, without faults, in all layouts.

use std::sync::Barrier;
use std::thread;

use oom_sweep::registry::schedule::Scheduled;
use oom_sweep::registry::{ArrayOfStructs, Dense, Hashed, Ordered};

use crate::world::{Layout, Moody, Registry, module};

const THREADS: usize = 4;
const ROUNDS: usize = 500;

/// Modules that share some of their types.
const MODULES: [&str; 3] = [
    "(type $s (sub (struct))) (type $t (sub $s (struct (field i64)))) (type (func (param (ref $t))))",
    "(type $s (sub (struct))) (type $t (sub $s (struct (field i64)))) (type (func (param eqref)))",
    "(type $s (sub (struct))) (rec (type $l (struct (field (ref null $m)))) (type $m (array (ref $l))))
        (type (func (param (ref $s) (ref $l))))",
];

fn stress<T: Layout>() {
    let registry = Registry::<T>::with_hasher(Moody).unwrap();
    let modules = MODULES.map(module);
    let start = Barrier::new(THREADS);
    let work = |thread: usize| {
        start.wait();
        for round in 0..ROUNDS {
            let module = &modules[(thread + round) % modules.len()];
            let types = registry.register_module(module).unwrap();
            let first = types.types()[0];
            let roots: Vec<_> =
                types.types().iter().map(|index| registry.root(*index).unwrap()).collect();
            {
                let reader = registry.read();
                for (root, ty) in roots.iter().zip(module.types()) {
                    let registered = reader.get(root.index()).unwrap();
                    assert_eq!(registered.composite.kind(), ty.composite.kind());
                    assert_eq!(reader.supertypes(root.index()), root.supertypes());
                    assert_eq!(
                        reader.is_subtype(root.index(), first),
                        ty.supertype.is_some() || root.index() == first
                    );
                }
            }
            drop(types);
            let clones = roots.clone();
            drop(roots);
            assert!(clones[1].is_subtype_of(&clones[1]));
            // Another thread may or may not still keep it registered.
            let index = clones[0].index();
            drop(clones);
            drop(registry.root(index));
        }
    };
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let work = &work;
            scope.spawn(move || work(thread));
        }
    });
    registry.check().unwrap();
    let stats = registry.stats();
    assert_eq!((stats.groups, stats.types), (0, 0));
}

#[test]
fn dense() {
    stress::<Dense>();
}

#[test]
fn hashed() {
    stress::<Hashed>();
}

#[test]
fn ordered() {
    stress::<Ordered>();
}

#[test]
fn array_of_structs() {
    stress::<ArrayOfStructs>();
}

/// A registry with `Scheduled` works without a scheduler.
#[test]
fn scheduled() {
    stress::<Dense<Scheduled>>();
}
