//! [`TypeRegistry::check`]: verifies the invariants of a registry.
//!
//! For tests. No other thread may register, clone or drop during the check. It recomputes
//! everything from the keys of the groups, with other algorithms than the registry uses.

use super::TypeIndex;
use super::canonical::{draft_of_key, for_each_outside};
use super::group::Group;
use super::group_ref::GroupRef;
use super::handle::is_subtype;
use super::layout::TypeLayout;
use super::model::{CompositeType, SubType};
use super::registry::TypeRegistry;
use super::state::State;
use super::tables::{Rows, Tables};
use super::trampoline::{is_trampoline, trampoline_key};
use std::collections::BTreeMap;
use std::hash::BuildHasher;
use std::iter;

type Outcome = Result<(), String>;

/// Returns a description of what is wrong unless the condition holds.
macro_rules! ensure {
    ($holds:expr, $($what:tt)*) => {
        if !$holds {
            return Err(format!($($what)*));
        }
    };
}

impl<T: Tables, S: BuildHasher> TypeRegistry<T, S> {
    /// Verifies all invariants of the registry. No other thread may use it meanwhile.
    ///
    /// O(size · log size). Aborts if there is no memory for its own data.
    ///
    /// # Errors
    /// Returns a description of what is wrong.
    pub fn check(&self) -> Result<(), String> {
        let state = self.shared.read();
        state.check_rooms()?;
        state.tables.check()?;
        state.check_links()?;
        for group in state.groups.iter() {
            state.check_group(group)?;
            for (place, index) in group.indices().iter().enumerate() {
                state.check_type(group, place, *index)?;
            }
        }
        let above = |index| state.tables.above(index);
        state.check_subtyping(|of, to| is_subtype((of, above(of)), (to, above(to))))?;
        state.check_counts()?;
        state.check_order()
    }
}

impl<T: Rows, S: BuildHasher> State<T, S> {
    /// The drop stack is empty and has room for all groups.
    fn check_rooms(&self) -> Outcome {
        ensure!(self.drop_stack.is_empty(), "the drop stack is not empty");
        let room = self.drop_stack.capacity();
        let (types, groups) = (self.tables.len(), self.groups.len());
        ensure!(room >= types.max(groups), "the drop stack has room for {room} of {types} types");
        Ok(())
    }

    /// Each type is in its group, and each group has its types.
    fn check_links(&self) -> Outcome {
        let mut owners = BTreeMap::new();
        for group in self.groups.iter() {
            ensure!(group.key().len() == group.indices().len(), "a group of another length");
            for index in group.indices() {
                ensure!(owners.insert(*index, group).is_none(), "{index} is in two groups");
            }
        }
        for (index, group) in &owners {
            let is_linked = self.tables.group(*index).is_some_and(|back| back.is(group));
            ensure!(is_linked, "{index} does not link back to its group");
        }
        let (in_groups, live) = (owners.len(), self.tables.len());
        ensure!(in_groups == live, "{in_groups} types in groups, {live} in the tables");
        Ok(())
    }

    /// A group is registered once, under its key.
    pub(super) fn check_group(&self, group: &Group<T::Schedule>) -> Outcome {
        let found = self.group_of(group.key()).is_some_and(|found| found.is(group));
        ensure!(found, "{:?} is not the one group of its key", group.indices());
        ensure!(!group.is_unregistered(), "{:?} is unregistered", group.indices());
        Ok(())
    }

    /// The group of a key. Does not change its count.
    fn group_of(&self, key: &[SubType<GroupRef>]) -> Option<&Group<T::Schedule>> {
        let draft = draft_of_key(key);
        self.groups.get(self.groups.hash(&draft), &draft)
    }

    fn check_type(&self, group: &Group<T::Schedule>, place: usize, index: TypeIndex) -> Outcome {
        let key = &group.key()[place];
        let ty = self.tables.get(index).ok_or(format!("{index} is free"))?;
        let resolved = key.try_map(|reference| reference.resolve(group.indices()));
        ensure!(resolved.as_ref() == Ok(ty), "{index} is {ty}, not what its key says");
        let mut dangling = None;
        ty.for_each_reference(|to| {
            dangling = dangling.or((self.tables.get(to).is_none()).then_some(to));
        });
        ensure!(dangling.is_none(), "{index} refers to {dangling:?}, which is free");
        self.check_supertypes(index, ty.supertype)?;

        let layout = TypeLayout::of(&ty.composite).map_err(|error| error.to_string())?;
        ensure!(self.tables.layout(index) == layout.as_ref(), "{index} has another layout");

        let trampoline = match &key.composite {
            CompositeType::Func(ty) if !is_trampoline(group.key()) => {
                let key = trampoline_key(ty).map_err(|error| error.to_string())?;
                let group = self.group_of(&key);
                let group = group.ok_or(format!("the trampoline type of {index} is missing"))?;
                Some(group.indices()[0])
            }
            _ => None,
        };
        ensure!(self.tables.trampoline(index) == trampoline, "{index} has another trampoline");
        Ok(())
    }

