//! A page for each kind of finding: what it means, an example, and the usual repair.
//!
//! The documentation's tests sweep every example and every repair: the example shows its kind and
//! no other, and the repair is clean. `oom-sweep explain KIND` prints a page, and [`page`] returns
//! it. [`FindingKind::ALL`] has the kinds in order of severity.

use crate::harness::oracle::FindingKind;

/// For each kind: the module that holds its page, its name with hyphens, and the page's file.
macro_rules! pages {
    ($($kind:ident, $module:ident, $name:literal, $file:literal;)*) => {
        $(
            #[doc = include_str!($file)]
            pub mod $module {}
        )*

        /// The kind's name as it is in text: `PartialUpdate` is `partial-update`.
        #[must_use]
        pub const fn name(kind: FindingKind) -> &'static str {
            match kind {
                $(FindingKind::$kind => $name,)*
            }
        }

        /// The page as it is in the file.
        const fn source(kind: FindingKind) -> &'static str {
            match kind {
                $(FindingKind::$kind => include_str!($file),)*
            }
        }
    };
}

pages! {
    NotInstalled, not_installed, "not-installed", "not-installed.md";
    Crashed, crashed, "crashed", "crashed.md";
    CorruptedBlock, corrupted_block, "corrupted-block", "corrupted-block.md";
    InvalidFree, invalid_free, "invalid-free", "invalid-free.md";
    Aborted, aborted, "aborted", "aborted.md";
    Panicked, panicked, "panicked", "panicked.md";
    Hung, hung, "hung", "hung.md";
    Nondeterministic, nondeterministic, "nondeterministic", "nondeterministic.md";
    Inconsistent, inconsistent, "inconsistent", "inconsistent.md";
    PartialUpdate, partial_update, "partial-update", "partial-update.md";
    SwallowedOom, swallowed_oom, "swallowed-oom", "swallowed-oom.md";
    Diverged, diverged, "diverged", "diverged.md";
    NotRecovered, not_recovered, "not-recovered", "not-recovered.md";
    WrongError, wrong_error, "wrong-error", "wrong-error.md";
    SpuriousError, spurious_error, "spurious-error", "spurious-error.md";
    AllocatedAfterFault, allocated_after_fault, "allocated-after-fault",
        "allocated-after-fault.md";
    Leaked, leaked, "leaked", "leaked.md";
    WrongSize, wrong_size, "wrong-size", "wrong-size.md";
    FellBack, fell_back, "fell-back", "fell-back.md";
}

/// What the kind means, in a sentence.
///
/// ```
/// use oom_sweep::{FindingKind, guide::kinds};
///
/// let summary = kinds::summary(FindingKind::PartialUpdate);
/// assert_eq!(summary, "The operation failed, but the view changed.");
/// ```
#[must_use]
pub fn summary(kind: FindingKind) -> String {
    let first = source(kind).lines().take_while(|line| !line.is_empty());
    first.collect::<Vec<_>>().join(" ")
}

/// The kind's page in Markdown, under its name, as `oom-sweep explain` prints it.
///
/// Leaves out the lines of examples that rustdoc hides.
///
/// ```
/// use oom_sweep::{FindingKind, guide::kinds};
///
/// let page = kinds::page(FindingKind::PartialUpdate);
/// assert!(page.starts_with("# PartialUpdate\n\nThe operation failed, but the view changed."));
/// assert!(page.contains("## The usual repair"));
/// ```
#[must_use]
pub fn page(kind: FindingKind) -> String {
    let mut page = format!("# {kind}\n\n");
    let mut place = Place::Prose;
    let mut is_after_empty = false;
    for line in source(kind).lines() {
        let shown = match place.pass(line) {
            Place::Code if line == "#" || line.starts_with("# ") => continue,
            Place::Code | Place::Fence => line.to_owned(),
            // One level below the page's own.
            Place::Prose if line.starts_with('#') => format!("#{line}"),
            Place::Prose => line.to_owned(),
        };
        // Hidden lines have empty lines on both sides; keep one.
        if !(shown.is_empty() && is_after_empty) {
            page.push_str(&shown);
            page.push('\n');
        }
        is_after_empty = shown.is_empty();
    }
    page
}

/// Which part of a page a line belongs to.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Prose,
    /// A line that opens or closes an example.
    Fence,
    Code,
}

impl Place {
    /// The part that `line` belongs to; `self` is the part that the line before it left.
    fn pass(&mut self, line: &str) -> Self {
        let before = *self;
        if !line.starts_with("```") {
            return before;
        }
        *self = if before == Self::Prose { Self::Code } else { Self::Prose };
        Self::Fence
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The doctests check that the examples show their kinds.
    #[test]
    fn each_page_has_its_parts_and_shows_its_kind() {
        for kind in FindingKind::ALL {
            let page = source(kind);
            let (means, rest) = page.split_once("\n# An example\n").expect("an example");
            let (example, repair) = rest.split_once("\n# The usual repair\n").expect("a repair");
            assert!(summary(kind).ends_with('.') && means.contains("\n\n"), "{kind}");
            let seen = format!("assert_eq!(report.findings()[0].kind(), FindingKind::{kind});");
            assert!(example.contains(&seen) && repair.contains("assert_clean()"), "{kind}");
            let is_exact = format!("found.kind() == FindingKind::{kind}");
            assert!(example.contains(&is_exact) || kind == FindingKind::NotInstalled, "{kind}");
            assert!(example.matches("```rust\n").count() == 1, "{kind}");
        }
    }

    #[test]
    fn names_are_the_kinds_own() {
        for kind in FindingKind::ALL {
            assert_eq!(name(kind).replace('-', ""), kind.to_string().to_lowercase());
        }
    }

    #[test]
    fn what_is_shown_hides_what_the_documentation_hides() {
        for kind in FindingKind::ALL {
            let page = page(kind);
            assert!(!page.contains("fn main") && !page.contains("\n\n\n"), "{page}");
            assert!(!page.contains("\n# ") && page.ends_with("```\n"), "{page}");
            let examples = page.matches("```rust\n").count();
            assert_eq!(page.matches("```\n").count(), examples, "{page}");
            assert!(page.lines().all(|line| line.len() <= 100), "{page}");
        }
    }
}
