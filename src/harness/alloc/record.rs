//! What the allocator notes during a run: one fixed block of plain memory.
//!
//! The sweep chooses where a record lies. In a worker it is in memory shared with the parent, so
//! that it survives the process that wrote it. It contains no pointers. The code under test may have
//! written anything to it before the process died. So it consists of integers, for which every bit
//! pattern is valid, and every reader checks them: a length is limited, and what cannot be an event
//! is left out.

use std::fmt::Write;
use std::ops::Range;

use super::request::{Birth, RawBirth, RawRequest, Request};

/// Number of faults that are kept with their details; later ones are only counted.
pub(crate) const MAX_FAULTS: usize = 32;
/// Number of reasons for tolerance that are kept.
const MAX_TOLERANCES: usize = 32;
/// Number of damages that are kept with their details.
pub(crate) const MAX_DAMAGE: usize = 8;
/// Number of frames that are kept of a stack, innermost first.
pub(crate) const MAX_FRAMES: usize = 96;

/// A call stack as return addresses.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct RawStack {
    len: u32,
    frames: [usize; MAX_FRAMES],
}

impl RawStack {
    pub(crate) const EMPTY: Self = Self { len: 0, frames: [0; MAX_FRAMES] };

    pub(crate) fn clear(&mut self) {
        self.len = 0;
    }

    /// Appends a frame. Returns false if the stack is full.
    pub(crate) fn push(&mut self, address: usize) -> bool {
        let Some(slot) = self.frames.get_mut(self.len as usize) else { return false };
        *slot = address;
        self.len += 1;
        true
    }

    pub(crate) fn frames(&self) -> &[usize] {
        &self.frames[..(self.len as usize).min(MAX_FRAMES)]
    }
}

/// Whether a fault was in a tolerated region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tolerance {
    Outside,
    Inside,
}

/// One refused request.
pub(crate) struct Fault<'a> {
    pub(crate) request: Request,
    pub(crate) tolerance: Tolerance,
    /// The return addresses, if they were captured.
    pub(crate) stack: &'a [usize],
}

#[derive(Clone, Copy)]
#[repr(C)]
struct RawFault {
    request: RawRequest,
    /// 0 outside every tolerated region, 1 inside one.
    tolerance: u8,
    stack: RawStack,
}

/// The request after the first fault, in runs that collect call stacks.
#[derive(Clone, Copy)]
#[repr(C)]
struct RawNext {
    request: RawRequest,
    stack: RawStack,
}

/// Something that the code did to a tracked block and must not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Harm {
    /// Freed again while in quarantine.
    FreedTwice,
    /// An address inside the block was freed, at this distance from its start.
    FreedInside(usize),
    /// Freed or reallocated with this size and alignment.
    OtherLayout(usize, usize),
    /// Written past its end.
    Overrun,
    /// Written after its free, at this distance from the start.
    WrittenAfterFree(usize),
}

/// One harm, with the block that was damaged.
pub(crate) struct Damage<'a> {
    pub(crate) harm: Harm,
    pub(crate) size: usize,
    pub(crate) align: usize,
    pub(crate) birth: Birth,
    pub(crate) stack: &'a [usize],
}

#[derive(Clone, Copy)]
#[repr(C)]
struct RawDamage {
    harm: RawHarm,
    size: usize,
    align: usize,
    birth: RawBirth,
    stack: RawStack,
}

/// A [`Harm`] as integers: which one, and its numbers.
#[derive(Clone, Copy)]
#[repr(C)]
struct RawHarm {
    kind: u32,
    numbers: [usize; 2],
}

impl RawHarm {
    fn read(&self) -> Option<Harm> {
        let [first, second] = self.numbers;
        Some(match self.kind {
            0 => Harm::FreedTwice,
            1 => Harm::FreedInside(first),
            2 => Harm::OtherLayout(first, second),
            3 => Harm::Overrun,
            4 => Harm::WrittenAfterFree(first),
            _ => return None,
        })
    }
}

