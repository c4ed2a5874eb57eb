//! The text form of plans: [`Display`](fmt::Display), [`FromStr`], and serde through these two.
//!
//! The reader is strict: no spaces, no signs, no upper case. It reads the text once, from left to
//! right. It only steps over ASCII, so the position in an error is always on a character boundary.
//!
//! It relies on the types of [`plan`](super) and on its error. It does not check whether a plan
//! makes sense, except for the limit of a probability.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use super::error::{Form, ParsePlanError};
use super::{AfterFault, Fault, Plan, SiteId};

/// [`Fault::Random`]'s `per_mille` if every request fails.
const ALWAYS: u16 = 1000;

// Writing.

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.fault, self.after)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Nth(n) => write!(f, "nth:{n}"),
            Self::Set(members) => {
                f.write_str("set:")?;
                for (i, n) in members.iter().enumerate() {
                    write!(f, "{}{n}", if i == 0 { "" } else { "," })?;
                }
                Ok(())
            }
            Self::AtLeast { bytes } => write!(f, "size:{bytes}"),
            Self::Budget { bytes } => write!(f, "budget:{bytes}"),
            // More than 1000 means always. Writing 1000 keeps the text readable.
            Self::Random { per_mille, seed } => {
                write!(f, "random:{},seed={seed}", per_mille.min(&ALWAYS))
            }
            Self::Site { id, occurrence } => write!(f, "site:{id}#{occurrence}"),
        }
    }
}

impl fmt::Display for AfterFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Succeed => f.write_str("succeed"),
            Self::FailAll => f.write_str("fail-all"),
            Self::FailNext(count) => write!(f, "fail-next:{count}"),
            Self::Forbid => f.write_str("forbid"),
        }
    }
}

impl fmt::Display for SiteId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

// Reading.

impl FromStr for Plan {
    type Err = ParsePlanError;

    /// Reads `FAULT` or `FAULT/AFTER`. Without the second part it is [`AfterFault::Succeed`].
    fn from_str(text: &str) -> Result<Self, ParsePlanError> {
        let mut reader = Reader::new(Form::Plan, text);
        let fault = reader.fault()?;
        if reader.at_end() {
            return Ok(Self::new(fault, AfterFault::Succeed));
        }
        if !reader.eat("/") {
            return Err(reader.expected("\"/\" or the end"));
        }
        let after = reader.after()?;
        reader.end(Self::new(fault, after))
    }
}

impl FromStr for Fault {
    type Err = ParsePlanError;

    fn from_str(text: &str) -> Result<Self, ParsePlanError> {
        let mut reader = Reader::new(Form::Fault, text);
        let fault = reader.fault()?;
        reader.end(fault)
    }
}

impl FromStr for AfterFault {
    type Err = ParsePlanError;

    fn from_str(text: &str) -> Result<Self, ParsePlanError> {
        let mut reader = Reader::new(Form::AfterFault, text);
        let after = reader.after()?;
        reader.end(after)
    }
}

impl FromStr for SiteId {
    type Err = ParsePlanError;

    fn from_str(text: &str) -> Result<Self, ParsePlanError> {
        let mut reader = Reader::new(Form::SiteId, text);
        let id = reader.site()?;
        reader.end(id)
    }
}

/// A text that is read as `form`, up to byte `position` so far.
struct Reader<'a> {
    form: Form,
    text: &'a str,
    position: usize,
}

impl<'a> Reader<'a> {
    fn new(form: Form, text: &'a str) -> Self {
        Self { form, text, position: 0 }
    }

    fn fault(&mut self) -> Result<Fault, ParsePlanError> {
        let start = self.position;
        Ok(match self.take(|byte| byte.is_ascii_lowercase()) {
            "none" => Fault::None,
            "nth" => Fault::Nth(self.number_after(":", u64::MAX)?),
            "set" => Fault::Set(self.members()?),
            "size" => Fault::AtLeast { bytes: self.number_after(":", usize::MAX)? },
            "budget" => Fault::Budget { bytes: self.number_after(":", usize::MAX)? },
            "random" => Fault::Random {
                per_mille: self.number_after(":", ALWAYS)?,
                seed: self.number_after(",seed=", u64::MAX)?,
            },
            "site" => {
                self.expect(":")?;
                Fault::Site { id: self.site()?, occurrence: self.number_after("#", u64::MAX)? }
            }
            _ => return Err(self.expected_at(start, "a fault's name")),
        })
    }

