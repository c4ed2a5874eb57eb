//! Which file an address was loaded from.

use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::path::Path;

/// The name of the program or the library that contains an address, and the distance from its
/// start. Unlike the address, they are the same in each process.
pub(crate) fn locate(address: usize) -> Option<(String, usize)> {
    let mut info = MaybeUninit::<libc::Dl_info>::zeroed();
    // SAFETY: the function accepts any address, and writes to memory of the right size. All zeros
    // is valid for it.
    let info = unsafe {
        if libc::dladdr(address as *const libc::c_void, info.as_mut_ptr()) == 0 {
            return None;
        }
        info.assume_init()
    };
    if info.dli_fname.is_null() {
        return None;
    }
    // SAFETY: the loader keeps the name, which ends with a zero.
    let path = unsafe { CStr::from_ptr(info.dli_fname) }.to_string_lossy().into_owned();
    let name = Path::new(&path).file_name()?.to_string_lossy().into_owned();
    Some((name, address.wrapping_sub(info.dli_fbase as usize)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_in_this_program_in_a_library_or_nowhere() {
        let here = locate as *const () as usize;
        let (program, offset) = locate(here).unwrap();
        let exe = std::env::current_exe().unwrap();
        assert_eq!(exe.file_name().unwrap().to_string_lossy(), program);
        assert!(offset < here);
        assert_eq!(locate(here + 1).unwrap(), (program, offset + 1));
        assert_eq!(locate(1), None);
    }
}
