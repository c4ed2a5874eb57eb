//! [`Model`]: a naive computation of which groups should be registered and of their counts.
//!
//! It identifies groups by their structure and counts handles. It recomputes everything else: after
//! a drop it marks all groups that are reachable from handles and removes the rest; a count is the
//! number of edges; a subtype query follows the chain of parents. The registry chooses the indices.
//! The model records them and checks that they stay the same.

use super::super::modelled::{ClaimResult, ensure};
use super::groups::{Key, boxed};
use crate::subjects::registry::model::{
    CompositeKind, CompositeType, FuncType, RefType, SubType, ValType,
};
use crate::subjects::registry::{GroupRef, GroupView, TypeIndex};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// The groups that should be registered.
#[derive(Default)]
pub(super) struct Model {
    /// The place of each group.
    places: BTreeMap<Key, usize>,
    groups: BTreeMap<usize, Entry>,
    /// For each type, the place of its group and the position of the type in it.
    owners: BTreeMap<TypeIndex, (usize, usize)>,
    /// The number of groups seen so far.
    seen: usize,
}

struct Entry {
    key: Key,
    indices: Vec<TypeIndex>,
    /// For each type of the group, its trampoline type if that is another type.
    links: Vec<Option<TypeIndex>>,
    handles: usize,
}

/// A copy of a group.
pub(in crate::subjects::drivers) fn copy(group: &[SubType<GroupRef>]) -> Key {
    map(group, |reference| reference)
}

/// A copy of a group with mapped references.
pub(super) fn map<R: Copy>(group: &[SubType<R>], to: impl Fn(R) -> GroupRef) -> Key {
    group.iter().map(|ty| ty.try_map(&to).expect("no fault while copying")).collect()
}

impl Model {
    /// Records a new handle for this group with these indices. `link` returns the registry's
    /// trampoline type of a function.
    pub(super) fn retain(
        &mut self,
        group: &[SubType<GroupRef>],
        indices: &[TypeIndex],
        link: impl Fn(TypeIndex) -> Option<TypeIndex>,
    ) -> ClaimResult {
        if let Some(entry) = self.places.get(group).and_then(|at| self.groups.get_mut(at)) {
            entry.handles += 1;
            return ensure(entry.indices == indices, "a duplicate has other indices");
        }
        let mut links = Vec::new();
        for (ty, index) in group.iter().zip(indices) {
            let trampoline = match &ty.composite {
                CompositeType::Func(ty) => Some(trampoline(ty)),
                _ => None,
            };
            let other = trampoline.filter(|trampoline| *group != **trampoline);
            links.push(match other {
                Some(key) => Some(self.link(key, link(*index))?),
                None => None,
            });
        }
        self.insert(copy(group), indices, links, 1)
    }

