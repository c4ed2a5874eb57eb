//! Targets under a fuzzer, which chooses both the operations and the fault: [`fuzz`], the body
//! of every fuzz target.
//!
//! Plans are read off the input's last four bytes, or drawn from all, and the target reads them, too. So whatever a fuzzer finds is an input of the target as it is: for the command line, for the
//! corpus, for any other plan. `plan` knows that layout, `guide` what the fuzzer hears of faults, and `story`
//! how a finding is told. Relies on the engine; of libFuzzer it knows no more than the name of a
//! section.

mod decoder;
mod guidance;
pub(crate) mod listing;
mod plan;
mod story;
mod target;

pub use plan::plans_of;
#[cfg(feature = "cli")]
pub(crate) use plan::{Encoded, encoded};
pub use target::{Decoded, Target};

use std::sync::atomic::AtomicU8;

use crate::harness::oracle::FindingKind;
use crate::harness::plan::Strategy;
use crate::harness::sweep::Sweep;

/// Runs what the bytes stand for without faults, and then under the plans that they say; see
/// [`plans_of`].
///
/// What failed, and what became of it, is added to the counters, for a fuzzer that takes them for
/// covered code; without any, nothing is.
///
/// Wants [`FaultAlloc`](crate::FaultAlloc) to be the global allocator.
///
/// # Errors
/// If the target cannot read the bytes: they are of no interest.
///
/// # Panics
/// If there is a finding, or something is wrong without any fault, with the report, the operations
/// and the command that shows it again.
pub fn fuzz(target: &Target, bytes: &[u8], counters: &'static [AtomicU8]) -> Result<(), String> {
    let decoded = target.decode(bytes)?;
    let command = story::command(target.name());
    let input = bytes.to_vec();
    let sweep = target
        .prepare(Sweep::fuzzing(target.name()))
        .ignore_env()
        // A plan may name a request that is refused anyway, above a ceiling; it never fires.
        .allow(FindingKind::Nondeterministic)
        .replay_by(move |plan| format!("{command} {plan}"))
        .strategy(Strategy::Plans(Vec::new()))
        .plan_by(move |requests| plans_of(&input, requests));
    let sweep = match counters {
        [] => sweep,
        _ => sweep.on_run(|seen| guidance::mark(counters, seen)),
    };
    let report = decoded.sweep(sweep);
    assert!(report.is_clean(), "{}", story::tell(target.name(), &decoded, &report));
    Ok(())
}

/// A fuzz target in a line: [`fuzz`](crate::subjects::drivers::fuzz) on a [`Target`](crate::Target), with
/// the allocator that it wants, and on Linux with the counters by which libFuzzer is guided.
///
/// The package has `libfuzzer-sys` among its dependencies, and the file opens with `#![no_main]`:
///
/// ```ignore
/// #![no_main]
/// oom_sweep::fuzz_target!(my_crate::TARGET);
/// ```
#[macro_export]
macro_rules! fuzz_target {
    ($target:expr) => {
        #[global_allocator]
        static ALLOC: $crate::FaultAlloc = $crate::FaultAlloc::system();

        /// libFuzzer clears these before each execution, and takes them for covered code after it.
        #[cfg(target_os = "linux")]
        #[unsafe(link_section = "__libfuzzer_extra_counters")]
        static COUNTERS: [::core::sync::atomic::AtomicU8; 1 << 15] =
            [const { ::core::sync::atomic::AtomicU8::new(0) }; 1 << 15];
        #[cfg(not(target_os = "linux"))]
        static COUNTERS: [::core::sync::atomic::AtomicU8; 0] = [];

        ::libfuzzer_sys::fuzz_target!(|bytes: &[u8]| -> ::libfuzzer_sys::Corpus {
            match $crate::targets::fuzz(&$target, bytes, &COUNTERS) {
                Ok(()) => ::libfuzzer_sys::Corpus::Keep,
                Err(_) => ::libfuzzer_sys::Corpus::Reject,
            }
        });
    };
}
