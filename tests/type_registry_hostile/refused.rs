//! Tests invalid types, unsupported types, and types at a limit.

use crate::bytes::{
    ARRAY, FUNC, I32, REC, REF_NULL, STRUCT, SUB, leb, module, section, text, types,
};
use crate::outcome::outcome;
use oom_sweep::collections::{TryBox, TryCollect};
use oom_sweep::registry::model::{CompositeType, SubType};
use oom_sweep::registry::{GroupRef, ModuleTypes, RegisterError, TypeRegistry};

#[track_caller]
fn refused(bytes: &[u8], expected: &str) {
    let error = outcome(bytes).unwrap_err();
    assert!(error.starts_with(expected), "{error}");
    assert!(error.contains(", at offset 0x"), "{error}");
}

/// A chain of types with at most this many supertypes.
fn chain(supertypes: u32) -> Vec<u8> {
    let mut items = vec![SUB, 0, STRUCT, 0];
    for parent in 0..supertypes {
        items.extend([&[SUB, 1][..], &leb(parent), &[STRUCT, 0]].concat());
    }
    items
}

#[test]
fn chains_of_subtypes_at_the_limit_and_past_it() {
    assert_eq!(outcome(&types(64, &chain(63))), Ok(64));
    let expected = "sub type hierarchy too deep: found depth 64, cannot exceed depth 63";
    refused(&types(65, &chain(64)), expected);
    // The same chain in one group.
    let group = |len: u32| types(1, &[vec![REC], leb(len), chain(len - 1)].concat());
    assert_eq!(outcome(&group(64)), Ok(64));
    refused(&group(65), expected);
}

#[test]
fn supertypes_that_are_none() {
    let own = [SUB, 1, 0, STRUCT, 0];
    let later = "supertypes must be defined before subtypes";
    refused(&types(1, &own), later);
    refused(&types(1, &[&[REC, 1][..], &own].concat()), later);
    // A cycle of supertypes.
    refused(&types(1, &[REC, 2, SUB, 1, 1, STRUCT, 0, SUB, 1, 0, STRUCT, 0]), later);
    // A supertype of a later group, a supertype that does not exist, several supertypes.
    refused(&types(2, &[SUB, 1, 1, STRUCT, 0, SUB, 0, STRUCT, 0]), later);
    refused(&types(1, &[SUB, 1, 0xff, 0xff, 0x3f, STRUCT, 0]), later);
    refused(&types(1, &[SUB, 1, 0xff, 0xff, 0xff, 0xff, 0x0f, STRUCT, 0]), "type index greater");
    let two = [SUB, 0, STRUCT, 0, SUB, 0, STRUCT, 0, SUB, 2, 0, 1, STRUCT, 0];
    refused(&types(3, &two), "multiple supertypes");
    // A supertype that is final, of another kind, or with other fields.
    refused(&types(2, &[STRUCT, 0, SUB, 1, 0, STRUCT, 0]), "sub type cannot have a final super");
    refused(&types(2, &[SUB, 0, STRUCT, 0, SUB, 1, 0, FUNC, 0, 0]), "sub type must match");
    refused(&types(2, &[SUB, 0, ARRAY, I32, 0, SUB, 1, 0, ARRAY, I32, 1]), "sub type must match");
}

#[test]
fn references_to_nothing() {
    refused(&types(1, &[STRUCT, 1, REF_NULL, 1, 0]), "unknown type 1: type index out of bounds");
    // A group may refer forward only to its own types.
    let forward = [REC, 1, STRUCT, 1, REF_NULL, 1, 0, REC, 1, STRUCT, 1, REF_NULL, 0, 0];
    refused(&types(2, &forward), "unknown type 1");
    assert_eq!(outcome(&types(1, &[REC, 2, STRUCT, 1, REF_NULL, 1, 0, STRUCT, 0])), Ok(2));
    refused(&types(1, &[ARRAY, REF_NULL, 0xff, 0xff, 0xff, 0xff, 0x0f, 0]), "type index greater");
    // A tag whose type is not a function.
    let tag = |ty| module(&[section(1, 1, &[STRUCT, 0]), section(13, 1, &[0, ty])]);
    refused(&tag(0), "type index 0 is not a function type");
    refused(&tag(9), "unknown type 9");
}

