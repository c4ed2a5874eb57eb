//! The types of WebAssembly 3.0, generic over how they refer to each other.
//!
//! `R` is a reference to another type: an index in a module, a position in a canonical group, or a
//! [`TypeIndex`](super::TypeIndex) of a registry. The structure is the same for all of them, so one
//! definition serves parsing, hash-consing and run time. It does not depend on the parser. `shared`
//! types cannot be represented.

mod map;
mod show;

use crate::collections::TryBox;

/// The type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ValType<R> {
    /// `i32`
    I32,
    /// `i64`
    I64,
    /// `f32`
    F32,
    /// `f64`
    F64,
    /// `v128`
    V128,
    /// `(ref …)`
    Ref(RefType<R>),
}

/// The type of a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RefType<R> {
    /// Whether it may be null.
    pub nullable: bool,
    /// What it refers to if it is not null.
    pub heap: HeapType<R>,
}

/// What a reference refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HeapType<R> {
    /// `any`
    Any,
    /// `eq`
    Eq,
    /// `i31`
    I31,
    /// `struct`
    Struct,
    /// `array`
    Array,
    /// `none`
    None,
    /// `func`
    Func,
    /// `nofunc`
    NoFunc,
    /// `extern`
    Extern,
    /// `noextern`
    NoExtern,
    /// `exn`
    Exn,
    /// `noexn`
    NoExn,
    /// A type that a module defines.
    Concrete {
        /// The kind of the type, so that no lookup is needed for it.
        kind: CompositeKind,
        /// The reference to the type.
        index: R,
    },
}

/// The kinds of types that a module defines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CompositeKind {
    /// A function type.
    Func,
    /// A struct type.
    Struct,
    /// An array type.
    Array,
    /// An exception type.
    Exn,
}

/// The type of a field of a struct, or of an array's elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldType<R> {
    /// Whether the field can be changed.
    pub mutable: bool,
    /// What is stored in it.
    pub storage: StorageType<R>,
}

/// What is stored in a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StorageType<R> {
    /// `i8`
    I8,
    /// `i16`
    I16,
    /// An unpacked value.
    Val(ValType<R>),
}

/// The type of a function.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FuncType<R> {
    /// The parameters, then the results.
    types: TryBox<[ValType<R>]>,
    params: usize,
}

impl<R> FuncType<R> {
    /// Makes a function type. The first `params` types are the parameters, the others the results.
    ///
    /// # Panics
    /// If there are fewer types than parameters.
    #[must_use]
    pub fn new(types: TryBox<[ValType<R>]>, params: usize) -> Self {
        assert!(params <= types.len(), "{params} parameters of {} types", types.len());
        Self { types, params }
    }

    /// The types of the parameters.
    #[must_use]
    pub fn params(&self) -> &[ValType<R>] {
        &self.types[..self.params]
    }

    /// The types of the results.
    #[must_use]
    pub fn results(&self) -> &[ValType<R>] {
        &self.types[self.params..]
    }
}

/// The structure of a type.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CompositeType<R> {
    /// A function.
    Func(FuncType<R>),
    /// A struct with these fields.
    Struct(TryBox<[FieldType<R>]>),
    /// An array of these elements.
    Array(FieldType<R>),
    /// An exception, whose fields are the parameters of a tag's function type.
    Exn(TryBox<[FieldType<R>]>),
}

impl<R> CompositeType<R> {
    /// The kind of the type.
    #[must_use]
    pub fn kind(&self) -> CompositeKind {
        match self {
            Self::Func(_) => CompositeKind::Func,
            Self::Struct(_) => CompositeKind::Struct,
            Self::Array(_) => CompositeKind::Array,
            Self::Exn(_) => CompositeKind::Exn,
        }
    }
}

/// A type as a module defines it: its structure and its supertype.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubType<R> {
    /// Whether it has no subtypes.
    pub is_final: bool,
    /// The type that it is declared to be a subtype of.
    pub supertype: Option<R>,
    /// The structure of the type.
    pub composite: CompositeType<R>,
}

impl<R> HeapType<R> {
    /// The top of the hierarchy that the type belongs to.
    #[must_use]
    pub fn top(&self) -> Self {
        match self {
            Self::Any | Self::Eq | Self::I31 | Self::Struct | Self::Array | Self::None => Self::Any,
            Self::Func | Self::NoFunc => Self::Func,
            Self::Extern | Self::NoExtern => Self::Extern,
            Self::Exn | Self::NoExn => Self::Exn,
            Self::Concrete { kind, .. } => match kind {
                CompositeKind::Func => Self::Func,
                CompositeKind::Struct | CompositeKind::Array => Self::Any,
                CompositeKind::Exn => Self::Exn,
            },
        }
    }
}
