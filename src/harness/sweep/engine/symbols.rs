//! Makes return addresses readable: [`Symbols`] turns a raw stack into frames, from the user's
//! innermost frame to the scope's entry, and into their [`SiteId`].
//!
//! This is slow, so it is only used for findings, for sites that somebody named, and for faults that
//! need an excuse. It runs in the parent, which has the same code at the same addresses as its forked
//! children.

use std::cell::Cell;
use std::collections::HashMap;
use std::ffi::c_void;

use crate::harness::oracle::{Finding, Frame, function};
use crate::harness::plan::SiteId;

/// The note if the stacks of these findings show that the binary has too little debug info for
/// their site ids: no lines, or no modules of inlined functions. std has some of its own.
pub(crate) fn missing_debug_info(findings: &[Finding]) -> Option<String> {
    let frames = || findings.iter().flat_map(|finding| &finding.stack);
    let user_file = |frame: &Frame| {
        frame
            .file
            .as_deref()
            .is_some_and(|file| !file.starts_with("/rustc/") && file.ends_with(".rs"))
    };
    // Every Rust function has a path, but for the entry point.
    let lacks_module = |frame: &Frame| {
        user_file(frame) && !frame.function.contains("::") && frame.function != "main"
    };
    let lack = if frames().next().is_some() && frames().all(is_unnamed) {
        "stacks have no names: the binary is stripped"
    } else if frames().next().is_some() && !frames().any(user_file) {
        "stacks have no lines: the binary has no debug info"
    } else if frames().any(lacks_module) {
        "inlined functions have no modules: the debug info is line-tables-only"
    } else {
        return None;
    };
    Some(format!(
        "{lack}; site ids differ from those of other builds; set debug = \"limited\" and strip = false \
         in the profile, or CARGO_PROFILE_DEV_DEBUG=limited"
    ))
}

/// A cache of resolved addresses.
#[derive(Default)]
pub(crate) struct Symbols {
    known: HashMap<usize, Vec<Frame>>,
}

impl Symbols {
    /// The frames of a stack, innermost first, without those of the harness and of std.
    pub(crate) fn resolve(&mut self, stack: &[usize]) -> Vec<Frame> {
        RESOLVED.set(RESOLVED.get() + 1);
        let all = stack.iter().flat_map(|&address| self.frames_at(address).to_vec()).collect();
        trim(all)
    }

    /// The identity of a stack.
    pub(crate) fn site(&mut self, stack: &[usize]) -> SiteId {
        site_id(&self.resolve(stack))
    }

    fn frames_at(&mut self, address: usize) -> &[Frame] {
        self.known.entry(address).or_insert_with(|| {
            let mut frames = Vec::new();
            backtrace::resolve(address as *mut c_void, |symbol| {
                frames.push(Frame {
                    function: symbol
                        .name()
                        .map_or_else(|| name_of_unknown(address), |name| format!("{name:#}")),
                    file: symbol.filename().map(|path| path.display().to_string()),
                    line: symbol.lineno(),
                });
            });
            if frames.is_empty() {
                frames.push(Frame { function: name_of_unknown(address), file: None, line: None });
            }
            frames
        })
    }
}

thread_local! {
    static RESOLVED: Cell<u64> = const { Cell::new(0) };
}

/// Number of call stacks that sweeps of the calling thread have made readable. For tests.
#[doc(hidden)]
#[must_use]
pub fn resolved_stacks() -> u64 {
    RESOLVED.get()
}

/// The name of a frame whose function has none, as in stripped binaries: the file that it is in,
/// and the place there. The address is another one in each process.
fn name_of_unknown(address: usize) -> String {
    #[cfg(unix)]
    if let Some((file, offset)) = crate::harness::sys::locate(address) {
        return format!("{file}{UNNAMED}{offset:x}");
    }
    format!("{address:#x}")
}

/// Stands between a file and a place in it.
const UNNAMED: &str = "+0x";

fn is_unnamed(frame: &Frame) -> bool {
    frame.function.contains(UNNAMED) || frame.function.starts_with("0x")
}

fn trim(mut frames: Vec<Frame>) -> Vec<Frame> {
    let entry = |frame: &Frame| is_harness(frame) && frame.function.contains(SCOPE_ENTRY);
    let thread = |frame: &Frame| frame.function.contains(THREAD_ENTRY);
    let outer = frames.iter().position(entry).or_else(|| frames.iter().position(thread));
    if let Some(entry) = outer {
        frames.truncate(entry);
    }
    // Which frames std has between the abort and the message is random.
    if let Some(end) = frames.iter().rposition(|frame| frame.function.contains(ABORT_ENTRY)) {
        frames.drain(..=end);
    }
    // Those of std lie between the user's, too: iterators, adapters of errors, drops.
    frames.retain(|frame| !is_harness(frame) && !is_std(frame));
    frames
}

/// The harness calls code in the scope through this function. This frame and those outside it are
/// not the user's.
const SCOPE_ENTRY: &str = "::scope_entry";

