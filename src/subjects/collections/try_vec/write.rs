//! Writing bytes into a [`TryVec`] with [`io::Write`].
//!
//! Each `write` appends all of its bytes or none; a failed request is an error of kind
//! [`OutOfMemory`](io::ErrorKind::OutOfMemory), which makes no request itself.

use super::TryVec;
use crate::collections::grow;
use std::io::{self, Write};

impl Write for TryVec<u8> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        grow::reserve_more(&mut self.vec, bytes.len())?;
        self.vec.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
