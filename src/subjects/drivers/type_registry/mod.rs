//! The target `type_registry`: [`TypeRegistry`] beside a model that knows, by structure and by
//! handles, which groups must be registered and how often each is counted.
//!
//! The bytes have the [layout of the collections' targets](super), whose kinds are the four layouts
//! of tables, each in a registry that is cold, warmed up or crowded. Operations register groups that
//! their operands make, duplicates, subtypes and small modules, root types, clone and drop handles,
//! and ask. Some are refused for another reason than want of memory; that is an answer, and the
//! registry must be as it was.
//!
//! `groups` makes what is registered, `model` knows the right answers, `world` has both beside the
//! handles, `operations` is what the codes mean.

mod groups;
mod model;
mod modules;
mod operations;
#[cfg(test)]
mod seeds;
mod surroundings;
#[cfg(test)]
mod tests;
mod world;

use super::modelled::{CEILING, ClaimResult, Kind, Modelled, Operation, Pair, VERSION};
use super::{AnySteps, Target};
use crate::subjects::registry::{ArrayOfStructs, Dense, Hashed, Ordered, Tables};
pub(super) use groups::{array, crowd};
pub(super) use model::{Key, copy};
pub(super) use modules::all as modules;
use std::marker::PhantomData;
pub(super) use surroundings::Before;
use surroundings::{Cold, Crowded, Surroundings, Warmed};
pub(super) use world::{Hasher, Held, World, module_keys, view};

#[cfg(doc)]
use crate::subjects::registry::TypeRegistry;

pub(super) const MODELLED: Modelled = Modelled {
    name: "type_registry",
    version: VERSION,
    kinds: &[
        Kind::of::<Types<Dense, Cold>>("dense-cold"),
        Kind::of::<Types<Dense, Warmed>>("dense-warmed"),
        Kind::of::<Types<Dense, Crowded>>("dense-crowded"),
        Kind::of::<Types<Hashed, Cold>>("hashed-cold"),
        Kind::of::<Types<Hashed, Warmed>>("hashed-warmed"),
        Kind::of::<Types<Hashed, Crowded>>("hashed-crowded"),
        Kind::of::<Types<Ordered, Cold>>("ordered-cold"),
        Kind::of::<Types<Ordered, Warmed>>("ordered-warmed"),
        Kind::of::<Types<Ordered, Crowded>>("ordered-crowded"),
        Kind::of::<Types<ArrayOfStructs, Cold>>("structs-cold"),
        Kind::of::<Types<ArrayOfStructs, Warmed>>("structs-warmed"),
        Kind::of::<Types<ArrayOfStructs, Crowded>>("structs-crowded"),
    ],
    #[cfg(test)]
    bombs: None,
    #[cfg(test)]
    seeds: seeds::SEEDS,
};

/// The target, as the table has it.
pub const TARGET: Target = Target::try_steps(MODELLED.name, decode)
    .about("TypeRegistry, by operations that bytes spell out, beside a model")
    .ceiling(CEILING);

fn decode(bytes: &[u8]) -> Result<AnySteps<String>, String> {
    modules::all();
    MODELLED.decode(bytes)
}

/// A registry with tables of this layout, in these surroundings.
struct Types<T: Tables, B> {
    world: World<T>,
    surroundings: PhantomData<B>,
}

impl<T: Tables + Send + Sync + 'static, B: Surroundings> Pair for Types<T, B> {
    const OPERATIONS: &'static [Operation<Self>] = Self::OPERATIONS;

    fn new() -> Self {
        let world = World::new(B::BEFORE, modules::all());
        Self { world, surroundings: PhantomData }
    }

    fn check(&self) -> ClaimResult {
        self.world.check()
    }

    fn view(&self) -> String {
        self.world.view()
    }
}
