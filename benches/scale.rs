//! `cargo bench --bench scale`: the cost of sweeping large code.
//!
//! Compares executors, sizes, and one core with two, and measures what the harness adds to a
//! request. The sides run in turn in one process; figures are ratios of medians. If all plans of
//! the slower side would take minutes, a random sample of them runs, and times are per run.

mod measure;

use std::collections::TryReserveError;
use std::hint::black_box;
use std::process::Command;
use std::time::{Duration, Instant};

use measure::{head, interleave, row};
use oom_sweep::{AfterFault, FaultAlloc, Isolation, Plan, Report, Retry, Strategy, Sweep};

#[global_allocator]
static ALLOC: FaultAlloc = FaultAlloc::system();

/// The duration of the work before each request.
#[derive(Clone, Copy)]
struct Work(Duration);

impl Work {
    /// Calibrated once, so that reading the clock does not disturb the measurement.
    #[inline(never)]
    fn spin(self, per_micro: u64) {
        let turns = self.0.as_nanos() as u64 * per_micro / 1_000;
        for turn in 0..turns {
            black_box(turn);
        }
    }
}

/// The number of turns of the spinning loop in a microsecond, as the fastest measured. So the work
/// lasts at least as long as requested.
fn calibrate() -> u64 {
    const GUESS: u64 = 1_000;
    let work = Work(Duration::from_millis(5));
    let time = || {
        let start = Instant::now();
        work.spin(GUESS);
        start.elapsed()
    };
    let fastest = (0..20).map(|_| time()).min().unwrap_or(work.0);
    (GUESS * work.0.as_nanos() as u64 / fastest.as_nanos().max(1) as u64).max(1)
}

/// Makes `n` requests with work before each. A dozen blocks are alive at a time. Returns at the
/// first error.
fn toil(n: usize, work: Work, per_micro: u64) -> Result<usize, TryReserveError> {
    const LIVE: usize = 12;
    let mut blocks: [Vec<u8>; LIVE] = Default::default();
    for i in 0..n {
        work.spin(per_micro);
        let mut block = Vec::new();
        block.try_reserve_exact(16 + i * 7 % 80)?;
        block.push(i as u8);
        blocks[i % LIVE] = block;
    }
    Ok(black_box(&blocks).len())
}

/// The same from 40 sites in turn, each at another recursion depth.
fn toil_at_sites(n: usize, work: Work, per_micro: u64) -> Result<usize, TryReserveError> {
    #[inline(never)]
    fn even(depth: usize) -> Result<Vec<u8>, TryReserveError> {
        if depth == 0 { reserve() } else { black_box(odd(depth - 1)) }
    }
    #[inline(never)]
    fn odd(depth: usize) -> Result<Vec<u8>, TryReserveError> {
        if depth == 0 { reserve() } else { black_box(even(depth - 1)) }
    }
    fn reserve() -> Result<Vec<u8>, TryReserveError> {
        let mut block = Vec::new();
        block.try_reserve_exact(64)?;
        Ok(block)
    }
    let mut sum = 0;
    for i in 0..n {
        work.spin(per_micro);
        sum += if i % 2 == 0 { even(i / 2 % 20)? } else { odd(i / 2 % 20)? }.capacity();
    }
    Ok(sum)
}

fn main() {
    let arguments: Vec<_> = std::env::args().collect();
    let per_micro = calibrate();
    if let [_, what, executor] = &arguments[..]
        && what == PEAK
    {
        return peak_of(executor, per_micro);
    }
    let has = |wanted: &str| arguments.iter().any(|argument| argument == wanted);
    let scale = if has("--bench") && !has("--test") { Scale::Full } else { Scale::Smoke };
    head();
    snapshot_against_worker(scale, per_micro);
    growth(scale, per_micro);
    for isolation in [Isolation::Worker, Isolation::Snapshot] {
        two_jobs(scale, isolation, per_micro);
    }
    unique_sites(scale, per_micro);
    per_request(scale);
    peaks();
}

