//! The header before each block of C's: [`Header`], the block's size with a checksum.
//!
//! The checksum depends on the address and the size. The bytes before a stray pointer pass for a
//! header only by chance, about as rarely as a guess of that many bits is right.

use crate::harness::alloc::FREED_BYTES;

/// The size of a block, and a checksum.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub(super) struct Header {
    size: usize,
    seal: usize,
}

const BYTES: usize = size_of::<Header>();
const _: () = assert!(BYTES <= super::HEADER && super::ALIGN.is_multiple_of(align_of::<Header>()));

/// What is before an address.
pub(super) enum Seen {
    /// A valid header.
    Whole(Header),
    /// The bytes that a sweep writes over a freed block.
    Freed,
    /// Anything else.
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
    /// The header's bytes before `address` are writable, nobody else uses them, and they are
    /// aligned.
    pub(super) unsafe fn write(address: *mut u8, size: usize) {
        // SAFETY: see above.
        unsafe { address.cast::<Self>().sub(1).write(Self::new(address, size)) };
    }
}

/// Reads the header before `address`.
///
/// # Safety
/// The bytes there are readable.
pub(super) unsafe fn read(address: *mut u8) -> Seen {
    // Unaligned, because the pointer may be stray.
    // SAFETY: see above; any bytes are a valid `Header` value.
    let header = unsafe { address.cast::<Header>().sub(1).read_unaligned() };
    if header == Header::new(address, header.size) {
        return Seen::Whole(header);
    }
    // SAFETY: as above.
    let bytes = unsafe { address.sub(BYTES).cast::<[u8; BYTES]>().read() };
    if FREED_BYTES.ends_with(&bytes) { Seen::Freed } else { Seen::Damaged }
}
