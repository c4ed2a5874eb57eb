//! Visits or replaces the references in a type.
//!
//! Copies use the fallible collections, so mapping a type returns the whole type or fails. The
//! result of mapping can be compared without making a copy.

use super::{CompositeType, FieldType, FuncType, HeapType, RefType, StorageType, SubType, ValType};
use crate::collections::{OutOfMemory, TryBox, TryVec};

impl<R: Copy> SubType<R> {
    /// Copies the type and replaces each reference by `to` of it.
    ///
    /// O(size). Makes one request for each list of types; an `Err` leaves nothing behind.
    pub fn try_map<S>(&self, mut to: impl FnMut(R) -> S) -> Result<SubType<S>, OutOfMemory> {
        Ok(SubType {
            is_final: self.is_final,
            supertype: self.supertype.map(&mut to),
            composite: self.composite.try_map(&mut to)?,
        })
    }

    /// Visits each reference to another type: first the supertype, then those in fields, elements,
    /// parameters and results, in order. O(size), no request.
    pub fn for_each_reference(&self, mut visit: impl FnMut(R)) {
        self.supertype.into_iter().for_each(&mut visit);
        self.composite.for_each_value(|ty| {
            // Mapping to `()` visits each reference.
            ty.map(&mut visit);
        });
    }
}

impl<R: Copy> SubType<R> {
    /// Whether [`try_map`](Self::try_map) would return a type equal to `other`. O(size), no
    /// request.
    pub(in crate::subjects::registry) fn is_as<S: PartialEq>(
        &self,
        mut to: impl FnMut(R) -> S,
        other: &SubType<S>,
    ) -> bool {
        self.is_final == other.is_final
            && self.supertype.map(&mut to) == other.supertype
            && match (&self.composite, &other.composite) {
                (CompositeType::Func(ty), CompositeType::Func(other)) => {
                    ty.params == other.params
                        && ty.types.len() == other.types.len()
                        && ty.types.iter().zip(&*other.types).all(|(a, b)| a.map(&mut to) == *b)
                }
                (CompositeType::Struct(fields), CompositeType::Struct(other))
                | (CompositeType::Exn(fields), CompositeType::Exn(other)) => {
                    fields.len() == other.len()
                        && fields.iter().zip(&**other).all(|(a, b)| a.map(&mut to) == *b)
                }
                (CompositeType::Array(element), CompositeType::Array(other)) => {
                    element.map(to) == *other
                }
                _ => false,
            }
    }
}

impl<R: Copy> CompositeType<R> {
    /// Visits each value type in fields, elements, parameters and results, in order. O(size), no
    /// request.
    pub fn for_each_value(&self, mut visit: impl FnMut(&ValType<R>)) {
        let mut stored = |field: &FieldType<R>| match &field.storage {
            StorageType::I8 | StorageType::I16 => {}
            StorageType::Val(ty) => visit(ty),
        };
        match self {
            Self::Func(ty) => ty.types.iter().for_each(visit),
            Self::Struct(fields) | Self::Exn(fields) => fields.iter().for_each(stored),
            Self::Array(element) => stored(element),
        }
    }

    fn try_map<S>(&self, to: &mut impl FnMut(R) -> S) -> Result<CompositeType<S>, OutOfMemory> {
        let fields =
            |fields: &[FieldType<R>], to: &mut _| list(fields, |field| field.map(&mut *to));
        Ok(match self {
            Self::Func(FuncType { types, params }) => CompositeType::Func(FuncType {
                types: list(types, |ty| ty.map(&mut *to))?,
                params: *params,
            }),
            Self::Struct(of) => CompositeType::Struct(fields(of, to)?),
            Self::Exn(of) => CompositeType::Exn(fields(of, to)?),
            Self::Array(element) => CompositeType::Array(element.map(&mut *to)),
        })
    }
}

/// Maps each element into a new list. Makes one request, or none for an empty list.
fn list<A, B>(of: &[A], mut make: impl FnMut(&A) -> B) -> Result<TryBox<[B]>, OutOfMemory> {
    let mut list = TryVec::with_capacity(of.len())?;
    for element in of {
        list.push(make(element))?;
    }
    list.into_boxed_slice().map_err(|(oom, _)| oom)
}

impl<R: Copy> FieldType<R> {
    /// Replaces the reference in the type, if any, by `to` of it.
    pub fn map<S>(self, to: impl FnMut(R) -> S) -> FieldType<S> {
        let storage = match self.storage {
            StorageType::I8 => StorageType::I8,
            StorageType::I16 => StorageType::I16,
            StorageType::Val(ty) => StorageType::Val(ty.map(to)),
        };
        FieldType { mutable: self.mutable, storage }
    }
}

impl<R: Copy> ValType<R> {
    /// Replaces the reference in the type, if any, by `to` of it.
    pub fn map<S>(self, to: impl FnMut(R) -> S) -> ValType<S> {
        match self {
            Self::I32 => ValType::I32,
            Self::I64 => ValType::I64,
            Self::F32 => ValType::F32,
            Self::F64 => ValType::F64,
            Self::V128 => ValType::V128,
            Self::Ref(RefType { nullable, heap }) => {
                ValType::Ref(RefType { nullable, heap: heap.map(to) })
            }
        }
    }
}

impl<R: Copy> HeapType<R> {
    /// Replaces the reference in the type, if any, by `to` of it.
    pub fn map<S>(self, mut to: impl FnMut(R) -> S) -> HeapType<S> {
        match self {
            Self::Any => HeapType::Any,
            Self::Eq => HeapType::Eq,
            Self::I31 => HeapType::I31,
            Self::Struct => HeapType::Struct,
            Self::Array => HeapType::Array,
            Self::None => HeapType::None,
            Self::Func => HeapType::Func,
            Self::NoFunc => HeapType::NoFunc,
            Self::Extern => HeapType::Extern,
            Self::NoExtern => HeapType::NoExtern,
            Self::Exn => HeapType::Exn,
            Self::NoExn => HeapType::NoExn,
            Self::Concrete { kind, index } => HeapType::Concrete { kind, index: to(index) },
        }
    }
}