/// std calls the closure of a new thread through this function. Threads that join the scope when
/// they start have no other entry.
const THREAD_ENTRY: &str = "std::sys::backtrace::__rust_begin_short_backtrace";

/// Code calls this function when it cannot continue without memory.
const ABORT_ENTRY: &str = "alloc::alloc::handle_alloc_error";

/// Frames of this crate: the allocator's inside the user's code, and the engine's outside. The
/// subjects use the harness like any other user, so their frames are the user's.
fn is_harness(frame: &Frame) -> bool {
    let is_own = starts_in(&frame.function, OWN) && !starts_in(&frame.function, SUBJECTS);
    is_own || frame.file.as_deref().is_some_and(|file| file.starts_with(OWN_FOLDER))
}

/// Where this crate was built. With line tables only, inlined functions have a file and no module.
const OWN_FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/harness/");
const OWN: &str = "oom_sweep::";
const SUBJECTS: &str = "oom_sweep::subjects::";

/// Frames inside the user's code: std's, the compiler's around the allocator, the unwinder's, and
/// those of C's library.
fn is_std(frame: &Frame) -> bool {
    const GLUE: [&str; 12] = [
        "std::",
        "core::",
        "alloc::",
        "backtrace::",
        "__GI_",
        "__pthread_",
        "__libc_",
        "0x",
        "libc.",
        "libpthread",
        "libgcc_s",
        "ld-linux",
    ];
    // The file of these frames is the one with the user's `#[global_allocator]`.
    if ["__rustc::", "__rust_"].iter().any(|path| starts_in(&frame.function, path)) {
        return true;
    }
    let is_glue = || GLUE.iter().any(|path| starts_in(&frame.function, path));
    match &frame.file {
        Some(file) if file.starts_with("/rustc/") || file.starts_with("/rust/deps/") => true,
        Some(file) if file.contains("/rustlib/src/rust/library/") => true,
        // With line tables only, inlined functions have a file and no module.
        Some(file) if file.contains("/backtrace-") && file.contains("/src/backtrace/") => true,
        // If the user's trait is implemented for a type of std, the file is the user's.
        Some(_) => is_glue() && !frame.function.starts_with('<'),
        None => is_glue(),
    }
}

/// Returns whether the path of a function, or of an implementation's type, starts with `path`.
fn starts_in(function: &str, path: &str) -> bool {
    function.trim_start_matches('<').starts_with(path)
}

/// The identity of a stack of frames.
pub(crate) fn site_id(frames: &[Frame]) -> SiteId {
    let mut names: Vec<String> = Vec::new();
    for frame in frames {
        names.push(function::stable(&frame.function));
        collapse(&mut names);
    }
    hashed(names.iter().flat_map(|name| name.bytes().chain([b'\n'])))
}

/// The identity of an error that no request explains: its text, without digits.
pub(crate) fn site_of_text(text: &str) -> SiteId {
    hashed(text.bytes().filter(|byte| !byte.is_ascii_digit()))
}

/// The identity of two sites that failed in one run.
pub(crate) fn site_of_pair(one: SiteId, other: SiteId) -> SiteId {
    hashed([one, other].into_iter().flat_map(|site| site.0.to_le_bytes()))
}

fn hashed(bytes: impl Iterator<Item = u8>) -> SiteId {
    let hash = bytes.fold(FNV_BASIS, fnv);
    SiteId((hash ^ hash >> 32) as u32)
}

