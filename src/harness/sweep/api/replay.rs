//! Replaying: the command that shows a finding again, and how a sweep reads its variable.

use std::env;
use std::path::Path;

use crate::harness::plan::Plan;
use crate::harness::report::{Origin, SweepId, is_hidden, is_libtest};

/// Names the sweep and the plan to run, as `<sweep>=<plan>`. The sweep's test, binary and package
/// may stand before it: `store::oom::grows::grow=nth:17/fail-all`.
pub(crate) const VARIABLE: &str = "OOM_SWEEP_REPLAY";

/// What the variable asks a sweep to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum ReplayRequest {
    /// To run as it was built.
    #[default]
    Sweep,
    /// To run only this plan.
    Only(Plan),
    /// To run nothing, because it names another sweep.
    Nothing,
}

/// Reads the variable's text, for the sweep with this identity.
///
/// # Errors
/// One line, if the text is not `<sweep>=<plan>`.
pub(crate) fn parse(text: &str, id: SweepId<'_>) -> Result<ReplayRequest, String> {
    // Both parts may contain `=`. The plan is the shortest tail that reads as a plan.
    let splits = text.rmatch_indices('=').map(|(at, _)| (&text[..at], &text[at + 1..]));
    let mut first_error = None;
    for (sweep, plan) in splits {
        match plan.parse() {
            Ok(plan) if id.is_named(sweep) => return Ok(ReplayRequest::Only(plan)),
            Ok(_) => return Ok(ReplayRequest::Nothing),
            Err(error) => first_error = Some(error),
        }
    }
    Err(match first_error {
        Some(error) => error.to_string(),
        None => format!("expected <sweep>=<plan>, as in grow=nth:17/fail-all, found {text:?}"),
    })
}

/// The command that replays a plan of the sweep `name` with this process's binary.
pub(crate) fn command(name: &str, plan: &Plan) -> String {
    let exe = env::current_exe().unwrap_or_default();
    let assignment = quote(&format!("{name}={plan}"));
    let mut command = format!("{VARIABLE}={assignment} {}", quote(&shorten(&exe)));
    if is_libtest(&exe) {
        if let Some(test) = Origin::names_here().test() {
            command += &format!(" --exact {}", quote(test));
        }
        command += " --nocapture";
    } else {
        for argument in env::args().skip(1) {
            command += &format!(" {}", quote(&argument));
        }
    }
    command
}

/// The path relative to the current folder, if it is inside.
fn shorten(path: &Path) -> String {
    let here = env::current_dir().ok();
    let below = here.and_then(|here| path.strip_prefix(here).ok().map(Path::to_owned));
    let below = below.map(|below| match below.components().count() {
        // A shell looks for a word without `/` in other folders.
        1 => Path::new(".").join(below),
        _ => below,
    });
    below.unwrap_or_else(|| path.to_owned()).display().to_string()
}

/// Quotes a word for a POSIX shell, in characters that every format shows as they are.
pub(crate) fn quote(word: &str) -> String {
    // Elsewhere, `=` would assign to a variable.
    let is_option = word.starts_with('-');
    let is_plain =
        |c: char| c.is_ascii_alphanumeric() || "/._-:,+@%".contains(c) || (c == '=' && is_option);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    if word.chars().any(is_hidden) {
        return format!("\"$(printf '{}')\"", printed(word));
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// Writes a word as `printf` reads it, in single quotes.
fn printed(word: &str) -> String {
    let mut format = String::new();
    for (index, c) in word.chars().enumerate() {
        match c {
            '%' => format += "%%",
            // A `-` at the start would be an option.
            c if is_hidden(c) || matches!(c, '\\' | '\'') || (index, c) == (0, '-') => {
                let mut bytes = [0; 4];
                let bytes = c.encode_utf8(&mut bytes).bytes();
                format.extend(bytes.map(|byte| format!("\\{byte:03o}")));
            }
            c => format.push(c),
        }
    }
    format
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(sweep: &str) -> SweepId<'_> {
        let (package, binary, test) = (Some("store"), Some("oom"), Some("grows"));
        SweepId { package, binary, binary_id: None, test, sweep }
    }

    #[test]
    fn a_request_is_for_one_sweep() {
        let plan: Plan = "nth:17/fail-all".parse().unwrap();
        for text in ["a::b", "grows::a::b", "store::oom::grows::a::b"] {
            let text = format!("{text}={plan}");
            assert_eq!(parse(&text, id("a::b")), Ok(ReplayRequest::Only(plan.clone())), "{text}");
        }
        for text in ["c", "a::c", "shrinks::a::b", "log::oom::grows::a::b"] {
            let text = format!("{text}={plan}");
            assert_eq!(parse(&text, id("a::b")), Ok(ReplayRequest::Nothing), "{text}");
        }
    }

    #[test]
    fn names_and_plans_may_contain_the_equals_sign() {
        let plan: Plan = "random:50,seed=42/succeed".parse().unwrap();
        let read = parse("x=1=random:50,seed=42/succeed", id("x=1"));
        assert_eq!(read, Ok(ReplayRequest::Only(plan)));
    }

    #[test]
    fn a_malformed_request_says_what_is_expected() {
        assert!(parse("grow", id("grow")).unwrap_err().contains("<sweep>=<plan>"));
        assert!(parse("grow=nth:x", id("grow")).unwrap_err().contains("position"));
    }

    #[test]
    fn a_program_in_the_current_folder_is_named_as_such() {
        let here = env::current_dir().unwrap();
        assert_eq!(shorten(&here.join("sweeps")), "./sweeps");
        assert_eq!(shorten(&here.join("target/sweeps")), "target/sweeps");
        assert_eq!(shorten(Path::new("/bin/sweeps")), "/bin/sweeps");
    }

    #[test]
    fn words_are_quoted_as_a_shell_needs() {
        assert_eq!(quote("a::b"), "a::b");
        assert_eq!(quote("a b=c"), "'a b=c'");
        assert_eq!([quote("--a=b"), quote("a=b")], ["--a=b", "'a=b'"]);
        assert_eq!(quote("it's"), r"'it'\''s'");
        assert_eq!(quote("a\n50%\\"), r#""$(printf 'a\01250%%\134')""#);
        assert_eq!(quote("\u{202e}'"), r#""$(printf '\342\200\256\047')""#);
    }

    #[cfg(unix)]
    #[test]
    fn a_shell_reads_every_word_as_it_was() {
        for word in ["a b", "it's", "\"x\"", "a\nb", "\t%s\\n'\"$HOME`", "\u{2028}é", "-n\r"] {
            let script = format!("printf %s {}", quote(word));
            let output = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
            assert_eq!(String::from_utf8(output.stdout).unwrap(), word, "{script}");
        }
    }
}
