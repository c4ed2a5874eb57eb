//! Scenarios of registrations: the history of the registry, the modules to register, and the
//! layout.

use oom_sweep::registry::{
    ArrayOfStructs, Dense, Hashed, ModuleTypes, Ordered, RegisterError, Tables, TypeCollection,
    TypeRegistry, View,
};
use oom_sweep::{Report, Scenario, Steps, Sweep};
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::marker::PhantomData;

/// A hasher that is the same in every run.
pub(crate) type Hasher = BuildHasherDefault<DefaultHasher>;
pub(crate) type Registry<T> = TypeRegistry<T, Hasher>;
type Collection<T> = TypeCollection<T, Hasher>;

/// The types of a module in the text format.
pub(crate) fn module(text: &str) -> ModuleTypes {
    let bytes = wat::parse_str(format!("(module {text})")).unwrap();
    ModuleTypes::parse(&bytes).unwrap()
}

/// The history of the registry. It changes which requests a registration makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Before {
    /// New: no table has grown.
    Cold,
    /// It has held everything that the test registers and is empty now.
    Warmed,
    /// It holds other types with gaps between them.
    Crowded,
}

impl Before {
    pub(crate) const ALL: [Self; 3] = [Self::Cold, Self::Warmed, Self::Crowded];
}

const CROWD: &str = "(type $s (sub (struct (field i64)))) (type (sub $s (struct (field i64 i8))))
    (type (func (param (ref $s) i64))) (rec (type (array i64)) (type (func (result i64 i64))))";
const GAP: &str = "(type (array f64)) (type (func (param f64 (ref eq))))";

/// A registry and the handles that keep types registered.
pub(crate) struct World<T: Tables> {
    // Dropped first, so that the registry must be empty afterwards.
    held: Vec<Option<Collection<T>>>,
    _crowd: Vec<Collection<T>>,
    registry: Registry<T>,
}

impl<T: Tables> World<T> {
    fn new(before: Before, modules: &[ModuleTypes]) -> Self {
        let registry = Registry::with_hasher(Hasher::default()).unwrap();
        let mut crowd = Vec::new();
        match before {
            Before::Cold => {}
            Before::Warmed => {
                for module in modules {
                    // A refused module is refused here too.
                    drop(registry.register_module(module));
                }
            }
            Before::Crowded => {
                let gap = registry.register_module(&module(GAP)).unwrap();
                crowd.push(registry.register_module(&module(CROWD)).unwrap());
                drop(gap);
            }
        }
        let mut held = Vec::new();
        held.resize_with(modules.len(), || None);
        Self { held, _crowd: crowd, registry }
    }

    fn check(&self) -> Result<(), String> {
        self.registry.check()
    }
}

/// Registers one module, all or nothing, after some others.
struct Register<'a, T> {
    before: Before,
    /// The last module is under test.
    modules: &'a [ModuleTypes],
    layout: PhantomData<T>,
}

impl<T: Tables> Scenario for Register<'_, T> {
    type State = World<T>;
    type Output = ();
    type Error = RegisterError;
    type View = View;

    fn setup(&self) -> World<T> {
        let mut world = World::new(self.before, self.modules);
        let there = self.modules.len() - 1;
        for (place, module) in self.modules[..there].iter().enumerate() {
            world.held[place] = Some(world.registry.register_module(module).unwrap());
        }
        world
    }

    fn exercise(&self, world: &mut World<T>) -> Result<(), RegisterError> {
        let last = self.modules.len() - 1;
        world.held[last] = Some(world.registry.register_module(&self.modules[last])?);
        Ok(())
    }

    fn check(&self, world: &mut World<T>) -> Result<(), String> {
        world.check()
    }

    fn view(&self, world: &mut World<T>) -> View {
        world.registry.view()
    }
}

/// Registers the modules one by one, drops them in the same order, which makes no request, and
/// registers them again.
struct Life<'a, T> {
    before: Before,
    modules: &'a [ModuleTypes],
    layout: PhantomData<T>,
}

impl<T: Tables> Steps for Life<'_, T> {
    type State = World<T>;
    type Error = RegisterError;
    type View = View;

    fn setup(&self) -> World<T> {
        World::new(self.before, self.modules)
    }

    fn len(&self) -> usize {
        3 * self.modules.len()
    }

    fn step(&self, world: &mut World<T>, index: usize) -> Result<(), RegisterError> {
        let count = self.modules.len();
        let place = index % count;
        world.held[place] = match index / count {
            1 => None,
            _ => Some(world.registry.register_module(&self.modules[place])?),
        };
        Ok(())
    }

    fn check(&self, world: &mut World<T>) -> Result<(), String> {
        world.check()
    }

    fn view(&self, world: &mut World<T>) -> View {
        world.registry.view()
    }
}

/// Sweeps the registration of the last module, in every layout and surroundings.
pub(crate) fn sweep_register(name: &str, modules: &[ModuleTypes]) {
    sweep_register_in(name, modules, &Before::ALL);
}

/// Like [`sweep_register`], for these histories only.
pub(crate) fn sweep_register_in(name: &str, modules: &[ModuleTypes], befores: &[Before]) {
    type What<'a> = (&'a str, &'a [ModuleTypes], &'a [Before]);
    fn in_layout<T: Tables>(layout: &str, (name, modules, befores): What<'_>) {
        for &before in befores {
            let scenario = Register::<T> { before, modules, layout: PhantomData };
            judge(Sweep::new(format!("{name} {layout} {before:?}")).run_scenario(&scenario));
        }
    }
    let what = (name, modules, befores);
    in_layout::<Dense>("dense", what);
    in_layout::<Hashed>("hashed", what);
    in_layout::<Ordered>("ordered", what);
    in_layout::<ArrayOfStructs>("array of structs", what);
}

/// Sweeps the life cycle of the modules in every layout, in an empty and in a crowded registry.
pub(crate) fn sweep_life(name: &str, modules: &[ModuleTypes]) {
    fn in_layout<T: Tables>(layout: &str, name: &str, modules: &[ModuleTypes]) {
        for before in [Before::Cold, Before::Crowded] {
            let steps = Life::<T> { before, modules, layout: PhantomData };
            judge(Sweep::new(format!("{name} {layout} {before:?}")).run_steps(&steps));
        }
    }
    in_layout::<Dense>("dense", name, modules);
    in_layout::<Hashed>("hashed", name, modules);
    in_layout::<Ordered>("ordered", name, modules);
    in_layout::<ArrayOfStructs>("array of structs", name, modules);
}

#[track_caller]
fn judge(report: Report) {
    report.assert_clean();
    assert!(report.is_complete() && report.runs() > 0, "{report}");
}

/// Whether registering a duplicate grows the tables. A duplicate should make only the requests of
/// its collection.
pub(crate) fn grows_by_a_duplicate<T: Tables>(module: &ModuleTypes) -> bool {
    let registry = Registry::<T>::with_hasher(Hasher::default()).unwrap();
    let _first = registry.register_module(module).unwrap();
    let before = registry.stats();
    let _second = registry.register_module(module).unwrap();
    registry.check().unwrap();
    registry.stats() != before
}
