//! Measures what the harness costs a fuzzer: how many executions a second each target's inputs
//! reach as fuzzed, without faults, and bare. `scripts/fuzz-speed.sh` runs it.
//!
//! The inputs are those of the corpus. Each gets random bytes at its end, which choose its plans.
//! The three ways take turns of a fraction of a second, and it prints the medians of the rounds. An
//! execution is a fault-free run and one run under each plan. Bare, it is one run of only the
//! set-up, the operations and the drops. Decoding always counts. libFuzzer itself does not run, but
//! the code is built as for it.

use std::alloc::{GlobalAlloc, Layout, System};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::AtomicU8;
use std::time::{Duration, Instant};
use std::{env, fs, ptr};

use oom_sweep::targets::{TABLE, fuzz, plans_of};
use oom_sweep::{FaultAlloc, Operation, Request, Strategy, Sweep, Target};

#[global_allocator]
static ALLOC: FaultAlloc<Bounded> = FaultAlloc::new(Bounded);

/// The system's allocator, which fails requests above a sweep's ceiling: AddressSanitizer would
/// abort.
struct Bounded;

impl Bounded {
    const CEILING: usize = 1 << 30;
}

// SAFETY: it passes every request that it does not fail to the system's allocator.
unsafe impl GlobalAlloc for Bounded {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.size() > Self::CEILING {
            return ptr::null_mut();
        }
        // SAFETY: the caller upholds the contract of the system's allocator.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller upholds the contract of the system's allocator.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if layout.size() > Self::CEILING {
            return ptr::null_mut();
        }
        // SAFETY: the caller upholds the contract of the system's allocator.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if size > Self::CEILING {
            return ptr::null_mut();
        }
        // SAFETY: the caller upholds the contract of the system's allocator.
        unsafe { System.realloc(block, layout, size) }
    }
}

static COUNTERS: [AtomicU8; 1 << 15] = [const { AtomicU8::new(0) }; 1 << 15];

/// libFuzzer makes no longer inputs by default.
const LONGEST: usize = 4096;
/// The limit of a short input: a dozen operations.
const SHORT: usize = 64;
const ROUNDS: usize = 9;
const TURN: Duration = Duration::from_millis(150);

const ANY: Request =
    Request { number: 0, size: 1, old_size: 0, align: 1, operation: Operation::Alloc };

/// How an input is executed.
#[derive(Clone, Copy)]
enum Mode {
    Fuzzed,
    /// As fuzzed, under the plan that fails nothing.
    FaultFree,
    Bare,
}

const MODES: [Mode; 3] = [Mode::Fuzzed, Mode::FaultFree, Mode::Bare];

/// The results of a turn, for each second.
#[derive(Clone, Copy)]
struct Rate {
    executions: f64,
    runs: f64,
    operations: f64,
}

struct Input {
    with_plans: Vec<u8>,
    plans: usize,
    without: Vec<u8>,
    operations: usize,
}

fn main() -> ExitCode {
    let names: Vec<String> = env::args().skip(1).collect();
    if let Some(name) = names.iter().find(|name| TABLE.iter().all(|target| target.name() != *name))
    {
        eprintln!("error: {name} is no target; `oom-sweep list` lists them");
        return ExitCode::from(2);
    }
    println!(
        "| inputs of | fuzzed, executions/s | runs/s | without faults | bare | operations/s, fuzzed : bare |"
    );
    println!("| --- | ---: | ---: | ---: | ---: | ---: |");
    for target in TABLE.iter().filter(|t| names.is_empty() || names.iter().any(|n| n == t.name())) {
        let all = inputs(target);
        let short: Vec<_> = all.iter().filter(|input| input.without.len() <= SHORT).collect();
        if !short.is_empty() {
            row(target, &format!("{}, ≤ {SHORT} B", target.name()), &short);
        }
        row(target, target.name(), &all.iter().collect::<Vec<_>>());
    }
    ExitCode::SUCCESS
}

fn row(target: &Target, name: &str, inputs: &[&Input]) {
    let mut rates = [const { Vec::new() }; MODES.len()];
    for _ in 0..ROUNDS {
        for mode in MODES {
            rates[mode as usize].push(turn(target, inputs, mode));
        }
    }
    let [fuzzed, free, bare] = &rates;
    let executions = |rates: &[Rate]| median(rates.iter().map(|rate| rate.executions));
    let runs = median(fuzzed.iter().map(|rate| rate.runs));
    let ratio = median(fuzzed.iter().zip(bare).map(|(a, b)| a.operations / b.operations));
    println!(
        "| `{name}` | {:.0} | {runs:.0} | {:.0} | {:.0} | {ratio:.2} |",
        executions(fuzzed),
        executions(free),
        executions(bare)
    );
}

/// Executes the inputs for a while, each equally often.
fn turn(target: &Target, inputs: &[&Input], mode: Mode) -> Rate {
    let (mut executions, mut runs, mut operations) = (0, 0, 0);
    let start = Instant::now();
    while start.elapsed() < TURN {
        for input in inputs {
            execute(target, input, mode);
            executions += 1;
            let times = match mode {
                Mode::Fuzzed => 1 + input.plans,
                Mode::FaultFree => 2,
                Mode::Bare => 1,
            };
            runs += times;
            operations += times * input.operations;
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    let a_second = |count: usize| count as f64 / seconds;
    Rate {
        executions: a_second(executions),
        runs: a_second(runs),
        operations: a_second(operations),
    }
}

fn execute(target: &Target, input: &Input, mode: Mode) {
    match mode {
        Mode::Fuzzed => fuzz(target, &input.with_plans, &COUNTERS).expect("read before"),
        Mode::FaultFree => fuzz(target, &input.without, &COUNTERS).expect("read before"),
        Mode::Bare => target.decode(&input.without).expect("read before").run_bare(),
    }
}

/// Returns the corpus of a target, without modules and long inputs.
fn inputs(target: &Target) -> Vec<Input> {
    let mut seed = 1_u64;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus").join(target.name());
    let mut files = Vec::new();
    gather(&folder, &mut files);
    files.sort();
    let read = |file: PathBuf| fs::read(file).expect("a file of the corpus");
    let bytes = files.into_iter().map(read).filter(|bytes| bytes.len() <= LONGEST);
    bytes
        .filter_map(|bytes| {
            let without = [&bytes[..], &[u8::MAX; 4]].concat();
            let with_plans = [bytes, plan(&mut seed).to_vec()].concat();
            let decoded = target.decode(&without).ok()?;
            let operations = decoded.len();
            let nothing = Sweep::fuzzing(target.name()).strategy(Strategy::Plans(Vec::new()));
            let requests = decoded.sweep(target.prepare(nothing)).requests();
            // The number of plans depends on whether there are requests, not on which.
            let any = (requests > 0).then_some(ANY);
            let plans = plans_of(&with_plans, any.as_slice()).len();
            Some(Input { with_plans, plans, without, operations })
        })
        .collect()
}

fn gather(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of the corpus") {
        let path = entry.expect("a file of the corpus").path();
        if path.is_dir() { gather(&path, files) } else { files.push(path) }
    }
}

/// Makes the last four bytes of an input, with SplitMix64.
fn plan(state: &mut u64) -> [u8; 4] {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (*state ^ *state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ z >> 31) as u32).to_le_bytes()
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
