//! Targets under a fuzzer, which chooses both the operations and the fault: [`fuzz`], the body of
//! every fuzz target.
//!
//! The last four bytes of an input choose its plans. The target reads these bytes too, so an input
//! that a fuzzer found works unchanged on the command line and in the corpus, and with any other
//! plan. `plan` reads the four bytes, `guidance` tells the fuzzer about faults, and `story` writes
//! a finding to the fuzzer's log. The engine does the rest. All that this folder knows of libFuzzer
//! is the name of a section.

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

/// Runs the decoded input without faults, and then under the plans of its last four bytes: see
/// [`plans_of`].
///
/// It adds every fault and its effect to the counters, which a fuzzer treats as covered code. With
/// no counters it adds nothing.
///
/// The global allocator must be [`FaultAlloc`](crate::FaultAlloc).
///
/// # Errors
/// If the target cannot read the bytes.
///
/// # Panics
/// If there is a finding, or the run without faults has one. The message is the report, the
/// operations and the command that runs the finding again.
pub fn fuzz(target: &Target, bytes: &[u8], counters: &'static [AtomicU8]) -> Result<(), String> {
    let decoded = target.decode(bytes)?;
    let command = story::command(target.name());
    let input = bytes.to_vec();
    let sweep = target
        .prepare(Sweep::fuzzing(target.name()))
        .ignore_env()
        // A plan may name a request above the ceiling, which fails anyway: its fault never happens.
        .allow(FindingKind::Nondeterministic)
        .replay_by(move |plan| format!("{command} {plan}"))
        .strategy(Strategy::Plans(Vec::new()))
        .plan_by(move |requests| plans_of(&input, requests));
    let sweep = match counters {
        [] => sweep,
        _ => sweep.on_run(|seen| guidance::mark(counters, seen)),
    };
    let report = decoded.sweep(sweep);
    assert!(report.is_clean(), "{}", story::describe(target.name(), &decoded, &report));
    Ok(())
}

/// Defines a fuzz target in one line: it calls [`fuzz`](crate::targets::fuzz) on a
/// [`Target`](crate::Target). It defines the global allocator, and on Linux the counters that guide
/// libFuzzer.
///
/// The package needs the dependency `libfuzzer-sys`, and the file starts with `#![no_main]`:
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

        /// libFuzzer clears these before each execution, and treats them as covered code after it.
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
