//! Each registration is all or nothing, whichever of its requests fails. `tests/type_registry`
//! sweeps all operations; these run within a second.

use super::{module, registry};
use crate::subjects::failing::each_request_fails;
use crate::subjects::registry::*;

/// Types of each kind: with supertypes, trampoline types and layouts, one and several to a group,
/// and a duplicate.
const NEW: &str = "(type $s (sub (struct (field i32))))
    (type $f (func (param (ref $s)) (result (ref null func))))
    (rec (type $a (sub $s (struct (field i32) (field (ref null $b)))))
         (type $b (array (mut (ref $a)))))
    (type (func (param (ref $b) (ref $f))))
    (type (sub $s (struct (field i32) (field i64))))
    (type (func (param (ref $s)) (result (ref null func))))";

/// Registries before the registration: empty, and with types that the new ones share or reuse.
const BEFORE: [&str; 3] = [
    "",
    "(type (sub (struct (field i32)))) (type (array i8))",
    "(type (array i16)) (type (func (param structref))) (type (func)) (type (struct))",
];

fn registration_is_all_or_nothing<T: Tables>() {
    let new = module(NEW);
    for before in BEFORE {
        let before = module(before);
        let setup = || {
            let registry = registry::<T>();
            let kept = registry.register_module(&before).unwrap();
            // Frees places in the tables.
            drop(registry.register_module(&new).unwrap());
            (registry, kept, None)
        };
        let fresh = || {
            let registry = registry::<T>();
            let kept = registry.register_module(&before).unwrap();
            (registry, kept, None)
        };
        let register = |state: &mut (TypeRegistry<T>, TypeCollection<T>, Option<_>)| {
            state.2 = Some(state.0.register_module(&new)?);
            Ok::<_, RegisterError>(())
        };
        let view = |state: &(TypeRegistry<T>, TypeCollection<T>, Option<TypeCollection<T>>)| {
            state.0.check().unwrap();
            let stats = state.0.stats();
            // The indices that come next are as before, too.
            let next = state.0.shared.read().tables.next_indices().take(12).collect::<Vec<_>>();
            let types = state.2.as_ref().map(|types| types.types().to_vec());
            (format!("{:?}", state.0.view()), stats.groups, stats.types, next, types)
        };
        each_request_fails(fresh, register, view);
        each_request_fails(setup, register, view);
    }
}

#[test]
fn dense() {
    registration_is_all_or_nothing::<Dense>();
}

#[test]
fn hashed() {
    registration_is_all_or_nothing::<Hashed>();
}

#[test]
fn ordered() {
    registration_is_all_or_nothing::<Ordered>();
}

#[test]
fn array_of_structs() {
    registration_is_all_or_nothing::<ArrayOfStructs>();
}
