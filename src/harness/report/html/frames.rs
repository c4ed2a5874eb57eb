//! The frames of all stacks of the page, each stored once: [`Frames`].

use std::collections::HashMap;
use std::path::PathBuf;

use serde::Serialize;

use crate::harness::oracle::Frame;
use crate::harness::report::text::shortened_path;

/// Frames by index.
#[derive(Serialize)]
pub(super) struct Frames {
    functions: Vec<String>,
    files: Vec<String>,
    /// Index of the function, index of the file, line; the last two may be missing.
    frames: Vec<(usize, Option<usize>, Option<u32>)>,
    #[serde(skip)]
    known: HashMap<Frame, usize>,
    #[serde(skip)]
    texts: HashMap<String, usize>,
    /// The greatest number of characters of a name.
    #[serde(skip)]
    longest: usize,
    /// The directory that paths are shown relative to.
    #[serde(skip)]
    directory: Option<PathBuf>,
}

/// The greatest number of frames that are kept of a stack; the outermost are dropped.
const DEEPEST: usize = 128;

impl Frames {
    pub(super) fn new(longest: usize) -> Self {
        Self {
            functions: Vec::new(),
            files: Vec::new(),
            frames: Vec::new(),
            known: HashMap::new(),
            texts: HashMap::new(),
            longest,
            directory: std::env::current_dir().ok(),
        }
    }

    /// Returns the indices of a stack's frames.
    pub(super) fn stack<'a>(&mut self, stack: impl IntoIterator<Item = &'a Frame>) -> Vec<usize> {
        stack.into_iter().take(DEEPEST).map(|frame| self.number(frame)).collect()
    }

    fn number(&mut self, frame: &Frame) -> usize {
        if let Some(&number) = self.known.get(frame) {
            return number;
        }
        let function: String = frame.function.chars().take(self.longest).collect();
        let function = intern(&mut self.texts, &mut self.functions, format!("f{function}"));
        let file = frame.file.as_ref().map(|file| {
            let file = shortened_path(file, self.directory.as_deref());
            intern(&mut self.texts, &mut self.files, format!("p{file}"))
        });
        self.frames.push((function, file, frame.line));
        self.known.insert(frame.clone(), self.frames.len() - 1);
        self.frames.len() - 1
    }
}

/// Returns the index of a text in its list. `known` has a prefix for each list, which the list does
/// not contain.
fn intern(known: &mut HashMap<String, usize>, list: &mut Vec<String>, text: String) -> usize {
    *known.entry(text).or_insert_with_key(|text| {
        list.push(text[1..].to_owned());
        list.len() - 1
    })
}
