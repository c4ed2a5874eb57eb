//! Compares the registry with the validator of `wasmparser`, which has its own code for equality
//! and subtyping. Both must agree on which types are equal, which are in the same group, and which
//! are subtypes.
//!
//! The modules come from `wasm-smith`, from [`Alike`] and from real programs. One registry and one
//! validator hold several of them, so that types of different modules are compared too.

use crate::alike::Alike;
use crate::random::Random;
use arbitrary::Unstructured;
use oom_sweep::registry::{
    ArrayOfStructs, Dense, Hashed, ModuleTypes, Ordered, Reader, Tables, TypeCollection, TypeIndex,
    TypeRegistry,
};
use std::fs;
use std::hash::RandomState;
use std::iter::{self, successors};
use std::path::Path;
use wasmparser::types::{CoreTypeId, Types, TypesRef};
use wasmparser::{Parser, ValidPayload, Validator, WasmFeatures};

/// Counts what was compared, so that a test that compares too little fails.
#[derive(Debug, Default)]
struct Tally {
    modules: usize,
    types: usize,
    groups: usize,
    pairs: usize,
    /// Pairs of equal types that are defined in different places.
    equal: usize,
    /// Pairs of different types of which the first is below the second.
    below: usize,
    /// The greatest number of supertypes of a type.
    depth: usize,
}

/// Modules that are registered and validated together.
struct Both<T: Tables> {
    registry: TypeRegistry<T>,
    validator: Validator,
    /// The validator's types of all modules so far.
    known: Option<Types>,
    held: Vec<TypeCollection<T>>,
    pairs: Vec<Pair>,
}

/// A type of a module, with its index in the registry and in the validator.
#[derive(Clone, Copy)]
struct Pair {
    id: CoreTypeId,
    index: TypeIndex,
    /// The first type of its group.
    group: TypeIndex,
}

impl<T: Tables> Both<T> {
    fn new() -> Self {
        Self {
            registry: TypeRegistry::new().unwrap(),
            validator: Validator::new_with_features(WasmFeatures::WASM3),
            known: None,
            held: Vec::new(),
            pairs: Vec::new(),
        }
    }

    fn add(&mut self, bytes: &[u8]) -> ModuleTypes {
        let module = ModuleTypes::parse(bytes).unwrap();
        let types = self.registry.register_module(&module).unwrap();
        self.registry.check().unwrap();
        let known = validate(&mut self.validator, bytes);
        let own = known.as_ref().core_type_count_in_module();
        // Exception types come after them; the validator does not have them.
        let firsts = types
            .groups()
            .flat_map(|group| iter::repeat_n(group.types().first().copied(), group.types().len()));
        self.pairs.extend((0..own).zip(types.types()).zip(firsts).map(
            |((place, index), first)| Pair {
                id: known.as_ref().core_type_at_in_module(place),
                index: *index,
                group: first.expect("it has this type"),
            },
        ));
        self.known = Some(known);
        self.held.push(types);
        module
    }

    /// Compares each type with each other type, then releases everything.
    fn compare(self, tally: &mut Tally) {
        let known = self.known.unwrap();
        let reader = self.registry.read();
        for (place, a) in self.pairs.iter().enumerate() {
            tally.types += 1;
            tally.depth = tally.depth.max(reader.supertypes(a.index).len());
            let above = successors(Some(a.id), |id| known.as_ref().supertype_of(*id));
            let above: Vec<CoreTypeId> = above.collect();
            for (other, b) in self.pairs.iter().enumerate() {
                let is_below = above.contains(&b.id);
                compare(&reader, known.as_ref(), (a, b), is_below);
                tally.equal += usize::from(place < other && a.id == b.id);
                tally.below += usize::from(a.id != b.id && is_below);
            }
        }
        drop(reader);
        tally.modules += self.held.len();
        tally.groups += self.held.iter().map(|types| types.groups().len()).sum::<usize>();
        tally.pairs += self.pairs.len().pow(2);
        drop(self.held);
        self.registry.check().unwrap();
        let stats = self.registry.stats();
        assert_eq!((stats.groups, stats.types), (0, 0));
    }
}

fn validate(validator: &mut Validator, bytes: &[u8]) -> Types {
    for payload in Parser::new(0).parse_all(bytes) {
        if let ValidPayload::End(types) = validator.payload(&payload.unwrap()).unwrap() {
            validator.reset();
            return types;
        }
    }
    panic!("a module without an end");
}

