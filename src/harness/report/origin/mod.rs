//! Which code a report is about: [`Origin`]. Reports of different code are neither merged nor
//! resumed.
//!
//! It reads files and environment variables, once a process, and runs no other program.

mod commit;
mod names;

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::OnceLock;

#[cfg(feature = "cli")]
pub(crate) use names::binary_name;
pub(crate) use names::{is_libtest, sweep_name};

/// Which code was swept, in which test, and which build of it.
///
/// ```
/// use oom_sweep::report::Origin;
///
/// // A sweep fills it in. `Report::origin` returns it.
/// let unknown = Origin::default();
/// assert_eq!((unknown.commit(), unknown.binary(), unknown.build()), (None, None, None));
/// assert_eq!((unknown.package(), unknown.binary_id()), (None, None));
/// assert_eq!((unknown.test(), unknown.baseline()), (None, None));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Origin {
    pub(crate) commit: Option<String>,
    pub(crate) binary: Option<String>,
    pub(crate) build: Option<String>,
    pub(crate) baseline: Option<String>,
    #[cfg_attr(feature = "serde", serde(default))]
    pub(crate) package: Option<String>,
    #[cfg_attr(feature = "serde", serde(default))]
    pub(crate) binary_id: Option<String>,
    #[cfg_attr(feature = "serde", serde(default))]
    pub(crate) test: Option<String>,
}

impl Origin {
    pub(crate) const UNKNOWN: Self = Self {
        commit: None,
        binary: None,
        build: None,
        baseline: None,
        package: None,
        binary_id: None,
        test: None,
    };

    /// Returns the origin of sweeps on this thread. `baseline` is the hash of the requests of the
    /// fault-free runs, if they made any, as 16 hexadecimal digits.
    pub(crate) fn of_this_process(baseline: Option<String>) -> Self {
        static CODE: OnceLock<(Option<String>, Option<String>)> = OnceLock::new();
        let (commit, build) = CODE.get_or_init(|| {
            let executable = std::env::current_exe().ok();
            (commit::of_this_process(), executable.and_then(|path| hash_of(&path).ok()))
        });
        Self { commit: commit.clone(), build: build.clone(), baseline, ..Self::names_here() }
    }

    /// Returns the part of the origin that identifies sweeps on this thread. It reads no file.
    pub(crate) fn names_here() -> Self {
        static PROCESS: OnceLock<Origin> = OnceLock::new();
        Self { test: names::test(), ..PROCESS.get_or_init(names::of_this_process).clone() }
    }

    /// Returns the commit of the code's repository, from the variables of continuous integration or
    /// from the repository around the current folder.
    #[must_use]
    pub fn commit(&self) -> Option<&str> {
        self.commit.as_deref()
    }

    /// Returns the name of the executable, without the hash that Cargo appends to test binaries.
    #[must_use]
    pub fn binary(&self) -> Option<&str> {
        self.binary.as_deref()
    }

    /// Returns the name of the executable's package, if Cargo or nextest ran it.
    #[must_use]
    pub fn package(&self) -> Option<&str> {
        self.package.as_deref()
    }

    /// Returns the name that nextest gives the executable: `store` for the unit tests of a library,
    /// `store::oom` for an integration test, `store::bin/tool` for a program. `cargo oom-sweep` and
    /// nextest know it.
    #[must_use]
    pub fn binary_id(&self) -> Option<&str> {
        self.binary_id.as_deref()
    }

    /// Returns a hash of the executable. Every build has another one, even of the same code.
    #[must_use]
    pub fn build(&self) -> Option<&str> {
        self.build.as_deref()
    }

    /// Returns the name that libtest gives the test that ran the sweep, if a test did.
    #[must_use]
    pub fn test(&self) -> Option<&str> {
        self.test.as_deref()
    }

    /// Returns a hash of the requests of the fault-free runs. Reports with the same hash mean the
    /// same requests by the same numbers.
    #[must_use]
    pub fn baseline(&self) -> Option<&str> {
        self.baseline.as_deref()
    }
}

/// Returns a hash of a file's bytes as 16 hexadecimal digits. It reads long words, since it runs
/// without optimisation over executables of a hundred megabytes.
pub(crate) fn hash_of(path: &Path) -> io::Result<String> {
    const MULTIPLIER: u128 = 0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645; // PCG's
    let mut file = File::open(path)?;
    let mut buffer = vec![0; 1 << 20];
    let (mut hash, mut len) = (MULTIPLIER, 0);
    loop {
        let filled = fill(&mut file, &mut buffer)?;
        buffer[filled..].fill(0);
        let (words, _) = buffer[..filled.next_multiple_of(16)].as_chunks();
        for &word in words {
            hash = (hash ^ u128::from_le_bytes(word)).wrapping_mul(MULTIPLIER);
            hash ^= hash >> 64;
        }
        len += filled as u128;
        if filled < buffer.len() {
            hash = (hash ^ len).wrapping_mul(MULTIPLIER);
            return Ok(format!("{:016x}", hash >> 64));
        }
    }
}

/// Reads until the buffer is full or the file ends.
fn fill(file: &mut File, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_has_one_origin() {
        let origin = Origin::of_this_process(Some("0123456789abcdef".to_owned()));
        assert_eq!(origin.baseline(), Some("0123456789abcdef"));
        assert!(origin.build().is_some_and(|build| build.len() == 16), "{origin:?}");
        assert_eq!(origin.build, Origin::of_this_process(None).build);
    }

    #[test]
    fn every_byte_counts() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        let hash = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            hash_of(&path).unwrap()
        };
        let mut bytes = vec![0; (1 << 20) + 3];
        let all = hash(&bytes);
        assert_eq!(hash(&bytes), all);
        assert_ne!(hash(&bytes[1..]), all);
        bytes[1 << 19] = 1;
        assert_ne!(hash(&bytes), all);
        assert_ne!(hash(b""), hash(b"\0"));
    }
}
