//! The recursion groups that operations register, made from their operands.
//!
//! The caller makes them outside the sweep, because the groups are not part of the registry. This
//! file knows no registered type except the one to which a group refers.

use super::super::modelled::Operands;
use crate::collections::{OutOfMemory, TryBox, TryCollect};
use crate::subjects::registry::model::{
    CompositeKind, CompositeType, FieldType, FuncType, HeapType, RefType, StorageType, SubType,
    ValType,
};
use crate::subjects::registry::{GroupRef, TypeIndex};
use std::sync::Arc;

/// A recursion group, as it is told from others.
pub(in crate::subjects::drivers) type Key = Arc<[SubType<GroupRef>]>;

type Type = SubType<GroupRef>;
type Value = ValType<GroupRef>;
type Field = FieldType<GroupRef>;
type Composite = CompositeType<GroupRef>;

/// The number of types in a chain that has the most supertypes.
const DEEPEST: u8 = crate::subjects::registry::MAX_SUPERTYPES as u8 + 1;

/// The registered type to which a group refers, and its kind.
pub(in crate::subjects::drivers) type Target = Option<(TypeIndex, CompositeKind)>;

pub(super) fn boxed<T>(of: Vec<T>) -> TryBox<[T]> {
    let boxed: Result<TryBox<[T]>, OutOfMemory> = of.into_iter().collect_fallible();
    boxed.expect("no fault in the set-up of a group")
}

/// A type that may have subtypes.
fn open(composite: Composite) -> Type {
    SubType { is_final: false, supertype: None, composite }
}

/// A final type.
fn last(composite: Composite) -> Type {
    SubType { is_final: true, supertype: None, composite }
}

fn reference(heap: HeapType<GroupRef>, id: u8) -> Value {
    ValType::Ref(RefType { nullable: id & 1 == 0, heap })
}

/// A value type for each number. Some are references to the target.
fn value(id: u8, target: Target) -> Value {
    let abstracts = [
        HeapType::Any,
        HeapType::Eq,
        HeapType::I31,
        HeapType::Func,
        HeapType::Extern,
        HeapType::Exn,
    ];
    match id % 16 {
        0 => ValType::I32,
        1 => ValType::I64,
        2 => ValType::F32,
        3 => ValType::F64,
        4 => ValType::V128,
        abstract_id @ 5..11 => reference(abstracts[usize::from(abstract_id) - 5], id),
        _ => match target {
            Some((index, kind)) => concrete(GroupRef::Outside(index), kind, id),
            None => reference(HeapType::Struct, id),
        },
    }
}

fn concrete(index: GroupRef, kind: CompositeKind, id: u8) -> Value {
    reference(HeapType::Concrete { kind, index }, id)
}

fn field(id: u8, target: Target) -> Field {
    let storage = match id % 20 {
        16 | 17 => StorageType::I8,
        18 | 19 => StorageType::I16,
        _ => StorageType::Val(value(id, target)),
    };
    FieldType { mutable: id & 32 != 0, storage }
}

/// `count` value types with consecutive numbers.
fn values(count: u8, first: u8, target: Target) -> impl Iterator<Item = Value> {
    (0..count).map(move |i| value(first.wrapping_add(i), target))
}

fn fields(count: u8, first: u8, target: Target) -> TryBox<[Field]> {
    boxed((0..count).map(|i| field(first.wrapping_add(i), target)).collect())
}

fn func(params: Vec<Value>, results: impl IntoIterator<Item = Value>) -> Composite {
    let count = params.len();
    let types = params.into_iter().chain(results).collect();
    CompositeType::Func(FuncType::new(boxed(types), count))
}

/// A function type of up to 3 parameters and 2 results.
pub(super) fn function(o: Operands, target: Target) -> Key {
    let params = values(o.a % 4, o.b, target).collect();
    let composite = func(params, values(o.a / 4 % 3, o.b ^ 5, target));
    [if o.a & 16 == 0 { last(composite) } else { open(composite) }].into()
}

/// A struct type of up to 4 fields.
pub(super) fn structure(o: Operands, target: Target) -> Key {
    let composite = CompositeType::Struct(fields(o.a % 5, o.b, target));
    [if o.a & 16 == 0 { open(composite) } else { last(composite) }].into()
}

pub(in crate::subjects::drivers) fn array(o: Operands, target: Target) -> Key {
    let composite = CompositeType::Array(field(o.b, target));
    [if o.a & 16 == 0 { open(composite) } else { last(composite) }].into()
}

/// The exception type of a tag with up to 3 parameters.
pub(super) fn exception(o: Operands, target: Target) -> Key {
    let field = |ty| FieldType { mutable: false, storage: StorageType::Val(ty) };
    let fields = values(o.a % 4, o.b, target).map(field).collect();
    [last(CompositeType::Exn(boxed(fields)))].into()
}

/// Up to 6 types. Each refers to the next, and the last refers to the first.
pub(super) fn cycle(o: Operands) -> Key {
    let count = 1 + o.a % 6;
    let kind = |place: u8| match (o.b.wrapping_add(place)) % 3 {
        0 => CompositeKind::Struct,
        1 => CompositeKind::Array,
        _ => CompositeKind::Func,
    };
    let ty = |place: u8| {
        let next = (place + 1) % count;
        let next = concrete(GroupRef::Inside(next.into()), kind(next), o.b / 3);
        let field = FieldType { mutable: true, storage: StorageType::Val(next) };
        open(match kind(place) {
            CompositeKind::Array => CompositeType::Array(field),
            CompositeKind::Func => func(vec![next], [next]),
            _ => CompositeType::Struct(boxed(vec![field])),
        })
    };
    (0..count).map(ty).collect()
}

