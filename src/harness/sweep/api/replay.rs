//! Replaying: the command that shows a finding again, and how a sweep reads its variable.

use std::env;
use std::path::Path;

use crate::harness::plan::Plan;

/// Names the sweep and the plan to run, as `<sweep>=<plan>`.
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

/// Reads the variable's text, for the sweep with this name.
///
/// # Errors
/// One line, if the text is not `<sweep>=<plan>`.
pub(crate) fn parse(text: &str, name: &str) -> Result<ReplayRequest, String> {
    // Both parts may contain `=`. The plan is the shortest tail that reads as a plan.
    let splits = text.rmatch_indices('=').map(|(at, _)| (&text[..at], &text[at + 1..]));
    let mut first_error = None;
    for (sweep, plan) in splits {
        match plan.parse() {
            Ok(plan) if sweep == name => return Ok(ReplayRequest::Only(plan)),
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
        if let Some(test) = test() {
            command += &format!(" --exact {}", quote(&test));
        }
        command += " --nocapture";
    } else {
        for argument in env::args().skip(1) {
            command += &format!(" {}", quote(&argument));
        }
    }
    command
}

fn is_libtest(executable: &Path) -> bool {
    executable.parent().is_some_and(|folder| folder.ends_with("deps"))
}

/// The running test. libtest names its threads after the tests. If tests run one at a time, they
/// are on the main thread; nextest, which runs them like this, names the test in the arguments.
pub(crate) fn test() -> Option<String> {
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

/// The path relative to the current folder, if it is inside.
fn shorten(path: &Path) -> String {
    let here = env::current_dir().ok();
    let below = here.and_then(|here| path.strip_prefix(here).ok().map(Path::to_owned));
    below.unwrap_or_else(|| path.to_owned()).display().to_string()
}

/// Quotes a word for a POSIX shell.
pub(crate) fn quote(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-:,+@%".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_is_for_one_sweep() {
        let plan: Plan = "nth:17/fail-all".parse().unwrap();
        assert_eq!(parse("a::b=nth:17/fail-all", "a::b"), Ok(ReplayRequest::Only(plan)));
        assert_eq!(parse("a::b=nth:17/fail-all", "c"), Ok(ReplayRequest::Nothing));
    }

    #[test]
    fn names_and_plans_may_contain_the_equals_sign() {
        let plan: Plan = "random:50,seed=42/succeed".parse().unwrap();
        assert_eq!(parse("x=1=random:50,seed=42/succeed", "x=1"), Ok(ReplayRequest::Only(plan)));
    }

    #[test]
    fn a_malformed_wish_says_what_is_expected() {
        assert!(parse("grow", "grow").unwrap_err().contains("<sweep>=<plan>"));
        assert!(parse("grow=nth:x", "grow").unwrap_err().contains("position"));
    }

    #[test]
    fn words_are_quoted_as_a_shell_needs() {
        assert_eq!(quote("a::b"), "a::b");
        assert_eq!(quote("a b=c"), "'a b=c'");
        assert_eq!(quote("it's"), r"'it'\''s'");
    }
}
