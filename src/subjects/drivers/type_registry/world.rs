//! [`World`]: a registry, its model, and the handles that keep types registered.
//!
//! The model, the list of handles and the groups to register are outside the sweep. So a step makes
//! only the requests of the registry.

use super::super::modelled::{Answer, ClaimResult, ensure};
use super::groups::{self, Key};
use super::model::{Model, map};
use super::surroundings::Before;
use crate::pause;
use crate::subjects::registry::model::{CompositeType, SubType};
use crate::subjects::registry::{
    GroupRef, ModuleTypes, Reader, RegisterError, RegisteredGroup, RegisteredType, Tables,
    TypeCollection, TypeIndex, TypeRegistry,
};
use std::fmt::Write;
use std::hash::{BuildHasherDefault, DefaultHasher};

/// A hasher that is the same in every run.
pub(in crate::subjects::drivers) type Hasher = BuildHasherDefault<DefaultHasher>;

pub(in crate::subjects::drivers) struct World<T: Tables> {
    held: Vec<Held<T>>,
    /// The number of handles at the front that are not dropped before the end.
    crowd: usize,
    pub(super) registry: TypeRegistry<T, Hasher>,
    pub(super) model: Model,
}

/// A handle of any kind.
pub(in crate::subjects::drivers) enum Held<T: Tables> {
    Group(RegisteredGroup<T, Hasher>),
    Type(RegisteredType<T, Hasher>),
    Collection(TypeCollection<T, Hasher>),
}

/// The expected result of a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    Registered,
    Refused,
}

impl<T: Tables> Held<T> {
    /// Makes handles for its groups.
    pub(in crate::subjects::drivers) fn groups(
        &self,
    ) -> impl Iterator<Item = RegisteredGroup<T, Hasher>> {
        let (one, many) = match self {
            Self::Group(group) => (Some(group.clone()), None),
            Self::Type(ty) => (Some(ty.group().clone()), None),
            Self::Collection(types) => (None, Some(types.groups())),
        };
        one.into_iter().chain(many.into_iter().flatten())
    }

    /// Another handle of the same kind. For a collection, a handle of its first group.
    pub(in crate::subjects::drivers) fn copy(&self) -> Option<Self> {
        Some(match self {
            Self::Group(group) => Self::Group(group.clone()),
            Self::Type(ty) => Self::Type(ty.clone()),
            Self::Collection(types) => Self::Group(types.groups().next()?),
        })
    }
}

impl<T: Tables> World<T> {
    /// Makes a registry with this history. A warmed-up registry has also held these modules.
    pub(in crate::subjects::drivers) fn new(before: Before, modules: &[ModuleTypes]) -> Self {
        let registry = TypeRegistry::with_hasher(Hasher::default());
        let registry = registry.expect("no fault in the set-up of a registry");
        let mut world = Self { held: Vec::new(), crowd: 0, registry, model: Model::default() };
        let (gaps, stay) = groups::crowd();
        let mut all = |keys: &[Key]| keys.iter().for_each(|key| world.set_up(key));
        match before {
            Before::Cold => {}
            Before::Warmed => {
                all(&gaps);
                all(&stay);
                for module in modules {
                    let answer = world.register_module(module);
                    assert_eq!(answer, Ok(Ok(())), "a module that is to warm a registry up");
                }
                let _ = world.drop_all();
            }
            Before::Crowded => {
                all(&gaps);
                all(&stay);
                for _ in gaps {
                    let _ = world.drop_at(0);
                }
                world.crowd = stay.len();
            }
        }
        world
    }

    fn set_up(&mut self, key: &Key) {
        let answer = self.register(key, Expected::Registered);
        assert_eq!(answer, Ok(Ok(())), "a group that is there before the first step");
    }

    /// Registers a group and keeps the handle.
    pub(super) fn register(&mut self, key: &Key, expected: Expected) -> Answer {
        match self.registry.register(key) {
            Ok(_) if expected == Expected::Refused => {
                Ok(Err("registered, where it should be refused".into()))
            }
            Ok(group) => Ok(pause(|| {
                ensure(*group.key() == **key, "another group was registered")?;
                self.keep(Held::Group(group))
            })),
            Err(RegisterError::OutOfMemory(oom)) => Err(oom),
            Err(RegisterError::Refused { .. }) if expected != Expected::Registered => Ok(Ok(())),
            Err(RegisterError::Refused { why, .. }) => Ok(Err(why.into())),
        }
    }

