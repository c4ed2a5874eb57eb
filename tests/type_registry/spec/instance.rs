//! A small interpreter for modules of the specification's tests, limited to what depends on types:
//! imports and exports, constant expressions, and functions that only test types.
//!
//! Every type check asks the registry. Nothing is validated here. A function with other
//! instructions panics.

use oom_sweep::registry::model::CompositeType;
use oom_sweep::registry::{ModuleError, ModuleTypes, TypeCollection, TypeIndex, TypeRegistry};
use std::collections::BTreeMap;
use std::ops::Range;
use wasmparser::{
    BinaryReader, ConstExpr, ElementItems, FunctionBody, HeapType, Operator, Parser, Payload,
    TypeRef, ValType,
};

pub(crate) struct Instance {
    bytes: Vec<u8>,
    module: ModuleTypes,
    types: TypeCollection,
    pub(crate) imports: Vec<Import>,
    /// The type of each function, as the module's type index; imported functions come first.
    funcs: Vec<u32>,
    /// The byte ranges of the bodies of functions that are not imported.
    bodies: Vec<Range<u64>>,
    exports: BTreeMap<String, u32>,
    /// The functions in the table.
    table: Vec<u32>,
    /// For each global, its type and the function with which it is initialised.
    globals: Vec<(u32, u32)>,
}

pub(crate) struct Import {
    pub(crate) module: String,
    pub(crate) name: String,
    pub(crate) ty: TypeIndex,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    I32(i32),
    F32(u32),
    Func(u32),
    Null,
}

/// The text of a trap in the specification's tests.
pub(crate) type Trap = &'static str;

impl Instance {
    /// Registers the types of a module and reads the rest without validation.
    ///
    /// # Errors
    /// Fails if the types are invalid.
    pub(crate) fn new(registry: &TypeRegistry, bytes: &[u8]) -> Result<Self, ModuleError> {
        let module = ModuleTypes::parse(&types_only(bytes))?;
        let types = registry.register_module(&module).unwrap();
        let mut instance = Self {
            bytes: bytes.to_vec(),
            module,
            types,
            imports: Vec::new(),
            funcs: Vec::new(),
            bodies: Vec::new(),
            exports: BTreeMap::new(),
            table: Vec::new(),
            globals: Vec::new(),
        };
        for payload in Parser::new(0).parse_all(bytes) {
            instance.read(payload.unwrap());
        }
        Ok(instance)
    }

    fn read(&mut self, payload: Payload<'_>) {
        match payload {
            Payload::ImportSection(section) => {
                for import in section.into_imports().map(Result::unwrap) {
                    let TypeRef::Func(ty) = import.ty else { panic!("{import:?}") };
                    self.funcs.push(ty);
                    let (module, name) = (import.module.to_owned(), import.name.to_owned());
                    let ty = self.types.types()[ty as usize];
                    self.imports.push(Import { module, name, ty });
                }
            }
            Payload::FunctionSection(section) => self.funcs.extend(section.into_iter().flatten()),
            Payload::ExportSection(section) => {
                let exports = section.into_iter().flatten();
                self.exports.extend(exports.map(|export| (export.name.to_owned(), export.index)));
            }
            Payload::GlobalSection(section) => {
                for global in section.into_iter().flatten() {
                    let ValType::Ref(ty) = global.ty.content_type else { panic!("{global:?}") };
                    self.globals.push((concrete(ty.heap_type()), func_of(&global.init_expr)));
                }
            }
            Payload::ElementSection(section) => {
                for segment in section.into_iter().flatten() {
                    match segment.items {
                        ElementItems::Functions(of) => self.table.extend(of.into_iter().flatten()),
                        ElementItems::Expressions(_, of) => {
                            self.table.extend(of.into_iter().flatten().map(|of| func_of(&of)));
                        }
                    }
                }
            }
            Payload::CodeSectionEntry(body) => self.bodies.push(body.range()),
            _ => {}
        }
    }

    /// The registry's indices of the module's types.
    pub(crate) fn types(&self) -> &[TypeIndex] {
        self.types.types()
    }

    pub(crate) fn module(&self) -> &ModuleTypes {
        &self.module
    }

    /// The type of an exported function.
    pub(crate) fn export(&self, name: &str) -> TypeIndex {
        self.type_of(self.exports[name])
    }

    fn type_of(&self, func: u32) -> TypeIndex {
        self.types()[self.funcs[func as usize] as usize]
    }

    /// Whether the type of a function is this type of the module or a subtype of it.
    fn is_of(&self, registry: &TypeRegistry, func: u32, ty: u32) -> bool {
        registry.read().is_subtype(self.type_of(func), self.types()[ty as usize])
    }

