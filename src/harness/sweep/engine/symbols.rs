//! Makes return addresses readable: [`Symbols`] turns a raw stack into frames, from the user's
//! innermost frame to the scope's entry, and into their [`SiteId`].
//!
//! This is slow, so it is only used for findings and for sites that somebody named. It runs in the
//! parent, which has the same code at the same addresses as its forked children.

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
    let lack = if frames().next().is_some() && !frames().any(user_file) {
        "stacks have no lines: the binary has no debug info"
    } else if frames().any(lacks_module) {
        "inlined functions have no modules: the debug info is line-tables-only"
    } else {
        return None;
    };
    Some(format!(
        "{lack}; site ids differ from those of other builds; set debug = \"limited\" in the profile, \
         or CARGO_PROFILE_DEV_DEBUG=limited"
    ))
}

/// A cache of resolved addresses.
#[derive(Default)]
pub(crate) struct Symbols {
    known: HashMap<usize, Vec<Frame>>,
}

impl Symbols {
    /// The frames of a stack, innermost first. Frames of the harness and of std's allocation code
    /// are removed at both ends.
    pub(crate) fn resolve(&mut self, stack: &[usize]) -> Vec<Frame> {
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
                        .map_or_else(|| format!("{address:#x}"), |name| format!("{name:#}")),
                    file: symbol.filename().map(|path| path.display().to_string()),
                    line: symbol.lineno(),
                });
            });
            if frames.is_empty() {
                let function = format!("{address:#x}");
                frames.push(Frame { function, file: None, line: None });
            }
            frames
        })
    }
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
    while frames.last().is_some_and(|frame| is_harness(frame) || is_std(frame)) {
        frames.pop();
    }
    let first = frames.iter().position(|frame| !is_harness(frame) && !is_std(frame));
    // If all frames are std's, the innermost one is the best.
    frames.split_off(first.unwrap_or_default())
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
    starts_in(&frame.function, OWN) && !starts_in(&frame.function, SUBJECTS)
}

const OWN: &str = "oom_sweep::";
const SUBJECTS: &str = "oom_sweep::subjects::";

/// Frames inside the user's code: std's, the compiler's around the allocator, the unwinder's, and
/// those of C's library that end a process.
fn is_std(frame: &Frame) -> bool {
    const GLUE: [&str; 8] =
        ["std::", "core::", "alloc::", "backtrace::", "__GI_", "__pthread_", "__libc_", "0x"];
    // The file of these frames is the one with the user's `#[global_allocator]`.
    if ["__rustc::", "__rust_"].iter().any(|path| starts_in(&frame.function, path)) {
        return true;
    }
    let is_glue = || GLUE.iter().any(|path| starts_in(&frame.function, path));
    match &frame.file {
        Some(file) if file.starts_with("/rustc/") || file.starts_with("/rust/deps/") => true,
        Some(file) if file.contains("/rustlib/src/rust/library/") => true,
        // If the user's trait is implemented for a type of std, the file is the user's.
        Some(_) => is_glue() && !frame.function.starts_with('<'),
        None => is_glue(),
    }
}

/// Returns whether the path of a function, or of an implementation's type, starts with `path`.
fn starts_in(function: &str, path: &str) -> bool {
    function.trim_start_matches('<').starts_with(path)
}

/// Returns whether the function is under `path`: by its own path, its type's or its trait's.
pub(crate) fn is_under(frame: &Frame, path: &str) -> bool {
    frame.function.match_indices(path).any(|(at, _)| {
        let before = frame.function[..at].chars().next_back();
        before.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != ':')
    })
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
        let foreign = finding(&[("sqlite3_malloc", Some("sqlite3.c")), whole, ("main", whole.1)]);
        for (findings, lack) in [
            (&[stripped.clone()][..], Some("stacks have no lines")),
            (&[line_tables], Some("inlined functions have no modules")),
            (&[stripped, foreign], None),
            (&[finding(&[])], None),
        ] {
            let note = missing_debug_info(findings);
            let starts =
                note.as_deref().zip(lack).is_some_and(|(note, lack)| note.starts_with(lack));
            assert!(starts || note.is_none() && lack.is_none(), "{note:?}, {lack:?}");
        }
    }

    #[test]
    fn harness_and_glue_are_trimmed_at_both_ends() {
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
        assert_eq!(names, ["store::push", "core::ops::function::FnOnce::call_once", "store::new"]);
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

    #[test]
    fn a_path_matches_types_and_traits_but_no_part_of_a_word() {
        let under = |function: &str| is_under(&frames(&[function])[0], "indexmap::");
        assert!(under("indexmap::map::insert"));
        assert!(under("<indexmap::IndexMap<K, V> as core::fmt::Debug>::fmt"));
        assert!(under("<u8 as indexmap::Equivalent>::equivalent"));
        assert!(!under("my_indexmap::insert"));
        assert!(!under("other::indexmap::insert"));
    }
}
