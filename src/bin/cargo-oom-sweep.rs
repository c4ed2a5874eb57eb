//! `cargo oom-sweep`: the sweeps in a crate's own tests, run, judged and written down.

use std::process::ExitCode;

fn main() -> ExitCode {
    oom_sweep::cli::cargo_main()
}