    fn after(&mut self) -> Result<AfterFault, ParsePlanError> {
        let start = self.position;
        Ok(match self.take(|byte| byte.is_ascii_lowercase() || byte == b'-') {
            "succeed" => AfterFault::Succeed,
            "fail-all" => AfterFault::FailAll,
            "fail-next" => AfterFault::FailNext(self.number_after(":", u64::MAX)?),
            "forbid" => AfterFault::Forbid,
            _ => {
                return Err(self.expected_at(start, "succeed, fail-all, fail-next or forbid"));
            }
        })
    }

    /// Reads the colon and the numbers of a `set:`. If the fault ends after the colon, there are no
    /// numbers.
    fn members(&mut self) -> Result<BTreeSet<u64>, ParsePlanError> {
        self.expect(":")?;
        let mut members = BTreeSet::new();
        if self.at_end() || self.rest().starts_with('/') {
            return Ok(members);
        }
        loop {
            members.insert(self.number(u64::MAX)?);
            if !self.eat(",") {
                return Ok(members);
            }
        }
    }

    fn site(&mut self) -> Result<SiteId, ParsePlanError> {
        let start = self.position;
        // Takes all digits, so that a ninth digit is an error and not the start of what follows.
        let digits = self.take(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        match u32::from_str_radix(digits, 16) {
            Ok(id) if digits.len() == 8 => Ok(SiteId(id)),
            _ => Err(self.expected_at(start, "8 lower-case hexadecimal digits")),
        }
    }

    fn number_after<T>(&mut self, token: &str, max: T) -> Result<T, ParsePlanError>
    where
        T: FromStr + PartialOrd + fmt::Display,
    {
        self.expect(token)?;
        self.number(max)
    }

    /// Reads a decimal number of at most `max`.
    fn number<T>(&mut self, max: T) -> Result<T, ParsePlanError>
    where
        T: FromStr + PartialOrd + fmt::Display,
    {
        let start = self.position;
        let digits = self.take(|byte| byte.is_ascii_digit());
        match digits.parse() {
            Ok(number) if number <= max => Ok(number),
            _ if digits.is_empty() => Err(self.expected_at(start, "a number")),
            _ => Err(self.expected_at(start, &format!("a number up to {max}"))),
        }
    }

    /// Steps over the ASCII bytes that `accepts` takes. Only ASCII, because another byte could
    /// split a character.
    fn take(&mut self, accepts: impl Fn(u8) -> bool) -> &'a str {
        let rest = self.rest();
        let taken = rest.bytes().take_while(|&byte| byte.is_ascii() && accepts(byte)).count();
        self.position += taken;
        &rest[..taken]
    }

    fn eat(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.position += token.len();
        }
        found
    }

    fn expect(&mut self, token: &str) -> Result<(), ParsePlanError> {
        if self.eat(token) { Ok(()) } else { Err(self.expected(&format!("{token:?}"))) }
    }

    /// Returns the value, if the text ends here.
    fn end<T>(&self, value: T) -> Result<T, ParsePlanError> {
        if self.at_end() { Ok(value) } else { Err(self.expected("the end")) }
    }

    fn at_end(&self) -> bool {
        self.rest().is_empty()
    }

    fn rest(&self) -> &'a str {
        &self.text[self.position..]
    }

    fn expected(&self, what: &str) -> ParsePlanError {
        self.expected_at(self.position, what)
    }

    fn expected_at(&self, position: usize, what: &str) -> ParsePlanError {
        ParsePlanError::new(self.form, self.text, position, what)
    }
}

// JSON and the like.

/// Serialises as the text form in every format, so that reports and commands look the same.
#[cfg(feature = "serde")]
macro_rules! serde_as_text {
    ($($type:ty),*) => {$(
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

#[cfg(feature = "serde")]
serde_as_text!(Plan, Fault, AfterFault, SiteId);
