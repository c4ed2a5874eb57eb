//! Sweeps operations on registered types, most of which make no request, and the registration of
//! single groups.

use crate::surroundings::{Hasher, Registry, module};
use oom_sweep::registry::{
    ArrayOfStructs, Dense, GroupRef, Hashed, ModuleError, ModuleTypes, Ordered, RegisterError,
    Tables, TypeCollection, View,
};
use oom_sweep::{FindingKind, Report, Scenario, Sweep};
use std::marker::PhantomData;
use std::ops::Range;

/// Several groups, references inside and outside, a subtype, a trampoline type.
const TYPES: &str = "(type $s (sub (struct (field i32)))) (rec
    (type $t (sub $s (struct (field i32) (field (ref null $u)))))
    (type $u (array (ref $t)))) (type (func (param (ref $t))))";

struct World<T: Tables> {
    types: TypeCollection<T, Hasher>,
    registry: Registry<T>,
}

impl<T: Tables> World<T> {
    fn new() -> Self {
        let registry = Registry::with_hasher(Hasher::default()).unwrap();
        let types = registry.register_module(&module(TYPES)).unwrap();
        Self { types, registry }
    }

    fn key(&self, group: usize) -> Vec<oom_sweep::registry::model::SubType<GroupRef>> {
        let group = self.types.groups().nth(group).unwrap();
        group.key().iter().map(|ty| ty.try_map(|to| to).unwrap()).collect()
    }
}

/// An operation on a registry. Its view is the view of the registry.
struct Operation<T: Tables, I> {
    prepare: fn(&World<T>) -> I,
    perform: fn(&World<T>, &I) -> Result<(), RegisterError>,
    layout: PhantomData<T>,
}

impl<T: Tables, I> Scenario for Operation<T, I> {
    type State = (World<T>, I);
    type Output = ();
    type Error = RegisterError;
    type View = View;

    fn setup(&self) -> Self::State {
        let world = World::new();
        let input = (self.prepare)(&world);
        (world, input)
    }

    fn exercise(&self, (world, input): &mut Self::State) -> Result<(), RegisterError> {
        (self.perform)(world, input)
    }

    fn check(&self, (world, _): &mut Self::State) -> Result<(), String> {
        world.registry.check()
    }

    fn view(&self, (world, _): &mut Self::State) -> View {
        world.registry.view()
    }
}

fn sweep<T: Tables, I>(
    name: &str,
    prepare: fn(&World<T>) -> I,
    perform: fn(&World<T>, &I) -> Result<(), RegisterError>,
) -> Report {
    let operation = Operation { prepare, perform, layout: PhantomData };
    let report = Sweep::new(name).allow_empty().run_scenario(&operation);
    report.assert_clean();
    assert!(report.is_complete(), "{report}");
    report
}

/// Runs a test in every layout.
macro_rules! in_all_layouts {
    ($test:ident) => {{
        $test::<Dense>();
        $test::<Hashed>();
        $test::<Ordered>();
        $test::<ArrayOfStructs>();
    }};
}

#[test]
fn a_duplicate_makes_no_request() {
    fn run<T: Tables>() {
        let report = sweep::<T, _>(
            "duplicate group",
            |world| [0, 1, 2].map(|group| world.key(group)),
            |world, keys| keys.iter().try_for_each(|key| world.registry.register(key).map(drop)),
        );
        assert_eq!(report.requests(), 0);
        // The two lists of the collection itself.
        let report = sweep::<T, _>(
            "duplicate module",
            |_| module(TYPES),
            |world, types| world.registry.register_module(types).map(drop),
        );
        assert_eq!(report.requests(), 2);
    }
    in_all_layouts!(run);
}

#[test]
fn what_is_registered_is_used_without_a_request() {
    fn run<T: Tables>() {
        let report = sweep::<T, _>(
            "use",
            |_| (),
            |world, ()| {
                for index in world.types.types() {
                    let root = world.registry.root(*index).unwrap();
                    let (group, other) = (root.group().clone(), root.clone());
                    drop(root);
                    assert!(other.is_subtype_of(&other) && group.types().contains(index));
                    let reader = world.registry.read();
                    assert!(reader.get(*index).is_some() && reader.is_subtype(*index, *index));
                    let _ = (reader.layout(*index), reader.trampoline_type(*index));
                    assert!(reader.supertypes(*index).len() < 2 && reader.types().count() == 5);
                }
                assert_eq!(world.registry.stats().types, 5);
                drop(world.types.groups());
                Ok(())
            },
        );
        assert_eq!(report.requests(), 0);
    }
    in_all_layouts!(run);
}

