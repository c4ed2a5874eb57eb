//! How much of the reports a page takes in: [`Limits`].

/// How much of the reports the page takes in, over all sweeps.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Cells of the timelines.
    pub(super) cells: u64,
    /// Sites with their stacks.
    pub(super) sites: usize,
    /// Findings with their details.
    pub(super) findings: usize,
    /// Characters of a text that the code under test has written.
    pub(super) text: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { cells: 1 << 18, sites: 1 << 16, findings: 1 << 13, text: 4096 }
    }
}

impl Limits {
    /// Half as much, down to what always fits.
    pub(super) fn halved(self) -> Option<Self> {
        let Self { cells, sites, findings, text } = self;
        let less = |number: usize| (number / 2).max(64);
        (cells > 256).then(|| Self {
            cells: cells / 2,
            sites: less(sites),
            findings: less(findings),
            text: less(text),
        })
    }

    /// A text of the code under test, cut where it is too long.
    pub(super) fn clip(&self, text: &str) -> String {
        match text.char_indices().nth(self.text) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None => text.to_owned(),
        }
    }
}
