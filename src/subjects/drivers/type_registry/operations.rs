//! The operations of the target, by code.
//!
//! Operand a chooses the group to register or a handle, b the value types, c the type to which a
//! group refers. A refusal of an invalid group is a valid answer.

use super::super::modelled::{Answer, ClaimResult, Operands, Operation, ensure};
use super::surroundings::Surroundings;
use super::world::{Expected, World};
use super::{Types, groups, modules};
use crate::pause;
use crate::subjects::registry::model::SubType;
use crate::subjects::registry::{GroupRef, MAX_SUPERTYPES, Tables, TypeIndex};

/// An index that names no type.
const NO_TYPE: TypeIndex = TypeIndex::from_u32(1 << 30);

/// Registers the group that `make` returns for the operands.
macro_rules! register {
    ($text:literal, $make:expr) => {
        Operation::new($text, |types: &mut Self, o| {
            let key = pause(|| ($make)(o, types.world.target(o)));
            types.world.register(&key, Expected::Registered)
        })
    };
}

impl<T: Tables + Send + Sync + 'static, B: Surroundings> Types<T, B> {
    pub(super) const OPERATIONS: &'static [Operation<Self>] = &[
        register!("function(a, b, c)", groups::function),
        register!("structure(a, b, c)", groups::structure),
        register!("array(a, b, c)", groups::array),
        register!("exception(a, b, c)", groups::exception),
        register!("cycle(a, b)", |o, _| groups::cycle(o)),
        register!("family(a, b, c)", groups::family),
        register!("chain(a, b, c)", groups::chain),
        register!("empty_group", |_, _| [].into()),
        Operation::new("deep(a, b)", |types, o| {
            let key = pause(|| groups::deep(o));
            let is_too_deep = key.len() > MAX_SUPERTYPES + 1;
            let expected = if is_too_deep { Expected::Refused } else { Expected::Registered };
            types.world.register(&key, expected)
        }),
        Operation::new("subtype(a, b, c)", |types, o| types.world.register_subtype(o)),
        Operation::new("mismatch(a)", |types, o| {
            types.world.register_below(o, is_open, Expected::Refused, groups::mismatch)
        }),
        Operation::new("below_final(a)", |types, o| {
            let is_final = |ty: &SubType<GroupRef>| ty.is_final;
            types.world.register_below(o, is_final, Expected::Refused, groups::below_final)
        }),
        Operation::new("invalid(a, b, c)", |types, o| {
            let key = pause(|| groups::invalid(o, types.world.target(o)));
            types.world.register(&key, Expected::Refused)
        }),
        Operation::new("again(a, b)", |types, o| {
            let Some(group) = types.world.pick_group(o.a, o.b) else { return Ok(Ok(())) };
            let key = pause(|| super::model::copy(group.key()));
            types.world.register(&key, Expected::Registered)
        }),
        Operation::new("module(a)", |types, o| {
            let modules = modules::all();
            types.world.register_module(&modules[usize::from(o.a) % modules.len()])
        }),
        Operation::new("root(a)", |types, o| Ok(types.on_type(o.a, World::root))),
        Operation::new("root_of_none", |types, _| Ok(types.world.root(NO_TYPE))),
        Operation::new("clone(a)", |types, o| Ok(types.on_handle(o, World::clone_at))),
        Operation::new("drop(a)", |types, o| Ok(types.on_handle(o, World::drop_at))),
        Operation::new("drop_collection(a)", |types, o| {
            let place = types.world.pick_collection(o.a);
            Ok(place.map_or(Ok(()), |place| types.world.drop_at(place)))
        }),
        Operation::new("drop_some(a, b)", |types, o| {
            let is_dropped = |number| (o.b >> (number % 8)) & 1 == o.a & 1;
            Ok(types.world.drop_some(is_dropped))
        }),
        Operation::new("drop_all", |types, _| Ok(types.world.drop_all())),
        Operation::new("is_subtype(a, b)", |types, o| Ok(types.world.query_pair(o))),
        Operation::new("query(a)", |types, o| {
            Ok(types.on_type(o.a, |world, index| world.query(index)))
        }),
        Operation::new("query_none", |types, _| Ok(types.world.query(NO_TYPE))),
        Operation::new("get(a)", |types, o| {
            Ok(types.on_type(o.a, |world, index| world.query_type(index)))
        }),
        Operation::new("types", |types, _| {
            let (registry, model) = (&types.world.registry, &types.world.model);
            Ok(ensure(registry.read().types().eq(model.types()), "other types by iteration"))
        }),
        Operation::new("stats", |types, _| {
            let stats = types.world.registry.stats();
            let totals = (stats.groups, stats.types);
            Ok(ensure(totals == types.world.model.len(), "other totals"))
        }),
        Operation::new("clone_registry", |types, _| {
            types.world.registry = types.world.registry.clone();
            Ok(Ok(()))
        }),
    ];

    /// Runs an operation on one of the registered types, if there are any.
    fn on_type(
        &mut self,
        a: u8,
        act: impl FnOnce(&mut World<T>, TypeIndex) -> ClaimResult,
    ) -> ClaimResult {
        self.world.pick_type(a).map_or(Ok(()), |index| act(&mut self.world, index))
    }

    /// Runs an operation on one of the handles, if there are any.
    fn on_handle(
        &mut self,
        o: Operands,
        act: impl FnOnce(&mut World<T>, usize) -> ClaimResult,
    ) -> ClaimResult {
        self.world.pick(o.a).map_or(Ok(()), |place| act(&mut self.world, place))
    }
}

