//! The life of a module in a registry, three times over: [`Life`] says what happens, [`Living`]
//! goes through it.
//!
//! It is registered, and registered again; its types are rooted and asked about; collections and
//! handles go while others stay, it comes back to what is left of it, and all of it goes. First in a registry that
//! is cold, then in one that is warmed up, then in a crowded one. Each is made by a step of its own,
//! outside the sweep, and takes the place of the one before it.

use super::super::erased_steps::{ErasedSteps, Run};
use super::super::modelled::{Answer, ClaimResult, Disagreement};
use super::super::type_registry::{Before, World};
use crate::collections::OutOfMemory;
use crate::pause;
use crate::subjects::registry::{ModuleTypes, Tables};
use std::marker::PhantomData;
use std::sync::Arc;

/// What happens in a life, in this order.
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

/// A module that lives in a registry of this layout.
pub(super) struct Life<T> {
    /// One.
    modules: [ModuleTypes; 1],
    layout: PhantomData<fn() -> T>,
}

impl<T> Life<T> {
    pub(super) fn new(module: ModuleTypes) -> Self {
        Self { modules: [module], layout: PhantomData }
    }
}

/// The surroundings of a step, and the place of what happens among the acts.
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
            // The two collections come first.
            Act::DropMost => Ok(world.drop_some(|number| number < 2 || number % 2 == 0)),
            Act::DropAll => Ok(world.drop_all()),
        }
    }
}

/// Something with each type that is registered.
fn each_type<T: Tables>(
    world: &mut World<T>,
    mut act: impl FnMut(&mut World<T>, crate::subjects::registry::TypeIndex) -> ClaimResult,
) -> ClaimResult {
    let types = pause(|| world.types());
    types.into_iter().try_for_each(|index| act(world, index))
}
