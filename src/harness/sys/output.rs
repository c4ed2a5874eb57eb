//! What a child writes to its standard error: [`Output`] keeps the start and the end.

/// How many bytes are kept of the start, and of the end.
const KEPT: usize = 64 << 10;

#[derive(Default)]
pub(crate) struct Output {
    head: Vec<u8>,
    tail: Vec<u8>,
    /// The number of bytes between them.
    left_out: usize,
}

impl Output {
    pub(super) fn add(&mut self, bytes: &[u8]) {
        let room = KEPT.saturating_sub(self.head.len()).min(bytes.len());
        let (head, tail) = bytes.split_at(room);
        self.head.extend_from_slice(head);
        self.tail.extend_from_slice(tail);
        // Not at every call: moving the end costs as much as it is long.
        if self.tail.len() > 2 * KEPT {
            self.cut();
        }
    }

    fn cut(&mut self) {
        let excess = self.tail.len().saturating_sub(KEPT);
        self.tail.drain(..excess);
        self.left_out += excess;
    }

    /// The start and the end, with a line between them that says how much is left out.
    pub(crate) fn into_text(mut self) -> String {
        self.cut();
        if self.left_out > 0 {
            let gap = format!("\n[{} bytes left out]\n", self.left_out);
            self.head.extend_from_slice(gap.as_bytes());
        }
        self.head.append(&mut self.tail);
        String::from_utf8_lossy(&self.head).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_is_kept_as_it_is() {
        let mut output = Output::default();
        for piece in [&b"first\n"[..], b"", b"second\n"] {
            output.add(piece);
        }
        assert_eq!(output.into_text(), "first\nsecond\n");
    }

    #[test]
    fn of_more_the_start_and_the_end_are_kept() {
        let mut output = Output::default();
        let lines: String = (0..100_000).map(|number| format!("{number}\n")).collect();
        lines.as_bytes().chunks(1000).for_each(|piece| output.add(piece));
        let text = output.into_text();
        assert!(text.starts_with("0\n1\n") && text.ends_with("\n99998\n99999\n"));
        let left_out = lines.len() - 2 * KEPT;
        assert!(text.contains(&format!("\n[{left_out} bytes left out]\n")));
        assert!(text.len() < 2 * KEPT + 100);
    }
}
