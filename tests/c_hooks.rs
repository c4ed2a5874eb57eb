//! C code that allocates through [`oom_sweep::c`] is judged like Rust code. Each mistake gets a
//! finding of its kind, and correct code gets none.
//!
//! The code is Rust in the style of C: raw pointers, hooks in a struct, error codes.
//! `tests/sqlite/` sweeps a real C library.

use std::ffi::c_void;
use std::ptr;

use oom_sweep::{FaultAlloc, FindingKind, Operation, Plan, Report, Strategy, Sweep, c};

#[global_allocator]
static ALLOC: FaultAlloc = FaultAlloc::system();

/// Allocator hooks as a C library might take them.
#[repr(C)]
struct Hooks {
    malloc: unsafe extern "C" fn(usize) -> *mut c_void,
    calloc: unsafe extern "C" fn(usize, usize) -> *mut c_void,
    realloc: unsafe extern "C" fn(*mut c_void, usize) -> *mut c_void,
    free: unsafe extern "C" fn(*mut c_void),
}

const HOOKS: Hooks =
    Hooks { malloc: c::malloc, calloc: c::calloc, realloc: c::realloc, free: c::free };

const OK: i32 = 0;
const NO_MEMORY: i32 = 12;

/// A list of numbers.
#[repr(C)]
struct List {
    items: *mut u32,
    len: usize,
}

/// Makes a list of `len` squares, or returns an error code and makes none.
///
/// # Safety
/// `list` is writable; the caller frees what it gets.
unsafe extern "C" fn squares(hooks: &Hooks, len: usize, list: *mut *mut List) -> i32 {
    // SAFETY: each block is checked, written within its size, and freed or handed out.
    unsafe {
        let made: *mut List = (hooks.calloc)(1, size_of::<List>()).cast();
        if made.is_null() {
            return NO_MEMORY;
        }
        for i in 0..len {
            let longer: *mut u32 = (hooks.realloc)((*made).items.cast(), (i + 1) * 4).cast();
            if longer.is_null() {
                free_list(hooks, made);
                return NO_MEMORY;
            }
            longer.add(i).write((i * i) as u32);
            *made = List { items: longer, len: i + 1 };
        }
        *list = made;
        OK
    }
}

/// Like [`squares`], but never checks the result of `realloc`.
///
/// # Safety
/// As for [`squares`], and no request may fail.
unsafe extern "C" fn squares_unchecked(hooks: &Hooks, len: usize, list: *mut *mut List) -> i32 {
    // SAFETY: broken on purpose: requests do fail.
    unsafe {
        let made: *mut List = (hooks.calloc)(1, size_of::<List>()).cast();
        if made.is_null() {
            return NO_MEMORY;
        }
        for i in 0..len {
            let longer: *mut u32 = (hooks.realloc)((*made).items.cast(), (i + 1) * 4).cast();
            // Bypasses the pointer checks of debug builds.
            std::hint::black_box(longer).wrapping_add(i).write_volatile((i * i) as u32);
            *made = List { items: longer, len: i + 1 };
        }
        *list = made;
        OK
    }
}

/// Like [`squares`], but with the classic leak: the null of a failed `realloc` overwrites the only
/// pointer to the items.
///
/// # Safety
/// As for [`squares`].
unsafe extern "C" fn squares_leaky(hooks: &Hooks, len: usize, list: *mut *mut List) -> i32 {
    // SAFETY: as in `squares`, but for a leak, which is safe.
    unsafe {
        let made: *mut List = (hooks.calloc)(1, size_of::<List>()).cast();
        if made.is_null() {
            return NO_MEMORY;
        }
        for i in 0..len {
            (*made).items = (hooks.realloc)((*made).items.cast(), (i + 1) * 4).cast();
            if (*made).items.is_null() {
                free_list(hooks, made);
                return NO_MEMORY;
            }
            (*made).items.add(i).write((i * i) as u32);
            (*made).len = i + 1;
        }
        *list = made;
        OK
    }
}

/// Requests two buffers. On failure both the function and its caller free the first.
///
/// # Safety
/// No request may fail.
unsafe extern "C" fn buffers_freed_twice(hooks: &Hooks) -> i32 {
    // SAFETY: broken on purpose: requests do fail.
    unsafe {
        let first = (hooks.malloc)(100);
        let second = if first.is_null() { first } else { (hooks.malloc)(200) };
        if second.is_null() {
            (hooks.free)(first);
        }
        (hooks.free)(first);
        (hooks.free)(second);
        if second.is_null() { NO_MEMORY } else { OK }
    }
}

