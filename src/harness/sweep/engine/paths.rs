//! Parts of function paths, as users write them and reports print them: [`PathPattern`].
//!
//! A pattern matches whole segments of a path. Generic arguments do not count.

use crate::harness::oracle::function::{
    Implementation, bracketed, segments, split_trait, without_arguments, without_numbers,
};

/// A part of a function's path: `Cache::fill`, `cache`, `<Cache as Store>::fill`.
pub(crate) struct PathPattern {
    path: FunctionPath,
}

impl PathPattern {
    pub(crate) fn new(text: &str) -> Self {
        Self { path: FunctionPath::parse(text.trim_start_matches('…')) }
    }

    pub(crate) fn matches(&self, function: &str) -> bool {
        self.path.is_part_of(&FunctionPath::parse(function))
    }

    /// How different the most similar part of a function's path is, in edits.
    pub(crate) fn distance(&self, function: &str) -> usize {
        let wanted = self.path.words().join("::");
        let words = FunctionPath::parse(function).words();
        let len = self.path.words().len().clamp(1, words.len().max(1));
        let runs = words.windows(len).map(|run| edits(&wanted, &run.join("::")));
        runs.min().unwrap_or(usize::MAX)
    }
}

/// A function's path, without generic arguments. A function of an implementation has a type.
#[derive(Default)]
struct FunctionPath {
    /// The module of the implementation, or nothing.
    module: Vec<String>,
    of: Vec<String>,
    by_trait: Vec<String>,
    /// What follows the type, or the whole path.
    rest: Vec<String>,
}

impl FunctionPath {
    fn parse(name: &str) -> Self {
        let name = name.replace("{{", "{").replace("}}", "}");
        let name = without_arguments(&without_numbers(&name), "");
        let mut path = Self::default();
        for segment in segments(&name).into_iter().filter(|segment| !segment.is_empty()) {
            let Some(inside) = bracketed(segment) else {
                path.rest.push(segment.to_owned());
                continue;
            };
            path.module = std::mem::take(&mut path.rest);
            (path.of, path.by_trait) = match split_trait(inside) {
                Some(
                    Implementation::As { of, name: by_trait }
                    | Implementation::For { of, name: by_trait },
                ) => (words_of_type(of), words_of_type(by_trait)),
                None => (words_of_type(inside), Vec::new()),
            };
        }
        path
    }

    /// All segments of the type, or of the module, and of what follows.
    fn words(&self) -> Vec<String> {
        self.of.iter().chain(&self.rest).cloned().collect()
    }

    fn is_part_of(&self, whole: &Self) -> bool {
        let joined = |start: &[String]| [start, &whole.rest].concat();
        if !self.by_trait.is_empty() {
            return whole.of.ends_with(&self.of)
                && whole.by_trait.ends_with(&self.by_trait)
                && whole.rest.starts_with(&self.rest);
        }
        let words = self.words();
        let is_run_in = |path: &[String]| path.windows(words.len()).any(|run| run == words);
        !words.is_empty()
            && (is_run_in(&joined(&whole.of))
                || is_run_in(&joined(&whole.by_trait))
                || is_run_in(&whole.module))
    }
}

/// The segments of a type's path. Of `&mut [a::T]`, those of `a::T`.
fn words_of_type(text: &str) -> Vec<String> {
    let mut text = text.trim();
    loop {
        let bare = ["impl ", "dyn ", "mut ", "const ", "&", "*", "["]
            .into_iter()
            .find_map(|prefix| text.strip_prefix(prefix));
        match bare {
            Some(bare) => text = bare.trim_start(),
            None => break,
        }
    }
    FunctionPath::parse(text.trim_end_matches(']')).words()
}

/// The Levenshtein distance of two texts.
fn edits(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, a) in one.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], index + 1);
        for (column, b) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(a != *b);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILL: &str = "krate::deep::Cache<alloc::vec::Vec<T>>::fill::<u8>::{closure#2}";
    const BY_TRAIT: &str = "<krate::deep::Cache<T> as krate::stores::Store<u8>>::fill";
    const OTHER_MANGLING: &str =
        "krate::deep::<impl krate::stores::Store<u8> for krate::deep::Cache<T>>::fill";

    #[test]
    fn any_run_of_whole_segments_matches() {
        for pattern in [
            "krate",
            "krate::",
            "krate::deep::",
            "deep",
            "Cache",
            "Cache::",
            "fill",
            "Cache::fill",
            "deep::Cache::fill",
            "krate::deep::Cache::fill",
            "::deep::Cache",
        ] {
            for function in [FILL, BY_TRAIT, OTHER_MANGLING] {
                assert!(PathPattern::new(pattern).matches(function), "{pattern} {function}");
            }
        }
        assert!(PathPattern::new("fill::{closure}").matches(FILL));
    }

    #[test]
    fn a_path_matches_as_reports_print_it() {
        for pattern in [
            "<Cache as Store>::fill",
            "<Cache<…> as Store<…>>::fill",
            "<krate::deep::Cache<T> as Store<u8>>::fill",
            "<krate::deep::Cache as krate::stores::Store>::fill",
            "<deep::Cache as Store>",
            "Store::fill",
            "stores::Store",
        ] {
            for function in [BY_TRAIT, OTHER_MANGLING] {
                assert!(PathPattern::new(pattern).matches(function), "{pattern} {function}");
            }
        }
        for pattern in [FILL, "…::Cache<…>::fill", "krate::deep::Cache<…>::fill::<…>::{closure}"]
        {
            assert!(PathPattern::new(pattern).matches(FILL), "{pattern}");
        }
        assert!(PathPattern::new("T::f").matches("<&mut [a::T] as b::Trait>::f"));
        assert!(PathPattern::new("<[a::T] as Trait>::f").matches("<[a::T] as b::Trait>::f"));
    }

    #[test]
    fn a_part_of_a_word_another_order_or_an_argument_does_not_match() {
        for pattern in [
            "",
            "::",
            "Cach",
            "ache::fill",
            "krat",
            "Cache::deep",
            "krate::Cache",
            "Vec",
            "alloc::vec",
            "u8",
            "<Cache as Other>::fill",
            "<Other as Store>::fill",
            "<Cache as Store>::empty",
            "fill::Cache",
        ] {
            for function in [FILL, BY_TRAIT, OTHER_MANGLING] {
                assert!(!PathPattern::new(pattern).matches(function), "{pattern} {function}");
            }
        }
    }

    #[test]
    fn the_nearest_path_needs_the_fewest_edits() {
        let nearest = |pattern: &str, functions: [&'static str; 3]| {
            let pattern = PathPattern::new(pattern);
            functions.into_iter().min_by_key(|function| pattern.distance(function)).unwrap()
        };
        let functions = ["a::Cache::fill", "a::cache::empty", "b::main"];
        assert_eq!(nearest("Cach::fil", functions), "a::Cache::fill");
        assert_eq!(nearest("cache::emtpy", functions), "a::cache::empty");
        assert_eq!(nearest("a::b::c::d::main", functions), "b::main");
        assert_eq!((edits("", "abc"), edits("abc", "abc"), edits("kitten", "sitting")), (3, 0, 3));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(pattern in "[a-cA:<>{}\\[\\](é#&… -]{0,30}", name in "[a-cA:<>as ]{0,30}") {
            let pattern = PathPattern::new(&pattern);
            pattern.matches(&name);
            pattern.distance(&name);
        }
    }
}