fn compare<T: Tables>(
    reader: &Reader<'_, T, RandomState>,
    known: TypesRef<'_>,
    (a, b): (&Pair, &Pair),
    is_below: bool,
) {
    let of = || format!("{:?} {:?}, {:?} {:?}", a.id, known[a.id], b.id, known[b.id]);
    assert_eq!(a.index == b.index, a.id == b.id, "equal: {}", of());
    let of_one_group = known.rec_group_id_of(a.id) == known.rec_group_id_of(b.id);
    assert_eq!(a.group == b.group, of_one_group, "of one group: {}", of());
    assert_eq!(reader.is_subtype(a.index, b.index), is_below, "below: {}", of());
}

/// The bytes from which a module is generated.
fn seed(seed: u64, len: usize) -> Vec<u8> {
    let mut random = Random(seed);
    iter::repeat_with(|| random.below(256) as u8).take(len).collect()
}

/// A module with types and with references to them outside of code.
fn smith(seed_of: u64) -> Vec<u8> {
    let config = wasm_smith::Config {
        min_types: 10,
        max_types: 30,
        max_funcs: 3,
        max_instructions: 0,
        max_imports: 3,
        max_exports: 3,
        max_globals: 3,
        max_elements: 3,
        max_element_segments: 1,
        max_data_segments: 0,
        max_tags: 5,
        max_type_size: 10_000,
        compact_imports_enabled: false,
        threads_enabled: false,
        wide_arithmetic_enabled: false,
        ..wasm_smith::Config::default()
    };
    let bytes = seed(seed_of, 2048);
    wasm_smith::Module::new(config, &mut Unstructured::new(&bytes)).unwrap().to_bytes()
}

/// Compares modules of `wasm-smith` in pairs.
fn smith_in<T: Tables>(modules: u64) -> Tally {
    let mut tally = Tally::default();
    for first in (0..modules).step_by(2) {
        let mut both = Both::<T>::new();
        for module in first..first + 2 {
            both.add(&smith(module));
        }
        both.compare(&mut tally);
    }
    println!("wasm-smith: {tally:?}");
    tally
}

/// Compares similar modules in pairs.
fn alike_in<T: Tables>(modules: u64) -> Tally {
    let mut tally = Tally::default();
    for first in (0..modules).step_by(2) {
        let mut both = Both::<T>::new();
        for module in first..first + 2 {
            let bytes = seed(!module, 1024);
            let alike = Alike::arbitrary(&mut Unstructured::new(&bytes), 12).unwrap();
            let parsed = both.add(&alike.bytes());
            // Parsing returns the generated types.
            assert_eq!(parsed.types(), alike.types());
            assert_eq!(parsed.groups(), alike.groups());
        }
        both.compare(&mut tally);
    }
    println!("alike: {tally:?}");
    tally
}

#[test]
fn modules_of_wasm_smith() {
    let tally = smith_in::<Dense>(4_000);
    assert!(tally.types > 80_000 && tally.groups > 10_000, "{tally:?}");
    assert!(tally.equal > 40 && tally.below > 2_000 && tally.depth > 1, "{tally:?}");
}

#[test]
fn modules_that_are_alike() {
    let tally = alike_in::<Dense>(4_000);
    assert!(tally.types > 60_000 && tally.groups == 48_000, "{tally:?}");
    assert!(tally.equal > 60_000 && tally.below > 60_000 && tally.depth > 5, "{tally:?}");
}

#[test]
fn other_layouts() {
    fn in_layout<T: Tables>() {
        let (random, alike) = (smith_in::<T>(200), alike_in::<T>(200));
        assert!(random.types > 4_000 && random.below > 100, "{random:?}");
        assert!(alike.equal > 3_000 && alike.below > 3_000, "{alike:?}");
    }
    in_layout::<Hashed>();
    in_layout::<Ordered>();
    in_layout::<ArrayOfStructs>();
}

#[test]
fn real_modules() {
    let mut tally = Tally::default();
    let mut both = Both::<Dense>::new();
    for name in ["sql-wasm.wasm", "source-map.wasm", "web-tree-sitter.debug.wasm"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/secondary_map").join(name);
        both.add(&fs::read(path).unwrap());
    }
    both.compare(&mut tally);
    println!("real: {tally:?}");
    assert!(tally.types == 121 && tally.equal > 40, "{tally:?}");
}
