//! [`Hint`]: gives an iterator a true or a false `size_hint`.

/// The `size_hint` of an iterator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hint {
    Honest,
    /// At least `usize::MAX`. It is false and must not lead to a large request.
    Huge,
}

impl Hint {
    pub(super) fn on<I: IntoIterator>(self, items: I) -> impl Iterator<Item = I::Item> {
        Hinted { items: items.into_iter(), hint: self }
    }
}

struct Hinted<I> {
    items: I,
    hint: Hint,
}

impl<I: Iterator> Iterator for Hinted<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        self.items.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match self.hint {
            Hint::Honest => self.items.size_hint(),
            Hint::Huge => (usize::MAX, None),
        }
    }
}
