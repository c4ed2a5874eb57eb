//! What the allocator notes during a run: one fixed block of plain memory.
//!
//! The sweep chooses where a record lies. In a worker it is in memory shared with the parent, so
//! that it survives the process that wrote it. It contains no pointers.

use std::fmt::Write;

use super::request::{Birth, Request};

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
#[repr(u8)]
pub(crate) enum Tolerance {
    Outside,
    Inside,
}

/// One refused request.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct Fault {
    pub(crate) request: Request,
    pub(crate) tolerance: Tolerance,
    pub(crate) stack: RawStack,
}

/// The request after the first fault, in runs that collect call stacks.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct NextRequest {
    pub(crate) request: Request,
    pub(crate) stack: RawStack,
}

/// Something that the code did to a tracked block and must not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
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
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct Damage {
    pub(crate) harm: Harm,
    pub(crate) size: usize,
    pub(crate) align: usize,
    pub(crate) birth: Birth,
    pub(crate) stack: RawStack,
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
        let start = self.len as usize;
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
    pub(crate) happened: bool,
    pub(crate) message: Note<1024>,
    pub(crate) location: Note<256>,
    pub(crate) stack: RawStack,
}

/// Whether only one thread made requests in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
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
    /// Number of requests above the ceiling, armed or not.
    pub(crate) over_ceiling: u64,
    /// Number of requests after the first fault, under `Forbid`. They were served.
    pub(crate) forbidden: u64,
    /// The first of these requests.
    pub(crate) first_forbidden: Request,
    /// The largest request in bytes that a panicking thread made after the first fault, under
    /// `FailAll`. It was served.
    pub(crate) panic_needed: usize,
    /// Hash of the requests before the first fault, or of all requests if there was no fault.
    pub(crate) prefix: u64,
    pub(crate) sharing: Sharing,
    faults: [Fault; MAX_FAULTS],
    /// 1 if the request after the first fault is noted.
    has_next: u64,
    next: NextRequest,
    damages: u64,
    damage: [Damage; MAX_DAMAGE],
    pub(crate) panic: PanicNote,
    tolerances: u64,
    tolerance: [ToleratedRegion; MAX_TOLERANCES],
}

/// A `tolerate` region that was entered in any run of a sweep.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct ToleratedRegion {
    pub(crate) reason: Note<120>,
    /// Whether a fault was ever in it.
    pub(crate) was_hit: bool,
}

impl Fault {
    const EMPTY: Self =
        Self { request: Request::NONE, tolerance: Tolerance::Outside, stack: RawStack::EMPTY };
}

impl Damage {
    const EMPTY: Self = Self {
        harm: Harm::FreedTwice,
        size: 0,
        align: 1,
        birth: Birth::Unarmed(0),
        stack: RawStack::EMPTY,
    };
}

impl Record {
    pub(crate) const EMPTY: Self = Self {
        requests: 0,
        refused: 0,
        untolerated: 0,
        over_ceiling: 0,
        forbidden: 0,
        first_forbidden: Request::NONE,
        panic_needed: 0,
        prefix: 0,
        sharing: Sharing::Alone,
        faults: [Fault::EMPTY; MAX_FAULTS],
        has_next: 0,
        next: NextRequest { request: Request::NONE, stack: RawStack::EMPTY },
        damages: 0,
        damage: [Damage::EMPTY; MAX_DAMAGE],
        panic: PanicNote {
            happened: false,
            message: Note::EMPTY,
            location: Note::EMPTY,
            stack: RawStack::EMPTY,
        },
        tolerances: 0,
        tolerance: [ToleratedRegion { reason: Note::EMPTY, was_hit: false }; MAX_TOLERANCES],
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
        self.sharing = Sharing::Alone;
        self.has_next = 0;
        self.damages = 0;
        self.panic.happened = false;
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
        self.faults[..other.faults().len()].copy_from_slice(other.faults());
        self.damages = other.damages;
        self.damage[..other.damages().len()].copy_from_slice(other.damages());
    }

    /// Counts a fault. Returns the slot for its details, if there is room.
    pub(crate) fn add_fault(&mut self, tolerance: Tolerance) -> Option<&mut Fault> {
        let slot = self.faults.get_mut(self.refused as usize);
        self.refused += 1;
        self.untolerated += u64::from(tolerance == Tolerance::Outside);
        slot
    }

    /// Notes the request after the first fault. Returns the place for its call stack.
    pub(crate) fn note_next(&mut self, request: &Request) -> &mut RawStack {
        self.has_next = 1;
        self.next.request = *request;
        self.next.stack.clear();
        &mut self.next.stack
    }

    pub(crate) fn next(&self) -> Option<&NextRequest> {
        (self.has_next == 1).then_some(&self.next)
    }

    pub(crate) fn faults(&self) -> &[Fault] {
        &self.faults[..(self.refused as usize).min(MAX_FAULTS)]
    }

    /// Counts a damage. Returns the slot for its details, if there is room.
    pub(crate) fn add_damage(&mut self) -> Option<&mut Damage> {
        let slot = self.damage.get_mut(self.damages as usize);
        self.damages += 1;
        slot
    }

    pub(crate) fn damages(&self) -> &[Damage] {
        &self.damage[..(self.damages as usize).min(MAX_DAMAGE)]
    }

    /// Notes that a region with this reason was entered. Only the first few reasons are kept.
    pub(crate) fn note_tolerance(&mut self, reason: &str, was_hit: bool) {
        let mut wanted = Note::EMPTY;
        // A note drops what does not fit, and never fails.
        let _ = wanted.write_str(reason);
        let known = self.tolerances as usize;
        let same = |region: &&mut ToleratedRegion| region.reason.bytes() == wanted.bytes();
        if let Some(region) = self.tolerance[..known].iter_mut().find(same) {
            region.was_hit |= was_hit;
        } else if let Some(region) = self.tolerance.get_mut(known) {
            *region = ToleratedRegion { reason: wanted, was_hit };
            self.tolerances += 1;
        }
    }

    /// The reasons given to `tolerate`, and whether a fault was ever in such a region.
    pub(crate) fn regions(&self) -> Vec<(String, bool)> {
        let regions = &self.tolerance[..self.tolerances as usize];
        regions.iter().map(|region| (region.reason.text(), region.was_hit)).collect()
    }

    /// A number that changes whenever the regions change.
    pub(crate) fn regions_mark(&self) -> u64 {
        let regions = &self.tolerance[..self.tolerances as usize];
        regions.iter().fold(1, |mark, region| mark << 1 | u64::from(region.was_hit))
    }
}
