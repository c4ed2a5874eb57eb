//! [`TypeLayout`]: the offsets of the fields of a struct, the elements of an array, and the
//! parameters of an exception.
//!
//! An object begins with a header of [`TypeLayout::HEADER`] bytes. The fields follow in order, each
//! at the next multiple of its size, which is a power of two. A reference takes
//! [`TypeLayout::REFERENCE`] bytes and is an index into the heap. An array has its length, a `u32`,
//! between the header and the elements. The alignment is that of the header or of the largest
//! field, and the size is a multiple of it.

use super::RegisterError;
use super::model::{CompositeType, FieldType, StorageType, ValType};
use crate::collections::{OutOfMemory, TryBox, TryClone, TryVec};

/// The size of an object and the offsets of its fields.
///
/// ```
/// use oom_sweep::registry::TypeLayout;
/// use oom_sweep::registry::model::{CompositeType, FieldType, StorageType, ValType};
///
/// let element = FieldType { mutable: true, storage: StorageType::Val(ValType::I64) };
/// let array = CompositeType::<u32>::Array(element);
/// let layout = TypeLayout::of(&array)?.expect("only functions have no layout");
/// assert_eq!((layout.size, layout.align), (16, 8));
/// assert_eq!(layout.fields[0].offset, 16);
/// # Ok::<(), oom_sweep::registry::RegisterError>(())
/// ```
#[derive(Debug, PartialEq, Eq)]
pub struct TypeLayout {
    /// The size of the object in bytes. For an array, the size of the part before the first
    /// element.
    pub size: u32,
    /// The alignment of the object in bytes.
    pub align: u32,
    /// The fields in order. For an array, only the first element; the others follow it without
    /// gaps.
    pub fields: TryBox<[FieldLayout]>,
}

/// The position of a field, and whether a garbage collector must trace it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldLayout {
    /// The distance from the start of the object, in bytes.
    pub offset: u32,
    /// The size in bytes.
    pub size: u32,
    /// Whether the field holds a reference of any hierarchy.
    pub is_reference: bool,
}

impl TypeLayout {
    /// The size of an object's header in bytes, and its alignment.
    pub const HEADER: u32 = 8;

    /// The size of a reference in a field in bytes, and its alignment.
    pub const REFERENCE: u32 = 4;

    /// Computes the layout of a type, or returns `None` for a function. An engine with another
    /// layout rule can keep its own layouts in a map from [`TypeIndex`](super::TypeIndex).
    ///
    /// O(fields). Makes one request, or none if there are no fields; an `Err` leaves nothing
    /// behind.
    ///
    /// # Errors
    /// Fails if the request fails, or refuses the type if its size does not fit `u32`.
    pub fn of<R>(ty: &CompositeType<R>) -> Result<Option<Self>, RegisterError> {
        match ty {
            CompositeType::Func(_) => Ok(None),
            CompositeType::Struct(fields) | CompositeType::Exn(fields) => {
                Self::of_fields(TypeLayout::HEADER, fields).map(Some)
            }
            CompositeType::Array(element) => {
                let mut layout =
                    Self::of_fields(TypeLayout::HEADER + 4, std::slice::from_ref(element))?;
                layout.size = layout.fields[0].offset;
                Ok(Some(layout))
            }
        }
    }

    /// Whether the size of the type fits `u32`. True for functions, which have no layout.
    /// O(fields), no request.
    pub(super) fn fits<R>(ty: &CompositeType<R>) -> bool {
        let (size, _) = match ty {
            CompositeType::Func(_) => return true,
            CompositeType::Struct(fields) | CompositeType::Exn(fields) => {
                measure(TypeLayout::HEADER, fields)
            }
            CompositeType::Array(element) => {
                measure(TypeLayout::HEADER + 4, std::slice::from_ref(element))
            }
        };
        u32::try_from(size).is_ok()
    }

    /// The layout of fields that begin at the offset `start`.
    fn of_fields<R>(start: u32, fields: &[FieldType<R>]) -> Result<Self, RegisterError> {
        let (size, align) = measure(start, fields);
        let size = u32::try_from(size).map_err(|_| TOO_LARGE)?;
        let mut placed = TryVec::with_capacity(fields.len())?;
        for (offset, size, is_reference) in place(start, fields) {
            // Fits, because it is less than the whole size, which fits `u32`.
            placed.push(FieldLayout { offset: offset as u32, size, is_reference })?;
        }
        let fields = placed.into_boxed_slice().map_err(|(oom, _)| oom)?;
        Ok(Self { size, align, fields })
    }
}