/// FNV-1a, 64 bits (Fowler, Noll, Vo). People write the resulting ids down, so it must not change.
const FNV_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
fn fnv(hash: u64, byte: u8) -> u64 {
    (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
}

/// The longest cycle of recursion that counts as one.
const LONGEST_CYCLE: usize = 16;

/// Drops the last frames if they repeat the frames before them.
fn collapse(names: &mut Vec<String>) {
    for len in 1..=LONGEST_CYCLE.min(names.len() / 2) {
        let (earlier, last) = names.split_at(names.len() - len);
        if earlier.ends_with(last) {
            names.truncate(names.len() - len);
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(functions: &[&str]) -> Vec<Frame> {
        let frame =
            |function: &&str| Frame { function: (*function).to_owned(), file: None, line: None };
        functions.iter().map(frame).collect()
    }

    #[test]
    fn a_binary_with_too_little_debug_info_is_named_in_a_note() {
        let finding = |frames: &[(&str, Option<&str>)]| Finding {
            stack: frames
                .iter()
                .map(|&(function, file)| Frame {
                    function: function.to_owned(),
                    file: file.map(str::to_owned),
                    line: None,
                })
                .collect(),
            ..crate::harness::report::samples::partial_update()
        };
        let in_std = ("alloc::vec::Vec<T>::push", Some("/rustc/1234/library/alloc/src/vec.rs"));
        let whole = ("store::push", Some("src/lib.rs"));
        let stripped = finding(&[in_std, ("store::push", None)]);
        let line_tables = finding(&[("push", Some("src/lib.rs")), whole]);
        let nameless = finding(&[("oom-1234+0x10", None), ("oom-1234+0x20", None)]);
        let foreign = finding(&[("sqlite3_malloc", Some("sqlite3.c")), whole, ("main", whole.1)]);
        let both = [stripped, foreign];
        for (findings, lack) in [
            (&[nameless][..], Some("stacks have no names")),
            (&both[..1], Some("stacks have no lines")),
            (&[line_tables], Some("inlined functions have no modules")),
            (&both, None),
            (&[finding(&[])], None),
        ] {
            let note = missing_debug_info(findings);
            let starts =
                note.as_deref().zip(lack).is_some_and(|(note, lack)| note.starts_with(lack));
            assert!(starts || note.is_none() && lack.is_none(), "{note:?}, {lack:?}");
        }
    }

    #[test]
    fn frames_of_the_harness_and_of_std_go() {
        let trimmed = trim(frames(&[
            "oom_sweep::harness::alloc::scope::core::Core::fault",
            "<oom_sweep::harness::alloc::FaultAlloc<A> as core::alloc::global::GlobalAlloc>::alloc",
            "__rustc::__rust_alloc",
            "alloc::raw_vec::RawVec<T>::try_reserve",
            "store::push",
            "core::ops::function::FnOnce::call_once",
            "store::new",
            "<oom_sweep::harness::sweep::run::subject::OneStep<S> as \
             oom_sweep::harness::sweep::run::subject::Subject>::step",
            "oom_sweep::harness::alloc::scope::local::scope_entry",
            "std::rt::lang_start",
        ]));
        let names: Vec<_> = trimmed.iter().map(|frame| frame.function.as_str()).collect();
        assert_eq!(names, ["store::push", "store::new"]);
    }

    #[test]
    fn frames_of_std_between_the_users_go() {
        let of_std = |function: &str| Frame {
            function: function.to_owned(),
            file: Some("/rustc/1234/library/core/src/iter/adapters/map.rs".to_owned()),
            line: Some(1),
        };
        let trimmed = trim(vec![
            frames(&["store::push"]).remove(0),
            of_std("core::iter::adapters::map::map_fold::{{closure}}"),
            of_std("<core::iter::adapters::map::Map<I,F> as core::iter::Iterator>::fold"),
            of_std("core::result::Result<T,E>::map_err"),
            of_std("core::ptr::drop_in_place<store::Entry>"),
            frames(&["store::fill"]).remove(0),
        ]);
        let names: Vec<_> = trimmed.iter().map(|frame| frame.function.as_str()).collect();
        assert_eq!(names, ["store::push", "store::fill"]);
    }

    #[test]
    fn with_line_tables_only_the_files_tell_whose_a_frame_is() {
        let inlined = |function: &str, file: &str| Frame {
            function: function.to_owned(),
            file: Some(file.to_owned()),
            line: Some(1),
        };
        let trimmed = trim(vec![
            inlined("fault<Alone>", &format!("{OWN_FOLDER}alloc/scope/core.rs")),
            inlined(
                "trace",
                "/home/user/.cargo/registry/src/index-1/backtrace-0.3.77/src/backtrace/mod.rs",
            ),
            inlined("try_reserve<u8>", "/rustc/1234/library/alloc/src/vec/mod.rs"),
            inlined("push", "/home/user/store/src/lib.rs"),
            inlined("armed<u8>", &format!("{OWN_FOLDER}alloc/scope/session.rs")),
        ]);
        assert_eq!(trimmed.len(), 1, "{trimmed:?}");
        assert_eq!(trimmed[0].function, "push");
    }

    #[test]
    fn frames_without_names_keep_their_place_in_their_file() {
        let anonymous =
            ["oom-1234+0x10", "libsqlite3.so.0+0x20", "libc.so.6+0x30", "0x7f0012345678"];
        let trimmed = trim(frames(&anonymous));
        let names: Vec<_> = trimmed.iter().map(|frame| frame.function.as_str()).collect();
        assert_eq!(names, anonymous[..2]);
    }

    #[test]
    fn a_threads_own_frames_end_where_std_called_it() {
        let trimmed = trim(frames(&[
            "store::push",
            "std::sys::backtrace::__rust_begin_short_backtrace",
            "std::sys::thread::unix::Thread::new::thread_start",
            "start_thread",
        ]));
        assert_eq!(trimmed.len(), 1, "{trimmed:?}");
    }

    #[test]
    fn a_site_survives_small_edits() {
        let id = |functions: &[&str]| site_id(&frames(functions));
        assert_eq!(id(&["a::{closure#1}", "b"]), id(&["a::{closure#2}", "b"]));
        assert_eq!(id(&["a[9f3c21d09f3c21d0]::f"]), id(&["a[0123456789abcdef]::f"]));
        assert_ne!(id(&["a", "b"]), id(&["b", "a"]));
    }

    #[test]
    fn recursion_of_any_depth_is_one_site() {
        let id = |functions: &[&str]| site_id(&frames(functions));
        assert_eq!(id(&["f", "r", "m"]), id(&["f", "r", "r", "r", "m"]));
        assert_eq!(id(&["a", "b", "m"]), id(&["a", "b", "a", "b", "m"]));
    }
}
