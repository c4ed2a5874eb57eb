//! Is every block intact, and was everything given back? `CorruptedBlock`, `InvalidFree`, `Leaked`.

use super::{DamageSeen, FindingKind, LeftBehind, Observation, Verdict};
use crate::harness::alloc::{Harm, Leftover};

pub(super) fn judge(seen: &Observation, verdicts: &mut Vec<Verdict>) {
    verdicts.extend(seen.damages.iter().map(judge_damage));
    let blocks = (!seen.leaked.is_empty()).then(|| describe_leak(&seen.leaked));
    let other = seen.left_behind.map(|left| match left {
        LeftBehind::Descriptor => "a file descriptor stays open, one more each time".to_owned(),
        LeftBehind::Thread => "a thread stays, one more each time".to_owned(),
    });
    let left: Vec<_> = blocks.into_iter().chain(other).collect();
    if !left.is_empty() {
        verdicts.push(Verdict::new(FindingKind::Leaked, left.join("; ")));
    }
}

fn judge_damage(damage: &DamageSeen) -> Verdict {
    let DamageSeen { harm, size, align, birth, .. } = damage;
    let block = format!("a block of {size} bytes, align {align}, allocated by {birth},");
    let (kind, what) = match *harm {
        Harm::FreedTwice => (FindingKind::InvalidFree, "was freed twice".to_owned()),
        Harm::FreedInside(offset) => (
            FindingKind::InvalidFree,
            format!("was freed by an address {offset} bytes past its start"),
        ),
        Harm::OtherLayout(size, align) => (
            FindingKind::InvalidFree,
            format!("was freed or reallocated with the layout of {size} bytes, align {align}"),
        ),
        Harm::Overrun => (FindingKind::CorruptedBlock, "was written past its end".to_owned()),
        Harm::WrittenAfterFree(offset) => (
            FindingKind::CorruptedBlock,
            format!("was written to at offset {offset} after it was freed"),
        ),
    };
    Verdict::new(kind, format!("{block} {what}"))
}

/// Names at most three of the blocks.
fn describe_leak(leaked: &[Leftover]) -> String {
    let bytes = leaked.iter().fold(0_usize, |sum, block| sum.saturating_add(block.size));
    let named = |block: &Leftover| format!("{} bytes allocated by {}", block.size, block.birth);
    let first: Vec<_> = leaked.iter().take(3).map(named).collect();
    let more = if leaked.len() > 3 { ", …" } else { "" };
    let blocks = if leaked.len() == 1 { "block" } else { "blocks" };
    format!("{} {blocks} left, {bytes} bytes: {}{more}", leaked.len(), first.join(", "))
}
