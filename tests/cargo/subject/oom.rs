//! Sweeps and tests. An environment variable chooses those that fail.

use std::env;

use oom_sweep::{FaultAlloc, Sweep};

#[global_allocator]
static ALLOC: FaultAlloc = FaultAlloc::system();

fn is_asked_for(name: &str) -> bool {
    env::var("SUBJECT").is_ok_and(|names| names.split(',').any(|one| one == name))
}

#[test]
fn grow() {
    let grow = || {
        let mut bytes = Vec::new();
        SUBJECT::grow(&mut bytes).map(|()| bytes)
    };
    Sweep::new("grow").run(grow).assert_clean();
}

#[test]
fn swallow() {
    if is_asked_for("swallow") {
        Sweep::new("swallow").run(SUBJECT::swallow).assert_clean();
    }
}

/// Its name and its panic are no friends of a runner of GitHub, or of a shell.
#[test]
fn hostile() {
    if is_asked_for("hostile") {
        let code = || {
            let reserved = Vec::<u8>::new().try_reserve(1);
            assert!(reserved.is_ok(), "it's\n::error::from the code \u{202e}\u{2028}");
            reserved
        };
        Sweep::new("it's\n::warning::from a name\t\u{202e}").run(code).assert_clean();
    }
}

#[test]
fn plain() {
    assert!(!is_asked_for("plain"), "no sweep is in this test");
}

/// Kills the process, as the system does when memory is short.
#[test]
fn killed() {
    // SAFETY: POSIX's, with its signature; it touches no memory of this process.
    unsafe extern "C" {
        safe fn kill(process: i32, signal: i32) -> i32;
    }
    if !is_asked_for("killed") {
        return;
    }
    let test = std::process::id();
    let code = || {
        if std::os::unix::process::parent_id() == test {
            kill(test.cast_signed(), 9);
        }
        Vec::<u8>::new().try_reserve(1)
    };
    Sweep::new("killed").run(code).assert_clean();
}