    /// Whether the initial value of each global matches the type of the global.
    pub(crate) fn constants_hold(&self, registry: &TypeRegistry) -> bool {
        self.globals.iter().all(|(ty, func)| self.is_of(registry, *func, *ty))
    }

    /// Calls an exported function and returns its results.
    pub(crate) fn invoke(&self, registry: &TypeRegistry, name: &str) -> Result<Vec<Value>, Trap> {
        self.call(registry, self.exports[name])
    }

    fn arity(&self, ty: u32) -> (usize, usize) {
        match &self.module.types()[ty as usize].composite {
            CompositeType::Func(ty) => (ty.params().len(), ty.results().len()),
            other => panic!("a function of the type {other}"),
        }
    }

    /// Calls a function without arguments, because no function in these tests uses them.
    fn call(&self, registry: &TypeRegistry, func: u32) -> Result<Vec<Value>, Trap> {
        let body = &self.bodies[func as usize - self.imports.len()];
        let code = &self.bytes[body.start as usize..body.end as usize];
        let body = FunctionBody::new(BinaryReader::new(code, body.start));
        let (mut stack, mut blocks) = (Vec::new(), 0);
        for operator in body.get_operators_reader().unwrap() {
            match operator.unwrap() {
                Operator::Block { .. } => blocks += 1,
                Operator::End if blocks == 0 => break,
                Operator::End => blocks -= 1,
                Operator::Br { relative_depth } if relative_depth == blocks => break,
                operator => self.step(registry, &operator, &mut stack)?,
            }
        }
        let (_, results) = self.arity(self.funcs[func as usize]);
        Ok(stack.split_off(stack.len() - results))
    }

    fn step(
        &self,
        registry: &TypeRegistry,
        operator: &Operator<'_>,
        stack: &mut Vec<Value>,
    ) -> Result<(), Trap> {
        match operator {
            Operator::I32Const { value } => stack.push(Value::I32(*value)),
            Operator::F32Const { value } => stack.push(Value::F32(value.bits())),
            Operator::RefFunc { function_index } => stack.push(Value::Func(*function_index)),
            Operator::RefNull { .. } => stack.push(Value::Null),
            Operator::Drop => drop(stack.pop()),
            Operator::TableGet { .. } => {
                let func = self.in_table(stack);
                stack.push(Value::Func(func));
            }
            Operator::CallIndirect { type_index, .. } => {
                let func = self.in_table(stack);
                if !self.is_of(registry, func, *type_index) {
                    return Err("indirect call type mismatch");
                }
                let (params, _) = self.arity(*type_index);
                stack.truncate(stack.len() - params);
                stack.extend(self.call(registry, func)?);
            }
            Operator::RefTestNonNull { hty } => {
                let is_of = self.top_is_of(registry, *hty, stack);
                stack.pop();
                stack.push(Value::I32(is_of.into()));
            }
            Operator::RefCastNonNull { hty } => {
                if !self.top_is_of(registry, *hty, stack) {
                    return Err("cast failure");
                }
            }
            other => panic!("this needs an interpreter: {other:?}"),
        }
        Ok(())
    }

    fn in_table(&self, stack: &mut Vec<Value>) -> u32 {
        match stack.pop() {
            Some(Value::I32(place)) => self.table[place as usize],
            other => panic!("unexpected table index: {other:?}"),
        }
    }

    fn top_is_of(&self, registry: &TypeRegistry, ty: HeapType, stack: &[Value]) -> bool {
        match stack.last() {
            Some(Value::Func(func)) => self.is_of(registry, *func, concrete(ty)),
            Some(Value::Null) => false,
            other => panic!("no reference: {other:?}"),
        }
    }
}

/// The module reduced to its types.
fn types_only(bytes: &[u8]) -> Vec<u8> {
    let mut of = bytes[..8].to_vec();
    for payload in Parser::new(0).parse_all(bytes) {
        if let Payload::TypeSection(section) = payload.unwrap() {
            let range = section.range();
            let content = &bytes[range.start as usize..range.end as usize];
            // The length as five bytes with seven bits each.
            let len =
                (0..5).map(|at| (content.len() >> (7 * at)) as u8 & 0x7f | u8::from(at < 4) << 7);
            of.push(1);
            of.extend(len);
            of.extend(content);
        }
    }
    of
}

fn concrete(ty: HeapType) -> u32 {
    match ty {
        HeapType::Concrete(index) => index.as_module_index().unwrap(),
        other => panic!("no type of the module: {other:?}"),
    }
}

fn func_of(expression: &ConstExpr<'_>) -> u32 {
    match expression.get_operators_reader().read().unwrap() {
        Operator::RefFunc { function_index } => function_index,
        other => panic!("no function: {other:?}"),
    }
}
