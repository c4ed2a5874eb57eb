//! What a user tells a sweep: its options, the code to run, and the variables that override the
//! options.

pub(crate) mod builder;
pub(crate) mod environment;
pub(crate) mod events;
pub(crate) mod options;
pub(crate) mod replay;
#[cfg(feature = "serde")]
pub(crate) mod report_dir;
pub(crate) mod scenario;
