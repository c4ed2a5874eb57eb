//! Generates modules of similar types: copies of whole groups, and groups that differ in one
//! detail. Purely random modules have almost no equal types and few subtypes.
//!
//! Every choice comes from an [`Unstructured`], so the input bytes determine the module.

use arbitrary::{Result, Unstructured};
use oom_sweep::collections::{TryBox, TryCollect};
use oom_sweep::registry::model::{
    CompositeKind, CompositeType, FieldType, FuncType, HeapType, RefType, StorageType, SubType,
    ValType,
};
use std::ops::Range;

/// The types of a module so far.
#[derive(Default)]
pub(crate) struct Alike {
    types: Vec<SubType<u32>>,
    /// For each type, the first type of which it is a copy, or itself.
    originals: Vec<u32>,
    groups: Vec<Range<u32>>,
}

impl Alike {
    /// Generates a valid module with `groups` groups.
    pub(crate) fn arbitrary(u: &mut Unstructured<'_>, groups: usize) -> Result<Self> {
        let mut module = Self::default();
        while module.groups.len() < groups {
            let start = module.len();
            match module.groups.is_empty() || u.ratio(1, 2)? {
                true => module.new_group(u)?,
                false => module.copy(u)?,
            }
            module.groups.push(start..module.len());
        }
        Ok(module)
    }

    pub(crate) fn types(&self) -> &[SubType<u32>] {
        &self.types
    }

    pub(crate) fn groups(&self) -> &[Range<u32>] {
        &self.groups
    }

    /// The module in the binary format.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut text = "(module".to_owned();
        for group in &self.groups {
            text += "(rec";
            for ty in &self.types[group.start as usize..group.end as usize] {
                text += &format!("(type {ty})");
            }
            text += ")";
        }
        wat::parse_str(text + ")").unwrap()
    }

    fn len(&self) -> u32 {
        self.types.len() as u32
    }

    /// Copies an existing group. References inside the group stay inside the copy. Each other
    /// reference goes to any copy of its target.
    fn copy(&mut self, u: &mut Unstructured<'_>) -> Result<()> {
        let group = u.choose(&self.groups)?.clone();
        let start = self.len();
        for index in group.clone() {
            let mut other = Ok(());
            let ty = self.types[index as usize].try_map(|to| match group.contains(&to) {
                true => to - group.start + start,
                false => self.copy_of(to, u).unwrap_or_else(|error| {
                    other = Err(error);
                    to
                }),
            });
            other?;
            self.types.push(ty.unwrap());
            self.originals.push(self.originals[index as usize]);
        }
        Ok(())
    }

    fn copy_of(&self, to: u32, u: &mut Unstructured<'_>) -> Result<u32> {
        let original = self.originals[to as usize];
        let copies: Vec<u32> =
            (0..).zip(&self.originals).filter(|of| *of.1 == original).map(|of| of.0).collect();
        u.choose(&copies).copied()
    }

    fn new_group(&mut self, u: &mut Unstructured<'_>) -> Result<()> {
        let mut kinds: Vec<_> = self.types.iter().map(|ty| ty.composite.kind()).collect();
        let len = u.int_in_range(0..=3)?;
        for _ in 0..len {
            let all = [CompositeKind::Func, CompositeKind::Struct, CompositeKind::Array];
            kinds.push(*u.choose(&all)?);
        }
        for index in self.types.len()..kinds.len() {
            let ty = self.new_type(u, &kinds, kinds[index])?;
            self.types.push(ty);
            self.originals.push(index as u32);
        }
        Ok(())
    }

    /// A new type of this kind. With a supertype, it contains everything that the supertype
    /// contains.
    fn new_type(
        &self,
        u: &mut Unstructured<'_>,
        kinds: &[CompositeKind],
        kind: CompositeKind,
    ) -> Result<SubType<u32>> {
        let may_be_above = |ty: &SubType<u32>| !ty.is_final && ty.composite.kind() == kind;
        let above: Vec<u32> =
            (0..).zip(&self.types).filter(|of| may_be_above(of.1)).map(|of| of.0).collect();
        let is_final = u.ratio(1, 4)?;
        let supertype = match above.last() {
            Some(_) if u.ratio(1, 3)? => Some(*u.choose(&above)?),
            // Makes long chains of subtypes.
            Some(last) if u.arbitrary()? => Some(*last),
            _ => None,
        };
        let parent = supertype.map(|index| &self.types[index as usize].composite);
        let composite = match (kind, parent) {
            (CompositeKind::Struct, parent) => {
                let mut fields = match parent {
                    Some(CompositeType::Struct(fields)) => fields.to_vec(),
                    _ => Vec::new(),
                };
                for _ in 0..u.int_in_range(0..=1)? {
                    fields.push(field(u, kinds)?);
                }
                CompositeType::Struct(boxed(fields))
            }
            (_, Some(CompositeType::Array(element))) => CompositeType::Array(*element),
            (_, Some(CompositeType::Func(ty))) => {
                let types = ty.params().iter().chain(ty.results()).copied().collect();
                CompositeType::Func(FuncType::new(boxed(types), ty.params().len()))
            }
            (CompositeKind::Array, _) => CompositeType::Array(field(u, kinds)?),
            _ => {
                let types = [value(u, kinds)?, value(u, kinds)?];
                let (len, params) = (u.int_in_range(0..=2)?, u.int_in_range(0..=2)?);
                let types = boxed(types[..len].to_vec());
                CompositeType::Func(FuncType::new(types, params.min(len)))
            }
        };
        Ok(SubType { is_final, supertype, composite })
    }
}

fn field(u: &mut Unstructured<'_>, kinds: &[CompositeKind]) -> Result<FieldType<u32>> {
    let storage = match u.ratio(1, 4)? {
        true => StorageType::I8,
        false => StorageType::Val(value(u, kinds)?),
    };
    Ok(FieldType { mutable: u.arbitrary()?, storage })
}

fn value(u: &mut Unstructured<'_>, kinds: &[CompositeKind]) -> Result<ValType<u32>> {
    let heap = match u.int_in_range(0..=3)? {
        0 => return Ok(ValType::I32),
        1 => *u.choose(&[HeapType::Any, HeapType::Func, HeapType::Extern, HeapType::Exn])?,
        _ => {
            let index = u.choose_index(kinds.len())?;
            HeapType::Concrete { kind: kinds[index], index: index as u32 }
        }
    };
    Ok(ValType::Ref(RefType { nullable: u.arbitrary()?, heap }))
}

fn boxed<T>(of: Vec<T>) -> TryBox<[T]> {
    of.into_iter().collect_fallible().unwrap()
}
