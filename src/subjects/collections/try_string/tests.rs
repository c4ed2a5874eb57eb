//! Tests of [`TryString`] with items or formatted values that fail, and of its comparison with
//! std's texts.
//!
//! The tests in `tests/` cover success and failed requests.

use super::*;
use crate::collections::{TryCollect, TryExtend};
use std::collections::HashSet;
use std::fmt::{self, Display, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

fn text(text: &str) -> TryString {
    text.try_to_owned().unwrap()
}

#[test]
fn items_that_panic_are_taken_back() {
    let mut string = text("ab");
    let items = "xyz".chars().inspect(|&c| assert_ne!(c, 'z'));
    assert!(catch_unwind(AssertUnwindSafe(|| string.try_extend(items))).is_err());
    assert_eq!(string, "ab");
    string.try_extend(["c", "", "dé"]).unwrap();
    string.try_extend(&['!']).unwrap();
    string.try_extend([text("?"), TryString::new()]).unwrap();
    assert_eq!(string, "abcdé!?");
    assert_eq!(string.chars().rev().collect_fallible::<TryString>().unwrap(), "?!édcba");
}

#[test]
fn formatting_appends_all_or_nothing() {
    struct Panics;
    impl Display for Panics {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("begun")?;
            panic!("half way");
        }
    }
    struct Fails;
    impl Display for Fails {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            Err(fmt::Error)
        }
    }
    let mut string = text("a");
    for bad in [&Panics as &dyn Display, &Fails] {
        let outcome = catch_unwind(AssertUnwindSafe(|| string.push_fmt(format_args!("b{bad}"))));
        assert!(outcome.is_err());
        assert_eq!(string, "a");
    }
    string.push_fmt(format_args!("{:>3}", 7)).unwrap();
    write!(string, "{:?}!", Some(1)).unwrap();
    string.write_char('é').unwrap();
    assert_eq!(string, "a  7Some(1)!é");
    assert_eq!(crate::try_format!("{string}{0}", 1).unwrap(), "a  7Some(1)!é1");
}

#[test]
fn places_inside_characters_panic_before_any_request() {
    let mut string = TryString::from(String::from("é"));
    let room = string.capacity();
    assert!(catch_unwind(AssertUnwindSafe(|| string.insert(1, 'x'))).is_err());
    assert!(catch_unwind(AssertUnwindSafe(|| string.insert_str(3, "x"))).is_err());
    assert!(catch_unwind(AssertUnwindSafe(|| string.split_off(1))).is_err());
    assert_eq!((&*string, string.capacity()), ("é", room));
}

#[test]
fn impossible_sizes_are_errors() {
    let most = isize::MAX.cast_unsigned();
    let mut string = text("a");
    assert_eq!(string.reserve(usize::MAX).unwrap_err().requested(), most);
    assert_eq!(string.reserve_exact(usize::MAX).unwrap_err().requested(), most);
    assert_eq!(TryString::with_capacity(usize::MAX).unwrap_err().requested(), most);
}

#[test]
fn strings_compare_like_str() {
    let string = text("b");
    let std = String::from("b");
    assert_eq!(string, "b");
    assert_eq!(*"b", string);
    assert_eq!(string, std);
    assert_eq!(std, string);
    assert!(string < text("c"));
    assert_eq!((string.to_string(), format!("{string:?}")), ("b".into(), "\"b\"".into()));
    assert_eq!((&string[1..], AsRef::<[u8]>::as_ref(&string)), ("", &b"b"[..]));
    assert!(HashSet::from([string]).contains("b"));
}

#[test]
fn conversions_keep_the_memory() {
    let mut string = TryString::with_capacity(50).unwrap();
    string.push_str("tell").unwrap();
    let place = string.as_ptr();
    let string = TryString::from_utf8(TryString::from(String::from(string)).into_bytes()).unwrap();
    assert_eq!((string.as_ptr(), string.capacity()), (place, 50));
    let boxed = string.into_boxed_str().unwrap();
    assert_eq!((TryString::from(boxed).capacity(), TryString::default().capacity()), (4, 0));
    assert_eq!(TryString::from(Box::<str>::from("box")), "box");
    assert_eq!(
        (TryString::try_from("a"), "b".parse::<TryString>()),
        (Ok(text("a")), Ok(text("b")))
    );
    let error = TryString::from_utf8(TryVec::from(vec![b'a', 255])).unwrap_err();
    assert_eq!(error.into_bytes(), [b'a', 255]);
}
