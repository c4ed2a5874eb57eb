//! Writing bytes into a [`TryVec`] with [`io::Write`].
//!
//! Each `write` appends all of its bytes or none. A failed request becomes an error of kind
//! [`OutOfMemory`](io::ErrorKind::OutOfMemory). Making that error makes no request.

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
