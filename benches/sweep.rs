//! `cargo bench --bench sweep`: the cost of the harness.
//!
//! Runs two sides in turn, A B A B …, in one process, and prints ratios of medians. Compares the
//! disarmed allocator with the system's, and a whole sweep with `alloc-chaos`, the most similar
//! published crate, which detects only panics.

mod measure;

use std::alloc::{GlobalAlloc, Layout, System};
use std::collections::TryReserveError;
use std::hint::black_box;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use alloc_chaos::ChaosAllocator;
use measure::{head, interleave, row};
use oom_sweep::{AfterFault, FaultAlloc, Isolation, Plan, Strategy, Sweep};

/// Switches between two allocators. Both forward to the system's, so a block may be freed through
/// either.
struct Switch {
    chaos: ChaosAllocator,
    fault: FaultAlloc,
}

static IS_CHAOS: AtomicBool = AtomicBool::new(false);

// SAFETY: both allocators forward everything to `System` when they are inactive.
unsafe impl GlobalAlloc for Switch {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's contract is the same; here and below.
        unsafe {
            if IS_CHAOS.load(Ordering::Relaxed) {
                self.chaos.alloc(layout)
            } else {
                self.fault.alloc(layout)
            }
        }
    }
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: see `alloc`.
        unsafe {
            if IS_CHAOS.load(Ordering::Relaxed) {
                self.chaos.alloc_zeroed(layout)
            } else {
                self.fault.alloc_zeroed(layout)
            }
        }
    }
    unsafe fn realloc(&self, address: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: see `alloc`.
        unsafe {
            if IS_CHAOS.load(Ordering::Relaxed) {
                self.chaos.realloc(address, layout, size)
            } else {
                self.fault.realloc(address, layout, size)
            }
        }
    }
    unsafe fn dealloc(&self, address: *mut u8, layout: Layout) {
        // SAFETY: see `alloc`.
        unsafe {
            if IS_CHAOS.load(Ordering::Relaxed) {
                self.chaos.dealloc(address, layout);
            } else {
                self.fault.dealloc(address, layout);
            }
        }
    }
}

#[global_allocator]
static ALLOC: Switch = Switch { chaos: ChaosAllocator::system(), fault: FaultAlloc::system() };

/// Makes `n` requests whose blocks live until the end. Returns at the first error.
fn build(n: usize) -> Result<usize, TryReserveError> {
    let mut blocks: Vec<Vec<u8>> = Vec::new();
    blocks.try_reserve_exact(n - 1)?;
    for i in 0..n - 1 {
        let mut block = Vec::new();
        block.try_reserve_exact(16 + i * 7 % 80)?;
        block.push(i as u8);
        blocks.push(block);
    }
    Ok(black_box(&blocks).len())
}

fn main() {
    let arguments: Vec<_> = std::env::args().collect();
    if let [_, what, live] = &arguments[..]
        && what == LEDGER_MEMORY
    {
        return ledger_memory_at(live.parse().expect("a number"));
    }
    // `cargo test --benches` and `-- --test` only check that the benchmark works.
    let has = |wanted: &str| arguments.iter().any(|argument| argument == wanted);
    let is_bench = has("--bench") && !has("--test");
    head();
    disarmed(if is_bench { 41 } else { 1 });
    for (n, rounds, target) in [(100, 41, 2.0), (1_000, 21, 1.1), (10_000, 3, 1.1)] {
        if is_bench || n == 100 {
            against_chaos(n, if is_bench { rounds } else { 1 }, target);
        }
    }
    println!();
    for n in [100, 1_000, 10_000] {
        if is_bench || n == 100 {
            fixed_cost(n, if is_bench { 11 } else { 1 });
        }
    }
    ledger_memory();
}

/// Runs allocation-heavy work through each allocator, called directly so that no other work hides
/// the difference.
fn disarmed(rounds: usize) {
    static FAULT: FaultAlloc = FaultAlloc::system();
    let [a, b] = interleave(rounds, [&mut || churn(&FAULT), &mut || churn(&System)]);
    row("churn of 1,000 live blocks: disarmed FaultAlloc / System", a, b, Some(1.03));
}

fn churn(alloc: &impl GlobalAlloc) -> Duration {
    const LIVE: usize = 1_000;
    let layout = |i: usize| Layout::from_size_align(8 + i * 37 % 500, 8).expect("small");
    let start = Instant::now();
    // SAFETY: only the first byte of each block is written, and each block is freed once with its
    // layout.
    unsafe {
        let mut blocks: Vec<_> = (0..LIVE).map(|i| (alloc.alloc(layout(i)), layout(i))).collect();
        let mut random = 1_usize;
        for i in 0..200_000 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let slot = &mut blocks[(random >> 33) % LIVE];
            alloc.dealloc(slot.0, slot.1);
            *slot = (alloc.alloc(layout(i)), layout(i));
            *slot.0 = 1;
        }
        for (block, layout) in blocks {
            alloc.dealloc(block, layout);
        }
    }
    start.elapsed()
}

