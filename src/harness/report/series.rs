//! A sequence of numbers in which many neighbours are equal: [`Series`], written `4,7*3,12`.
//!
//! It holds one number for each request of a run in little space. JSON contains the same text. A
//! text may claim any length, so nothing here allocates in proportion to it.

use std::fmt;
use std::str::FromStr;

/// A sequence of numbers, kept as runs of equal ones.
///
/// ```
/// use oom_sweep::report::Series;
///
/// let mut series: Series = [4, 7, 7, 7].into_iter().collect();
/// series.push(12);
/// assert_eq!(series.to_string(), "4,7*3,12");
/// assert_eq!("4,7*3,12".parse(), Ok(series.clone()));
///
/// assert_eq!((series.len(), series.is_empty()), (5, false));
/// assert_eq!(series.iter().take(2).collect::<Vec<_>>(), [4, 7]);
/// assert!("4*".parse::<Series>().is_err());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Series {
    /// Numbers, and how often each is repeated. Neighbours differ.
    runs: Vec<(u64, u64)>,
}

impl Series {
    /// Adds a number at the end.
    pub fn push(&mut self, number: u64) {
        self.push_run(number, 1);
    }

    fn push_run(&mut self, number: u64, times: u64) {
        match self.runs.last_mut() {
            _ if times == 0 => {}
            Some((last, so_far)) if *last == number => *so_far = so_far.saturating_add(times),
            _ => self.runs.push((number, times)),
        }
    }

    /// Returns how many numbers there are.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.runs.iter().map(|run| run.1).fold(0, u64::saturating_add)
    }

    /// Returns whether the sequence is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// Returns the numbers in order. A parsed text may claim very many: take no more than you need.
    pub fn iter(&self) -> impl Iterator<Item = u64> + '_ {
        self.runs.iter().flat_map(|&(number, times)| (0..times).map(move |_| number))
    }
}

impl Extend<u64> for Series {
    fn extend<T: IntoIterator<Item = u64>>(&mut self, numbers: T) {
        numbers.into_iter().for_each(|number| self.push(number));
    }
}

impl FromIterator<u64> for Series {
    fn from_iter<T: IntoIterator<Item = u64>>(numbers: T) -> Self {
        let mut series = Self::default();
        series.extend(numbers);
        series
    }
}

impl fmt::Display for Series {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (number, times)) in self.runs.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { "," })?;
            match times {
                1 => write!(f, "{number}")?,
                _ => write!(f, "{number}*{times}")?,
            }
        }
        Ok(())
    }
}

/// Why a text is not a [`Series`], in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseSeriesError {
    part: String,
}

impl std::error::Error for ParseSeriesError {}

impl fmt::Display for ParseSeriesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = self.part.escape_debug();
        write!(f, "series: \"{part}\" is neither a number nor a run; write a series as in 4,7*3,12")
    }
}

impl FromStr for Series {
    type Err = ParseSeriesError;

    fn from_str(text: &str) -> Result<Self, ParseSeriesError> {
        let mut series = Self::default();
        for part in text.split(',').filter(|_| !text.is_empty()) {
            let (value, times) = part.split_once('*').unwrap_or((part, "1"));
            match (number(value), number(times)) {
                (Some(value), Some(times)) if times > 0 => series.push_run(value, times),
                _ => return Err(ParseSeriesError { part: part.to_owned() }),
            }
        }
        Ok(series)
    }
}

/// Parses a number without a sign.
fn number(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn invalid_text_is_refused_in_a_line() {
        for text in [",", "1,", "x", "1*", "*2", "1*0", "+1", "1*2*3", "18446744073709551616", " 1"]
        {
            let error = text.parse::<Series>().unwrap_err().to_string();
            assert!(error.contains("as in 4,7*3,12") && !error.contains('\n'), "{error}");
        }
    }

    #[test]
    fn a_text_may_claim_any_length() {
        let most = u64::MAX;
        let series: Series = format!("1*{most},1*{most},2*{most}").parse().unwrap();
        assert_eq!((series.len(), series.iter().take(3).sum()), (most, 3));
        assert_eq!(series.to_string(), format!("1*{most},2*{most}"));
    }

    proptest! {
        #[test]
        fn it_is_the_sequence(numbers in prop::collection::vec(0..3_u64, 0..40)) {
            let series: Series = numbers.iter().copied().collect();
            prop_assert!(series.iter().eq(numbers.iter().copied()));
            prop_assert_eq!(series.len(), numbers.len() as u64);
            prop_assert_eq!(series.is_empty(), numbers.is_empty());
            prop_assert_eq!(series.to_string().parse(), Ok(series));
        }
    }
}
