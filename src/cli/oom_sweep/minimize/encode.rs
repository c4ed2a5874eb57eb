//! Appends bytes to an input that encode a plan, as [`plans_of`](crate::fuzzing::plans_of) reads
//! it.
//!
//! The target reads the plan's bytes too. They are appended, or replace the last bytes. Ends that
//! add no operation are tried first. Runs decide which of them keep the finding.

use crate::fuzzing::{Encoded, Target, encoded as read};
use crate::harness::plan::{Fault, Plan};

/// The number of bytes of a plan.
const LEN: usize = 4;
/// The greatest number of ends that are tried.
const MOST: usize = 64;

/// Returns inputs that start with these bytes and end with the plan, if they make `requests`
/// requests.
pub(super) fn encoded(target: &Target, bytes: &[u8], plan: &Plan, requests: u64) -> Vec<Vec<u8>> {
    if *plan == Plan::none() || encodes(bytes, plan, requests) {
        return vec![bytes.to_vec()];
    }
    let ends = ends(plan, requests);
    let operations = |bytes: &[u8]| target.decode(bytes).map_or(usize::MAX, |d| d.len());
    let count = operations(bytes);
    let mut inputs = Vec::new();
    // The last bytes may be useless, or encode the plan already.
    for kept in bytes.len().saturating_sub(LEN)..=bytes.len() {
        let (kept, given) = bytes.split_at(kept);
        let changes = |end: &[u8; LEN]| given.iter().zip(end).filter(|(a, b)| a != b).count();
        let mut ends = ends.clone();
        ends.sort_by_key(changes);
        ends.truncate(MOST);
        inputs.extend(ends.iter().map(|end| (changes(end), [kept, end].concat())));
    }
    inputs.sort_by_cached_key(|(changes, input)| {
        (operations(input).abs_diff(count), *changes, input.len())
    });
    inputs.truncate(MOST);
    inputs.into_iter().map(|(_, input)| input).collect()
}

/// Whether the bytes encode the plan, if they make `requests` requests. A drawn plan changes with
/// the bytes, so it does not count.
pub(super) fn encodes(bytes: &[u8], plan: &Plan, requests: u64) -> bool {
    match read(bytes, requests) {
        Encoded::Plan(said) => said == *plan,
        Encoded::Nothing => *plan == Plan::none(),
        Encoded::Drawn => false,
    }
}

/// Returns the values of four bytes that encode this plan for so many requests; none if none do.
fn ends(plan: &Plan, requests: u64) -> Vec<[u8; LEN]> {
    let number = match &plan.fault {
        Fault::Nth(n) => Some(*n),
        Fault::Set(numbers) => numbers.first().copied(),
        Fault::Random { per_mille, .. } => Some(u64::from(*per_mille)),
        Fault::Budget { bytes } => Some(*bytes as u64 / 16),
        _ => None,
    };
    let Some(first) = number.and_then(|number| u16::try_from(number).ok()) else {
        return Vec::new();
    };
    let end = |x: u16, [more, kinds]: [u8; 2]| {
        let [high, low] = x.to_be_bytes();
        [high, low, more, kinds]
    };
    let is_it = |end: &[u8; LEN]| encodes(end, plan, requests);
    let rests = (0..=u8::MAX).flat_map(|kinds| (0..=u8::MAX).map(move |more| [more, kinds]));
    let Some(rest) = rests.into_iter().find(|&rest| is_it(&end(first, rest))) else {
        return Vec::new();
    };
    let period = usize::try_from(requests).unwrap_or(usize::MAX).max(1);
    (first..=u16::MAX).step_by(period).map(|x| end(x, rest)).filter(is_it).collect()
}

#[cfg(all(test, feature = "subjects"))]
mod tests {
    use super::*;
    use crate::subjects::drivers::slab;

    #[test]
    fn every_plan_that_four_bytes_can_encode_is_encoded() {
        for text in [
            "nth:17/succeed",
            "nth:0/fail-all",
            "set:56,62/fail-next:6",
            "random:50,seed=42/succeed",
            "budget:1048560/fail-next:256",
        ] {
            let plan: Plan = text.parse().unwrap();
            let ends = ends(&plan, 100);
            assert!(!ends.is_empty(), "{text}");
            assert!(ends.iter().all(|end| encodes(end, &plan, 100)), "{text}");
        }
        for text in ["nth:17/forbid", "nth:100", "set:1,2,3", "size:7", "site:0000002a#0"] {
            assert_eq!(ends(&text.parse().unwrap(), 100), [[0; 4]; 0], "{text}");
        }
    }

    /// The last operand is the end's first byte, and the rest is no whole record.
    #[test]
    fn an_end_adds_no_operation_if_possible() {
        let (target, plan) = (&slab::TARGET, "nth:3".parse().unwrap());
        for input in [&[0x10, 0, 0, 0, 0][..], &[0x10, 0, 1, 2, 3, 0, 1, 2, 3]] {
            let encoded = &encoded(target, input, &plan, 7)[0];
            assert!(encodes(encoded, &plan, 7));
            assert_eq!(target.decode(encoded).unwrap().len(), target.decode(input).unwrap().len());
        }
    }
}