    /// The list of supertypes is the chain of parents.
    fn check_supertypes(&self, index: TypeIndex, parent: Option<TypeIndex>) -> Outcome {
        let listed = self.tables.supertypes(index);
        ensure!(listed.is_some() == parent.is_some(), "{index} has a list or a supertype only");
        let above = |index| self.tables.above(index);
        let mut walk = parent;
        let mut left = above(index);
        while let Some(parent) = walk {
            let split = left.split_last();
            let Some((last, rest)) = split else {
                return Err(format!("{index} lists too few supertypes"));
            };
            ensure!(*last == parent, "{index} lists {last}, where {parent} is its supertype");
            ensure!(above(parent) == rest, "{index} and {parent} list different supertypes");
            left = rest;
            walk = self.tables.get(parent).and_then(|ty| ty.supertype);
        }
        ensure!(left.is_empty(), "{index} lists too many supertypes");
        Ok(())
    }

    /// The subtype query agrees with the chain of parents: for each type with itself, with its
    /// parent and with some other type, in both directions.
    pub(super) fn check_subtyping(
        &self,
        is_subtype: impl Fn(TypeIndex, TypeIndex) -> bool,
    ) -> Outcome {
        let parent = |index| self.tables.get(index).and_then(|ty| ty.supertype);
        let is_below = |of, to| iter::successors(Some(of), |of| parent(*of)).any(|of| of == to);
        let mut neighbour = None;
        for index in self.tables.indices() {
            for other in [Some(index), parent(index), neighbour].into_iter().flatten() {
                for (of, to) in [(index, other), (other, index)] {
                    let (is, should_be) = (is_subtype(of, to), is_below(of, to));
                    ensure!(is == should_be, "whether {of} is below {to} is said to be {is}");
                }
            }
            neighbour = Some(index);
        }
        Ok(())
    }

    /// Each count is the sum of handles, references (one for each edge) and trampoline links. The
    /// number of handles is the number of pointers that are neither in the set nor in the tables.
    fn check_counts(&self) -> Outcome {
        let mut edges = BTreeMap::<TypeIndex, usize>::new();
        for group in self.groups.iter() {
            for_each_outside(group.key(), |to| *edges.entry(to).or_default() += 1);
            for index in group.indices() {
                if let Some(to) = self.tables.trampoline(*index) {
                    *edges.entry(to).or_default() += 1;
                }
            }
        }
        for group in self.groups.iter() {
            let indices = group.indices();
            let incoming: usize = indices.iter().filter_map(|index| edges.get(index)).sum();
            let handles = group.pointers() - 1 - indices.len();
            let (count, counted) = (group.count(), incoming + handles);
            ensure!(count == counted, "{indices:?} is counted {count} times, not {counted}");
            ensure!(count > 0, "{indices:?} is registered for nobody");
        }
        Ok(())
    }

    /// References between groups form no cycle: repeatedly removing the groups to which nothing
    /// refers removes all groups.
    fn check_order(&self) -> Outcome {
        let groups: Vec<_> = self.groups.iter().collect();
        let mut places = BTreeMap::new();
        for (place, group) in groups.iter().enumerate() {
            places.extend(group.indices().iter().map(|index| (*index, place)));
        }
        let mut incoming = vec![0_usize; groups.len()];
        for group in &groups {
            self.for_each_edge(group, |to| {
                places.get(&to).into_iter().for_each(|to| incoming[*to] += 1)
            });
        }
        let mut free: Vec<_> = (0..groups.len()).filter(|place| incoming[*place] == 0).collect();
        let mut taken = 0;
        while let Some(place) = free.pop() {
            taken += 1;
            self.for_each_edge(groups[place], |to| {
                let Some(to) = places.get(&to) else { return };
                incoming[*to] -= 1;
                free.extend((incoming[*to] == 0).then_some(*to));
            });
        }
        ensure!(taken == groups.len(), "groups refer to each other in a circle");
        Ok(())
    }

    /// Visits the types that a group keeps registered, by references and by trampoline links.
    fn for_each_edge(&self, group: &Group<T::Schedule>, mut visit: impl FnMut(TypeIndex)) {
        for_each_outside(group.key(), &mut visit);
        let links = group.indices().iter().filter_map(|index| self.tables.trampoline(*index));
        links.for_each(visit);
    }
}
