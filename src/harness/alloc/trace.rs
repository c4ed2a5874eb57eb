//! The requests of a fault-free run in order, with their call stacks if wanted.
//!
//! It has its own pages. If the sweep asks for it, they are shared with forked children, so that
//! the parent can [copy](Trace::checked_copy) a child's baseline. Equal stacks are stored once.

use super::record::RawStack;
#[cfg(unix)]
use super::request::RawRequest;
use super::request::Request;
use crate::harness::sys::Mapping;

/// Number of requests that are kept. The sweep refuses a longer run.
pub(crate) const MAX_REQUESTS: usize = 1 << 22;
const MAX_STACKS: usize = 1 << 16;
const STACK_WORDS: usize = 1 << 21;
/// Open addressing, with twice as many slots as stacks.
const BUCKETS: usize = MAX_STACKS * 2;

/// Marks a request whose stack was not captured.
pub(crate) const NO_STACK: u32 = u32::MAX;

/// One request of a trace.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct Traced {
    pub(crate) request: Request,
    /// Index of its call stack, or [`NO_STACK`].
    pub(crate) stack: u32,
}

/// A [`Traced`] as integers, at the same places.
#[cfg(unix)]
#[derive(Clone, Copy)]
#[repr(C)]
struct RawTraced {
    request: RawRequest,
    stack: u32,
}

#[derive(Clone, Copy)]
#[repr(C)]
struct Header {
    requests: u64,
    stacks: u32,
    words: u32,
}

/// A buffer of traced requests.
pub(crate) struct Trace {
    pages: Mapping,
}

const STACKS_AT: usize = size_of::<Header>();
const BUCKETS_AT: usize = STACKS_AT + MAX_STACKS * 8;
const WORDS_AT: usize = BUCKETS_AT + BUCKETS * 4;
const REQUESTS_AT: usize = WORDS_AT + STACK_WORDS * 8;
const LEN: usize = REQUESTS_AT + MAX_REQUESTS * size_of::<Traced>();

impl Trace {
    pub(crate) fn private() -> Option<Self> {
        Mapping::private(LEN).map(|pages| Self { pages })
    }

    #[cfg(unix)]
    pub(crate) fn shared() -> Option<Self> {
        Mapping::shared(LEN).map(|pages| Self { pages })
    }

    /// Copies the trace of a child that has ended to an empty one of this process. `None` if it is
    /// no trace, because the code under test wrote over it.
    #[cfg(unix)]
    pub(crate) fn checked_copy(&self, copy: &Self) -> Option<()> {
        let header = *self.header();
        let Header { requests, stacks, words } = header;
        let (stacks, words) = (stacks as usize, words as usize);
        if stacks > MAX_STACKS || words > STACK_WORDS {
            return None;
        }
        let is_inside = |&(start, len): &(u32, u32)| start as usize + len as usize <= words;
        let places: &[(u32, u32)] = self.part(STACKS_AT, stacks);
        if !places.iter().all(is_inside) {
            return None;
        }
        *copy.header_mut() = header;
        copy.part_mut(STACKS_AT, stacks).copy_from_slice(places);
        copy.part_mut::<usize>(WORDS_AT, words).copy_from_slice(self.part(WORDS_AT, words));
        let kept = usize::try_from(requests).unwrap_or(MAX_REQUESTS).min(MAX_REQUESTS);
        let raw = self.part::<RawTraced>(REQUESTS_AT, kept).iter();
        let checked = copy.part_mut::<Traced>(REQUESTS_AT, kept);
        for ((number, slot), raw) in (0..).zip(checked).zip(raw) {
            let request = raw.request.read().filter(|request| request.number == number)?;
            let has_stack = raw.stack == NO_STACK || (raw.stack as usize) < stacks;
            *slot = Traced { request, stack: has_stack.then_some(raw.stack)? };
        }
        Some(())
    }

    fn part<T>(&self, offset: usize, len: usize) -> &[T] {
        // SAFETY: each part lies inside the pages at an aligned offset, `T` is plain data
        // for which zero is valid, and only one thread at a time uses a trace.
        unsafe { std::slice::from_raw_parts(self.pages.start().add(offset).cast(), len) }
    }

    #[expect(clippy::mut_from_ref, reason = "pages are raw memory; parts do not overlap")]
    fn part_mut<T>(&self, offset: usize, len: usize) -> &mut [T] {
        // SAFETY: as in `part`; callers take each part once at a time.
        unsafe { std::slice::from_raw_parts_mut(self.pages.start().add(offset).cast(), len) }
    }

    fn header(&self) -> &Header {
        &self.part(0, 1)[0]
    }

    fn header_mut(&self) -> &mut Header {
        &mut self.part_mut(0, 1)[0]
    }

    /// Removes everything.
    pub(crate) fn clear(&self) {
        if self.header().stacks > 0 {
            self.part_mut::<u32>(BUCKETS_AT, BUCKETS).fill(0);
        }
        *self.header_mut() = Header { requests: 0, stacks: 0, words: 0 };
    }