/// Whether to measure, or only to check that it works.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scale {
    Full,
    Smoke,
}

impl Scale {
    fn pick<T>(self, full: T, smoke: T) -> T {
        match self {
            Self::Full => full,
            Self::Smoke => smoke,
        }
    }
}

/// The time per run of a sweep with transient faults.
fn per_run(sweep: Sweep, code: impl FnMut() -> Result<usize, TryReserveError>) -> Duration {
    let (elapsed, report) = timed(sweep.after(AfterFault::Succeed).endurance(0), code);
    elapsed / report.runs().max(1) as u32
}

fn timed(sweep: Sweep, code: impl FnMut() -> Result<usize, TryReserveError>) -> (Duration, Report) {
    let start = Instant::now();
    let report = sweep.run(code);
    let elapsed = start.elapsed();
    report.assert_clean();
    (elapsed, report)
}

const WORK: Work = Work(Duration::from_micros(2));

fn snapshot_against_worker(scale: Scale, per_micro: u64) {
    let n = scale.pick(10_000, 100);
    let sample = Strategy::Sample { count: scale.pick(200, 20), seed: 1 };
    let sweep = |isolation| Sweep::new("bench").isolation(isolation);
    let [worker, snapshot] = interleave(
        scale.pick(5, 1),
        [
            &mut || {
                let sweep = sweep(Isolation::Worker).strategy(sample.clone());
                per_run(sweep, || toil(n, WORK, per_micro))
            },
            &mut || per_run(sweep(Isolation::Snapshot), || toil(n, WORK, per_micro)),
        ],
    );
    let name = format!("N = {n}, 2 µs of work a request, per run: snapshot / worker");
    row(&name, snapshot, worker, Some(0.05));
}

/// Compares with twice the number of requests, with the same work for each.
fn growth(scale: Scale, per_micro: u64) {
    let n = scale.pick(5_000, 50);
    let sweep = |n| {
        let sweep = Sweep::new("bench").isolation(Isolation::Snapshot).after(AfterFault::Succeed);
        timed(sweep, || toil(n, WORK, per_micro)).0
    };
    let [once, twice] = interleave(scale.pick(5, 1), [&mut || sweep(n), &mut || sweep(2 * n)]);
    row(&format!("snapshot, whole sweep: N = {} / N = {n}", 2 * n), twice, once, Some(2.3));
}

fn two_jobs(scale: Scale, isolation: Isolation, per_micro: u64) {
    let n = scale.pick(2_000, 50);
    let sweep = |jobs| {
        let sweep = Sweep::new("bench").isolation(isolation).jobs(jobs);
        timed(sweep.after(AfterFault::Succeed), || toil(n, WORK, per_micro)).0
    };
    let [one, two] = interleave(scale.pick(5, 1), [&mut || sweep(1), &mut || sweep(2)]);
    // The target: at least 1.7 times as fast.
    row(&format!("{isolation:?}, N = {n}: jobs(2) / jobs(1)"), two, one, Some(1.0 / 1.7));
}

fn unique_sites(scale: Scale, per_micro: u64) {
    let n = scale.pick(100_000, 1_000);
    let work = Work(Duration::from_micros(1));
    let mut forks = Duration::ZERO;
    let [sweep, bare] = interleave(
        scale.pick(9, 1),
        [
            &mut || {
                // A retry would be a whole run for each site.
                let sweep = Sweep::new("bench").retry(Retry::Never);
                let sweep = sweep.strategy(Strategy::UniqueSites { per_site: 1 });
                let (elapsed, report) = timed(sweep, || toil_at_sites(n, work, per_micro));
                forks = fork() * report.runs() as u32;
                elapsed
            },
            &mut || {
                let start = Instant::now();
                let _ = black_box(toil_at_sites(n, work, per_micro));
                start.elapsed()
            },
        ],
    );
    let name = format!("unique sites, N = {n}, less the forks ({forks:.1?}) / bare run");
    row(&name, sweep.saturating_sub(forks), bare, Some(5.0));
}