    /// Registers a module's groups and keeps the collection.
    pub(in crate::subjects::drivers) fn register_module(&mut self, module: &ModuleTypes) -> Answer {
        match self.registry.register_module(module) {
            Ok(types) => Ok(pause(|| {
                let keys = module_keys(module, types.types());
                let are_same = keys.len() == types.groups().len()
                    && keys.iter().zip(types.groups()).all(|(key, group)| **key == *group.key());
                ensure(are_same, "other groups were registered than the module has")?;
                self.keep(Held::Collection(types))
            })),
            Err(RegisterError::OutOfMemory(oom)) => Err(oom),
            Err(RegisterError::Refused { why, .. }) => Ok(Err(why.into())),
        }
    }

    /// Keeps a handle and records it in the model.
    pub(super) fn keep(&mut self, held: Held<T>) -> ClaimResult {
        let verdict = held.groups().try_for_each(|group| {
            let link = |index| self.registry.read().trampoline_type(index);
            self.model.retain(group.key(), group.types(), link)
        });
        self.held.push(held);
        verdict
    }

    /// Checks `root`: it returns a handle for a registered type, and `None` for other indices.
    pub(in crate::subjects::drivers) fn root(&mut self, index: TypeIndex) -> ClaimResult {
        let root = self.registry.root(index);
        let is_there = self.model.get(index).is_some();
        match root {
            Some(root) if is_there && root.index() == index => {
                let above = self.model.above(index);
                let is_same = root.supertypes().iter().rev().copied().eq(above);
                ensure(is_same, "a handle knows other supertypes")?;
                pause(|| self.keep(Held::Type(root)))
            }
            None if !is_there => Ok(()),
            _ => Err("a handle for no type, or none for a type".into()),
        }
    }

    /// Keeps a [copy](Held::copy) of a handle, if it can be copied.
    pub(super) fn clone_at(&mut self, place: usize) -> ClaimResult {
        match self.held[place].copy() {
            Some(copy) => pause(|| self.keep(copy)),
            None => Ok(()),
        }
    }

    /// Drops a handle.
    pub(super) fn drop_at(&mut self, place: usize) -> ClaimResult {
        self.release(place);
        pause(|| self.model.forget_unreachable());
        Ok(())
    }

    /// Drops the handles for which the condition holds, the oldest first.
    pub(in crate::subjects::drivers) fn drop_some(
        &mut self,
        mut is_dropped: impl FnMut(usize) -> bool,
    ) -> ClaimResult {
        let mut place = self.crowd;
        for number in 0..self.held.len() - self.crowd {
            match is_dropped(number) {
                true => self.release(place),
                false => place += 1,
            }
        }
        pause(|| self.model.forget_unreachable());
        Ok(())
    }

    /// Drops a handle. The model removes unreachable groups later.
    fn release(&mut self, place: usize) {
        let held = self.held.remove(place);
        held.groups().for_each(|group| self.model.release(group.key()));
        drop(held);
    }

    /// Drops all handles except those of the crowd, the oldest first.
    pub(in crate::subjects::drivers) fn drop_all(&mut self) -> ClaimResult {
        self.drop_some(|_| true)
    }

    /// The index of one of the handles that may be dropped.
    pub(super) fn pick(&self, a: u8) -> Option<usize> {
        Some(self.crowd + usize::from(a).checked_rem(self.held.len() - self.crowd)?)
    }

    /// The index of one of the collections.
    pub(super) fn pick_collection(&self, a: u8) -> Option<usize> {
        let is_one = |place: &usize| matches!(self.held[*place], Held::Collection(_));
        let count = (self.crowd..self.held.len()).filter(is_one).count();
        let number = usize::from(a).checked_rem(count)?;
        (self.crowd..self.held.len()).filter(is_one).nth(number)
    }

    /// One of the groups of a handle.
    pub(super) fn pick_group(&self, a: u8, b: u8) -> Option<RegisteredGroup<T, Hasher>> {
        let held = &self.held[self.pick(a)?];
        held.groups().nth(usize::from(b).checked_rem(held.groups().count())?)
    }

    /// One of the registered types.
    pub(super) fn pick_type(&self, a: u8) -> Option<TypeIndex> {
        let types = self.model.types();
        let number = usize::from(a).checked_rem(types.len())?;
        { types }.nth(number)
    }

    /// One of the registered types for which the condition holds.
    pub(super) fn pick_type_that(
        &self,
        a: u8,
        is_meant: impl Fn(&SubType<GroupRef>) -> bool,
    ) -> Option<TypeIndex> {
        let meant =
            || self.model.types().filter(|index| self.model.get(*index).is_some_and(&is_meant));
        meant().nth(usize::from(a).checked_rem(meant().count())?)
    }

