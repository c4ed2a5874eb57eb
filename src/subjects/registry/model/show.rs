//! `Display` for types, in the text format of WebAssembly.

use super::{CompositeType, FieldType, HeapType, RefType, StorageType, SubType, ValType};
use std::fmt::{self, Display, Formatter};

impl<R: Display> Display for ValType<R> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::I32 => f.write_str("i32"),
            Self::I64 => f.write_str("i64"),
            Self::F32 => f.write_str("f32"),
            Self::F64 => f.write_str("f64"),
            Self::V128 => f.write_str("v128"),
            Self::Ref(ty) => ty.fmt(f),
        }
    }
}

impl<R: Display> Display for RefType<R> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let null = if self.nullable { "null " } else { "" };
        write!(f, "(ref {null}{})", self.heap)
    }
}

impl<R: Display> Display for HeapType<R> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Any => "any",
            Self::Eq => "eq",
            Self::I31 => "i31",
            Self::Struct => "struct",
            Self::Array => "array",
            Self::None => "none",
            Self::Func => "func",
            Self::NoFunc => "nofunc",
            Self::Extern => "extern",
            Self::NoExtern => "noextern",
            Self::Exn => "exn",
            Self::NoExn => "noexn",
            Self::Concrete { index, .. } => return index.fmt(f),
        })
    }
}

impl<R: Display> Display for FieldType<R> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.mutable { write!(f, "(mut {})", self.storage) } else { self.storage.fmt(f) }
    }
}

impl<R: Display> Display for StorageType<R> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::I8 => f.write_str("i8"),
            Self::I16 => f.write_str("i16"),
            Self::Val(ty) => ty.fmt(f),
        }
    }
}

/// Writes ` (name a b)`, or nothing for an empty list.
fn list<T: Display>(f: &mut Formatter<'_>, name: &str, types: &[T]) -> fmt::Result {
    if types.is_empty() {
        return Ok(());
    }
    write!(f, " ({name}")?;
    types.iter().try_for_each(|ty| write!(f, " {ty}"))?;
    f.write_str(")")
}

/// Writes ` (field a) (field b)`.
fn fields<R: Display>(f: &mut Formatter<'_>, fields: &[FieldType<R>]) -> fmt::Result {
    fields.iter().try_for_each(|field| write!(f, " (field {field})"))
}

impl<R: Display> Display for CompositeType<R> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Func(ty) => {
                f.write_str("(func")?;
                list(f, "param", ty.params())?;
                list(f, "result", ty.results())?;
            }
            Self::Struct(of) => {
                f.write_str("(struct")?;
                fields(f, of)?;
            }
            Self::Array(element) => write!(f, "(array {element}")?,
            Self::Exn(of) => {
                f.write_str("(exn")?;
                fields(f, of)?;
            }
        }
        f.write_str(")")
    }
}

/// Omits `sub` for a final type without a supertype.
impl<R: Display> Display for SubType<R> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.is_final && self.supertype.is_none() {
            return self.composite.fmt(f);
        }
        f.write_str(if self.is_final { "(sub final " } else { "(sub " })?;
        if let Some(supertype) = &self.supertype {
            write!(f, "{supertype} ")?;
        }
        write!(f, "{})", self.composite)
    }
}