impl From<Harm> for RawHarm {
    fn from(harm: Harm) -> Self {
        let (kind, numbers) = match harm {
            Harm::FreedTwice => (0, [0, 0]),
            Harm::FreedInside(offset) => (1, [offset, 0]),
            Harm::OtherLayout(size, align) => (2, [size, align]),
            Harm::Overrun => (3, [0, 0]),
            Harm::WrittenAfterFree(offset) => (4, [offset, 0]),
        };
        Self { kind, numbers }
    }
}

/// Text of limited length.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct Note<const N: usize> {
    len: u32,
    bytes: [u8; N],
}

impl<const N: usize> Note<N> {
    pub(crate) const EMPTY: Self = Self { len: 0, bytes: [0; N] };

    pub(crate) fn clear(&mut self) {
        self.len = 0;
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes[..(self.len as usize).min(N)]
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(self.bytes()).into_owned()
    }
}

impl<const N: usize> Write for Note<N> {
    /// Drops text that does not fit.
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let start = (self.len as usize).min(N);
        let end = (start + text.len()).min(N);
        self.bytes[start..end].copy_from_slice(&text.as_bytes()[..end - start]);
        self.len = end as u32;
        Ok(())
    }
}

/// A panic inside a run.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct PanicNote {
    /// 0 if there was none.
    happened: u8,
    pub(crate) message: Note<1024>,
    pub(crate) location: Note<256>,
    pub(crate) stack: RawStack,
}

impl PanicNote {
    const EMPTY: Self =
        Self { happened: 0, message: Note::EMPTY, location: Note::EMPTY, stack: RawStack::EMPTY };

    pub(crate) fn has_happened(&self) -> bool {
        self.happened != 0
    }

    pub(crate) fn set_happened(&mut self) {
        self.happened = 1;
    }
}

/// Whether only one thread made requests in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sharing {
    Alone,
    /// Other threads joined the run, or started in it and count.
    Shared,
}

/// All that the allocator and the panic hook note in one run.
#[repr(C)]
pub(crate) struct Record {
    /// Number of armed requests, failed ones included.
    pub(crate) requests: u64,
    /// Number of faults: requests that the plan made fail.
    pub(crate) refused: u64,
    /// Number of faults outside all tolerated regions.
    pub(crate) untolerated: u64,
    /// Number of requests above the ceiling, or for which the system had no memory, armed or not.
    pub(crate) over_ceiling: u64,
    /// Number of requests after the first fault, under `Forbid`. They were served.
    pub(crate) forbidden: u64,
    /// The first request after the first fault, under `Forbid`.
    first_forbidden: RawRequest,
    /// The largest request in bytes that a panicking thread made after the first fault, under
    /// `FailAll`. It was served.
    pub(crate) panic_needed: usize,
    /// Hash of the requests before the first fault, or of all requests if there was no fault.
    pub(crate) prefix: u64,
    /// 0 if one thread made all requests.
    sharing: u8,
    faults: [RawFault; MAX_FAULTS],
    /// 1 if the request after the first fault is noted.
    has_next: u64,
    next: RawNext,
    damages: u64,
    damage: [RawDamage; MAX_DAMAGE],
    pub(crate) panic: PanicNote,
    tolerances: u64,
    tolerance: [ToleratedRegion; MAX_TOLERANCES],
}

/// A `tolerate` region that was entered in any run of a sweep.
#[derive(Clone, Copy)]
#[repr(C)]
struct ToleratedRegion {
    reason: Note<120>,
    /// 0 if no fault was ever in it.
    was_hit: u8,
}

impl RawFault {
    const EMPTY: Self = Self { request: RawRequest::NONE, tolerance: 0, stack: RawStack::EMPTY };

    fn read(&self) -> Option<Fault<'_>> {
        let tolerance = match self.tolerance {
            0 => Tolerance::Outside,
            1 => Tolerance::Inside,
            _ => return None,
        };
        Some(Fault { request: self.request.read()?, tolerance, stack: self.stack.frames() })
    }
}