    /// All registered types. Makes a request for the list.
    pub(in crate::subjects::drivers) fn types(&self) -> Vec<TypeIndex> {
        self.model.types().collect()
    }

    /// Compares all queries about a type with the model. No request.
    pub(in crate::subjects::drivers) fn query(&self, index: TypeIndex) -> ClaimResult {
        let reader = self.registry.read();
        let (ours, theirs) = (self.model.get(index), reader.get(index));
        ensure(ours.is_some() == theirs.is_some(), "a type that is not there, or none that is")?;
        let above = self.model.above(index);
        let is_same = reader.supertypes(index).iter().rev().copied().eq(above);
        ensure(is_same, "other supertypes")?;
        ensure(
            self.model
                .above(index)
                .all(|above| reader.is_subtype(index, above) && !reader.is_subtype(above, index)),
            "a type is not below its supertypes, or they are below it",
        )?;
        let trampoline = self.model.trampoline(index);
        ensure(reader.trampoline_type(index) == trampoline, "another trampoline type")?;
        self.query_layout(&reader, index)
    }

    /// Checks that fields are in order, at multiples of their size, within the object.
    fn query_layout(&self, reader: &Reader<'_, T, Hasher>, index: TypeIndex) -> ClaimResult {
        let fields = match self.model.get(index).map(|ty| &ty.composite) {
            None | Some(CompositeType::Func(_)) => {
                return ensure(reader.layout(index).is_none(), "a layout of no object");
            }
            Some(CompositeType::Struct(fields) | CompositeType::Exn(fields)) => fields.len(),
            Some(CompositeType::Array(_)) => 1,
        };
        let Some(layout) = reader.layout(index) else { return Err("no layout".into()) };
        ensure(layout.fields.len() == fields, "a layout of more fields, or of fewer")?;
        let mut end = 0;
        for field in &layout.fields {
            let is_placed = field.offset >= end && field.offset % field.size == 0;
            ensure(is_placed, "a field stands in another, or at no multiple of its size")?;
            end = field.offset + field.size;
        }
        let is_object = layout.align.is_power_of_two() && layout.size % layout.align == 0;
        let is_array =
            matches!(self.model.get(index).map(|ty| &ty.composite), Some(CompositeType::Array(_)));
        ensure(is_array || is_object && layout.size >= end, "an object of another size")
    }

    /// Checks that a type reads as it was registered. Makes a copy for the comparison, outside the
    /// sweep.
    pub(super) fn query_type(&self, index: TypeIndex) -> ClaimResult {
        let reader = self.registry.read();
        let resolve = |reference| self.model.resolve(index, reference);
        pause(|| match (self.model.get(index), reader.get(index)) {
            (Some(ours), Some(theirs)) => {
                let ours = ours.try_map(resolve);
                let theirs = theirs.try_map(Some);
                ensure(ours == theirs, "a type reads otherwise than it was registered")
            }
            (None, None) => Ok(()),
            _ => Err("a type that is not there, or none that is".into()),
        })
    }

    /// Checks that the registry is valid and agrees with the model.
    pub(in crate::subjects::drivers) fn check(&self) -> ClaimResult {
        self.registry.check()?;
        let stats = self.registry.stats();
        let is_as_large = (stats.groups, stats.types) == self.model.len();
        let compared = self.model.compare(&self.registry.view_groups());
        compared.and(ensure(is_as_large, "other totals than the model's"))
    }

    /// The view of the registry; see [`view`].
    pub(in crate::subjects::drivers) fn view(&self) -> String {
        view(&self.registry)
    }
}

/// The groups of a registry with their indices and counts, one line each. Everything else follows
/// from these, and `check` verifies that.
pub(in crate::subjects::drivers) fn view<T: Tables>(registry: &TypeRegistry<T, Hasher>) -> String {
    let mut text = String::new();
    for group in registry.view_groups() {
        let (key, indices) = (group.key.join(" "), group.indices);
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}x {indices:?} {key}", group.count);
    }
    text
}

/// The keys of a module's groups with these indices, computed from the definition without the
/// registry.
pub(in crate::subjects::drivers) fn module_keys(
    module: &ModuleTypes,
    indices: &[TypeIndex],
) -> Vec<Key> {
    let key = |range: &std::ops::Range<u32>| {
        let types = &module.types()[range.start as usize..range.end as usize];
        map(types, |index| match range.contains(&index) {
            true => GroupRef::Inside(index - range.start),
            false => GroupRef::Outside(indices[index as usize]),
        })
    };
    module.groups().iter().map(key).collect()
}