/// Compares a sweep of `n` requests with transient faults with the same by `alloc-chaos`: the time
/// per run with a fault, without one-time costs.
fn against_chaos(n: usize, rounds: usize, target: f64) {
    // Enough sweeps to make one-time costs negligible.
    let sweeps = (4_000 / n).max(1);
    let runs = (n * sweeps) as u32;
    let chaos = || {
        IS_CHAOS.store(true, Ordering::Relaxed);
        let start = Instant::now();
        for _ in 0..sweeps {
            let report = alloc_chaos::check(|| {
                let _ = black_box(build(n));
            });
            // Not `assert_success`, because the optimiser removes its check for the allocator in
            // release builds.
            assert_eq!(report.attempts().len(), n);
        }
        let elapsed = start.elapsed();
        IS_CHAOS.store(false, Ordering::Relaxed);
        elapsed / runs
    };
    let ours = |isolation| {
        move || swept(n, sweeps, isolation).saturating_sub(unswept(n, isolation)) / runs
    };
    let [worker, in_process, chaos] = interleave(
        rounds,
        [&mut ours(Isolation::Worker), &mut ours(Isolation::InProcess), &mut { chaos }],
    );
    row(&format!("N = {n}, per run: worker / alloc-chaos"), worker, chaos, Some(target));
    row(&format!("N = {n}, per run: in-process / alloc-chaos"), in_process, chaos, Some(target));
    if n == 1_000 {
        defaults_against_chaos(n, rounds, chaos);
    }
}

/// The same with default settings, on all cores, including one-time costs.
fn defaults_against_chaos(n: usize, rounds: usize, chaos: Duration) {
    let sweep = || {
        let start = Instant::now();
        let report = Sweep::new("bench").run(|| build(n));
        let elapsed = start.elapsed();
        report.assert_clean();
        elapsed / report.runs() as u32
    };
    let [ours] = interleave(rounds, [&mut { sweep }]);
    row(&format!("N = {n}, per run: default settings / alloc-chaos"), ours, chaos, Some(0.65));
}

fn swept(n: usize, sweeps: usize, isolation: Isolation) -> Duration {
    let every = (0..n as u64).map(|number| Plan::nth(number, AfterFault::Succeed));
    let plans: Vec<_> = std::iter::repeat_n(every, sweeps).flatten().collect();
    let sweep = Sweep::new("bench").strategy(Strategy::Plans(plans)).isolation(isolation);
    let sweep = sweep.jobs(1).endurance(0);
    let start = Instant::now();
    let report = sweep.run(|| build(n));
    let elapsed = start.elapsed();
    report.assert_clean();
    assert_eq!(report.runs(), (n * sweeps) as u64);
    elapsed
}

/// The one-time costs of the same sweep: forks, fault-free runs, the pass that captures call
/// stacks.
fn unswept(n: usize, isolation: Isolation) -> Duration {
    let nothing = Strategy::Plans(vec![Plan::none()]);
    let sweep = Sweep::new("bench").strategy(nothing).isolation(isolation);
    let start = Instant::now();
    sweep.run(|| build(n)).assert_clean();
    start.elapsed()
}

fn fixed_cost(n: usize, rounds: usize) {
    let [worker, in_process, bare] = interleave(
        rounds,
        [
            &mut || unswept(n, Isolation::Worker),
            &mut || unswept(n, Isolation::InProcess),
            &mut || {
                let start = Instant::now();
                let _ = black_box(build(n));
                start.elapsed()
            },
        ],
    );
    println!(
        "N = {n}, fixed cost of a sweep: worker {worker:.1?}, in-process {in_process:.1?} \
         (one bare run of the code: {bare:.1?})"
    );
}

/// Measures the bytes of the ledger at each size. The ledger never shrinks, so each size is
/// measured in a separate process.
fn ledger_memory() {
    let exe = std::env::current_exe().expect("a path");
    for live in [10_000, 100_000] {
        let mut command = Command::new(&exe);
        let output = command.args([LEDGER_MEMORY, &live.to_string()]).output().expect("itself");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        print!("{}", String::from_utf8_lossy(&output.stdout));
    }
}

/// The argument with which this program measures one size.
const LEDGER_MEMORY: &str = "--ledger-memory";

/// The bytes of the ledger per live block, without the slots of the quarantine.
fn ledger_memory_at(live: usize) {
    let quarantine = {
        let report = Sweep::new("small").isolation(Isolation::InProcess).run(|| build(2));
        report.assert_clean();
        oom_sweep::ledger_bytes()
    };
    let mut bytes = 0;
    let plans = Strategy::Plans(vec![Plan::none()]);
    let sweep = Sweep::new("memory").strategy(plans).isolation(Isolation::InProcess);
    sweep
        .run(|| {
            let mut blocks: Vec<Box<u64>> = Vec::new();
            blocks.try_reserve_exact(live)?;
            blocks.extend((0..live as u64).map(Box::new));
            bytes = oom_sweep::pause(oom_sweep::ledger_bytes);
            Ok::<_, TryReserveError>(black_box(blocks))
        })
        .assert_clean();
    let each = (bytes - quarantine) as f64 / live as f64;
    println!("ledger: {each:.1} bytes a live block at {live} blocks (target 64)");
}
