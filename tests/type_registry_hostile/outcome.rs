//! [`outcome`]: parses and registers a module, and checks what must hold for every module.

use crate::bytes::text;
use crate::peak::peak_of;
use oom_sweep::registry::{ModuleError, ModuleTypes, RegisterError, TypeRegistry};

/// The most memory bytes for each byte of a module during parsing: the parser stores its own record
/// of a type twice, and the types are stored once. A type takes at least two bytes.
pub(crate) const PARSING: usize = 250;
/// The most memory bytes for each byte of a module in a registry.
pub(crate) const REGISTERING: usize = 200;
/// The most bytes for an empty module.
pub(crate) const ANY: usize = 1_000;

/// Returns the number of new types that the module has in a registry, or why it is refused.
///
/// The registry also holds types of other modules. They must be unchanged after a refusal, and
/// after an accepted module is dropped.
pub(crate) fn outcome(bytes: &[u8]) -> Result<usize, String> {
    let (parsed, peak) = peak_of(|| ModuleTypes::parse(bytes));
    assert!(peak <= PARSING * bytes.len() + ANY, "{peak} bytes to parse {}", bytes.len());
    let module = parsed.map_err(|error| complaint(&error, bytes))?;

    let registry = <TypeRegistry>::new().unwrap();
    let others = text("(type $s (sub (struct))) (type (func (param (ref $s)) (result eqref)))");
    let _others = registry.register_module(&ModuleTypes::parse(&others).unwrap()).unwrap();
    let before = registry.view();
    let (registered, peak) = peak_of(|| registry.register_module(&module));
    assert!(peak <= REGISTERING * bytes.len() + ANY, "{peak} bytes to register {}", bytes.len());
    registry.check().unwrap();
    let result = registered.map(|types| types.types().len()).map_err(|error| match error {
        RegisterError::Refused { why, .. } => why.to_owned(),
        RegisterError::OutOfMemory(oom) => panic!("{oom}"),
    });
    registry.check().unwrap();
    assert_eq!(registry.view(), before);
    result
}

/// The error message, which must be one line with a valid byte offset.
pub(crate) fn complaint(error: &ModuleError, bytes: &[u8]) -> String {
    let ModuleError::Refused { offset, message } = error else { panic!("{error}") };
    assert!(*offset <= bytes.len() as u64, "{error} of {:#x}", bytes.len());
    assert!(!message.trim().is_empty() && !error.to_string().contains('\n'), "{error:?}");
    error.to_string()
}
