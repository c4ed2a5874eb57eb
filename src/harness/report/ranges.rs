//! A set of numbers, kept as ranges: [`Ranges`], written `0-99,105`.
//!
//! It holds the coverage of a sweep of any size in little space. JSON contains the same text.

use std::fmt;
use std::str::FromStr;

/// A set of numbers, kept as ranges.
///
/// ```
/// use oom_sweep::report::Ranges;
///
/// let mut ranges: Ranges = [7, 1, 0].into_iter().collect();
/// ranges.insert(2);
/// assert_eq!(ranges.to_string(), "0-2,7");
/// assert_eq!("0-2,7".parse(), Ok(ranges.clone()));
///
/// assert_eq!(ranges.len(), 4);
/// assert!(ranges.contains(7) && !ranges.is_empty());
/// assert_eq!(ranges.missing_below(9).iter().collect::<Vec<_>>(), [3, 4, 5, 6, 8]);
///
/// ranges.union(&Ranges::below(5));
/// assert_eq!(ranges.to_string(), "0-4,7");
/// assert!("4-".parse::<Ranges>().is_err());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ranges {
    /// First and last numbers, ascending. At least one number is missing between two ranges.
    spans: Vec<(u64, u64)>,
}

impl Ranges {
    /// Makes the set of all numbers below `end`.
    #[must_use]
    pub fn below(end: u64) -> Self {
        Self { spans: end.checked_sub(1).map(|last| (0, last)).into_iter().collect() }
    }

    /// Adds a number.
    pub fn insert(&mut self, number: u64) {
        self.insert_span(number, number);
    }

    fn insert_span(&mut self, first: u64, last: u64) {
        // Merge the ranges that it touches.
        let start = self.spans.partition_point(|span| span.1 < first.saturating_sub(1));
        let end = self.spans.partition_point(|span| span.0 <= last.saturating_add(1));
        let touched = &self.spans[start..end];
        let first = touched.first().map_or(first, |span| span.0.min(first));
        let last = touched.last().map_or(last, |span| span.1.max(last));
        self.spans.splice(start..end, [(first, last)]);
    }

    /// Adds the numbers of another set.
    pub fn union(&mut self, other: &Self) {
        for &(first, last) in &other.spans {
            self.insert_span(first, last);
        }
    }

    /// Returns the numbers below `end` that are not in the set.
    #[must_use]
    pub fn missing_below(&self, end: u64) -> Self {
        let mut spans = Vec::new();
        let mut next = 0;
        for &(first, last) in self.spans.iter().take_while(|span| span.0 < end) {
            if next < first {
                spans.push((next, first - 1));
            }
            next = last.saturating_add(1);
        }
        if next < end {
            spans.push((next, end - 1));
        }
        Self { spans }
    }

    /// Returns how many numbers there are.
    #[must_use]
    pub fn len(&self) -> u64 {
        let lengths = self.spans.iter().map(|span| (span.1 - span.0).saturating_add(1));
        lengths.fold(0, u64::saturating_add)
    }

    /// Returns whether the set is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// Returns whether the set contains this number.
    #[must_use]
    pub fn contains(&self, number: u64) -> bool {
        let index = self.spans.partition_point(|span| span.1 < number);
        self.spans.get(index).is_some_and(|span| span.0 <= number)
    }

    /// Returns the numbers in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = u64> + '_ {
        self.spans.iter().flat_map(|&(first, last)| first..=last)
    }

    /// Returns the first and the last number of each range.
    #[cfg(feature = "serde")]
    pub(super) fn spans(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.spans.iter().copied()
    }

    /// Writes the first `most` ranges, and `…` if there are more.
    pub(super) fn in_short(&self, most: usize) -> String {
        let shown = Self { spans: self.spans.iter().take(most).copied().collect() };
        format!("{shown}{}", if self.spans.len() > most { ",…" } else { "" })
    }
}

