//! Function names as a demangler prints them, split into stable and unstable parts.
//!
//! A site's identity is made of [`stable`] names, and people write site identities into files: a
//! change of `stable` invalidates those files. The parser accepts any name, of every mangling.

/// Shortens the path of each trait to its last segment.
///
/// `<a::T as b::c::Trait>::f` becomes `<a::T as Trait>::f`: readers of a stack do not need to know
/// where a trait is declared.
pub(crate) fn with_short_traits(name: &str) -> String {
    let short = |inside: &str| match split_trait(inside) {
        Some(Implementation::As { of, name }) => {
            format!("<{} as {}>", with_short_traits(of), last_segment(name))
        }
        Some(Implementation::For { of, name }) => {
            format!("<impl {} for {}>", last_segment(name), with_short_traits(of))
        }
        None => format!("<{inside}>"),
    };
    let segments = segments(name).into_iter();
    let segments = segments.map(|segment| match bracketed(segment) {
        Some(inside) => short(inside),
        None => segment.to_owned(),
    });
    segments.collect::<Vec<_>>().join("::")
}

/// Returns the function's path without the parts that edits, compilers and moved code change.
///
/// It drops generic arguments, the numbers of closures, the hashes of crates, all but the last
/// segment of a trait's path, the module that contains an implementation, and this crate's modules.
pub(crate) fn stable(name: &str) -> String {
    let name = name.replace("{{", "{").replace("}}", "}");
    stable_path(&without_arguments(&without_numbers(&name), ""))
}

/// This crate. Its modules may move without changing a site.
const OWN: &str = env!("CARGO_CRATE_NAME");

fn stable_path(path: &str) -> String {
    let mut stable: Vec<String> = Vec::new();
    for segment in segments(path) {
        match bracketed(segment) {
            None => stable.push(segment.to_owned()),
            Some(inside) => {
                // Drop the module that contains the implementation.
                stable.clear();
                stable.push(stable_self(inside));
            }
        }
    }
    without_own_modules(stable).join("::")
}

/// Formats the `Self` part of a path: a type, or a type and the trait that it implements.
fn stable_self(inside: &str) -> String {
    match split_trait(inside) {
        Some(Implementation::As { of, name } | Implementation::For { of, name }) => {
            format!("<{} as {}>", stable_path(of), last_segment(name))
        }
        None => stable_path(inside.strip_prefix("impl ").unwrap_or(inside)),
    }
}

/// Keeps, of a path in this crate, the type or the function and everything after it.
fn without_own_modules(mut path: Vec<String>) -> Vec<String> {
    if path.first().is_some_and(|first| first == OWN) {
        let is_name = |segment: &String| !segment.starts_with('{');
        let is_type = |segment: &String| segment.starts_with(|c: char| c.is_uppercase());
        let kept = path.iter().position(is_type).or_else(|| path.iter().rposition(is_name));
        path.drain(1..kept.unwrap_or(1).max(1));
    }
    path
}

/// A type and the trait that it implements, as the two manglings write them.
pub(crate) enum Implementation<'a> {
    /// `<T as Trait>`.
    As { of: &'a str, name: &'a str },
    /// `<impl Trait for T>`.
    For { of: &'a str, name: &'a str },
}

pub(crate) fn split_trait(inside: &str) -> Option<Implementation<'_>> {
    if let Some((name, of)) = inside.strip_prefix("impl ").and_then(|rest| split_at(rest, " for "))
    {
        return Some(Implementation::For { of, name });
    }
    split_at(inside, " as ").map(|(of, name)| Implementation::As { of, name })
}

/// Splits at the first ` as ` or ` for ` outside brackets.
fn split_at<'a>(text: &'a str, word: &str) -> Option<(&'a str, &'a str)> {
    let mut depth = 0_i32;
    text.char_indices().find_map(|(index, c)| {
        depth += depth_change(text, index, c);
        (depth == 0 && text[index..].starts_with(word))
            .then(|| (&text[..index], &text[index + word.len()..]))
    })
}

/// Returns the text between `<` and `>`, if they enclose the whole segment.
pub(crate) fn bracketed(segment: &str) -> Option<&str> {
    segment.strip_prefix('<')?.strip_suffix('>')
}

pub(crate) fn last_segment(path: &str) -> &str {
    segments(path).pop().unwrap_or_default()
}

/// `Vec<u8>::push::<T>` becomes `Vec…::push…`, where `…` stands for `mark`. A leading
/// `<T as Trait>` holds no generic arguments, so it stays.
pub(crate) fn without_arguments(name: &str, mark: &str) -> String {
    let mut short = String::new();
    let mut depth = 0; // inside arguments
    for (index, c) in name.char_indices() {
        let before = name[..index].chars().next_back();
        match c {
            '<' if depth > 0 => depth += 1,
            '<' if opens_arguments(&name[..index], &name[index..]) => {
                depth = 1;
                if mark.is_empty() {
                    short.truncate(short.trim_end_matches("::").len());
                }
                short.push_str(mark);
            }
            '>' if depth > 0 && before != Some('-') => depth -= 1,
            c if depth == 0 => short.push(c),
            _ => {}
        }
    }
    short
}

