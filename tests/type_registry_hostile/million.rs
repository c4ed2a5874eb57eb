//! A million types, in each shape that makes them hard, and one more than that.

use crate::bytes::{FUNC, REC, REF_NULL, STRUCT, SUB, index, leb, module, section, types};
use crate::outcome::{ANY, PARSING, REGISTERING, outcome};
use crate::peak::peak_of;
use oom_sweep::registry::model::{
    CompositeKind, CompositeType, FieldType, HeapType, RefType, StorageType, SubType, ValType,
};
use oom_sweep::registry::{GroupRef, ModuleTypes, RegisteredGroup, TypeRegistry};
use std::thread;

const MILLION: u32 = 1_000_000;

/// Runs it where recursion a thousand deep would show.
fn on_a_small_stack(run: impl FnOnce() + Send + 'static) {
    let thread = thread::Builder::new().stack_size(256 << 10).spawn(run).unwrap();
    thread.join().unwrap();
}

/// Each type refers to the one before it, so each is another.
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
        // The last one keeps all others, so they fall one after the other.
        let last = registry.root(types.types()[MILLION as usize - 1]).unwrap();
        drop(types);
        assert_eq!(registry.stats().types, MILLION as usize);
        drop(last);
        let stats = registry.stats();
        assert_eq!((stats.types, stats.groups), (0, 0));
    });
}

/// As a runtime would build it, a group at a time, of types that no module has.
#[test]
fn a_million_groups_fall_with_the_last() {
    on_a_small_stack(|| {
        let registry = <TypeRegistry>::new().unwrap();
        let mut last: Option<RegisteredGroup> = None;
        for _ in 0..MILLION {
            let composite = CompositeType::Array(FieldType {
                mutable: true,
                storage: StorageType::Val(match &last {
                    None => ValType::I32,
                    Some(last) => {
                        let index = GroupRef::Outside(last.types()[0]);
                        let heap = HeapType::Concrete { kind: CompositeKind::Array, index };
                        ValType::Ref(RefType { nullable: true, heap })
                    }
                }),
            });
            let group = [SubType { is_final: true, supertype: None, composite }];
            last = Some(registry.register(&group).unwrap());
        }
        assert_eq!(registry.stats().groups, MILLION as usize);
        drop(last);
        let stats = registry.stats();
        assert_eq!((stats.types, stats.groups), (0, 0));
    });
}

/// A group of a million types, each of which refers to the next.
#[test]
fn a_million_types_in_one_group() {
    let mut items = [vec![REC], leb(MILLION)].concat();
    for place in 0..MILLION {
        let next = (place + 1) % MILLION;
        items.extend([&[STRUCT, 1, REF_NULL][..], &index(next), &[0]].concat());
    }
    let bytes = types(1, &items);
    let module = ModuleTypes::parse(&bytes).unwrap();
    assert_eq!((module.groups().len(), module.types().len()), (1, MILLION as usize));
    let registry = <TypeRegistry>::new().unwrap();
    let (types, peak) = peak_of(|| registry.register_module(&module).unwrap());
    assert!(peak <= REGISTERING * bytes.len() + ANY, "{peak} for {}", bytes.len());
    let stats = registry.stats();
    assert_eq!((stats.types, stats.groups), (MILLION as usize, 1));
    drop(types);
    assert_eq!(registry.stats().types, 0);
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

/// Many tags of one long type: they are one exception type, or a few bytes would be a gigabyte.
#[test]
fn tags_of_a_long_type() {
    let ty = [vec![FUNC], leb(1_000), vec![0x7b; 1_000], vec![0]].concat();
    let tags = [0, 0].repeat(100_000);
    let bytes = module(&[section(1, 1, &ty), section(13, 100_000, &tags)]);
    assert_eq!(outcome(&bytes), Ok(2));
    assert_eq!(ModuleTypes::parse(&bytes).unwrap().tags().len(), 100_000);
}

/// Each type of a chain has a list of all above it, of up to 63.
#[test]
fn long_chains_of_subtypes() {
    let mut items = Vec::new();
    for place in 0..64 * 500_u32 {
        let parent = if place % 64 == 0 { vec![0] } else { [vec![1], leb(place - 1)].concat() };
        items.extend([&[SUB][..], &parent, &[STRUCT, 1, 0x7f, (place / 64 % 2) as u8]].concat());
    }
    // Of the 500 chains all but two are duplicates.
    assert_eq!(outcome(&types(64 * 500, &items)), Ok(64 * 500));
}
