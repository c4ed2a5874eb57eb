//! Finds targets by name: [`find`]. For a misspelled name it suggests a similar one.

use crate::cli::Target;
use crate::cli::shared::similar::nearest;

/// Finds the target with this name.
///
/// # Errors
/// In one line, with a similar name, or else with all names.
pub(super) fn find<'a>(targets: &'a [Target], name: &str) -> Result<&'a Target, String> {
    if let Some(target) = targets.iter().find(|target| target.name() == name) {
        return Ok(target);
    }
    Err(match nearest(name, targets.iter().map(Target::name)) {
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
}
