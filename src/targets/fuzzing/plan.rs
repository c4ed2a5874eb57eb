//! The plan half of an input: [`plan_of`] reads it off the last four bytes.
//!
//! Any bytes are a plan. The bytes are the target's too, whose own layout is none of this file's
//! business.

use crate::plan::{AfterFault, Fault, Plan};

/// The plan that the last four bytes of an input spell out, if the fault-free run makes any
/// requests; missing bytes count as 0.
///
/// | byte from the end | bits | what they say |
/// | --- | --- | --- |
/// | 1 | 0–2 | the fault: 0–3 `nth:N`, 4, 5 `set:N,N+1+M`, 6 `random:X,seed=M`, 7 `budget:16*X` |
/// | | 3–5 | what follows: 0–3 `/succeed`, 4, 5 `/fail-all`, 6, 7 `/fail-next:1+M` |
/// | | 6–7 | 3: no fault, whatever the rest says |
/// | 2 | | M |
/// | 3, 4 | | X, its low byte nearer to the end; N is X modulo the number of requests |
///
/// So of inputs at random a quarter has no fault, of the others a quarter a persistent one, and
/// most of the rest may have two.
///
/// The layout is versioned by bits 6–7 of the last byte: 0 to 2 are this first one, and keep their
/// meaning, since a corpus is worth no more than the plans in it. A later layout has the patterns
/// with a 3 and anything but 0 in bits 0–5, which until then mean no fault. Commands name the plan
/// itself, and so depend on none of this.
#[must_use]
pub fn plan_of(bytes: &[u8], requests: u64) -> Option<Plan> {
    let [high, low, more, kinds] = bytes.last_chunk().copied().unwrap_or_default();
    let x = u16::from_be_bytes([high, low]);
    let (number, more) = (u64::from(x).checked_rem(requests)?, u64::from(more));
    if kinds >> 6 == NO_FAULT {
        return Some(Plan::none());
    }
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

/// Bits 6–7 of the last byte.
const NO_FAULT: u8 = 3;

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> Option<String> {
        plan_of(bytes, 100).map(|plan| plan.to_string())
    }

    #[test]
    fn the_last_four_bytes_are_the_plan() {
        for (bytes, plan) in [
            (&b""[..], "nth:0/succeed"),
            (b"any bytes\x00\x11\x05\x20", "nth:17/fail-all"),
            (b"\x01\x00\x05\x34", "set:56,62/fail-next:6"),
            (b"\x00\x32\x2a\x06", "random:50,seed=42/succeed"),
            (b"\xff\xff\x00\x07", "budget:1048560/succeed"),
        ] {
            assert_eq!(text(bytes).as_deref(), Some(plan), "{bytes:?}");
        }
        assert_eq!(plan_of(b"four", 0), None);
    }

    /// If this fails, committed corpora no longer mean what they were committed for.
    #[test]
    fn every_pattern_of_the_last_byte_keeps_its_meaning() {
        let [nth, set] = ["nth:56", "set:56,62"];
        let faults = [nth, nth, nth, nth, set, set, "random:256,seed=5", "budget:4096"];
        let [one, all, some] = ["succeed", "fail-all", "fail-next:6"];
        let sequels = [one, one, one, one, all, all, some, some];
        for kinds in 0..=u8::MAX {
            let expected = match kinds {
                0b1100_0000.. => "none/succeed".to_owned(),
                _ => {
                    let fault = faults[usize::from(kinds & 7)];
                    format!("{fault}/{}", sequels[usize::from(kinds >> 3 & 7)])
                }
            };
            assert_eq!(text(&[1, 0, 5, kinds]), Some(expected), "{kinds:#010b}");
        }
    }
}
