//! The life cycle of a module in a registry: [`Life`] has the steps, [`Living`] their execution.
//!
//! The module is registered twice, its types are rooted and queried, and some collections and
//! handles are dropped. Then the module is registered again beside what is left of it, and
//! everything is dropped. This happens in a cold registry, in a warmed-up one, and in a crowded
//! one. A separate step makes each registry, outside the sweep, and replaces the one before it.

use super::super::erased_steps::{ErasedSteps, Run};
use super::super::modelled::{Answer, ClaimResult, Disagreement};
use super::super::type_registry::{Before, World};
use crate::collections::OutOfMemory;
use crate::pause;
use crate::subjects::registry::{ModuleTypes, Tables};
use std::marker::PhantomData;
use std::sync::Arc;

/// The steps of a life cycle, in order.
const ACTS: [(&str, Act); 8] = [
    ("a new registry", Act::Begin),
    ("register the module", Act::Register),
    ("register it again", Act::Register),
    ("root each type", Act::Root),
    ("ask about each type", Act::Ask),
    ("drop the collections and every second root", Act::DropMost),
    ("register the module, which is partly there", Act::Register),
    ("drop everything, the roots first", Act::DropAll),
];

#[derive(Clone, Copy)]
enum Act {
    Begin,
    Register,
    Root,
    Ask,
    DropMost,
    DropAll,
}

/// The life cycle of a module in a registry of this layout.
pub(super) struct Life<T> {
    /// The module.
    modules: [ModuleTypes; 1],
    layout: PhantomData<fn() -> T>,
}

impl<T> Life<T> {
    pub(super) fn new(module: ModuleTypes) -> Self {
        Self { modules: [module], layout: PhantomData }
    }
}

/// The history of the registry in a step, and the index of the step among the acts.
fn turn(index: usize) -> (Before, usize) {
    (Before::ALL[index / ACTS.len()], index % ACTS.len())
}

impl<T: Tables + Send + Sync + 'static> ErasedSteps<String> for Life<T> {
    fn len(&self) -> usize {
        Before::ALL.len() * ACTS.len()
    }

    fn describe(&self, index: usize) -> String {
        let (before, act) = turn(index);
        let before = match before {
            Before::Cold => "cold",
            Before::Warmed => "warmed",
            Before::Crowded => "crowded",
        };
        format!("{before}: {}", ACTS[act].0)
    }

    #[cfg(test)]
    fn is_refused(&self, _: usize) -> bool {
        false
    }

    fn start(self: Arc<Self>) -> Box<dyn Run<String>> {
        let world = World::new(Before::Cold, &[]);
        Box::new(Living::<T> { life: self, world, disagreement: Disagreement::default() })
    }
}

struct Living<T: Tables> {
    life: Arc<Life<T>>,
    world: World<T>,
    disagreement: Disagreement,
}

impl<T: Tables + Send + Sync + 'static> Run<String> for Living<T> {
    fn step(&mut self, index: usize) -> Result<(), OutOfMemory> {
        let (before, act) = turn(index);
        let verdict = self.act(before, ACTS[act].1)?;
        self.disagreement.note(index, verdict);
        Ok(())
    }

    fn check(&self) -> Result<(), String> {
        self.disagreement.check(|index| self.life.describe(index))?;
        self.world.check().map_err(Into::into)
    }

    fn view(&self) -> String {
        self.world.view()
    }
}

impl<T: Tables> Living<T> {
    fn act(&mut self, before: Before, act: Act) -> Answer {
        let world = &mut self.world;
        match act {
            Act::Begin => {
                let new = pause(|| World::new(before, &self.life.modules));
                drop(std::mem::replace(world, new));
                Ok(Ok(()))
            }
            Act::Register => world.register_module(&self.life.modules[0]),
            Act::Root => Ok(each_type(world, World::root)),
            Act::Ask => Ok(each_type(world, |world, index| world.query(index))),
            // The first two handles are the collections.
            Act::DropMost => Ok(world.drop_some(|number| number < 2 || number % 2 == 0)),
            Act::DropAll => Ok(world.drop_all()),
        }
    }
}

/// Runs an operation on each registered type.
fn each_type<T: Tables>(
    world: &mut World<T>,
    mut act: impl FnMut(&mut World<T>, crate::subjects::registry::TypeIndex) -> ClaimResult,
) -> ClaimResult {
    let types = pause(|| world.types());
    types.into_iter().try_for_each(|index| act(world, index))
}
