//! Small modules that are there to be registered: seeds of `type_registry_wasm`, which a test
//! there makes of their text.

use crate::subjects::registry::ModuleTypes;
use std::sync::LazyLock;

macro_rules! modules {
    ($($name:literal)*) => {
        [$(include_bytes!(concat!("../../../../corpus/type_registry_wasm/", $name, ".wasm"))),*]
    };
}

/// The modules, which whoever decodes has parsed, so that no run does.
pub(in crate::subjects::drivers) fn all() -> &'static [ModuleTypes] {
    static ALL: LazyLock<Vec<ModuleTypes>> = LazyLock::new(|| {
        let modules: [&[u8]; 4] = modules!("chain" "cycle" "trampolines" "exceptions");
        modules.map(|bytes| ModuleTypes::parse(bytes).expect("a seed is a module")).into()
    });
    &ALL
}
