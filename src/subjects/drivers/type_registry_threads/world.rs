//! The operations of tasks on a shared registry: [`World`], the shared state, and [`Task`], with
//! the handles of one task.
//!
//! There is no model, because the registered types depend on the schedule. Instead these are
//! checked: a task's handles keep their groups registered with the same indices; equal groups that
//! are held at the same time are one group; and when all handles are dropped, nothing is
//! registered.
//!
//! The lists of handles and the groups to register are outside the sweep. No list is locked during
//! a step of the registry, because another task may continue there.

use super::super::modelled::{Answer, ClaimResult, Disagreement, Operands, ensure};
use super::super::type_registry::{Hasher, Held, Key, array, copy, module_keys, modules};
use super::program::{Case, MOST, Operation, Step};
use crate::collections::OutOfMemory;
use crate::pause;
use crate::subjects::registry::model::{CompositeKind, SubType};
use crate::subjects::registry::{GroupRef, Reader, RegisterError, Tables, TypeIndex, TypeRegistry};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A registry, and the data that tasks share.
pub(super) struct World<T: Tables> {
    // Dropped first.
    /// Handles that were given away.
    left: Mutex<Vec<Own<T>>>,
    /// The types for which tasks have had handles in this round.
    seen: Mutex<Vec<TypeIndex>>,
    disagreement: Mutex<Disagreement>,
    groups: Vec<Key>,
    pub(super) registry: TypeRegistry<T, Hasher>,
}

/// A handle, and the groups that it must keep registered.
pub(super) struct Own<T: Tables> {
    held: Held<T>,
    groups: Vec<Known>,
}

/// A group as it was registered.
struct Known {
    key: Key,
    indices: Vec<TypeIndex>,
}

impl Known {
    /// Whether two groups that are registered at the same time are consistent: equal keys have
    /// equal indices, and different keys share no index.
    fn agrees_with(&self, other: &Self) -> bool {
        let is_shared = self.indices.iter().any(|index| other.indices.contains(index));
        if self.key == other.key { self.indices == other.indices } else { !is_shared }
    }

    /// The index of the supertype of the type at this position.
    fn above(&self, place: usize) -> Option<TypeIndex> {
        Some(match self.key[place].supertype? {
            GroupRef::Outside(index) => index,
            GroupRef::Inside(place) => self.indices[place as usize],
        })
    }
}

fn lock<L>(list: &Mutex<L>) -> MutexGuard<'_, L> {
    list.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<T: Tables> World<T> {
    pub(super) fn new(groups: Vec<Key>) -> Self {
        let registry = TypeRegistry::with_hasher(Hasher::default());
        let registry = registry.expect("no fault in the set-up of a registry");
        let (left, seen) = (Mutex::default(), Mutex::default());
        Self { left, seen, disagreement: Mutex::default(), groups, registry }
    }

    /// Runs the program of a task. Returns the handles that it has at the end.
    pub(super) fn follow(
        &self,
        place: usize,
        program: &[Step],
    ) -> Result<Vec<Own<T>>, OutOfMemory> {
        let mut task = Task { world: self, own: Vec::new() };
        for (number, step) in program.iter().enumerate() {
            let verdict = task.perform(*step)?;
            pause(|| lock(&self.disagreement).note(place * MOST + number, verdict));
        }
        Ok(task.own)
    }

    /// Called when all tasks are done, with their remaining handles. Checks that these agree and
    /// that the registry is valid, then drops them.
    pub(super) fn rest(&self, mut own: Vec<Own<T>>) {
        own.append(&mut lock(&self.left));
        lock(&self.seen).clear();
        let note = |verdict| lock(&self.disagreement).note(usize::MAX, verdict);
        for (number, one) in own.iter().enumerate() {
            note(one.verify());
            note(one.agrees_with(&own[..number]));
        }
        note(self.registry.check().map_err(Into::into));
        drop(own);
    }

    /// Checks that nothing was wrong and that nothing is registered any more.
    pub(super) fn check(&self, case: &Case) -> Result<(), String> {
        lock(&self.disagreement).check(|number| case.describe(number))?;
        self.registry.check()?;
        let stats = self.registry.stats();
        Ok(ensure((stats.groups, stats.types) == (0, 0), "something is left behind")?)
    }
}

