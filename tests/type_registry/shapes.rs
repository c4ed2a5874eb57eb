//! Sweeps the registration of modules of many shapes.

use crate::surroundings::{
    Before, grows_by_a_duplicate, module, sweep_life, sweep_register, sweep_register_in,
};
use oom_sweep::registry::{ArrayOfStructs, Dense, Hashed, ModuleTypes, Ordered, TypeRegistry};
use std::fs;
use std::path::Path;

const CHAIN: &str = "(type $a (sub (struct))) (type $b (sub $a (struct (field i32))))
    (type $c (sub $b (struct (field i32 i64)))) (type (sub final $c (struct (field i32 i64 v128))))";
const CYCLE: &str = "(rec (type $l (sub (struct (field (ref null $l)) (field (ref $m)))))
    (type $m (sub $l (struct (field (ref null $m)) (field (ref $m)) (field i8))))
    (type $f (func (param (ref $l)) (result (ref null $f)))))";
const TRAMPOLINES: &str = "(type $s (struct)) (rec (type (func (param eqref) (result i31ref)))
    (type (func (param (ref $s)))) (type (func (param (ref func)))))
    (type (func (param anyref) (result anyref)))";
const EXCEPTIONS: &str = "(type $s (struct)) (type $t (func (param i32 (ref $s)))) (tag (type $t))";

#[test]
fn a_group() {
    sweep_register("array", &[module("(type (array (mut i16)))")]);
    sweep_register("function", &[module("(type (func (param i32) (result f64)))")]);
}

#[test]
fn an_empty_group() {
    sweep_register("empty group", &[module("(rec)")]);
}

#[test]
fn a_duplicate() {
    sweep_register("duplicate", &[module(CYCLE), module(CYCLE)]);
    let all = module(&format!("{CHAIN} (type (func (param eqref)))"));
    assert!(!grows_by_a_duplicate::<Dense>(&all));
    assert!(!grows_by_a_duplicate::<Hashed>(&all));
    assert!(!grows_by_a_duplicate::<Ordered>(&all));
    assert!(!grows_by_a_duplicate::<ArrayOfStructs>(&all));
}

#[test]
fn several_groups_of_which_a_later_one_fails() {
    let text = "(type $a (array i8)) (type $b (struct (field (ref $a))))
        (type (func (param (ref $b) (ref $a))))";
    sweep_register("three groups", &[module(text)]);
    // Some groups are already registered, and the trampoline type of another.
    sweep_register("partly there", &[module(TRAMPOLINES), module(CHAIN), module(text)]);
}

#[test]
fn subtypes() {
    sweep_register("chain", &[module(CHAIN)]);
}

#[test]
fn recursion() {
    sweep_register("cycle", &[module(CYCLE)]);
}

#[test]
fn trampolines() {
    sweep_register("trampolines", &[module(TRAMPOLINES)]);
    // The first and the last function share a trampoline type; a request after the first fails.
    let shared = "(rec (type (func (param eqref))) (type (func (param (ref eq))))
        (type (func (param i31ref)))) (type (struct))";
    sweep_register("a shared trampoline", &[module(shared)]);
}

#[test]
fn exceptions() {
    sweep_register("exceptions", &[module(EXCEPTIONS)]);
}

#[test]
fn modules_come_and_go() {
    sweep_life("life", &[module(CYCLE), module(TRAMPOLINES), module(CHAIN)]);
}

/// A real module in each layout, in a crowded registry only, because it is large.
#[test]
fn sqlite() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/secondary_map/sql-wasm.wasm");
    let types = ModuleTypes::parse(&fs::read(path).unwrap()).unwrap();
    assert_eq!(types.types().len(), 73);
    sweep_register_in("sqlite", &[types], &[Before::Crowded]);
}

/// The real modules together. Shared types are registered once and are unregistered with the last
/// module.
#[test]
fn real_modules_share_their_types() {
    let read = |name: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/secondary_map").join(name);
        ModuleTypes::parse(&fs::read(path).unwrap()).unwrap()
    };
    let names = ["sql-wasm.wasm", "source-map.wasm", "web-tree-sitter.debug.wasm"];
    let registry = <TypeRegistry>::new().unwrap();
    let mut held = Vec::new();
    let mut total = 0;
    for name in names {
        let types = read(name);
        total += types.types().len();
        held.push(registry.register_module(&types).unwrap());
        registry.check().unwrap();
    }
    let types = registry.stats().types;
    assert!(types < total, "{types} of {total}");
    while let Some(first) = held.pop() {
        drop(first);
        registry.check().unwrap();
    }
    assert_eq!(registry.stats().types, 0);
}
