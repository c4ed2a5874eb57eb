//! The operations that need memory. Each allocates everything before it changes anything.

use std::mem::{self, ManuallyDrop};

use super::{Draft, Error, Jar, Larder, copied};

impl Larder {
    /// Puts a text under a name, and replaces the old text.
    ///
    /// # Errors
    /// If memory runs out, or if the text is larger than the limit.
    pub fn put(&mut self, name: &str, text: &str) -> Result<(), Error> {
        if text.len() > self.limit {
            return Err(Error::TooLarge);
        }
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
        Ok(self.get(name).map(copied).transpose()?)
    }

    /// Returns a line `name=text` for each text.
    ///
    /// # Errors
    /// If memory runs out.
    pub fn export(&self) -> Result<String, Error> {
        let mut exported = String::new();
        for (name, text) in self.iter() {
            exported.try_reserve(name.len() + text.len() + 2)?;
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
        self.larder.jars.try_reserve(self.jars.len())?;
        // Nothing can fail from here on, so the draft does not count as abandoned.
        let mut draft = ManuallyDrop::new(self);
        for jar in mem::take(&mut draft.jars) {
            draft.larder.shelve(jar);
        }
        Ok(())
    }
}
