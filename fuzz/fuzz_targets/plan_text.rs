//! libFuzzer chooses the text of a plan, or another that the harness reads.
#![no_main]

oom_sweep::fuzz_target!(oom_sweep::targets::plan_text::TARGET);
