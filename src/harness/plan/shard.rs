//! A share of a sweep's plans: [`Shard`], written `2/3`.

use std::fmt;
use std::str::FromStr;

/// One of several shares into which the plans of a sweep are split; each machine runs one.
///
/// ```
/// use oom_sweep::report::Shard;
///
/// let shard: Shard = "2/3".parse()?;
/// assert_eq!((shard.index(), shard.count()), (2, 3));
/// assert!("5/4".parse::<Shard>().is_err());
/// # Ok::<(), oom_sweep::report::ParseShardError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shard {
    index: usize,
    count: usize,
}

impl Shard {
    /// The `index`-th of `count` shares, counted from 1.
    ///
    /// # Errors
    /// If there is no such share. The error is one line.
    pub fn new(index: usize, count: usize) -> Result<Self, ParseShardError> {
        let why = match (index, count) {
            (_, 0) => "there must be at least 1 shard".to_owned(),
            (0, _) => format!("shards are numbered from 1 to {count}"),
            _ if index > count => format!("there are {count} shards, numbered from 1"),
            _ => return Ok(Self { index, count }),
        };
        Err(ParseShardError { text: format!("{index}/{count}"), why })
    }

    /// The number of this share, counted from 1.
    #[must_use]
    pub fn index(self) -> usize {
        self.index
    }

    /// The number of all shares.
    #[must_use]
    pub fn count(self) -> usize {
        self.count
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

/// Why a text, or a pair of numbers, is not a [`Shard`], in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseShardError {
    text: String,
    why: String,
}

impl std::error::Error for ParseShardError {}

impl fmt::Display for ParseShardError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { text, why } = self;
        write!(f, "shard {}: {why}; a shard is k/n, as in 2/3", text.escape_debug())
    }
}

impl FromStr for Shard {
    type Err = ParseShardError;

    fn from_str(text: &str) -> Result<Self, ParseShardError> {
        let numbers = text.split_once('/').and_then(|(k, n)| Some((number(k)?, number(n)?)));
        let no_pair = || ParseShardError {
            text: text.to_owned(),
            why: "expected two numbers with / between them".to_owned(),
        };
        numbers.ok_or_else(no_pair).and_then(|(index, count)| Self::new(index, count))
    }
}

/// A number without a sign.
fn number(text: &str) -> Option<usize> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_are_read_as_they_are_written() {
        for text in ["1/1", "2/3", "7/7"] {
            assert_eq!(text.parse::<Shard>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_shard_is_refused_in_a_line() {
        for (text, part) in [
            ("5/4", "shard 5/4: there are 4 shards"),
            ("0/4", "shard 0/4: shards are numbered from 1 to 4"),
            ("1/0", "at least 1"),
            ("", "expected two numbers"),
            ("3", "expected two numbers"),
            ("-1/2", "expected two numbers"),
            ("1/2/3", "expected two numbers"),
            ("a\n/b", "shard a\\n/b: expected"),
        ] {
            let error = text.parse::<Shard>().unwrap_err().to_string();
            assert!(error.contains(part) && !error.contains('\n'), "{text}: {error}");
        }
    }
}