    /// A new trampoline type gets a new index; a known one keeps its index.
    fn link(
        &mut self,
        trampoline: Key,
        index: Option<TypeIndex>,
    ) -> Result<TypeIndex, Cow<'static, str>> {
        let index = index.ok_or("a function has no trampoline type")?;
        match self.find(&trampoline) {
            Some(entry) => ensure(entry.indices == [index], "a trampoline type is there twice")?,
            None => self.insert(trampoline, &[index], vec![None], 0)?,
        }
        Ok(index)
    }

    fn find(&self, group: &[SubType<GroupRef>]) -> Option<&Entry> {
        self.places.get(group).map(|at| &self.groups[at])
    }

    fn insert(
        &mut self,
        key: Key,
        indices: &[TypeIndex],
        links: Vec<Option<TypeIndex>>,
        handles: usize,
    ) -> ClaimResult {
        ensure(key.len() == indices.len(), "a group has not as many indices as types")?;
        let at = self.seen;
        for (place, index) in indices.iter().enumerate() {
            let old = self.owners.insert(*index, (at, place));
            ensure(old.is_none(), "an index was given out that is in use")?;
        }
        self.places.insert(key.clone(), at);
        self.groups.insert(at, Entry { key, indices: indices.to_vec(), links, handles });
        self.seen += 1;
        Ok(())
    }

    /// Records that a handle of this group was dropped.
    pub(super) fn release(&mut self, group: &[SubType<GroupRef>]) {
        if let Some(entry) = self.places.get(group).and_then(|at| self.groups.get_mut(at)) {
            entry.handles -= 1;
        }
    }

    /// Removes the groups that no handle reaches.
    pub(super) fn forget_unreachable(&mut self) {
        let mut reached = BTreeSet::new();
        let held = self.groups.iter().filter(|(_, entry)| entry.handles > 0);
        let mut ahead: Vec<usize> = held.map(|(at, _)| *at).collect();
        while let Some(at) = ahead.pop() {
            if reached.insert(at) {
                for_each_edge(&self.groups[&at], |to| {
                    ahead.extend(self.owners.get(&to).map(|(owner, _)| *owner));
                });
            }
        }
        self.groups.retain(|at, _| reached.contains(at));
        self.places.retain(|_, at| reached.contains(at));
        self.owners.retain(|_, (at, _)| reached.contains(at));
    }

    /// The types, in the order of their indices.
    pub(super) fn types(&self) -> impl ExactSizeIterator<Item = TypeIndex> + '_ {
        self.owners.keys().copied()
    }

    /// The numbers of groups and types.
    pub(super) fn len(&self) -> (usize, usize) {
        (self.groups.len(), self.owners.len())
    }

    /// A type as it is in its group's key.
    pub(super) fn get(&self, index: TypeIndex) -> Option<&SubType<GroupRef>> {
        self.owners.get(&index).map(|(at, place)| &self.groups[at].key[*place])
    }

    /// The index of a type's reference.
    pub(super) fn resolve(&self, from: TypeIndex, reference: GroupRef) -> Option<TypeIndex> {
        match reference {
            GroupRef::Outside(index) => Some(index),
            GroupRef::Inside(place) => {
                let (at, _) = self.owners.get(&from)?;
                self.groups[at].indices.get(place as usize).copied()
            }
        }
    }

    /// The supertypes of a type, starting with the immediate one.
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
        let (at, place) = self.owners.get(&index)?;
        let is_func = self.get(index)?.composite.kind() == CompositeKind::Func;
        self.groups[at].links[*place].or(is_func.then_some(index))
    }

    /// Whether the registry holds exactly the model's groups, with the same indices and counts.
    pub(super) fn compare(&self, groups: &[GroupView]) -> ClaimResult {
        let mut incoming = BTreeMap::<usize, usize>::new();
        for entry in self.groups.values() {
            for_each_edge(entry, |to| {
                if let Some((owner, _)) = self.owners.get(&to) {
                    *incoming.entry(*owner).or_default() += 1;
                }
            });
        }
        let mut expected: Vec<GroupView> = self
            .groups
            .iter()
            .map(|(at, entry)| GroupView {
                key: entry.key.iter().map(SubType::to_string).collect(),
                indices: entry.indices.clone(),
                count: entry.handles + incoming.get(at).copied().unwrap_or(0),
            })
            .collect();
        expected.sort_unstable();
        let differs = |(ours, theirs): &(&GroupView, &GroupView)| ours != theirs;
        match expected.iter().zip(groups).find(differs) {
            Some((ours, theirs)) => Err(format!("{theirs:?} is registered, not {ours:?}").into()),
            None => {
                let (groups, expected) = (groups.len(), expected.len());
                ensure(groups == expected, "groups are missing, or are there for nobody")
            }
        }
    }
}

/// Visits the types that a group keeps registered, once per edge.
fn for_each_edge(entry: &Entry, mut visit: impl FnMut(TypeIndex)) {
    for ty in entry.key.iter() {
        ty.for_each_reference(|reference| {
            if let GroupRef::Outside(index) = reference {
                visit(index);
            }
        });
    }
    entry.links.iter().flatten().copied().for_each(visit);
}

/// The group of a function type's trampoline type.
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
    let ty = FuncType::new(boxed(types), ty.params().len());
    [SubType { is_final: true, supertype: None, composite: CompositeType::Func(ty) }].into()
}
