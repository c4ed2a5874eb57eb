//! Function paths that fit a column: what is left out is generic arguments first, then modules.
//!
//! It reads names loosely, whatever the mangling they come from: a name that it does not
//! understand is cut, never refused.

use super::page::width;

/// The name in at most `limit` columns.
pub(super) fn shortened(name: &str, limit: usize) -> String {
    // Older compilers write `{{closure}}` for what newer ones write `{closure#0}`.
    let name = name.replace("{{", "{").replace("}}", "}");
    let steps: [fn(&str) -> String; 3] = [str::to_owned, without_arguments, |name| {
        without_modules_of_self(&without_arguments(name))
    }];
    let mut shortest = String::new();
    for step in steps {
        shortest = step(&name);
        if width(&shortest) <= limit {
            return shortest;
        }
    }
    tail(&shortest, limit)
}

/// `Vec<u8>::push::<T>` becomes `Vec<…>::push::<…>`; what stands in a leading `<T as Trait>`
/// is not arguments, and stays.
fn without_arguments(name: &str) -> String {
    let mut short = String::new();
    let mut depth = 0; // inside arguments
    for (index, c) in name.char_indices() {
        let before = name[..index].chars().next_back();
        match c {
            '<' if depth > 0 => depth += 1,
            '<' if before.is_some_and(|b| b.is_alphanumeric() || b == '_' || b == ':') => {
                depth = 1;
                short.push_str("<…");
            }
            '>' if depth > 0 && before != Some('-') => {
                depth -= 1;
                if depth == 0 {
                    short.push('>');
                }
            }
            c if depth == 0 => short.push(c),
            _ => {}
        }
    }
    short
}

/// `<a::b::T as c::d::Trait>::f` becomes `<T as Trait>::f`.
fn without_modules_of_self(name: &str) -> String {
    let Some(inside) = name.strip_prefix('<') else { return name.to_owned() };
    let mut depth = 1;
    let end = inside.char_indices().find(|&(index, c)| {
        match c {
            '<' => depth += 1,
            '>' if !inside[..index].ends_with('-') => depth -= 1,
            _ => {}
        }
        depth == 0
    });
    let Some((end, _)) = end else { return name.to_owned() };
    let types: Vec<_> = inside[..end]
        .split(" as ")
        .map(|path| segments(path).pop().map_or("", |last| last))
        .collect();
    format!("<{}>{}", types.join(" as "), &inside[end + 1..])
}

/// As many last segments of a path as fit, or the end of the last one.
fn tail(name: &str, limit: usize) -> String {
    let mut kept = String::new();
    for segment in segments(name).into_iter().rev() {
        let longer = format!("::{segment}{kept}");
        if width(&longer) + 1 > limit {
            break;
        }
        kept = longer;
    }
    if kept.is_empty() {
        let skipped = (width(name) + 1).saturating_sub(limit);
        kept = name.chars().skip(skipped).collect();
    }
    format!("…{kept}")
}

/// The parts of a path between the `::` that are in no brackets.
fn segments(path: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut depth) = (0, 0_i32);
    for (index, c) in path.char_indices() {
        match c {
            '<' | '(' | '[' | '{' => depth += 1,
            '>' if path[..index].ends_with('-') => {}
            '>' | ')' | ']' | '}' => depth -= 1,
            ':' if depth == 0 && index >= start && path[index..].starts_with("::") => {
                parts.push(&path[start..index]);
                start = index + 2;
            }
            _ => {}
        }
    }
    parts.push(path.get(start..).unwrap_or_default());
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn arguments_go_first_then_modules() {
        let name =
            "<alloc::vec::Vec<T,A> as core::iter::Extend<T>>::extend::<fn(u8) -> u8>::{{closure}}";
        for (limit, short) in [
            (99, &*name.replace("{{closure}}", "{closure}")),
            (80, "<alloc::vec::Vec<…> as core::iter::Extend<…>>::extend::<…>::{closure}"),
            (60, "<Vec<…> as Extend<…>>::extend::<…>::{closure}"),
            (30, "…::extend::<…>::{closure}"),
            (20, "…::<…>::{closure}"),
            (8, "…losure}"),
        ] {
            assert_eq!(shortened(name, limit), short, "{limit}");
        }
    }

    #[test]
    fn plain_paths() {
        for (name, limit, short) in [
            ("store::StoreOpaque::push_memory", 31, "store::StoreOpaque::push_memory"),
            ("store::StoreOpaque::push_memory", 30, "…::StoreOpaque::push_memory"),
            ("a::b<c::d, e>::f", 12, "a::b<…>::f"),
            ("<&mut a::T>::f", 10, "<T>::f"),
            ("main", 3, "…in"),
            ("", 3, ""),
        ] {
            assert_eq!(shortened(name, limit), short);
        }
    }

    proptest! {
        #[test]
        fn any_name_fits(name in "[a-c:<>{}(é) -]{0,40}", limit in 1..30_usize) {
            prop_assert!(width(&shortened(&name, limit)) <= limit);
        }
    }
}
