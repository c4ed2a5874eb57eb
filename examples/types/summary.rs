//! The facts about the types of some modules: [`Summary`], a plain value, which is also the JSON.
//!
//! The modules are registered one after the other in one registry, and then in one registry of each
//! layout to measure its size. This file counts nothing that the registry counts itself.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use oom_sweep::registry::model::{CompositeKind, SubType};
use oom_sweep::registry::{
    ArrayOfStructs, Dense, GroupRef, Hashed, ModuleTypes, Ordered, RegisteredGroup, Stats, Tables,
    TypeCollection, TypeIndex, TypeRegistry,
};

/// The types of some modules, registered together.
#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    pub(crate) modules: Vec<ModuleShare>,
    pub(crate) totals: Totals,
    /// The groups that modules define, each once, in the order of first occurrence. Then those of
    /// trampoline types that no module defines.
    pub(crate) groups: Vec<Group>,
    pub(crate) bytes: Vec<Bytes>,
}

/// What a module has, and how much of it other modules have too.
#[derive(Debug, Serialize)]
pub(crate) struct ModuleShare {
    pub(crate) file: String,
    /// The types and groups that it defines, including those of its tags' exceptions.
    pub(crate) types: usize,
    pub(crate) groups: usize,
    /// The types that remain when equal groups are merged.
    pub(crate) distinct: usize,
    /// Those of them that another module has too.
    pub(crate) shared: usize,
    /// Those of them that no earlier module has.
    pub(crate) added: usize,
}

#[derive(Debug, Serialize)]
pub(crate) struct Totals {
    /// The types and groups that all modules define.
    pub(crate) types: usize,
    pub(crate) groups: usize,
    /// Those that remain when equal groups are merged.
    pub(crate) distinct_types: usize,
    pub(crate) distinct_groups: usize,
    /// The types that exist only because a function is called through them.
    pub(crate) trampolines_added: usize,
}