#[test]
fn what_is_not_supported() {
    refused(&types(1, &[0x65, FUNC, 0, 0]), "shared composite types");
    refused(&types(1, &[STRUCT, 1, 0x65, 0x6e, 0]), "shared");
    refused(&types(2, &[FUNC, 0, 0, 0x5d, 0]), "cannot define continuation types");
    refused(&types(1, &[STRUCT, 1, 0x68, 0]), "continuation refs not supported");
    refused(&types(2, &[STRUCT, 0, STRUCT, 1, 0x62, 0, 0]), "unexpected exact type");
    let descriptors = types(1, &[REC, 2, 0x4d, 1, STRUCT, 0, 0x4c, 0, STRUCT, 0]);
    refused(&descriptors, "custom descriptors proposal must be enabled");
    refused(b"\0asm\x0d\0\x01\0", "not supported: a component, where a module should be");
    let nested = [&b"\0asm\x0d\0\x01\0\x04\x08"[..], b"\0asm\x0d\0\x01\0"].concat();
    refused(&nested, "not supported: a component");
}

#[test]
fn what_is_no_module() {
    for bytes in [&b""[..], b"\0", b"\0asm", b"\0asm\x01\0\0"] {
        refused(bytes, "unexpected end-of-file");
    }
    refused(b"\0asm\x02\0\0\0", "unknown binary version: 0x2, at offset 0x4");
    for bytes in [&b"(module)"[..], &[0xff; 64]] {
        refused(bytes, "magic header not detected: bad magic number - expected=[ 0x0, 0x61, ");
    }
    // Sections that are duplicated, in the wrong order, or unknown.
    let func = section(1, 1, &[FUNC, 0, 0]);
    refused(&module(&[func.clone(), func.clone()]), "section out of order");
    refused(&module(&[section(3, 0, &[]), func]), "section out of order");
    refused(&module(&[vec![99, 0]]), "malformed section id: 99");
}

/// Errors quote names of a module on one line.
#[test]
fn names_with_lines_of_their_own() {
    let export = b"\x05a\n\x1b\xc2\x85\0\0";
    let bytes = module(&[
        section(1, 1, &[FUNC, 0, 0]),
        section(3, 1, &[0]),
        section(7, 2, &export.repeat(2)),
        section(10, 1, &[2, 0, 0x0b]),
    ]);
    refused(&bytes, "duplicate export name `a \u{fffd} ` already defined");
}

/// The parser does not recurse. It ignores code and reads expressions without recursion.
#[test]
fn deep_nesting() {
    let nested = |begin: &[u8], middle: &[u8], end: &[u8], count: usize| {
        [&begin.repeat(count)[..], middle, &end.repeat(count), &[0x0b]].concat()
    };
    let blocks = nested(&[0x02, 0x40], &[], &[0x0b], 100_000);
    let body = [vec![0], blocks].concat();
    let code = [leb(body.len() as u32), body].concat();
    let func = [section(1, 1, &[FUNC, 0, 0]), section(3, 1, &[0])].concat();
    assert_eq!(outcome(&module(&[func, section(10, 1, &code)])), Ok(1));
    let sum = nested(&[0x41, 0], &[0x41, 0], &[0x6a], 100_000);
    let global = [vec![I32, 0], sum].concat();
    assert_eq!(outcome(&module(&[section(6, 1, &global)])), Ok(0));
}

/// A registry refuses such types also if they do not come from a module, and stays as it was.
#[test]
fn a_registry_that_refuses_is_as_it_was() {
    let registry = <TypeRegistry>::new().unwrap();
    let others = ModuleTypes::parse(&text("(type (sub (struct))) (type (func))")).unwrap();
    let others = registry.register_module(&others).unwrap();
    let before = registry.view();
    let func = || {
        let none: TryBox<[_]> = std::iter::empty().collect_fallible().unwrap();
        CompositeType::Func(oom_sweep::registry::model::FuncType::new(none, 0))
    };
    let below = |supertype| SubType { is_final: false, supertype, composite: func() };
    let outside = GroupRef::Outside(others.types()[0]);
    let refused = [
        vec![below(Some(GroupRef::Inside(0)))],
        vec![below(None), below(Some(GroupRef::Inside(2))), below(None)],
        vec![below(Some(GroupRef::Inside(u32::MAX)))],
        // A supertype of another kind.
        vec![below(None), below(Some(outside))],
        // Too many supertypes: the whole group is refused because of its last type.
        (0..65_u32).map(|at| below(at.checked_sub(1).map(GroupRef::Inside))).collect(),
    ];
    for group in refused {
        let error = registry.register(&group).unwrap_err();
        assert!(matches!(error, RegisterError::Refused { .. }), "{error}");
        registry.check().unwrap();
        assert_eq!(registry.view(), before, "{error}");
    }
}
