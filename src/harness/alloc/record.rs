//! What the allocator notes while code runs: one fixed block of plain memory.
//!
//! A run's record lies where the sweep wants it, in a worker in memory shared with the
//! parent, so that it outlives the process that wrote it. Nothing in it points anywhere.

use std::fmt::Write;

use super::request::{Birth, Request};

/// Faults kept one by one; later ones are only counted.
pub(crate) const MAX_FAULTS: usize = 32;
/// Reasons for tolerance kept.
const MAX_TOLERANCES: usize = 32;
/// Damages kept one by one.
pub(crate) const MAX_DAMAGE: usize = 8;
/// Frames kept of a stack, innermost first.
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

    /// Appends a frame; false when there is no more room.
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

/// Whether a fault fell into a region that may swallow it.
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

/// What was done to a tracked block that must not be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub(crate) enum Harm {
    /// Freed again while in quarantine.
    FreedTwice,
    /// An address inside the block was freed; its distance from the start.
    FreedInside(usize),
    /// Freed or reallocated with this size and alignment.
    OtherLayout(usize, usize),
    /// Written past its end.
    Overrun,
    /// Written after its free, at this distance from the start.
    WrittenAfterFree(usize),
}

/// One harm with the block that it befell.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct Damage {
    pub(crate) harm: Harm,
    pub(crate) size: usize,
    pub(crate) align: usize,
    pub(crate) birth: Birth,
    pub(crate) stack: RawStack,
}

/// Text of bounded length.
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
    /// Cuts what does not fit.
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

/// Whether a run was one thread's alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Sharing {
    Alone,
    /// Other threads joined it, or were born in it and count.
    Shared,
}

/// All that the allocator and the panic hook note in one run.
#[repr(C)]
pub(crate) struct Record {
    /// Armed requests, refused ones included.
    pub(crate) requests: u64,
    /// Faults: requests that the plan refused.
    pub(crate) refused: u64,
    /// Faults outside every tolerated region.
    pub(crate) untolerated: u64,
    /// Requests beyond the ceiling, armed or not.
    pub(crate) over_ceiling: u64,
    /// Requests after the first fault, served under `Forbid`.
    pub(crate) forbidden: u64,
    /// The first of these.
    pub(crate) first_forbidden: Request,
    /// Hash of the requests before the first fault; of all, if none fired.
    pub(crate) prefix: u64,
    pub(crate) sharing: Sharing,
    faults: [Fault; MAX_FAULTS],
    damages: u64,
    damage: [Damage; MAX_DAMAGE],
    pub(crate) panic: PanicNote,
    tolerances: u64,
    tolerance: [ToleratedRegion; MAX_TOLERANCES],
}

/// A `tolerate` region that was entered, over all runs of a sweep.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct ToleratedRegion {
    pub(crate) reason: Note<120>,
    /// Whether a fault ever fell into it.
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
        prefix: 0,
        sharing: Sharing::Alone,
        faults: [Fault::EMPTY; MAX_FAULTS],
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

    /// An empty record of this process's own.
    pub(crate) fn boxed() -> Box<Self> {
        Box::new(Self::EMPTY)
    }

    /// Makes the record read as if no run had happened; cheap, big parts are only cut off.
    /// What is known of tolerated regions stays.
    pub(crate) fn clear(&mut self) {
        self.requests = 0;
        self.refused = 0;
        self.untolerated = 0;
        self.over_ceiling = 0;
        self.forbidden = 0;
        self.prefix = 0;
        self.sharing = Sharing::Alone;
        self.damages = 0;
        self.panic.happened = false;
        self.panic.message.clear();
        self.panic.location.clear();
        self.panic.stack.clear();
    }

    /// Makes the record that of another sweep, which has passed no tolerated region yet.
    pub(crate) fn forget_regions(&mut self) {
        self.tolerances = 0;
    }

    /// Begins as a run that did so far what `other` says. Regions passed are another matter.
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

    /// Counts a fault; gives the slot to describe it in while there is room.
    pub(crate) fn add_fault(&mut self, tolerance: Tolerance) -> Option<&mut Fault> {
        let slot = self.faults.get_mut(self.refused as usize);
        self.refused += 1;
        self.untolerated += u64::from(tolerance == Tolerance::Outside);
        slot
    }

    pub(crate) fn faults(&self) -> &[Fault] {
        &self.faults[..(self.refused as usize).min(MAX_FAULTS)]
    }

    /// Counts a damage; gives the slot to describe it in while there is room.
    pub(crate) fn add_damage(&mut self) -> Option<&mut Damage> {
        let slot = self.damage.get_mut(self.damages as usize);
        self.damages += 1;
        slot
    }

    pub(crate) fn damages(&self) -> &[Damage] {
        &self.damage[..(self.damages as usize).min(MAX_DAMAGE)]
    }

    /// Notes that a region tolerated for `reason` was passed; regions beyond the first few
    /// reasons are not kept.
    pub(crate) fn note_tolerance(&mut self, reason: &str, was_hit: bool) {
        let mut wanted = Note::EMPTY;
        // A note cuts what does not fit, and never fails.
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

    /// The reasons given for tolerance, and whether a fault ever fell into such a region.
    pub(crate) fn regions(&self) -> Vec<(String, bool)> {
        let regions = &self.tolerance[..self.tolerances as usize];
        regions.iter().map(|region| (region.reason.text(), region.was_hit)).collect()
    }

    /// Another number when there is something new to say of the regions.
    pub(crate) fn regions_mark(&self) -> u64 {
        let regions = &self.tolerance[..self.tolerances as usize];
        regions.iter().fold(1, |mark, region| mark << 1 | u64::from(region.was_hit))
    }
}