fn is_open(ty: &SubType<GroupRef>) -> bool {
    !ty.is_final
}

impl<T: Tables> World<T> {
    /// The type that operand c chooses.
    fn target(&self, o: Operands) -> groups::Target {
        let index = self.pick_type(o.c)?;
        Some((index, self.model.get(index)?.composite.kind()))
    }

    /// Registers a subtype of a type that is not final.
    fn register_subtype(&mut self, o: Operands) -> Answer {
        let Some(parent) = self.pick_type_that(o.a, is_open) else { return Ok(Ok(())) };
        let is_too_deep = self.model.above(parent).count() >= MAX_SUPERTYPES;
        let expected = if is_too_deep { Expected::Refused } else { Expected::Registered };
        let target = self.target(o);
        self.register_below(o, is_open, expected, |parent| groups::subtype(o, parent, target))
    }

    /// Registers the group that `make` returns for one of the types for which the condition holds.
    fn register_below(
        &mut self,
        o: Operands,
        is_meant: impl Fn(&SubType<GroupRef>) -> bool,
        expected: Expected,
        make: impl FnOnce((TypeIndex, &SubType<TypeIndex>)) -> groups::Key,
    ) -> Answer {
        let Some(parent) = self.pick_type_that(o.a, is_meant) else { return Ok(Ok(())) };
        let reader = self.registry.read();
        let Some(ty) = reader.get(parent) else { return Ok(Err("a type is missing".into())) };
        let key = pause(|| make((parent, ty)));
        drop(reader);
        self.register(&key, expected)
    }

    /// Checks whether one type is below another, through the reader and through handles.
    fn query_pair(&self, o: Operands) -> ClaimResult {
        let (Some(a), Some(b)) = (self.pick_type(o.a), self.pick_type(o.b)) else { return Ok(()) };
        let expected = self.model.is_subtype(a, b);
        ensure(self.registry.read().is_subtype(a, b) == expected, "below, or not, by the reader")?;
        let (Some(a), Some(b)) = (self.registry.root(a), self.registry.root(b)) else {
            return Err("no handle for a type".into());
        };
        ensure(a.is_subtype_of(&b) == expected, "below, or not, by handles")
    }
}
