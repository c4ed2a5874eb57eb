//! Misspelled words: [`nearest`] finds what was meant.

/// Finds the name that is most like a word. Returns `None` if no name is like it.
pub(crate) fn nearest<'a>(name: &str, all: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let nearest = all.into_iter().map(|other| (distance(name, other), other)).min()?;
    (nearest.0 <= nearest.1.len().div_ceil(3)).then_some(nearest.1)
}

/// Returns the number of letters to add, drop or change (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, &b) in other.iter().enumerate() {
            let changed = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        for (one, other, expected) in
            [("", "", 0), ("", "ab", 2), ("kitten", "sitting", 3), ("ab", "ba", 2)]
        {
            assert_eq!(distance(one, other), expected);
            assert_eq!(distance(other, one), expected);
        }
    }

    #[test]
    fn only_similar_names_are_meant() {
        let names = ["init", "merge", "known"];
        assert_eq!(nearest("mrege", names), Some("merge"));
        assert_eq!(nearest("list", names), None);
        assert_eq!(nearest("x", []), None);
    }
}