impl RawDamage {
    const EMPTY: Self = Self {
        harm: RawHarm { kind: 0, numbers: [0; 2] },
        size: 0,
        align: 1,
        birth: RawBirth::NONE,
        stack: RawStack::EMPTY,
    };

    fn read(&self) -> Option<Damage<'_>> {
        let Self { size, align, .. } = *self;
        let (harm, birth) = (self.harm.read()?, self.birth.read()?);
        Some(Damage { harm, size, align, birth, stack: self.stack.frames() })
    }
}

impl Record {
    pub(crate) const EMPTY: Self = Self {
        requests: 0,
        refused: 0,
        untolerated: 0,
        over_ceiling: 0,
        forbidden: 0,
        first_forbidden: RawRequest::NONE,
        panic_needed: 0,
        prefix: 0,
        sharing: 0,
        faults: [RawFault::EMPTY; MAX_FAULTS],
        has_next: 0,
        next: RawNext { request: RawRequest::NONE, stack: RawStack::EMPTY },
        damages: 0,
        damage: [RawDamage::EMPTY; MAX_DAMAGE],
        panic: PanicNote::EMPTY,
        tolerances: 0,
        tolerance: [ToleratedRegion { reason: Note::EMPTY, was_hit: 0 }; MAX_TOLERANCES],
    };

    /// An empty record in this process's own memory.
    pub(crate) fn boxed() -> Box<Self> {
        Box::new(Self::EMPTY)
    }

    /// Makes the record read as if no run had happened. This is cheap: it only resets the lengths
    /// of big parts. The tolerated regions stay.
    pub(crate) fn clear(&mut self) {
        self.requests = 0;
        self.refused = 0;
        self.untolerated = 0;
        self.over_ceiling = 0;
        self.forbidden = 0;
        self.panic_needed = 0;
        self.prefix = 0;
        self.sharing = 0;
        self.has_next = 0;
        self.damages = 0;
        self.panic.happened = 0;
        self.panic.message.clear();
        self.panic.location.clear();
        self.panic.stack.clear();
    }

    /// Prepares the record for another sweep, which has entered no tolerated region yet.
    pub(crate) fn forget_regions(&mut self) {
        self.tolerances = 0;
    }

    /// Copies what a run has done so far from `other`. Tolerated regions are not copied.
    pub(crate) fn take_over(&mut self, other: &Self) {
        self.clear();
        self.over_ceiling = other.over_ceiling;
        self.refused = other.refused;
        self.untolerated = other.untolerated;
        self.prefix = other.prefix;
        self.sharing = other.sharing;
        let faults = limited(self.refused, MAX_FAULTS);
        self.faults[..faults].copy_from_slice(&other.faults[..faults]);
        self.damages = other.damages;
        let damages = limited(self.damages, MAX_DAMAGE);
        self.damage[..damages].copy_from_slice(&other.damage[..damages]);
    }

    pub(crate) fn sharing(&self) -> Sharing {
        if self.sharing == 0 { Sharing::Alone } else { Sharing::Shared }
    }

    pub(crate) fn set_shared(&mut self) {
        self.sharing = 1;
    }

    /// Counts a fault. Returns where its stack goes, if there is room for its details.
    pub(crate) fn add_fault(
        &mut self,
        request: Request,
        tolerance: Tolerance,
    ) -> Option<&mut RawStack> {
        let slot = self.faults.get_mut(self.refused as usize);
        self.refused = self.refused.saturating_add(1);
        self.untolerated =
            self.untolerated.saturating_add(u64::from(tolerance == Tolerance::Outside));
        let slot = slot?;
        slot.request = request.into();
        slot.tolerance = u8::from(tolerance == Tolerance::Inside);
        slot.stack.clear();
        Some(&mut slot.stack)
    }

    /// Notes the request after the first fault. Returns where its call stack goes.
    pub(crate) fn note_next(&mut self, request: Request) -> &mut RawStack {
        self.has_next = 1;
        self.next.request = request.into();
        self.next.stack.clear();
        &mut self.next.stack
    }