/// Requests two buffers. If the second request fails, it uses the first buffer with the length of
/// the second.
///
/// # Safety
/// No request may fail.
unsafe extern "C" fn buffer_overrun(hooks: &Hooks) -> i32 {
    // SAFETY: broken on purpose: requests do fail.
    unsafe {
        let first = (hooks.malloc)(100);
        if first.is_null() {
            return NO_MEMORY;
        }
        let second = (hooks.realloc)(first, 101);
        let buffer = if second.is_null() { first } else { second };
        buffer.cast::<u8>().add(100).write_volatile(0);
        (hooks.free)(buffer);
        if second.is_null() { NO_MEMORY } else { OK }
    }
}

/// # Safety
/// `list` was made with these hooks, and the caller does not use it again.
unsafe fn free_list(hooks: &Hooks, list: *mut List) {
    // SAFETY: see above.
    unsafe {
        (hooks.free)((*list).items.cast());
        (hooks.free)(list.cast());
    }
}

type Squares = unsafe extern "C" fn(&Hooks, usize, *mut *mut List) -> i32;

fn sweep_squares(name: &str, squares: Squares) -> Report {
    Sweep::new(name).run_with(is_oom, || {
        let mut list = ptr::null_mut();
        // SAFETY: the sweep is meant to catch the broken ones.
        match unsafe { squares(&HOOKS, 9, &raw mut list) } {
            OK => {
                // SAFETY: it succeeded, so the list exists.
                unsafe { free_list(&HOOKS, list) };
                Ok(())
            }
            code => Err(code),
        }
    })
}

fn sweep_buffers(name: &str, buffers: unsafe extern "C" fn(&Hooks) -> i32) -> Report {
    // SAFETY: as above.
    Sweep::new(name).run_with(is_oom, || match unsafe { buffers(&HOOKS) } {
        OK => Ok(()),
        code => Err(code),
    })
}

fn is_oom(&code: &i32) -> bool {
    code == NO_MEMORY
}

/// Under `OOM_SWEEP_REPLAY` a sweep runs only one plan, or none.
fn is_replay() -> bool {
    std::env::var_os("OOM_SWEEP_REPLAY").is_some()
}

#[track_caller]
fn assert_only(report: &Report, kind: FindingKind) {
    if is_replay() {
        return report.assert_clean();
    }
    assert_eq!(report.error(), None);
    let kinds: Vec<_> = report.findings().iter().map(|finding| finding.kind()).collect();
    assert!(!kinds.is_empty() && kinds.iter().all(|&found| found == kind), "{report}");
}

#[test]
fn correct_code_has_no_finding() {
    let report = sweep_squares("squares", squares);
    report.assert_clean();
    assert!(is_replay() || report.requests() == 10 && report.findings().is_empty(), "{report}");
}

#[test]
fn an_unchecked_null_crashes() {
    assert_only(&sweep_squares("squares unchecked", squares_unchecked), FindingKind::Crashed);
}

#[test]
fn an_overwritten_pointer_leaks() {
    assert_only(&sweep_squares("squares leaky", squares_leaky), FindingKind::Leaked);
}

#[test]
fn a_second_free_is_an_invalid_free() {
    let report = sweep_buffers("buffers freed twice", buffers_freed_twice);
    assert_only(&report, FindingKind::InvalidFree);
}

#[test]
fn a_byte_past_the_end_is_a_corrupted_block() {
    assert_only(&sweep_buffers("buffer overrun", buffer_overrun), FindingKind::CorruptedBlock);
}

#[test]
fn requests_are_seen_with_their_headers() {
    let plan: Plan = "nth:1".parse().expect("a plan");
    let report = Sweep::new("seen").strategy(Strategy::Plans(vec![plan])).run(|| {
        // SAFETY: freed once; null is allowed.
        unsafe {
            let block = c::realloc(c::malloc(100), 300);
            c::free(block);
        }
        Ok::<_, oom_sweep::OutOfMemory>(())
    });
    if is_replay() {
        return;
    }
    // The failure of `realloc` is swallowed, and the old block is leaked.
    let finding = &report.findings()[0];
    let request = finding.request().expect("the one that failed");
    assert_eq!(
        (finding.kind(), request.operation),
        (FindingKind::SwallowedOom, Operation::Realloc)
    );
    assert_eq!((request.old_size, request.size), (100 + c::HEADER, 300 + c::HEADER));
    assert_eq!(request.align, c::ALIGN);
}
