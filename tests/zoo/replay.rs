//! Runs the commands that findings print, as if pasted into a shell.

use std::env;
use std::process::Command;

use oom_sweep::{Finding, FindingKind};

/// Whether this process was started by such a command.
pub(crate) fn is_on() -> bool {
    env::var_os("OOM_SWEEP_REPLAY").is_some()
}

/// Asserts that the finding's command fails, that its output names the finding's kind, and that it
/// names no kind that the sweep did not find.
pub(crate) fn assert_shows_again(finding: &Finding, kinds: &[FindingKind]) {
    let (kind, command) = (finding.kind(), finding.replay());
    let Shown { is_success, text } = run(command);
    let names = |kind: FindingKind| {
        let mut words = text.split(|c: char| !c.is_alphanumeric());
        words.any(|word| word == kind.to_string())
    };
    assert!(!is_success && names(kind), "{kind}: {command}\n{text}");
    let mut others = FindingKind::ALL.into_iter().filter(|other| !kinds.contains(other));
    assert!(!others.any(names), "{kind}: {command}\n{text}");
}

/// The result of a command.
struct Shown {
    is_success: bool,
    text: String,
}

/// Runs a command line, without stack traces to save time.
fn run(command: &str) -> Shown {
    let output = Command::new("sh")
        .args(["-c", command])
        .env("RUST_BACKTRACE", "0")
        .output()
        .expect("a shell");
    let text = [output.stdout, output.stderr].concat();
    Shown { is_success: output.status.success(), text: String::from_utf8_lossy(&text).into_owned() }
}

#[test]
fn another_plan_or_sweep_shows_nothing() {
    let exe = env::current_exe().expect("a path");
    let test = "surfacing::drops_the_error::broken";
    for wish in ["drops_the_error=none/succeed", "drops_the_error too=nth:0/succeed"] {
        let command = format!("OOM_SWEEP_REPLAY='{wish}' '{}' --exact {test}", exe.display());
        let Shown { is_success, text } = run(&command);
        assert!(is_success && !text.contains("SwallowedOom"), "{command}\n{text}");
    }
}

#[test]
fn a_wish_that_cannot_be_read_is_an_error() {
    let exe = env::current_exe().expect("a path");
    let test = "surfacing::drops_the_error::broken";
    let command = format!("OOM_SWEEP_REPLAY=nth:0 '{}' --exact {test}", exe.display());
    let Shown { is_success, text } = run(&command);
    assert!(!is_success && text.contains("<sweep>=<plan>"), "{command}\n{text}");
}