impl<T: Tables> Own<T> {
    /// Checks that the handle has the expected groups. Makes a step of the registry for each.
    fn verify(&self) -> ClaimResult {
        let mut groups = self.held.groups();
        let are_same = self.groups.iter().all(|known| {
            groups
                .next()
                .is_some_and(|group| group.key() == &*known.key && group.types() == &*known.indices)
        });
        ensure(are_same && groups.next().is_none(), "a handle is of another group")
    }

    fn agrees_with(&self, others: &[Self]) -> ClaimResult {
        let mut known = others.iter().flat_map(|other| &other.groups);
        let agrees = known.all(|known| self.groups.iter().all(|group| group.agrees_with(known)));
        ensure(agrees, "equal groups have other indices, or others have the same")
    }

    fn knows(&self, index: TypeIndex) -> bool {
        self.groups.iter().any(|known| known.indices.contains(&index))
    }
}

/// One of the tasks.
struct Task<'a, T: Tables> {
    world: &'a World<T>,
    own: Vec<Own<T>>,
}

impl<T: Tables> Task<'_, T> {
    fn perform(&mut self, Step { operation, a }: Step) -> Answer {
        let world = self.world;
        let place = usize::from(a).checked_rem(self.own.len());
        Ok(match (operation, place) {
            (Operation::Register, _) => {
                return self.register(&world.groups[usize::from(a) % world.groups.len()]);
            }
            (Operation::Module, _) => return self.register_module(a),
            (Operation::Root, _) => self.root(a),
            (Operation::Take, _) => {
                pause(|| self.own.extend(lock(&world.left).pop()));
                Ok(())
            }
            (Operation::DropAll, _) => {
                self.own.clear();
                Ok(())
            }
            // All other operations need a handle.
            (_, None) => Ok(()),
            (Operation::Refer, Some(place)) => {
                let key = pause(|| self.own[place].groups.first().and_then(referring));
                match key {
                    Some(key) => return self.register(&key),
                    None => Ok(()),
                }
            }
            (Operation::Clone, Some(place)) => match self.own[place].held.copy() {
                Some(held) => pause(|| {
                    let key = self.own[place].groups[0].key.clone();
                    self.keep(held, &[key])
                }),
                None => Ok(()),
            },
            (Operation::Drop, Some(place)) => {
                drop(self.own.remove(place));
                Ok(())
            }
            (Operation::Look, Some(place)) => self.look(&self.own[place]),
            (Operation::Subtype, Some(place)) => self.subtype(&self.own[place]),
            (Operation::Give, Some(place)) => {
                let own = self.own.remove(place);
                pause(|| lock(&world.left).push(own));
                Ok(())
            }
        })
    }

    /// Registers a group and keeps the handle.
    fn register(&mut self, key: &Key) -> Answer {
        match self.world.registry.register(key) {
            Ok(group) => Ok(pause(|| self.keep(Held::Group(group), std::slice::from_ref(key)))),
            Err(error) => refused(error),
        }
    }

    /// Registers a module and keeps the collection.
    fn register_module(&mut self, a: u8) -> Answer {
        let modules = modules();
        let module = &modules[usize::from(a) % modules.len()];
        match self.world.registry.register_module(module) {
            Ok(types) => Ok(pause(|| {
                let keys = module_keys(module, types.types());
                self.keep(Held::Collection(types), &keys)
            })),
            Err(error) => refused(error),
        }
    }

    /// Keeps a handle, which should have these groups.
    fn keep(&mut self, held: Held<T>, keys: &[Key]) -> ClaimResult {
        let indices = held.groups().map(|group| group.types().to_vec());
        let groups: Vec<_> = keys.iter().cloned().zip(indices).collect();
        let groups: Vec<_> =
            groups.into_iter().map(|(key, indices)| Known { key, indices }).collect();
        let own = Own { held, groups };
        let verdict = own.verify().and_then(|()| own.agrees_with(&self.own));
        let indices = own.groups.iter().flat_map(|known| known.indices.iter().copied());
        lock(&self.world.seen).extend(indices);
        self.own.push(own);
        verdict
    }

    /// Roots a type that is or was registered.
    fn root(&mut self, a: u8) -> ClaimResult {
        let seen = || {
            let seen = lock(&self.world.seen);
            Some(seen[usize::from(a).checked_rem(seen.len())?])
        };
        let Some(index) = seen() else { return Ok(()) };
        let reader = self.world.registry.read();
        let (root, is_there) = (reader.root(index), reader.get(index).is_some());
        // Dropped first, because dropping a handle while holding a reader deadlocks.
        drop(reader);
        match root {
            Some(root) if is_there && root.index() == index => pause(|| {
                ensure(root.group().types().contains(&index), "a root is of another group")?;
                let key = copy(root.group().key());
                self.keep(Held::Type(root), &[key])
            }),
            None if !is_there => {
                let is_own = self.own.iter().any(|own| own.knows(index));
                ensure(!is_own, "a type is gone that is held")
            }
            _ => Err("a handle for no type, or none for a type".into()),
        }
    }

    /// Checks that the types of a handle read as they were registered.
    fn look(&self, own: &Own<T>) -> ClaimResult {
        let reader = self.world.registry.read();
        own.groups.iter().try_for_each(|known| {
            let places = known.key.iter().zip(&known.indices).enumerate();
            { places }.try_for_each(|(place, (ty, index))| {
                look_at(&reader, *index, ty)?;
                let above = reader.supertypes(*index).last().copied();
                ensure(above == known.above(place), "a type has another supertype")
            })
        })
    }

    /// Checks that types are below their supertypes, and supertypes not below them.
    fn subtype(&self, own: &Own<T>) -> ClaimResult {
        let registry = &self.world.registry;
        own.groups.iter().try_for_each(|known| {
            (0..known.key.len()).try_for_each(|place| {
                let index = known.indices[place];
                let Some(above) = known.above(place) else { return Ok(()) };
                let (Some(ty), Some(parent)) = (registry.root(index), registry.root(above)) else {
                    return Err("a type is gone that is held".into());
                };
                let is_below = ty.is_subtype_of(&parent) && !parent.is_subtype_of(&ty);
                ensure(is_below, "a type is not below its supertype")
            })
        })
    }
}

