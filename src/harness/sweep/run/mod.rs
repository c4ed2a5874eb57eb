//! One run, whatever the types of the code under test.

pub(crate) mod agree;
pub(crate) mod baseline;
pub(crate) mod case;
pub(crate) mod choose;
pub(crate) mod context;
mod leaks;
pub(crate) mod lifecycle;
pub(crate) mod observe;
pub(crate) mod panic_hook;
pub(crate) mod runner;
pub(crate) mod subject;