    /// The request after the first fault, and its call stack.
    pub(crate) fn next(&self) -> Option<(Request, &[usize])> {
        if self.has_next != 1 {
            return None;
        }
        Some((self.next.request.read()?, self.next.stack.frames()))
    }

    /// The first faults.
    pub(crate) fn faults(&self) -> impl Iterator<Item = Fault<'_>> {
        self.faults[..limited(self.refused, MAX_FAULTS)].iter().filter_map(RawFault::read)
    }

    /// Counts a request that cannot be served: it is above the ceiling, or the system has no memory.
    pub(crate) fn add_shortage(&mut self) {
        self.over_ceiling = self.over_ceiling.saturating_add(1);
    }

    /// Counts a request after the first fault under `Forbid`.
    pub(crate) fn add_forbidden(&mut self, request: &Request) {
        if self.forbidden == 0 {
            self.first_forbidden = (*request).into();
        }
        self.forbidden = self.forbidden.saturating_add(1);
    }

    /// Returns the first request after the first fault, under `Forbid`.
    pub(crate) fn first_forbidden(&self) -> Option<Request> {
        if self.forbidden > 0 { self.first_forbidden.read() } else { None }
    }

    /// Counts a damage. Returns its number.
    pub(crate) fn add_damage(
        &mut self,
        harm: Harm,
        size: usize,
        align: usize,
        birth: Birth,
    ) -> u64 {
        let number = self.damages;
        if let Some(slot) = self.damage.get_mut(number as usize) {
            let stack = RawStack::EMPTY;
            *slot = RawDamage { harm: harm.into(), size, align, birth: birth.into(), stack };
        }
        self.damages = self.damages.saturating_add(1);
        number
    }

    /// Adds the call stack of the damages with these numbers.
    pub(crate) fn set_damage_stack(&mut self, numbers: Range<u64>, stack: &RawStack) {
        let known = limited(self.damages, MAX_DAMAGE);
        let end = limited(numbers.end, known);
        for slot in self.damage[..end].iter_mut().skip(limited(numbers.start, known)) {
            slot.stack = *stack;
        }
    }

    /// The first damages.
    pub(crate) fn damages(&self) -> impl Iterator<Item = Damage<'_>> {
        self.damage[..limited(self.damages, MAX_DAMAGE)].iter().filter_map(RawDamage::read)
    }

    /// Notes that a region with this reason was entered. Only the first few reasons are kept.
    pub(crate) fn note_tolerance(&mut self, reason: &str, was_hit: bool) {
        let mut wanted = Note::EMPTY;
        // A note drops what does not fit, and never fails.
        let _ = wanted.write_str(reason);
        let known = limited(self.tolerances, MAX_TOLERANCES);
        let same = |region: &&mut ToleratedRegion| region.reason.bytes() == wanted.bytes();
        if let Some(region) = self.tolerance[..known].iter_mut().find(same) {
            region.was_hit |= u8::from(was_hit);
        } else if let Some(region) = self.tolerance.get_mut(known) {
            *region = ToleratedRegion { reason: wanted, was_hit: u8::from(was_hit) };
            self.tolerances = known as u64 + 1;
        }
    }

    fn known_regions(&self) -> &[ToleratedRegion] {
        &self.tolerance[..limited(self.tolerances, MAX_TOLERANCES)]
    }

    /// The reasons given to `tolerate`, and whether a fault was ever in such a region.
    pub(crate) fn regions(&self) -> Vec<(String, bool)> {
        let read = |region: &ToleratedRegion| (region.reason.text(), region.was_hit != 0);
        self.known_regions().iter().map(read).collect()
    }

    /// A number that changes whenever the regions change.
    pub(crate) fn regions_mark(&self) -> u64 {
        let is_hit = |region: &ToleratedRegion| u64::from(region.was_hit != 0);
        self.known_regions().iter().fold(1, |mark, region| mark << 1 | is_hit(region))
    }
}

