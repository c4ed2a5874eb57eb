//! Finds targets by name: [`find`]. For a misspelled name it suggests a similar one.

use crate::cli::Target;

/// Finds the target with this name.
///
/// # Errors
/// In one line, with a similar name, or else with all names.
pub(super) fn find<'a>(targets: &'a [Target], name: &str) -> Result<&'a Target, String> {
    if let Some(target) = targets.iter().find(|target| target.name() == name) {
        return Ok(target);
    }
    Err(match nearest(targets, name) {
        Some(meant) => format!("no target is called {name:?}: did you mean {meant}?"),
        None if targets.is_empty() => {
            format!("no target is called {name:?}: this program has no targets")
        }
        None => format!("no target is called {name:?}: the targets are {}", names(targets)),
    })
}

/// Lists all names in one line.
pub(super) fn names(targets: &[Target]) -> String {
    targets.iter().map(Target::name).collect::<Vec<_>>().join(", ")
}

/// Returns the most similar name, if one is similar enough.
fn nearest(targets: &[Target], name: &str) -> Option<&'static str> {
    let nearest =
        targets.iter().map(|target| (distance(name, target.name()), target.name())).min()?;
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

#[cfg(all(test, feature = "subjects"))]
mod tests {
    use super::*;
    use crate::subjects::drivers::TABLE;

    #[test]
    fn a_misspelled_name_gets_a_suggestion() {
        assert_eq!(find(TABLE, "secondary_map").unwrap().name(), "secondary_map");
        let error = find(TABLE, "secondry-map").unwrap_err();
        assert!(error.ends_with("did you mean secondary_map?"), "{error}");
        let error = find(TABLE, "x").unwrap_err();
        assert!(error.contains("the targets are secondary_map"), "{error}");
        assert!(find(&[], "x").unwrap_err().ends_with("this program has no targets"));
    }

    #[test]
    fn distances() {
        for (one, other, expected) in
            [("", "", 0), ("", "ab", 2), ("kitten", "sitting", 3), ("ab", "ba", 2)]
        {
            assert_eq!(distance(one, other), expected);
            assert_eq!(distance(other, one), expected);
        }
    }
}
