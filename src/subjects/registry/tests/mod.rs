//! Tests of the registry when memory suffices, in all layouts: which types are equal, what keeps a
//! type registered, and what queries return.
//!
//! `breaking` tests `check` itself, `failed_requests` the rollback of a registration.
//! `tests/type_registry` sweeps every operation.

mod breaking;
mod failed_requests;
#[cfg(loom)]
mod loom_tests;
mod matching;
mod races;

use super::*;
use crate::collections::TryBox;
use model::{CompositeType, SubType};

/// The types of a module in the text format.
pub(super) fn module(text: &str) -> ModuleTypes {
    let bytes = wat::parse_str(format!("(module {text})")).unwrap();
    ModuleTypes::parse(&bytes).unwrap()
}

pub(super) fn registry<T: Tables>() -> TypeRegistry<T> {
    TypeRegistry::new().unwrap()
}

/// Checks the invariants and the numbers of groups and types.
#[track_caller]
fn holds<T: Tables>(registry: &TypeRegistry<T>, groups: usize, types: usize) {
    registry.check().unwrap();
    let stats = registry.stats();
    assert_eq!((stats.groups, stats.types), (groups, types), "{:#?}", registry.view());
}

fn equal_groups_are_one<T: Tables>() {
    let registry = registry::<T>();
    let text = "(rec (type $a (sub (struct (field (ref null $b)))))
                     (type $b (array (mut (ref $a)))))
                (type (sub $a (struct (field (ref null $b)) (field i8))))
                (rec)";
    let first = registry.register_module(&module(text)).unwrap();
    holds(&registry, 3, 3);
    let shifted = module(&format!("(type (array i8)) {text}"));
    let second = registry.register_module(&shifted).unwrap();
    assert_eq!(&second.types()[1..], first.types());
    holds(&registry, 4, 4);
    drop(first);
    holds(&registry, 4, 4);
    drop(second);
    holds(&registry, 0, 0);
}

fn a_group_is_more_than_its_types<T: Tables>() {
    let registry = registry::<T>();
    let types = registry
        .register_module(&module(
            "(type (struct)) (rec (type (struct)) (type (array i8))) (type (array i8))
             (type (sub (struct))) (type (array (mut i8))) (type (array i16))",
        ))
        .unwrap();
    let mut indices = types.types().to_vec();
    indices.sort_unstable();
    indices.dedup();
    assert_eq!(indices.len(), 7);
    holds(&registry, 6, 7);
}

fn function_types_share_their_trampoline_type<T: Tables>() {
    let registry = registry::<T>();
    let types = registry
        .register_module(&module(
            "(type $s (struct)) (type $f (func (param (ref $s)) (result (ref null func))))
             (type (func (param eqref i32))) (type (func (param anyref i32)))
             (type (func (param (ref any)) (result funcref)))
             (rec (type (func)) (type (func)))",
        ))
        .unwrap();
    let [s, f, eq, any, own, left, right] = types.types() else { panic!("{types:?}") };
    let reader = registry.read();
    assert_eq!(reader.trampoline_type(*s), None);
    assert_eq!(reader.trampoline_type(*f), Some(*own));
    assert_eq!(reader.trampoline_type(*eq), Some(*any));
    assert_eq!(reader.trampoline_type(*any), Some(*any));
    assert_eq!(reader.trampoline_type(*left), reader.trampoline_type(*right));
    let shared = reader.trampoline_type(*left).unwrap();
    assert!(!types.types().contains(&shared));
    assert_eq!(reader.get(shared).unwrap().to_string(), "(func)");
    drop(reader);
    holds(&registry, 7, 8);
    let root = registry.root(*f).unwrap();
    drop(types);
    // The function, its trampoline type, and the struct that it refers to.
    holds(&registry, 3, 3);
    drop(root);
    holds(&registry, 0, 0);
}

fn subtypes_know_all_above_them<T: Tables>() {
    let registry = registry::<T>();
    let types = registry
        .register_module(&module(
            "(type $a (sub (struct))) (type $b (sub $a (struct (field i32))))
             (rec (type $c (sub $b (struct (field i32) (field (ref null $d)))))
                  (type $d (sub $c (struct (field i32) (field (ref $d))))))
             (type $e (sub $a (struct (field i64))))",
        ))
        .unwrap();
    let below: &[&[usize]] = &[&[], &[0], &[0, 1], &[0, 1, 2], &[0]];
    let roots: Vec<_> = types.types().iter().map(|index| registry.root(*index).unwrap()).collect();
    let reader = registry.read();
    for (a, above) in below.iter().enumerate() {
        for b in 0..below.len() {
            let expected = a == b || above.contains(&b);
            let (of, to) = (types.types()[a], types.types()[b]);
            assert_eq!(reader.is_subtype(of, to), expected, "{a} {b}");
            assert_eq!(roots[a].is_subtype_of(&roots[b]), expected, "{a} {b}");
        }
        let above: Vec<_> = above.iter().map(|b| types.types()[*b]).collect();
        assert_eq!(reader.supertypes(types.types()[a]), above);
    }
    drop(reader);
    drop((types, roots));
    holds(&registry, 0, 0);
}

