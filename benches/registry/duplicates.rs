//! Registers the same module repeatedly, because the modules of an engine share most of their
//! types.

use crate::Scale;
use crate::heap::{Heap, counted};
use crate::layouts::in_turn;
use crate::modules::module;
use crate::table::{head, nanos, row};
use crate::targets::Targets;
use crate::timing::{each, median};
use oom_sweep::registry::{ModuleTypes, Tables, TypeRegistry};

/// The percentage of GC types.
const SHARE: usize = 50;

pub(crate) fn run(scale: Scale, targets: &mut Targets) {
    let (rounds, times, types) = scale.pick((5, 1_000, 1_000), (1, 3, 40));
    let module = module(0, types, SHARE);
    head(&format!("a module of {types} types, {SHARE} % GC types, {times} times"));
    let nanoseconds = in_turn!(rounds, registered(&module, times)).map(median);
    row("registration of duplicates, a type", nanoseconds, nanos);

    let heaps = in_turn!(1, requests(&module)).map(|mut heaps| heaps.remove(0));
    let number = |number: f64| format!("{number:.2}");
    let modules = heaps.map(|[of_module, _]| of_module);
    row("requests a type", modules.map(|heap| heap.requests as f64 / types as f64), number);
    row(
        "requests a module that the collection keeps",
        modules.map(|heap| heap.blocks as f64),
        number,
    );
    let groups = heaps.map(|[_, of_groups]| of_groups);
    row("requests of all types, group by group", groups.map(|heap| heap.requests as f64), number);
    targets.judge_duplicates(groups.map(|heap| heap.blocks as f64));
}

/// The nanoseconds per type to register the module `times` more times. All stay registered.
fn registered<T: Tables>(module: &ModuleTypes, times: usize) -> f64 {
    let registry = <TypeRegistry<T>>::new().expect("memory");
    let mut held = Vec::with_capacity(times + 1);
    held.push(registry.register_module(module).expect("memory"));
    each(times * module.types().len(), || {
        for _ in 0..times {
            held.push(registry.register_module(module).expect("memory"));
        }
    })
}

/// The heap memory of a duplicate, registered as a module and group by group. The list of handles
/// has capacity already.
fn requests<T: Tables>(module: &ModuleTypes) -> [Heap; 2] {
    let registry = <TypeRegistry<T>>::new().expect("memory");
    let first = registry.register_module(module).expect("memory");
    let before = registry.stats();
    let (_second, of_module) = counted(|| registry.register_module(module).expect("memory"));
    let key = |group| module.key(group, first.types()).expect("memory");
    let keys: Vec<_> = (0..module.groups().len()).map(key).collect();
    let mut held = Vec::with_capacity(keys.len());
    let ((), of_groups) = counted(|| {
        keys.iter().for_each(|key| held.push(registry.register(key).expect("memory")));
    });
    assert_eq!(registry.stats(), before);
    [of_module, of_groups]
}
