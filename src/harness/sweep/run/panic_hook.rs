//! The harness's panic hook: inside a run a panic is noted, not printed.
//!
//! Installed once, in front of the hook that was there. Inside a run, and in a forked child,
//! it takes no lock of std's, captures no symbols and never calls the other hook.

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

/// What can be told of a panic that the hook has not seen.
pub(crate) fn describe_payload(payload: &(dyn Any + Send), note: &mut alloc::PanicNote) {
    use std::fmt::Write;
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    // Notes cut what does not fit, and never fail.
    let _ = note.message.write_str(text.unwrap_or("a value that is no text"));
    let _ = note.location.write_str("an unknown place (the panic hook was replaced)");
}

fn describe(info: &PanicHookInfo<'_>, note: &mut alloc::PanicNote) {
    use std::fmt::Write;
    // Notes cut what does not fit, and never fail.
    let _ = note.message.write_str(info.payload_as_str().unwrap_or("a value that is no text"));
    if let Some(location) = info.location() {
        let _ = write!(note.location, "{location}");
    }
}
