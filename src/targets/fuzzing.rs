//! Targets under a fuzzer, which chooses both the operations and the fault: [`fuzz`], the body
//! of every fuzz target.
//!
//! The plan is read off the input's last four bytes, and the target reads them too. So whatever
//! a fuzzer finds is an input of the target as it is: for the command line, for the corpus, for
//! any other plan. Relies on the engine; knows nothing of libFuzzer.

use super::Target;
use crate::oracle::FindingKind;
use crate::plan::{AfterFault, Fault, Plan};
use crate::sweep::{Strategy, Sweep};

/// Runs what the bytes stand for without faults, and then under the plan that their end spells
/// out; see [`plan_of`]. Bytes that the target cannot read, or that make no request, are of no
/// interest.
///
/// Wants [`FaultAlloc`](crate::FaultAlloc) to be the global allocator.
///
/// # Panics
/// If there is a finding, with the report and the command that shows it again.
pub fn fuzz(target: &Target, bytes: &[u8]) {
    let Ok(decoded) = target.decode(bytes) else { return };
    let sweep = |plans| {
        let sweep = target.prepare(Sweep::fuzzing(target.name()));
        // A plan may name a request that is refused anyway, above a ceiling; it never fires.
        let sweep = sweep.allow(FindingKind::Nondeterministic);
        decoded.sweep(sweep.strategy(Strategy::Plans(plans)))
    };
    let counted = sweep(Vec::new());
    let plan = plan_of(bytes, counted.requests());
    let report = match (counted.is_clean(), plan.clone()) {
        (true, Some(plan)) => sweep(vec![plan]),
        (true, None) => return,
        (false, _) => counted,
    };
    let (name, plan) = (target.name(), plan.unwrap_or_else(Plan::none));
    assert!(
        report.is_clean(),
        "\n{report}\n\nwith the input in FILE: \
         oom-sweep repro --target {name} --input FILE --plan {plan}"
    );
}

/// A fuzz target in a line: [`fuzz`](crate::targets::fuzz) on a [`Target`](crate::Target), with
/// the allocator that it wants.
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

        ::libfuzzer_sys::fuzz_target!(|bytes: &[u8]| $crate::targets::fuzz(&$target, bytes));
    };
}

/// The plan that the last four bytes of an input spell out, if the fault-free run makes any
/// requests; missing bytes count as 0.
///
/// | byte from the end | bits | what they say |
/// | --- | --- | --- |
/// | 1 | 0–2 | the fault: 0–3 `nth:N`, 4, 5 `set:N,N+1+M`, 6 `random:X,seed=M`, 7 `budget:16*X` |
/// | | 3–5 | what follows: 0–3 `/succeed`, 4, 5 `/fail-all`, 6, 7 `/fail-next:1+M` |
/// | | 6–7 | nothing |
/// | 2 | | M |
/// | 3, 4 | | X, its low byte nearer to the end; N is X modulo the number of requests |
#[must_use]
pub fn plan_of(bytes: &[u8], requests: u64) -> Option<Plan> {
    let [high, low, more, kinds] = bytes.last_chunk().copied().unwrap_or_default();
    let x = u16::from_be_bytes([high, low]);
    let (number, more) = (u64::from(x).checked_rem(requests)?, u64::from(more));
    let fault = match kinds & 7 {
        0..4 => Fault::Nth(number),
        4 | 5 => Fault::Set([number, number + 1 + more].into()),
        6 => Fault::Random { per_mille: x % 1001, seed: more },
        _ => Fault::Budget { bytes: usize::from(x) * 16 },
    };
    let after = match kinds >> 3 & 7 {
        0..4 => AfterFault::Succeed,
        4 | 5 => AfterFault::FailAll,
        _ => AfterFault::FailNext(1 + more),
    };
    Some(Plan { fault, after })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_four_bytes_are_the_plan() {
        let plan = |bytes: &[u8]| plan_of(bytes, 100).map(|plan| plan.to_string());
        for (bytes, text) in [
            (&b""[..], "nth:0/succeed"),
            (b"any bytes\x00\x11\x05\x20", "nth:17/fail-all"),
            (b"\x01\x00\x05\x34", "set:56,62/fail-next:6"),
            (b"\x00\x32\x2a\x06", "random:50,seed=42/succeed"),
            (b"\xff\xff\x00\x07", "budget:1048560/succeed"),
        ] {
            assert_eq!(plan(bytes).as_deref(), Some(text), "{bytes:?}");
        }
        assert_eq!(plan_of(b"four", 0), None);
    }
}
