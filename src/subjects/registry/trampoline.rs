//! The trampoline type of a function type: each reference is generalised to the top of its
//! hierarchy and stays nullable or not. The type is final, has no supertype, and is alone in its
//! group.
//!
//! Functions whose types differ only in the targets of their references are called in the same way,
//! so they share the code compiled for the call.

use super::canonical::Key;
use super::group_ref::GroupRef;
use super::model::{CompositeType, FuncType, RefType, SubType, ValType};
use crate::collections::{OutOfMemory, TryBox, TryVec};

/// Makes the key of the trampoline type of a function type. O(size). Makes two requests; an `Err`
/// leaves nothing behind.
pub(super) fn trampoline_key(ty: &FuncType<GroupRef>) -> Result<Key, OutOfMemory> {
    let (params, results) = (ty.params(), ty.results());
    let mut types = TryVec::with_capacity(params.len() + results.len())?;
    for ty in params.iter().chain(results) {
        types.push(generalised(*ty))?;
    }
    let types = types.into_boxed_slice().map_err(|(oom, _)| oom)?;
    let composite = CompositeType::Func(FuncType::new(types, params.len()));
    Ok(TryBox::new([SubType { is_final: true, supertype: None, composite }])?.into())
}

/// Whether a group is a single type that is its own trampoline type. O(size), no request.
pub(super) fn is_trampoline(group: &[SubType<GroupRef>]) -> bool {
    match group {
        [SubType { is_final: true, supertype: None, composite: CompositeType::Func(ty) }] => {
            let mut types = ty.params().iter().chain(ty.results());
            types.all(|ty| *ty == generalised(*ty))
        }
        _ => false,
    }
}

fn generalised(ty: ValType<GroupRef>) -> ValType<GroupRef> {
    match ty {
        ValType::Ref(RefType { nullable, heap }) => {
            ValType::Ref(RefType { nullable, heap: heap.top() })
        }
        number => number,
    }
}
