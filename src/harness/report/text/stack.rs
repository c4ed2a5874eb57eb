//! A call stack in three columns: number, function, `file:line`.

use std::path::Path;

use super::page::{Page, WIDTH, width};
use super::{function, path};
use crate::harness::oracle::Frame;

/// Longer stacks are cut in the middle: the first frames show where it happened, the last ones
/// who called it.
const FIRST: usize = 16;
const LAST: usize = 4;
/// Columns before the functions, and between functions and files.
const INDENT: usize = 8;
const GAP: usize = 4;
/// Columns that a function may take, where files need the rest and where they do not.
const FUNCTION_ROOM: std::ops::RangeInclusive<usize> = 48..=72;

/// Writes one frame a line.
pub(super) fn write(page: &mut Page, frames: &[Frame], directory: Option<&Path>) {
    let places: Vec<_> = frames.iter().map(|frame| describe_place(frame, directory)).collect();
    let shown: Vec<usize> = match frames.len() {
        len if len > FIRST + LAST => (0..FIRST).chain(len - LAST..len).collect(),
        len => (0..len).collect(),
    };
    let widest = shown.iter().map(|&index| width(&places[index])).max().unwrap_or(0);
    let room = (WIDTH - INDENT - GAP)
        .saturating_sub(widest)
        .clamp(*FUNCTION_ROOM.start(), *FUNCTION_ROOM.end());
    let names: Vec<_> =
        shown.iter().map(|&index| function::shortened(&frames[index].function, room)).collect();
    let column = names.iter().map(|name| width(name)).max().unwrap_or(0) + GAP;
    let mut next = 0;
    for (index, name) in shown.into_iter().zip(names) {
        if index > next {
            page.line(&format!("{:INDENT$}… {} more", "", index - next));
        }
        page.line(&format!("{index:>0$} {name:<column$}{1}", INDENT - 1, places[index]));
        next = index + 1;
    }
}

fn describe_place(frame: &Frame, directory: Option<&Path>) -> String {
    match (&frame.file, frame.line) {
        (Some(file), Some(line)) => format!("{}:{line}", path::shortened(file, directory)),
        (Some(file), None) => path::shortened(file, directory),
        (None, _) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(frames: &[Frame]) -> Vec<String> {
        let mut page = Page::default();
        write(&mut page, frames, None);
        page.finish().lines().map(str::to_owned).collect()
    }

    fn frame(function: &str, file: Option<&str>, line: Option<u32>) -> Frame {
        Frame { function: function.to_owned(), file: file.map(str::to_owned), line }
    }

    #[test]
    fn columns_are_aligned_and_may_be_empty() {
        let frames = [
            frame("a::long::name", Some("a.rs"), Some(1)),
            frame("é", Some("b.rs"), None),
            frame("no_file", None, None),
        ];
        assert_eq!(
            lines(&frames),
            ["      0 a::long::name    a.rs:1", "      1 é                b.rs", "      2 no_file",]
        );
    }

    #[test]
    fn a_long_stack_is_cut_in_the_middle() {
        let frames: Vec<_> =
            (0..96).map(|n| frame(&format!("f{n}"), Some("f.rs"), Some(n))).collect();
        let lines = lines(&frames);
        assert_eq!(lines.len(), FIRST + LAST + 1);
        assert_eq!(lines[15], "     15 f15    f.rs:15");
        assert_eq!(lines[16], "        … 76 more");
        assert_eq!(lines[17], "     92 f92    f.rs:92");
        assert_eq!(super::tests::lines(&frames[..20]).len(), 20);
    }

    #[test]
    fn functions_leave_room_for_files() {
        let long = format!("krate::{}::run", "module".repeat(20));
        let lines = lines(&[frame(&long, Some("src/a/quite/deep/module.rs"), Some(1234))]);
        assert!(width(&lines[0]) <= WIDTH, "{lines:?}");
    }
}
