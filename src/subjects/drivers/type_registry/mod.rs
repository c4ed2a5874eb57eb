//! The target `type_registry`: compares a [`TypeRegistry`] with a model. The model computes from
//! structures and handles which groups must be registered and the count of each.
//!
//! The bytes have the [layout of the collections' targets](crate::targets). The kinds are the four layouts
//! of tables, each in a registry that is cold, warmed up or crowded. Operations register groups
//! made from their operands, duplicates, subtypes and small modules; they root types, clone and
//! drop handles, and make queries. The registry refuses some groups as invalid. That is a valid
//! answer, and the registry must be as it was.
//!
//! `groups` makes the groups, `model` computes the right answers, `world` has the registry, the
//! model and the handles, and `operations` defines the codes.

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
pub(super) use groups::{Key, array, crowd};
pub(super) use model::copy;
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

/// The target, for the table.
pub const TARGET: Target = Target::try_steps(MODELLED.name, decode)
    .about("TypeRegistry, by operations that bytes spell out, beside a model")
    .ceiling(CEILING);

fn decode(bytes: &[u8]) -> Result<AnySteps<String>, String> {
    modules::all();
    MODELLED.decode(bytes)
}

/// A registry with tables of this layout and this history.
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
