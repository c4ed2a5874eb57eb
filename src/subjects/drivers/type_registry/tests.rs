//! Tests that the model detects a registry that shares or releases groups wrongly.

use super::super::modelled::Operands;
use super::groups::{self, Key};
use super::world::{Expected, Held};
use super::*;

fn world() -> (World<Dense>, Key) {
    let mut world = World::<Dense>::new(Before::Crowded, &[]);
    let key = groups::array(Operands { a: 0, b: 1, c: 0 }, None);
    assert_eq!(world.register(&key, Expected::Registered), Ok(Ok(())));
    assert_eq!(world.check(), Ok(()));
    (world, key)
}

#[track_caller]
fn says(world: &World<Dense>, what: &str) {
    let wrong = world.check().unwrap_err();
    assert!(wrong.contains(what), "{wrong}");
}

#[test]
fn a_group_without_a_handle_is_detected() {
    let (mut world, key) = world();
    world.model.release(&key);
    says(&world, "is registered, not GroupView");
    world.model.forget_unreachable();
    // The error is either the extra group or another group in its place.
    assert!(world.check().is_err());
}

#[test]
fn a_group_released_too_early_is_detected() {
    let (mut world, key) = world();
    let other = world.registry.register(&key).unwrap();
    assert_eq!(world.keep(Held::Group(other.clone())), Ok(()));
    // One handle more than the model knows, and one less.
    says(&world, "is registered, not GroupView");
    drop(other);
    assert_eq!(world.check(), Ok(()));
    let link = |_| None;
    let indices = world.registry.register(&key).unwrap().types().to_vec();
    assert_eq!(world.model.retain(&key, &indices, link), Ok(()));
    says(&world, "is registered, not GroupView");
}

#[test]
fn a_false_duplicate_is_detected() {
    let (mut world, key) = world();
    let wrong =
        world.model.retain(&key, &[crate::subjects::registry::TypeIndex::from_u32(99)], |_| None);
    assert_eq!(wrong, Err("a duplicate has other indices".into()));
    let in_use = world.pick_type(0).unwrap();
    let other = groups::array(Operands { a: 0, b: 2, c: 0 }, None);
    let wrong = world.model.retain(&other, &[in_use], |_| None);
    assert_eq!(wrong, Err("an index was given out that is in use".into()));
}

#[test]
fn a_wrong_answer_is_detected() {
    let (mut world, _) = world();
    let all = world.types();
    assert!(all.iter().all(|index| world.query(*index) == Ok(())));
    // The model of an empty registry, so every type is unexpected.
    world.model = Default::default();
    assert!(all.iter().all(|index| world.query(*index).is_err()));
    assert!(world.root(all[0]).is_err());
}
