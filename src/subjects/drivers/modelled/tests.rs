//! Runs all these targets without faults, over their seeds and over arbitrary bytes.
//!
//! The system's allocator has no ceiling. `tests/collections_sweep.rs` covers operations that need
//! one.

use super::super::MODELLED;
use super::{Modelled, seeds};
use crate::Steps;
use proptest::prelude::*;

/// Runs all steps whose requests succeed, and checks after each.
fn run(target: &Modelled, bytes: &[u8]) {
    let Ok(steps) = target.decode(bytes) else { return };
    let mut state = steps.setup();
    for index in (0..steps.len()).filter(|index| !steps.is_refused(*index)) {
        let what = || format!("{}: {steps:?}, step {index}", target.name);
        steps.step(&mut state, index).unwrap_or_else(|oom| panic!("{}: {oom}", what()));
        steps.check(&mut state).unwrap_or_else(|wrong| panic!("{}: {wrong}", what()));
    }
}

#[test]
fn seeds_agree_with_the_model() {
    for target in MODELLED {
        for (name, bytes) in seeds::of(target) {
            let steps = target.decode(&bytes).unwrap();
            assert_eq!(steps.len(), bytes.len() / 4, "{}/{name} is truncated", target.name);
            run(target, &bytes);
        }
    }
}

#[test]
fn bad_first_bytes_are_refused_in_a_line() {
    for target in MODELLED {
        assert_eq!(target.decode(&[]).unwrap_err(), "the input is empty");
        let error = target.decode(&[0x33]).unwrap_err();
        let version = target.version;
        let expected = format!("layout version 3, where this build reads version {version}");
        assert_eq!(error, format!("byte 0 is 0x33, {expected}"));
        let first = version << 4 | 15;
        let error = target.decode(&[first]).unwrap_err();
        let expected = format!("byte 0 is {first:#04x}, kind 15 of a target with ");
        assert!(error.starts_with(&expected), "{error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_agree_with_the_model(
        target in 0..MODELLED.len(),
        kind: u8,
        records in proptest::collection::vec(any::<[u8; 4]>(), 0..100),
    ) {
        let target = MODELLED[target];
        let kind = kind % target.kinds.len() as u8;
        run(target, &[&[target.version << 4 | kind][..], records.as_flattened()].concat());
    }
}
