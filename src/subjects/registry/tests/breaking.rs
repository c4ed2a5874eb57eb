//! Breaks each invariant that `check` verifies. `check` must report it.

use super::{GroupRef, module, registry};
use crate::collections::{TryArc, TryBox, TryVec};
use crate::subjects::registry::canonical::draft_of_key;
use crate::subjects::registry::group::Group;
use crate::subjects::registry::layout::TypeLayout;
use crate::subjects::registry::model::{
    CompositeKind, CompositeType, FieldType, HeapType, RefType, StorageType, SubType, ValType,
};
use crate::subjects::registry::state::State;
use crate::subjects::registry::tables::side::SideTable;
use crate::subjects::registry::tables::{Dense, Row, Rows};
use crate::subjects::registry::{TypeCollection, TypeIndex, TypeRegistry};
use std::hash::RandomState;
use std::mem::forget;

type Dented = State<Dense, RandomState>;

/// A valid registry with `$a`; `$b`, which is below it; an array; a function; its trampoline type;
/// and an empty group.
fn sound() -> (TypeRegistry, TypeCollection) {
    let registry = registry::<Dense>();
    let types = registry
        .register_module(&module(
            "(type $a (sub (struct))) (type $b (sub $a (struct (field i32))))
             (type (array (ref $a))) (type (func (param (ref $a)))) (rec)",
        ))
        .unwrap();
    registry.check().unwrap();
    (registry, types)
}

fn index(index: u32) -> TypeIndex {
    TypeIndex::from_u32(index)
}

fn group_of(state: &Dented, of: u32) -> Group {
    state.tables.group(index(of)).unwrap().clone()
}

/// The error of `check` after `change` was applied to a valid registry.
fn dent(change: impl FnOnce(&mut Dented)) -> String {
    let (registry, types) = sound();
    change(&mut registry.shared.write());
    let error = registry.check().unwrap_err();
    // The registry is broken, so nothing may be unregistered.
    forget((registry, types));
    error
}

#[track_caller]
fn says(what: &str, change: impl FnOnce(&mut Dented)) {
    let error = dent(change);
    assert!(error.contains(what), "{error}");
}

/// An array of references to a type of another group.
fn array_of(to: u32) -> SubType<GroupRef> {
    let heap =
        HeapType::Concrete { kind: CompositeKind::Array, index: GroupRef::Outside(index(to)) };
    let storage = StorageType::Val(ValType::Ref(RefType { nullable: true, heap }));
    let composite = CompositeType::Array(FieldType { mutable: true, storage });
    SubType { is_final: true, supertype: None, composite }
}

fn add_group(state: &mut Dented, key: &[SubType<GroupRef>], indices: TryBox<[TypeIndex]>) -> Group {
    let draft = draft_of_key(key);
    let hash = state.groups.hash(&draft);
    let group = Group::new(hash, draft.to_key().unwrap(), indices).unwrap();
    state.groups.reserve().unwrap();
    state.groups.insert(group.clone());
    group
}

/// Adds a group of one type without validation, at the index `at`, with a count of one.
fn plant(state: &mut Dented, at: u32, ty: &SubType<GroupRef>) {
    let indices = TryBox::new([index(at)]).unwrap().into();
    let group = add_group(state, std::slice::from_ref(ty), indices);
    let layout = TypeLayout::of(&ty.composite).unwrap();
    let ty = ty.try_map(|reference| reference.resolve(&[index(at)])).unwrap();
    let row = Row { ty, group, supertypes: None, trampoline: None, layout };
    assert_eq!(state.tables.insert(row), Ok(index(at)));
    state.drop_stack.reserve(state.tables.len()).unwrap();
}

#[test]
fn the_order_of_indices_is_as_the_tests_have_it() {
    let (registry, types) = sound();
    // The trampoline type is registered before the function that needs it.
    assert_eq!(types.types(), [0, 1, 2, 4].map(index));
    assert_eq!(registry.read().trampoline_type(index(4)), Some(index(3)));
}

#[test]
fn the_drop_stack_is_empty_and_has_room() {
    says("drop stack is not empty", |state| {
        let group = group_of(state, 0);
        state.drop_stack.push(group).unwrap();
    });
    says("drop stack has room for 0", |state| state.drop_stack = TryVec::new());
}

#[test]
fn free_slots_are_empty_everywhere() {
    says("is free and has a group", |state| drop(state.tables.types.remove(4)));
    says("type9 is free and has a layout", |state| {
        let layout = TypeLayout { size: 8, align: 8, fields: TryBox::default() };
        state.tables.layouts.insert(index(9), layout, 10).unwrap();
    });
    says("type9 is free and has supertypes", |state| {
        let above = TryArc::try_from(&[index(0)][..]).unwrap();
        state.tables.supertypes.insert(index(9), above, 10).unwrap();
    });
    says("type9 is free and has a trampoline", |state| {
        state.tables.trampolines.insert(index(9), index(3), 10).unwrap();
    });
    says("belongs to no group", |state| drop(take(state, 1)));
}

fn take(state: &mut Dented, of: u32) -> Option<Group> {
    state.tables.groups.take(index(of))
}

fn insert<V>(table: &mut impl SideTable<V>, of: u32, value: V) {
    drop(table.take(index(of)));
    table.insert(index(of), value, 10).unwrap();
}

