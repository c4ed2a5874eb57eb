//! Tells this program's options from Cargo's: [`split`].
//!
//! Users of Cargo expect that options may have any order up to `--`. The definition of this
//! program's options decides. Cargo's options matter for three things: a misspelled option of ours
//! is none of theirs, `repro` needs those that decide what is built, and the words that are left
//! are names of tests.

use std::ffi::{OsStr, OsString};

use clap::Command;

use crate::cli::shared::similar::nearest;

/// Options of `cargo test` that decide what is built, with a value.
const BUILD_WITH_VALUE: [&str; 17] = [
    "-p",
    "--package",
    "--exclude",
    "--bin",
    "--example",
    "--test",
    "--bench",
    "-F",
    "--features",
    "--profile",
    "--cargo-profile",
    "--target",
    "--target-dir",
    "--manifest-path",
    "--lockfile-path",
    "--config",
    "-Z",
];

/// Options of `cargo test` that decide what is built, without a value.
const BUILD: [&str; 16] = [
    "--workspace",
    "--all",
    "--lib",
    "--bins",
    "--examples",
    "--tests",
    "--benches",
    "--all-targets",
    "--all-features",
    "--no-default-features",
    "-r",
    "--release",
    "--ignore-rust-version",
    "--locked",
    "--offline",
    "--frozen",
];

/// Other options of `cargo test` and of nextest, with a value.
const OTHERS_WITH_VALUE: [&str; 27] = [
    "--color",
    "--message-format",
    "-j",
    "--build-jobs",
    "--cargo-message-format",
    "-E",
    "--filterset",
    "--filter-expr",
    "-P",
    "--run-ignored",
    "--partition",
    "--platform-filter",
    "--test-threads",
    "--retries",
    "--flaky-result",
    "--max-fail",
    "--no-tests",
    "--failure-output",
    "--success-output",
    "--status-level",
    "--final-status-level",
    "--show-progress",
    "--config-file",
    "--tool-config-file",
    "--stress-count",
    "--stress-duration",
    "--archive-file",
];

/// Other options of `cargo test` and of nextest that resemble one of ours.
const OTHERS: [&str; 6] =
    ["--doc", "--no-run", "--keep-going", "--no-fail-fast", "--fail-fast", "--no-capture"];

/// What a word that is not ours is to Cargo.
enum Foreign {
    /// An option that decides what is built.
    Build,
    /// An option that decides it, and the next word is its value.
    BuildWithValue,
    Other,
    OtherWithValue,
    /// No option: the name of a test.
    Name,
}

impl Foreign {
    fn of(word: &OsStr) -> Self {
        let word = word.to_string_lossy();
        let (name, has_value) = match word.split_once('=') {
            Some((name, _)) => (name, true),
            None => (&*word, false),
        };
        // As in `-pstore`.
        let has_attached = || {
            let mut short = BUILD_WITH_VALUE.iter().filter(|option| option.len() == 2);
            short.any(|option| word.starts_with(option))
        };
        match (BUILD_WITH_VALUE.contains(&name), OTHERS_WITH_VALUE.contains(&name), has_value) {
            _ if !word.starts_with('-') => Self::Name,
            (true, _, false) => Self::BuildWithValue,
            (_, true, false) => Self::OtherWithValue,
            (true, _, true) => Self::Build,
            _ if BUILD.contains(&name) || has_attached() => Self::Build,
            _ => Self::Other,
        }
    }
}

/// Returns the words that decide what is built, for `cargo test`.
pub(super) fn for_build(words: &[OsString], is_nextest: bool) -> Vec<OsString> {
    let mut kept = Vec::new();
    let mut words = words.iter().take_while(|word| *word != "--");
    while let Some(word) = words.next() {
        let (word, value) = match Foreign::of(word) {
            Foreign::Build => (word, None),
            Foreign::BuildWithValue => (word, words.next()),
            Foreign::OtherWithValue => {
                words.next();
                continue;
            }
            Foreign::Other | Foreign::Name => continue,
        };
        let word = match word.to_str() {
            // The profile of nextest is about how tests run.
            Some(text) if is_nextest && text.split('=').next() == Some("--profile") => continue,
            Some(text) if is_nextest => text.replacen("--cargo-profile", "--profile", 1).into(),
            _ => word.clone(),
        };
        kept.push(word);
        kept.extend(value.cloned());
    }
    kept
}

/// Returns the words that Cargo takes for names of tests.
pub(super) fn names(words: &[OsString]) -> Vec<&OsStr> {
    let mut names = Vec::new();
    let mut words = words.iter().take_while(|word| *word != "--");
    while let Some(word) = words.next() {
        match Foreign::of(word) {
            Foreign::Name => names.push(word.as_os_str()),
            Foreign::BuildWithValue | Foreign::OtherWithValue => {
                words.next();
            }
            Foreign::Build | Foreign::Other => {}
        }
    }
    names
}

