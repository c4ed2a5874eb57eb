//! Items under a `size_hint` that may lie: [`Hint`].

/// The `size_hint` of some items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hint {
    Honest,
    /// At least `usize::MAX`: a lie that must cost nothing.
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
