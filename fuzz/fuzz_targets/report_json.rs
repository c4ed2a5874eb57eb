//! libFuzzer chooses the document from which a report or a list of findings is read.
#![no_main]

oom_sweep::fuzz_target!(oom_sweep::targets::report_json::TARGET);
