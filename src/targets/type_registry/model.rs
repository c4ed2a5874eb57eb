//! [`Model`]: which groups should be registered, and how often each is counted, in the naive way.
//!
//! It knows groups by their structure and counts handles. Everything else is computed anew: after
//! a drop, what can be reached from handles is marked and the rest forgotten; counts are edges
//! counted; subtyping is a walk. Indices are the registry's to choose: the model takes them down,
//! and holds the registry to them.

use super::super::modelled::{Verdict, ensure};
use crate::registry::model::{CompositeType, FuncType, RefType, SubType, ValType};
use crate::registry::{GroupRef, GroupView, TypeIndex, View};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A recursion group, as it is told from others.
pub(in crate::targets) type Key = Arc<[SubType<GroupRef>]>;

/// The groups that should be registered.
#[derive(Default)]
pub(super) struct Model {
    groups: BTreeMap<Key, Entry>,
    /// The group of each type, and the type's place in it.
    owners: BTreeMap<TypeIndex, (Key, usize)>,
}

struct Entry {
    indices: Vec<TypeIndex>,
    /// The trampoline types of its functions.
    links: Vec<TypeIndex>,
    handles: usize,
}

/// A copy of a group.
pub(super) fn copy(group: &[SubType<GroupRef>]) -> Key {
    map(group, |reference| reference)
}

/// A group with other references.
pub(super) fn map<R: Copy>(group: &[SubType<R>], to: impl Fn(R) -> GroupRef) -> Key {
    group.iter().map(|ty| ty.try_map(&to).expect("there is memory for a copy")).collect()
}

impl Model {
    /// Takes down that a handle to this group was given out, under these indices. `link` is what
    /// the registry says is a function's trampoline type.
    pub(super) fn retain(
        &mut self,
        group: &[SubType<GroupRef>],
        indices: &[TypeIndex],
        link: impl Fn(TypeIndex) -> Option<TypeIndex>,
    ) -> Verdict {
        if let Some(entry) = self.groups.get_mut(group) {
            entry.handles += 1;
            return ensure(entry.indices == indices, "a duplicate has other indices");
        }
        let mut links = Vec::new();
        for (ty, index) in group.iter().zip(indices) {
            let CompositeType::Func(ty) = &ty.composite else { continue };
            let trampoline = trampoline(ty);
            if *group != *trampoline {
                let Some(to) = link(*index) else {
                    return Err(format!("{index} has no trampoline type").into());
                };
                self.link(trampoline, to)?;
                links.push(to);
            }
        }
        self.insert(copy(group), indices, links, 1)
    }

    /// A trampoline type has an index of its own, or the one that it had.
    fn link(&mut self, trampoline: Key, index: TypeIndex) -> Verdict {
        match self.groups.get(&trampoline) {
            Some(entry) => ensure(entry.indices == [index], "a trampoline type is there twice"),
            None => self.insert(trampoline, &[index], Vec::new(), 0),
        }
    }

    fn insert(
        &mut self,
        key: Key,
        indices: &[TypeIndex],
        links: Vec<TypeIndex>,
        handles: usize,
    ) -> Verdict {
        ensure(key.len() == indices.len(), "a group has not as many indices as types")?;
        for (place, index) in indices.iter().enumerate() {
            let old = self.owners.insert(*index, (key.clone(), place));
            ensure(old.is_none(), "an index was given out that is in use")?;
        }
        self.groups.insert(key, Entry { indices: indices.to_vec(), links, handles });
        Ok(())
    }

    /// Takes down that a handle to this group is gone.
    pub(super) fn release(&mut self, group: &[SubType<GroupRef>]) {
        if let Some(entry) = self.groups.get_mut(group) {
            entry.handles -= 1;
        }
    }

    /// Forgets what no handle leads to.
    pub(super) fn forget_unreachable(&mut self) {
        let mut reached = BTreeSet::new();
        let held = self.groups.iter().filter(|(_, entry)| entry.handles > 0);
        let mut ahead: Vec<Key> = held.map(|(key, _)| key.clone()).collect();
        while let Some(key) = ahead.pop() {
            let entry = &self.groups[&key];
            for_each_edge(&key, entry, |to| {
                ahead.extend(self.owners.get(&to).map(|of| of.0.clone()))
            });
            if !reached.insert(key) {
                continue;
            }
        }
        self.groups.retain(|key, _| reached.contains(key));
        self.owners.retain(|_, (key, _)| reached.contains(key));
    }

