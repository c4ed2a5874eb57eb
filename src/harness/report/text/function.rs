//! Function paths that fit a column: it leaves out generic arguments first, then modules.
//!
//! The parser accepts any name, of every mangling. It cuts a name that it does not understand.

use super::page::width;
use crate::harness::oracle::function::{
    bracketed, last_segment, segments, with_short_traits, without_arguments,
};

/// Returns the name in at most `limit` columns.
pub(super) fn shortened(name: &str, limit: usize) -> String {
    // Older compilers write `{{closure}}` for what newer ones write `{closure#0}`.
    let name = with_short_traits(&name.replace("{{", "{").replace("}}", "}"));
    let marked = |name: &str| without_arguments(name, "<…>");
    let steps: [&dyn Fn(&str) -> String; 3] =
        [&|name| name.to_owned(), &marked, &|name| without_modules_of_self(&marked(name))];
    let mut shortest = String::new();
    for step in steps {
        shortest = step(&name);
        if width(&shortest) <= limit {
            return shortest;
        }
    }
    tail(&shortest, limit)
}

/// Turns `<a::b::T as Trait>::f` into `<T as Trait>::f`.
fn without_modules_of_self(name: &str) -> String {
    let mut parts = segments(name);
    let Some(inside) = bracketed(parts[0]) else { return name.to_owned() };
    let types: Vec<_> = inside.split(" as ").map(last_segment).collect();
    let types = format!("<{}>", types.join(" as "));
    parts[0] = &types;
    parts.join("::")
}

/// Returns as many last segments of a path as fit, or the end of the last one.
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn arguments_go_first_then_modules() {
        let name =
            "<alloc::vec::Vec<T,A> as core::iter::Extend<T>>::extend::<fn(u8) -> u8>::{{closure}}";
        for (limit, short) in [
            (99, "<alloc::vec::Vec<T,A> as Extend<T>>::extend::<fn(u8) -> u8>::{closure}"),
            (65, "<alloc::vec::Vec<…> as Extend<…>>::extend::<…>::{closure}"),
            (50, "<Vec<…> as Extend<…>>::extend::<…>::{closure}"),
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