#[test]
fn groups_and_types_belong_to_each_other() {
    says("does not link back", |state| {
        let other = group_of(state, 0);
        insert(&mut state.tables.groups, 1, other);
    });
    says("4 types in groups, 5 in the tables", |state| {
        let group = group_of(state, 2);
        state.groups.remove(&group);
    });
    // A group whose key is not registered.
    let stray = |state: &mut Dented, indices: TryBox<[TypeIndex]>| {
        let composite = CompositeType::Struct(TryBox::default());
        let key = [SubType { is_final: true, supertype: None, composite }];
        drop(add_group(state, &key, indices));
    };
    says("is in two groups", |state| stray(state, TryBox::new([index(0)]).unwrap().into()));
    says("a group of another length", |state| stray(state, TryBox::default()));
}

#[test]
fn a_registered_group_says_so() {
    says("is unregistered", |state| group_of(state, 0).set_unregistered());
}

#[test]
fn types_are_what_their_key_says() {
    says("not what its key says", |state| {
        let array = state.tables.types.get_mut(2).unwrap();
        array.is_final = false;
    });
    says("type5 refers to Some(type9), which is free", |state| plant(state, 5, &array_of(9)));
}

#[test]
fn counts_are_what_is_counted() {
    // Counted by its collection, the subtype, the array and the function.
    says("is counted 5 times, not 4", |state| group_of(state, 0).retain());
    says("is counted 3 times, not 4", |state| group_of(state, 0).set_count(3));
    says("is counted 2 times, not 1", |state| group_of(state, 3).retain());
    let (registry, types) = sound();
    let group = group_of(&registry.shared.read(), 2);
    assert!(registry.check().unwrap_err().contains("is counted 1 times, not 2"));
    drop(group);
    registry.check().unwrap();
    drop(types);
}

#[test]
fn a_group_with_count_zero_is_reported() {
    let (registry, types) = sound();
    let array = registry.root(index(2)).unwrap();
    forget(types);
    // Drops a pointer without decrementing the count, as after a leak.
    drop(array);
    registry.check().unwrap();
    group_of(&registry.shared.read(), 2).set_count(0);
    assert!(registry.check().unwrap_err().contains("is counted 0 times"));
    forget(registry);
}

/// After the last handle is dropped, nothing is left unless a count has no owner.
#[test]
fn a_group_counted_too_often_is_not_released() {
    let (registry, types) = sound();
    group_of(&registry.shared.read(), 2).retain();
    drop(types);
    assert_eq!(registry.stats().types, 2);
    assert!(registry.check().unwrap_err().contains("[type2] is counted 1 times, not 0"));
    group_of(&registry.shared.read(), 2).set_count(0);
    let group = group_of(&registry.shared.read(), 2);
    registry.shared.write().unregister(&group);
    registry.check().unwrap();
    assert_eq!(registry.stats().types, 0);
}

#[test]
fn wrong_lists_of_supertypes_are_reported() {
    let list = |of: &[u32]| {
        let of: Vec<_> = of.iter().map(|of| index(*of)).collect();
        TryArc::try_from(&of[..]).unwrap()
    };
    says("lists type2, where type0", |state| {
        insert(&mut state.tables.supertypes, 1, list(&[2]));
    });
    says("lists too few supertypes", |state| {
        insert(&mut state.tables.supertypes, 1, list(&[]));
    });
    says("list different supertypes", |state| {
        insert(&mut state.tables.supertypes, 1, list(&[2, 0]));
    });
    says("a list or a supertype only", |state| drop(state.tables.supertypes.take(index(1))));
    says("a list or a supertype only", |state| {
        insert(&mut state.tables.supertypes, 2, list(&[0]));
    });
}

#[test]
fn wrong_subtype_answers_are_reported() {
    let (registry, types) = sound();
    let state = registry.shared.read();
    // A relation that is too large, too small, and reversed.
    let error = state.check_subtyping(|_, _| true).unwrap_err();
    assert_eq!(error, "whether type0 is below type1 is said to be true");
    let error = state.check_subtyping(|of, to| of == to).unwrap_err();
    assert_eq!(error, "whether type1 is below type0 is said to be false");
    assert!(state.check_subtyping(|of, to| of <= to).is_err());
    drop((state, types));
}

#[test]
fn wrong_trampolines_are_reported() {
    says("has another trampoline", |state| insert(&mut state.tables.trampolines, 4, index(0)));
    says("has another trampoline", |state| insert(&mut state.tables.trampolines, 3, index(3)));
    says("has another trampoline", |state| insert(&mut state.tables.trampolines, 0, index(3)));
    says("has another trampoline", |state| {
        state.tables.trampolines.take(index(4)).unwrap();
    });
    says("the trampoline type of type4 is missing", |state| {
        let group = group_of(state, 3);
        state.groups.remove(&group);
        drop(state.tables.remove(index(3)));
    });
}

#[test]
fn wrong_layouts_are_reported() {
    let layout = || TypeLayout { size: 800, align: 8, fields: TryBox::default() };
    says("has another layout", |state| insert(&mut state.tables.layouts, 0, layout()));
    says("has another layout", |state| insert(&mut state.tables.layouts, 4, layout()));
    says("has another layout", |state| drop(state.tables.layouts.take(index(2))));
}

#[test]
fn cycles_between_groups_are_reported() {
    says("in a circle", |state| {
        // Each group is counted by the other. Everything else is correct.
        plant(state, 5, &array_of(6));
        plant(state, 6, &array_of(5));
    });
}

#[test]
fn two_groups_with_one_key_are_reported() {
    // The group has no types, so no check of types can report it.
    says("is not the one group of its key", |state| drop(add_group(state, &[], TryBox::default())));
}