/// A struct, functions that share a trampoline type, one with another trampoline type, and an
/// array.
pub(super) fn family(o: Operands, target: Target) -> Key {
    let own = |id| concrete(GroupRef::Inside(0), CompositeKind::Struct, id);
    let number = value(o.a % 5, None);
    [
        open(CompositeType::Struct(fields(o.a % 3, o.b, target))),
        last(func(vec![own(0), number], None)),
        last(func(vec![reference(HeapType::Eq, 0), number], None)),
        open(func(vec![own(1), number], [value(o.b, target)])),
        last(CompositeType::Array(field(o.b, target))),
    ]
    .into()
}

/// Structs, each a subtype of the one before it with one more field.
pub(super) fn chain(o: Operands, target: Target) -> Key {
    let below = |place: u8| SubType {
        is_final: o.b & 64 != 0 && place == o.a % 6,
        supertype: place.checked_sub(1).map(|above| GroupRef::Inside(above.into())),
        composite: CompositeType::Struct(fields(place, o.b, target)),
    };
    (0..=o.a % 6).map(below).collect()
}

/// A chain with the most supertypes allowed, or up to 7 more, as operand a says.
pub(super) fn deep(o: Operands) -> Key {
    let below = |place: u8| SubType {
        is_final: false,
        supertype: place.checked_sub(1).map(|above| GroupRef::Inside(above.into())),
        composite: CompositeType::Array(field(o.b, None)),
    };
    (0..DEEPEST + o.a % 8).map(below).collect()
}

/// A type that is declared below this one and matches it.
pub(super) fn subtype(
    o: Operands,
    parent: (TypeIndex, &SubType<TypeIndex>),
    target: Target,
) -> Key {
    let mut ty = below(parent);
    if let CompositeType::Struct(of) = &mut ty.composite {
        let own =
            of.iter().copied().chain([field(o.b, target)]).take(of.len() + usize::from(o.b % 2));
        *of = boxed(own.collect());
    }
    [SubType { is_final: o.c & 1 == 1, ..ty }].into()
}

/// A type that is declared below this one but does not match it.
pub(super) fn mismatch(parent: (TypeIndex, &SubType<TypeIndex>)) -> Key {
    let mut ty = below(parent);
    let flip = |of: &Field| FieldType { mutable: !of.mutable, ..*of };
    match &mut ty.composite {
        CompositeType::Array(element) => *element = flip(element),
        CompositeType::Func(of) => {
            let params = of.params().iter().copied().chain([ValType::V128]).collect();
            ty.composite = func(params, of.results().to_vec());
        }
        CompositeType::Struct(of) | CompositeType::Exn(of) if !of.is_empty() => {
            *of = boxed(of[1..].to_vec());
        }
        // Every struct matches an empty one, so use another kind.
        other => *other = func(Vec::new(), None),
    }
    [ty].into()
}

/// The same type again, declared below the first.
fn below((index, ty): (TypeIndex, &SubType<TypeIndex>)) -> Type {
    let ty = ty.try_map(GroupRef::Outside).expect("no fault in the set-up of a group");
    SubType { supertype: Some(GroupRef::Outside(index)), ..ty }
}

/// A type that is declared below this one, even if this one is final.
pub(super) fn below_final(parent: (TypeIndex, &SubType<TypeIndex>)) -> Key {
    [below(parent)].into()
}

/// An invalid group: a reference or a supertype names no type, or a type of another kind.
pub(super) fn invalid(o: Operands, target: Target) -> Key {
    let free = GroupRef::Outside(TypeIndex::from_u32(1 << 30));
    let holds = |value| {
        let field = FieldType { mutable: true, storage: StorageType::Val(value) };
        open(CompositeType::Struct(boxed(vec![field])))
    };
    let under =
        |above| SubType { supertype: Some(above), ..open(CompositeType::Struct(boxed(vec![]))) };
    let wrong_kind = match target {
        Some((index, CompositeKind::Exn)) => {
            concrete(GroupRef::Outside(index), CompositeKind::Func, 0)
        }
        Some((index, _)) => concrete(GroupRef::Outside(index), CompositeKind::Exn, 0),
        None => concrete(GroupRef::Inside(0), CompositeKind::Exn, 0),
    };
    // The first type is valid, so that the registry has something to roll back.
    let sound = last(func(vec![reference(HeapType::Eq, o.b)], None));
    let wrong = match o.a % 6 {
        0 => holds(concrete(free, CompositeKind::Struct, o.b)),
        1 => holds(concrete(GroupRef::Inside(2), CompositeKind::Struct, o.b)),
        2 => holds(wrong_kind),
        3 => under(free),
        4 => under(GroupRef::Inside(1)),
        _ => under(GroupRef::Inside(0)),
    };
    [sound, wrong].into()
}

/// The groups that a crowded registry dropped to leave gaps, and the groups that it holds.
pub(in crate::subjects::drivers) fn crowd() -> (Vec<Key>, Vec<Key>) {
    let o = |a, b| Operands { a, b, c: 0 };
    let gaps = vec![array(o(0, 35), None), function(o(2, 3), None), chain(o(3, 2), None)];
    let stay = vec![
        structure(o(3, 1), None),
        family(o(2, 4), None),
        cycle(o(3, 9)),
        exception(o(2, 3), None),
        function(o(7, 4), None),
    ];
    (gaps, stay)
}
