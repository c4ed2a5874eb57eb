//! Encodes a type of a recursion group as 64-bit words for hashing, one word for each value or
//! field. A derived `Hash` would feed the hasher one word for each nested enum.
//!
//! Different types have different sequences, and no sequence is a prefix of another.

use super::group_ref::GroupRef;
use super::model::{
    CompositeKind, CompositeType, FieldType, HeapType, RefType, StorageType, SubType, ValType,
};

/// Visits the words of a type. `to` translates its references to those of the key. O(size), no
/// request.
pub(super) fn of_type<R: Copy>(
    ty: &SubType<R>,
    to: impl Fn(R) -> GroupRef,
    mut visit: impl FnMut(u64),
) {
    // Bits: 0 final, 1 whether there is a supertype, 2 and 3 the kind, 4 to 31 and 32 to 63 lengths.
    let mut head = |kind: CompositeKind, params: usize, len: usize| {
        let flags = u64::from(ty.is_final) | u64::from(ty.supertype.is_some()) << 1;
        visit(flags | (kind as u64) << 2 | (params as u64) << 4 | (len as u64) << 32);
        if let Some(supertype) = ty.supertype {
            visit(reference(to(supertype)));
        }
    };
    let kind = ty.composite.kind();
    match &ty.composite {
        CompositeType::Func(ty) => {
            let (params, results) = (ty.params(), ty.results());
            head(kind, params.len(), results.len());
            params.iter().chain(results).for_each(|ty| visit(value(ty.map(&to))));
        }
        CompositeType::Struct(fields) | CompositeType::Exn(fields) => {
            head(kind, 0, fields.len());
            fields.iter().for_each(|ty| visit(field(ty.map(&to))));
        }
        CompositeType::Array(element) => {
            head(kind, 0, 0);
            visit(field(element.map(to)));
        }
    }
}

/// Bits 0 to 8 are the kind of value type, bits 19 to 51 the reference.
fn value(ty: ValType<GroupRef>) -> u64 {
    match ty {
        ValType::I32 => 0,
        ValType::I64 => 1,
        ValType::F32 => 2,
        ValType::F64 => 3,
        ValType::V128 => 4,
        ValType::Ref(RefType { nullable, heap: to }) => {
            8 | u64::from(nullable) << 4 | heap(to) << 5
        }
    }
}

/// The bits of a [`value`], and bits 16 to 18 for packed storage and mutability.
fn field(ty: FieldType<GroupRef>) -> u64 {
    let storage = match ty.storage {
        StorageType::I8 => 1 << 16,
        StorageType::I16 => 2 << 16,
        StorageType::Val(ty) => value(ty),
    };
    storage | u64::from(ty.mutable) << 18
}

/// Bits 0 to 3 are the kind of heap type, bits 14 to 46 the reference of a concrete type.
fn heap(ty: HeapType<GroupRef>) -> u64 {
    match ty {
        HeapType::Any => 0,
        HeapType::Eq => 1,
        HeapType::I31 => 2,
        HeapType::Struct => 3,
        HeapType::Array => 4,
        HeapType::None => 5,
        HeapType::Func => 6,
        HeapType::NoFunc => 7,
        HeapType::Extern => 8,
        HeapType::NoExtern => 9,
        HeapType::Exn => 10,
        HeapType::NoExn => 11,
        // The kind is omitted because the reference determines it.
        HeapType::Concrete { index, .. } => 12 | reference(index) << 14,
    }
}

/// Encodes a reference in 33 bits.
fn reference(to: GroupRef) -> u64 {
    match to {
        GroupRef::Inside(place) => u64::from(place) << 1,
        GroupRef::Outside(index) => u64::from(index.as_u32()) << 1 | 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collections::TryBox;
    use crate::subjects::registry::TypeIndex;
    use crate::subjects::registry::model::FuncType;
    use std::collections::BTreeSet;

    fn references() -> Vec<GroupRef> {
        let places = [0, 1, 2, 1 << 20, u32::MAX];
        let outside = places.map(|index| GroupRef::Outside(TypeIndex::from_u32(index)));
        places.map(GroupRef::Inside).into_iter().chain(outside).collect()
    }

    fn values() -> Vec<ValType<GroupRef>> {
        let concrete = |index| HeapType::Concrete { kind: CompositeKind::Struct, index };
        let heaps = [
            HeapType::Any,
            HeapType::Eq,
            HeapType::I31,
            HeapType::Struct,
            HeapType::Array,
            HeapType::None,
            HeapType::Func,
            HeapType::NoFunc,
            HeapType::Extern,
            HeapType::NoExtern,
            HeapType::Exn,
            HeapType::NoExn,
        ];
        let heaps = heaps.into_iter().chain(references().into_iter().map(concrete));
        let refs = heaps.flat_map(|heap| {
            [true, false].map(|nullable| ValType::Ref(RefType { nullable, heap }))
        });
        let numbers = [ValType::I32, ValType::I64, ValType::F32, ValType::F64, ValType::V128];
        numbers.into_iter().chain(refs).collect()
    }

    fn words(ty: &SubType<GroupRef>) -> Vec<u64> {
        let mut words = Vec::new();
        of_type(ty, |to| to, |word| words.push(word));
        words
    }

    #[test]
    fn different_types_are_different_words() {
        let mut composites = Vec::new();
        let list = |types: &[ValType<GroupRef>]| -> TryBox<[_]> {
            TryBox::from(types.to_vec().into_boxed_slice())
        };
        for value in values() {
            for storage in [StorageType::Val(value), StorageType::I8, StorageType::I16] {
                for mutable in [true, false] {
                    let field = FieldType { mutable, storage };
                    composites.push(CompositeType::Array(field));
                    let one = || TryBox::new([field]).unwrap().into();
                    composites.extend([CompositeType::Struct(one()), CompositeType::Exn(one())]);
                }
            }
            for params in 0..3 {
                let types = list(&[value, ValType::I32]);
                composites.push(CompositeType::Func(FuncType::new(types, params)));
            }
        }
        composites.push(CompositeType::Func(FuncType::new(list(&[]), 0)));
        composites.extend([CompositeType::Struct(TryBox::default())]);
        let (mut seen, mut types) = (BTreeSet::new(), BTreeSet::new());
        for composite in composites {
            let mut ty = SubType { is_final: true, supertype: None, composite };
            for supertype in references().into_iter().map(Some).chain([None]) {
                ty.supertype = supertype;
                seen.insert(words(&ty));
                types.insert(format!("{ty:?}"));
            }
        }
        assert_eq!(seen.len(), types.len());
        let mut last: Option<&Vec<u64>> = None;
        for words in &seen {
            // In sorted order, a prefix comes directly before a sequence that it begins.
            assert!(last.is_none_or(|last| !words.starts_with(last)), "{last:?} {words:?}");
            last = Some(words);
        }
    }
}