/// Describes the first word that is nearly an option or a command of ours, and none of Cargo's.
pub(super) fn misspelled(definition: &Command, others: &[OsString]) -> Option<String> {
    let own: Vec<_> = definition.get_arguments().filter_map(|own| own.get_long()).collect();
    let options = others.iter().take_while(|word| *word != "--").filter_map(|word| word.to_str());
    for word in options {
        let name = word.split('=').next().unwrap_or_default();
        let tables = [&BUILD_WITH_VALUE[..], &BUILD, &OTHERS_WITH_VALUE, &OTHERS];
        let is_foreign = tables.iter().any(|table| table.contains(&name));
        if let Some(name) = name.strip_prefix("--").filter(|_| !is_foreign)
            && let Some(meant) = nearest(name, own.iter().copied())
        {
            return Some(format!("there is no option --{name}: did you mean --{meant}?"));
        }
    }
    // One word may be the name of a test; Cargo takes no more than one.
    match names(others).as_slice() {
        [first, _, ..] if others.first().is_some_and(|word| word == first) => {
            let word = first.to_str()?;
            let meant = nearest_command(definition, word)?;
            Some(format!("there is no command {word}: did you mean {meant}?"))
        }
        _ => None,
    }
}

/// Returns the command of ours that a word resembles.
pub(super) fn nearest_command<'a>(definition: &'a Command, word: &str) -> Option<&'a str> {
    nearest(word, definition.get_subcommands().map(Command::get_name))
}

/// Returns the program's own words, its name first, and all others. After a subcommand's name,
/// every word is the program's.
pub(super) fn split(definition: &Command, words: Vec<OsString>) -> (Vec<OsString>, Vec<OsString>) {
    let is_subcommand = |word: &OsStr| word == "help" || definition.find_subcommand(word).is_some();
    let mut words = words.into_iter().peekable();
    let mut own: Vec<OsString> = words.next().into_iter().collect();
    let mut others = Vec::new();
    if words.peek().is_some_and(|word| is_subcommand(word)) {
        own.extend(words);
        return (own, others);
    }
    while let Some(word) = words.next() {
        if word == "--" {
            others.push(word);
            others.extend(words);
            break;
        }
        match kind(definition, &word) {
            Kind::Others => others.push(word),
            Kind::Own => own.push(word),
            Kind::OwnWithValue => {
                own.push(word);
                own.extend(words.next());
            }
        }
    }
    (own, others)
}

enum Kind {
    Own,
    /// The next word is its value.
    OwnWithValue,
    Others,
}

fn kind(definition: &Command, word: &OsStr) -> Kind {
    let Some(word) = word.to_str() else { return Kind::Others };
    if matches!(word, "-h" | "--help" | "-V" | "--version") {
        return Kind::Own;
    }
    let Some(word) = word.strip_prefix("--") else { return Kind::Others };
    let (name, value) = match word.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (word, None),
    };
    let own = definition.get_arguments().find(|own| own.get_long() == Some(name));
    match (own, value) {
        (None, _) => Kind::Others,
        (Some(own), None) if own.get_action().takes_values() => Kind::OwnWithValue,
        (Some(_), _) => Kind::Own,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<OsString> {
        text.split_whitespace().map(OsString::from).collect()
    }

    #[test]
    fn what_decides_the_build_is_kept() {
        let run = "-p store -Fa,b --features=c --color never grow --profile ci --test oom \
                   --retries 2 --no-fail-fast -- --exact -p x";
        let kept = "-p store -Fa,b --features=c --profile ci --test oom";
        assert_eq!(for_build(&words(run), false), words(kept));
        let run =
            "--cargo-profile ci --profile slow -P slow --release -E test(/x/) --run-ignored all";
        assert_eq!(for_build(&words(run), true), words("--profile ci --release"));
    }

    #[test]
    fn names_of_tests_are_what_is_left() {
        assert_eq!(names(&words("-p store grow --color never --lib -- shrink")), ["grow"]);
        assert_eq!(names(&words("--test=oom -j 4")), [""; 0]);
    }

    #[test]
    fn an_option_of_cargo_is_no_misspelled_one_of_ours() {
        let definition = super::super::args::definition();
        let tables = [&BUILD_WITH_VALUE[..], &BUILD, &OTHERS_WITH_VALUE, &OTHERS];
        for option in tables.concat() {
            assert_eq!(misspelled(&definition, &[option.into()]), None, "{option}");
        }
        for option in [
            "--quiet",
            "--verbose",
            "--timings",
            "--unit-graph",
            "--future-incompat-report",
            "--cargo-quiet",
            "--cargo-verbose",
            "--ignore-default-filter",
            "--rerun",
            "--debugger",
            "--tracer",
            "--no-output-indent",
            "--hide-progress-bar",
            "--no-input-handler",
            "--max-progress-running",
            "--message-format-version",
            "--archive-format",
            "--extract-to",
            "--cargo-metadata",
            "--workspace-remap",
            "--binaries-metadata",
            "--user-config-file",
            "--override-version-check",
            "--no-pager",
            "--build-plan",
        ] {
            assert_eq!(misspelled(&definition, &[option.into()]), None, "{option}");
        }
    }
}