    /// Appends a request.
    pub(crate) fn push(&self, request: Request, stack: Option<&RawStack>) {
        let stack = stack.map_or(NO_STACK, |stack| self.intern(stack));
        let header = self.header_mut();
        let index = header.requests as usize;
        header.requests += 1;
        if index < MAX_REQUESTS {
            self.part_mut(REQUESTS_AT, MAX_REQUESTS)[index] = Traced { request, stack };
        }
    }

    fn intern(&self, stack: &RawStack) -> u32 {
        let frames = stack.frames();
        let hash = frames.iter().fold(0_u64, |hash, &frame| {
            (hash.rotate_left(5) ^ frame as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)
        });
        let buckets = self.part_mut::<u32>(BUCKETS_AT, BUCKETS);
        let mut bucket = (hash >> 32) as usize % BUCKETS;
        while buckets[bucket] != 0 {
            let index = buckets[bucket] - 1;
            if self.stack(index) == frames {
                return index;
            }
            bucket = (bucket + 1) % BUCKETS;
        }
        let header = self.header_mut();
        let (index, start) = (header.stacks as usize, header.words as usize);
        if index == MAX_STACKS || start + frames.len() > STACK_WORDS {
            return NO_STACK;
        }
        self.part_mut(WORDS_AT, STACK_WORDS)[start..start + frames.len()].copy_from_slice(frames);
        self.part_mut(STACKS_AT, MAX_STACKS)[index] = (start as u32, frames.len() as u32);
        header.stacks += 1;
        header.words += frames.len() as u32;
        buckets[bucket] = header.stacks;
        header.stacks - 1
    }

    /// Number of requests made, also those after the first [`MAX_REQUESTS`].
    pub(crate) fn len(&self) -> u64 {
        self.header().requests
    }

    pub(crate) fn requests(&self) -> &[Traced] {
        self.part(REQUESTS_AT, (self.len() as usize).min(MAX_REQUESTS))
    }

    /// Number of distinct call stacks.
    pub(crate) fn stacks(&self) -> u32 {
        self.header().stacks
    }

    /// A call stack as return addresses, innermost first.
    pub(crate) fn stack(&self, index: u32) -> &[usize] {
        let stacks: &[(u32, u32)] = self.part(STACKS_AT, MAX_STACKS);
        let Some(&(start, len)) = stacks.get(index as usize) else { return &[] };
        &self.part(WORDS_AT, STACK_WORDS)[start as usize..][..len as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stack(frames: &[usize]) -> RawStack {
        let mut stack = RawStack::EMPTY;
        assert!(frames.iter().all(|&frame| stack.push(frame)));
        stack
    }

    #[cfg(unix)]
    #[test]
    fn a_copy_is_of_a_trace_or_there_is_none() {
        use crate::harness::alloc::mix;
        let trace = Trace::shared().expect("pages");
        for number in 0..100 {
            let frames = [number as usize % 7, 3];
            let request = Request { number, size: 8, ..Request::NONE };
            trace.push(request, (number % 3 > 0).then(|| stack(&frames)).as_ref());
        }
        let read = |trace: &Trace| {
            let one = |traced: &Traced| (traced.request, trace.stack(traced.stack).to_vec());
            trace.requests().iter().map(one).collect::<Vec<_>>()
        };
        let copy_of = |trace: &Trace| {
            let copy = Trace::private().expect("pages");
            trace.checked_copy(&copy).map(|()| copy)
        };
        let copy = copy_of(&trace).expect("a copy");
        assert_eq!((read(&copy), copy.len(), copy.stacks()), (read(&trace), 100, 7));
        let used = [0..STACKS_AT, STACKS_AT..STACKS_AT + 56, REQUESTS_AT..REQUESTS_AT + 4800];
        let (mut kept, mut refused) = (0, 0);
        for seed in 0..300_u64 {
            let range = &used[seed as usize % used.len()];
            let at = range.start + mix(seed) as usize % range.len();
            let byte = &mut trace.part_mut::<u8>(0, LEN)[at];
            let before = std::mem::replace(byte, mix(seed + 1000) as u8);
            match copy_of(&trace) {
                Some(copy) => {
                    read(&copy);
                    kept += 1;
                }
                None => refused += 1,
            }
            trace.part_mut::<u8>(0, LEN)[at] = before;
        }
        assert!(kept > 0 && refused > 0, "{kept} {refused}");
    }

    #[test]
    fn equal_stacks_are_stored_once() {
        let trace = Trace::private().unwrap();
        let (one, two) = (stack(&[1, 2, 3]), stack(&[1, 2]));
        for (number, stack) in [&one, &two, &one].into_iter().enumerate() {
            trace.push(Request { number: number as u64, ..Request::NONE }, Some(stack));
        }
        trace.push(Request { number: 3, ..Request::NONE }, None);
        let stacks: Vec<_> = trace.requests().iter().map(|traced| traced.stack).collect();
        assert_eq!(stacks, [0, 1, 0, NO_STACK]);
        assert_eq!(trace.stack(1), [1, 2]);
        assert_eq!((trace.len(), trace.stacks()), (4, 2));
        trace.clear();
        assert_eq!((trace.len(), trace.stacks()), (0, 0));
    }
}