/// The time to fork this process and wait for the child's end.
fn fork() -> Duration {
    let start = Instant::now();
    // SAFETY: the child only exits, and the parent waits for that child.
    unsafe {
        match libc::fork() {
            0 => libc::_exit(0),
            pid => libc::waitpid(pid, std::ptr::null_mut(), 0),
        };
    }
    start.elapsed()
}

/// Measures what the harness adds to a request when it is counted and tracked, and when its call
/// stack is captured.
fn per_request(scale: Scale) {
    let n = scale.pick(100_000, 1_000);
    let no_work = Work(Duration::ZERO);
    let nothing = |plans| Strategy::Plans(plans);
    let runs = 10;
    let [bare, armed, baseline, with_stacks] = interleave(
        scale.pick(9, 1),
        [
            &mut || {
                let start = Instant::now();
                let _ = black_box(toil(n, no_work, 1));
                start.elapsed()
            },
            // Enough runs to make one-time costs negligible.
            &mut || {
                let plans = vec![Plan::none(); runs];
                let sweep = Sweep::fuzzing("bench").strategy(nothing(plans));
                timed(sweep, || toil(n, no_work, 1)).0 / (runs + 1) as u32
            },
            &mut || {
                let sweep = Sweep::fuzzing("bench").strategy(nothing(Vec::new()));
                timed(sweep, || toil(n, no_work, 1)).0
            },
            &mut || {
                let sweep = Sweep::new("bench").allow_empty().isolation(Isolation::InProcess);
                timed(sweep.strategy(nothing(Vec::new())), || toil(n, no_work, 1)).0
            },
        ],
    );
    let each = |time: Duration| time.as_secs_f64() * 1e9 / n as f64;
    println!();
    println!("a request, bare, with its free: {:.0} ns", each(bare));
    println!("  armed counting, tracking and judging add: {:.0} ns", each(armed) - each(bare));
    // There are two fault-free runs; the first captures stacks.
    let capture = each(with_stacks) - 2.0 * each(baseline);
    println!("  the site pass adds: {capture:.0} ns (target 3000)");
}

/// The argument with which this program measures the memory of one executor.
const PEAK: &str = "--peak";

fn peaks() {
    let exe = std::env::current_exe().expect("a path");
    for executor in ["none", "in-process", "worker", "snapshot"] {
        let output = Command::new(&exe).args([PEAK, executor]).output().expect("itself");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        print!("{}", String::from_utf8_lossy(&output.stdout));
    }
}

fn peak_of(executor: &str, per_micro: u64) {
    const N: usize = 1_000;
    let isolation = match executor {
        "in-process" => Some(Isolation::InProcess),
        "worker" => Some(Isolation::Worker),
        "snapshot" => Some(Isolation::Snapshot),
        _ => None,
    };
    let code = || toil(N, Work(Duration::ZERO), per_micro);
    match isolation {
        Some(isolation) => drop(timed(Sweep::new("peak").isolation(isolation), code)),
        None => drop(black_box(code())),
    }
    // SAFETY: zero is a valid `rusage`, and the pointer is to it.
    let children = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_CHILDREN, &raw mut usage);
        usage.ru_maxrss as f64 / 1024.0
    };
    let here = high_water_mark();
    println!(
        "peak memory, {executor}, N = {N}: {here:.1} MiB here, {children:.1} MiB in the largest child"
    );
}

/// The peak memory of this process in MiB. Not from `getrusage`, whose figure includes the memory
/// of the parent before `exec`.
fn high_water_mark() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    let kib: f64 = line.split_whitespace().next().and_then(|kib| kib.parse().ok()).unwrap_or(0.0);
    kib / 1024.0
}