impl Extend<u64> for Ranges {
    fn extend<T: IntoIterator<Item = u64>>(&mut self, numbers: T) {
        numbers.into_iter().for_each(|number| self.insert(number));
    }
}

impl FromIterator<u64> for Ranges {
    fn from_iter<T: IntoIterator<Item = u64>>(numbers: T) -> Self {
        let mut ranges = Self::default();
        ranges.extend(numbers);
        ranges
    }
}

impl fmt::Display for Ranges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (first, last)) in self.spans.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { "," })?;
            match first == last {
                true => write!(f, "{first}")?,
                false => write!(f, "{first}-{last}")?,
            }
        }
        Ok(())
    }
}

/// Why a text is not a [`Ranges`], in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseRangesError {
    part: String,
}

impl std::error::Error for ParseRangesError {}

impl fmt::Display for ParseRangesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = self.part.escape_debug();
        write!(f, "ranges: \"{part}\" is neither a number nor a range; write ranges as in 0-99,105")
    }
}

impl FromStr for Ranges {
    type Err = ParseRangesError;

    fn from_str(text: &str) -> Result<Self, ParseRangesError> {
        let mut ranges = Self::default();
        for part in text.split(',').filter(|_| !text.is_empty()) {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            match (number(first), number(last)) {
                (Some(first), Some(last)) if first <= last => ranges.insert_span(first, last),
                _ => return Err(ParseRangesError { part: part.to_owned() }),
            }
        }
        Ok(ranges)
    }
}

/// Parses a number without a sign.
fn number(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn texts_are_read_as_they_are_written() {
        for text in ["", "0", "0-99,105", "3,5,7-8", "0-18446744073709551615"] {
            assert_eq!(text.parse::<Ranges>().unwrap().to_string(), text);
        }
        assert_eq!("4,1-3,2".parse::<Ranges>().unwrap().to_string(), "1-4");
        for text in [",", "1,", "x", "1-", "2-1", "+1", "1-2-3", "18446744073709551616", " 1"] {
            let error = text.parse::<Ranges>().unwrap_err().to_string();
            assert!(error.contains("as in 0-99,105") && !error.contains('\n'), "{error}");
        }
    }

    #[test]
    fn the_greatest_number_is_a_number() {
        let mut ranges: Ranges = [u64::MAX].into_iter().collect();
        ranges.insert(u64::MAX - 1);
        ranges.insert(0);
        assert_eq!(ranges.to_string(), "0,18446744073709551614-18446744073709551615");
        ranges.union(&Ranges::below(u64::MAX));
        assert_eq!((ranges.len(), ranges.missing_below(u64::MAX).len()), (u64::MAX, 0));
    }

    #[test]
    fn many_are_cut() {
        let ranges: Ranges = "1,3,5-9".parse().unwrap();
        assert_eq!((&*ranges.in_short(2), &*ranges.in_short(3)), ("1,3,…", "1,3,5-9"));
    }

    proptest! {
        #[test]
        fn they_are_a_set(one: Vec<u8>, other: Vec<u8>, end: u8) {
            let numbers = |bytes: &[u8]| bytes.iter().map(|&n| u64::from(n)).collect::<Vec<_>>();
            let mut ranges: Ranges = numbers(&one).into_iter().collect();
            ranges.union(&numbers(&other).into_iter().collect());
            let set: BTreeSet<u64> = numbers(&one).into_iter().chain(numbers(&other)).collect();
            prop_assert!(ranges.iter().eq(set.iter().copied()));
            prop_assert_eq!(ranges.len(), set.len() as u64);
            prop_assert!((0..=256).all(|n| ranges.contains(n) == set.contains(&n)));
            let missing = (0..u64::from(end)).filter(|n| !set.contains(n));
            prop_assert!(ranges.missing_below(u64::from(end)).iter().eq(missing));
            prop_assert!(ranges.spans.is_sorted_by(|a, b| a.1 + 1 < b.0));
            prop_assert_eq!(ranges.to_string().parse(), Ok(ranges));
        }
    }
}