    /// The types, in the order of their indices.
    pub(super) fn types(&self) -> impl ExactSizeIterator<Item = TypeIndex> + '_ {
        self.owners.keys().copied()
    }

    /// How many groups and types there are.
    pub(super) fn len(&self) -> (usize, usize) {
        (self.groups.len(), self.owners.len())
    }

    /// A type, as it is told from others.
    pub(super) fn get(&self, index: TypeIndex) -> Option<&SubType<GroupRef>> {
        self.owners.get(&index).map(|(key, place)| &key[*place])
    }

    /// A type's reference, as an index.
    pub(super) fn resolve(&self, from: TypeIndex, reference: GroupRef) -> Option<TypeIndex> {
        match reference {
            GroupRef::Outside(index) => Some(index),
            GroupRef::Inside(place) => {
                let (key, _) = self.owners.get(&from)?;
                self.groups[key].indices.get(place as usize).copied()
            }
        }
    }

    /// The supertypes of a type, the immediate one first.
    pub(super) fn above(&self, index: TypeIndex) -> impl Iterator<Item = TypeIndex> + '_ {
        let parent = |of: &TypeIndex| self.resolve(*of, self.get(*of)?.supertype?);
        std::iter::successors(parent(&index), parent)
    }

    /// Whether `a` is `b` or below it.
    pub(super) fn is_subtype(&self, a: TypeIndex, b: TypeIndex) -> bool {
        a == b || self.above(a).any(|above| above == b)
    }

    /// The index of a function type's trampoline type.
    pub(super) fn trampoline(&self, index: TypeIndex) -> Option<TypeIndex> {
        let CompositeType::Func(ty) = &self.get(index)?.composite else { return None };
        self.groups.get(&trampoline(ty))?.indices.first().copied()
    }

    /// Whether the registry holds these groups, under these indices, counted so often.
    pub(super) fn compare(&self, view: &View) -> Verdict {
        let mut counts = BTreeMap::<&Key, usize>::new();
        for (key, entry) in &self.groups {
            *counts.entry(key).or_default() += entry.handles;
            for_each_edge(key, entry, |to| {
                if let Some((owner, _)) = self.owners.get(&to) {
                    *counts.entry(owner).or_default() += 1;
                }
            });
        }
        let mut expected: Vec<GroupView> = self
            .groups
            .iter()
            .map(|(key, entry)| GroupView {
                key: key.iter().map(SubType::to_string).collect(),
                indices: entry.indices.clone(),
                count: counts[key],
            })
            .collect();
        expected.sort_unstable();
        let differs = |(ours, theirs): &(&GroupView, &GroupView)| ours != theirs;
        match expected.iter().zip(&view.groups).find(differs) {
            Some((ours, theirs)) => Err(format!("{theirs:?} is registered, not {ours:?}").into()),
            None => {
                let (groups, expected) = (view.groups.len(), expected.len());
                ensure(groups == expected, "groups are missing, or are there for nobody")
            }
        }
    }
}

/// Visits what a group keeps registered, an edge at a time.
fn for_each_edge(key: &Key, entry: &Entry, mut visit: impl FnMut(TypeIndex)) {
    for ty in key.iter() {
        ty.for_each_reference(|reference| {
            if let GroupRef::Outside(index) = reference {
                visit(index);
            }
        });
    }
    entry.links.iter().copied().for_each(visit);
}

/// The group that holds a function type's trampoline type.
fn trampoline(ty: &FuncType<GroupRef>) -> Key {
    let types: Vec<_> = ty
        .params()
        .iter()
        .chain(ty.results())
        .map(|ty| match ty {
            ValType::Ref(ty) => ValType::Ref(RefType { heap: ty.heap.top(), ..*ty }),
            number => *number,
        })
        .collect();
    let ty = FuncType::new(super::groups::boxed(types), ty.params().len());
    [SubType { is_final: true, supertype: None, composite: CompositeType::Func(ty) }].into()
}
