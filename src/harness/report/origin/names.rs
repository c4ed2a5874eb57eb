//! What a process knows about its sweeps: the package, the binary and the test.
//!
//! It reads the environment, the arguments and the name of the thread, and no file.

use std::collections::BTreeMap;
use std::env;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::Origin;

/// Returns the names that are the same for all threads.
pub(super) fn of_this_process() -> Origin {
    let binary = env::current_exe().ok().as_deref().and_then(binary_name);
    let variable = |name| env::var(name).ok().filter(|value| !value.is_empty());
    // Cargo and nextest set it when they run a binary.
    let package = variable("CARGO_PKG_NAME");
    let binary_id =
        variable("NEXTEST_BINARY_ID").filter(|id| is_of(id, package.as_deref(), binary.as_deref()));
    Origin { package, binary, binary_id, ..Origin::UNKNOWN }
}

/// Whether an id can be that of this binary. A process inherits the variable from a test of another
/// binary that has started it.
fn is_of(id: &str, package: Option<&str>, binary: Option<&str>) -> bool {
    let (of_package, of_binary) = match id.split_once("::") {
        Some((package, binary)) => (package, Some(binary)),
        None => (id, None),
    };
    let name = of_binary.map(|binary| binary.rsplit('/').next().unwrap_or(binary));
    let is_binary = name.is_none_or(|name| {
        binary.is_some_and(|binary| binary.replace('-', "_") == name.replace('-', "_"))
    });
    Some(of_package) == package && is_binary
}

/// Returns `grow` for `target/debug/deps/grow-1a2b3c4d5e6f7081`.
pub(crate) fn binary_name(executable: &Path) -> Option<String> {
    let name = executable.file_stem()?.to_string_lossy().into_owned();
    let is_hash = |end: &str| end.len() == 16 && end.bytes().all(|byte| byte.is_ascii_hexdigit());
    match name.rsplit_once('-') {
        Some((start, end)) if is_hash(end) && !start.is_empty() => Some(start.to_owned()),
        _ => Some(name),
    }
}

pub(crate) fn is_libtest(executable: &Path) -> bool {
    executable.parent().is_some_and(|folder| folder.ends_with("deps"))
}

/// Returns the running test. libtest names its threads after the tests. If tests run one at a time,
/// they are on the main thread; nextest, which runs them like this, names the test in the arguments.
pub(super) fn test() -> Option<String> {
    if !is_libtest(&env::current_exe().ok()?) {
        return None;
    }
    let thread = std::thread::current().name().map(str::to_owned);
    thread.filter(|name| name != "main").or_else(|| {
        let arguments: Vec<_> = env::args().skip(1).collect();
        let is_exact = arguments.iter().any(|argument| argument == "--exact");
        arguments.into_iter().find(|argument| is_exact && !argument.starts_with('-'))
    })
}

/// Returns a name for a sweep that has none: the test's, or else the binary's. Further ones of one
/// test have numbers, in the order in which they are made.
pub(crate) fn sweep_name() -> String {
    static MADE: Mutex<BTreeMap<String, usize>> = Mutex::new(BTreeMap::new());
    let binary = || env::current_exe().ok().as_deref().and_then(binary_name);
    let name = test().or_else(binary).unwrap_or_else(|| "sweep".to_owned());
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    let number = made.entry(name.clone()).or_default();
    *number += 1;
    match *number {
        1 => name,
        number => format!("{name}/{number}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Sweep;

    #[test]
    fn a_sweep_without_a_name_takes_the_name_of_its_test() {
        let name = "harness::report::origin::names::tests::\
                    a_sweep_without_a_name_takes_the_name_of_its_test";
        let names = [Sweep::default().name, Sweep::default().name];
        assert_eq!(names, [name.to_owned(), format!("{name}/2")]);
        let elsewhere = std::thread::Builder::new().name("other_test".to_owned());
        let elsewhere = elsewhere.spawn(|| Sweep::default().name).unwrap().join().unwrap();
        assert_eq!(elsewhere, "other_test");
    }

    #[test]
    fn names_of_test_binaries_lose_their_hash() {
        for (path, name) in [
            ("/t/debug/deps/grow-1a2b3c4d5e6f7081", "grow"),
            ("deps/my-test-1a2b3c4d5e6f7081.exe", "my-test"),
            ("/bin/oom-sweep", "oom-sweep"),
            ("-1a2b3c4d5e6f7081", "-1a2b3c4d5e6f7081"),
        ] {
            assert_eq!(binary_name(Path::new(path)).as_deref(), Some(name));
        }
    }

    #[test]
    fn an_id_that_is_inherited_from_another_binary_is_recognised() {
        let is_ours = |id| is_of(id, Some("my-store"), Some("oom_tests"));
        assert!(is_ours("my-store::oom-tests") && is_ours("my-store::bin/oom-tests"));
        assert!(is_ours("my-store"), "the unit tests of a library, whose name may be another");
        assert!(!is_ours("my-store::other") && !is_ours("other::oom-tests") && !is_ours("other"));
        assert!(!is_of("my-store", None, Some("oom_tests")));
    }

    #[test]
    fn this_test_knows_where_it_is() {
        let here = Origin::names_here();
        assert_eq!(here.binary(), Some("oom_sweep"));
        let name = "harness::report::origin::names::tests::this_test_knows_where_it_is";
        assert_eq!(here.test(), Some(name));
    }
}
