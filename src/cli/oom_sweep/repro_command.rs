//! The command that runs a finding again, `… repro --target T --input FILE --plan P`. It is written
//! into findings and read back from them.
//!
//! So a finding in a file needs only this command to be replayed. Words are quoted for a POSIX
//! shell, and parsed as a shell does, as far as quotes go.

use std::ffi::OsString;
use std::path::Path;

use super::args::{Args, Command, Conditions, ReproArgs};
use crate::cli::Target;
use crate::cli::shared::shell::split;
use crate::harness::plan::Plan;
use crate::harness::sweep::quote;

/// The command without its plan.
pub(super) struct Replay {
    words: Vec<String>,
}

impl Replay {
    /// Makes the command for this input of a target, with the name that this program was called by.
    pub(super) fn new(target: &Target, input: &Path, conditions: &Conditions) -> Self {
        let program = std::env::args_os().next().unwrap_or_else(|| OsString::from("oom-sweep"));
        let words = [&*program.to_string_lossy(), "repro", "--target", target.name()];
        let mut words: Vec<_> = words.map(str::to_owned).into();
        words.extend(["--input".to_owned(), input.display().to_string()]);
        words.extend(conditions.words());
        Self { words }
    }

    pub(super) fn command(&self, plan: &Plan) -> String {
        let words = self.words.iter().map(|word| quote(word));
        words.chain(["--plan".to_owned(), quote(&plan.to_string())]).collect::<Vec<_>>().join(" ")
    }
}

/// Parses a command that [`Replay::command`] wrote.
///
/// # Errors
/// In one line, if it is another command, such as that of a test.
pub(super) fn read(command: &str, targets: &[Target]) -> Result<ReproArgs, String> {
    let words = split(command).into_iter().map(OsString::from);
    match Args::read(words, targets).map(|args| args.command) {
        Ok(Command::Repro(args)) if args.file.is_none() => Ok(args),
        _ => Err(format!("another program found it: run its command: {command}")),
    }
}

#[cfg(all(test, feature = "subjects"))]
mod tests {
    use super::*;
    use crate::subjects::drivers::TABLE;

    #[test]
    fn words_are_read_as_they_were_quoted() {
        for word in [
            "a",
            "",
            "a b",
            "it's",
            "'",
            "\\",
            "a\nb",
            "-\u{202e}é'\\100%\t",
            "$(x)",
            "é=ü",
            "--input",
        ] {
            let command = format!("{} {}", quote(word), quote(word));
            assert_eq!(split(&command), [word, word], "{command}");
        }
        assert_eq!(split("  a  'b'c "), ["a", "bc"]);
    }

    #[test]
    fn a_command_is_read_back() {
        let plan: Plan = "set:1,2/fail-all".parse().unwrap();
        let words = ["./my sweep", "repro", "--target", "t", "--input", "it's here.bin"];
        let replay = Replay { words: words.map(str::to_owned).into() };
        let args = read(&replay.command(&plan), TABLE).unwrap();
        assert_eq!(args.target.as_deref(), Some("t"));
        assert_eq!(args.input, Some("it's here.bin".into()));
        assert_eq!(args.plan, Some(plan));
    }

    #[test]
    fn the_command_of_a_test_is_printed_and_not_run() {
        for command in ["OOM_SWEEP_REPLAY='a=none/succeed' x --exact a", "x repro f.json", "x list"]
        {
            let error = read(command, TABLE).unwrap_err();
            assert!(error.ends_with(command), "{error}");
        }
    }
}