fn long_chains_fall_without_recursion<T: Tables>() {
    let registry = registry::<T>();
    let mut last = None;
    for _ in 0..5_000 {
        let field = |index| model::FieldType {
            mutable: false,
            storage: model::StorageType::Val(model::ValType::Ref(model::RefType {
                nullable: true,
                heap: model::HeapType::Concrete { kind: model::CompositeKind::Struct, index },
            })),
        };
        let fields: TryBox<[_]> = match &last {
            None => TryBox::default(),
            Some(last) => {
                let last: &RegisteredGroup<T> = last;
                TryBox::new([field(GroupRef::Outside(last.types()[0]))]).unwrap().into()
            }
        };
        let composite = CompositeType::Struct(fields);
        let group = [SubType { is_final: true, supertype: None, composite }];
        last = Some(registry.register(&group).unwrap());
    }
    holds(&registry, 5_000, 5_000);
    drop(last);
    holds(&registry, 0, 0);
}

fn handles_outlive_the_registry<T: Tables>() {
    let registry = registry::<T>();
    let types = registry.register_module(&module("(type (struct)) (type (func))")).unwrap();
    let root = registry.root(types.types()[0]).unwrap();
    drop(registry);
    drop(types);
    let other = root.clone();
    drop(root);
    assert_eq!(other.group().key()[0].to_string(), "(struct)");
    assert_eq!(other.supertypes(), []);
}

fn what_is_wrong_is_refused<T: Tables>() {
    let registry = registry::<T>();
    let composite = || CompositeType::Struct(TryBox::default());
    let ty = |is_final, supertype| SubType { is_final, supertype, composite: composite() };
    let refused = |group: &[SubType<GroupRef>]| {
        assert!(
            matches!(registry.register(group), Err(RegisterError::Refused { .. })),
            "{group:?}"
        );
        holds(&registry, 0, 0);
    };
    refused(&[ty(true, Some(GroupRef::Inside(0)))]);
    refused(&[ty(true, None), ty(true, Some(GroupRef::Inside(0)))]);
    refused(&[ty(false, Some(GroupRef::Outside(TypeIndex::from_u32(0))))]);
    let chain = |len: u32| -> Vec<_> {
        let above = |place: u32| place.checked_sub(1).map(GroupRef::Inside);
        (0..len).map(|place| ty(false, above(place))).collect()
    };
    refused(&chain(65));
    drop(registry.register(&chain(64)).unwrap());
    let kind = model::CompositeKind::Func;
    let heap = model::HeapType::Concrete { kind, index: GroupRef::Inside(0) };
    let storage =
        model::StorageType::Val(model::ValType::Ref(model::RefType { nullable: true, heap }));
    let composite = CompositeType::Array(model::FieldType { mutable: true, storage });
    refused(&[SubType { is_final: true, supertype: None, composite }]);
}

macro_rules! in_all_layouts {
    ($($test:ident)*) => {$(
        mod $test {
            use super::*;

            #[test]
            fn dense() {
                super::$test::<Dense>();
            }
            #[test]
            fn hashed() {
                super::$test::<Hashed>();
            }
            #[test]
            fn ordered() {
                super::$test::<Ordered>();
            }
            #[test]
            fn array_of_structs() {
                super::$test::<ArrayOfStructs>();
            }
        }
    )*};
}

in_all_layouts! {
    equal_groups_are_one
    a_group_is_more_than_its_types
    function_types_share_their_trampoline_type
    subtypes_know_all_above_them
    long_chains_fall_without_recursion
    handles_outlive_the_registry
    what_is_wrong_is_refused
}

#[test]
fn unused_tables_have_no_bytes() {
    fn bytes<T: Tables>(text: &str) -> [bool; 3] {
        let registry = registry::<T>();
        let _types = registry.register_module(&module(text)).unwrap();
        let bytes = registry.stats().tables;
        [bytes.supertypes, bytes.trampolines, bytes.layouts].map(|bytes| bytes > 0)
    }
    fn all<T: Tables>() {
        assert_eq!(bytes::<T>("(type (func (param i32)))"), [false; 3]);
        assert_eq!(bytes::<T>("(type (func (param eqref)))"), [false, true, false]);
        assert_eq!(bytes::<T>("(type (array i8))"), [false, false, true]);
        let subtype = "(type $a (sub (struct))) (type (sub $a (struct)))";
        assert_eq!(bytes::<T>(subtype), [true, false, true]);
    }
    all::<Dense>();
    all::<Hashed>();
    all::<Ordered>();
}
