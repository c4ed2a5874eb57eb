//! The operations with a mistake in each: `diff operations.rs broken.rs` shows them.

use std::mem::{self, ManuallyDrop};

use super::{Draft, Error, Jar, Larder};

impl Larder {
    /// Puts a text in, in place of what was there by that name.
    ///
    /// # Errors
    /// When memory runs out, and when it is more than fits.
    pub fn put(&mut self, name: &str, text: &str) -> Result<(), Error> {
        if text.len() > self.limit {
            return Err(Error::TooLarge);
        }
        // PartialUpdate: others are thrown away before it is sure that this one comes in.
        self.make_room(text.len());
        let jar = Jar::new(name, text)?;
        self.jars.try_reserve(1)?;
        self.shelve(jar);
        Ok(())
    }

    /// A copy of the text of that name, which is in use thereby.
    ///
    /// # Errors
    /// When memory runs out.
    pub fn copy(&mut self, name: &str) -> Result<Option<String>, Error> {
        // Aborted: `to_owned` has no way to say that there is no memory.
        Ok(self.get(name).map(str::to_owned))
    }

    /// A line `name=text` for each.
    ///
    /// # Errors
    /// When memory runs out.
    pub fn export(&self) -> Result<String, Error> {
        let mut exported = String::new();
        for (name, text) in self.iter() {
            // SwallowedOom: what is exported is less than all of it, and nobody is told.
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
    /// When memory runs out, and when all of them are more than fits.
    pub fn add(&mut self, name: &str, text: &str) -> Result<(), Error> {
        let before: usize = self.jars.iter().map(|jar| jar.text.len()).sum();
        if before + text.len() > self.larder.limit {
            return Err(Error::TooLarge);
        }
        self.jars.try_reserve(1)?;
        self.jars.push(Jar::new(name, text)?);
        Ok(())
    }

    /// Puts all of them in.
    ///
    /// # Errors
    /// When memory runs out.
    pub fn commit(self) -> Result<(), Error> {
        // Leaked: what is never dropped meets an early return.
        let mut draft = ManuallyDrop::new(self);
        let count = draft.jars.len();
        draft.larder.jars.try_reserve(count)?;
        for jar in mem::take(&mut draft.jars) {
            draft.larder.shelve(jar);
        }
        Ok(())
    }
}
