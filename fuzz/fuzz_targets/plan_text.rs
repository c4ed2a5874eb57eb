//! libFuzzer chooses the text of a plan, or of another value that the harness parses.
#![no_main]

oom_sweep::fuzz_target!(oom_sweep::targets::plan_text::TARGET);
