//! What becomes of a module: [`outcome`], with everything that holds for any.

use crate::bytes::text;
use crate::peak::peak_of;
use oom_sweep::registry::{ModuleError, ModuleTypes, RegisterError, TypeRegistry};

/// The bytes that a byte of a module may take while it is parsed: the parser's own record of a
/// type, which it keeps twice, and the types that are read. A type takes two bytes or more.
pub(crate) const PARSING: usize = 250;
/// The bytes that a byte may take in a registry.
pub(crate) const REGISTERING: usize = 200;
/// What a module of no size may take.
pub(crate) const ANY: usize = 1_000;

/// The number of its own types that the module has in a registry, or why it is refused.
///
/// The registry has types of others. A module that is refused leaves them as they were, and one
/// that is not does so when it goes.
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

/// What the user is told: one line, with a byte that there is.
pub(crate) fn complaint(error: &ModuleError, bytes: &[u8]) -> String {
    let ModuleError::Refused { offset, message } = error else { panic!("{error}") };
    assert!(*offset <= bytes.len() as u64, "{error} of {:#x}", bytes.len());
    assert!(!message.trim().is_empty() && !error.to_string().contains('\n'), "{error:?}");
    error.to_string()
}
