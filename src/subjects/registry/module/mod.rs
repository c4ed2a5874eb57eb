//! [`ModuleTypes`]: the types of a WebAssembly module.
//!
//! Relies on `wasmparser` for reading and validating, and converts its types to those of `model`. A
//! failed request of `wasmparser` aborts, so the promises about allocation failure begin after
//! `parse` has returned. It does not look at code.

mod announced;
mod error;

use super::TypeIndex;
use super::canonical::{Draft, draft_of_module_group};
use super::group_ref::GroupRef;
use super::model::{
    CompositeKind, CompositeType, FieldType, FuncType, HeapType, RefType, StorageType, SubType,
    ValType,
};
use crate::collections::{OutOfMemory, TryBox, TryCollect};
use announced::check_announced;
pub use error::ModuleError;
use error::unsupported;
use std::collections::BTreeMap;
use std::ops::Range;
use wasmparser::{
    AbstractHeapType, CompositeInnerType, Encoding, Parser, Payload, RecGroup, TypeRef, Validator,
    WasmFeatures,
};

/// The types that a module defines, by recursion group. References are the module's own type
/// indices.
///
/// The exception types of tags come after the module's own types. There is one group for each
/// function type that a tag uses, not one for each tag, because a hostile module may have many tags
/// of one long type.
///
/// ```
/// use oom_sweep::registry::ModuleTypes;
///
/// // (module (type (func (param i32))) (type (array i8)))
/// let bytes = b"\0asm\x01\0\0\0\x01\x08\x02\x60\x01\x7f\0\x5e\x78\0";
/// let module = ModuleTypes::parse(bytes)?;
/// let types: Vec<String> = module.types().iter().map(ToString::to_string).collect();
/// assert_eq!(types, ["(func (param i32))", "(array i8)"]);
/// assert_eq!(module.groups(), [0..1, 1..2]);
///
/// let error = ModuleTypes::parse(&bytes[..12]).unwrap_err();
/// assert!(error.to_string().contains("at offset"), "{error}");
/// # Ok::<(), oom_sweep::registry::ModuleError>(())
/// ```
#[derive(Debug)]
pub struct ModuleTypes {
    types: Vec<SubType<u32>>,
    /// The types of each recursion group. The ranges are consecutive; some are empty.
    groups: Vec<Range<u32>>,
    /// The type of each tag's exception, imported tags first.
    tags: Vec<u32>,
}

impl ModuleTypes {
    /// Reads the types of a module and validates everything except its code. Uses memory
    /// proportional to the number of bytes. Aborts if a request fails.
    ///
    /// # Errors
    /// Fails if the module is malformed, invalid, or uses an unsupported feature: shared types,
    /// continuations, exact references, descriptors, components. The error has the offset of the
    /// byte.
    pub fn parse(bytes: &[u8]) -> Result<Self, ModuleError> {
        let mut reader = TypesReader::default();
        let mut validator = Validator::new_with_features(WasmFeatures::WASM3);
        for payload in Parser::new(0).parse_all(bytes) {
            let payload = payload?;
            if let Payload::Version { encoding: Encoding::Component, range, .. } = &payload {
                return Err(unsupported("a component, where a module should be", range.start));
            }
            check_announced(&payload, bytes)?;
            validator.payload(&payload)?;
            reader.read(payload)?;
        }
        Ok(reader.module)
    }

    /// Makes a module from types of another front end. The groups must be consecutive and must not
    /// refer to later groups. Registration validates everything else.
    ///
    /// O(size), no request.
    ///
    /// # Errors
    /// Returns the first type that is out of order.
    pub fn from_groups(
        types: Vec<SubType<u32>>,
        groups: Vec<Range<u32>>,
    ) -> Result<Self, ModuleError> {
        let mut end = 0;
        for group in &groups {
            let is_next = group.start == end && group.end >= end;
            let of_group = types.get(group.start as usize..group.end as usize);
            let Some(of_group) = of_group.filter(|_| is_next) else {
                return Err(ModuleError::Unordered { ty: end });
            };
            for (ty, index) in of_group.iter().zip(group.start..) {
                let mut is_ordered = true;
                ty.for_each_reference(|to| is_ordered &= to < group.end);
                if !is_ordered {
                    return Err(ModuleError::Unordered { ty: index });
                }
            }
            end = group.end;
        }
        if end as usize != types.len() {
            return Err(ModuleError::Unordered { ty: end });
        }
        Ok(Self { types, groups, tags: Vec::new() })
    }

