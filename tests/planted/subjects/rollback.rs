//! Mistakes in a rollback: something is restored wrongly, twice, or not at all.

use oom_sweep::FindingKind;

use super::{Condition, Failure, Planted, Subject};

/// After a failed nested registration, entries that existed before keep a use count that is too
/// high.
pub(super) const USES_KEPT: Planted = Planted::new::<Registry>(
    "uses_kept",
    FindingKind::PartialUpdate,
    &[("register", 1), ("register", 3)],
    [0, 2, 0, 0],
);

/// Keys in groups of four. Registering a key also registers the keys before it in its group.
#[derive(Default)]
struct Registry {
    /// Keys and their uses.
    entries: Vec<(u8, u8)>,
}

impl Registry {
    fn add(&mut self, key: u8) -> Result<(), Failure> {
        if let Some((_, uses)) = self.entries.iter_mut().find(|(known, _)| *known == key) {
            *uses = uses.wrapping_add(1);
            return Ok(());
        }
        self.entries.try_reserve_exact(1)?;
        self.entries.push((key, 1));
        Ok(())
    }

    fn undo(&mut self, key: u8, condition: Condition) {
        let Some(at) = self.entries.iter().position(|(known, _)| *known == key) else { return };
        match (&mut self.entries[at].1, condition) {
            (1, _) => drop(self.entries.swap_remove(at)),
            (uses, Condition::Repaired) => *uses = uses.wrapping_sub(1),
            (_, Condition::Broken) => {}
        }
    }
}

impl Subject for Registry {
    const OPERATIONS: &'static [&'static str] = &["register"];

    fn perform(&mut self, _code: usize, key: u8, condition: Condition) -> Result<(), Failure> {
        let first = key - key % 4;
        for next in first..=key {
            if let Err(error) = self.add(next) {
                (first..next).for_each(|done| self.undo(done, condition));
                return Err(error);
            }
        }
        Ok(())
    }

    fn view(&self) -> Vec<u8> {
        let mut entries = self.entries.clone();
        entries.sort_unstable();
        entries.into_iter().flat_map(|(key, uses)| [key, uses]).collect()
    }
}

/// If reusing a released slot fails, the slot is in the free list twice.
pub(super) const FREE_TWICE_OVER: Planted = Planted::new::<Slots>(
    "free_twice_over",
    FindingKind::Inconsistent,
    &[("insert", 2), ("release", 1), ("insert", 1)],
    [0, 4, 0, 0],
);

#[derive(Default)]
struct Slots {
    slots: Vec<Option<u8>>,
    free: Vec<u8>,
    /// Values in the order of their arrival.
    log: Vec<u8>,
}

impl Slots {
    fn insert(&mut self, value: u8, condition: Condition) -> Result<(), Failure> {
        let Some(slot) = self.free.pop() else {
            self.slots.try_reserve(1)?;
            self.log.try_reserve_exact(1)?;
            self.slots.push(Some(value));
            self.log.push(value);
            return Ok(());
        };
        if let Err(error) = self.log.try_reserve_exact(1) {
            // Cannot fail: the slot was just taken from this list.
            self.free.push(slot);
            if condition == Condition::Broken && self.free.len() < self.free.capacity() {
                self.free.push(slot);
            }
            return Err(error.into());
        }
        self.log.push(value);
        self.slots[usize::from(slot)] = Some(value);
        Ok(())
    }

    fn release(&mut self, slot: u8) -> Result<(), Failure> {
        if self.slots.get(usize::from(slot)).copied().flatten().is_some() {
            self.free.try_reserve(1)?;
            self.free.push(slot);
            self.slots[usize::from(slot)] = None;
        }
        Ok(())
    }
}

impl Subject for Slots {
    const OPERATIONS: &'static [&'static str] = &["insert", "release"];

    fn perform(&mut self, code: usize, operand: u8, condition: Condition) -> Result<(), Failure> {
        match code {
            0 => self.insert(operand, condition),
            _ => self.release(operand),
        }
    }

    fn check(&self) -> Result<(), String> {
        let vacant = self.slots.iter().filter(|slot| slot.is_none()).count();
        match self.free.len() {
            free if free == vacant => Ok(()),
            free => Err(format!("{free} slots are said to be free, {vacant} are")),
        }
    }

    fn view(&self) -> Vec<u8> {
        let slots = self.slots.iter().map(|slot| slot.unwrap_or(u8::MAX));
        slots.chain(self.log.iter().copied()).collect()
    }
}

/// A second compaction that fails leaves the busy flag set.
pub(super) const LEFT_BUSY: Planted = Planted::new::<Heap>(
    "left_busy",
    FindingKind::NotRecovered,
    &[("add", 2), ("compact", 1), ("add", 1), ("compact", 1)],
    [0, 4, 0, 0],
);

#[derive(Default)]
struct Heap {
    items: Vec<u8>,
    compactions: u8,
    is_busy: bool,
}

impl Heap {
    fn compact(&mut self, condition: Condition) -> Result<(), Failure> {
        if self.is_busy {
            return Err(Failure::Refused);
        }
        self.is_busy = condition == Condition::Broken && self.compactions > 0;
        let mut compacted = Vec::new();
        compacted.try_reserve_exact(self.items.len())?;
        compacted.extend_from_slice(&self.items);
        compacted.sort_unstable();
        self.items = compacted;
        self.compactions = self.compactions.wrapping_add(1);
        self.is_busy = false;
        Ok(())
    }
}

impl Subject for Heap {
    const OPERATIONS: &'static [&'static str] = &["add", "compact"];

    fn perform(&mut self, code: usize, operand: u8, condition: Condition) -> Result<(), Failure> {
        if code == 1 {
            return self.compact(condition);
        }
        self.items.try_reserve_exact(1)?;
        self.items.push(operand);
        Ok(())
    }

    fn view(&self) -> Vec<u8> {
        [&self.items[..], &[self.compactions]].concat()
    }
}
