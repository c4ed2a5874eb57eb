//! Small modules to register: the seeds of `type_registry_wasm`, which a test there makes from
//! text.

use crate::subjects::registry::ModuleTypes;
use std::sync::LazyLock;

macro_rules! modules {
    ($($name:literal)*) => {
        [$(include_bytes!(concat!("../../../../corpus/type_registry_wasm/", $name, ".wasm"))),*]
    };
}

/// The modules. They are parsed during decoding, so no run parses them.
pub(in crate::subjects::drivers) fn all() -> &'static [ModuleTypes] {
    static ALL: LazyLock<Vec<ModuleTypes>> = LazyLock::new(|| {
        let modules: [&[u8]; 4] = modules!("chain" "cycle" "trampolines" "exceptions");
        modules.map(|bytes| ModuleTypes::parse(bytes).expect("a seed is a module")).into()
    });
    &ALL
}
