//! The requests of a fault-free run in order, with their call stacks if wanted.
//!
//! It has its own pages. If the sweep asks for it, they are shared with forked children, so that
//! the parent can read a child's baseline. Equal stacks are stored once.

use super::record::RawStack;
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
