//! The marks that show damage to a block: the red zone after a live block, and the pattern in a
//! block in quarantine.

/// Bytes after each tracked block that the code must not write.
pub(super) const RED_ZONE: usize = 16;
const MARK: [u8; RED_ZONE] = [0xa7; RED_ZONE];

/// Marks the red zone.
///
/// # Safety
/// The block at `address` of `size` bytes and the red zone after it are writable.
#[inline]
pub(super) unsafe fn mark(address: *mut u8, size: usize) {
    // SAFETY: see above.
    unsafe { address.add(size).cast::<[u8; RED_ZONE]>().write_unaligned(MARK) };
}

/// Returns whether the red zone is unchanged.
///
/// # Safety
/// The block at `address` of `size` bytes and the red zone after it are readable.
#[inline]
pub(super) unsafe fn is_marked(address: *const u8, size: usize) -> bool {
    // SAFETY: see above.
    unsafe { address.add(size).cast::<[u8; RED_ZONE]>().read_unaligned() == MARK }
}

/// The expected value of byte `index` of a freed block. The bytes differ, so that the compiler does
/// not turn the loop into a call of `memset`: most blocks are small.
const fn fill_byte(index: usize) -> u8 {
    FREED_BYTES[index % FREED_BYTES.len()]
}
pub(crate) const FREED_BYTES: [u8; 16] =
    *b"\xf5\xe5\xd5\xc5\xb5\xa5\x95\x85\xf4\xe4\xd4\xc4\xb4\xa4\x94\x84";

/// The sixteen bytes of a freed block at `offset`.
#[inline]
fn freed_word(offset: usize) -> [u8; 16] {
    static TWICE: [[u8; 16]; 2] = [FREED_BYTES, FREED_BYTES];
    // SAFETY: the offset is at most fifteen, so sixteen bytes from there on are inside.
    unsafe { TWICE.as_ptr().cast::<u8>().add(offset % 16).cast::<[u8; 16]>().read() }
}

/// # Safety
/// The block is writable.
#[inline]
pub(super) unsafe fn fill(address: *mut u8, size: usize) {
    if size < 16 {
        // SAFETY: passed on.
        return unsafe { address.copy_from_nonoverlapping(FREED_BYTES.as_ptr(), size) };
    }
    // SAFETY: passed on; whatever the bytes were, they are valid for `u8` once written.
    unsafe {
        for word in 0..size / 16 {
            address.cast::<[u8; 16]>().add(word).write_unaligned(FREED_BYTES);
        }
        // This word overlaps the last of those above.
        address.add(size - 16).cast::<[u8; 16]>().write_unaligned(freed_word(size));
    }
}

/// Returns whether a freed block still has the bytes that [`fill`] wrote.
///
/// # Safety
/// The block is readable.
#[inline]
pub(super) unsafe fn is_filled(address: *const u8, size: usize) -> bool {
    if size < 16 {
        // SAFETY: see above; the bytes were all written by `fill`.
        return unsafe { std::slice::from_raw_parts(address, size) == &FREED_BYTES[..size] };
    }
    // SAFETY: the last sixteen bytes are inside.
    let last = unsafe { address.add(size - 16).cast::<[u8; 16]>().read_unaligned() };
    let mut is_filled = last == freed_word(size);
    // No early exit: almost every block is unchanged.
    for word in 0..size / 16 {
        // SAFETY: the word is inside.
        let word = unsafe { address.cast::<[u8; 16]>().add(word).read_unaligned() };
        is_filled &= word == FREED_BYTES;
    }
    is_filled
}

/// The index of the first byte that was written after the free.
///
/// # Safety
/// The block is readable.
#[cold]
pub(super) unsafe fn first_change(address: *const u8, size: usize) -> usize {
    // SAFETY: see above; the bytes were all written by `fill`.
    let bytes = unsafe { std::slice::from_raw_parts(address, size) };
    let changed = |(index, byte): (usize, &u8)| *byte != fill_byte(index);
    bytes.iter().enumerate().position(changed).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_changed_byte_of_a_freed_block_is_seen() {
        for size in 0..100 {
            let mut bytes = vec![0_u8; size];
            // SAFETY: the vector's own bytes.
            unsafe { fill(bytes.as_mut_ptr(), size) };
            // SAFETY: as above.
            assert!(unsafe { is_filled(bytes.as_ptr(), size) }, "{size}");
            for index in 0..size {
                assert_eq!(bytes[index], fill_byte(index), "{size} {index}");
                bytes[index] ^= 1;
                // SAFETY: as above.
                assert!(unsafe { !is_filled(bytes.as_ptr(), size) }, "{size} {index}");
                // SAFETY: as above.
                assert_eq!(unsafe { first_change(bytes.as_ptr(), size) }, index);
                bytes[index] ^= 1;
            }
        }
    }
}
