//! The harness's panic hook: it notes a panic inside a run, and does not print it.
//!
//! It is installed once, before the existing hook. Inside a run, and in a forked child, it takes no
//! lock of std's, resolves no symbols and does not call the existing hook.

use std::any::Any;
use std::panic::{self, PanicHookInfo};
use std::sync::Once;

use crate::harness::alloc;

/// Installs the hook, the first time.
pub(crate) fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !alloc::note_panic(|note| describe(info, note)) {
                before(info);
            }
        }));
    });
}

/// Describes a panic that the hook has not seen.
pub(crate) fn describe_payload(payload: &(dyn Any + Send), note: &mut alloc::PanicNote) {
    use std::fmt::Write;
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    // A note drops what does not fit, and never fails.
    let _ = note.message.write_str(text.unwrap_or("a value that is not text"));
    let _ = note.location.write_str("an unknown place (the panic hook was replaced)");
}

fn describe(info: &PanicHookInfo<'_>, note: &mut alloc::PanicNote) {
    use std::fmt::Write;
    // A note drops what does not fit, and never fails.
    let _ = note.message.write_str(info.payload_as_str().unwrap_or("a value that is not text"));
    if let Some(location) = info.location() {
        let _ = write!(note.location, "{location}");
    }
}
