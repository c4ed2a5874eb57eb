//! The same operations with one mistake in each: see `diff operations.rs broken.rs`.

use std::mem::{self, ManuallyDrop};

use super::{Draft, Error, Jar, Larder};

impl Larder {
    /// Puts a text under a name, and replaces the old text.
    ///
    /// # Errors
    /// If memory runs out, or if the text is larger than the limit.
    pub fn put(&mut self, name: &str, text: &str) -> Result<(), Error> {
        if text.len() > self.limit {
            return Err(Error::TooLarge);
        }
        // PartialUpdate: it removes other texts before it is sure that this one can be added.
        self.make_room(text.len());
        let jar = Jar::new(name, text)?;
        self.jars.try_reserve(1)?;
        self.shelve(jar);
        Ok(())
    }

    /// Returns a copy of the text under this name, and marks it as used.
    ///
    /// # Errors
    /// If memory runs out.
    pub fn copy(&mut self, name: &str) -> Result<Option<String>, Error> {
        // Aborted: `to_owned` cannot report that memory ran out.
        Ok(self.get(name).map(str::to_owned))
    }

    /// Returns a line `name=text` for each text.
    ///
    /// # Errors
    /// If memory runs out.
    pub fn export(&self) -> Result<String, Error> {
        let mut exported = String::new();
        for (name, text) in self.iter() {
            // SwallowedOom: it exports only some texts and returns `Ok`.
            if exported.try_reserve(name.len() + text.len() + 2).is_err() {
                break;
            }
            exported.extend([name, "=", text, "\n"]);
        }
        Ok(exported)
    }
}

impl Draft<'_> {
    /// Adds a text.
    ///
    /// # Errors
    /// If memory runs out, or if all texts together are larger than the limit.
    pub fn add(&mut self, name: &str, text: &str) -> Result<(), Error> {
        let before: usize = self.jars.iter().map(|jar| jar.text.len()).sum();
        if before + text.len() > self.larder.limit {
            return Err(Error::TooLarge);
        }
        self.jars.try_reserve(1)?;
        self.jars.push(Jar::new(name, text)?);
        Ok(())
    }

    /// Puts all texts into the larder.
    ///
    /// # Errors
    /// If memory runs out.
    pub fn commit(self) -> Result<(), Error> {
        // Leaked: it disables the drop before an early return.
        let mut draft = ManuallyDrop::new(self);
        let count = draft.jars.len();
        draft.larder.jars.try_reserve(count)?;
        for jar in mem::take(&mut draft.jars) {
            draft.larder.shelve(jar);
        }
        Ok(())
    }
}
