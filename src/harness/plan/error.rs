//! The error that shows where the text of a plan goes wrong: [`ParsePlanError`].
//!
//! It is for a person who mistyped a command or a builder's argument, so one line says all that
//! is needed to mend the text. It relies on nothing but std, and does not read plans itself.

use std::error::Error;
use std::fmt;

/// Why a text is no [`Plan`](super::Plan), or no [`Fault`](super::Fault),
/// [`AfterFault`](super::AfterFault) or [`SiteId`](super::SiteId).
///
/// [`Display`](fmt::Display) is one line: the text, what was expected where, what stands there
/// instead, and the forms that are accepted. A long text is cut.
///
/// ```
/// let error = "nth:x/fail-all".parse::<oom_sweep::Plan>().unwrap_err();
/// assert_eq!(error.position(), 4);
/// assert!(error.to_string().starts_with(
///     r#"plan "nth:x/fail-all": expected a number at position 4, found "x"; a plan is none | "#
/// ));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParsePlanError {
    form: Form,
    text: String,
    position: usize,
    expected: String,
}

impl ParsePlanError {
    /// `text` is no `form`: at byte `position`, a character boundary, it lacks what is `expected`.
    pub(super) fn new(form: Form, text: &str, position: usize, expected: &str) -> Self {
        Self { form, text: text.to_owned(), position, expected: expected.to_owned() }
    }

    /// Where the text goes wrong: an offset in bytes from its start. It is on a character
    /// boundary, and equals the text's length if the text ends too early.
    #[must_use]
    pub fn position(&self) -> usize {
        self.position
    }

    /// What stands at the position: up to the next delimiter, or that delimiter.
    fn found(&self) -> &str {
        let rest = &self.text[self.position..];
        match rest.find([':', ',', '/', '#', '=']) {
            Some(0) => &rest[..1],
            Some(end) => &rest[..end],
            None => rest,
        }
    }
}

impl Error for ParsePlanError {}

impl fmt::Display for ParsePlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { form, text, position, expected } = self;
        write!(f, "{} {}: expected {expected}", form.name(), Quoted(text))?;
        match self.found() {
            "" => write!(f, " at position {position}, found the end; ")?,
            found => write!(f, " at position {position}, found {}; ", Quoted(found))?,
        }
        form.describe(f)
    }
}

/// A text in quotes and on one line, cut if it is long.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 80; // characters: a line, and any plan but a long `set:`
        match self.0.char_indices().nth(SHOWN) {
            Some((end, _)) => write!(f, "{:?}…", &self.0[..end]),
            None => write!(f, "{:?}", self.0),
        }
    }
}

/// What a text is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Plan,
    Fault,
    AfterFault,
    SiteId,
}

impl Form {
    fn name(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Fault => "fault",
            Self::AfterFault => "after-fault",
            Self::SiteId => "site",
        }
    }

    /// Writes which texts are accepted.
    fn describe(self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const FAULTS: &str = "none | nth:N | set:N,N,… | size:BYTES | budget:BYTES \
                              | random:PER_MILLE,seed=N | site:XXXXXXXX#N";
        match self {
            Self::Plan => write!(
                f,
                "a plan is {FAULTS}, \
                 then optionally /succeed | /fail-all | /fail-next:N | /forbid"
            ),
            Self::Fault => write!(f, "a fault is {FAULTS}"),
            Self::AfterFault => {
                f.write_str("an after-fault is succeed | fail-all | fail-next:N | forbid")
            }
            Self::SiteId => f.write_str("a site is XXXXXXXX, as in 9f3c21d0"),
        }
    }
}
