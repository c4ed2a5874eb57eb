//! Generates modules for loading, any number of them, in which no two types are equal.
//!
//! `wasm-encoder` writes the modules and the registry's own front end reads them, so they are real
//! modules. Each type encodes its number in digits, which are value types; that makes all types
//! different.

use oom_sweep::registry::ModuleTypes;
use wasm_encoder::{
    ArrayType, CompositeInnerType, CompositeType, FieldType, HeapType, Module, RefType,
    StorageType, StructType, TagKind, TagSection, TagType, TypeSection, ValType,
};

/// The number of types in a full module.
pub(crate) const TYPES_A_MODULE: usize = 1_000;

/// Modules without equal types.
pub(crate) struct Load {
    pub(crate) modules: Vec<ModuleTypes>,
    pub(crate) types: usize,
}

impl Load {
    /// Makes modules with `types` types in all, `gc_percent` percent of which are GC types.
    pub(crate) fn new(types: usize, gc_percent: usize) -> Self {
        let starts = (0..types).step_by(TYPES_A_MODULE);
        let module = |start| module(start, TYPES_A_MODULE.min(types - start), gc_percent);
        Self { modules: starts.map(module).collect(), types }
    }
}

/// Makes a module of `count` types, numbered from `first`. GC types are spread evenly among the
/// others. Of ten GC types, seven are a chain of structs, each a subtype of the one before; two are
/// arrays, and one is an exception. The percentage of functions with a struct parameter is that of
/// GC types.
pub(crate) fn module(first: usize, count: usize, gc_percent: usize) -> ModuleTypes {
    let mut writer = Writer::default();
    let exceptions = (0..count).filter(|n| kind(*n, gc_percent) == Kind::Exception).count();
    for n in 0..count {
        match kind(n, gc_percent) {
            Kind::Function => writer.function(first + n, gc_percent),
            Kind::Struct { depth } => writer.structure(first + n, depth),
            Kind::Array { depth } => writer.array(depth),
            // Exceptions come last, because the front end adds them there.
            Kind::Exception => {}
        }
    }
    assert!(writer.throwable.len() >= exceptions, "too few functions for the exceptions");
    let mut tags = TagSection::new();
    for func_type_idx in writer.throwable.drain(..).take(exceptions) {
        tags.tag(TagType { kind: TagKind::Exception, func_type_idx });
    }
    let module = parse(Module::new().section(&writer.types).section(&tags));
    assert_eq!(module.types().len(), count);
    module
}

/// Makes a module of chains of structs. The last type of each chain has `depth` supertypes.
pub(crate) fn chains(count: usize, depth: usize) -> ModuleTypes {
    let mut writer = Writer::default();
    for chain in 0..count {
        (0..=depth).for_each(|depth| writer.structure(chain, depth));
    }
    parse(Module::new().section(&writer.types))
}

fn parse(module: &Module) -> ModuleTypes {
    ModuleTypes::parse(module.as_slice()).expect("a module")
}

#[derive(PartialEq, Eq)]
enum Kind {
    Function,
    Struct { depth: usize },
    Array { depth: usize },
    Exception,
}

fn kind(n: usize, gc_percent: usize) -> Kind {
    let before = n * gc_percent / 100;
    if before == (n + 1) * gc_percent / 100 {
        return Kind::Function;
    }
    match before % 10 {
        depth @ 0..7 => Kind::Struct { depth },
        7 => Kind::Array { depth: 0 },
        8 => Kind::Array { depth: 1 },
        _ => Kind::Exception,
    }
}

/// A module under construction.
#[derive(Default)]
struct Writer {
    types: TypeSection,
    functions: usize,
    /// The types of functions without results.
    throwable: Vec<u32>,
    /// The fields of the last struct.
    fields: Vec<FieldType>,
    last_struct: Option<u32>,
    last_array: Option<u32>,
}

impl Writer {
    fn function(&mut self, number: usize, gc_percent: usize) {
        let takes_struct = kind(self.functions, gc_percent) != Kind::Function;
        let object = self.last_struct.filter(|_| takes_struct).map(reference);
        let params: Vec<_> = object.into_iter().chain(digits(number)).collect();
        let result = (!self.functions.is_multiple_of(4)).then_some(ValType::I32);
        if result.is_none() {
            self.throwable.push(self.types.len());
        }
        self.functions += 1;
        self.types.ty().function(params, Vec::from_iter(result));
    }

    /// Adds a struct with a reference to itself. Below the root of a chain, it is the struct before
    /// it with one more such field.
    fn structure(&mut self, number: usize, depth: usize) {
        let index = self.types.len();
        if depth == 0 {
            self.fields = digits(number).map(field).collect();
            self.last_struct = None;
        }
        self.fields.push(FieldType { mutable: true, ..field(reference(index)) });
        let fields = self.fields.clone().into();
        let of = CompositeInnerType::Struct(StructType { fields });
        self.subtype(self.last_struct, of);
        self.last_struct = Some(index);
    }

    /// Adds an array of nullable references to the last struct, or its subtype with references that
    /// are not nullable.
    fn array(&mut self, depth: usize) {
        let object = self.last_struct.expect("structs come before arrays");
        let heap_type = HeapType::Concrete(object);
        let element = ValType::Ref(RefType { nullable: depth == 0, heap_type });
        let of = CompositeInnerType::Array(ArrayType(field(element)));
        let index = self.types.len();
        self.subtype(self.last_array.filter(|_| depth > 0), of);
        self.last_array = Some(index);
    }

    fn subtype(&mut self, supertype: Option<u32>, inner: CompositeInnerType) {
        let composite_type =
            CompositeType { inner, shared: false, descriptor: None, describes: None };
        self.types.ty().subtype(&wasm_encoder::SubType {
            is_final: false,
            supertype_idxs: Vec::from_iter(supertype),
            composite_type,
        });
    }
}

/// A number as a sequence of value types, seven for a million. The length is significant too.
fn digits(mut number: usize) -> impl Iterator<Item = ValType> {
    const DIGITS: [ValType; 6] = [
        ValType::I32,
        ValType::I64,
        ValType::F32,
        ValType::F64,
        ValType::Ref(RefType::FUNCREF),
        ValType::Ref(RefType::EXTERNREF),
    ];
    number += 1;
    std::iter::from_fn(move || {
        number = number.checked_sub(1)?;
        let digit = DIGITS[number % DIGITS.len()];
        number /= DIGITS.len();
        Some(digit)
    })
}

fn reference(index: u32) -> ValType {
    ValType::Ref(RefType { nullable: true, heap_type: HeapType::Concrete(index) })
}

fn field(ty: ValType) -> FieldType {
    FieldType { mutable: false, element_type: StorageType::Val(ty) }
}
