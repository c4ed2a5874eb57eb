//! A cache of texts by name that survives allocation failure.
//!
//! A [`Larder`] keeps texts up to a number of bytes. To make room it removes the text that was not
//! used for longest. Every operation that needs memory returns an [`Error`] if there is none, and
//! then has changed nothing. The operations are in `operations.rs`. With the feature `broken` they
//! are in `broken.rs`, with mistakes.

mod error;
#[cfg_attr(feature = "broken", path = "broken.rs")]
mod operations;

use std::collections::TryReserveError;

pub use error::Error;

/// Texts by name, up to a number of bytes.
#[derive(Debug)]
pub struct Larder {
    limit: usize,
    /// Sorted by name.
    jars: Vec<Jar>,
    /// Counts every use.
    clock: u64,
    abandoned: u64,
}

/// A text with its name.
#[derive(Debug)]
struct Jar {
    name: String,
    text: String,
    /// The value of the clock at its last use.
    used: u64,
}

/// Texts to put into a larder all at once: [`Larder::draft`].
///
/// A draft that is dropped before it is committed counts as [abandoned](Larder::abandoned).
#[derive(Debug)]
pub struct Draft<'a> {
    larder: &'a mut Larder,
    jars: Vec<Jar>,
}

impl Larder {
    /// Makes an empty larder for texts of `limit` bytes in all. It allocates nothing.
    pub fn new(limit: usize) -> Self {
        Self { limit, jars: Vec::new(), clock: 0, abandoned: 0 }
    }

    /// Returns the text under this name, and marks it as used.
    pub fn get(&mut self, name: &str) -> Option<&str> {
        let index = self.find(name).ok()?;
        self.clock += 1;
        self.jars[index].used = self.clock;
        Some(&self.jars[index].text)
    }

    /// Removes the text under this name, and returns whether there was one.
    pub fn remove(&mut self, name: &str) -> bool {
        self.find(name).map(|index| self.jars.remove(index)).is_ok()
    }

    /// Returns names and texts, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.jars.iter().map(|jar| (&*jar.name, &*jar.text))
    }

    /// Returns the number of bytes of all texts, which is never greater than the limit.
    pub fn held(&self) -> usize {
        self.jars.iter().map(|jar| jar.text.len()).sum()
    }

    /// Returns how many drafts were dropped before they were committed.
    pub fn abandoned(&self) -> u64 {
        self.abandoned
    }

    /// Starts a draft of texts to put in all at once.
    pub fn draft(&mut self) -> Draft<'_> {
        Draft { larder: self, jars: Vec::new() }
    }

    /// Puts in what [`export`](Self::export) wrote: all of it or nothing.
    ///
    /// # Errors
    /// If memory runs out, if the texts are larger than the limit, or if a line is not `name=text`.
    pub fn import(&mut self, exported: &str) -> Result<(), Error> {
        let mut draft = self.draft();
        for (index, line) in exported.lines().enumerate() {
            let (name, text) = line.split_once('=').ok_or(Error::Malformed { line: index + 1 })?;
            draft.add(name, text)?;
        }
        draft.commit()
    }

    /// Finds the index of the jar with this name, or the index where it would be.
    fn find(&self, name: &str) -> Result<usize, usize> {
        self.jars.binary_search_by(|jar| jar.name.as_str().cmp(name))
    }

    /// Removes the least recently used texts until `bytes` more bytes fit.
    fn make_room(&mut self, bytes: usize) {
        while self.held() + bytes > self.limit {
            let jars = self.jars.iter().enumerate();
            let Some((oldest, _)) = jars.min_by_key(|(_, jar)| jar.used) else { return };
            self.jars.remove(oldest);
        }
    }

    /// Inserts a jar. The vector must have room for it.
    fn shelve(&mut self, mut jar: Jar) {
        self.remove(&jar.name);
        self.make_room(jar.text.len());
        self.clock += 1;
        jar.used = self.clock;
        let (Ok(index) | Err(index)) = self.find(&jar.name);
        self.jars.insert(index, jar);
    }
}

impl Jar {
    /// Makes a jar that was not used yet.
    fn new(name: &str, text: &str) -> Result<Self, Error> {
        if name.contains(['=', '\n', '\r']) || text.contains(['\n', '\r']) {
            return Err(Error::Unprintable);
        }
        Ok(Self { name: copied(name)?, text: copied(text)?, used: 0 })
    }
}

impl Drop for Draft<'_> {
    fn drop(&mut self) {
        self.larder.abandoned += 1;
    }
}

fn copied(text: &str) -> Result<String, TryReserveError> {
    let mut copy = String::new();
    copy.try_reserve_exact(text.len())?;
    copy.push_str(text);
    Ok(copy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_used_for_longest_makes_room() {
        let mut larder = Larder::new(10);
        larder.put("flour", "white").unwrap();
        larder.put("salt", "sea").unwrap();
        assert_eq!(larder.get("flour"), Some("white"));
        larder.put("sugar", "brown").unwrap();
        assert!(larder.iter().eq([("flour", "white"), ("sugar", "brown")]));
        assert_eq!(larder.put("oats", "rolled, of 1 kg"), Err(Error::TooLarge));
        assert_eq!(larder.held(), 10);
    }

    #[test]
    fn what_was_exported_can_be_imported() {
        let mut larder = Larder::new(99);
        larder.import("flour=white\nsalt=sea\nsalt=of rock").unwrap();
        let exported = larder.export().unwrap();
        assert_eq!(exported, "flour=white\nsalt=of rock\n");
        let mut other = Larder::new(99);
        other.import(&exported).unwrap();
        assert!(other.iter().eq(larder.iter()));
    }

    #[test]
    fn a_bad_line_leaves_everything_as_it_was() {
        let mut larder = Larder::new(99);
        assert_eq!(larder.import("flour=white\nsalt"), Err(Error::Malformed { line: 2 }));
        assert_eq!((larder.iter().count(), larder.abandoned()), (0, 1));
    }
}
