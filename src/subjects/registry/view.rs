//! [`View`]: the content of a registry as a comparable value.
//!
//! For tests: a failed request aborts. It does not contain capacities or the next indices.

use super::TypeIndex;
use super::group::Group;
use super::model::SubType;
use super::registry::TypeRegistry;
use super::state::State;
use super::tables::Tables;
use std::fmt::Display;
use std::hash::BuildHasher;

/// The groups and types of a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// The recursion groups, by key.
    pub groups: Vec<GroupView>,
    /// The types, by index.
    pub types: Vec<TypeView>,
}

/// A recursion group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct GroupView {
    /// The types of the group's key, as text.
    pub key: Vec<String>,
    /// The indices of the types.
    pub indices: Vec<TypeIndex>,
    /// The count of the group.
    pub count: usize,
}

/// A type with everything that the registry stores for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeView {
    /// The index of the type.
    pub index: TypeIndex,
    /// The indices of the types of its group.
    pub group: Vec<TypeIndex>,
    /// The type.
    pub ty: String,
    /// Its supertypes.
    pub supertypes: Vec<TypeIndex>,
    /// Its trampoline type, if that is another.
    pub trampoline: Option<TypeIndex>,
    /// Its layout.
    pub layout: Option<String>,
}

impl<T: Tables, S: BuildHasher> TypeRegistry<T, S> {
    /// Makes the view of the registry. O(size). Aborts if there is no memory for it.
    #[must_use]
    pub fn view(&self) -> View {
        let state = self.shared.read();
        let groups = groups(&state);
        let tables = &state.tables;
        let of = |index| TypeView {
            index,
            group: tables.group(index).map(|group| group.indices().to_vec()).unwrap_or_default(),
            ty: tables.get(index).map(shown).unwrap_or_default(),
            supertypes: tables.supertypes(index).map(|above| above.to_vec()).unwrap_or_default(),
            trampoline: tables.trampoline(index),
            layout: tables.layout(index).map(|layout| format!("{layout:?}")),
        };
        View { groups, types: tables.indices().map(of).collect() }
    }

    /// The groups alone.
    #[cfg(feature = "subjects")]
    pub(crate) fn view_groups(&self) -> Vec<GroupView> {
        groups(&self.shared.read())
    }
}

fn groups<T: Tables, S: BuildHasher>(state: &State<T, S>) -> Vec<GroupView> {
    let view = |group: &Group<T::Schedule>| GroupView {
        key: group.key().iter().map(SubType::to_string).collect(),
        indices: group.indices().to_vec(),
        count: group.count(),
    };
    let mut groups: Vec<_> = state.groups.iter().map(view).collect();
    groups.sort_unstable();
    groups
}

fn shown(ty: &impl Display) -> String {
    ty.to_string()
}
