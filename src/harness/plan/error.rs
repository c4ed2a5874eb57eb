//! The error for a plan's text that cannot be read: [`ParsePlanError`].
//!
//! Its reader mistyped a command or an argument, so one line says what to change. It relies on
//! nothing but std, and does not read plans itself.

use std::error::Error;
use std::fmt;

/// Why a text is not a [`Plan`](super::Plan), or not a [`Fault`](super::Fault),
/// [`AfterFault`](super::AfterFault) or [`SiteId`](super::SiteId).
///
/// [`Display`](fmt::Display) writes one line: the text, what was expected and where, what was
/// found, and the forms that are accepted. It cuts a long text.
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
    /// `text` is not a `form`: `expected` is missing at byte `position`, a character boundary.
    pub(super) fn new(form: Form, text: &str, position: usize, expected: &str) -> Self {
        Self { form, text: text.to_owned(), position, expected: expected.to_owned() }
    }

    /// The offset in bytes at which the text is wrong. It is on a character boundary. It equals the
    /// text's length if the text ends too early.
    #[must_use]
    pub fn position(&self) -> usize {
        self.position
    }

    /// What was found at the position: the text up to the next delimiter, or that delimiter.
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
        const SHOWN: usize = 80; // characters: one line, enough for all plans but a long `set:`
        match self.0.char_indices().nth(SHOWN) {
            Some((end, _)) => write!(f, "{:?}…", &self.0[..end]),
            None => write!(f, "{:?}", self.0),
        }
    }
}

/// The kind of text that was expected.
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
