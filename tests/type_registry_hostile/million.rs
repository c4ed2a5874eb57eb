//! Tests a million types in each difficult shape, and modules with one type more.

use crate::bytes::{FUNC, REC, REF_NULL, STRUCT, SUB, index, leb, module, section, types};
use crate::outcome::{ANY, PARSING, REGISTERING, outcome};
use crate::peak::peak_of;
use oom_sweep::registry::{ModuleTypes, TypeRegistry};
use std::thread;

const MILLION: u32 = 1_000_000;

/// Runs a closure on a small stack, on which a recursion of a thousand calls would overflow.
fn on_a_small_stack(run: impl FnOnce() + Send + 'static) {
    let thread = thread::Builder::new().stack_size(256 << 10).spawn(run).unwrap();
    thread.join().unwrap();
}

/// Each type refers to the one before it, so all are different, and each group keeps the group
/// before it registered. Dropping the last unregisters all.
#[test]
fn a_million_types_in_one_module() {
    on_a_small_stack(|| {
        let mut items = vec![STRUCT, 0];
        for previous in 0..MILLION - 1 {
            items.extend([&[STRUCT, 1, REF_NULL][..], &index(previous), &[0]].concat());
        }
        let bytes = types(MILLION, &items);
        let (module, peak) = peak_of(|| ModuleTypes::parse(&bytes).unwrap());
        assert!(peak <= PARSING * bytes.len() + ANY, "{peak} for {}", bytes.len());
        assert_eq!(module.types().len(), MILLION as usize);

        let registry = <TypeRegistry>::new().unwrap();
        let (types, peak) = peak_of(|| registry.register_module(&module).unwrap());
        assert!(peak <= REGISTERING * bytes.len() + ANY, "{peak} for {}", bytes.len());
        assert_eq!(registry.stats().types, MILLION as usize);
        // Dropping the last handle unregisters all types in turn.
        let last = registry.root(types.types()[MILLION as usize - 1]).unwrap();
        drop(types);
        assert_eq!(registry.stats().types, MILLION as usize);
        drop(last);
        let stats = registry.stats();
        assert_eq!((stats.types, stats.groups), (0, 0));
    });
}

/// A group of a million of the shortest types, which use the most memory for each byte.
#[test]
fn a_million_types_in_one_group() {
    let items = [vec![REC], leb(MILLION), [STRUCT, 0].repeat(MILLION as usize)].concat();
    let bytes = types(1, &items);
    let (module, peak) = peak_of(|| ModuleTypes::parse(&bytes).unwrap());
    assert!(peak <= PARSING * bytes.len() + ANY, "{peak} for {}", bytes.len());
    assert_eq!((module.groups().len(), module.types().len()), (1, MILLION as usize));

    let registry = <TypeRegistry>::new().unwrap();
    let (types, peak) = peak_of(|| registry.register_module(&module).unwrap());
    assert!(peak <= REGISTERING * bytes.len() + ANY, "{peak} for {}", bytes.len());
    let stats = registry.stats();
    assert_eq!((stats.types, stats.groups), (MILLION as usize, 1));
    drop(types);
    assert_eq!(registry.stats().types, 0);
}

/// Empty groups, which are all equal.
#[test]
fn half_a_million_empty_groups() {
    assert_eq!(outcome(&types(500_000, &[REC, 0].repeat(500_000))), Ok(0));
}

#[test]
fn one_more_than_a_million() {
    let entries = [FUNC, 0, 0].repeat(MILLION as usize + 1);
    let error = outcome(&types(MILLION + 1, &entries)).unwrap_err();
    assert!(error.starts_with("types count exceeds limit of 1000000, at offset 0x"), "{error}");
    let group = [vec![REC], leb(MILLION + 1), entries].concat();
    let error = outcome(&types(1, &group)).unwrap_err();
    assert!(error.starts_with("rec group types size is out of bounds, at offset 0x"), "{error}");
}

/// Many tags of one long type share one exception type. Otherwise a few bytes would use a gigabyte.
#[test]
fn tags_of_a_long_type() {
    let ty = [vec![FUNC], leb(1_000), vec![0x7b; 1_000], vec![0]].concat();
    let tags = [0, 0].repeat(100_000);
    let bytes = module(&[section(1, 1, &ty), section(13, 100_000, &tags)]);
    assert_eq!(outcome(&bytes), Ok(2));
    assert_eq!(ModuleTypes::parse(&bytes).unwrap().tags().len(), 100_000);
}

/// Each type of a chain has a list of up to 63 supertypes. All chains are different, because each
/// refers to the chain before it.
#[test]
fn long_chains_of_subtypes() {
    const TYPES: u32 = 64 * 40;
    let mut items = Vec::new();
    for place in 0..TYPES {
        let parent = if place % 64 == 0 { vec![0] } else { [vec![1], leb(place - 1)].concat() };
        let field = match (place / 64).checked_sub(1) {
            None => vec![0x6b],
            Some(before) => [vec![REF_NULL], index(before * 64 + 63)].concat(),
        };
        items.extend([&[SUB][..], &parent, &[STRUCT, 1], &field, &[0]].concat());
    }
    assert_eq!(outcome(&types(TYPES, &items)), Ok(TYPES as usize));
}