    /// Makes the key of a group, for [`TypeRegistry::register`](super::TypeRegistry::register). The
    /// earlier types of the module have these indices in the registry.
    ///
    /// O(size). Makes one request for the list and one for each list in it; an `Err` leaves nothing
    /// behind.
    ///
    /// # Panics
    /// If there is no such group, or if it refers to an earlier type without an index.
    pub fn key(
        &self,
        group: usize,
        earlier: &[TypeIndex],
    ) -> Result<TryBox<[SubType<GroupRef>]>, OutOfMemory> {
        self.draft(group, earlier).to_key()
    }

    /// Makes the draft of a group.
    pub(super) fn draft<'a>(
        &'a self,
        group: usize,
        earlier: &'a [TypeIndex],
    ) -> Draft<'a, u32, impl Fn(u32) -> GroupRef + use<'a>> {
        draft_of_module_group(&self.types, self.groups[group].clone(), earlier)
    }

    /// The types, in the order of their indices.
    #[must_use]
    pub fn types(&self) -> &[SubType<u32>] {
        &self.types
    }

    /// The indices of each recursion group's types, in order. A group may be empty.
    #[must_use]
    pub fn groups(&self) -> &[Range<u32>] {
        &self.groups
    }

    /// The type of each tag's exception, imported tags first.
    #[must_use]
    pub fn tags(&self) -> &[u32] {
        &self.tags
    }
}

/// The state of the reader: what it has read so far.
#[derive(Default)]
struct TypesReader {
    module: ModuleTypes,
    /// The kind of each type. It is one group ahead of the types, because the types of a group
    /// refer to each other.
    kinds: Vec<CompositeKind>,
    /// The exception types, by their function types.
    exceptions: BTreeMap<u32, u32>,
}

impl Default for ModuleTypes {
    /// The types of an empty module: none.
    fn default() -> Self {
        Self { types: Vec::new(), groups: Vec::new(), tags: Vec::new() }
    }
}