const TOO_LARGE: RegisterError =
    RegisterError::Refused { place: 0, why: "an object of more than 4 GiB" };

/// For each field: the offset, the size, and whether it holds a reference.
fn place<R>(start: u32, fields: &[FieldType<R>]) -> impl Iterator<Item = (u64, u32, bool)> {
    fields.iter().scan(u64::from(start), |end, field| {
        let (size, is_reference) = size_of_field(&field.storage);
        let offset = end.next_multiple_of(u64::from(size));
        *end = offset + u64::from(size);
        Some((offset, size, is_reference))
    })
}

/// The size and the alignment of an object with these fields.
fn measure<R>(start: u32, fields: &[FieldType<R>]) -> (u64, u32) {
    let (mut end, mut align) = (u64::from(start), TypeLayout::HEADER);
    for (offset, size, _) in place(start, fields) {
        (end, align) = (offset + u64::from(size), align.max(size));
    }
    (end.next_multiple_of(u64::from(align)), align)
}

/// The size of a field, and whether it holds a reference.
fn size_of_field<R>(storage: &StorageType<R>) -> (u32, bool) {
    match storage {
        StorageType::I8 => (1, false),
        StorageType::I16 => (2, false),
        StorageType::Val(ty) => match ty {
            ValType::I32 | ValType::F32 => (4, false),
            ValType::I64 | ValType::F64 => (8, false),
            ValType::V128 => (16, false),
            ValType::Ref(_) => (TypeLayout::REFERENCE, true),
        },
    }
}

impl TryClone for FieldLayout {
    fn try_clone(&self) -> Result<Self, OutOfMemory> {
        Ok(*self)
    }
}

impl TryClone for TypeLayout {
    fn try_clone(&self) -> Result<Self, OutOfMemory> {
        Ok(Self { fields: self.fields.try_clone()?, ..*self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::subjects::registry::TypeIndex;
    use crate::subjects::registry::model::{FuncType, HeapType, RefType};

    fn field(storage: StorageType<TypeIndex>) -> FieldType<TypeIndex> {
        FieldType { mutable: true, storage }
    }

    fn layout(ty: &CompositeType<TypeIndex>) -> TypeLayout {
        TypeLayout::of(ty).unwrap().unwrap()
    }

    #[test]
    fn fields_are_at_multiples_of_their_size() {
        let any = ValType::Ref(RefType { nullable: true, heap: HeapType::Any });
        let storages = [
            StorageType::I8,
            StorageType::I16,
            StorageType::Val(any),
            StorageType::Val(ValType::V128),
            StorageType::I8,
        ];
        let fields: TryBox<[_]> = TryBox::new(storages.map(field)).unwrap().into();
        let placed = layout(&CompositeType::Struct(fields));
        let places = placed.fields.iter().map(|field| (field.offset, field.is_reference));
        assert!(
            places.eq([(8, false), (10, false), (12, true), (16, false), (32, false)]),
            "{placed:?}"
        );
        assert_eq!((placed.size, placed.align), (48, 16));
        let none = layout(&CompositeType::Exn(TryBox::default()));
        assert_eq!((none.size, none.align, none.fields.len()), (8, 8, 0));
    }

    #[test]
    fn elements_follow_the_length() {
        let first = |storage| {
            let placed = layout(&CompositeType::Array(field(storage)));
            (placed.size, placed.fields[0].size)
        };
        assert_eq!(first(StorageType::I8), (12, 1));
        assert_eq!(first(StorageType::Val(ValType::I64)), (16, 8));
    }

    #[test]
    fn functions_have_no_layout() {
        let ty = CompositeType::<TypeIndex>::Func(FuncType::new(TryBox::default(), 0));
        assert_eq!(TypeLayout::of(&ty), Ok(None));
    }

    #[test]
    fn too_large_objects_are_refused() {
        let fields = [field(StorageType::Val(ValType::I64))];
        assert_eq!(TypeLayout::of_fields(u32::MAX - 8, &fields), Err(TOO_LARGE));
        assert!(TypeLayout::of_fields(u32::MAX - 15, &fields).is_ok());
        // The field fits, but the size rounded up to the alignment does not.
        let byte = [field(StorageType::I8)];
        assert_eq!(TypeLayout::of_fields(u32::MAX - 3, &byte), Err(TOO_LARGE));
    }
}
