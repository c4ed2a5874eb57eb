//! What stands before each block of C's: [`Header`], its size under a seal.
//!
//! The seal depends on the address and the size, so that what is read before a stray pointer
//! passes for a header about as often as a guess at a number of that many bits is right.

use crate::harness::alloc::FREED_BYTES;

/// The size of a block, and what shows that it is one.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub(super) struct Header {
    size: usize,
    seal: usize,
}

const BYTES: usize = size_of::<Header>();
const _: () = assert!(BYTES <= super::HEADER && super::ALIGN.is_multiple_of(align_of::<Header>()));

/// What stands before an address.
pub(super) enum Seen {
    /// A header of ours.
    Whole(Header),
    /// What a sweep leaves of a block that was freed.
    Freed,
    /// Something else.
    Damaged,
}

impl Header {
    fn new(address: *mut u8, size: usize) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "any odd number of many bits will do")]
        const ODD: usize = 0x9e37_79b9_7f4a_7c15_u64 as usize;
        let seal = (address.addr() ^ size.rotate_left(usize::BITS / 2)).wrapping_mul(ODD);
        Self { size, seal: !seal }
    }

    pub(super) fn size(self) -> usize {
        self.size
    }

    /// # Safety
    /// The header's bytes before `address` are writable and nobody else's, and it is aligned.
    pub(super) unsafe fn write(address: *mut u8, size: usize) {
        // SAFETY: see above.
        unsafe { address.cast::<Self>().sub(1).write(Self::new(address, size)) };
    }
}

/// Looks at what stands before `address`.
///
/// # Safety
/// The bytes there are readable.
pub(super) unsafe fn read(address: *mut u8) -> Seen {
    // Unaligned, as a stray pointer may be.
    // SAFETY: see above; any bytes are a header.
    let header = unsafe { address.cast::<Header>().sub(1).read_unaligned() };
    if header == Header::new(address, header.size) {
        return Seen::Whole(header);
    }
    // SAFETY: as above.
    let bytes = unsafe { address.sub(BYTES).cast::<[u8; BYTES]>().read() };
    if FREED_BYTES.ends_with(&bytes) { Seen::Freed } else { Seen::Damaged }
}
