//! libFuzzer searches for a planted fault: `PLANTED` names it, as in `PLANTED=second_fault`.
//!
//! It measures what guidance is worth. `PLANTED_GUIDANCE` is one of three: `sites`, as in any fuzz
//! target; `code`, without the counters of failed sites; or `blind`, where a generator with the
//! seed `PLANTED_SEED` chooses the request that fails. Nothing else in this folder runs it.
#![no_main]

#[expect(dead_code, reason = "twins and inputs are the tests'")]
#[path = "../../tests/planted/subjects/mod.rs"]
mod subjects;

use std::process::exit;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use oom_sweep::targets::fuzz;
use oom_sweep::{FaultAlloc, Target};

#[global_allocator]
static ALLOC: FaultAlloc = FaultAlloc::system();

#[unsafe(link_section = "__libfuzzer_extra_counters")]
static COUNTERS: [AtomicU8; 1 << 15] = [const { AtomicU8::new(0) }; 1 << 15];

static CHOSEN: LazyLock<Target> = LazyLock::new(|| {
    let routine = variable("PLANTED_ROUTINE", "0");
    subjects::ROUTINE
        .store(routine.parse().expect("PLANTED_ROUTINE is a number"), Ordering::Relaxed);
    let name = variable("PLANTED", "");
    let all = subjects::TABLE.iter().map(|planted| planted.broken);
    { all.clone() }.find(|target| target.name() == name).unwrap_or_else(|| {
        eprintln!("PLANTED names none of these:");
        all.for_each(|target| eprintln!("planted: {}", target.name()));
        exit(2)
    })
});

enum Guidance {
    Sites,
    Code,
    Blind(AtomicU64),
}

static GUIDANCE: LazyLock<Guidance> =
    LazyLock::new(|| match &*variable("PLANTED_GUIDANCE", "sites") {
        "sites" => Guidance::Sites,
        "code" => Guidance::Code,
        "blind" => {
            let seed = variable("PLANTED_SEED", "1");
            Guidance::Blind(AtomicU64::new(seed.parse().expect("PLANTED_SEED is a number")))
        }
        other => panic!("PLANTED_GUIDANCE is {other}, and not sites, code or blind"),
    });

fn variable(name: &str, default: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| default.to_owned())
}

/// SplitMix64.
fn next(state: &AtomicU64) -> u64 {
    let mut z = state.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
    z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ z >> 31
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let read = match &*GUIDANCE {
        Guidance::Sites => fuzz(&CHOSEN, bytes, &COUNTERS),
        Guidance::Code => fuzz(&CHOSEN, bytes, &[]),
        Guidance::Blind(seed) => {
            let operations = bytes.split_last_chunk::<4>().map_or(&[][..], |(all, _)| all);
            // `nth:N/succeed`, with N nearly uniform over the requests of the input.
            let [high, low, ..] = next(seed).to_be_bytes();
            fuzz(&CHOSEN, &[operations, &[high, low, 0, 0]].concat(), &[])
        }
    };
    read.expect("any bytes are operations");
});