/// The registry refused valid types, unless a request failed.
fn refused(error: RegisterError) -> Answer {
    match error {
        RegisterError::OutOfMemory(oom) => Err(oom),
        RegisterError::Refused { why, .. } => Ok(Err(why.into())),
    }
}

/// An array type of references to the first type of the group. `None` for exception types.
fn referring(known: &Known) -> Option<Key> {
    /// An element that is a reference to the target.
    const REFERENCE: u8 = 12;
    let (index, kind) = (*known.indices.first()?, known.key.first()?.composite.kind());
    let operands = Operands { a: 0, b: REFERENCE, c: 0 };
    (kind != CompositeKind::Exn).then(|| array(operands, Some((index, kind))))
}

/// Checks that a held type has the properties of its kind.
fn look_at<T: Tables>(
    reader: &Reader<'_, T, Hasher>,
    index: TypeIndex,
    ty: &SubType<GroupRef>,
) -> ClaimResult {
    let Some(there) = reader.get(index) else { return Err("a type is gone that is held".into()) };
    let kind = ty.composite.kind();
    ensure(
        there.composite.kind() == kind && there.is_final == ty.is_final,
        "a type reads otherwise than it was registered",
    )?;
    let is_func = kind == CompositeKind::Func;
    ensure(reader.layout(index).is_some() != is_func, "no layout, or one of a function")?;
    let trampoline = reader.trampoline_type(index);
    ensure(trampoline.is_some() == is_func, "no trampoline type, or one of no function")?;
    let is_there = trampoline.is_none_or(|index| reader.get(index).is_some());
    ensure(is_there, "a trampoline type is gone, of a type that is held")
}