/// A length or an index that may be any number, as one up to `most`.
fn limited(number: u64, most: usize) -> usize {
    usize::try_from(number).map_or(most, |number| number.min(most))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::alloc::mix;

    /// Makes a record of these bytes.
    fn of_bytes(fill: impl FnMut() -> u64) -> Box<Record> {
        let mut record = Record::boxed();
        let words = size_of::<Record>() / size_of::<u64>();
        let start = (&raw mut *record).cast::<u64>();
        // SAFETY: the record has this many words, and all of it is integers.
        let bytes = unsafe { std::slice::from_raw_parts_mut(start, words) };
        bytes.fill_with(fill);
        record
    }

    /// Reads everything that the parent reads of a record.
    fn read(record: &Record) {
        for fault in record.faults() {
            assert!(fault.stack.len() <= MAX_FRAMES);
        }
        for damage in record.damages() {
            assert!(damage.stack.len() <= MAX_FRAMES);
        }
        assert!(record.regions().len() <= MAX_TOLERANCES);
        let _ = (record.regions_mark(), record.sharing(), record.first_forbidden());
        let panic = &record.panic;
        assert!(panic.message.bytes().len() <= 1024 && panic.location.bytes().len() <= 256);
        assert!(panic.stack.frames().len() <= MAX_FRAMES);
    }

    #[test]
    fn any_bytes_are_a_record() {
        read(&of_bytes(|| 0));
        read(&of_bytes(|| u64::MAX));
        for seed in 0..200_u64 {
            let mut state = seed;
            let mut next = || {
                state = mix(state.wrapping_add(seed));
                state
            };
            read(&of_bytes(&mut next));
            // Small numbers, among which more are valid.
            read(&of_bytes(|| next() & 0x0303_0303_0303_0303));
        }
    }

    #[test]
    fn any_bytes_can_be_written_to() {
        for word in [0, 1, 7, u64::MAX, 0x0101_0101_0101_0101] {
            let mut record = of_bytes(|| word);
            let mut copy = Record::boxed();
            copy.take_over(&record);
            if let Some(stack) = record.add_fault(Request::NONE, Tolerance::Inside) {
                stack.push(1);
            }
            record.add_forbidden(&Request::NONE);
            let number = record.add_damage(Harm::Overrun, 1, 1, Birth::Armed(1));
            record.set_damage_stack(number..number.saturating_add(1), &RawStack::EMPTY);
            record.note_tolerance("a reason", true);
            record.panic.set_happened();
            let _ = write!(record.panic.message, "a message");
            read(&record);
            read(&copy);
        }
    }

    #[test]
    fn what_is_noted_is_read_back() {
        let mut record = Record::boxed();
        let request = Request {
            number: 7,
            size: 8,
            operation: super::super::Operation::Realloc,
            ..Request::NONE
        };
        record.add_fault(request, Tolerance::Inside).unwrap().push(5);
        record.add_forbidden(&request);
        let harms = [
            Harm::FreedTwice,
            Harm::FreedInside(1),
            Harm::OtherLayout(2, 3),
            Harm::Overrun,
            Harm::WrittenAfterFree(4),
        ];
        for harm in harms {
            record.add_damage(harm, 10, 2, Birth::Armed(9));
        }
        let mut stack = RawStack::EMPTY;
        stack.push(6);
        record.set_damage_stack(1..3, &stack);
        let faults: Vec<_> = record.faults().collect();
        assert_eq!((faults[0].request, faults[0].tolerance), (request, Tolerance::Inside));
        assert_eq!((faults[0].stack, record.first_forbidden()), (&[5][..], Some(request)));
        let damages: Vec<_> = record.damages().collect();
        assert!(damages.iter().map(|damage| damage.harm).eq(harms));
        assert!(damages.iter().all(|damage| damage.birth == Birth::Armed(9)));
        let stacks: Vec<_> = damages.iter().map(|damage| damage.stack.len()).collect();
        assert_eq!(stacks, [0, 1, 1, 0, 0]);
    }
}