impl TypesReader {
    /// Reads the types in a payload, which is valid.
    fn read(&mut self, payload: Payload<'_>) -> Result<(), ModuleError> {
        match payload {
            Payload::TypeSection(groups) => {
                for group in groups.into_iter_with_offsets() {
                    let (offset, group) = group?;
                    self.read_group(&group, offset)?;
                }
            }
            Payload::ImportSection(imports) => {
                for import in imports.into_imports_with_offsets() {
                    let (offset, import) = import?;
                    if let TypeRef::Tag(tag) = import.ty {
                        self.read_tag(tag.func_type_idx, offset)?;
                    }
                }
            }
            Payload::TagSection(tags) => {
                for tag in tags.into_iter_with_offsets() {
                    let (offset, tag) = tag?;
                    self.read_tag(tag.func_type_idx, offset)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn read_group(&mut self, group: &RecGroup, offset: u64) -> Result<(), ModuleError> {
        for ty in group.types() {
            self.kinds.push(match ty.composite_type.inner {
                CompositeInnerType::Func(_) => CompositeKind::Func,
                CompositeInnerType::Struct(_) => CompositeKind::Struct,
                CompositeInnerType::Array(_) => CompositeKind::Array,
                CompositeInnerType::Cont(_) => return Err(unsupported("continuations", offset)),
            });
        }
        let start = self.module.types.len() as u32;
        for ty in group.types() {
            if ty.composite_type.shared {
                return Err(unsupported("shared types", offset));
            }
            let composite = self.composite(&ty.composite_type.inner, offset)?;
            let supertype = ty.supertype_idxs.first().map(|index| self.index(index, offset));
            let supertype = supertype.transpose()?;
            self.module.types.push(SubType { is_final: ty.is_final, supertype, composite });
        }
        self.module.groups.push(start..self.module.types.len() as u32);
        Ok(())
    }

    fn composite(
        &self,
        ty: &CompositeInnerType,
        offset: u64,
    ) -> Result<CompositeType<u32>, ModuleError> {
        Ok(match ty {
            CompositeInnerType::Func(ty) => {
                let types = ty.params().iter().chain(ty.results());
                let types = types.map(|ty| self.value(*ty, offset)).collect_fallible();
                let types: Result<TryBox<[_]>, ModuleError> = types?;
                CompositeType::Func(FuncType::new(types?, ty.params().len()))
            }
            CompositeInnerType::Struct(ty) => {
                let fields = ty.fields.iter().map(|field| self.field(field, offset));
                let fields: Result<TryBox<[_]>, ModuleError> = fields.collect_fallible()?;
                CompositeType::Struct(fields?)
            }
            CompositeInnerType::Array(ty) => CompositeType::Array(self.field(&ty.0, offset)?),
            CompositeInnerType::Cont(_) => return Err(unsupported("continuations", offset)),
        })
    }

    fn field(
        &self,
        field: &wasmparser::FieldType,
        offset: u64,
    ) -> Result<FieldType<u32>, ModuleError> {
        let storage = match field.element_type {
            wasmparser::StorageType::I8 => StorageType::I8,
            wasmparser::StorageType::I16 => StorageType::I16,
            wasmparser::StorageType::Val(ty) => StorageType::Val(self.value(ty, offset)?),
        };
        Ok(FieldType { mutable: field.mutable, storage })
    }

    fn value(&self, ty: wasmparser::ValType, offset: u64) -> Result<ValType<u32>, ModuleError> {
        Ok(match ty {
            wasmparser::ValType::I32 => ValType::I32,
            wasmparser::ValType::I64 => ValType::I64,
            wasmparser::ValType::F32 => ValType::F32,
            wasmparser::ValType::F64 => ValType::F64,
            wasmparser::ValType::V128 => ValType::V128,
            wasmparser::ValType::Ref(ty) => ValType::Ref(RefType {
                nullable: ty.is_nullable(),
                heap: self.heap(ty.heap_type(), offset)?,
            }),
        })
    }

    fn heap(&self, ty: wasmparser::HeapType, offset: u64) -> Result<HeapType<u32>, ModuleError> {
        Ok(match ty {
            wasmparser::HeapType::Abstract { shared: true, .. } => {
                return Err(unsupported("shared types", offset));
            }
            wasmparser::HeapType::Abstract { ty, .. } => match ty {
                AbstractHeapType::Any => HeapType::Any,
                AbstractHeapType::Eq => HeapType::Eq,
                AbstractHeapType::I31 => HeapType::I31,
                AbstractHeapType::Struct => HeapType::Struct,
                AbstractHeapType::Array => HeapType::Array,
                AbstractHeapType::None => HeapType::None,
                AbstractHeapType::Func => HeapType::Func,
                AbstractHeapType::NoFunc => HeapType::NoFunc,
                AbstractHeapType::Extern => HeapType::Extern,
                AbstractHeapType::NoExtern => HeapType::NoExtern,
                AbstractHeapType::Exn => HeapType::Exn,
                AbstractHeapType::NoExn => HeapType::NoExn,
                AbstractHeapType::Cont | AbstractHeapType::NoCont => {
                    return Err(unsupported("continuations", offset));
                }
            },
            wasmparser::HeapType::Concrete(index) => {
                let index = index.as_module_index().and_then(|index| self.known(index));
                let (index, kind) = index.ok_or_else(|| unsupported("such a reference", offset))?;
                HeapType::Concrete { kind, index }
            }
            wasmparser::HeapType::Exact(_) => {
                return Err(unsupported("exact references", offset));
            }
        })
    }

    fn index(&self, index: &wasmparser::PackedIndex, offset: u64) -> Result<u32, ModuleError> {
        let index = index.as_module_index().and_then(|index| self.known(index));
        index.map(|(index, _)| index).ok_or_else(|| unsupported("such a supertype", offset))
    }

    /// The index and the kind of a type whose kind is known.
    fn known(&self, index: u32) -> Option<(u32, CompositeKind)> {
        self.kinds.get(index as usize).map(|kind| (index, *kind))
    }

    /// Reads the type of a tag and adds it unless another tag has the same. All of the module's own
    /// types must have been read.
    fn read_tag(&mut self, tag: u32, offset: u64) -> Result<(), ModuleError> {
        let index = match self.exceptions.get(&tag) {
            Some(index) => *index,
            None => self.add_exception(tag, offset)?,
        };
        self.module.tags.push(index);
        Ok(())
    }

    fn add_exception(&mut self, tag: u32, offset: u64) -> Result<u32, ModuleError> {
        let module = &mut self.module;
        let ty = module.types.get(tag as usize).map(|ty| &ty.composite);
        let Some(CompositeType::Func(ty)) = ty else {
            return Err(unsupported("a tag of no function type", offset));
        };
        let field =
            |ty: &ValType<u32>| FieldType { mutable: false, storage: StorageType::Val(*ty) };
        let composite = CompositeType::Exn(ty.params().iter().map(field).collect_fallible()?);
        let index = module.types.len() as u32;
        module.types.push(SubType { is_final: true, supertype: None, composite });
        module.groups.push(index..index + 1);
        self.exceptions.insert(tag, index);
        Ok(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module(sections: &[u8]) -> Vec<u8> {
        [b"\0asm\x01\0\0\0", sections].concat()
    }

    #[test]
    fn groups_types_and_tags() {
        // (type $f (func (param (ref null $f)))), (rec (type $s (sub (struct (field (ref $a)))))
        // (type $a (array (mut i8)))), (rec), (tag (type 3)) with (type (func (param i32)))
        let bytes = module(&[
            1, 27, 4, // four entries
            0x60, 1, 0x63, 0, 0, // $f, which refers to itself
            0x4e, 2, 0x50, 0, 0x5f, 1, 0x64, 2, 0, 0x5e, 0x78, 1, // $s and $a
            0x4e, 0, // no types
            0x60, 1, 0x7f, 0, // the tag's
            13, 3, 1, 0, 3, // one tag of type 3
        ]);
        let bytes = {
            // Sets the length byte of the type section.
            let mut bytes = bytes;
            bytes[9] = (bytes.len() - 10 - 5) as u8;
            bytes
        };
        let module = ModuleTypes::parse(&bytes).unwrap();
        let shown: Vec<String> = module.types().iter().map(ToString::to_string).collect();
        assert_eq!(
            shown,
            [
                "(func (param (ref null 0)))",
                "(sub (struct (field (ref 2))))",
                "(array (mut i8))",
                "(func (param i32))",
                "(exn (field i32))",
            ]
        );
        assert_eq!(module.groups(), [0..1, 1..3, 3..3, 3..4, 4..5]);
        assert_eq!(module.tags(), [4]);
    }

    #[test]
    fn errors_name_the_byte_offset() {
        let parse =
            |sections: &[u8]| ModuleTypes::parse(&module(sections)).unwrap_err().to_string();
        // A reference beyond the last type.
        let error = parse(&[1, 6, 1, 0x60, 1, 0x63, 9, 0]);
        assert_eq!(error, "unknown type 9: type index out of bounds, at offset 0xb");
        for end in 1..8 {
            let bytes = &[1, 6, 1, 0x60, 1, 0x63, 0, 0][..end];
            assert!(parse(bytes).contains("at offset 0x"), "{}", parse(bytes));
        }
        assert!(ModuleTypes::parse(b"").unwrap_err().to_string().ends_with("at offset 0x0"));
        let component = ModuleTypes::parse(b"\0asm\x0d\0\x01\0").unwrap_err().to_string();
        assert!(component.starts_with("not supported: a component"), "{component}");
        // `shared`.
        assert!(
            parse(&[1, 5, 1, 0x65, 0x60, 0, 0]).contains("shared"),
            "{}",
            parse(&[1, 5, 1, 0x65, 0x60, 0, 0])
        );
    }
}