/// Dropping the last handle of a chain of references unregisters everything, while every request
/// fails.
#[test]
fn what_is_dropped_goes_without_a_request() {
    fn run<T: Tables>() {
        let report = sweep::<T, _>(
            "drop",
            |world| {
                std::cell::Cell::new(Some(world.registry.register_module(&module(MORE)).unwrap()))
            },
            |_, held| {
                drop(held.take());
                Ok(())
            },
        );
        assert_eq!(report.requests(), 0);
    }
    const MORE: &str = "(type $a (array f32)) (type $b (array (ref $a)))
        (type (func (param (ref $b)) (result (ref $a))))";
    in_all_layouts!(run);
}

#[test]
fn a_group_by_itself() {
    fn run<T: Tables>() {
        let report = sweep::<T, _>(
            "group",
            |world| {
                // A subtype of a supertype that stays registered.
                let text = "(type $s (sub (struct (field i32))))
                    (rec (type $t (sub $s (struct (field i32) (field (ref null $t)))))
                         (type (func (param (ref $t)) (result (ref eq)))))";
                let other = world.registry.register_module(&module(text)).unwrap();
                let group = other.groups().nth(1).unwrap();
                group.key().iter().map(|ty| ty.try_map(|to| to).unwrap()).collect::<Vec<_>>()
            },
            |world, key| world.registry.register(key).map(drop),
        );
        assert!(report.requests() > 5, "{report}");
    }
    in_all_layouts!(run);
}

/// Failed requests of the parser abort; those for the types made from its output do not.
#[test]
fn memory_that_runs_out_while_parsing_is_recognised() {
    let bytes =
        wat::parse_str(format!("(module {TYPES} (type $t2 (func)) (tag (type $t2)))")).unwrap();
    let report = Sweep::new("parse")
        .allow(FindingKind::Aborted)
        .run(|| ModuleTypes::parse(&bytes).map(drop));
    report.assert_clean();
    let aborted: usize = report.findings().iter().map(|finding| finding.plans().len()).sum();
    assert!(report.is_complete() && aborted > 0, "{report}");
    // All other runs returned an error that is recognised as out of memory.
    assert!(report.runs() > aborted as u64 + 10, "{} {aborted}", report.runs());
}

#[test]
fn groups_of_another_front_end() {
    let parsed = module(TYPES);
    let copy = |types: &[_]| -> Vec<_> {
        types
            .iter()
            .map(|ty: &oom_sweep::registry::model::SubType<u32>| ty.try_map(|to| to).unwrap())
            .collect()
    };
    let groups = parsed.groups().to_vec();
    let own = ModuleTypes::from_groups(copy(parsed.types()), groups.clone()).unwrap();
    let registry = Registry::<Dense>::with_hasher(Hasher::default()).unwrap();
    let (first, second) = (registry.register_module(&parsed), registry.register_module(&own));
    assert_eq!(first.unwrap().types(), second.unwrap().types());

    let out_of_order =
        |types: &[_], groups: Vec<std::ops::Range<u32>>| match ModuleTypes::from_groups(
            copy(types),
            groups,
        ) {
            Err(ModuleError::Unordered { ty }) => ty,
            other => panic!("{other:?}"),
        };
    assert_eq!(out_of_order(parsed.types(), vec![0..1, 1..2, 2..3, 3..4]), 1);
    assert_eq!(out_of_order(parsed.types(), vec![0..1, 2..4]), 1);
    assert_eq!(out_of_order(parsed.types(), vec![0..1, 1..3]), 3);
    assert_eq!(out_of_order(parsed.types(), vec![0..1, 1..3, 3..5]), 3);
    assert_eq!(out_of_order(&[], vec![Range { start: 1, end: 0 }]), 0);
    assert_eq!(out_of_order(&parsed.types()[1..], vec![Range { start: 0, end: 3 }; 2]), 3);
}
