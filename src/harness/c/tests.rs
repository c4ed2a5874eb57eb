//! The semantics of each function. `tests/c_hooks.rs` tests how sweeps judge code that uses them.

use std::ffi::c_void;
use std::panic::catch_unwind;
use std::ptr;

use super::*;

/// The bytes of a block.
///
/// # Safety
/// The block is live, initialised, and not written while this is used.
unsafe fn bytes<'a>(address: *mut c_void) -> &'a [u8] {
    // SAFETY: see above.
    unsafe { std::slice::from_raw_parts(address.cast(), usable_size(address)) }
}

fn errno() -> Option<i32> {
    std::io::Error::last_os_error().raw_os_error()
}

/// Sets `errno` to another value than the expected one.
fn spoil_errno() {
    assert!(std::fs::metadata("/no/such/file").is_err());
}

#[cfg(unix)]
const NO_MEMORY: Option<i32> = Some(libc::ENOMEM);

#[test]
fn blocks_are_aligned_writable_and_know_their_sizes() {
    for size in [1, 2, 7, 8, 15, 16, 17, 100, 4096, 1_000_000] {
        // SAFETY: written within its size and freed once.
        unsafe {
            let block = malloc(size);
            assert!(!block.is_null() && block.addr().is_multiple_of(ALIGN));
            block.cast::<u8>().write_bytes(0xee, size);
            assert_eq!(usable_size(block), size);
            assert!(bytes(block).iter().all(|&byte| byte == 0xee));
            free(block);
        }
    }
}

#[test]
fn blocks_of_no_bytes_are_blocks() {
    // SAFETY: freed once each, and never written.
    unsafe {
        let blocks =
            [malloc(0), malloc(0), calloc(0, 8), calloc(8, 0), realloc(ptr::null_mut(), 0)];
        for (index, &block) in blocks.iter().enumerate() {
            assert!(!block.is_null() && usable_size(block) == 0);
            assert!(!blocks[..index].contains(&block), "each is another");
        }
        blocks.into_iter().for_each(|block| free(block));
    }
}

#[test]
fn null_is_freed_and_measured_and_reallocated() {
    // SAFETY: null is allowed everywhere.
    unsafe {
        free(ptr::null_mut());
        assert_eq!(usable_size(ptr::null_mut()), 0);
        let block = realloc(ptr::null_mut(), 10);
        assert_eq!(usable_size(block), 10);
        free(block);
    }
}

#[test]
fn calloc_zeroes() {
    // SAFETY: written within its size, freed once each.
    unsafe {
        // If an allocator reuses a block, its bytes are not zero.
        let dirty = malloc(240);
        dirty.cast::<u8>().write_bytes(0xee, 240);
        free(dirty);
        let block = calloc(10, 24);
        assert_eq!(bytes(block), [0; 240]);
        free(block);
    }
}

#[test]
fn realloc_keeps_what_fits() {
    // SAFETY: written within its size, freed once; each block is given up for the next.
    unsafe {
        let mut block = malloc(4);
        block.cast::<[u8; 4]>().write(*b"abcd");
        for size in [4, 5, 16, 64, 5000, 500_000, 100, 4] {
            block = realloc(block, size);
            assert!(block.addr().is_multiple_of(ALIGN) && usable_size(block) == size);
            assert_eq!(block.cast::<[u8; 4]>().read(), *b"abcd");
        }
        block = realloc(block, 2);
        assert_eq!(bytes(block), b"ab");
        free(block);
    }
}

#[test]
fn realloc_to_no_bytes_frees() {
    // SAFETY: the block is given up, and not used after that.
    unsafe {
        assert!(realloc(malloc(10), 0).is_null());
    }
}

#[test]
fn what_no_layout_can_say_fails_and_says_so() {
    let absurd = [usize::MAX, usize::MAX - HEADER, isize::MAX.cast_unsigned() - HEADER + 1];
    // SAFETY: only one block is allocated, and freed once.
    unsafe {
        let block = malloc(4);
        block.cast::<[u8; 4]>().write(*b"abcd");
        for size in absurd {
            let tries: [&dyn Fn() -> *mut c_void; 4] =
                [&|| malloc(size), &|| calloc(1, size), &|| calloc(size, 2), &|| {
                    realloc(block, size)
                }];
            for attempt in tries {
                spoil_errno();
                assert!(attempt().is_null());
                #[cfg(unix)]
                assert_eq!(errno(), NO_MEMORY);
            }
        }
        assert_eq!(bytes(block), b"abcd", "a block that could not be resized is as it was");
        free(block);
    }
}

#[test]
fn success_leaves_errno_alone() {
    spoil_errno();
    let before = errno();
    // SAFETY: freed once.
    unsafe { free(realloc(malloc(10), 20)) };
    assert_eq!(errno(), before);
}

#[test]
fn a_broken_header_is_told() {
    // SAFETY: the header is in the block, and is repaired before the block is freed.
    unsafe {
        let block = malloc(32);
        let last = block.cast::<u8>().sub(1);
        let was = last.read();
        last.write(!was);
        // Not `free` itself: a panic in it cannot unwind.
        let address = block.addr();
        let seen = catch_unwind(|| take_back(ptr::with_exposed_provenance_mut(address), "free"));
        let message = seen.unwrap_err().downcast::<String>().unwrap();
        assert!(
            message.contains("c::free(0x") && message.contains("before its start"),
            "{message}"
        );
        last.write(was);
        free(block);
    }
}

#[test]
fn a_header_is_at_home_at_one_address() {
    // SAFETY: copied within both blocks' bounds, each freed once.
    unsafe {
        let (block, other) = (malloc(64).cast::<u8>(), malloc(64).cast::<u8>());
        let copy = other.add(HEADER);
        copy.sub(HEADER).copy_from_nonoverlapping(block.sub(HEADER), HEADER);
        assert!(matches!(header::read(copy), Seen::Damaged));
        assert!(matches!(header::read(block), Seen::Whole(_)));
        free(block.cast());
        free(other.cast());
    }
}
