//! The target `type_registry_wasm`: registers the types of a module in a
//! [`TypeRegistry`](crate::subjects::registry::TypeRegistry), drops a part of them, then all; in a
//! cold registry, in a warmed-up one and in a crowded one.
//!
//! Bytes that start with `\0asm` are a module. Its types go into tables of the default layout. From
//! other bytes `wasm-smith` makes a module that consists mostly of types:
//!
//! | byte | bits | meaning |
//! | --- | --- | --- |
//! | 0 | 4–7 | the version of the layout: 1. Any other is an error, so that inputs outlive changes |
//! | | 0–3 | the layout of tables: 0 dense, 1 hashed, 2 ordered, 3 an array of structs |
//! | others | | the input of `wasm-smith` |
//!
//! Another release of `wasm-smith` may make another module from the same bytes. So keep an
//! important input as a module.
//!
//! The model is that of [`type_registry`](super::type_registry). Parsing is not swept.

mod life;
#[cfg(test)]
mod seeds;
#[cfg(test)]
mod tests;

use super::erased_steps::ErasedSteps;
use super::modelled::{CEILING, VERSION};
use super::{AnySteps, Target};
use crate::subjects::registry::{ArrayOfStructs, Dense, Hashed, ModuleTypes, Ordered};
use arbitrary::Unstructured;
use life::Life;
#[cfg(test)]
pub(super) use seeds::noise;
use std::sync::Arc;
use wasm_smith::{Config, Module};

/// The name of the target and of its folder in the corpus.
const NAME: &str = "type_registry_wasm";

/// The most types in a generated module, without those of tags.
const MOST_TYPES: usize = 24;

/// The target, for the table.
pub const TARGET: Target = Target::try_steps(NAME, decode)
    .about("TypeRegistry, by the life of a module in it, beside a model")
    .takes_wasm()
    .ceiling(CEILING);

fn decode(bytes: &[u8]) -> Result<AnySteps<String>, String> {
    let drive: Arc<dyn ErasedSteps<String>> = match bytes {
        [] => return Err("the input is empty".into()),
        [b'\0', b'a', b's', b'm', ..] => Arc::new(Life::<Dense>::new(parse(bytes)?)),
        [first, choices @ ..] => {
            let (version, layout) = (first >> 4, first & 15);
            if version != VERSION {
                return Err(format!(
                    "byte 0 is {first:#04x}, layout version {version}, \
                     where this build reads version {VERSION} and modules"
                ));
            }
            let module = || parse(&make(choices)?);
            match layout {
                0 => Arc::new(Life::<Dense>::new(module()?)),
                1 => Arc::new(Life::<Hashed>::new(module()?)),
                2 => Arc::new(Life::<Ordered>::new(module()?)),
                3 => Arc::new(Life::<ArrayOfStructs>::new(module()?)),
                _ => {
                    return Err(format!("byte 0 is {first:#04x}, layout {layout} of tables, of 4"));
                }
            }
        }
    };
    Ok(AnySteps::new(drive))
}

fn parse(bytes: &[u8]) -> Result<ModuleTypes, String> {
    ModuleTypes::parse(bytes).map_err(|error| error.to_string())
}

/// Makes a module from the bytes.
fn make(choices: &[u8]) -> Result<Vec<u8>, String> {
    let config = Config {
        gc_enabled: true,
        exceptions_enabled: true,
        min_types: 1,
        max_types: MOST_TYPES,
        max_imports: 4,
        max_tags: 4,
        max_funcs: 0,
        max_globals: 0,
        max_tables: 0,
        max_memories: 0,
        max_data_segments: 0,
        max_element_segments: 0,
        max_exports: 0,
        shared_everything_threads_enabled: false,
        custom_descriptors_enabled: false,
        ..Config::default()
    };
    let module = Module::new(config, &mut Unstructured::new(choices));
    module.map(|module| module.to_bytes()).map_err(|error| format!("no module: {error}"))
}