/// A recursion group of the registry.
#[derive(Debug, Serialize)]
pub(crate) struct Group {
    /// How many groups of the modules are equal to this one.
    pub(crate) uses: usize,
    /// How many modules have it.
    pub(crate) modules: usize,
    pub(crate) types: Vec<Type>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Type {
    pub(crate) index: u32,
    /// `func`, `struct`, `array` or `exn`.
    pub(crate) kind: &'static str,
    /// The definition in the text format; `rec.0` is the first type of its own group.
    pub(crate) definition: String,
    /// The supertypes: the root first, the immediate one last.
    pub(crate) supertypes: Vec<u32>,
    /// `None` for what is not a function, and for a function that is its own trampoline type.
    pub(crate) trampoline: Option<u32>,
    pub(crate) layout: Option<Layout>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Layout {
    pub(crate) size: u32,
    pub(crate) align: u32,
    pub(crate) fields: Vec<Field>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Field {
    pub(crate) offset: u32,
    pub(crate) size: u32,
    pub(crate) is_reference: bool,
}

/// The bytes of each table, without what its entries point to.
#[derive(Debug, Serialize)]
pub(crate) struct Bytes {
    pub(crate) layout: &'static str,
    pub(crate) types: usize,
    pub(crate) groups: usize,
    pub(crate) supertypes: usize,
    pub(crate) trampolines: usize,
    pub(crate) layouts: usize,
    pub(crate) group_set: usize,
    pub(crate) drop_stack: usize,
    pub(crate) total: usize,
    /// Divided by the number of registered types, trampoline types included.
    pub(crate) per_type: f64,
}

impl Summary {
    /// Collects the facts about these modules, which are named by their files.
    ///
    /// # Errors
    /// In one line, if a module cannot be registered.
    pub(crate) fn new(modules: &[(String, ModuleTypes)]) -> Result<Self, String> {
        let (registry, held) = register::<Dense>(modules)?;
        let groups = groups(&registry, &held);
        let defined = groups.iter().filter(|group| group.uses > 0);
        let distinct_types = defined.clone().map(|group| group.types.len()).sum();
        let totals = Totals {
            types: modules.iter().map(|(_, module)| module.types().len()).sum(),
            groups: modules.iter().map(|(_, module)| module.groups().len()).sum(),
            distinct_types,
            distinct_groups: defined.count(),
            trampolines_added: registry.stats().types - distinct_types,
        };
        let bytes = vec![
            bytes("dense", registry.stats()),
            bytes("hashed", register::<Hashed>(modules)?.0.stats()),
            bytes("ordered", register::<Ordered>(modules)?.0.stats()),
            bytes("array of structs", register::<ArrayOfStructs>(modules)?.0.stats()),
        ];
        Ok(Self { modules: shares(modules, &held), totals, groups, bytes })
    }
}

/// A registry, and the values that keep the types of each module in it.
type Registered<T> = (TypeRegistry<T>, Vec<TypeCollection<T>>);

fn register<T: Tables>(modules: &[(String, ModuleTypes)]) -> Result<Registered<T>, String> {
    let registry = TypeRegistry::new().map_err(|oom| oom.to_string())?;
    let held = modules.iter().map(|(file, module)| {
        registry.register_module(module).map_err(|error| format!("{file}: {error}"))
    });
    let held = held.collect::<Result<_, String>>()?;
    Ok((registry, held))
}

/// Returns what each module shares with the others.
fn shares(modules: &[(String, ModuleTypes)], held: &[TypeCollection]) -> Vec<ModuleShare> {
    let sets: Vec<BTreeSet<TypeIndex>> =
        held.iter().map(|types| types.types().iter().copied().collect()).collect();
    let mut uses = BTreeMap::<TypeIndex, usize>::new();
    sets.iter().flatten().for_each(|index| *uses.entry(*index).or_default() += 1);
    let mut seen = BTreeSet::new();
    let share =
        |((file, module), own): (&(String, ModuleTypes), &BTreeSet<TypeIndex>)| ModuleShare {
            file: file.clone(),
            types: module.types().len(),
            groups: module.groups().len(),
            distinct: own.len(),
            shared: own.iter().filter(|index| uses[index] > 1).count(),
            added: own.iter().filter(|index| seen.insert(**index)).count(),
        };
    modules.iter().zip(&sets).map(share).collect()
}

/// Returns all groups of the registry, in the order in which the modules have them.
fn groups(registry: &TypeRegistry, held: &[TypeCollection]) -> Vec<Group> {
    let mut places = BTreeMap::<Vec<TypeIndex>, usize>::new();
    let mut groups: Vec<Group> = Vec::new();
    for module in held {
        let mut met = BTreeSet::new();
        for group in module.groups() {
            // The indices of its types identify a group. An empty one has none, but there is only
            // one.
            let place = *places.entry(group.types().to_vec()).or_insert_with(|| {
                groups.push(group_of(registry, &group));
                groups.len() - 1
            });
            groups[place].uses += 1;
            groups[place].modules += usize::from(met.insert(place));
        }
    }
    let met: BTreeSet<TypeIndex> = places.into_keys().flatten().collect();
    let all: Vec<TypeIndex> = registry.read().types().collect();
    let added = all.into_iter().filter(|index| !met.contains(index));
    let added = added.filter_map(|index| Some(group_of(registry, registry.root(index)?.group())));
    groups.extend(added);
    groups
}

fn group_of(registry: &TypeRegistry, group: &RegisteredGroup) -> Group {
    let reader = registry.read();
    let ty = |(index, key): (&TypeIndex, &SubType<GroupRef>)| Type {
        index: index.as_u32(),
        kind: match key.composite.kind() {
            CompositeKind::Func => "func",
            CompositeKind::Struct => "struct",
            CompositeKind::Array => "array",
            CompositeKind::Exn => "exn",
        },
        definition: key.to_string(),
        supertypes: reader.supertypes(*index).iter().map(|above| above.as_u32()).collect(),
        trampoline: reader
            .trampoline_type(*index)
            .filter(|trampoline| trampoline != index)
            .map(TypeIndex::as_u32),
        layout: reader.layout(*index).map(|layout| Layout {
            size: layout.size,
            align: layout.align,
            fields: layout
                .fields
                .iter()
                .map(|field| Field {
                    offset: field.offset,
                    size: field.size,
                    is_reference: field.is_reference,
                })
                .collect(),
        }),
    };
    let types = group.types().iter().zip(group.key()).map(ty).collect();
    Group { uses: 0, modules: 0, types }
}

fn bytes(layout: &'static str, stats: Stats) -> Bytes {
    let tables = stats.tables;
    Bytes {
        layout,
        types: tables.types,
        groups: tables.groups,
        supertypes: tables.supertypes,
        trampolines: tables.trampolines,
        layouts: tables.layouts,
        group_set: stats.group_set,
        drop_stack: stats.drop_stack,
        total: stats.total(),
        per_type: stats.total() as f64 / stats.types.max(1) as f64,
    }
}
