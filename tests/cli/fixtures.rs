//! A program with broken targets, for `tests/cli.rs` to run. They are not examples for
//! documentation.
//!
//! Each target in this file is wrong in one way and cannot be swept; `examples/own_targets.rs` has
//! correct ones. `script` has findings of many kinds. `planted`, and the subjects that it shares
//! with `tests/planted`, have findings that only certain inputs show.

#[path = "fixtures/planted.rs"]
mod planted;
#[path = "fixtures/script.rs"]
mod script;
#[expect(dead_code, reason = "only tests use twins and inputs")]
#[path = "../planted/subjects/mod.rs"]
mod subjects;

use std::process::ExitCode;

use oom_sweep::{FaultAlloc, FindingKind, OutOfMemory, Scenario, Target};

#[global_allocator]
static ALLOC: FaultAlloc = FaultAlloc::system();

const TARGETS: &[Target] = &[
    Target::scenario("sound", |_| Open { mood: Mood::Sound }),
    Target::scenario("panicking_setup", |_| Open { mood: Mood::SetupPanics }),
    Target::scenario("panicking_decode", |_| -> Open { panic!("no such input") }),
    Target::try_scenario("picky", |bytes| match bytes {
        [b'k', ..] => Ok(Open { mood: Mood::Sound }),
        _ => Err("byte 0: expected k\nand nothing else".to_owned()),
    }),
    Target::scenario("allowed", |_| Open { mood: Mood::Swallows })
        .configure(|sweep| sweep.allow(FindingKind::SwallowedOom)),
    script::SCRIPT,
    script::SLOW_SCRIPT,
    planted::PLANTED,
];

fn main() -> ExitCode {
    let planted = subjects::TABLE.iter().map(|planted| planted.broken);
    oom_sweep::cli::main(&TARGETS.iter().copied().chain(planted).collect::<Vec<_>>())
}

#[derive(PartialEq)]
enum Mood {
    Sound,
    SetupPanics,
    Swallows,
}

struct Open {
    mood: Mood,
}

impl Scenario for Open {
    type State = Vec<u8>;
    type Output = ();
    type Error = OutOfMemory;
    type View = ();

    fn setup(&self) -> Vec<u8> {
        assert!(self.mood != Mood::SetupPanics, "the set-up\nis broken");
        Vec::new()
    }

    fn exercise(&self, state: &mut Vec<u8>) -> Result<(), OutOfMemory> {
        match state.try_reserve_exact(64) {
            Err(_) if self.mood != Mood::Swallows => Err(OutOfMemory::new(64)),
            _ => Ok(()),
        }
    }

    fn view(&self, _: &mut Vec<u8>) {}
}
