//! The target `type_registry_threads`: two or three threads share a
//! [`TypeRegistry`](crate::subjects::registry::TypeRegistry). Bytes decide their schedule.
//!
//! | byte | bits | meaning |
//! | --- | --- | --- |
//! | 0 | 4–7 | the version of the layout: 1. Any other is an error, so that inputs outlive changes |
//! | | 0–3 | the layout of tables: 0 dense, 1 hashed, 2 ordered, 3 an array of structs |
//! | 1 | 0 | the number of tasks: 2, or 3 |
//! | | 1–3 | the number of operations of each task, minus 1 |
//! | 2 + 2i | 0–3 | the code of the i-th operation, starting with those of the first task: its index in the list of operations; greater codes are skipped |
//! | 3 + 2i | | the group, type or handle of the operation |
//! | others | | the order: at each step of the registry's lock and counts, the next byte chooses the task that continues, counted from the current one, modulo the number of ready tasks. After the last byte the current task continues as long as it can |
//!
//! Missing bytes stand for no operation; a missing byte 1 counts as 0. So truncated inputs are
//! valid, and zeros at the end of an order change nothing.
//!
//! There is one step. In it each task runs its program; afterwards all handles are dropped. So the
//! step leaves the registry as it was, whether it failed or not. The same bytes lead to the same
//! requests in the same order. If a request of a task fails, the task drops its handles while the
//! others continue.
//!
//! `baton` schedules the threads, `program` decodes the bytes, and `world` performs the operations
//! and checks their results.

mod baton;
mod program;
#[cfg(test)]
mod seeds;
#[cfg(test)]
mod tests;
mod world;

use super::erased_steps::{ErasedSteps, Run};
use super::modelled::{CEILING, VERSION, first_byte};
use super::type_registry::{crowd, modules, view};
use super::{AnySteps, Target};
use crate::collections::OutOfMemory;
use crate::pause;
use crate::subjects::registry::schedule::Scheduled;
use crate::subjects::registry::{ArrayOfStructs, Dense, Hashed, Ordered, Tables};
use program::Case;
use std::marker::PhantomData;
use std::sync::Arc;
use world::World;

/// The target's name, and that of its folder in the corpus.
const NAME: &str = "type_registry_threads";

/// The target, for the table.
pub const TARGET: Target = Target::try_steps(NAME, decode)
    .about("TypeRegistry, shared by threads that take turns as bytes say")
    .ceiling(CEILING);

fn decode(bytes: &[u8]) -> Result<AnySteps<String>, String> {
    let (layout, rest) = first_byte(bytes, VERSION)?;
    // Parsed here, so that no run parses them.
    modules();
    let case = Case::read(rest);
    Ok(AnySteps::new(match layout {
        0 => Arc::new(Sharing::<Dense<Scheduled>>::new(case)),
        1 => Arc::new(Sharing::<Hashed<Scheduled>>::new(case)),
        2 => Arc::new(Sharing::<Ordered<Scheduled>>::new(case)),
        3 => Arc::new(Sharing::<ArrayOfStructs<Scheduled>>::new(case)),
        _ => {
            return Err(format!("byte 0 is {:#04x}, layout {layout} of tables, of 4", bytes[0]));
        }
    }))
}

/// Tasks that share a registry of this layout.
struct Sharing<T> {
    case: Case,
    layout: PhantomData<fn() -> T>,
}

impl<T> Sharing<T> {
    fn new(case: Case) -> Self {
        Self { case, layout: PhantomData }
    }
}

impl<T: Tables + Send + Sync + 'static> ErasedSteps<String> for Sharing<T> {
    fn len(&self) -> usize {
        1
    }

    fn describe(&self, _: usize) -> String {
        self.case.to_string()
    }

    #[cfg(test)]
    fn is_refused(&self, _: usize) -> bool {
        false
    }

    fn start(self: Arc<Self>) -> Box<dyn Run<String>> {
        let (gaps, stay) = crowd();
        Box::new(Round::<T> { sharing: self, world: World::new([gaps, stay].concat()) })
    }
}

struct Round<T: Tables> {
    sharing: Arc<Sharing<T>>,
    world: World<T>,
}

impl<T: Tables + Send + Sync + 'static> Run<String> for Round<T> {
    fn step(&mut self, _: usize) -> Result<(), OutOfMemory> {
        let (Case { programs, order }, world) = (&self.sharing.case, &self.world);
        let outcomes = baton::run(order, programs.len(), |turn| {
            world.follow(turn.place(), &programs[turn.place()])
        });
        pause(|| {
            let (own, failed): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
            world.rest(own.into_iter().flatten().flatten().collect());
            failed.into_iter().try_for_each(|outcome| outcome.map(drop))
        })
    }

    fn check(&self) -> Result<(), String> {
        self.world.check(&self.sharing.case)
    }

    fn view(&self) -> String {
        view(&self.world.registry)
    }
}
