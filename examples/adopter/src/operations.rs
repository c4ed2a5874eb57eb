//! The operations that need memory: each gets all that it needs before it changes anything.

use std::mem::{self, ManuallyDrop};

use super::{Draft, Error, Jar, Larder, copied};

impl Larder {
    /// Puts a text in, in place of what was there by that name.
    ///
    /// # Errors
    /// When memory runs out, and when it is more than fits.
    pub fn put(&mut self, name: &str, text: &str) -> Result<(), Error> {
        if text.len() > self.limit {
            return Err(Error::TooLarge);
        }
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
        Ok(self.get(name).map(copied).transpose()?)
    }

    /// A line `name=text` for each.
    ///
    /// # Errors
    /// When memory runs out.
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
        self.larder.jars.try_reserve(self.jars.len())?;
        // Nothing can fail from here on, so that it is not abandoned.
        let mut draft = ManuallyDrop::new(self);
        for jar in mem::take(&mut draft.jars) {
            draft.larder.shelve(jar);
        }
        Ok(())
    }
}
