//! What a user says to a sweep: its options, what it is run on, and the variables that override
//! both.

pub(crate) mod builder;
pub(crate) mod environment;
pub(crate) mod events;
pub(crate) mod options;
pub(crate) mod replay;
pub(crate) mod report_dir;
pub(crate) mod scenario;
