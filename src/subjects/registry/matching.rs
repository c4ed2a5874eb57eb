//! Validates a recursion group before its registration: its references exist and have the stated
//! kind, and every type matches its supertype.
//!
//! The rules are those of WebAssembly 3.0, "Validation, Matching". The parser has validated the
//! groups of modules, but a group may also come from elsewhere.

use super::canonical::Draft;
use super::error::RegisterError;
use super::group_ref::GroupRef;
use super::handle::is_subtype;
use super::layout::TypeLayout;
use super::model::{
    CompositeKind, CompositeType, FieldType, HeapType, RefType, StorageType, SubType, ValType,
};
use super::tables::Rows;

/// The greatest number of supertypes in the chain above a type.
pub const MAX_SUPERTYPES: usize = 63;

/// A recursion group to validate, and the registered types that it may refer to.
pub(super) struct Candidate<'a, R, F, T> {
    pub(super) draft: &'a Draft<'a, R, F>,
    pub(super) tables: &'a T,
}

/// An `Err` says what is wrong with a type.
type Outcome = Result<(), &'static str>;

impl<R: Copy, F: Fn(R) -> GroupRef, T: Rows> Candidate<'_, R, F, T> {
    /// Whether the group can be registered. O(size · depth), no request.
    ///
    /// # Errors
    /// Returns `Refused` with a description of what is wrong.
    pub(super) fn validate(&self) -> Result<(), RegisterError> {
        for (place, ty) in self.draft.types.iter().enumerate() {
            let place = u32::try_from(place).unwrap_or(u32::MAX);
            let refused = |why| RegisterError::Refused { place, why };
            self.validate_type(place, ty).map_err(refused)?;
        }
        Ok(())
    }

    fn validate_type(&self, place: u32, ty: &SubType<R>) -> Outcome {
        self.validate_references(&ty.composite)?;
        ensure(TypeLayout::fits(&ty.composite), "an object of more than 4 GiB")?;
        match ty.supertype {
            Some(parent) => self.validate_supertype(place, ty, self.to(parent)),
            None => Ok(()),
        }
    }

    /// Translates a reference of the group to that of its key.
    fn to(&self, reference: R) -> GroupRef {
        (self.draft.to)(reference)
    }

    /// The supertype of a type of the group.
    fn parent(&self, place: u32) -> Option<GroupRef> {
        self.draft.types[place as usize].supertype.map(&self.draft.to)
    }

    fn validate_references(&self, ty: &CompositeType<R>) -> Outcome {
        let mut is_valid = true;
        ty.for_each_value(|ty| {
            if let ValType::Ref(RefType { heap: HeapType::Concrete { kind, index }, .. }) = ty {
                is_valid &= self.kind(self.to(*index)) == Some(*kind);
            }
        });
        ensure(is_valid, "a reference to no type, or not to one of that kind")
    }

    fn validate_supertype(&self, place: u32, ty: &SubType<R>, parent: GroupRef) -> Outcome {
        let composite = &ty.composite;
        let (is_final, matches) = match parent {
            GroupRef::Inside(at) if at >= place => {
                return Err("a supertype that does not come before its subtype");
            }
            GroupRef::Inside(at) => {
                let parent = &self.draft.types[at as usize];
                (
                    parent.is_final,
                    self.composite_matches(composite, &parent.composite, &self.draft.to),
                )
            }
            GroupRef::Outside(index) => {
                let Some(parent) = self.tables.get(index) else {
                    return Err("a supertype that is not registered");
                };
                let matches =
                    self.composite_matches(composite, &parent.composite, GroupRef::Outside);
                (parent.is_final, matches)
            }
        };
        ensure(!is_final, "a supertype that is final")?;
        ensure(self.depth(parent) < MAX_SUPERTYPES, "a type with more than 63 supertypes")?;
        ensure(matches, "a type that does not match its supertype")
    }

    /// The number of supertypes of a type. The types before it in the group have at most 63.
    fn depth(&self, of: GroupRef) -> usize {
        let (mut depth, mut of) = (0, Some(of));
        while let Some(GroupRef::Inside(place)) = of {
            of = self.parent(place);
            depth += usize::from(of.is_some());
        }
        match of {
            Some(GroupRef::Outside(index)) => depth + self.tables.above(index).len(),
            _ => depth,
        }
    }

    fn kind(&self, reference: GroupRef) -> Option<CompositeKind> {
        Some(match reference {
            GroupRef::Inside(place) => self.draft.types.get(place as usize)?.composite.kind(),
            GroupRef::Outside(index) => self.tables.get(index)?.composite.kind(),
        })
    }

    /// Whether a type of the group matches the supertype. `to` translates the references of the
    /// supertype to those of the key.
    fn composite_matches<P: Copy>(
        &self,
        sub: &CompositeType<R>,
        sup: &CompositeType<P>,
        to: impl Fn(P) -> GroupRef,
    ) -> bool {
        let values = |sub: &ValType<R>, sup: &ValType<P>| (sub.map(&self.draft.to), sup.map(&to));
        let fields = |(sub, sup): (&FieldType<R>, &FieldType<P>)| {
            self.field(sub.map(&self.draft.to), sup.map(&to))
        };
        match (sub, sup) {
            (CompositeType::Func(sub), CompositeType::Func(sup)) => {
                let mut params = sub.params().iter().zip(sup.params()).map(|(a, b)| values(a, b));
                let mut results =
                    sub.results().iter().zip(sup.results()).map(|(a, b)| values(a, b));
                sub.params().len() == sup.params().len()
                    && sub.results().len() == sup.results().len()
                    && params.all(|(sub, sup)| self.value(sup, sub))
                    && results.all(|(sub, sup)| self.value(sub, sup))
            }
            (CompositeType::Struct(sub), CompositeType::Struct(sup))
            | (CompositeType::Exn(sub), CompositeType::Exn(sup)) => {
                sub.len() >= sup.len() && sub.iter().zip(&**sup).all(fields)
            }
            (CompositeType::Array(sub), CompositeType::Array(sup)) => fields((sub, sup)),
            _ => false,
        }
    }

    fn field(&self, sub: FieldType<GroupRef>, sup: FieldType<GroupRef>) -> bool {
        match (sub.mutable, sup.mutable) {
            (true, true) => sub.storage == sup.storage,
            (false, false) => match (sub.storage, sup.storage) {
                (StorageType::Val(sub), StorageType::Val(sup)) => self.value(sub, sup),
                (sub, sup) => sub == sup,
            },
            _ => false,
        }
    }

    fn value(&self, sub: ValType<GroupRef>, sup: ValType<GroupRef>) -> bool {
        match (sub, sup) {
            (ValType::Ref(sub), ValType::Ref(sup)) => {
                (sup.nullable || !sub.nullable) && self.heap(sub.heap, sup.heap)
            }
            (sub, sup) => sub == sup,
        }
    }

    fn heap(&self, sub: HeapType<GroupRef>, sup: HeapType<GroupRef>) -> bool {
        use HeapType::*;
        match (sub, sup) {
            (Concrete { index: sub, .. }, Concrete { index: sup, .. }) => self.concrete(sub, sup),
            (None, sup) => sup.top() == Any,
            (NoFunc, sup) => sup.top() == Func,
            (NoExtern, sup) => sup.top() == Extern,
            (NoExn, sup) => sup.top() == Exn,
            (sub, Any | Func | Extern | Exn) => sub.top() == sup,
            (I31 | Struct | Array, Eq) => true,
            (Concrete { kind, .. }, Eq) => {
                matches!(kind, CompositeKind::Struct | CompositeKind::Array)
            }
            (Concrete { kind, .. }, Struct) => kind == CompositeKind::Struct,
            (Concrete { kind, .. }, Array) => kind == CompositeKind::Array,
            (sub, sup) => sub == sup,
        }
    }

    /// Whether `sub` is `sup` or declared to be below it. Later types of the group are not
    /// validated yet, so the chain of supertypes may be too long or a cycle.
    fn concrete(&self, mut sub: GroupRef, sup: GroupRef) -> bool {
        for _ in 0..=MAX_SUPERTYPES {
            if sub == sup {
                return true;
            }
            sub = match (sub, sup) {
                (GroupRef::Inside(place), _) => match self.parent(place) {
                    Some(GroupRef::Inside(above)) if above >= place => return false,
                    Some(parent) => parent,
                    None => return false,
                },
                (GroupRef::Outside(_), GroupRef::Inside(_)) => return false,
                (GroupRef::Outside(sub), GroupRef::Outside(sup)) => {
                    let of = |index| (index, self.tables.above(index));
                    return is_subtype(of(sub), of(sup));
                }
            };
        }
        false
    }
}

fn ensure(condition: bool, otherwise: &'static str) -> Outcome {
    if condition { Ok(()) } else { Err(otherwise) }
}