/// Whether `<` opens generic arguments: it follows a name, or `::` as in `f::<T>`. The `<` of an
/// implementation follows `::` too, as in `module::<impl Trait for T>`.
fn opens_arguments(before: &str, from: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    before.ends_with(is_word) || before.ends_with("::") && !from.starts_with("<impl ")
}

/// Splits a path at each `::` outside brackets.
pub(crate) fn segments(path: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut depth) = (0, 0_i32);
    for (index, c) in path.char_indices() {
        depth += depth_change(path, index, c);
        if c == ':' && depth == 0 && index >= start && path[index..].starts_with("::") {
            parts.push(&path[start..index]);
            start = index + 2;
        }
    }
    parts.push(path.get(start..).unwrap_or_default());
    parts
}

/// Returns how much deeper in brackets the text is after its character at `index`.
fn depth_change(text: &str, index: usize, c: char) -> i32 {
    match c {
        '<' | '(' | '[' | '{' => 1,
        '>' if text[..index].ends_with('-') => 0,
        '>' | ')' | ']' | '}' => -1,
        _ => 0,
    }
}

/// Removes the numbers of closures and implementations, and the hashes of crates.
pub(crate) fn without_numbers(name: &str) -> String {
    let mut stable = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(start) = rest.find(['{', '[']) {
        let (before, brace) = rest.split_at(start);
        stable.push_str(before);
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let (bracket, word) = brace.split_at(1);
        let (word, tail) = word.split_at(word.find(|c| !is_word(c)).unwrap_or(word.len()));
        let tail = tail.trim_start_matches(|c: char| c == '#' || c.is_ascii_digit());
        let is_hash = bracket == "["
            && word.len() >= 8
            && word.chars().all(|c| c.is_ascii_hexdigit())
            && tail.starts_with(']');
        rest = if is_hash {
            &tail[1..]
        } else {
            stable.push_str(bracket);
            stable.push_str(word);
            tail
        };
    }
    stable + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_manglings_of_a_function_have_one_stable_name() {
        for (name, same) in [
            ("a::b::f", "a::b::f"),
            ("a[9f3c21d09f3c21d0]::b::f", "a::b::f"),
            ("a::f::{{closure}}", "a::f::{closure}"),
            ("a::f::{closure#2}", "a::f::{closure}"),
            ("a::f::<u8, b::C<d::E>>::{closure#0}", "a::f::{closure}"),
            ("a::Vec<T,A>::push", "a::Vec::push"),
            ("<a::Vec<u8>>::push", "a::Vec::push"),
            ("a::m::<impl a::Vec<T>>::push", "a::Vec::push"),
            ("<a::T as b::c::Trait<u8>>::f", "<a::T as Trait>::f"),
            ("a::m::<impl b::c::Trait<u8> for a::T>::f", "<a::T as Trait>::f"),
            ("<a::F<fn(u8) -> b::C> as b::Trait>::f::{closure#0}", "<a::F as Trait>::f::{closure}"),
            ("<[a::T] as b::Trait>::f", "<[a::T] as Trait>::f"),
            ("<<a::T as b::Has>::Item as b::Trait>::f", "<<a::T as Has>::Item as Trait>::f"),
        ] {
            assert_eq!(stable(name), same, "{name}");
        }
        assert_ne!(stable("<a::T as b::Trait>::f"), stable("<a::U as b::Trait>::f"));
    }

    #[test]
    fn modules_of_this_crate_make_no_difference() {
        for (name, same) in [
            ("oom_sweep::collections::grow::reserve", "oom_sweep::reserve"),
            ("oom_sweep::a::b::TryVec<T>::push::{{closure}}", "oom_sweep::TryVec::push::{closure}"),
            ("oom_sweep::a::b::f::{closure#0}", "oom_sweep::f::{closure}"),
            ("oom_sweep::a::<impl oom_sweep::b::Map<K>>::get", "oom_sweep::Map::get"),
            ("<oom_sweep::a::Slab<T> as oom_sweep::b::Try>::f", "<oom_sweep::Slab as Try>::f"),
            (
                "<site::Put as oom_sweep::sweep::scenario::Scenario>::exercise",
                "<site::Put as Scenario>::exercise",
            ),
            ("oom_sweep::f", "oom_sweep::f"),
            ("oom_sweep", "oom_sweep"),
        ] {
            assert_eq!(stable(name), same, "{name}");
        }
    }

    #[test]
    fn readers_see_the_last_segment_of_a_trait() {
        for (name, short) in [
            ("<a::T<b::C> as b::c::Trait<d::E>>::f", "<a::T<b::C> as Trait<d::E>>::f"),
            ("a::<impl b::c::Trait for a::T>::f", "a::<impl Trait for a::T>::f"),
            ("a::f::<b::T>", "a::f::<b::T>"),
        ] {
            assert_eq!(with_short_traits(name), short);
        }
    }

    proptest::proptest! {
        #[test]
        fn any_name_is_read(name in "[a-cA:<>{}\\[\\](é#0) -]{0,40}") {
            stable(&name);
            with_short_traits(&name);
        }
    }
}
