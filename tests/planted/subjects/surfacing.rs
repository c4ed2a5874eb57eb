//! Mistakes in how a failure is reported: not at all, as another error, twice, or as a wrong
//! answer.

use oom_sweep::FindingKind;

use super::{Condition, Failure, Planted, Subject};

/// An index that has grown twice is dropped silently if its next growth fails.
pub(super) const INDEX_GIVEN_UP: Planted = Planted::new::<Indexed>(
    "index_given_up",
    FindingKind::SwallowedOom,
    &[("put", 7)],
    [0, 9, 0, 0],
);

/// The number of entries by which an index grows.
const MORE: usize = 3;

#[derive(Default)]
struct Indexed {
    items: Vec<u8>,
    index: Vec<u8>,
}

impl Subject for Indexed {
    const OPERATIONS: &'static [&'static str] = &["put", "clear"];

    fn perform(&mut self, code: usize, operand: u8, condition: Condition) -> Result<(), Failure> {
        if code == 1 {
            *self = Self::default();
            return Ok(());
        }
        self.items.try_reserve_exact(1)?;
        let is_full = self.index.len() == self.index.capacity();
        let room = if is_full { self.index.try_reserve_exact(MORE) } else { Ok(()) };
        match room {
            Ok(()) => self.index.push(operand),
            Err(_) if condition == Condition::Broken && self.index.len() >= 2 * MORE => {}
            Err(error) => return Err(error.into()),
        }
        self.items.push(operand);
        Ok(())
    }

    fn view(&self) -> Vec<u8> {
        self.items.clone()
    }
}

/// From the fourth level of nesting on, every failure is reported as the nesting limit.
pub(super) const OTHER_NAME: Planted = Planted::new::<Levels>(
    "other_name",
    FindingKind::WrongError,
    &[("open", 3), ("close", 1), ("open", 2)],
    [0, 3, 0, 0],
);

#[derive(Default)]
struct Levels {
    open: Vec<u8>,
}

impl Subject for Levels {
    const OPERATIONS: &'static [&'static str] = &["open", "close"];

    fn perform(&mut self, code: usize, operand: u8, condition: Condition) -> Result<(), Failure> {
        if code == 1 {
            self.open.pop();
            return Ok(());
        }
        match self.open.try_reserve_exact(1) {
            Ok(()) => self.open.push(operand),
            Err(_) if condition == Condition::Broken && self.open.len() == 3 => {
                return Err(Failure::Refused);
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    fn view(&self) -> Vec<u8> {
        self.open.clone()
    }
}

/// A writer reports a failure, and reports it again when it is flushed, whatever happened in
/// between.
pub(super) const SAID_TWICE: Planted = Planted::new::<Writer>(
    "said_twice",
    FindingKind::SpuriousError,
    &[("write", 1), ("flush", 1), ("write", 2), ("flush", 1)],
    [0, 2, 0, 0],
);

#[derive(Default)]
struct Writer {
    items: Vec<u8>,
    flushed: u8,
    has_failed: bool,
}

impl Subject for Writer {
    const OPERATIONS: &'static [&'static str] = &["write", "flush"];

    fn perform(&mut self, code: usize, operand: u8, condition: Condition) -> Result<(), Failure> {
        if code == 1 {
            if std::mem::take(&mut self.has_failed) {
                return Err(Failure::OutOfMemory);
            }
            self.flushed = self.items.len() as u8;
            return Ok(());
        }
        if let Err(error) = self.items.try_reserve_exact(1) {
            self.has_failed = condition == Condition::Broken && self.flushed > 0;
            return Err(error.into());
        }
        self.items.push(operand);
        Ok(())
    }

    fn view(&self) -> Vec<u8> {
        [&self.items[..], &[self.flushed]].concat()
    }
}

/// A cache that cannot be refilled answers with its old content.
pub(super) const STALE_CACHE: Planted = Planted::new::<Sums>(
    "stale_cache",
    FindingKind::Diverged,
    &[("add", 2), ("sum", 1), ("add", 3), ("sum", 1)],
    [0, 6, 0, 0],
);

#[derive(Default)]
struct Sums {
    items: Vec<u8>,
    /// Sums of the first items.
    cache: Vec<u8>,
    answer: u8,
}

impl Sums {
    fn fill(&mut self) -> Result<(), Failure> {
        let missing = self.items.len() - self.cache.len();
        self.cache.try_reserve_exact(missing)?;
        for item in &self.items[self.cache.len()..] {
            self.cache.push(self.cache.last().map_or(*item, |sum| sum.wrapping_add(*item)));
        }
        Ok(())
    }
}

impl Subject for Sums {
    const OPERATIONS: &'static [&'static str] = &["add", "sum"];

    fn perform(&mut self, code: usize, operand: u8, condition: Condition) -> Result<(), Failure> {
        if code == 0 {
            self.items.try_reserve_exact(1)?;
            self.items.push(operand);
            return Ok(());
        }
        let filled = oom_sweep::tolerate("only a cache", || self.fill());
        let is_stale = filled.is_err() && condition == Condition::Broken;
        self.answer = match self.cache.last() {
            Some(sum) if filled.is_ok() || is_stale => *sum,
            _ => self.items.iter().fold(0, |sum, item| sum.wrapping_add(*item)),
        };
        Ok(())
    }

    fn view(&self) -> Vec<u8> {
        [&self.items[..], &[self.answer]].concat()
    }
}
