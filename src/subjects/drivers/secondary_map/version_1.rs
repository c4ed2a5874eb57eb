//! Translates version 1 of the target's layout to the current one: the corpus has inputs in it.
//! Relies on the current layout in [`super`]; does not decode operations.
//!
//! | byte | bits | what they say |
//! | --- | --- | --- |
//! | 0 | 4–7 | 1 |
//! | | 0–1 | the kind |
//! | | 2–3 | nothing |
//! | 1 + 4i | 0–4 | the code of the i-th operation, as now |
//! | | 5–7 | a count |
//! | 2 + 4i | 0–1 | the class of the key: 0, 1 dense, 2 sparse, 3 edge |
//! | | 2–7 | high bits of a sparse key |
//! | 3 + 4i | | the key: its low 5 bits if dense, all 8 if sparse, a choice of 16 by its low 4 bits at the edge |
//! | 4 + 4i | 0–2 | the value |
//! | | 3–4 | the stride of a series of items |
//! | | 5 | whether such a series announces a huge `size_hint` |
//! | | 6–7 | nothing |

use super::super::modelled::{NARROW, WIDE};
use super::{EDGE, HUGE, LOW, MODELLED};

pub(super) const VERSION: u8 = 1;

/// The same operations in the current layout.
pub(super) fn translate(first: u8, records: &[u8]) -> Vec<u8> {
    let (records, _) = records.as_chunks();
    let mut bytes = vec![MODELLED.version << 4 | first & 3];
    bytes.extend(records.iter().copied().flat_map(record));
    bytes
}

fn record([code, class, key, value]: [u8; 4]) -> [u8; 4] {
    let (a, b) = match class & 3 {
        0 | 1 => (key & NARROW, LOW),
        2 => (key, class >> 2),
        _ => (0, EDGE + (key & 15)),
    };
    let hint = if value & 32 == 0 { 0 } else { HUGE };
    [code & 31 | WIDE, a, b | hint, value & 31 | code & !31]
}
