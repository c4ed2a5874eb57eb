//! Extends and collects a [`TryString`] from an iterator of characters or texts.
//!
//! Also covers `String`, so that `collect_fallible` makes std's type as well. `size_hint` is not
//! called, because it does not give the number of bytes.

use super::{TryString, push, push_str};
use crate::collections::{OutOfMemory, TryExtend, TryFromIterator, Undo};

/// Appends the items with `push`, all or none.
fn extend<A>(
    text: &mut String,
    items: impl IntoIterator<Item = A>,
    push: impl Fn(&mut String, A) -> Result<(), OutOfMemory>,
) -> Result<(), OutOfMemory> {
    let len = text.len();
    let mut text = Undo::new(text, |text| text.truncate(len));
    items.into_iter().try_for_each(|item| push(&mut text, item))?;
    text.commit();
    Ok(())
}

macro_rules! strings_of {
    ($([$($a:lifetime)?] $item:ty = $push:expr;)*) => {$(
        /// Amortised O(item) per item; makes a request each time the capacity is used up.
        impl$(<$a>)? TryExtend<$item> for String {
            fn try_extend<I>(&mut self, items: I) -> Result<(), OutOfMemory>
            where
                I: IntoIterator<Item = $item>,
            {
                extend(self, items, $push)
            }
        }

        /// Amortised O(item) per item; makes a request each time the capacity is used up.
        impl$(<$a>)? TryExtend<$item> for TryString {
            fn try_extend<I>(&mut self, items: I) -> Result<(), OutOfMemory>
            where
                I: IntoIterator<Item = $item>,
            {
                self.text.try_extend(items)
            }
        }

        impl$(<$a>)? TryFromIterator<$item> for String {
            fn try_from_iter<I>(items: I) -> Result<Self, OutOfMemory>
            where
                I: IntoIterator<Item = $item>,
            {
                let mut text = Self::new();
                text.try_extend(items)?;
                Ok(text)
            }
        }

        impl$(<$a>)? TryFromIterator<$item> for TryString {
            fn try_from_iter<I>(items: I) -> Result<Self, OutOfMemory>
            where
                I: IntoIterator<Item = $item>,
            {
                String::try_from_iter(items).map(Self::from)
            }
        }
    )*};
}

strings_of! {
    [] char = push;
    ['a] &'a char = |text, &item| push(text, item);
    ['a] &'a str = push_str;
    [] String = |text, item| push_str(text, &item);
    [] TryString = |text, item| push_str(text, &item);
}
